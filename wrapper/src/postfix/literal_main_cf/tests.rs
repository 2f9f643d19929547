//! Tests which main.cf files the strict reader accepts.
//!
//! Whether postconf agrees is tested in `manager_settings`, if there is a postconf.

use super::*;

fn value(text: &str, name: &str) -> Result<Option<String>, NeedsPostconf> {
    let plain = LiteralMainCf::read(text.as_bytes())?;
    Ok(plain.literal(name)?.map(|value| String::from_utf8(value.to_vec()).unwrap()))
}

fn is_doubtful(text: &str) -> bool {
    LiteralMainCf::read(text.as_bytes()) == Err(NeedsPostconf)
}

#[test]
fn plain_settings_are_read() {
    let text = "# A comment, übrigens\n\nmulti_instance_enable=yes\nname = Some  Words \n\t# in between\n  and more\n";
    assert_eq!(value(text, "multi_instance_enable"), Ok(Some("yes".into())));
    assert_eq!(value(text, "name"), Ok(Some("Some  Words   and more".into())));
    assert_eq!(value(text, "other"), Ok(None));
    assert_eq!(value("", "other"), Ok(None));
    assert_eq!(value("a =\n", "a"), Ok(Some(String::new())));
    assert_eq!(value("a = b = c\n", "a"), Ok(Some("b = c".into())));
    assert_eq!(value("a = $mail_name\nb = c\n", "b"), Ok(Some("c".into())));
    assert_eq!(value("a = $mail_name\n", "a"), Err(NeedsPostconf));
}

#[test]
fn an_ordinary_file_leaves_no_doubt() {
    let text = "compatibility_level = 3.6\ncommand_directory = /usr/sbin\ninet_interfaces = loopback-only\n\
        myhostname = mail.example\nmyorigin = /etc/mailname\nmydestination = $myhostname, localhost\n\
        smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)\nrelayhost =\n\
        smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache\n\
        alias_maps = hash:/etc/aliases\nalias_database = $alias_maps\n";
    assert_eq!(value(text, "relayhost"), Ok(Some(String::new())));
}

#[test]
fn what_is_malformed_is_doubtful() {
    for text in [
        "a = b",
        " a = b\n",
        "# comment\n a = b\n",
        "a b\n",
        "= b\n",
        "a b = c\n",
        "a-b = c\n",
        "a = b\r\n",
        "a = b\0\n",
        "# com\0ment\n",
        "a = b\x0b\n",
        "a = ü\n",
        "ä = b\n",
        "\u{feff}a = b\n",
    ] {
        assert!(is_doubtful(text), "{text:?}");
    }
}

#[test]
fn a_setting_that_is_there_twice_is_doubtful() {
    assert!(is_doubtful("a = b\na = b\n"));
    assert!(is_doubtful("multi_instance_enable = yes\nb = c\nmulti_instance_enable=no\n"));
}

#[test]
fn what_has_to_be_worked_out_is_doubtful() {
    for text in [
        "a = $$\n",
        "a = $\n",
        "a = b$ c\n",
        "a = ${myhostname?x}\n",
        "a = ${myhostname:x}\n",
        "a = ${{1} == {1} ? {x} : {y}}\n",
        "a = ${myhostname\n",
        "a = $(myhostname}\n",
        "a = $unknown\n",
        "a = $a\n",
        "a = $b\nb = $a\n",
        "a = $b\nb = $myhostname\n",
        "myhostname = $mydomain\n",
        "mydomain = $mail_name\n",
        "smtpd_restriction_classes = $mail_name\n",
        "inet_interfaces = 192.0.2.1\n",
        "inet_protocols = ipv6\n",
        "mynetworks_style = odd\n",
        "compatibility_level = newest\n",
        "compatibility_level = new\n",
        "compatibility_level = 1234\n",
        "compatibility_level = 1.\n",
        "compatibility_level = 1.2.3.4\n",
        "virtual_alias_maps = proxy:mysql:/etc/postfix/aliases.cf\n",
    ] {
        assert!(is_doubtful(text), "{text:?}");
    }
    assert!(!is_doubtful("inet_interfaces = 192.0.2.1\nmynetworks = 127.0.0.0/8\n"));
}

#[test]
fn references_have_three_forms_and_each_must_be_whole() {
    let names = |value: &'static str| references(value.as_bytes()).collect::<Result<Vec<_>, _>>();
    assert_eq!(names("a $b ${c} $(d)e").unwrap(), [&b"b"[..], b"c", b"d"]);
    for doubtful in ["$", "${", "$(", "${}", "$()", "${a", "$(a", "${a)", "$(a}", "$ a", "${a?b}"] {
        assert!(names(doubtful).is_err(), "{doubtful}");
    }
}

#[test]
fn values_that_multiply_might_not_end_and_usual_ones_do() {
    let usual =
        b"mydestination = $myhostname, localhost.$mydomain, localhost\nmynetworks = $a, $b\n#$ $ $\nx = $y\n";
    assert!(!might_not_end(usual));
    let doubling: Vec<u8> =
        (0..40).flat_map(|at| format!("v{at} = $v{0}$v{0}\n", at + 1).into_bytes()).collect();
    assert!(might_not_end(&doubling));
    let over_lines: Vec<u8> =
        (0..40).flat_map(|at| format!("v{at} = $v{0}\n# $\n\n\t$v{0}\n", at + 1).into_bytes()).collect();
    assert!(might_not_end(&over_lines));
    let wide = format!("a = {0}\nb = {0}\nc = {0}\n", "$x ".repeat(1000));
    assert!(might_not_end(wide.as_bytes()));
}
