#!/bin/sh
# Takes the default instance last.
# breaks: MGR-2
. "${0%/*}/parts.sh"
default_and() { printf '%s\n' "$@" "$config_directory"; }
main "$@"
