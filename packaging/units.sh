#!/bin/sh
# A trial of the units of systemd that Debian's Postfix has, with postfix-multi in place of postmulti, as root in a
# container that has a Postfix and is for nothing else. No systemd runs there: the commands that a unit names are taken
# from the unit as it is installed, and run here one after another, in the environment that it names. Up to Debian 12
# they call postmulti by its path; so do the generator's and the units' helpers. Whoever calls it there gets ours.
#
# usage: units.sh FORMER NEW, folders with packages of the version before, which are not tried, and of this one
set -eu

package=$(ls "$2"/postfix-wrapper_*.deb 2>/dev/null) || {
    echo 'skipped: the units, as no .deb was made'
    exit 0
}
if command -v rpm >/dev/null; then
    echo 'skipped: the units, as only packages of RPM are tried here'
    exit 0
fi
calls=/tmp/calls

say() { printf '\n=== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# The queue directory of an instance, by its configuration directory.
queue_of() { postconf -c "$1" -xh queue_directory; }

runs() {
    file=$(queue_of "$1")/pid/master.pid
    [ -s "$file" ] && kill -0 "$(tr -d ' \n' <"$file")" 2>/dev/null
}

# These run, and no others.
only_these_run() {
    for directory in /etc/postfix /etc/postfix-out /etc/postfix-in; do
        case " $* " in
        *" $directory "*) runs "$directory" || fail "$directory does not run" ;;
        *) if runs "$directory"; then fail "$directory runs"; fi ;;
        esac
    done
}

# The file of a unit, wherever this Debian has it.
unit() {
    for place in /usr/lib/systemd/system /lib/systemd/system; do
        if [ -f "$place/$1" ]; then
            echo "$place/$1"
            return
        fi
    done
}

# Runs what a unit's file says for a word such as ExecStart, for the instance that it is called with. The signs in front
# of a command say with which privileges and how strictly it is run; here root does it, strictly. Debian's Postfix looks
# for what tells it that systemd has called.
run_of() {
    file=$1 word=$2 instance=$3
    commands=$(sed -n "s/^$word=[-+!@:]*//p" "$file" | sed "s,%[iI],$instance,g")
    [ -n "$commands" ] || fail "$file says nothing of $word"
    settings=$(sed -n 's/^Environment=//p' "$file" | sed "s,%[iI],$instance,g")
    mkdir -p /run/systemd/system
    echo "$commands" | while read -r command; do
        echo "$word: ${settings:+$settings }$command"
        # Words are separated by blanks, as there are no quotes in these units.
        env INVOCATION_ID=trial $settings $command </dev/null || fail "$command"
    done
    rmdir /run/systemd/system
}

start() { run_of "$1" ExecStartPre "$2"; run_of "$1" ExecStart "$2"; }

version=$(postconf -dh mail_version)
say "Postfix $version"
[ -f /etc/postfix/main.cf ] || printf 'compatibility_level = 2\nmyhostname = trial.invalid\n' >/etc/postfix/main.cf
[ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
postconf -e 'inet_interfaces = loopback-only' 'inet_protocols = ipv4' 'mynetworks = 127.0.0.0/8' \
    'maillog_file = /var/log/postfix.log' 'master_service_disable = inet'
mkdir -p /var/log
dpkg -i "$package" >/dev/null

say 'two instances'
postfix-multi -e init
for name in out in; do
    postfix-multi -e create -I "postfix-$name"
    postconf -c "/etc/postfix-$name" -e 'maillog_file = /var/log/postfix.log'
    postfix-multi -i "$name" -e enable
done
postfix-multi -l

say 'postmulti is ours from here on'
mv /usr/sbin/postmulti /usr/sbin/postmulti.distrib
cat >/usr/sbin/postmulti <<END
#!/bin/sh
echo "\$*" >>$calls
exec /usr/sbin/postfix-multi "\$@"
END
chmod 755 /usr/sbin/postmulti
: >"$calls"

template=$(unit postfix@.service)
[ -n "$template" ] || fail 'there is no postfix@.service'
if grep -q 'postmulti -i' "$template"; then
    default=- names='postfix-out postfix-in'
    default_unit=$template
else
    # From Postfix 3.9 on: the default instance has a unit of its own, and the others go by their directories.
    default=/etc/postfix names='out in'
    default_unit=$(unit postfix.service)
fi

generator=
for place in /usr/lib/systemd/system-generators /lib/systemd/system-generators; do
    if [ -x "$place/postfix-instance-generator" ]; then generator=$place/postfix-instance-generator; fi
done
if [ -n "$generator" ]; then
    say "$generator"
    mkdir /tmp/units
    "$generator" /tmp/units /tmp/units /tmp/units
    found=$(ls /tmp/units/postfix.service.wants | sort | tr '\n' ' ')
    echo "$found"
    [ "$found" = 'postfix@-.service postfix@postfix-in.service postfix@postfix-out.service ' ] || fail 'other units'
else
    say 'this Debian has no generator of instances'
fi

say "$default_unit, the default instance"
start "$default_unit" "$default"
only_these_run /etc/postfix

for name in $names; do
    say "$template, $name"
    directory=/etc/postfix-${name#postfix-}
    start "$template" "$name"
    only_these_run /etc/postfix "$directory"
    run_of "$template" ExecReload "$name"
    run_of "$template" ExecStop "$name"
    only_these_run /etc/postfix
done

say 'all, and the default instance alone ends'
for name in $names; do start "$template" "$name"; done
only_these_run /etc/postfix /etc/postfix-out /etc/postfix-in
run_of "$default_unit" ExecReload "$default"
run_of "$default_unit" ExecStop "$default"
only_these_run /etc/postfix-out /etc/postfix-in
for name in $names; do run_of "$template" ExecStop "$name"; done
only_these_run

say 'by hand, all at once'
postfix start
only_these_run /etc/postfix /etc/postfix-out /etc/postfix-in
postfix stop
only_these_run

say 'how postmulti was called'
if grep -q 'postmulti -i' "$template"; then
    sort "$calls" | uniq -c
    grep -qx -- '-i postfix-out -p start' "$calls" || fail 'ours was not asked to start'
    grep -qx -- '-i - -p stop' "$calls" || fail 'ours was not asked to stop the default instance'
else
    [ ! -s "$calls" ] || fail "$(cat "$calls")"
    echo 'not at all: the units of this Debian call postfix'
fi
say "the units of Postfix $version work with postfix-multi"
