//! Checks for problems that keep Postfix's programs or a start from working.
//! They are values of main.cf that the programs refuse, directories of programs without programs, services that are
//! missing or have no program, addresses and ports that the machine does not have, and files in the place of a
//! queue's directories.
//!
//! What is wrong with main.cf as a text, or with master.cf, is found elsewhere. Knows nothing of other instances.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::multi::changing::instance_dirs::QUEUE;
use crate::multi::changing::programs::{NEEDED, complaint};
use crate::multi::check::addresses::{divide, is_disabled, words};
use crate::multi::check::context::{CheckContext, DAEMONS, DISABLED, InstanceFiles};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::check::times;
use crate::os::files::trust::is_trusted_owner;
use crate::os::files::unfit::move_away;
use crate::os::printable::{edit, printable, printable_bytes, setting, shell_word};
use crate::os::processes::capture::patiently;
use crate::os::time_limits;
use crate::postfix::damaged_main_cf;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::literal_master_cf::Service;
use crate::postfix::master_cf::MasterCf;
use crate::postfix::missing_address::{INTERFACES, MissingAddress, is_elsewhere, without_address};
use crate::postfix::startup::parameter;
use crate::postfix::values::version::is_since;

/// The first series with `known_tcp_ports`, and the ports that this names: any others, the system must know.
const PORTS_SINCE: (u32, u32) = (3, 6);
const KNOWN_PORTS: [&[u8]; 5] = [b"lmtp", b"smtp", b"smtps", b"submissions", b"submission"];

/// Services that each instance needs, and their lines.
const REQUIRED: [(&str, &str); 3] = [
    ("cleanup", "cleanup unix n - n - 0 cleanup"),
    ("qmgr", "qmgr unix n - n 300 1 qmgr"),
    ("rewrite", "rewrite unix - - n - - trivial-rewrite"),
];

/// All of it.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let has_list = is_since(&context.system.installation.version, PORTS_SINCE);
    let known_ports: &[&[u8]] = if has_list { &KNOWN_PORTS } else { &[] };
    for (instance, files) in context.each() {
        let Ok(settings) = &instance.settings else { continue };
        let directory = instance.directory.as_path();
        findings.extend(refused(directory, files).filter(|_| settings.enable.is_ok()));
        findings.extend(
            NEEDED.iter().filter_map(|(name, program)| without_program(directory, files, name, program)),
        );
        findings.extend(times::findings(directory, |name| files.value(name)));
        findings.extend(services(directory, files, known_ports));
        findings.extend(missing_services(directory, files));
        findings.extend(in_the_queue(directory, &settings.queue_directory));
    }
    findings
}

fn cannot_start(directory: &Path, what: String, mend: String) -> Finding {
    Finding::new(FindingKind::CannotStart, directory, what, mend)
}

/// A value with which Postfix's programs do not begin to work.
fn refused(directory: &Path, files: &InstanceFiles) -> Option<Finding> {
    let fault = files.fault.as_deref()?;
    let what = match MissingAddress::named_in(fault) {
        Some(missing) => missing_address(&missing),
        None => {
            format!("Postfix's programs refuse its main.cf, so that nothing works, not even stop: {fault}")
        }
    };
    Some(cannot_start(directory, what, without_value(directory, files, fault)))
}

/// An address that this machine lacks.
pub(crate) fn missing_address(missing: &MissingAddress<'_>) -> String {
    format!(
        "{}, so that nothing works, not even stop: bring up its interface, or take it out",
        missing.what()
    )
}

/// The command that removes a value that is refused.
fn without_value(directory: &Path, files: &InstanceFiles, fault: &str) -> String {
    let shown = shell_word(directory);
    let named = parameter(fault);
    let is_set = |name: &&str| {
        damaged_main_cf::settings(directory, &[*name]).is_ok_and(|settings| !settings.is_empty())
    };
    match named.filter(is_set) {
        Some(INTERFACES) => {
            // A program names the one that it refuses last.
            let refused = fault.rsplit(' ').next().unwrap_or_default();
            without_address(directory, files.value(INTERFACES), refused)
        }
        Some(name) => format!("postconf -c {shown} -X {name}"),
        None => edit(&directory.join(MAIN_CF)),
    }
}

/// A directory of programs that lacks one that every command needs.
fn without_program(directory: &Path, files: &InstanceFiles, name: &str, program: &str) -> Option<Finding> {
    let complaint = complaint(name, program, Path::new(OsStr::from_bytes(files.value(name))))?;
    let mend = format!("postconf -c {} -X {name}", shell_word(directory));
    Some(cannot_start(directory, format!("its {complaint}"), mend))
}

/// Services whose program is not there, and those at an address that this machine does not have.
fn services(directory: &Path, files: &InstanceFiles, known_ports: &[&[u8]]) -> Vec<Finding> {
    let (daemons, disabled) = (files.value(DAEMONS), files.value(DISABLED));
    let enabled = files.services().iter().filter(|one| !is_disabled(&one.name, &one.kind, disabled));
    let told = enabled.filter_map(|service| {
        let what = no_program(service, daemons)
            .or_else(|| no_address(service))
            .or_else(|| no_port(service, known_ports))?;
        Some(cannot_start(directory, what, without_service(directory, files, &service.name, &service.kind)))
    });
    told.collect()
}

fn no_program(service: &Service, daemons: &[u8]) -> Option<String> {
    let daemons = Path::new(OsStr::from_bytes(daemons));
    let program: PathBuf = daemons.join(OsStr::from_bytes(&service.command));
    // Of a directory without any, that is told already.
    if !program.is_absolute() || program.exists() || !daemons.join(NEEDED[0].1).exists() {
        return None;
    }
    Some(format!("its service {} runs {}, which does not exist", shown(service), printable(program)))
}

fn no_address(service: &Service) -> Option<String> {
    let (Some(host), _) = divide(&service.name) else { return None };
    if service.kind != b"inet" || !is_elsewhere(host) {
        return None;
    }
    Some(format!(
        "its service {} listens at an address that no interface has, so that it does not start",
        shown(service)
    ))
}

fn no_port(service: &Service, known_ports: &[&[u8]]) -> Option<String> {
    let (_, port) = divide(&service.name);
    let is_known = port.iter().all(u8::is_ascii_digit) || known_ports.contains(&port);
    if service.kind != b"inet" || is_known || is_port(port) {
        return None;
    }
    Some(format!(
        "its service {} listens at a port that this machine does not know, so that it does not start",
        shown(service)
    ))
}

/// Whether the system knows a port by this name. Its own program is asked, as it knows all the places where names can be.
fn is_port(name: &[u8]) -> bool {
    let mut command = Command::new("getent");
    command.args(["services".as_ref(), OsStr::from_bytes(&[name, b"/tcp"].concat())]);
    // It ends with 2 if it knows none.
    !matches!(patiently(&mut command, time_limits::QUERY), Ok(captured) if captured.status.code() == Some(2))
}

/// Services that are not in master.cf, and without which no mail gets on.
fn missing_services(directory: &Path, files: &InstanceFiles) -> Option<Finding> {
    let MasterCf::Read(services) = &files.master_cf else { return None };
    let is_there = |name: &str| services.iter().any(|service| service.name == name.as_bytes());
    let missing: Vec<&(&str, &str)> = REQUIRED.iter().filter(|(name, _)| !is_there(name)).collect();
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let shown = shell_word(directory);
    let add = |(name, line): &&(&str, &str)| {
        format!("postconf -c {shown} -M {}", shell_word(format!("{name}/unix={line}")))
    };
    let mend = missing.iter().map(add).collect::<Vec<_>>().join(" && ");
    let what =
        format!("its master.cf has no service {}, without which no mail is delivered", names.join(", "));
    (!missing.is_empty()).then(|| cannot_start(directory, what, mend))
}

fn shown(service: &Service) -> String {
    format!("{}/{}", printable_bytes(&service.name), printable_bytes(&service.kind))
}

/// The command that disables a service, beside those that are disabled already.
pub(crate) fn without_service(directory: &Path, files: &InstanceFiles, name: &[u8], kind: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-:[]".contains(byte);
    if !name.iter().all(is_plain) {
        return edit(&directory.join(MASTER_CF));
    }
    let service = [name, b"/", kind].concat();
    let disabled = words(files.value(DISABLED)).chain([&service[..]]).collect::<Vec<_>>().join(&b' ');
    format!("postconf -c {} -e {}", shell_word(directory), setting(DISABLED, OsStr::from_bytes(&disabled)))
}

/// Something else in the place of a queue's directory, and a queue directory that Postfix's user cannot enter.
fn in_the_queue(directory: &Path, queue: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in QUEUE {
        let path = queue.join(name);
        if std::fs::metadata(&path).is_ok_and(|found| !found.is_dir()) {
            let what = format!("{} is not a directory, so that it does not start", printable(&path));
            let mend = format!("{} && postfix -c {} check", move_away(&path), shell_word(directory));
            findings.push(cannot_start(directory, what, mend));
        }
    }
    if std::fs::metadata(queue).is_ok_and(|found| found.is_dir() && found.mode() & 0o001 == 0) {
        let what = format!(
            "Postfix's user cannot enter its queue_directory {}, so that it does not start",
            printable(queue)
        );
        // Another user's directory is opened by nobody else.
        let is_roots = std::fs::metadata(queue).is_ok_and(|found| is_trusted_owner(found.uid()));
        let mend = is_roots.then(|| format!("chmod go+x {}", shell_word(queue)));
        findings.push(Finding::new(FindingKind::CannotStart, directory, what, mend));
    }
    findings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::multi::check::finding::commands_hold;
    use crate::os::printable::commands::drawn_path;
    use crate::postfix::main_cf_values::Values;

    proptest! {
        #[test]
        fn each_command_can_be_run_whatever_the_path_is(path in drawn_path()) {
            let lines = b"daemon_directory = /nowhere\n\n";
            let files = InstanceFiles {
                master_cf: MasterCf::Read(vec![Service::of_line(b"nosuch:25 inet n - n - - smtpd").unwrap()]),
                values: Some(Values::of_lines(lines, &[DAEMONS, DISABLED])),
                fault: Some("fatal: bad".to_owned()),
            };
            let findings = |path: &Path| {
                let mut findings: Vec<Finding> = refused(path, &files).into_iter().collect();
                findings.extend(without_program(path, &files, DAEMONS, "postfix-script"));
                findings.extend(missing_services(path, &files));
                let mend = without_service(path, &files, b"smtp", b"inet");
                findings.push(cannot_start(path, String::new(), mend));
                findings
            };
            commands_hold(findings, &path)?;
        }
    }
}
