#!/bin/sh
# Brings the command to the listed instances alone.
# breaks: MGR-1
. "${0%/*}/parts.sh"
default_and() { printf '%s\n' "$@"; }
main "$@"
