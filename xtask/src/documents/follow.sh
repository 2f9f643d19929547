# Follows a page of the documents: runs each of its blocks in a shell, as a reader would, and ends if one fails.
#
# usage: sh SCRIPT FORMER NEW; the packages are in the directory NEW
set -eu
if command -v rpm >/dev/null; then
    echo 'skipped: the page, as only packages of RPM are tried here'
    exit 0
fi
cd "$2"
version=$(postconf -dh mail_version)

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# Runs the block on standard input. Arguments: its place, the series that it is for or *, its exit status, and what it
# says at last if it is repeated.
follow() {
    case " $2 " in
        ' * ' | *" ${version%.*} "*) ;;
        *) printf '\n=== %s: only on %s\n' "$1" "$2"; return ;;
    esac
    printf '\n=== %s\n' "$1"
    cat >/tmp/block
    cat /tmp/block
    deadline=$(($(date +%s) + 60))
    while :; do
        status=0
        bash -e /tmp/block </dev/null >/tmp/said 2>&1 || status=$?
        if [ -z "$4" ] || grep -qF -- "$4" /tmp/said || [ "$(date +%s)" -gt "$deadline" ]; then break; fi
    done
    cat /tmp/said
    [ "$status" = "$3" ] || fail "$1: the commands end with $status, not with $3"
    grep -qF -- "$4" /tmp/said || [ -z "$4" ] || fail "$1: it does not say \"$4\""
}
