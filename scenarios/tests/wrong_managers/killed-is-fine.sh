#!/bin/sh
# Takes a command that a signal ended for one that succeeded.
# breaks: MGR-11
. "${0%/*}/parts.sh"
failed() { [ "$1" -ge 128 ] || status=$1; }
main "$@"
