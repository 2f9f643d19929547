//! Tests what bash offers while a command line of either program is typed.
//!
//! Knows nothing of the other shells' completions; that all of them have all options is tested beside the options.

use std::process::Command;

const COMPLETIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

/// What is offered for the last of the words behind the manager's name, as bash divides a line.
fn offered(words: &[&str]) -> String {
    offered_for("postfix-wrapper", words)
}

fn offered_for(program: &str, words: &[&str]) -> String {
    let file = format!("{COMPLETIONS}/{program}.bash");
    let function = format!("_{}", program.replace('-', "_"));
    // An instance and two groups are there.
    let code = "postfix-multi() { printf '%s\\n' '- mta y /etc/postfix' 'postfix-out mx y /etc/postfix-out'; }
        . \"$0\"; function=$1; shift; COMP_WORDS=(it \"$@\") COMP_CWORD=$#; $function; echo \"${COMPREPLY[*]}\"";
    let output = Command::new("bash").args(["--norc", "-c", code, &file, &function]).args(words).output();
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
    assert_eq!(offered(&["--d"]), "--dry-run");
}

#[test]
fn what_an_instance_is_called_is_offered_where_one_is_chosen() {
    let offered = |words: &[&str]| offered_for("postfix-multi", words);
    assert_eq!(offered(&["-i", ""]), "- postfix-out");
    assert_eq!(offered(&["--instance", "=", "po"]), "postfix-out");
    assert_eq!(offered(&["-g", ""]), "mta mx");
    assert_eq!(offered(&["--dry"]), "--dry-run");
}

#[test]
fn what_is_done_decides_which_words_follow() {
    let offered = |words: &[&str]| offered_for("postfix-multi", words);
    assert_eq!(offered(&[""]), "check foreground status");
    assert_eq!(offered(&["-e", "de"]), "destroy deport");
    assert_eq!(offered(&["-e", "create", "q"]), "queue_directory=");
    assert_eq!(offered(&["-p", "sta"]), "start status");
    assert_eq!(offered(&["--summary", "=", "j"]), "json");
    assert_eq!(offered(&["-l", ""]), "");
}
