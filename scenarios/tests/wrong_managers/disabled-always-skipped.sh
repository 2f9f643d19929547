#!/bin/sh
# Skips instances that are not enabled, whatever the command.
# breaks: ENB-7
. "${0%/*}/parts.sh"
class_of() { case $1 in start) echo start ;; stop | quick-stop | abort | drain) echo stop ;; *) echo control ;; esac; }
main "$@"
