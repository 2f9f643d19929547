#!/bin/sh
# Brings the command twice to an instance that is listed twice.
# breaks: MGR-12
. "${0%/*}/parts.sh"
is_new() { [ "$1" != "$config_directory" ] || [ -z "$directories" ]; }
main "$@"
