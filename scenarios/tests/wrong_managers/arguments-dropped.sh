#!/bin/sh
# Passes on the command without its arguments.
# breaks: MGR-5
. "${0%/*}/parts.sh"
postfix() { exec "$command_directory/postfix" -c "$1" "$2"; }
main "$@"
