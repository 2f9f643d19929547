//! Draws master.cf files as people write them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Kind, as_an_editor_leaves_it, form_of, kind};

/// Services and what stands between them, by what is remarkable in them.
pub(super) const SERVICES: [Kind; 14] = [
    kind(
        "ordinary services",
        30,
        &[
            "smtp      inet  n       -       y       -       -       smtpd\n",
            "cleanup   unix  n       -       y       -       0       cleanup\n",
            "rewrite   unix  -       -       y       -       -       trivial-rewrite\n",
            "tlsmgr    unix  -       -       y       1000?   1       tlsmgr\n",
            "proxymap  unix  -       -       n       -       -       proxymap\n",
            "relay     unix  -       -       y       -       -       smtp\n",
            "local     unix  -       n       n       -       -       local\n",
        ],
    ),
    kind(
        "fifo services",
        6,
        &[
            "pickup    fifo  n       -       -       60      1       pickup\n",
            "qmgr      fifo  n       -       n       300     1       qmgr\n",
            "#qmgr     fifo  n       -       -       300     1       oqmgr\n",
        ],
    ),
    kind(
        "services at an address",
        7,
        &[
            "127.0.0.1:10025 inet n  -       n       -       -       smtpd\n  -o content_filter=\n  -o mynetworks=127.0.0.0/8\n",
            "192.0.2.1:25 inet n - - - - smtpd -o smtpd_banner=$myhostname\n",
            "[::1]:587 inet n       -       y       -       -       smtpd\n  -o syslog_name=postfix/six\n",
            "[2001:db8::1]:smtp inet n - y - - smtpd\n",
        ],
    ),
    kind(
        "options with references",
        7,
        &[
            "submission inet n - y - - smtpd\n  -o smtpd_client_restrictions=$mua_client_restrictions\n",
            "smtps     inet  n       -       y       -       -       smtpd\n  -o smtpd_sender_login_maps=${virtual_alias_maps}\n  -o x=$y\n",
            "scan unix - - n - 10 smtp -o syslog_name=${multi_instance_name?{$multi_instance_name}:{postfix}}/$service_name\n",
        ],
    ),
    kind(
        "options in braces",
        5,
        &[
            "587 inet n - y - - smtpd -o { smtpd_recipient_restrictions = permit_sasl_authenticated, reject }\n",
            "465 inet n - n - - smtpd\n  -o {smtpd_tls_wrappermode=yes}\n  -o { smtpd_milters = inet:127.0.0.1:8891 }\n",
        ],
    ),
    kind(
        "comments between options",
        6,
        &[
            "submission inet n       -       y       -       -       smtpd\n  -o syslog_name=postfix/submission\n#  -o smtpd_reject_unlisted_recipient=no\n  -o smtpd_sasl_auth_enable=yes\n",
            "smtps inet n - y - - smtpd\n  # TLS\n  -o smtpd_tls_wrappermode=yes\n  # -o x=y\n",
        ],
    ),
    kind(
        "options after empty lines",
        4,
        &[
            "submission inet n - y - - smtpd\n\n  -o smtpd_tls_security_level=encrypt\n",
            "amavis unix - - n - 2 smtp\n  -o smtp_send_xforward_command=yes\n\n\t\n  -o disable_dns_lookups=yes\n",
        ],
    ),
    kind(
        "template marks",
        5,
        &[
            "{{ port }} inet n - y - - smtpd\n",
            "smtp inet n - {{ chroot }} - - smtpd\n  -o myhostname={{ fqdn }}\n",
            "<%= @name %> unix - n n - - pipe\n  flags=R user=<%= @user %> argv=/bin/x\n",
            "smtp inet n - @CHROOT@ - - smtpd -o mynetworks=##networks##\n",
            "{% if tls %}\n",
        ],
    ),
    kind(
        "pipes with flags",
        12,
        &[
            "maildrop  unix  -       n       n       -       -       pipe\n  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d ${recipient}\n",
            "dovecot unix - n n - - pipe flags=DRhu user=vmail:vmail argv=/usr/lib/dovecot/deliver -f ${sender} -d ${user}@${nexthop} -m ${extension}\n",
            "ifmail    unix  -       n       n       -       -       pipe\n  flags=F user=ftn argv=/usr/lib/ifmail/ifmail -r $nexthop ($recipient)\n",
            "cyrus unix - n n - - pipe\n  user=cyrus argv=/x -e -r ${sender} -m ${extension} ${user}\n  flags=R\n",
        ],
    ),
    kind(
        "long lines",
        4,
        &[
            "submission inet n - n - - smtpd -v -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o milter_macro_daemon_name=ORIGINATING -o smtpd_recipient_restrictions=permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination\n",
            "policy unix - n n - 0 spawn user=nobody argv=/usr/bin/perl /usr/lib/postfix/policyd-spf-perl with_a_long_argument_that_goes_on_and_on_and_on and another and one more\n",
        ],
    ),
    kind(
        "options of other forms",
        4,
        &[
            "smtp inet n - n - - smtpd -v\n -o stress=yes -o smtpd_tls_cert_file=/etc/x.pem\n",
            "smtp inet n - n - - smtpd\n  -o smtpd_etrn_restrictions=reject -o\n  mynetworks=127.0.0.0/8\n",
            "retry     unix  -       -       y       -       -       error -o a = b\n",
        ],
    ),
    kind(
        "comments",
        12,
        &[
            "# ==========================================================================\n# service type  private unpriv  chroot  wakeup  maxproc command + args\n",
            "#smtp      inet  n       -       y       -       1       postscreen\n",
            "# f\u{fc}r \u{e080}\n",
        ],
    ),
    kind("empty lines", 8, &["\n", "\n\n", "  \n"]),
    kind("services without a field", 2, &["smtp inet n - y - smtpd\n", "scache unix - - - - 1\n"]),
];

/// What comes behind the lines of a service.
pub(super) const LINE_ENDS: [Kind; 2] =
    [kind("nothing", 90, &["\n"]), kind("trailing blanks", 10, &[" \n", "\t\n", "   \n"])];

/// Files.
pub(crate) fn master_cf() -> impl Strategy<Value = String> {
    let service = (form_of(&SERVICES), form_of(&LINE_ENDS)).prop_map(|(text, end)| {
        text.strip_suffix('\n').map_or_else(|| text.to_owned(), |text| [text, end].concat())
    });
    as_an_editor_leaves_it(vec(service, 1..16).prop_map(|services| services.concat()))
}
