#!/bin/sh
# A trial of the package, as root in a container that has a Postfix and is for nothing else: install it beside
# Postfix, start, look at and stop real instances through it, go back to Postfix's own manager, remove it.
#
# usage: trial.sh PACKAGE
set -eu

package=$1
instances='one two three'

say() { printf '\n=== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

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
fingerprint() { dpkg -L postfix | while read -r file; do if [ -f "$file" ]; then sha256sum "$file"; fi; done; }

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

say 'install'
dpkg -i "$package"
fingerprint | cmp - /tmp/before || fail 'a file of Postfix has changed'
dpkg -L postfix-wrapper
postconf -e 'multi_instance_wrapper = /usr/libexec/postfix-wrapper --jobs auto --summary' \
    "multi_instance_directories = $(for name in $instances; do printf '/etc/postfix-%s ' "$name"; done)"

say 'start through it'
env $(postconf command_directory config_directory daemon_directory | tr -d ' ') \
    /usr/libexec/postfix-wrapper --dry-run --jobs auto start
postfix start
all_run
postfix status

say 'an instance that is damaged, and the others'
echo 'no setting at all' >>/etc/postfix-two/main.cf
status=0
postfix stop || status=$?
[ "$status" = 78 ] || fail "the status is $status"
[ -n "$(master_of /etc/postfix-two)" ] || fail 'the damaged one was stopped'
[ -z "$(master_of /etc/postfix-one)$(master_of /etc/postfix-three)$(master_of /etc/postfix)" ] || fail 'others run'
sed -i '$d' /etc/postfix-two/main.cf
postfix -c /etc/postfix-two stop
none_runs

say 'start, reload, stop'
postfix start
all_run
postfix reload
postfix stop
none_runs

say 'it cannot be removed while it is needed'
if dpkg -r postfix-wrapper; then fail 'it was removed'; fi
for file in main.cf master.cf; do
    cp "/etc/postfix/$file" /tmp/undamaged
    echo 'damaged' >>"/etc/postfix/$file"
    if dpkg -r postfix-wrapper; then fail "it was removed although $file is damaged"; fi
    cp /tmp/undamaged "/etc/postfix/$file"
done

say "back to Postfix's own manager"
postconf -e 'multi_instance_wrapper = $daemon_directory/postfix-wrapper'
postfix start
all_run
postfix stop
none_runs

say 'remove'
dpkg -r postfix-wrapper
[ ! -e /usr/libexec/postfix-wrapper ] || fail 'the program is still there'
fingerprint | cmp - /tmp/before || fail 'a file of Postfix has changed'
postfix start
all_run
postfix stop
none_runs

say 'the mail log about the manager'
grep 'postfix-wrapper' /var/log/postfix.log || fail 'nothing is logged'
say 'the package was installed, used and removed'
