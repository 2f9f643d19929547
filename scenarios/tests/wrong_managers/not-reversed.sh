#!/bin/sh
# Stops instances in the order in which they are started.
# breaks: MGR-4
. "${0%/*}/parts.sh"
ordered() { shift; printf '%s\n' "$*"; }
main "$@"
