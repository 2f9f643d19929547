#!/bin/sh
# A right manager: what the example in postfix-wrapper(5) shows, and what operators need beyond it.
# breaks: nothing
. "${0%/*}/parts.sh"
main "$@"
