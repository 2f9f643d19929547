#!/bin/sh
# Knows the flag in small letters only.
# breaks: ENB-10
. "${0%/*}/parts.sh"
flag() { value=$(flag_value "$1") || { echo unknown; return; }; case $value in yes | no) echo "$value" ;; *) echo unknown ;; esac; }
main "$@"
