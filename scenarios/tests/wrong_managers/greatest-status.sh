#!/bin/sh
# Ends with the greatest status.
# breaks: MGR-8
. "${0%/*}/parts.sh"
failed() { [ "$status" -ge "$1" ] || status=$1; }
main "$@"
