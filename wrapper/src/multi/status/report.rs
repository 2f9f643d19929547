//! Defines the status of an instance: whether it runs, how much is in its queues, and which findings it has.

use std::cmp::Reverse;
use std::os::unix::ffi::OsStrExt;

use crate::multi::changing::queue_disk::{is_there, may_be_away};
use crate::multi::check::finding::{Finding, FindingKind, Severity};
use crate::multi::status::queues::{self, Counts};
use crate::multi::system::masters::snapshot;
use crate::multi::system::sharers::Sharers;
use crate::multi::system::{InstanceInfo, System};
use crate::os::messages::MULTI;
use crate::os::printable::{printable, shell_word};
use crate::os::signals::Signals;
use crate::postfix::query::Interrupted;
use crate::postfix::running::{InstancePaths, Observation, Running, Snapshot, Trial};
use crate::postfix::values::enable_flag::Flag;

/// Something that is wrong with an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What programs know it by.
    pub(crate) kind: &'static str,
    /// What it is, readable.
    pub(crate) what: String,
    /// The command that mends it, if there is one that is right for everybody.
    pub(crate) mend: Option<String>,
}

impl Problem {
    pub(crate) fn new(severity: Severity, kind: &'static str, what: String) -> Self {
        Self { severity, kind, what, mend: None }
    }
}

/// How an instance is.
pub(crate) struct Report<'a> {
    pub(crate) instance: &'a InstanceInfo,
    /// Nothing where the queue directory is not known.
    pub(crate) found: Option<Observation>,
    /// The messages in its queues.
    pub(crate) queues: Counts,
    /// What is wrong, the worst first.
    pub(crate) problems: Vec<Problem>,
}

/// The reports of some instances. `findings` is what a check of all of them has found.
pub(crate) fn reports<'a>(
    system: &'a System,
    meant: &[&'a InstanceInfo],
    findings: Vec<Finding>,
    signals: &Signals,
) -> Result<Vec<Report<'a>>, Interrupted> {
    let snapshot = snapshot(system, Trial::Forbidden);
    let sharers = Sharers::among(system);
    let mut reports: Vec<Report<'a>> =
        meant.iter().map(|instance| Report::of(instance, &snapshot, &sharers, Vec::new())).collect();
    let default = &system.installation.config_directory;
    for finding in findings {
        let is_instance = system.instances.iter().any(|instance| instance.directory == finding.directory);
        // What is about no instance is told with the default one, which has the lists.
        let owner = if is_instance { &finding.directory } else { default };
        if let Some(report) = reports.iter_mut().find(|report| report.instance.directory == *owner) {
            report.take(&finding, is_instance);
        }
    }
    for report in &mut reports {
        report.add_shared(&sharers);
        report.problems.sort_by_key(|problem| Reverse(problem.severity));
    }
    // postqueue(1) needs a main.cf that can be read.
    let is_asked = |report: &&mut Report<'_>| {
        matches!(report.running(), Some(Running::Yes { .. })) && report.instance.settings.is_ok()
    };
    let running = reports.iter_mut().filter(is_asked);
    let running = running.map(|report| (report.instance.directory.as_path(), &mut report.queues)).collect();
    queues::ask_postqueue(&system.installation.environment(), signals, running)?;
    Ok(reports)
}

impl<'a> Report<'a> {
    pub(crate) fn of(
        instance: &'a InstanceInfo,
        snapshot: &Snapshot<'_>,
        sharers: &Sharers<'_>,
        problems: Vec<Problem>,
    ) -> Self {
        let mut report = Self { instance, found: None, queues: Counts::default(), problems };
        match &instance.settings {
            Ok(settings) => {
                let sharing = sharers.sharing(instance);
                let paths = InstancePaths::of(&instance.directory, settings, sharing);
                report.found = Some(snapshot.look(paths));
                if report.may_have_its_queue() {
                    report.queues = queues::count(&settings.queue_directory);
                }
            }
            Err(_) => report.found = snapshot.without_main_cf(&instance.directory),
        }
        report.judge();
        report
    }

    /// Whether it runs; nothing if the queue directory is not known.
    pub(crate) fn running(&self) -> Option<&Running> {
        self.found.as_ref().map(|found| &found.running)
    }

    /// Its name, its group, and whether it is enabled.
    pub(crate) fn names(&self) -> (Option<&[u8]>, Option<&[u8]>, Option<bool>) {
        let enabled = self.instance.flag().ok().map(|flag| flag == Flag::Enabled);
        match &self.instance.settings {
            Ok(settings) => (
                settings.name.as_deref().map(OsStrExt::as_bytes),
                settings.group.as_deref().map(OsStrExt::as_bytes),
                enabled,
            ),
            Err(_) => (None, None, enabled),
        }
    }

    /// What people call it: its name, or its directory if it has none.
    pub(crate) fn shown(&self) -> String {
        match self.instance.settings.as_ref().ok().and_then(|settings| settings.name.as_deref()) {
            Some(name) => printable(name),
            None => printable(&self.instance.directory),
        }
    }

    /// Whether it is damaged: it is shown so, or its main.cf is gone.
    pub(crate) fn is_damaged(&self) -> bool {
        self.instance.flag().is_err()
            || self.problems.iter().any(|problem| problem.kind == FindingKind::Damaged.name())
    }

    /// How bad the worst of its problems is.
    pub(crate) fn severity(&self) -> Severity {
        self.problems.iter().map(|problem| problem.severity).max().unwrap_or(Severity::Ok)
    }

    /// Finds what is wrong now, whatever the files say.
    pub(crate) fn judge(&mut self) {
        let mut problems = Vec::new();
        let flag = self.instance.flag();
        let as_enabled = if flag == Ok(Flag::Enabled) { Severity::Critical } else { Severity::Warning };
        match (&flag, self.running()) {
            (Ok(Flag::Enabled), Some(Running::No)) => {
                let mut problem =
                    Problem::new(as_enabled, "not-running", "enabled, but does not run".to_owned());
                problem.mend = self
                    .may_have_its_queue()
                    .then(|| format!("postfix -c {} start", shell_word(&self.instance.directory)));
                problems.push(problem);
            }
            (Ok(Flag::Disabled), Some(Running::Yes { .. })) => {
                let directory = shell_word(&self.instance.directory);
                let what =
                    format!("runs, but is not enabled; \"{MULTI} -e enable -i {directory}\" enables it");
                let mut problem = Problem::new(Severity::Warning, "not-enabled", what);
                problem.mend = Some(format!("postfix -c {directory} stop"));
                problems.push(problem);
            }
            (_, Some(Running::UsedByAnother(other))) => {
                let what = format!(
                    "its {} {} is used by {} (pid {})",
                    other.parameter,
                    printable(&other.directory),
                    printable(&other.owner),
                    other.process
                );
                problems.push(Problem::new(as_enabled, "used-by-another", what));
            }
            (_, Some(Running::Unknown(reason))) => {
                let what = format!("cannot tell whether it runs: {reason}");
                problems.push(Problem::new(Severity::Unknown, "running-unknown", what));
            }
            _ => {}
        }
        if let Some(corrupt) = self.queues.of("corrupt").filter(|count| *count > 0) {
            problems.push(Problem::new(
                Severity::Warning,
                "corrupt",
                format!("has corrupt messages: {corrupt}"),
            ));
        }
        self.problems.extend(problems);
    }

    /// Whether what is in its queue directory is its queue, for all that can be told. If not, nobody knows how much is in
    /// that, and a start would make another one.
    fn may_have_its_queue(&self) -> bool {
        let settings = self.instance.settings.as_ref().ok();
        settings.is_none_or(|settings| {
            may_be_away(&settings.queue_directory, &settings.data_directory, is_there) != Some(true)
        })
    }

    /// Takes what a check found; `is_its_own` if it is about this instance.
    pub(crate) fn take(&mut self, finding: &Finding, is_its_own: bool) {
        let is_used = self.problems.iter().any(|problem| problem.kind == "used-by-another");
        if is_used && finding.kind == FindingKind::Shared && finding.what.contains("is used by the master of")
        {
            return;
        }
        let severity = match self.instance.flag() {
            // Nobody expects that it works.
            Ok(Flag::Disabled) => finding.kind.severity().min(Severity::Warning),
            _ => finding.kind.severity(),
        };
        let what = if is_its_own {
            finding.what.clone()
        } else {
            format!("{}: {}", printable(&finding.directory), finding.what)
        };
        self.problems.push(Problem { severity, kind: finding.kind.name(), what, mend: finding.mend.clone() });
    }

    /// Adds which of its directories are another one's, if that is not known yet: a check tells it of one of the two.
    fn add_shared(&mut self, sharers: &Sharers<'_>) {
        for (parameter, what) in sharers.complaints(self.instance) {
            let begin = format!("its {parameter}");
            if !self.problems.iter().any(|problem| problem.what.starts_with(&begin)) {
                self.problems.push(Problem::new(Severity::Warning, "shared", what));
            }
        }
    }
}
