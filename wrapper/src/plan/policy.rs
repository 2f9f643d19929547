//! The whole policy: which instance gets which command, in which order, and what may run at the same time.
//!
//! **The order, as an invariant.** The *run order* is the default instance and then the others as listed; where
//! instances are stopped it is the mirror image of that. Whatever number of instances may be busy at once:
//!
//! 1. The default instance is alone. It is the first to begin, and has ended before another begins; where
//!    instances are stopped, all others have ended before it begins.
//! 2. Instances of one group (`multi_instance_group`, not empty) follow one another in run order: one has ended
//!    before the next begins. A group is one service, whose parts depend on each other.
//! 3. Never more than that number are busy.
//! 4. What may begin, begins: the earliest in run order first. With one at a time this is the run order itself.
//!
//! Points 1 and 2 are in the plan, as the [`Serial`] of each step; the schedule of the runner adds 3 and 4.
//!
//! Knows nothing of processes, files, time or messages. How a flag or a group is found out is the caller's
//! business; that it is found out only where it matters is decided here.

use std::ffi::{OsStr, OsString};

use crate::postfix::command::{Class, Classes, Command};
use crate::postfix::damage::Damage;
use crate::postfix::instance::{Instance, Instances};
use crate::postfix::values::enable_flag::Flag;

/// What to do, in order. There is one step at most for an instance, and exactly one for every instance unless some
/// were left out on purpose ([`Plan::only`]), because a plan is made from all instances; the default instance is
/// first or last, because there is no other place for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    command: Command,
    kind: CommandKind,
    order: RunOrder,
    default: Option<Step>,
    /// In run order.
    secondary: Vec<Step>,
}

/// Who is to carry out the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// postfix(1) knows it.
    Postfix,
    /// It is a program of its own.
    Program,
}

/// Where the default instance stands, and which way the others follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunOrder {
    /// The default instance looks after the files that all share, so it comes before those that use them.
    DefaultFirst,
    /// What began last ends first.
    Reversed,
}

/// What happens to one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The instance.
    pub(crate) instance: Instance,
    /// What happens to it.
    pub(crate) action: StepAction,
    /// What it must not overlap with.
    pub(crate) serial: Serial,
}

/// What a step follows, besides the default instance's turn.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Serial {
    /// Nobody: an instance without a group overlaps with any other.
    Alone,
    /// The steps of the same group that come before it in run order.
    Group(OsString),
}

/// What can happen to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepAction {
    /// It gets the command, with its arguments.
    Run,
    /// It is not enabled, and is checked instead of started, so that its problems come to light.
    Check,
    /// It is not enabled, and the command means something only to an instance that runs.
    Skip,
    /// It gets nothing and counts as failed.
    Report(Damage),
}

impl Plan {
    /// Plans a command for all instances.
    ///
    /// `flag` finds out whether an instance is enabled. It is asked only for commands that heed the flag, and
    /// at most once an instance. The damage that it finds is part of the plan; its error ends the planning.
    pub(crate) fn new<E>(
        command: Command,
        classes: &Classes,
        instances: &Instances,
        mut flag: impl FnMut(&Instance) -> Result<Result<Flag, Damage>, E>,
    ) -> Result<Self, E> {
        let class = classes.of(&command);
        let mut step = |instance: &Instance| -> Result<Step, E> {
            let action = if !instance.is_addressable() {
                StepAction::Report(Damage::NotAbsolute)
            } else if heeds_flag(class) {
                match flag(instance)? {
                    Ok(Flag::Enabled) => StepAction::Run,
                    Ok(Flag::Disabled) if class == Class::Start => StepAction::Check,
                    Ok(Flag::Disabled) => StepAction::Skip,
                    Err(damage) => StepAction::Report(damage),
                }
            } else {
                StepAction::Run
            };
            Ok(Step { instance: instance.clone(), action, serial: Serial::Alone })
        };
        Ok(Self {
            command,
            kind: CommandKind::Postfix,
            order: order(class),
            default: Some(step(instances.default_instance())?),
            secondary: instances.secondary().iter().map(step).collect::<Result<Vec<_>, E>>()?,
        }
        .in_run_order())
    }

    /// Whether a plan of a command asks for flags.
    pub(crate) fn heeds_flags(command: &Command, classes: &Classes) -> bool {
        heeds_flag(classes.of(command))
    }

    /// The same plan, where an instance whose damage is known gets nothing, and is reported. For plans that have asked
    /// for no flags, and do not know better.
    pub(crate) fn without_damaged(mut self, damage: impl Fn(&Instance) -> Option<Damage>) -> Self {
        for step in self.default.iter_mut().chain(&mut self.secondary) {
            if matches!(step.action, StepAction::Run | StepAction::Check) {
                if let Some(damage) = damage(&step.instance) {
                    step.action = StepAction::Report(damage);
                }
            }
        }
        self
    }

    /// The same plan, where an instance that is not enabled gets the command, too. For those that run all the same.
    pub(crate) fn for_disabled_too(mut self) -> Self {
        for step in self.default.iter_mut().chain(&mut self.secondary) {
            if step.action == StepAction::Skip {
                step.action = StepAction::Run;
            }
        }
        self
    }

    /// Plans a program that every instance gets, unless `damage` knows a reason why it cannot.
    pub(crate) fn for_program(
        command: Command,
        order: RunOrder,
        instances: &Instances,
        damage: impl Fn(&Instance) -> Option<Damage>,
    ) -> Self {
        let step = |instance: &Instance| Step {
            instance: instance.clone(),
            action: damage(instance).map_or(StepAction::Run, StepAction::Report),
            serial: Serial::Alone,
        };
        Self {
            command,
            kind: CommandKind::Program,
            order,
            default: Some(step(instances.default_instance())),
            secondary: instances.secondary().iter().map(step).collect(),
        }
        .in_run_order()
    }

    fn in_run_order(mut self) -> Self {
        if self.order == RunOrder::Reversed {
            self.secondary.reverse();
        }
        self
    }

    /// The same plan for some of the instances.
    pub(crate) fn only(mut self, is_meant: impl Fn(&Instance) -> bool) -> Self {
        self.default = self.default.filter(|step| is_meant(&step.instance));
        self.secondary.retain(|step| is_meant(&step.instance));
        self
    }

    /// The same plan with each instance in its group. `group` tells it, and is asked for every
    /// instance that is not damaged; its error ends the planning.
    ///
    /// Without this, nothing is known of groups, and only one step at a time keeps the order.
    pub(crate) fn with_groups<E>(
        mut self,
        mut group: impl FnMut(&Instance) -> Result<Option<OsString>, E>,
    ) -> Result<Self, E> {
        for step in self.default.iter_mut().chain(&mut self.secondary) {
            if !matches!(step.action, StepAction::Report(_)) {
                step.serial = group(&step.instance)?.map_or(Serial::Alone, Serial::Group);
            }
        }
        Ok(self)
    }

    /// The steps in run order.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        let default = self.default.as_slice();
        let (first, second) = match self.order {
            RunOrder::DefaultFirst => (default, &self.secondary[..]),
            RunOrder::Reversed => (&self.secondary[..], default),
        };
        first.iter().chain(second)
    }

    /// Whether the default instance's turn is the last one; otherwise it is the first, if it has one.
    pub(crate) fn default_is_last(&self) -> bool {
        self.order == RunOrder::Reversed
    }

    /// The number of the default instance's step in run order, if it has one.
    pub(crate) fn default_number(&self) -> Option<usize> {
        self.default.as_ref().map(|_| if self.default_is_last() { self.secondary.len() } else { 0 })
    }

    /// Who is to carry out the command.
    pub(crate) fn command_kind(&self) -> CommandKind {
        self.kind
    }

    /// The command that was asked for.
    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    /// The command for a step, a word each; nothing when nothing is run.
    pub(crate) fn words(&self, step: &Step) -> Option<Vec<&OsStr>> {
        match step.action {
            StepAction::Run => Some(self.command.words().collect()),
            // The arguments of a start are none of a check's.
            StepAction::Check => Some(vec![OsStr::new("check")]),
            StepAction::Skip | StepAction::Report(_) => None,
        }
    }
}

/// Whether an instance that is not enabled is treated otherwise than one that is.
fn heeds_flag(class: Class) -> bool {
    match class {
        Class::Start | Class::Stop | Class::NeedsRunning => true,
        Class::Other => false,
    }
}

fn order(class: Class) -> RunOrder {
    match class {
        Class::Stop => RunOrder::Reversed,
        Class::Start | Class::NeedsRunning | Class::Other => RunOrder::DefaultFirst,
    }
}

#[cfg(test)]
mod tests;
