#!/bin/sh
# Takes directories for patterns.
# breaks: MGR-13
. "${0%/*}/parts.sh"
set +f
main "$@"
