#!/bin/sh
# Does not heed the parameters that classify commands.
# breaks: ENB-11
. "${0%/*}/parts.sh"
class_of() { case $1 in start) echo start ;; stop | quick-stop | abort | drain) echo stop ;; reload | flush) echo control ;; *) echo any ;; esac; }
main "$@"
