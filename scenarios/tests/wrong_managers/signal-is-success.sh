#!/bin/sh
# Says that all is well after a signal.
# breaks: MGR-16c
. "${0%/*}/parts.sh"
hand_on() { ended=0; [ -z "$child" ] || kill -TERM "$child"; }
main "$@"
