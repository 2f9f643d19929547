# What the managers in this folder are made of; each replaces one part. In itself it is right but for its pace:
# it begins as much as it may, then waits for all of that before it begins the next lot.
#
# A manager is called with --jobs N COMMAND. postfix_for DIR runs the command for an instance.

POSTCONF=$command_directory/postconf
POSTFIX=$command_directory/postfix

directories() { "$POSTCONF" -xh multi_instance_directories | tr ',' ' '; }
group() { "$POSTCONF" -c "$1" -xh multi_instance_group; }
enabled() { test "$("$POSTCONF" -c "$1" -xh multi_instance_enable)" = yes; }

postfix_for() {
    case $command in
    start) if enabled "$1"; then "$POSTFIX" -c "$1" start; else "$POSTFIX" -c "$1" check; fi ;;
    stop | drain | reload) ! enabled "$1" || "$POSTFIX" -c "$1" "$command" ;;
    *) "$POSTFIX" -c "$1" "$command" ;;
    esac
}

reversed() {
    result=
    for one; do result="$one $result"; done
    echo "$result"
}

# The default instance, then all others.
main() {
    jobs=$2 command=$3
    all=$(directories)
    case $command in
    stop | drain)
        others "$(reversed $all)"
        postfix_for "$config_directory"
        ;;
    *)
        postfix_for "$config_directory"
        others "$all"
        ;;
    esac
}
