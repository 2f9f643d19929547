//! Tests that a script refuses, too, if postconf(1) does not simulate what it asks.

use postfix_fakes::journal::What;

use crate::simulated::Simulated;

/// Deeper than is looked for lookup tables, which only postconf(1) does.
const DEEP: usize = 1100;

#[test]
fn what_postconf_does_not_simulate_is_refused_by_the_script_that_asks() {
    for (version, words) in [
        ("3.5.25", &["check"][..]),
        ("3.5.25", &["quick-check"]),
        ("3.7.11", &["start"]),
        ("3.7.11", &["logrotate"]),
        ("3.10.13", &["status"]),
        ("3.10.13", &["reload"]),
        ("3.10.13", &["chroot"]),
        ("3.10.13", &["check-warn"]),
        ("3.11.7", &["check"]),
        ("3.11.7", &["check-alias-maps-migration"]),
        ("3.11.7", &["post-install", "create-missing"]),
        ("3.11.7", &["upgrade-configuration"]),
    ] {
        let world = Simulated::new("");
        world.becomes_version(version);
        world.write(
            "etc/postfix-a/main.cf",
            &format!(
                "compatibility_level = 3.6\nqueue_directory = ROOT/var/spool/a\n\
                 data_directory = ROOT/var/lib/a\nmail_name = {}{}\n",
                "{".repeat(DEEP),
                "}".repeat(DEEP)
            ),
        );
        assert_eq!(world.postfix("postfix-a", words), Some(70), "{version} {words:?}");
        assert_eq!(refused(&world), ["braces nested deeper than is worth looking"]);
    }
}

#[test]
fn what_the_script_would_do_with_keys_is_refused_and_recorded() {
    let world = Simulated::new("");
    assert_eq!(world.postfix("postfix-a", &["tls", "enable-client"]), Some(70));
    assert_eq!(refused(&world), ["postfix tls"]);
}

fn refused(world: &Simulated) -> Vec<String> {
    let request = |what| if let What::Unsupported { request } = what { Some(request) } else { None };
    world.events().into_iter().filter_map(|event| request(event.what)).collect()
}
