# What a right manager does, in functions, so that each wrong one can differ in one of them. To be read into a
# script that then calls `main "$@"`. Directories hold no blanks here, as in main.cf.

# Nothing below may take a directory for a pattern.
set -f

say() { printf 'manager: %s\n' "$*" >&2; }

postconf() { "$command_directory/postconf" "$@" || without_services "$@"; }

# The same where master.cf is damaged, of which postconf tells nothing: with main.cf alone, in a directory of its own.
without_services() (
    of=$config_directory
    if [ "$1" = -c ]; then of=$2; shift 2; fi
    [ -f "$of/master.cf" ] && [ -f "$of/main.cf" ] || exit 1
    alone=$(mktemp -d) || exit 1
    trap 'rm -rf "$alone"' EXIT
    ln -s "$of/main.cf" "$alone/main.cf" && "$command_directory/postconf" -c "$alone" "$@" 2>/dev/null
)

require_postfix() {
    case ${command_directory-}:${config_directory-} in /*:/*) ;; *) say 'this is for postfix(1) to run'; exit 64 ;; esac
}

# The value of multi_instance_directories, its parameters expanded.
list() { postconf -xh multi_instance_directories; }

# The words of a list.
separate() { printf '%s\n' "$1" | tr ',\t' '  '; }

default_and() { printf '%s\n' "$config_directory" "$@"; }

# Whether a directory is none of those already in $directories.
is_new() {
    for known in $directories; do
        if [ "$known" = "$1" ] || [ "$known" -ef "$1" ]; then return 1; fi
    done
}

# Whether a command is in the list that a parameter holds.
is_in() { case " $(separate "$(postconf -xh "$1")") " in *" $2 "*) return 0 ;; esac; return 1; }

class_of() {
    if is_in postmulti_start_commands "$1"; then echo start
    elif is_in postmulti_stop_commands "$1"; then echo stop
    elif is_in postmulti_control_commands "$1"; then echo control
    else echo any; fi
}

# The directories in the order for a class.
ordered() {
    wanted=$1
    shift
    turned=
    for one in "$@"; do
        if [ "$wanted" = stop ]; then turned="$one $turned"; else turned="$turned $one"; fi
    done
    printf '%s\n' "$turned"
}

# The flag's value, or a failure.
flag_value() { postconf -c "$1" -xh multi_instance_enable 2>/dev/null; }

# yes, no, or unknown.
flag() {
    value=$(flag_value "$1") || { echo unknown; return; }
    case $value in
        [Yy][Ee][Ss]) echo yes ;;
        [Nn][Oo]) echo no ;;
        *) echo unknown ;;
    esac
}

# What becomes of a status that is not 0.
failed() { status=$1; }

# postfix(1) for one instance.
postfix() { exec "$command_directory/postfix" -c "$@"; }

listen() {
    trap 'hand_on 143' TERM
    trap 'hand_on 130' INT
    trap 'hand_on 131' QUIT
    trap '' HUP
}

# The shell makes what it runs in the background deaf to INT and QUIT, so it is always TERM.
hand_on() {
    ended=$1
    [ -z "$child" ] || kill -TERM "$child"
}

# What runs in the background would have no standard input; 3 is that of the manager.
run() {
    [ -z "$ended" ] || exit "$ended"
    postfix "$@" <&3 3<&- &
    child=$!
    wait "$child"
    result=$?
    if [ -n "$ended" ]; then
        wait "$child"
        exit "$ended"
    fi
    child=
    if [ "$result" -ne 0 ]; then
        say "$1: $2: status $result"
        failed "$result"
    fi
}

not_enabled() {
    [ "$class" != start ] || run "$1" check
}

bring() {
    if [ "$class" = any ]; then
        run "$@"
        return
    fi
    case $(flag "$1") in
        yes) run "$@" ;;
        no) not_enabled "$@" ;;
        *) say "$1: multi_instance_enable cannot be read, or is neither yes nor no"; failed 78 ;;
    esac
}

main() {
    require_postfix
    exec 3<&0
    ended= child= status=0 directories=
    listen
    text=$(list) || { say 'the list of instances cannot be had'; exit 78; }
    for directory in $(default_and $(separate "$text")); do
        if is_new "$directory"; then
            directories="$directories $directory"
        else
            say "$directory: listed again; it gets the command once"
        fi
    done
    class=$(class_of "$1")
    for directory in $(ordered "$class" $directories); do
        bring "$directory" "$@"
    done
    exit "$status"
}
