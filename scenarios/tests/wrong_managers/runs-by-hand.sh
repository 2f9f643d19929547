#!/bin/sh
# Guesses what postfix(1) did not tell, and runs.
# breaks: MGR-9
. "${0%/*}/parts.sh"
require_postfix() { : "${command_directory=$PWD/usr/sbin}" "${config_directory=$PWD/etc/postfix}"; }
main "$@"
