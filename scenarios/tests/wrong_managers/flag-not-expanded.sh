#!/bin/sh
# Takes a parameter's name in the flag as it is.
# breaks: ENB-10b
. "${0%/*}/parts.sh"
flag_value() { postconf -c "$1" -h multi_instance_enable 2>/dev/null; }
main "$@"
