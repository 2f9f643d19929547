# A host with the addresses of the examples, on which one Postfix runs.
perl -MSocket -e '
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
    my $number = 0;
    for (@ARGV) {
        # SIOCSIFADDR: an image has no program that adds an address.
        ioctl($socket, 0x8916, pack("a16 S n a4 x8", "lo:" . $number++, AF_INET, 0, inet_aton($_))) or die "$_: $!";
    }' 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14
[ -f /etc/postfix/main.cf ] || cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf
[ -f /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
mkdir -p /var/log
printf 'postmaster: root\n' >/etc/aliases
postconf -e 'myhostname = host.example.com' 'inet_protocols = ipv4' 'maillog_file = /var/log/mail.log' \
    'mydestination = $myhostname, localhost'
newaliases
postfix start
