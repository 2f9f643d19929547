//! What postconf(1) has to know before it can answer: the settings, all parameters there are, and what it has to say
//! of them. A script that asks one question after the other works that out once, as long as the files say the same.
//! Knows nothing of what is asked.

use std::cell::RefCell;
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
pub(crate) struct Memory(RefCell<Vec<(Origin, Rc<Known>)>>);

/// All that knowledge depends on, within a process.
#[derive(PartialEq, Eq)]
struct Origin {
    process_name: Vec<u8>,
    given: Option<Vec<u8>>,
    directory: Vec<u8>,
    main_cf: Vec<u8>,
    master_cf: Option<Vec<u8>>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Memory of {}", self.0.borrow().len())
    }
}

impl Memory {
    fn find(&self, origin: &Origin) -> Option<Rc<Known>> {
        self.0.borrow().iter().find(|(known, _)| known == origin).map(|(_, known)| Rc::clone(known))
    }
}

impl Call<'_> {
    /// Finds out what is to be known, or remembers it.
    pub(super) fn known(&self, source: Source, warnings: &mut Vec<Vec<u8>>) -> Result<Rc<Known>, Stop> {
        let memory = self.memory.and_then(|memory| Some((memory, self.origin(&source)?)));
        if let Some(known) = memory.as_ref().and_then(|(memory, origin)| memory.find(origin)) {
            warnings.extend_from_slice(&known.warnings);
            return Ok(known);
        }
        let mut own = Vec::new();
        let found = self.find_out(source, &mut own);
        warnings.extend_from_slice(&own);
        let known = Rc::new(Known { warnings: own, ..found? });
        if let Some((memory, origin)) = memory {
            memory.0.borrow_mut().push((origin, Rc::clone(&known)));
        }
        Ok(known)
    }

    /// What the knowledge depends on; `None` where it is too particular to be of use again.
    fn origin(&self, source: &Source) -> Option<Origin> {
        if source.defaults || source.services.is_some() || source.options.last(b'o').is_some() {
            return None;
        }
        // Reading anything but a file could take away what is to be read, or wait.
        let text = |name| {
            let path = parameters::file(source.directory, name);
            path.is_file().then(|| std::fs::read(path).ok()).flatten()
        };
        Some(Origin {
            process_name: self.process_name().to_vec(),
            given: source.given.map(<[u8]>::to_vec),
            directory: source.directory.to_vec(),
            main_cf: text("main.cf")?,
            master_cf: text("master.cf"),
        })
    }

    fn find_out(&self, source: Source, warnings: &mut Vec<Vec<u8>>) -> Result<Known, Stop> {
        let Source { directory, given, options, defaults, services } = source;
        let version = self.world.settings.version();
        let mut settings = MainCf::of(version);
        if !defaults {
            if let Some(given) = given {
                settings.set(b"config_directory", given);
            }
            settings.read(&parameters::file(directory, "main.cf"), warnings)?;
            override_settings(&mut settings, options)?;
        }
        let mut table = parameters::table(self.world, &settings, self.process_name());
        let master_cf = parameters::file(directory, "master.cf");
        let services = match services {
            Some(services) => services,
            None => master::read(&master_cf, version, Missing::Tolerated, warnings)?,
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
    use super::{Call, Memory};
    use crate::bytes::ByteString;
    use crate::fuzzed::{put, world};
    use crate::main_cf::Work;
    use crate::world::World;

    fn answer(world: &World, memory: &Memory, words: &[&str]) -> (String, String) {
        let call = Call {
            world,
            called: b"postconf".to_vec(),
            arguments: words.iter().map(Into::into).collect(),
            mail_config: Some(ByteString::from(world.root.clone()).0),
            edit_fault: None,
            work: Work::default(),
            memory: Some(memory),
        };
        let output = call.answer();
        assert_eq!(output.status, 0, "{words:?}");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    #[test]
    fn what_is_known_serves_until_a_file_changes() {
        let directory = tempfile::tempdir().unwrap();
        let world = world(directory.path(), b"3.11");
        let memory = Memory::default();
        let warning = format!(
            "postconf: warning: {}/main.cf: undefined parameter: nosuch\n",
            directory.path().display()
        );
        put(directory.path(), "main.cf", b"mail_name = one\nsyslog_name = $nosuch\n");
        put(directory.path(), "master.cf", b"");
        for _ in 0..2 {
            let (name, told) = answer(&world, &memory, &["-qh", "mail_name"]);
            assert_eq!((name.as_str(), &told), ("one\n", &warning));
            assert_eq!(answer(&world, &memory, &["-qn", "syslog_name"]).1, warning);
        }
        assert_eq!(memory.0.borrow().len(), 1, "both questions need the same");

        put(directory.path(), "main.cf", b"mail_name = two\n");
        assert_eq!(answer(&world, &memory, &["-qh", "mail_name"]), ("two\n".into(), String::new()));
        put(directory.path(), "master.cf", b"one unix - - - - - two -o own_name=$nosuch\n");
        let (name, told) = answer(&world, &memory, &["-qh", "mail_name"]);
        assert!(name == "two\n" && told.contains("master.cf: undefined parameter: nosuch"), "{told}");
        assert_eq!(memory.0.borrow().len(), 3);
    }

    #[test]
    fn what_holds_for_one_question_only_is_not_kept() {
        let directory = tempfile::tempdir().unwrap();
        let world = world(directory.path(), b"3.11");
        let memory = Memory::default();
        put(directory.path(), "main.cf", b"mail_name = one\n");
        put(directory.path(), "master.cf", b"");
        assert_eq!(answer(&world, &memory, &["-h", "-o", "mail_name=other", "mail_name"]).0, "other\n");
        assert_eq!(answer(&world, &memory, &["-dh", "mail_name"]).0, "Postfix\n");
        assert_eq!(answer(&world, &memory, &["-M"]).0, "");
        assert_eq!(memory.0.borrow().len(), 0);
        assert_eq!(answer(&world, &memory, &["-h", "mail_name"]).0, "one\n");
    }
}
