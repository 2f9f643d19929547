//! Lets many processes create instances of one system at once, and counts how many are listed in the end.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::program::message::say;
use crate::program::system;

/// Lets so many processes make so many instances. Whether all were made and are listed.
pub(crate) fn run(
    tool: &Path,
    processes: usize,
    instances: usize,
    with: &[OsString],
) -> Result<bool, String> {
    system::make().map_err(|error| error.to_string())?;
    let initialized = system::run(tool.as_os_str(), &["-e", "init"]).map_err(|error| error.to_string())?;
    if !initialized.status.success() {
        return Err(String::from_utf8_lossy(&initialized.stderr).into_owned());
    }
    let begun = Instant::now();
    let makers: Vec<_> = (0..processes)
        .map(|process| {
            let (tool, with) = (tool.to_owned(), with.to_vec());
            let mine: Vec<usize> = (0..instances).filter(|number| number % processes == process).collect();
            thread::spawn(move || mine.into_iter().filter(|number| create(&tool, &with, *number)).count())
        })
        .collect();
    let succeeded: usize = makers.into_iter().map(|maker| maker.join().unwrap_or(0)).sum();
    let seconds = begun.elapsed().as_secs_f64();
    let listed = listed()?;
    let made = (0..instances).filter(|number| is_made(*number)).count();
    say(&format!(
        "{}: {processes} processes, {instances} instances: {succeeded} reported as made, {made} have their files, \
         {listed} are listed, {seconds:.0} s",
        tool.display()
    ));
    Ok(succeeded == instances && listed == instances && made == instances)
}

fn name(number: usize) -> String {
    format!("postfix-n{number}")
}

fn create(tool: &Path, with: &[OsString], number: usize) -> bool {
    let mut command = Command::new(tool);
    command.args(with).args(["-e", "create", "-I", &name(number)]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_made(number: usize) -> bool {
    let directory = Path::new("/etc").join(name(number));
    ["main.cf", "master.cf"].iter().all(|file| directory.join(file).is_file())
}

/// How many different instances the default instance's main.cf lists.
fn listed() -> Result<usize, String> {
    let asked = ["-xh", "multi_instance_directories"];
    let output = system::run("postconf".as_ref(), &asked).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut directories: Vec<&str> = text.split_whitespace().collect();
    directories.sort_unstable();
    directories.dedup();
    Ok(directories.len())
}
