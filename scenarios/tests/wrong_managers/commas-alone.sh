#!/bin/sh
# Takes commas for the only separators of the list.
# breaks: MGR-3
. "${0%/*}/parts.sh"
separate() { printf '%s\n' "$1" | sed 's/, */\n/g' | tr -d ' \t'; }
main "$@"
