# What the example manager in postfix-wrapper(5) does, in other words and with all that it does not do: nothing is
# reversed, only the first comma of a line becomes a blank, a postconf that fails goes unnoticed in front of sed, and
# the shell expands what looks like a pattern.

if [ -z "${command_directory+set}" ]; then
    echo 'example: postfix(1) runs this; there is no other way' >&2
    exit 2
fi

secondary=$("$command_directory/postconf" -h multi_instance_directories | sed 's/,/ /')

is_enabled() {
    [ "$("$command_directory/postconf" -c "$1" -h multi_instance_enable)" = yes ]
}

status=0
for instance in $config_directory $secondary; do
    case $1 in
        start)
            if ! is_enabled "$instance"; then
                "$command_directory/postfix" -c "$instance" check || status=$?
                continue
            fi
            ;;
        stop | abort | drain | reload | flush)
            is_enabled "$instance" || continue
            ;;
    esac
    "$command_directory/postfix" -c "$instance" "$@" || status=$?
done
exit "$status"
