#!/bin/sh
# Starts instances that are not enabled.
# breaks: ENB-3
. "${0%/*}/parts.sh"
not_enabled() { [ "$class" != start ] || run "$@"; }
main "$@"
