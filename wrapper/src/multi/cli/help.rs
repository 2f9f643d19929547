//! Prints the `--help` text of postfix-multi.
//!
//! Knows nothing of how a command line is read.

use crate::cli::options::Program;

/// The whole text.
pub(crate) fn text() -> String {
    format!("{BEFORE_OPTIONS}{}{AFTER_OPTIONS}", Program::Multi.described())
}

const BEFORE_OPTIONS: &str = "\
postfix-multi: manages the instances of a multi-instance Postfix

Usage: postfix-multi -l [-j] [-R] [-a | -g GROUP | -i NAME]
       postfix-multi -p [-a | -g GROUP | -i NAME] COMMAND [ARGUMENT...]
       postfix-multi -x [-R] [-a | -g GROUP | -i NAME] PROGRAM [ARGUMENT...]
       postfix-multi -e init
       postfix-multi -e create [-I NAME] [-G GROUP] [-a | -g GROUP | -i NAME] [NAME=VALUE...]
       postfix-multi -e import [-I NAME] [-G GROUP] [-a | -g GROUP | -i NAME]
                     [config_directory=DIR]
       postfix-multi -e assign -i NAME [-I NAME] [-G GROUP]
       postfix-multi -e enable | disable | deport | destroy -i NAME
       postfix-multi -e ensure [-j] -I NAME [-G GROUP] [--enabled | --disabled] [--from FOLDER]
                     [NAME=VALUE...]
       postfix-multi -e ensure [-j] -I NAME --absent [--disabled] [config_directory=DIR]
       postfix-multi check [-j]
       postfix-multi foreground [--jobs N] [--timeout TIME]
       postfix-multi status [-j | --format FORM] [-R] [-a | -g GROUP | -i NAME]
       postfix-multi status --check [-w LIMIT] [-c LIMIT] [-a | -g GROUP | -i NAME]

It takes the command line of postmulti(1), and adds options, \"check\", \"foreground\" and \"status\". It
can also be Postfix's multi-instance manager. In main.cf of the default instance:

    multi_instance_wrapper = /usr/sbin/postfix-multi -p --

  -p, --postfix  a command of postfix(1). \"start\" becomes \"check\" if an instance is not enabled;
                 \"stop\" and the like run in reverse order; they, and \"reload\" and \"flush\",
                 are only for enabled instances; anything else is for every instance
  -x, --execute  any program, with MAIL_CONFIG, config_directory, queue_directory, data_directory,
                 multi_instance_name and the like in its environment
  -e, --edit     init: make this program the manager of the instances
                 create, import: add a new or an existing instance
                 assign: set its name and group; enable, disable: set whether it takes part
                 deport: remove it from the list; destroy: remove its files as well
                 ensure: make it what is described, whatever it is, and tell what was changed
  check          what keeps instances from working, what is inconsistent, and a command that
                 repairs it
  foreground     start all enabled instances, and stay until they have ended: for containers and
                 service managers; TERM stops them, HUP reloads them
  status         a table: what runs, how long, what is in the queues, what is wrong; also for
                 monitors

Options:
";

const AFTER_OPTIONS: &str = "
Exit status:
  0       all went well
  1       something did not: a command failed, an instance is damaged, nothing matches, the
          command line is wrong, the change was refused; \"check\" has found something
  128+N   signal N ended the program
\"status --check\": 0 ok, 1 warning, 2 critical, 3 unknown
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::multi::cli::edit_action::EditAction;

    const MANUAL: &str = include_str!("../../../man/postfix-multi.1");

    #[test]
    fn no_line_is_too_long_and_every_option_is_there() {
        let text = text();
        for line in text.lines() {
            assert!(line.len() <= 100, "{line}");
        }
        for option in Program::Multi.options() {
            assert!(text.contains(&Program::Multi.shown(option)), "{}", option.name);
        }
        for action in EditAction::names() {
            assert!(text.contains(action), "{action}");
        }
    }

    #[test]
    fn the_shells_know_the_actions() {
        let shells = [
            include_str!("../../../completions/postfix-multi.bash"),
            include_str!("../../../completions/_postfix-multi"),
            include_str!("../../../completions/postfix-multi.fish"),
        ];
        for shell in shells {
            assert!(shell.contains(&EditAction::names().join(" ")));
        }
    }

    #[test]
    fn the_manual_describes_every_action() {
        let (_, actions) = MANUAL.split_once(".Sh ACTIONS").unwrap();
        let (actions, _) = actions.split_once(".Sh FILES").unwrap();
        let described: BTreeSet<&str> = actions
            .lines()
            .filter_map(|line| line.strip_prefix(".It Cm "))
            .flat_map(|names| names.split(" , "))
            .collect();
        assert_eq!(described, EditAction::names().into_iter().collect());
    }

    #[test]
    fn the_manual_names_the_exit_statuses_of_the_help() {
        let (_, statuses) = MANUAL.split_once(".Sh EXIT STATUS").unwrap();
        let (statuses, _) = statuses.split_once(".Sh EXAMPLES").unwrap();
        let items: Vec<&str> = statuses.lines().filter_map(|line| line.strip_prefix(".It ")).collect();
        assert_eq!(items, ["0", "1", "128 + N"]);
        let help = text();
        let (_, statuses) = help.split_once("Exit status:\n").unwrap();
        for item in items {
            assert!(statuses.contains(&format!("  {}  ", item.replace(' ', ""))), "{item}");
        }
    }
}
