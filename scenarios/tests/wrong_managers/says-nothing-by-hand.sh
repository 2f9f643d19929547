#!/bin/sh
# Refuses to be run by hand without a word.
# breaks: MGR-9
. "${0%/*}/parts.sh"
require_postfix() { [ -n "${command_directory+set}" ] || exit 64; }
main "$@"
