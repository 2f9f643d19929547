//! Generated main.cf texts, of the pieces that make a difference.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::pair::{Answer, Pair};

fn name() -> impl Strategy<Value = String> {
    select(vec![
        "a",
        "b",
        "c",
        "multi_instance_name",
        "multi_instance_directories",
        "multi_instance_enable",
        "process_name",
        "virtual_maps",
        "smtpd_restriction_classes",
        "luser_relay",
        "relay_domains",
        "9x",
        "with-dash",
    ])
    .prop_map(str::to_owned)
}

fn piece() -> impl Strategy<Value = String> {
    let fixed = select(vec![
        "x",
        "/etc/postfix-a",
        ",",
        " ",
        "\t",
        "  ",
        "$$",
        "$",
        "${",
        "}",
        "{",
        ")",
        "?",
        ":",
        "=",
        "#",
        "1",
        "3.6",
        "yes",
        "\r",
        "\x0b",
        "\0",
        "\u{fc}",
        "\\",
        "\"",
        "'",
        "*",
    ])
    .prop_map(str::to_owned);
    let reference =
        (name(), select(vec!["$N", "${N}", "$(N)", "${ N }", "${N?x}", "${N:y}", "${N?{x}:{$N}}", "$N."]))
            .prop_map(|(name, form)| form.replace('N', &name));
    let comparison = (
        name(),
        select(vec!["==", "!=", "<", "<=", ">", ">=", "<level", "=", "=="]),
        select(vec!["1", "x", "$a", ""]),
    )
        .prop_map(|(name, operator, right)| {
            format!("${{{{${name}}} {operator} {{{right}}} ? {{t}} : {{f}}}}")
        });
    prop_oneof![4 => fixed, 4 => reference, 1 => comparison]
}

fn line() -> impl Strategy<Value = String> {
    let value = || prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat());
    let start = select(vec!["", "", "", "", "", "", " ", "#", "\t", "  # "]);
    let equals = select(vec![" = ", "=", " =", "= ", " = ", " ", "\t=\t"]);
    let end = select(vec!["\n", "\n", "\n", "\n", "\r\n", "\n\n", "\n  "]);
    prop_oneof![
        8 => (start, name(), equals, value(), end)
            .prop_map(|(start, name, equals, value, end)| format!("{start}{name}{equals}{value}{end}")),
        1 => value().prop_map(|value| format!("  {value}\n")),
        1 => Just("\n".to_owned()),
    ]
}

fn arguments() -> impl Strategy<Value = Vec<String>> {
    let options = select(vec!["-n", "-nx", "-x", "-h", "-hx", "-nf", "-nH", "-nh", "-nC", "-d"]);
    (options, prop::collection::vec(name(), 0..3)).prop_map(|(option, names)| {
        let mut arguments = vec![option.to_owned()];
        if option == "-nC" {
            arguments.push("user".to_owned());
        }
        // Without a name, all parameters are shown, those of the host included.
        let needs_name = names.is_empty() && !option.starts_with("-n");
        arguments.extend(if needs_name { vec!["multi_instance_name".to_owned()] } else { names });
        arguments
    })
}

#[test]
fn generated_files_read_the_same() {
    // Real Postfix rests for a second whenever it gives up, so many run at a time.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(generated);
        }
    });
}

fn generated() {
    let Some(pair) = Pair::new() else { return };
    let mut config =
        ProptestConfig { failure_persistence: None, max_shrink_iters: 300, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 20;
    }
    let lines = prop::collection::vec(line(), 0..8).prop_map(|lines| lines.concat());
    let result = TestRunner::new(config).run(&(lines, arguments()), |(text, arguments)| {
        pair.write("main.cf", text.as_bytes());
        let (simulated, real) = pair.agree(&arguments, Answer::whichever_ends_it);
        prop_assert_eq!(&simulated, &real, "left: simulated, right: real, {:?} {:?}", text, arguments);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
