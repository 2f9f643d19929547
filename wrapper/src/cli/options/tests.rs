//! Compares the option table with the shell completions, the manual pages and the help.

use std::collections::BTreeSet;

use super::*;

const SHELLS_OF_MANAGER: [&str; 3] = [
    include_str!("../../../completions/postfix-wrapper.bash"),
    include_str!("../../../completions/_postfix-wrapper"),
    include_str!("../../../completions/postfix-wrapper.fish"),
];
const SHELLS_OF_MULTI: [&str; 3] = [
    include_str!("../../../completions/postfix-multi.bash"),
    include_str!("../../../completions/_postfix-multi"),
    include_str!("../../../completions/postfix-multi.fish"),
];

/// The words in a text that begin with `start` and go on like the name of an option, without it.
fn names_after<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let names = text.split(start).skip(1).map(|piece| {
        let end = piece.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
        &piece[..end.unwrap_or(piece.len())]
    });
    names.filter(|name| name.len() > 1).collect()
}

fn names(program: Program) -> BTreeSet<&'static str> {
    program.options().map(|option| &option.name[2..]).collect()
}

/// The options that a manual page describes, an item a line.
fn described(manual: &str, next: &str) -> String {
    let (_, options) = manual.split_once("\n.Sh OPTIONS").unwrap();
    let (options, _) = options.split_once(next).unwrap();
    options.split_inclusive('\n').filter(|line| line.starts_with(".It ")).collect()
}

#[test]
fn the_shells_know_the_options_of_the_manager_and_no_others() {
    let [bash, zsh, fish] = SHELLS_OF_MANAGER;
    assert_eq!(names_after(bash, "--"), names(Program::Manager));
    assert_eq!(names_after(zsh, "--"), names(Program::Manager));
    assert_eq!(names_after(fish, " -l "), names(Program::Manager));
    for shell in SHELLS_OF_MANAGER {
        for format in FORMATS {
            assert!(shell.contains(format), "{format}");
        }
    }
}

#[test]
fn the_shells_know_the_options_of_the_front_end_and_no_others() {
    let [bash, zsh, fish] = SHELLS_OF_MULTI;
    assert_eq!(names_after(bash, "--"), names(Program::Multi));
    assert_eq!(names_after(zsh, "--"), names(Program::Multi));
    // Lines with a condition name options, too, and offer none.
    let offers: String = fish.lines().filter(|line| !line.contains(" -n ")).collect();
    assert_eq!(names_after(&offers, " -l "), names(Program::Multi));
    for OptionSpec { letter, name, .. } in Program::Multi.options() {
        let name = &name[2..];
        match letter {
            Some(letter) => {
                assert!(bash.contains(&format!(" -{letter} ")) || bash.contains(&format!("'-{letter} ")));
                assert!(
                    zsh.contains(&format!("(-{letter} --{name})"))
                        || ["verbose", "warning", "critical"].contains(&name),
                    "{name}"
                );
                let offer = format!("complete -c postfix-multi -s {letter} -l {name} ");
                assert!(fish.contains(&offer), "{name}");
            }
            None => assert!(fish.contains(&format!("complete -c postfix-multi -l {name} ")), "{name}"),
        }
    }
}

#[test]
fn the_manual_knows_the_options_of_the_manager_and_no_others() {
    let manual = include_str!("../../../man/postfix-wrapper.1");
    let (synopsis, _) = manual.split_once(".Sh DESCRIPTION").unwrap();
    assert_eq!(names_after(synopsis, " -"), names(Program::Manager));
    let items = described(manual, ".Sh ENVIRONMENT");
    assert_eq!(names_after(&items, "Fl -"), names(Program::Manager));
    for option in Program::Manager.options() {
        let item = match option.value {
            Value::None => format!(".It Fl -{}\n", &option.name[2..]),
            Value::Needed(value) => format!(".It Fl -{} Ar {value}\n", &option.name[2..]),
            Value::Possible(value) => format!(".It Fl -{} Ns Op = Ns Ar {value}\n", &option.name[2..]),
        };
        assert!(items.contains(&item), "{item}");
    }
}

#[test]
fn the_manual_knows_the_options_of_the_front_end_and_no_others() {
    let items = described(include_str!("../../../man/postfix-multi.1"), ".Sh ACTIONS");
    assert_eq!(names_after(&items, "Fl -"), names(Program::Multi));
    for OptionSpec { letter, name, value, .. } in Program::Multi.options() {
        let name = format!("Fl {}", &name[1..]);
        let behind = match value {
            Value::None => String::new(),
            Value::Needed(value) => format!(" Ar {value}"),
            Value::Possible(value) => format!(" Ns Op = Ns Ar {value}"),
        };
        let item = match letter {
            Some(letter) => format!(".It Fl {letter}{behind} , {name}{behind}\n"),
            None => format!(".It {name}{behind}\n"),
        };
        assert!(items.contains(&item), "{item}");
    }
}

#[test]
fn descriptions_fit_on_a_line() {
    for program in [Program::Manager, Program::Multi] {
        for option in program.options() {
            assert!(program.shown(option).len() <= program.width(), "{}", option.name);
            for line in program.help(option) {
                assert!(line.len() <= 72, "{line}");
            }
        }
    }
}
