#!/bin/sh
# Begins the default instance with all others.
. "${0%/*}/parts.sh"
others() { for directory in $1; do postfix_for "$directory" & done; }
main() {
    command=$3
    postfix_for "$config_directory" &
    others "$(directories)"
    wait
}
main "$@"
