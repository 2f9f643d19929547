#!/bin/sh
# Runs postfix without -c: each such postfix runs the manager again.
# breaks: MGR-1b
. "${0%/*}/parts.sh"
postfix() { shift; exec "$command_directory/postfix" "$@"; }
main "$@"
