//! Formats the report as `OpenMetrics` text, which is also Prometheus's older text format.
//! It is for the textfile collector of `node_exporter`, which reads that older format. So there are gauges only, and
//! no times.
//!
//! Knows nothing of how it is known.

use std::fmt::Write as _;

use crate::multi::check::finding::Severity;
use crate::multi::status::report::Report;
use crate::multi::status::{moment, monitor};
use crate::os::printable::{printable, printable_bytes};
use crate::postfix::running::Running;

/// What stands before the names of all metrics.
const PREFIX: &str = "postfix_instance_";

/// The severities that findings can have.
const SEVERITIES: [Severity; 3] = [Severity::Critical, Severity::Warning, Severity::Unknown];

/// More labels of a sample, and its value.
type Sample = (Vec<(&'static str, String)>, u64);

/// A metric: the end of its name, its unit, what it means, and the samples of an instance.
struct Metric {
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    samples: fn(&Report<'_>) -> Vec<Sample>,
}

const METRICS: [Metric; 7] = [
    Metric {
        name: "info",
        unit: None,
        help: "An instance, with its multi_instance_group. The value is 1.",
        samples: |report| {
            let group = report.names().1.map(printable_bytes).unwrap_or_default();
            vec![(vec![("group", group)], 1)]
        },
    },
    Metric {
        name: "enabled",
        unit: None,
        help: "Whether multi_instance_enable is yes. There is no sample if that cannot be told.",
        samples: |report| plain(report.names().2.map(u64::from)),
    },
    Metric {
        name: "running",
        unit: None,
        help: "Whether the master of the instance runs. There is no sample if that cannot be told.",
        samples: |report| {
            plain(match report.running() {
                Some(Running::Yes { .. }) => Some(1),
                Some(Running::No | Running::UsedByAnother(_)) => Some(0),
                Some(Running::Unknown(_)) | None => None,
            })
        },
    },
    Metric {
        name: "start_time_seconds",
        unit: Some("seconds"),
        help: "When the master of the instance was started, in seconds since 1970.",
        samples: |report| {
            plain(match report.running() {
                Some(Running::Yes { since: Some(since), .. }) => moment::seconds(*since),
                _ => None,
            })
        },
    },
    Metric {
        name: "queue_messages",
        unit: Some("messages"),
        help: "The messages in a queue of the instance. There is no sample if they cannot be counted.",
        samples: |report| {
            let known = report.queues.each().filter_map(|(queue, count)| Some((queue, count?)));
            known.map(|(queue, count)| (vec![("queue", queue.to_owned())], count)).collect()
        },
    },
    Metric {
        name: "findings",
        unit: None,
        help: "How many problems the instance has, by how bad they are.",
        samples: |report| {
            let of = |severity: &Severity| {
                let count = report.problems.iter().filter(|problem| problem.severity == *severity).count();
                (vec![("severity", severity.name().to_owned())], count as u64)
            };
            SEVERITIES.iter().map(of).collect()
        },
    },
    Metric {
        name: "status",
        unit: None,
        help: "How bad the worst problem is: 0 none, 1 warning, 2 critical, 3 unknown.",
        samples: |report| plain(Some(u64::from(monitor::exit_status(report.severity())))),
    },
];

/// The whole text.
pub(crate) fn text(reports: &[Report<'_>]) -> String {
    let mut text = String::new();
    for Metric { name, unit, help, samples } in &METRICS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# TYPE {PREFIX}{name} gauge");
        if let Some(unit) = unit {
            let _ = writeln!(text, "# UNIT {PREFIX}{name} {unit}");
        }
        let _ = writeln!(text, "# HELP {PREFIX}{name} {help}");
        for report in reports {
            for (labels, value) in samples(report) {
                text.push_str(&sample(name, report, &labels, value));
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

fn plain(value: Option<u64>) -> Vec<Sample> {
    value.map(|value| (Vec::new(), value)).into_iter().collect()
}

/// A line. The directory tells instances apart, whatever their names are.
fn sample(name: &str, report: &Report<'_>, labels: &[(&'static str, String)], value: u64) -> String {
    let called = report.names().0.map(printable_bytes).unwrap_or_default();
    let own = [("name", called), ("config_directory", printable(&report.instance.directory))];
    let labels: Vec<String> = own
        .iter()
        .chain(labels)
        .map(|(label, value)| format!("{label}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{PREFIX}{name}{{{}}} {value}\n", labels.join(","))
}
