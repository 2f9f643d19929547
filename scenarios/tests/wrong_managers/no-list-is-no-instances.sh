#!/bin/sh
# Takes a postconf that fails for an empty list.
# breaks: MGR-10
. "${0%/*}/parts.sh"
list() { postconf -xh multi_instance_directories || :; }
main "$@"
