#!/bin/sh
# Takes the instances in the order of their names.
# breaks: MGR-17
. "${0%/*}/parts.sh"
default_and() { printf '%s\n' "$config_directory"; printf '%s\n' "$@" | LC_ALL=C sort; }
main "$@"
