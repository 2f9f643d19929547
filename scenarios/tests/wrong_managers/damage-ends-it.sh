#!/bin/sh
# Goes no further where it finds a damaged instance.
# breaks: MGR-15b
. "${0%/*}/parts.sh"
flag() { value=$(flag_value "$1") || { kill -TERM $$; exit 1; }; case $value in [Yy]*) echo yes ;; *) echo no ;; esac; }
main "$@"
