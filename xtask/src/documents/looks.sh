# What pages leave. Each function looks at one thing, and ends the script if it is otherwise.

nothing_else() { :; }

# Nothing is left of the other instances, and the first one runs.
one_postfix_runs_alone() {
    for left in /etc/postfix-* /var/spool/postfix-* /var/lib/postfix-*; do
        [ ! -e "$left" ] || fail "$left is left"
    done
    if grep multi_instance /etc/postfix/main.cf; then fail 'main.cf is not as before'; fi
    postfix status || fail 'the first Postfix does not run'
}

metrics_are_written() { grep '^postfix_instance_enabled' /var/lib/prometheus/node-exporter/postfix.prom || fail 'no metrics'; }

# The unit for all has started all.
the_unit_runs_all() {
    systemctl --no-pager status postfix-multi.service
    [ "$(postfix-multi -x sh -c 'kill -0 $(cat $queue_directory/pid/master.pid) && echo runs' | grep -c runs)" = 3 ] ||
        fail 'an instance does not run'
    systemctl stop postfix-multi.service
}
