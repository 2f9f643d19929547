#!/bin/sh
# Ends at a hangup, half-way.
# breaks: MGR-16d
. "${0%/*}/parts.sh"
listen() { trap "hand_on 143" TERM; trap "hand_on 130" INT; trap "hand_on 131" QUIT; trap "hand_on 129" HUP; }
main "$@"
