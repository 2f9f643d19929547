//! What is logged once a command has done its work, or where it has left things as they are: advice to whoever
//! called. Pure text, with the real script's words; knows nothing of how it was done.

/// What happened to the key and the certificate that the advice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deployment {
    /// They were made, and are not used yet.
    Not,
    /// They are used from now on.
    Done,
    /// They are, and TLS was turned on for them.
    Enables,
}

/// How a running Postfix is told.
const RELOAD: &str =
    "Run the command:\n  # postfix reload\nif you want the new settings to take effect immediately.\n";

/// TLS was turned on for the client.
pub(super) fn client_enabled() -> Vec<u8> {
    format!("Enabled opportunistic TLS in the Postfix SMTP client.\n{RELOAD}").into_bytes()
}

/// The client has settings of its own already.
pub(super) fn client_left_alone(cache_type: Option<&[u8]>) -> Vec<u8> {
    let mut text = "*** Non-default SMTP client TLS settings detected, no changes made.\n\
                    For opportunistic TLS in the Postfix SMTP client, the below settings\n\
                    are typical:\n  \
                      smtp_tls_security_level = may\n  \
                      smtp_tls_loglevel = 1\n"
        .as_bytes()
        .to_vec();
    if let Some(cache_type) = cache_type {
        let (start, end) = (b"  smtp_tls_session_cache_database = ", b":${data_directory}/smtp_scache\n");
        text.extend([&start[..], cache_type, end].concat());
    }
    text
}

/// The server has settings of its own already.
pub(super) fn server_left_alone() -> Vec<u8> {
    "*** Non-default SMTP server TLS settings detected, no changes made.\n\
     For opportunistic TLS in the Postfix SMTP server, the below settings\n\
     are typical:\n  \
       smtpd_tls_security_level = may\n  \
       smtpd_tls_loglevel = 1\n\
     You can use \"postfix tls new-server-cert\" to create a new certificate.\n\
     Or, \"postfix tls new-server-key\" to also force a new private key.\n\
     If you publish DANE TLSA records, see:\n  \
       https://tools.ietf.org/html/rfc7671#section-8\n  \
       https://tools.ietf.org/html/rfc7671#section-5.1\n  \
       https://tools.ietf.org/html/rfc7671#section-5.2\n  \
       https://community.letsencrypt.org/t/please-avoid-3-0-1-and-3-0-2-dane-tlsa-records-with-le-certificates/7022\n"
        .as_bytes()
        .to_vec()
}

/// A key and a certificate are used from now on.
pub(super) fn deployed(deployment: Deployment) -> Vec<u8> {
    let enabled = if deployment == Deployment::Enables {
        "Enabled opportunistic TLS in the Postfix SMTP server\n"
    } else {
        ""
    };
    format!("{enabled}New TLS private key and certificate deployed.\n{RELOAD}").into_bytes()
}

/// A key and a certificate were made.
pub(super) fn made(certificate: &[u8], key: &[u8], deployment: Deployment, is_new_key: bool) -> Vec<u8> {
    let is_deployed = deployment != Deployment::Not;
    let mut text = if is_deployed {
        deployed(deployment)
    } else {
        let start = b"New private key and self-signed certificate created. To deploy run:\n  # postfix tls \
                      deploy-server-cert ";
        [&start[..], certificate, b" ", key, b"\n"].concat()
    };
    let mut add = |parts: &[&[u8]]| text.extend(parts.concat());
    add(&[b"To generate a CSR run:\n  # postfix tls output-server-csr -k ", key, b" [<hostname> ...]\n"]);
    let end: &[u8] = if is_deployed { b".\n" } else { b", and deploy as above.\n" };
    add(&[b"Save the signed certificate chain in ", certificate, end]);
    // Those in use are found without being named.
    let named = if is_deployed { b"" } else { key };
    add(&[
        b"To generate TLSA records run:\n  # postfix tls output-server-tlsa [-h <hostname>] ",
        named,
        b"\n",
    ]);
    if is_new_key && is_deployed {
        add(&[b"(If you have DANE TLSA RRs, update them as soon as possible to match\nthe newly deployed keys).\n"]);
    } else if is_new_key {
        add(&[b"(deploy after updating the DNS and waiting for stale RRs to expire).\n"]);
    }
    text
}
