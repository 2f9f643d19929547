//! Prints, at the end of a run, which instances failed, and how.
//!
//! Knows nothing of how messages are delivered.

use crate::os::exit_status::{Outcome, SUCCESS};
use crate::os::printable::printable;
use crate::plan::policy::{Plan, Step, StepAction};
use crate::run::finished::Finished;
use crate::run::wording;

/// The longest line. What is longer, some system logs cut off.
const LONGEST: usize = 900;

/// The closing lines: none if all is well, or if there is only one instance; usually one; several if so many have
/// failed that they do not fit into one.
pub(crate) fn lines(plan: &Plan, finished: &[Finished]) -> Vec<String> {
    let failed: Vec<String> = plan
        .steps()
        .zip(finished)
        .filter(|(_, finished)| finished.outcome.status() != SUCCESS)
        .map(|(step, finished)| named(step, &finished.outcome))
        .collect();
    if failed.is_empty() || finished.len() < 2 {
        return Vec::new();
    }
    let command = printable(plan.command().name());
    let beginning = format!("\"{command}\" failed for {} of {} instances: ", failed.len(), finished.len());
    let mut lines = vec![beginning.clone()];
    for name in failed {
        let line = lines.last_mut().map_or(0, |line| line.len());
        if line > beginning.len() && line + name.len() > LONGEST {
            lines.push(beginning.clone());
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > beginning.len() {
                line.push_str(", ");
            }
            line.push_str(&name);
        }
    }
    lines
}

fn named(step: &Step, outcome: &Outcome) -> String {
    let check = if step.action == StepAction::Check { "check: " } else { "" };
    format!("{} ({check}{})", printable(step.instance.directory()), wording::how(outcome))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::ffi::OsString;

    use super::*;
    use crate::postfix::command::{Classes, Command};
    use crate::postfix::instance::Instances;
    use crate::postfix::values::enable_flag::Flag;

    /// The closing lines for a stop of the default instance and this many more, with these outcomes in run order.
    fn closing(outcomes: Vec<Outcome>) -> Vec<String> {
        let directories = (1..outcomes.len()).map(|at| OsString::from(format!("/etc/postfix-{at}")));
        closing_of(directories.collect(), outcomes)
    }

    /// The same, with these further instances.
    fn closing_of(directories: Vec<OsString>, outcomes: Vec<Outcome>) -> Vec<String> {
        let (instances, _) = Instances::new("/etc/postfix".into(), directories, |_| None);
        let command = Command::new(["stop".into()]).unwrap();
        let Ok(plan) =
            Plan::new(command, &Classes::default(), &instances, |_| Ok::<_, Infallible>(Ok(Flag::Enabled)));
        let finished: Vec<Finished> = outcomes.into_iter().map(Finished::without_command).collect();
        lines(&plan, &finished)
    }

    #[test]
    fn success_and_single_instances_need_no_last_words() {
        assert!(closing(vec![Outcome::Exited(0), Outcome::Skipped]).is_empty());
        assert!(closing(vec![Outcome::Exited(1)]).is_empty());
    }

    #[test]
    fn each_that_failed_is_named_with_how() {
        assert_eq!(
            closing(vec![Outcome::Killed(15), Outcome::Exited(0), Outcome::Exited(3), Outcome::Damaged(78)]),
            [
                "\"stop\" failed for 3 of 4 instances: /etc/postfix-3 (signal TERM), /etc/postfix-1 (status 3), \
              /etc/postfix (damaged)"
            ]
        );
    }

    #[test]
    fn of_two_instances_one_that_failed_is_named() {
        assert_eq!(
            closing(vec![Outcome::Exited(0), Outcome::Exited(1)]),
            ["\"stop\" failed for 1 of 2 instances: /etc/postfix (status 1)"]
        );
    }

    #[test]
    fn a_line_is_filled_up_to_its_bound_and_no_further() {
        // All names are as long, so that lines can be filled to the last byte they may have.
        let lines = closing((0..120).map(|_| Outcome::Exited(1)).collect());
        let name = "/etc/postfix-99 (status 1)".len();
        for line in &lines[..lines.len() - 1] {
            assert!(line.len() <= LONGEST + ", ".len(), "{}", line.len());
            assert!(line.len() + name > LONGEST, "{}", line.len());
        }
    }

    #[test]
    fn two_names_share_a_line_that_holds_them_exactly() {
        let lines = |length: usize| {
            let directory = OsString::from(format!("{:x<length$}", "/"));
            closing_of(vec![directory], vec![Outcome::Exited(1), Outcome::Exited(1)]).len()
        };
        let rest = "\"stop\" failed for 2 of 2 instances:  (status 1)/etc/postfix (status 1)".len();
        assert_eq!([lines(LONGEST - rest), lines(LONGEST - rest + 1)], [1, 2]);
        assert_eq!(lines(2 * LONGEST), 2, "a name that fits nowhere has a line of its own");
    }

    #[test]
    fn many_fill_several_lines_and_none_is_lost() {
        let lines = closing((0..300).map(|_| Outcome::Exited(1)).collect());
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| line.len() < 1024 && line.contains("300 of 300 instances: /etc/")));
        assert_eq!(lines.concat().matches("(status 1)").count(), 300);
    }
}
