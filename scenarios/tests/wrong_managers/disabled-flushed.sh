#!/bin/sh
# Forgets that flush needs a running instance.
# breaks: ENB-5
. "${0%/*}/parts.sh"
class_of() { case $1 in start) echo start ;; stop | quick-stop | abort | drain) echo stop ;; reload) echo control ;; *) echo any ;; esac; }
main "$@"
