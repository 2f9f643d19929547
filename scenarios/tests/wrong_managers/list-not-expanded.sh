#!/bin/sh
# Takes a parameter's name in the list as it is.
# breaks: MGR-14
. "${0%/*}/parts.sh"
list() { postconf -h multi_instance_directories; }
main "$@"
