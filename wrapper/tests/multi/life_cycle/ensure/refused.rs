//! Descriptions that would do harm, and are refused before anything is changed; and what is like them, and is not.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::ensure::picture;
use crate::life_cycle::states::system;

#[test]
fn a_value_that_postfixs_programs_refuse_is_refused_before_anything_is_changed() {
    let world = system();
    world.run(&["-e", "ensure", "-I", "postfix-x"]).success();
    let before = picture(&world);
    for (name, setting, said) in [
        ("postfix-x", "mail_owner=nosuch", "file @: parameter mail_owner: unknown user name value: nosuch"),
        ("postfix-new", "mail_owner=nosuch", "file @: parameter mail_owner: unknown user name value: nosuch"),
        ("postfix-x", "command_directory=/nonexistent", "command_directory /nonexistent has no postconf"),
        (
            "postfix-new",
            "daemon_directory=/nonexistent",
            "daemon_directory /nonexistent has no postfix-script",
        ),
    ] {
        let main_cf = world.directory(name).join("main.cf").display().to_string();
        let said = said.replace('@', &main_cf);
        let main_cf = format!("cannot use {main_cf}: Postfix's programs would refuse what comes of it: ");
        for mode in [&["--dry-run"][..], &[]] {
            let words = [mode, &["-e", "ensure", "-I", name, setting]].concat();
            let told = contains(main_cf.as_str()).and(contains(said.as_str()));
            world.run(&words).code(1).stderr(told);
            assert_eq!(picture(&world), before, "{name} {setting}");
        }
    }
    // What is refused already can be mended in steps.
    world.add_line("postfix-x", "mail_owner = nosuch");
    world.add_line("postfix-x", "command_directory = /nonexistent");
    let command_directory = format!("command_directory={}", world.path("usr/sbin").display());
    world.run(&["-e", "ensure", "-I", "postfix-x", &command_directory]).success();
    world.run(&["-e", "ensure", "-I", "postfix-x", "mail_owner=postfix"]).success();
    world.run(&["-e", "ensure", "-I", "postfix-x", "mail_owner=nosuch"]).code(1);
}
