#!/bin/sh
# Ends with the status of the last instance, failed or not.
# breaks: MGR-7
. "${0%/*}/parts.sh"
run() { say "$1: $2"; (postfix "$@"); status=$?; }
main "$@"
