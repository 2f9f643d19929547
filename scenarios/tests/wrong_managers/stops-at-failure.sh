#!/bin/sh
# Goes no further after a failure.
# breaks: MGR-6
. "${0%/*}/parts.sh"
failed() { exit "$1"; }
main "$@"
