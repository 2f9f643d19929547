#!/bin/sh
# A trial of the packages, as root in a container that has a Postfix and is for nothing else: install them beside
# Postfix, start, look at and stop real instances, upgrade while they run, go back to Postfix's own manager, remove. If
# the container has rpm, packages of RPM are tried, and if not, those of Debian.
#
# usage: trial.sh FORMER NEW, folders with packages of the version before, and of this one
set -eu

former=$1
new=$2
instances='one two three'
if command -v rpm >/dev/null; then system=rpm kind=rpm; else system=dpkg kind=deb; fi

say() { printf '\n=== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# --- the package manager ----------------------------------------------------------------------------------

# Installs or upgrades all packages of a folder. rpm knows nothing of a Postfix that dpkg has installed, and its plugins
# want namespaces, which a container may refuse. Images are made without documents, and dpkg heeds that.
install() {
    case $system in
    dpkg) dpkg --path-include='/usr/share/doc/postfix-*' -i "$1"/*.deb ;;
    rpm) rpm --noplugins -U $(rpm -q postfix >/dev/null 2>&1 || echo --nodeps) "$1"/*.rpm ;;
    esac
}

remove() {
    case $system in
    dpkg) dpkg -r "$1" ;;
    rpm) rpm --noplugins -e "$1" ;;
    esac
}

files_of() {
    case $system in
    dpkg) dpkg -L "$1" ;;
    rpm) rpm -ql "$1" ;;
    esac
}

version_of() {
    case $system in
    dpkg) dpkg-query -W -f '${Version}\n' "$1" ;;
    rpm) rpm -q --qf '%{version}-%{release}\n' "$1" ;;
    esac
}

# --- what is looked at ------------------------------------------------------------------------------------

# The process of an instance's master, or nothing.
master_of() {
    # Of an instance whose main.cf is damaged, too.
    file=/var/spool/${1##*/}/pid/master.pid
    [ -s "$file" ] || return 0
    process=$(tr -d ' \n' <"$file")
    if kill -0 "$process" 2>/dev/null; then echo "$process"; fi
}

directories() {
    echo /etc/postfix
    for name in $instances; do echo "/etc/postfix-$name"; done
}

all_run() { for directory in $(directories); do [ -n "$(master_of "$directory")" ] || fail "$directory does not run"; done; }
none_runs() { for directory in $(directories); do [ -z "$(master_of "$directory")" ] || fail "$directory runs"; done; }

# Every file of Postfix's own package, and what is in it.
fingerprint() {
    if command -v dpkg >/dev/null; then dpkg -L postfix; else rpm -ql postfix; fi |
        while read -r file; do if [ -f "$file" ]; then sha256sum "$file"; fi; done
}

# Every name that a package may have made. Of directories only those with our name: on a system of RPM, others belong to a
# package that is not here.
names() { find /usr /etc -path '/etc/postfix*' -prune -o \( ! -type d -o -name '*postfix*' \) -print | LC_ALL=C sort; }

use_ours() {
    postconf -e 'multi_instance_wrapper = /usr/libexec/postfix-wrapper --jobs auto --summary' \
        "multi_instance_directories = $(for name in $instances; do printf '/etc/postfix-%s ' "$name"; done)"
}

use_postfixs_own() { postconf -e 'multi_instance_wrapper = $daemon_directory/postfix-wrapper'; }

# --- the trial --------------------------------------------------------------------------------------------

prepare() {
    say "Postfix $(postconf -dh mail_version), $(nproc) processors"
    [ -f /etc/postfix/main.cf ] || printf 'compatibility_level = 3.6\nmyhostname = trial.invalid\n' >/etc/postfix/main.cf
    [ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
    postconf -e 'inet_interfaces = loopback-only' 'inet_protocols = ipv4' 'mynetworks = 127.0.0.0/8' \
        'maillog_file = /var/log/postfix.log' 'multi_instance_enable = yes' 'master_service_disable = inet'
    mkdir -p /var/log
    for name in $instances; do
        cp -R /etc/postfix "/etc/postfix-$name"
        mkdir -p "/var/spool/postfix-$name" "/var/lib/postfix-$name"
        chown postfix "/var/lib/postfix-$name"
        postconf -c "/etc/postfix-$name" -e "queue_directory = /var/spool/postfix-$name" \
            "data_directory = /var/lib/postfix-$name" "multi_instance_name = postfix-$name"
    done
    postconf -c /etc/postfix-one -e 'multi_instance_group = mx'
    postconf -c /etc/postfix-two -e 'multi_instance_group = mx'
    fingerprint >/tmp/before
    names >/tmp/names
}

the_manager() {
    say "$system: install"
    install "$former"
    fingerprint | cmp - /tmp/before || fail 'a file of Postfix has changed'
    files_of postfix-wrapper
    use_ours

    say "$system: start through it"
    env $(postconf command_directory config_directory daemon_directory | tr -d ' ') \
        /usr/libexec/postfix-wrapper --dry-run --jobs auto start
    postfix start
    all_run
    postfix status

    say "$system: upgrade while instances run"
    before=$(version_of postfix-wrapper)
    install "$new"
    for package in postfix-wrapper postfix-conformance; do
        [ "$(version_of $package)" != "$before" ] || fail "$package was not upgraded from $before"
    done
    echo "from $before to $(version_of postfix-wrapper)"
    all_run
    postfix status

    say "$system: an instance that is damaged, and the others"
    echo 'no setting at all' >>/etc/postfix-two/main.cf
    status=0
    postfix stop || status=$?
    [ "$status" = 78 ] || fail "the status is $status"
    [ -n "$(master_of /etc/postfix-two)" ] || fail 'the damaged one was stopped'
    [ -z "$(master_of /etc/postfix-one)$(master_of /etc/postfix-three)$(master_of /etc/postfix)" ] || fail 'others run'
    sed -i '$d' /etc/postfix-two/main.cf
    postfix -c /etc/postfix-two stop
    none_runs

    say "$system: start, reload, stop"
    postfix start
    all_run
    postfix reload
    postfix stop
    none_runs

    say "$system: it cannot be removed while it is needed"
    if remove postfix-wrapper; then fail 'it was removed'; fi
    for file in main.cf master.cf; do
        cp "/etc/postfix/$file" /tmp/undamaged
        echo 'damaged' >>"/etc/postfix/$file"
        if remove postfix-wrapper; then fail "it was removed although $file is damaged"; fi
        cp /tmp/undamaged "/etc/postfix/$file"
    done

    say "$system: back to Postfix's own manager"
    use_postfixs_own
    postfix start
    all_run
    postfix stop
    none_runs
}

# What the suite says, as an ordinary user.
judge() {
    setpriv --reuid nobody --regid nogroup --clear-groups postfix-conformance run --quiet --work-dir /tmp "$@"
}

the_suite() {
    say "$system: the suite judges the installed manager"
    files_of postfix-conformance
    judge --manager /usr/libexec/postfix-wrapper
    judge --manager /usr/libexec/postfix-wrapper --testbed sandbox --require all MGR-3 ENB
    if [ -x /usr/bin/mandoc ] || [ -x /usr/bin/man ]; then MANPAGER=cat man 1 postfix-conformance >/dev/null; fi
}

the_suite_and_the_managers_of_postfix() {
    for manager in shell postmulti; do
        say "$system: the suite judges $manager of this Postfix, which fails what is expected and nothing else"
        judge --manager $manager --testbed sandbox --require all \
            --expected-failures /usr/share/doc/postfix-conformance/expected-failures.toml
    done
}

# Installs, upgrades and removes where nothing else is: the programs need neither a shell nor a library. Without a shell,
# nothing can ask whether the manager is still needed.
in_an_empty_root() {
    say "$system: a root that is empty"
    root=/tmp/empty
    mkdir -m 755 $root
    for folder in "$former" "$new"; do
        rpm --root $root --noplugins -U --nodeps --noscripts "$folder"/*.rpm
        rpm --root $root -q postfix-wrapper postfix-conformance
    done
    chroot $root /usr/libexec/postfix-wrapper --version
    chroot $root /usr/sbin/postfix-multi --version
    chroot $root /usr/bin/postfix-conformance --version
    chroot $root /usr/bin/postfix-conformance list MGR-3
    rpm --root $root --noplugins -e --noscripts postfix-wrapper postfix-conformance
    left=$(find $root ! -type d ! -path "*/var/lib/rpm/*" ! -path "*/usr/lib/sysimage/*")
    [ -z "$left" ] || fail "$left is left"
}

the_end() {
    say "$system: remove"
    remove postfix-wrapper
    remove postfix-conformance
    names | diff /tmp/names - || fail 'something is left, or has gone'
    fingerprint | cmp - /tmp/before || fail 'a file of Postfix has changed'
    postfix start
    all_run
    postfix stop
    none_runs
}

if ! ls "$new"/*.$kind >/dev/null 2>&1; then
    say "skipped: $system, as no .$kind was made"
    exit 0
fi
prepare
the_manager
the_suite
case $system in
dpkg) the_suite_and_the_managers_of_postfix ;;
rpm) in_an_empty_root ;;
esac
the_end
say "$system: the packages were installed, used, upgraded and removed"

say 'the mail log about the manager'
grep 'postfix-wrapper' /var/log/postfix.log || fail 'nothing is logged'
