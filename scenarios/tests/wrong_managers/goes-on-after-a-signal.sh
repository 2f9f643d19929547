#!/bin/sh
# Hands on signals, and begins the next instance.
# breaks: MGR-16b
. "${0%/*}/parts.sh"
run() { postfix "$@" & child=$!; wait "$child"; result=$?; if [ -n "$ended" ]; then wait "$child"; result=$ended; ended=; fi; [ "$result" -eq 0 ] || { say "$1: $2: status $result"; failed "$result"; }; }
main "$@"
