//! What `--help` of postfix-multi prints.
//!
//! Knows nothing of how a command line is read.

use crate::cli::option_spec::describe;
use crate::multi::cli::options::OPTIONS;

/// How wide the names of options are at most.
const WIDTH: usize = 24;

/// The whole text.
pub(crate) fn text() -> String {
    let mut text = BEFORE_OPTIONS.to_owned();
    for option in OPTIONS {
        describe(&mut text, option.shown(), WIDTH, option.help);
    }
    text.push_str("      --                    the command follows, even if it begins with a dash\n");
    text.push_str(AFTER_OPTIONS);
    text
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
       postfix-multi check [-j]
       postfix-multi status [-j] [-R] [-a | -g GROUP | -i NAME]

It takes the command line of postmulti(1), and has options, check and status beyond that. It can be
Postfix's multi-instance manager, too. In main.cf of the default instance:

    multi_instance_wrapper = /usr/sbin/postfix-multi -p --

  -p, --postfix  a command of postfix(1). \"start\" becomes \"check\" where an instance is not enabled;
                 \"stop\" and the like run in reverse order and, like \"reload\" and \"flush\", where
                 it is enabled only; anything else is for every instance
  -x, --execute  any program, with MAIL_CONFIG, config_directory, queue_directory, data_directory,
                 multi_instance_name and the like in its environment
  -e, --edit     init: let there be a manager of instances
                 create, import: add an instance, a new one or one that is there
                 assign, enable, disable: what it is called, whether it takes part
                 deport: remove it from the list; destroy: remove its files as well
  check          tell what is inconsistent, and what mends it
  status         a table: who runs, since when, what is in the queues, what is wrong

Options:
";

const AFTER_OPTIONS: &str = "
Exit status:
  0       all went well
  1       something did not: a command failed, an instance is damaged, nothing matches, the
          command line makes no sense, the change was refused
  128+N   signal N ended the program
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long_and_every_option_is_there() {
        let text = text();
        for line in text.lines() {
            assert!(line.len() <= 100, "{line}");
        }
        for option in OPTIONS {
            assert!(option.shown().len() <= WIDTH, "{}", option.name);
            assert!(text.contains(&option.shown()), "{}", option.name);
        }
    }
}
