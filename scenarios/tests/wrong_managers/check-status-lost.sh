#!/bin/sh
# Does not care how the check in place of start ended.
# breaks: ENB-4
. "${0%/*}/parts.sh"
not_enabled() { if [ "$class" = start ]; then kept=$status; run "$1" check; status=$kept; fi; }
main "$@"
