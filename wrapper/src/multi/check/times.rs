//! Checks for wrong time values, in parameters that only some daemons read.
//! Such a daemon ends at once, and the others run, so that neither a start nor `postfix check` reports the value.
//!
//! What every program reads is found by asking one of them. Knows nothing of other types of parameters: a number or a
//! word that is wrong is not known for each release.

use std::path::Path;

use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::printable::{shell_word, value};

/// Times that the daemons of every instance read, in each release.
pub(crate) const TIMES: [&str; 58] = [
    "address_verify_cache_cleanup_interval",
    "address_verify_negative_expire_time",
    "address_verify_negative_refresh_time",
    "address_verify_poll_delay",
    "address_verify_positive_expire_time",
    "address_verify_positive_refresh_time",
    "address_verify_sender_ttl",
    "anvil_rate_time_unit",
    "anvil_status_update_time",
    "bounce_queue_lifetime",
    "command_time_limit",
    "connection_cache_protocol_timeout",
    "connection_cache_status_update_time",
    "connection_cache_ttl_limit",
    "default_destination_rate_delay",
    "default_recipient_refill_delay",
    "default_transport_rate_delay",
    "delay_warning_time",
    "fast_flush_purge_time",
    "fast_flush_refresh_time",
    "maximal_backoff_time",
    "maximal_queue_lifetime",
    "milter_command_timeout",
    "milter_connect_timeout",
    "milter_content_timeout",
    "minimal_backoff_time",
    "qmgr_clog_warn_time",
    "qmgr_daemon_timeout",
    "qmgr_ipc_timeout",
    "queue_run_delay",
    "smtp_connect_timeout",
    "smtp_connection_cache_time_limit",
    "smtp_connection_reuse_time_limit",
    "smtp_data_done_timeout",
    "smtp_data_init_timeout",
    "smtp_data_xfer_timeout",
    "smtp_helo_timeout",
    "smtp_mail_timeout",
    "smtp_pix_workaround_delay_time",
    "smtp_pix_workaround_threshold_time",
    "smtp_quit_timeout",
    "smtp_rcpt_timeout",
    "smtp_rset_timeout",
    "smtp_sasl_auth_cache_time",
    "smtp_starttls_timeout",
    "smtp_tls_session_cache_timeout",
    "smtp_xforward_timeout",
    "smtpd_error_sleep_time",
    "smtpd_policy_service_max_idle",
    "smtpd_policy_service_max_ttl",
    "smtpd_policy_service_retry_delay",
    "smtpd_policy_service_timeout",
    "smtpd_proxy_timeout",
    "smtpd_tls_session_cache_timeout",
    "smtpd_upstream_proxy_timeout",
    "tls_random_prng_update_period",
    "tls_random_reseed_period",
    "transport_retry_time",
];

/// Those of an instance that are no times. `value_of` tells what its main.cf says; nothing if that is not known.
pub(crate) fn findings<'a>(directory: &Path, value_of: impl Fn(&str) -> &'a [u8]) -> Vec<Finding> {
    let wrong = TIMES.iter().filter_map(|name| {
        let found = value_of(name);
        if found.is_empty() || is_time(found) {
            return None;
        }
        let what =
            format!("its {name} is \"{}\", which is no time: daemons that read it end at once", value(found));
        let mend = format!("postconf -c {} -X {name}", shell_word(directory));
        Some(Finding::new(FindingKind::CannotStart, directory, what, mend))
    });
    wrong.collect()
}

/// Whether Postfix takes a value for a time: a number, and perhaps the letter of a unit. It does not look at what
/// follows this letter.
fn is_time(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"+").unwrap_or(value);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&value[..digits]).ok().and_then(|text| text.parse::<i32>().ok());
    number.is_some() && value.get(digits).is_none_or(|unit| b"smhdw".contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_perhaps_a_unit() {
        for right in ["0", "5", "300s", "1m", "4h", "5d", "2w", "+5", "5min", "1h30m", "2147483647"] {
            assert!(is_time(right.as_bytes()), "{right}");
        }
        for wrong in ["5x", "s", "5D", "-5", "5 m", "0x5", "2147483648", "1.5h"] {
            assert!(!is_time(wrong.as_bytes()), "{wrong}");
        }
    }
}
