//! Lists the time limits that operators are promised. `docs/operators.md` says what each of them means for them.
//!
//! Knows nothing of how a limit is kept. Most can be set by an option; then this is what holds without the option.

use std::time::Duration;

/// How long a program may take to answer a question, unless `--query-timeout` says otherwise.
pub(crate) const QUERY: Duration = Duration::from_secs(10);

/// The time between TERM and KILL for a command that exceeds `--timeout`, at most. It is shorter if the time limit is.
pub(crate) const TERM_TO_KILL: Duration = Duration::from_secs(10);

/// How long the end of a process is waited for that got KILL. One that the kernel holds on to is left alone.
pub(crate) const AFTER_KILL: Duration = Duration::from_secs(1);

/// How long a reader of standard error, or postlog(1), may take before the program goes on without it.
pub(crate) const MESSAGE: Duration = Duration::from_secs(5);

/// How long the readers of all output may take in all, after a signal has asked the program to end.
pub(crate) const OUTPUT_AFTER_SIGNAL: Duration = Duration::from_millis(4100);

/// How long postlog(1) may take in all then, beside the readers.
pub(crate) const LOG_AFTER_SIGNAL: Duration = Duration::from_millis(700);

/// How long postlog(1) may take for the message that tells how many were not logged. No other is begun with less time.
pub(crate) const LAST_LOG: Duration = Duration::from_millis(100);

/// How long descendants of ended commands may go on printing after the end of all commands.
pub(crate) const OUTPUT_AFTER_END: Duration = Duration::from_secs(5);

/// The age from which a configuration file counts as unchanged. Postfix itself reads a younger file again, as somebody
/// may be in the midst of writing it. `cp -p` sets the time of the content back, but not that of the inode.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// How long an edit of a main.cf may take. It waits for others who edit the same file.
pub(crate) const EDIT: Duration = Duration::from_secs(60);

/// How long `postfix set-permissions` may take: a queue can be large, and its disk busy.
pub(crate) const SET_PERMISSIONS: Duration = Duration::from_secs(600);

/// How long a change of the system waits for another one, unless `--wait` says otherwise.
pub(crate) const OTHER_CHANGE: Duration = Duration::from_secs(120);

/// How long masters may take to end after a stop, before they get TERM, and after TERM, before they get KILL.
pub(crate) const MASTER_END: Duration = Duration::from_secs(10);
