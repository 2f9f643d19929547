#!/bin/sh
# Stops instances that are not enabled.
# breaks: ENB-5
. "${0%/*}/parts.sh"
not_enabled() { if [ "$class" = start ]; then run "$1" check; else run "$@"; fi; }
main "$@"
