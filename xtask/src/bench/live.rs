//! Real instances started in a container, through the shell script and through ours, by turns.
//!
//! Knows how to read the times; how they are taken is said in `live.sh`.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use super::goals;
use super::ratios::Spread;
use crate::{message, workspace};
use postfix_process::container_engine::{Container, Engine};

const INSTANCES: &str = "16";

/// Starts them in a container of this image, and prints ratios.
pub(crate) fn run(image: &str, turns: usize, manager: &Path) -> Result<ExitCode, String> {
    let engine = Engine::find().ok_or("there is no podman and no docker that answers")?;
    let shared = workspace::target_folder("bench/live")?;
    let copy = |from: &Path, name: &str| {
        let to = shared.join(name);
        std::fs::copy(from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
        Ok::<_, String>(to)
    };
    let script = copy(&workspace::root().join("xtask/src/bench/live.sh"), "live.sh")?;
    let manager = copy(manager, "postfix-wrapper")?;
    let name = format!("postfix-conformance-bench-{}", std::process::id());
    let container = Container {
        image,
        name: &name,
        run: "bench",
        shared: &shared,
        program: PathBuf::from("/bin/sh"),
        arguments: vec![script.into(), manager.into(), INSTANCES.into(), turns.to_string().into()],
        capabilities: &[],
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let output = engine.run(&container).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", engine.name()))?;
    if !output.status.success() {
        return Err(format!("the start in a container: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (shell, ours) = (times(&text, "shell"), times(&text, "ours"));
    let one_by_one = times(&text, "ours-1");
    message::say(&format!("live start of {INSTANCES} instances in {image}; load before: {}", load.trim()));
    for (name, times) in [("with --jobs auto", &ours), ("one by one", &one_by_one)] {
        let ratios = shell.iter().zip(times).map(|(shell, ours)| shell / ours).collect();
        let Spread { low, median, high } = Spread::of(ratios);
        message::say(&format!(
            "ours {name}: {median:.2} times as fast as the shell script [{low:.2} {high:.2}], {} turns",
            times.len()
        ));
    }
    let ratios = shell.iter().zip(&ours).map(|(shell, ours)| shell / ours).collect();
    message::say(&goals::live(INSTANCES, Spread::of(ratios).median));
    Ok(ExitCode::SUCCESS)
}

/// The times of one candidate, in milliseconds.
fn times(text: &str, name: &str) -> Vec<f64> {
    let words = text.lines().filter_map(|line| line.split_once(' '));
    words.filter(|(who, _)| *who == name).filter_map(|(_, time)| time.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contender_has_its_times() {
        assert_eq!(times("warm-up 9\nshell 4\nours 2\nours-1 3\nshell 6\n", "shell"), [4.0, 6.0]);
        assert_eq!(times("ours 2\nours-1 3\n", "ours"), [2.0]);
    }
}
