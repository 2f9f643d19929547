#!/bin/sh
# Lets all secondary instances overlap, whatever their groups are, as many at once as asked for.
. "${0%/*}/parts.sh"
others() {
    busy=0
    for directory in $1; do
        postfix_for "$directory" &
        busy=$((busy + 1))
        if [ "$busy" -ge "$jobs" ]; then wait; busy=0; fi
    done
    wait
}
main "$@"
