#!/bin/sh
# Takes the default instance for enabled, whatever it says.
# breaks: ENB-9
. "${0%/*}/parts.sh"
flag_value() { if [ "$1" = "$config_directory" ]; then echo yes; else postconf -c "$1" -xh multi_instance_enable 2>/dev/null; fi; }
main "$@"
