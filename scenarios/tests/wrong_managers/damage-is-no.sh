#!/bin/sh
# Takes an instance whose flag cannot be read for one that is not enabled.
# breaks: MGR-15
. "${0%/*}/parts.sh"
flag() { case $(flag_value "$1") in [Yy][Ee][Ss]) echo yes ;; *) echo no ;; esac; }
main "$@"
