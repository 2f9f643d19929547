#!/bin/sh
# Runs one instance after the other, whatever number is asked for.
. "${0%/*}/parts.sh"
others() { for directory in $1; do postfix_for "$directory"; done; }
main "$@"
