#!/bin/sh
# Starts and stops real Postfix instances by turns through two managers, as root in a container that has a Postfix
# and is for nothing else, and prints how long each start took: MANAGER MILLISECONDS, a line each.
#
# usage: live.sh OUR-MANAGER INSTANCES TURNS
set -eu

ours=$1 instances=$2 turns=$3

[ -f /etc/postfix/main.cf ] || : >/etc/postfix/main.cf
[ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
postconf -e 'compatibility_level = 3.6' 'myhostname = live.invalid' 'inet_interfaces = loopback-only' \
    'inet_protocols = ipv4' 'mynetworks = 127.0.0.0/8' 'maillog_file = /var/log/postfix.log' \
    'multi_instance_enable = yes' 'master_service_disable = inet'
mkdir -p /var/log
list=
number=1
while [ "$number" -lt "$instances" ]; do
    directory=/etc/postfix-$number
    cp -R /etc/postfix "$directory"
    mkdir -p "/var/spool/postfix-$number" "/var/lib/postfix-$number"
    chown postfix "/var/lib/postfix-$number"
    postconf -c "$directory" -e "queue_directory = /var/spool/postfix-$number" \
        "data_directory = /var/lib/postfix-$number" "multi_instance_name = postfix-$number"
    list="$list $directory"
    number=$((number + 1))
done
postconf -e "multi_instance_directories =$list"
# Nobody writes to these files any more: they are old enough not to be read twice.
find /etc/postfix /etc/postfix-* -name '*.cf' -exec touch -d '1 hour ago' {} +

now() { date +%s%3N; }

running() {
    count=0
    for pid in /var/spool/postfix*/pid/master.pid; do
        if kill -0 "$(tr -d ' \n' <"$pid")" 2>/dev/null; then count=$((count + 1)); fi
    done
    echo "$count"
}

turn() {
    postconf -e "multi_instance_wrapper = $2"
    touch -d '1 hour ago' /etc/postfix/main.cf
    begun=$(now)
    postfix start >/dev/null 2>&1 || { echo "$1: start failed" >&2; exit 1; }
    ended=$(now)
    [ "$(running)" = "$instances" ] || { echo "$1: $(running) of $instances run" >&2; exit 1; }
    echo "$1 $((ended - begun))"
    postfix stop >/dev/null 2>&1 || { echo "$1: stop failed" >&2; exit 1; }
}

# The first start of all makes files that later ones find.
turn warm-up '$daemon_directory/postfix-wrapper'
while [ "$turns" -gt 0 ]; do
    turn shell '$daemon_directory/postfix-wrapper'
    turn ours "$ours --jobs auto"
    turn ours-1 "$ours"
    turns=$((turns - 1))
done
