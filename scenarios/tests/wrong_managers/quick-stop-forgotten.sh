#!/bin/sh
# Does not know quick-stop.
# breaks: ENB-6
. "${0%/*}/parts.sh"
class_of() { case $1 in start) echo start ;; stop | abort | drain) echo stop ;; reload | flush) echo control ;; *) echo any ;; esac; }
main "$@"
