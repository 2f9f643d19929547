#!/bin/sh
# Brings the command twice to a default instance that is listed.
# breaks: MGR-12b
. "${0%/*}/parts.sh"
is_new() { :; }
main "$@"
