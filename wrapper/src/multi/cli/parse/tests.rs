//! Tests for the command line of postfix-multi.
//!
//! Knows nothing of instances.

use super::*;

fn task(arguments: &[&str]) -> Result<Task, UsageError> {
    match parse(arguments.iter().map(OsString::from))? {
        Request::Do(task, ..) => Ok(task),
        other => panic!("{other:?}"),
    }
}

fn listed(order: RunOrder) -> Task {
    Task::Act(Action::List(Selection::All, order, OutputFormat::Table))
}

fn command(words: &[&str]) -> Command {
    Command::new(words.iter().map(OsString::from).collect::<Vec<_>>()).unwrap()
}

#[test]
fn what_is_said_twice_counts_once_and_an_order_that_is_reversed_twice_is_the_listed_one() {
    assert_eq!(task(&["-l", "-l"]), Ok(listed(RunOrder::DefaultFirst)));
    assert_eq!(task(&["-a", "-a", "-l"]), Ok(listed(RunOrder::DefaultFirst)));
    assert_eq!(task(&["-lR"]), Ok(listed(RunOrder::Reversed)));
    assert_eq!(task(&["-lRR"]), Ok(listed(RunOrder::DefaultFirst)));
    assert_eq!(task(&["-lRRR"]), Ok(listed(RunOrder::Reversed)));
}

#[test]
fn a_dash_alone_is_no_option() {
    assert_eq!(
        task(&["-p", "-", "-x"]),
        Ok(Task::Act(Action::Postfix(Selection::All, command(&["-", "-x"]))))
    );
    assert!(task(&["-l", "-"]).is_err());
}

#[test]
fn an_edit_of_one_instance_is_what_it_is_called() {
    let edit = |name: &str| task(&["-e", name, "-i", "a"]);
    let run = |change| {
        Ok(Task::Edit(ChangeRequest {
            change,
            mode: Mode::Run,
            patience: time_limits::OTHER_CHANGE,
            told: None,
        }))
    };
    assert_eq!(edit("destroy"), run(Change::Destroy("a".into())));
    assert_eq!(edit("deport"), run(Change::Deport("a".into())));
    assert_eq!(edit("enable"), run(Change::Enable("a".into())));
    assert_eq!(edit("disable"), run(Change::Disable("a".into())));
    let assignment = Assignment { name: None, group: Some("mx".into()) };
    assert_eq!(task(&["-e", "assign", "-i", "a", "-G", "mx"]), run(Change::Assign("a".into(), assignment)));
}

#[test]
fn every_documented_command_is_understood() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    for call in postfix_process::documented_commands::calls_of(root, &["postfix-multi"]).unwrap() {
        let mut words = call.arguments;
        let added: &[&str] = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            // All changes are meant.
            ["-e"] => continue,
            // The action is meant, whatever the instance is called.
            ["-e", "ensure"] => &["-I", "postfix-x"],
            // The value of multi_instance_wrapper, behind which Postfix puts its command.
            [.., "--"] => &["start"],
            _ => &[],
        };
        words.extend(added.iter().map(|word| (*word).to_owned()));
        let parsed = parse(words.iter().map(OsString::from));
        assert!(parsed.is_ok(), "{}: {words:?}: {}", call.place, parsed.err().unwrap());
    }
}
