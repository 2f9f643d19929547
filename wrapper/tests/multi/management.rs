//! Tests the commands that the documentation gives to configuration management tools.
//! Each can be run twice, and the second call changes nothing.

use std::process::{Command, Stdio};

use crate::life_cycle::states::system;
use crate::life_cycle::{listed, managed};
use crate::world::World;

const DOCUMENT: &str = include_str!("../../../docs/configuration-management.md");

/// The block of a language.
fn block(language: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// The commands of the play, in their order, without the program.
fn play() -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut depth = None;
    for line in block("yaml").lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim() == "argv:" {
            commands.push(Vec::new());
            depth = Some(indent + 2);
        } else if depth == Some(indent) && line.trim_start().starts_with("- ") {
            commands.last_mut().unwrap().push(line.trim_start()[2..].to_owned());
        } else {
            depth = None;
        }
    }
    for command in &mut commands {
        assert_eq!(command.remove(0), "postfix-multi");
    }
    commands
}

/// The words of an array that is written in quotes.
fn array(language: &str) -> Vec<String> {
    let text = block(language);
    let (array, _) = text.split_once(']').unwrap();
    array.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn changed(world: &World, words: &[String]) -> bool {
    let assert = world.run(words).success();
    let told: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    told["changed"].as_bool().unwrap()
}

#[test]
fn the_play_changes_something_once() {
    let world = system();
    let play = play();
    let [init, ensure] = play.as_slice() else { panic!("{play:?}") };
    for expected in [true, false] {
        assert_eq!(changed(&world, init), expected);
        assert_eq!(changed(&world, ensure), expected);
    }
    assert_eq!(listed(&world), "postfix postfix-a postfix-out");
    // The instance does not run, so that it cannot be reloaded.
    world.commands();
    world.code("postfix-out", "postfix-reload", "exit 1");
    let (_, handler) = block("yaml").split_once("ansible.builtin.shell: ").unwrap();
    let path = format!("{}:/usr/bin:/bin", world.path("usr/sbin").display());
    let mut shell = Command::new("sh");
    shell.args(["-c", handler.lines().next().unwrap()]).env_clear().env("PATH", path).stdin(Stdio::null());
    assert!(shell.status().unwrap().success());
    assert_eq!(world.commands(), ["postfix-out reload", "postfix-out start"]);
}

#[test]
fn all_tools_describe_the_same_and_can_ask_first() {
    let world = managed();
    let play = play();
    for language in ["puppet", "ruby"] {
        assert_eq!(array(language), play[1], "{language}");
        assert!(block(language).contains("postfix-multi --dry-run "), "{language}");
        assert!(block(language).contains(r#"grep -q '\"changed\": false'"#), "{language}");
    }
    let ask = [&["--dry-run".to_owned()], &play[1][..]].concat();
    world.run(&play[0]).success();
    assert!(changed(&world, &ask));
    world.run(&play[1]).success();
    let assert = world.run(&ask).success();
    assert!(world.printed(&assert).contains("\"changed\": false"));
}

#[test]
fn the_object_that_the_document_shows_is_the_one_that_is_printed() {
    let shown: serde_json::Value = serde_json::from_str(block("json")).unwrap();
    let world = managed();
    let words = ["-e", "ensure", "-j", "-I", "postfix-out"];
    world.run(&words).success();
    let told = world.printed(&world.run(&[&words[..], &["--enabled"]].concat()).success());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told).unwrap(), shown);
}
