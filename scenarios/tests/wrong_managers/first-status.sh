#!/bin/sh
# Ends with the status of the first failure.
# breaks: MGR-8
. "${0%/*}/parts.sh"
failed() { [ "$status" -ne 0 ] || status=$1; }
main "$@"
