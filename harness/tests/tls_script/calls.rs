//! The calls that are compared. Knows what is asked, nothing of what should come of it.

/// What is asked of an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// What its main.cf says beside its directories.
    pub(crate) main_cf: &'static str,
    /// What the default instance's says, where this is about the secondary one.
    pub(crate) secondary_beside: Option<&'static str>,
    /// What is in the way.
    pub(crate) obstacle: Obstacle,
    /// The calls of `postfix tls`, one after the other; in an argument, `KEY` and `CERT` stand for the files that the
    /// calls before it made.
    pub(crate) words: &'static [&'static [&'static str]],
}

/// What keeps a call from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    None,
    /// A directory has the name of the file that postconf(1) edits in.
    EditsFail,
}

const fn obstructed(words: &'static [&'static [&'static str]]) -> Call {
    Call { main_cf: "", secondary_beside: None, obstacle: Obstacle::EditsFail, words }
}

const fn default(main_cf: &'static str, words: &'static [&'static [&'static str]]) -> Call {
    Call { main_cf, secondary_beside: None, obstacle: Obstacle::None, words }
}

const fn secondary(
    default: &'static str,
    main_cf: &'static str,
    words: &'static [&'static [&'static str]],
) -> Call {
    Call { main_cf, secondary_beside: Some(default), obstacle: Obstacle::None, words }
}

/// Keys and certificates of the world that belong together.
const RSA_IN_USE: &str =
    "smtpd_tls_key_file = /etc/postfix/rsa.pem\nsmtpd_tls_cert_file = /etc/postfix/rsa-cert.pem\n";
const EC_IN_USE: &str =
    "smtpd_tls_eckey_file = /etc/postfix/ec.pem\nsmtpd_tls_eccert_file = /etc/postfix/ec-cert.pem\n";
const BOTH_IN_USE: &str = "smtpd_tls_key_file = /etc/postfix/rsa.pem\nsmtpd_tls_cert_file = /etc/postfix/rsa-cert.pem\n\
    smtpd_tls_eccert_file = /etc/postfix/ec.pem\nsmtpd_tls_eckey_file = $smtpd_tls_eccert_file\n";

/// Command lines that are wrong.
pub(crate) const COMMAND_LINES: &[Call] = &[
    default("", &[&[]]),
    default("", &[&["bogus"]]),
    default("", &[&["bogus", "a b"]]),
    default("", &[&[""]]),
    default("", &[&["enable-client", "x"]]),
    default("", &[&["enable-client", "-r"]]),
    default("", &[&["enable-client", "-x"]]),
    default("", &[&["enable-server", "-h", "x"]]),
    default("", &[&["enable-server", "-a", "dsa"]]),
    default("", &[&["enable-server", "-a", ""]]),
    default("", &[&["new-server-key", "-r", "x"]]),
    default("", &[&["new-server-key", "-a", "dsa"]]),
    default("", &[&["new-server-key", "-a", ""]]),
    default("", &[&["new-server-cert", "-b"]]),
    default("", &[&["new-server-cert", "-a", "DSA"]]),
    default("", &[&["new-server-cert", "-a", ""]]),
    default("", &[&["deploy-server-cert"], &["deploy-server-cert", "a", "b", "c"]]),
    default("", &[&["output-server-csr", "-a", "x"]]),
    default("", &[&["output-server-tlsa", "-k", "x"]]),
    default("", &[&["all-default-client", "x"], &["all-default-server", "x"]]),
];

/// Questions that change nothing.
pub(crate) const QUESTIONS: &[Call] = &[
    default("", &[&["all-default-client"], &["all-default-server"]]),
    default(
        "smtp_tls_security_level =\nsmtpd_use_tls =\n",
        &[&["all-default-client"], &["all-default-server"]],
    ),
    default("smtp_tls_security_level = may\n", &[&["all-default-client"], &["all-default-server"]]),
    default(
        "smtp_use_tls = no\nsmtpd_tls_cert_file = none\n",
        &[&["all-default-client"], &["all-default-server"]],
    ),
];

/// TLS for the client.
pub(crate) const CLIENT: &[Call] = &[
    default("", &[&["enable-client"], &["enable-client"], &["all-default-client"]]),
    default("# a comment\n", &[&["enable-client", "-r", "dev:/dev/random"]]),
    default("tls_random_source =\n", &[&["enable-client"]]),
    default("smtp_tls_cert_file = x\n", &[&["enable-client", "-r", "dev:/dev/random"]]),
    default("unused_one = 1\n", &[&["enable-client", "--"]]),
    secondary("", "", &[&["enable-client"], &["all-default-client"]]),
];

/// TLS for the server.
pub(crate) const SERVER: &[Call] = &[
    default("", &[&["enable-server"], &["all-default-server"], &["enable-server"]]),
    default(
        "",
        &[&["enable-server", "-a", "ecdsa", "-r", "dev:/dev/random", "mail.example", "other.example"]],
    ),
    default("myhostname = host.example\n", &[&["enable-server", "-b", "1024", ""]]),
    default("smtpd_use_tls = yes\n", &[&["enable-server", "-b", "1024"]]),
    default("", &[&["enable-server", "-b", "three"]]),
    secondary("", "", &[&["enable-server", "-a", "rsa", "-b", "1024", "a.example"]]),
];

/// New keys and certificates.
pub(crate) const NEW: &[Call] = &[
    default("", &[&["new-server-key", "-b", "1024"], &["deploy-server-cert", "CERT", "KEY"]]),
    default("", &[&["new-server-key", "-aecdsa", "-b", "secp384r1", "--", "-x.example"]]),
    default("", &[&["new-server-key", "-a", "ecdsa", "-b", "nonsense"]]),
    default(RSA_IN_USE, &[&["new-server-key", "-b", "1024", "a.example", "b.example", "c.example"]]),
    default("", &[&["new-server-cert", "-b", "1024"]]),
    default(RSA_IN_USE, &[&["new-server-cert", "new.example"], &["deploy-server-cert", "CERT", "KEY"]]),
    default(RSA_IN_USE, &[&["new-server-cert", "-a", "ecdsa"]]),
    default(EC_IN_USE, &[&["new-server-cert", "-a", "ecdsa", "new.example"]]),
    default("smtpd_tls_key_file = none\n", &[&["new-server-cert", "-b", "1024"]]),
    default("smtpd_tls_key_file = /nonexistent/key.pem\n", &[&["new-server-cert", "-b", "1024"]]),
    default("smtpd_tls_key_file = /etc/postfix/ec.pem\n", &[&["new-server-cert"]]),
    default("smtpd_tls_key_file = /etc/postfix/garbage.pem\n", &[&["new-server-cert"]]),
    default("smtpd_tls_key_file = /etc/postfix/locked.pem\n", &[&["new-server-cert"]]),
    default("smtpd_tls_key_file = rsa.pem\n", &[&["new-server-cert", "-b", "1024"]]),
];

/// Their deployment.
pub(crate) const DEPLOYMENT: &[Call] = &[
    default("", &[&["deploy-server-cert", "rsa-cert.pem", "rsa.pem"]]),
    default(RSA_IN_USE, &[&["deploy-server-cert", "/etc/postfix/ec-cert.pem", "ec.pem"]]),
    default("", &[&["deploy-server-cert", "ec-cert.pem", "rsa.pem"]]),
    default("", &[&["deploy-server-cert", "rsa-cert.pem", "garbage.pem"]]),
    default("", &[&["deploy-server-cert", "garbage.pem", "rsa.pem"]]),
    default("", &[&["deploy-server-cert", "missing.pem", "rsa.pem"]]),
    default("", &[&["deploy-server-cert", "rsa-cert.pem", "missing.pem"]]),
    default("", &[&["deploy-server-cert", "rsa-cert.pem", "locked.pem"]]),
    default("", &[&["deploy-server-cert", "", "rsa.pem"]]),
];

/// Requests for certificates, and records.
pub(crate) const REQUESTS: &[Call] = &[
    default(RSA_IN_USE, &[&["output-server-csr"]]),
    default(EC_IN_USE, &[&["output-server-csr", "a.example", "b.example"]]),
    default(BOTH_IN_USE, &[&["output-server-csr", "-k", "ecdsa"], &["output-server-csr", "-k", "rsa", ""]]),
    default(
        "",
        &[&["output-server-csr"], &["output-server-csr", "-k", "none"], &["output-server-csr", "-k", ""]],
    ),
    default("", &[&["output-server-csr", "-k", "rsa.pem", "x.example"]]),
    default("", &[&["output-server-csr", "-k", "garbage.pem"]]),
    default("", &[&["output-server-csr", "-k", "missing.pem"]]),
    default("", &[&["output-server-csr", "-k", "dsa"]]),
    default("smtpd_tls_key_file = rsa.pem\n", &[&["output-server-csr"]]),
    default(RSA_IN_USE, &[&["output-server-tlsa"]]),
    default(BOTH_IN_USE, &[&["output-server-tlsa", "-h", "mail.example"]]),
    default(BOTH_IN_USE, &[&["output-server-tlsa", "-h", "", "ecdsa", "none", "rsa.pem"]]),
    default(RSA_IN_USE, &[&["output-server-tlsa", "ec.pem", "garbage.pem", "rsa.pem"]]),
    default(
        "",
        &[&["output-server-tlsa"], &["output-server-tlsa", "ecdsa"], &["output-server-tlsa", "missing.pem"]],
    ),
];

/// Edits that fail.
pub(crate) const EDITS: &[Call] = &[
    obstructed(&[&["enable-client"]]),
    obstructed(&[&["enable-server", "-b", "1024"]]),
    obstructed(&[&["deploy-server-cert", "rsa-cert.pem", "rsa.pem"]]),
];

/// Another openssl, or none.
pub(crate) const OPENSSL_PATHS: &[Call] = &[
    default("openssl_path = /usr/bin/openssl\n", &[&["output-server-tlsa", "rsa.pem"]]),
    default("openssl_path = nonexistent-openssl\n", &[&["enable-client"], &["bogus"]]),
    default("openssl_path =\n", &[&["all-default-client"]]),
    default("openssl_path = /usr/bin/false\n", &[&["all-default-client"]]),
    default("openssl_path = /usr/bin/true\n", &[&["all-default-client"]]),
    default("openssl_path = /etc/passwd\n", &[&["all-default-client"]]),
    default("openssl_path = ${config_directory}/open ssl\n", &[&["all-default-client"]]),
    secondary("openssl_path = nonexistent-openssl\n", "", &[&["all-default-client"]]),
    secondary("", "openssl_path = nonexistent-openssl\n", &[&["all-default-client"]]),
];
