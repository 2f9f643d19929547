//! Tests the simulated and the installed postconf(1) on values that nest and grow.
//! The values go up to the bounds of the simulation. Beyond them, the simulation refuses what the installed program
//! follows until it has no more stack, memory or time.

use crate::pair::Pair;

/// A value with so many comparisons within one another.
fn compared(depth: usize) -> String {
    ["${{".repeat(depth), "x".to_owned(), "} == {x} ? {x}}".repeat(depth)].concat()
}

/// Settings of which each stands for the next one twice, and the last for `x`.
fn doubled(depth: usize) -> String {
    let line = |at: usize| format!("a{at} = $a{next}$a{next}\n", next = at + 1);
    [(0..depth).map(line).collect(), format!("a{depth} = x\n")].concat()
}

/// Settings of which each compares the value of the next one.
fn chained(depth: usize) -> String {
    let line = |at: usize| format!("a{at} = ${{{{$a{}}} == {{x}} ? {{x}}}}\n", at + 1);
    [(0..depth).map(line).collect(), format!("a{depth} = x\n")].concat()
}

#[test]
fn within_the_bounds_both_say_the_same() {
    let Some(pair) = Pair::new() else { return };
    for main_cf in [
        format!("mail_name = {}\n", compared(400)),
        format!("mail_name = $a0\n{}", chained(400)),
        format!("mail_name = $a0\n{}", doubled(16)),
        format!("mail_name = {}sqlite:q{}\nq_query = x\n", "{".repeat(900), "}".repeat(900)),
        format!("mail_name = {}\n", "{".repeat(300)),
    ] {
        pair.write("main.cf", main_cf.as_bytes());
        pair.compare(&["-xh", "mail_name"]);
    }
}

#[test]
fn beyond_them_the_fake_refuses() {
    let Some(pair) = Pair::new() else { return };
    for (main_cf, why) in [
        (format!("mail_name = {}\n", compared(1100)), "nested a thousand deep"),
        (format!("mail_name = $a0\n{}", chained(600)), "nested a thousand deep"),
        (format!("mail_name = $a0\n{}", doubled(22)), "more text than is worth expanding"),
        (format!("mail_name = {}{}\n", "{".repeat(1100), "}".repeat(1100)), "braces nested deeper"),
    ] {
        pair.write("main.cf", main_cf.as_bytes());
        let arguments = ["-xh", "mail_name"];
        assert_eq!(pair.real(&arguments).status, Some(0), "{why}");
        let simulated = pair.simulated(&arguments);
        assert_eq!(simulated.status, Some(70), "{why}: {simulated:?}");
        let told = simulated.stderr.iter().any(|line| line.contains("not simulated") && line.contains(why));
        assert!(told, "{simulated:?}");
    }
}
