//! What postconf(1) has to know before it can answer: the settings, all parameters there are, and what it has to say
//! of them. A script that asks one question after the other works that out once, as long as the files say the same.
//! Knows nothing of what is asked.

use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use super::master::{self, Missing, Service};
use super::namespace::{Namespaces, register_user_parameters};
use super::service_parameters::register_service_parameters;
use super::{Call, Stop, base_name};
use crate::main_cf::{MainCf, Work, split_name_value};
use crate::options::Options;
use crate::parameters::{self, Table};

/// What is known of an instance.
pub(super) struct Known {
    pub(super) settings: MainCf,
    pub(super) table: Table,
    pub(super) services: Vec<Service>,
    pub(super) namespaces: Namespaces,
    /// What is left of the work that a call may do.
    pub(super) work: Work,
    /// What was said of the files.
    warnings: Vec<Vec<u8>>,
}

/// Where knowledge is to come from.
pub(super) struct Source<'a> {
    pub(super) directory: &'a [u8],
    /// The directory that the call or its environment names.
    pub(super) given: Option<&'a [u8]>,
    /// The call's options, of which some take the place of settings.
    pub(super) options: &'a Options,
    /// Whether files do not matter.
    pub(super) defaults: bool,
    /// master.cf's services, where they were read before.
    pub(super) services: Option<Vec<Service>>,
}

/// What a process has found out for earlier questions.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Vec<(Basis, Rc<Known>)>>);

/// All that knowledge depends on, within a process.
#[derive(PartialEq, Eq)]
struct Basis {
    process_name: Vec<u8>,
    /// Where no directory is given it is the world's.
    given: Option<Vec<u8>>,
    main_cf: Vec<u8>,
    master_cf: Vec<u8>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Memory of {}", self.0.borrow().len())
    }
}

impl Memory {
    fn find(&self, basis: &Basis) -> Option<Rc<Known>> {
        self.0.borrow().iter().find(|(known, _)| known == basis).map(|(_, known)| Rc::clone(known))
    }
}

impl Call<'_> {
    /// Finds out what is to be known, or remembers it.
    pub(super) fn known(&self, source: Source, warnings: &mut Vec<Vec<u8>>) -> Result<Rc<Known>, Stop> {
        let memory = self.memory.and_then(|memory| Some((memory, self.basis(&source)?)));
        if let Some(known) = memory.as_ref().and_then(|(memory, basis)| memory.find(basis)) {
            warnings.extend_from_slice(&known.warnings);
            return Ok(known);
        }
        let mut own = Vec::new();
        let found = self.find_out(source, memory.as_ref().map(|(_, basis)| basis), &mut own);
        warnings.extend_from_slice(&own);
        let known = Rc::new(Known { warnings: own, ..found? });
        if let Some((memory, basis)) = memory {
            memory.0.borrow_mut().push((basis, Rc::clone(&known)));
        }
        Ok(known)
    }

    /// What the knowledge depends on; `None` where it is too particular to be of use again, or one of the files is
    /// not there to be read: reading anything but a file could take away what is to be read, or wait.
    fn basis(&self, source: &Source) -> Option<Basis> {
        if source.defaults || source.services.is_some() || source.options.last(b'o').is_some() {
            return None;
        }
        let text = |name| {
            let path = parameters::file(source.directory, name);
            path.is_file().then(|| std::fs::read(path).ok()).flatten()
        };
        Some(Basis {
            process_name: self.process_name().to_vec(),
            given: source.given.map(<[u8]>::to_vec),
            main_cf: text("main.cf")?,
            master_cf: text("master.cf")?,
        })
    }

    /// Finds out from the texts of `basis`, or else from the files.
    fn find_out(
        &self,
        source: Source,
        basis: Option<&Basis>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Known, Stop> {
        let Source { directory, given, options, defaults, services } = source;
        let version = self.world.settings.version();
        let mut settings = MainCf::of(version);
        if !defaults {
            if let Some(given) = given {
                settings.set(b"config_directory", given);
            }
            let main_cf = parameters::file(directory, "main.cf");
            match basis {
                Some(basis) => settings.parse(&basis.main_cf, main_cf.as_os_str().as_bytes(), warnings)?,
                None => settings.read(&main_cf, warnings)?,
            }
            override_settings(&mut settings, options)?;
        }
        let mut table = parameters::table(self.world, &settings, self.process_name());
        let master_cf = parameters::file(directory, "master.cf");
        let services = match (services, basis) {
            (Some(services), _) => services,
            (None, Some(basis)) => {
                master::parse(&basis.master_cf, master_cf.as_os_str().as_bytes(), version, warnings)?
            }
            (None, None) => master::read(&master_cf, version, Missing::Tolerated, warnings)?,
        };
        register_service_parameters(&services, &mut table);
        let work = self.work.clone();
        let namespaces = if defaults {
            Namespaces::default()
        } else {
            let version = &self.world.settings.postfix_version;
            let effort = (&work, &mut *warnings);
            register_user_parameters(directory, version, &mut settings, &mut table, &services, effort)?
        };
        Ok(Known { settings, table, services, namespaces, work, warnings: Vec::new() })
    }

    /// What the program goes by: the last part of the path that it was called as.
    fn process_name(&self) -> &[u8] {
        base_name(&self.called)
    }
}

fn override_settings(settings: &mut MainCf, options: &Options) -> Result<(), Stop> {
    for (_, setting) in options.found.iter().filter(|(letter, _)| *letter == b'o') {
        let (name, value) = split_name_value(setting).map_err(|why| {
            Stop::Fatal([b"invalid parameter override: ", &setting[..], b": ", why.as_bytes()].concat())
        })?;
        settings.set(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::{Call, Memory};
    use crate::fuzzed::{put, world};
    use crate::main_cf::Work;
    use crate::postconf::Output;
    use crate::program::bytes_of;
    use crate::world::World;

    /// What of an answer can be seen.
    #[derive(Debug, PartialEq, Eq)]
    struct Seen {
        stdout: String,
        stderr: String,
        status: u8,
    }

    fn ask(
        world: &World,
        memory: Option<&Memory>,
        (called, directory): (&str, Option<&Path>),
        words: &[String],
    ) -> Seen {
        let call = Call {
            world,
            called: called.into(),
            arguments: words.iter().map(Into::into).collect(),
            mail_config: directory.map(|directory| bytes_of(directory.to_owned())),
            edit_fault: None,
            work: Work::default(),
            memory,
        };
        let Output { stdout, stderr, status, .. } = call.answer();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Seen { stdout: text(stdout), stderr: text(stderr), status }
    }

    const MAIN_CF: [&str; 4] = [
        "mail_name = one\nsyslog_name = $nosuch\n",
        "mail_name = two\nqueue_directory = $config_directory/queue\n",
        "a = $b\nb = 1\nprocess_name = c\n",
        "no setting\n",
    ];
    const MASTER_CF: [Option<&str>; 4] =
        [Some(""), Some("one unix - - - - - two -o own_name=$nosuch\n"), Some("too short\n"), None];
    const QUESTIONS: [&[&str]; 8] = [
        &["-h", "mail_name"],
        &["-qhx", "queue_directory", "config_directory", "process_name"],
        &["-n"],
        &["-qx", "syslog_name", "process_name"],
        &["-M"],
        &["-dh", "mail_name"],
        &["-o", "mail_name=three", "-h", "mail_name"],
        &["-P"],
    ];

    #[derive(Clone, Debug)]
    enum Event {
        /// main.cf of one of the directories becomes another.
        MainCf(usize, &'static str),
        /// So does master.cf, or it goes.
        MasterCf(usize, Option<&'static str>),
        /// A question is asked: what postconf was called as, which directory the environment names, which `-c`
        /// names, and the rest.
        Question(&'static str, Option<usize>, Option<usize>, &'static [&'static str]),
    }

    fn event() -> impl Strategy<Value = Event> {
        use proptest::option;
        use proptest::sample::select;
        let directory = 0..2_usize;
        prop_oneof![
            1 => (directory.clone(), select(&MAIN_CF[..])).prop_map(|(at, text)| Event::MainCf(at, text)),
            1 => (directory.clone(), select(&MASTER_CF[..])).prop_map(|(at, text)| Event::MasterCf(at, text)),
            4 => (select(vec!["postconf", "sbin/postconf", "other"]), option::of(directory.clone()),
                option::of(directory), select(&QUESTIONS[..]))
                .prop_map(|(called, at, given, words)| Event::Question(called, at, given, words)),
        ]
    }

    proptest! {
        #[test]
        fn an_answer_from_memory_is_as_one_without(
            version in proptest::sample::select(vec!["3.5", "3.7", "3.10", "3.11"]),
            events in proptest::collection::vec(event(), 1..24),
        ) {
            let root = tempfile::tempdir().unwrap();
            let directories = [root.path().join("a"), root.path().join("b")];
            for directory in &directories {
                std::fs::create_dir(directory).unwrap();
                put(directory, "main.cf", MAIN_CF[0].as_bytes());
                put(directory, "master.cf", b"");
            }
            let world = world(&directories[0], version.as_bytes());
            let memory = Memory::default();
            for event in events {
                match event {
                    Event::MainCf(at, text) => put(&directories[at], "main.cf", text.as_bytes()),
                    Event::MasterCf(at, Some(text)) => put(&directories[at], "master.cf", text.as_bytes()),
                    Event::MasterCf(at, None) => drop(std::fs::remove_file(directories[at].join("master.cf"))),
                    Event::Question(called, at, given, words) => {
                        let given = given.map(|at| ["-c".to_owned(), directories[at].display().to_string()]);
                        let words = given.into_iter().flatten().chain(words.iter().map(ToString::to_string));
                        let words: Vec<_> = words.collect();
                        let named = at.map(|at| directories[at].as_path());
                        let ask = |memory| ask(&world, memory, (called, named), &words);
                        prop_assert_eq!(ask(Some(&memory)), ask(None), "{:?}", words);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_known_serves_until_a_file_changes() {
        let directory = tempfile::tempdir().unwrap();
        let world = world(directory.path(), b"3.11");
        let memory = Memory::default();
        let ask = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            ask(&world, Some(&memory), ("postconf", Some(directory.path())), &words).stdout
        };
        put(directory.path(), "main.cf", b"mail_name = one\n");
        put(directory.path(), "master.cf", b"");
        assert_eq!(ask(&["-h", "mail_name"]), "one\n");
        assert_eq!(ask(&["-qn", "mail_name"]), "mail_name = one\n");
        assert_eq!(memory.0.borrow().len(), 1, "both questions need the same");
        put(directory.path(), "main.cf", b"mail_name = two\n");
        assert_eq!(ask(&["-h", "mail_name"]), "two\n");
        assert_eq!(memory.0.borrow().len(), 2);

        assert_eq!(ask(&["-h", "-o", "mail_name=other", "mail_name"]), "other\n");
        assert_eq!(ask(&["-dh", "mail_name"]), "Postfix\n");
        assert_eq!(ask(&["-M"]), "");
        assert_eq!(memory.0.borrow().len(), 2, "what holds for one question only is not kept");
    }
}
