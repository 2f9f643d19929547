#!/bin/sh
# Makes one text of all arguments.
# breaks: MGR-5
. "${0%/*}/parts.sh"
postfix() { where=$1; shift; exec "$command_directory/postfix" -c "$where" $*; }
main "$@"
