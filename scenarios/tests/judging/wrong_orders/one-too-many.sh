#!/bin/sh
# Heeds groups, and begins each group and each other instance at once, whatever number is asked for.
. "${0%/*}/parts.sh"
lane() { for directory; do postfix_for "$directory"; done; }
others() {
    for name in group0 group1 group2; do
        members=
        for directory in $1; do
            if [ "$(group "$directory")" = "$name" ]; then members="$members $directory"; fi
        done
        lane $members &
    done
    for directory in $1; do
        if [ -z "$(group "$directory")" ]; then postfix_for "$directory" & fi
    done
    wait
}
main "$@"
