#!/bin/sh
# Does not hand on signals, and ends at once.
# breaks: MGR-16
. "${0%/*}/parts.sh"
listen() { trap "exit 143" TERM; trap "exit 130" INT; trap "exit 131" QUIT; trap "" HUP; }
main "$@"
