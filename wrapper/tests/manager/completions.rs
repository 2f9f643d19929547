//! What bash offers while a command line is typed.
//!
//! Knows nothing of the other shells' completions; that all of them have all options is tested beside the options.

use std::process::Command;

const COMPLETION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/postfix-wrapper.bash");

/// What is offered for the last of the words, as bash divides a line.
fn offered(words: &[&str]) -> String {
    let code = ". \"$0\"; COMP_WORDS=(postfix-wrapper \"$@\") COMP_CWORD=$#; _postfix_wrapper; echo \"${COMPREPLY[*]}\"";
    let output = Command::new("bash").args(["--norc", "-c", code, COMPLETION]).args(words).output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn a_form_is_offered_behind_an_equals_sign_and_a_command_behind_a_blank() {
    assert_eq!(offered(&["--summary", "="]), "table json");
    assert_eq!(offered(&["--summary", "=", "j"]), "json");
    assert_eq!(offered(&["--summary", "j"]), "");
    assert_eq!(offered(&["--summary", "sto"]), "stop");
}

#[test]
fn a_number_and_a_time_are_offered_either_way() {
    assert_eq!(offered(&["--jobs", "a"]), "auto");
    assert_eq!(offered(&["--jobs", "=", "a"]), "auto");
    assert_eq!(offered(&["--timeout", "="]), "30s 1m 5m");
    assert_eq!(offered(&["--pl"]), "--plan");
}
