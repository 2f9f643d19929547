#!/bin/sh
# Takes the first comma for a separator, and no other.
# breaks: MGR-3
. "${0%/*}/parts.sh"
separate() { printf '%s\n' "$1" | tr '\t' ' ' | sed 's/,/ /'; }
main "$@"
