# The hosts on which pages begin. Each function makes one, whatever the host has been before.

# The addresses of the examples. An image has no program that adds an address.
add_addresses() {
    perl -MSocket -e '
        socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
        my $number = 0;
        for (@ARGV) {
            # SIOCSIFADDR
            ioctl($socket, 0x8916, pack("a16 S n a4 x8", "lo:" . $number++, AF_INET, 0, inet_aton($_))) or die "$_: $!";
        }' 192.0.2.2 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14
}

# One Postfix, which does not run.
a_host_with_one_postfix_that_is_stopped() {
    if [ -f /etc/postfix/main.cf ]; then
        postconf -X multi_instance_directories multi_instance_wrapper
        for directory in /etc/postfix /etc/postfix-*; do
            if [ -f "$directory/main.cf" ]; then postfix -c "$directory" stop >/dev/null 2>&1 || :; fi
        done
    fi
    rm -rf /etc/postfix-* /var/spool/postfix-* /var/lib/postfix-* /etc/postfix/main.cf
    for file in /usr/share/postfix/main.cf.debian /usr/share/postfix/main.cf.dist; do
        if [ ! -f /etc/postfix/main.cf ] && [ -f $file ]; then cp $file /etc/postfix/main.cf; fi
    done
    [ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
    add_addresses
    mkdir -p /var/log
    printf 'postmaster: root\n' >/etc/aliases
    postconf -e 'myhostname = host.example.com' 'inet_protocols = ipv4' 'maillog_file = /var/log/mail.log' \
        'mydestination = $myhostname, localhost'
    newaliases
    # As the unit of Debian's package does before a start, up to Debian 12.
    case $version in 3.5.* | 3.7.*) /usr/lib/postfix/configure-instance.sh - ;; esac
}

# One Postfix, which runs.
a_host_with_one_postfix() {
    a_host_with_one_postfix_that_is_stopped
    postfix start
}

# The same, with the package.
a_host_with_the_package() {
    a_host_with_one_postfix_that_is_stopped
    # An image may leave documents out.
    dpkg --path-include='/usr/share/doc/postfix-wrapper/*' --install postfix-wrapper_*.deb
    postconf -e 'inet_interfaces = 127.0.0.1'
    postfix-multi -e init
    mkdir -p /var/lib/prometheus/node-exporter
}

# Two instances beside the default one, made by Postfix's own tool.
a_host_with_three_instances() {
    a_host_with_the_package
    postconf -X multi_instance_wrapper
    postmulti -e init
    for name in out in; do postmulti -I "postfix-$name" -e create; done
}

# Systemd is process 1, and the package's units are in the working directory.
a_host_with_systemd() {
    a_host_with_three_instances
    postfix-multi -e init
    for name in out in; do postfix-multi -e enable -i "$name"; done
    cd /usr/share/doc/postfix-wrapper/systemd
    systemctl start postfix
}
