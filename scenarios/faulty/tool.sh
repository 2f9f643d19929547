# What a right multi-instance tool does: what our own does, which lies in every world. To be read into a script that
# then calls `main "$@"`. Each wrong tool replaces one function, `ask` for most of them.

# The world lies where the installed Postfix looks for its configuration.
default=$(/usr/sbin/postconf -dh config_directory)
root=$(readlink -f "$default")
root=${root%/etc/postfix}

right() { "$root/usr/sbin/postfix-multi" "$@"; }

# The value of a parameter of the default instance.
value_of() { /usr/sbin/postconf -h "$1"; }

set_in() { where=$1; shift; /usr/sbin/postconf -c "$where" -e "$@"; }

# What a selected instance has for its configuration directory, and the directories of all.
directory_of() { set -- $(right -l -i "$1"); echo "$4"; }
directories() { right -l | while read -r _ _ _ directory; do echo "$directory"; done; }

# Asks without an option, and without so many words behind it.
without() {
    unwanted=$1 behind=$2 left=$(($# - 2)) skip=0
    shift 2
    while [ "$left" -gt 0 ]; do
        word=$1 left=$((left - 1))
        shift
        if [ "$skip" -gt 0 ]; then skip=$((skip - 1)); continue; fi
        if [ "$word" = "$unwanted" ]; then skip=$behind; else set -- "$@" "$word"; fi
    done
    right "$@"
}

# What is asked: what for (l, p, x, e), the action, who is selected, the name to give, the words behind the options.
parse() {
    mode= action= instance= group= called= reverse= rest=0 OPTIND=1
    while getopts :ae:g:i:G:I:jlpRvx option; do
        case $option in
            l | p | x) mode=$option ;;
            e) mode=e action=$OPTARG ;;
            i) instance=$OPTARG ;;
            g) group=$OPTARG ;;
            I) called=$OPTARG ;;
            R) reverse=yes ;;
        esac
    done
    rest=$((OPTIND - 1))
    shift "$rest"
    command=${1-}
}

ask() { right "$@"; }

main() {
    parse "$@"
    ask "$@"
}
