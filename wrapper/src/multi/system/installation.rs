//! Asks postconf(1) once for everything about the installed Postfix, the default instance, and the list of instances.
//!
//! Knows nothing of the other instances' settings, and of what is to be done with any of them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::multi::failure::Failure;
use crate::os::files::file_identity::is_same;
use crate::os::files::unfit;
use crate::os::processes::capture::{CaptureError, RunningProgram};
use crate::os::signals::Signals;
use crate::postfix::command::Classes;
use crate::postfix::environment::{Environment, MAIL_CONFIG};
use crate::postfix::instance_settings::SHARED_DIRECTORIES;
use crate::postfix::postconf::{self, Overview};
use crate::postfix::postconf_without_master_cf::Question;
use crate::postfix::query::{self, Answer, NoAnswer, QueryError};
use crate::postfix::values::enable_flag::Flag;

/// The variable that names the tag that messages are logged under.
pub(crate) const MAIL_LOGTAG: &str = "MAIL_LOGTAG";

/// Where Postfix's commands are on most systems, when nothing else tells.
const USUAL_PLACES: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// What is asked for, beside these and the classes of commands.
const WANTED: [&str; 11] = [
    "config_directory",
    "data_directory",
    "import_environment",
    "mail_version",
    "queue_directory",
    "syslog_name",
    "multi_instance_directories",
    "multi_instance_enable",
    "multi_instance_group",
    "multi_instance_name",
    "multi_instance_wrapper",
];

/// What the default instance's main.cf says, references expanded, blanks at both ends of a value removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    /// `command_directory`: where `postfix` and `postconf` are.
    pub(crate) command_directory: PathBuf,
    /// `config_directory`: the default instance.
    pub(crate) config_directory: PathBuf,
    /// `daemon_directory`: where `postmulti-script` is.
    pub(crate) daemon_directory: PathBuf,
    /// `data_directory` of the default instance.
    pub(crate) data_directory: PathBuf,
    /// `import_environment`, as it is written.
    pub(crate) import_environment: Vec<u8>,
    /// `meta_directory`: where the templates are.
    pub(crate) meta_directory: PathBuf,
    /// `mail_version`: which Postfix it is.
    pub(crate) version: Vec<u8>,
    /// `queue_directory` of the default instance.
    pub(crate) queue_directory: PathBuf,
    /// The values of [`SHARED_DIRECTORIES`], as far as they are told; `no` stands for none.
    pub(crate) directories: Vec<(&'static str, PathBuf)>,
    /// `syslog_name` of the default instance.
    pub(crate) syslog_name: OsString,
    /// `multi_instance_directories`, an element each, as they are listed.
    pub(crate) listed: Vec<OsString>,
    /// `multi_instance_enable` of the default instance, as it is written.
    pub(crate) enable: Vec<u8>,
    /// `multi_instance_group` of the default instance, unless it is empty.
    pub(crate) group: Option<OsString>,
    /// `multi_instance_name` of the default instance, unless it is empty.
    pub(crate) name: Option<OsString>,
    /// `multi_instance_wrapper`, as it is written; empty if there is no manager.
    pub(crate) wrapper: Vec<u8>,
    /// Which commands are of which class.
    pub(crate) classes: Classes,
}

impl Installation {
    /// Whether `multi_instance_enable` of the default instance is yes, so that instances can be changed.
    pub(crate) fn is_enabled(&self) -> bool {
        Flag::parse(&self.enable) == Ok(Flag::Enabled)
    }

    /// Asks postconf. `lookup` tells the value of a variable of the environment.
    pub(crate) fn read(
        lookup: impl Fn(&str) -> Option<OsString>,
        signals: &Signals,
    ) -> Result<Answer<Self>, Failure> {
        let this_program = std::env::current_exe().ok();
        let program = locate(&lookup, this_program.as_deref(), &USUAL_PLACES).ok_or(Failure::NoPostconf)?;
        let answer = ask(&program, signals)?;
        let installation = Self::of(&answer.value).map_err(|name| {
            Failure::Default(NoAnswer::about_main_cf(format!("postconf does not tell {name}")))
        })?;
        let is_default = |given: &Path| given.is_absolute() && is_same(given, &installation.config_directory);
        let elsewhere = lookup(MAIL_CONFIG).filter(|given| !is_default(Path::new(given)));
        match elsewhere {
            Some(given) => Err(Failure::NotDefault(given)),
            None => Ok(Answer { value: installation, remark: answer.remark }),
        }
    }

    /// The default instance's configuration directory, as it is compiled in. No main.cf is read for that.
    pub(crate) fn default_directory(
        lookup: impl Fn(&str) -> Option<OsString>,
        signals: &Signals,
    ) -> Result<PathBuf, Failure> {
        let this_program = std::env::current_exe().ok();
        let program = locate(&lookup, this_program.as_deref(), &USUAL_PLACES).ok_or(Failure::NoPostconf)?;
        let mut command = Command::new(&program);
        command.env_remove(MAIL_CONFIG).args(["-dh", "config_directory"]);
        let answer = query::answer(&program, &mut command, signals)?;
        Ok(PathBuf::from(OsStr::from_bytes(answer.value.trim_ascii())))
    }

    /// What lines of `NAME = VALUE` say, or the name of what they lack.
    fn of(lines: &[u8]) -> Result<Self, &'static str> {
        let value = |name: &'static str| postconf::value(lines, name).map(<[u8]>::trim_ascii).ok_or(name);
        let path = |name| value(name).map(|value| PathBuf::from(OsStr::from_bytes(value)));
        let overview = Overview::new(|name| postconf::elements(lines, name)).ok_or(postconf::DIRECTORIES)?;
        Ok(Self {
            command_directory: path("command_directory")?,
            config_directory: path("config_directory")?,
            daemon_directory: path("daemon_directory")?,
            data_directory: path("data_directory")?,
            import_environment: value("import_environment")?.to_vec(),
            meta_directory: path("meta_directory")?,
            version: value("mail_version")?.to_vec(),
            queue_directory: path("queue_directory")?,
            directories: SHARED_DIRECTORIES
                .iter()
                .filter_map(|name| Some((*name, path(name).ok()?)))
                .collect(),
            syslog_name: OsStr::from_bytes(value("syslog_name")?).to_owned(),
            listed: overview.directories,
            enable: value("multi_instance_enable")?.to_vec(),
            group: postconf::name_in(value("multi_instance_group")?),
            name: postconf::name_in(value("multi_instance_name")?),
            wrapper: value("multi_instance_wrapper")?.to_vec(),
            classes: overview.classes,
        })
    }

    /// One of Postfix's commands.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.command_directory.join(name.as_ref())
    }

    /// What postfix(1) would hand to a manager.
    pub(crate) fn environment(&self) -> Environment {
        Environment {
            command_directory: self.command_directory.clone(),
            config_directory: self.config_directory.clone(),
            log_tag: self.syslog_name.clone(),
        }
    }
}

/// How long postconf may take before a look at the files that it reads.
const SHORT: Duration = Duration::from_secs(1);

/// Asks postconf about the default instance, and once more without its master.cf if it does not answer.
fn ask(program: &Path, signals: &Signals) -> Result<Answer<Vec<u8>>, QueryError<NoAnswer>> {
    let classes = [postconf::START_COMMANDS, postconf::STOP_COMMANDS, postconf::CONTROL_COMMANDS];
    let parameters = [&WANTED[..], &SHARED_DIRECTORIES, &classes].concat();
    let question = Question { program, form: "-x", parameters: &parameters, signals };
    let mut command = Command::new(program);
    // The caller's environment may name another instance, but the list is in the default one's main.cf.
    command.env_remove(MAIL_CONFIG).arg("-x").args(&parameters);
    let Ok(mut running) = RunningProgram::begin(&mut command, signals.query_limit()) else {
        return query::answer(program, &mut command, signals);
    };
    let mut captured = QueryError::split(running.wait(SHORT, signals))?;
    if let Ok(None) = captured {
        // Only postconf knows the directory, and it is only needed if the answer is late.
        let directory = question.default_directory()?.map(PathBuf::from).unwrap_or_default();
        if let Some(reason) = unfit::told(&directory, "main.cf") {
            return Err(QueryError::Failed(NoAnswer::about_main_cf(reason)));
        }
        if let Some(reason) = unfit::told(&directory, "master.cf") {
            drop(running);
            let value = question.about_default()?;
            let remark = Some(reason.clone());
            let no_answer = QueryError::Failed(NoAnswer::about_main_cf(reason));
            return value.map(|value| Answer { value, remark }).ok_or(no_answer);
        }
        captured = QueryError::split(running.wait(signals.query_limit(), signals))?;
    }
    let captured = captured.and_then(|captured| captured.ok_or(CaptureError::Late(signals.query_limit())));
    let has_complained = captured.is_ok();
    let no_answer = match query::told(program, captured) {
        Err(no_answer) if has_complained => no_answer,
        told => return told.map_err(QueryError::Failed),
    };
    match question.about_default()? {
        Some(value) => Ok(Answer { value, remark: Some(no_answer.reason) }),
        None => Err(QueryError::Failed(no_answer)),
    }
}

/// Finds postconf: where postfix(1) says that commands are, beside this program, in the search path, or in one of the
/// usual places.
fn locate(
    lookup: &impl Fn(&str) -> Option<OsString>,
    this_program: Option<&Path>,
    usual_places: &[&str],
) -> Option<PathBuf> {
    let told = Environment::read(lookup).ok().map(|environment| environment.command_directory);
    let beside = this_program.and_then(Path::parent).map(Path::to_owned);
    let searched: Vec<PathBuf> =
        lookup("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let places = told.into_iter().chain(beside).chain(searched);
    places
        .chain(usual_places.iter().map(PathBuf::from))
        .filter(|place| place.is_absolute())
        .map(|place| place.join("postconf"))
        .find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<u8> {
        let mut lines = Vec::new();
        for name in WANTED.iter().chain(&SHARED_DIRECTORIES) {
            let value = match *name {
                "multi_instance_directories" => "/etc/a, /etc/b",
                "multi_instance_enable" => "yes",
                "multi_instance_group" | "multi_instance_name" => "",
                name => name,
            };
            lines.extend(format!("{name} = {value}\n").into_bytes());
        }
        lines
    }

    #[test]
    fn what_is_empty_is_no_name() {
        let installation = Installation::of(&lines()).unwrap();
        assert_eq!(installation.listed, ["/etc/a", "/etc/b"]);
        assert_eq!((installation.name, installation.group), (None, None));
        assert_eq!(installation.enable, b"yes");
        assert_eq!(installation.classes, Classes::default());
    }

    /// What a search path is in, and what postfix(1) sets.
    const ALL: [&str; 4] = ["PATH", "command_directory", "config_directory", "daemon_directory"];

    #[test]
    fn postconf_is_found_wherever_it_may_be_and_nowhere_else() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let place = root.path().join(name);
            std::fs::create_dir(&place).unwrap();
            std::fs::write(place.join("postconf"), "").unwrap();
            place
        };
        let (told, beside, searched, usual) =
            (place("told"), place("beside"), place("searched"), place("usual"));
        let variables = |names: &'static [&'static str]| {
            let (told, searched) = (told.clone(), searched.clone());
            move |name: &str| match name {
                _ if !names.contains(&name) => None,
                "PATH" => {
                    Some(std::env::join_paths([Path::new("."), Path::new("/nowhere"), &searched]).unwrap())
                }
                _ => Some(told.clone().into_os_string()),
            }
        };
        let program = beside.join("postfix-multi");
        let usual_place = [usual.to_str().unwrap()];
        let found = |names, program, usual| locate(&variables(names), program, usual);
        assert_eq!(found(&ALL, Some(program.as_path()), &usual_place), Some(told.join("postconf")));
        // postfix(1) always sets all of them.
        assert_eq!(found(&ALL[..2], Some(program.as_path()), &usual_place), Some(beside.join("postconf")));
        assert_eq!(found(&ALL[..1], Some(Path::new("/x")), &usual_place), Some(searched.join("postconf")));
        assert_eq!(found(&[], None, &usual_place), Some(usual.join("postconf")));
        assert_eq!(found(&[], None, &[]), None);
    }

    #[test]
    fn every_line_is_needed() {
        let lines = lines();
        for name in WANTED.into_iter().chain(["command_directory", "daemon_directory", "meta_directory"]) {
            let fewer: Vec<&[u8]> = lines
                .split_inclusive(|byte| *byte == b'\n')
                .filter(|line| !line.starts_with(format!("{name} ").as_bytes()))
                .collect();
            assert_eq!(Installation::of(&fewer.concat()), Err(name));
        }
    }
}
