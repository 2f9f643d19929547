#!/bin/sh
# Compares the beginning of the flag only.
# breaks: ENB-10c
. "${0%/*}/parts.sh"
flag() { value=$(flag_value "$1") || { echo unknown; return; }; case $value in [Yy]*) echo yes ;; *) echo no ;; esac; }
main "$@"
