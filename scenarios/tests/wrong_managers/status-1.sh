#!/bin/sh
# Ends with 1 whatever failed.
# breaks: MGR-8
. "${0%/*}/parts.sh"
failed() { status=1; }
main "$@"
