#!/bin/sh
# Leaves instances alone that are not enabled, without a check.
# breaks: ENB-3
. "${0%/*}/parts.sh"
not_enabled() { :; }
main "$@"
