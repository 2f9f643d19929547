//! Decides which change turns an instance into the one that a description asks for.
//! The instance can be in any state before. It is created, imported, given other files or settings, removed, or left
//! alone.
//!
//! It changes nothing, and refuses what the other actions refuse. What is not described stays as it is. Knows nothing
//! of how a change is carried out.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::tools::{Arguments, Edit, Settings, settings_call};
use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::life_cycle::naming::{self, Directories, NameChange};
use crate::multi::life_cycle::operation::{Adoption, Creation, NewFiles, Operation, Origin, Source};
use crate::multi::life_cycle::refusal::{Kept, Refusal, Separation};
use crate::multi::life_cycle::validate::{
    Among, EvenEnabled, HostFacts, PathKind, are_not_shared, are_there, config_directory, deport, destroy,
    holder_of, is_initialized, is_known, listing, missing, new_main_cf, new_names, no_conflict,
    no_damaged_one_has, settings_of, templates,
};
use crate::multi::ownership::claims::{DATA, NAME, QUEUE};
use crate::multi::request::canonical_command;
use crate::multi::request::selection::{Ambiguous, Match, Selection};
use crate::multi::request::{Assignment, Change, Description, Presence};
use crate::multi::system::{InstanceInfo, Role, System};
use crate::os::printable::shell_word;
use crate::postfix::damage::reason;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::postconf;
use crate::postfix::values::enable_flag::Flag;
use crate::postfix::values::written_value::{with_single_blanks, written};

/// A description that has been read.
struct Wanted<'a> {
    name: OsString,
    group: NameChange,
    enable: Option<Flag>,
    /// The directories that are described.
    given: Directories,
    /// Any other parameters.
    settings: Settings,
    folder: Option<&'a Path>,
}

/// Where the instance is, or will be.
struct Place<'a> {
    directory: PathBuf,
    /// What is known of it, if it is listed.
    listed: Option<&'a InstanceInfo>,
}

/// What a prepared folder says of the directories of its instance.
#[derive(Default)]
struct Prepared {
    text: Vec<u8>,
    queue: Option<PathBuf>,
    data: Option<PathBuf>,
}

/// Decides what has to be done.
pub(crate) fn ensure(
    description: &Description,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let wanted = Wanted::read(description)?;
    let place = Place::find(&wanted, system)?;
    if let Some(InstanceInfo { role: Role::Default, directory, .. }) = place.listed {
        return Err(Refusal::NotForDefault(directory.clone()));
    }
    place.is_meant(&wanted, description.presence, system, host)?;
    let operation = match description.presence {
        Presence::Absent => absent(&wanted, &place, system, host)?,
        Presence::Present => present(&wanted, &place, system, host)?,
    };
    if operation != Operation::Nothing {
        is_initialized(system)?;
    }
    Ok(operation)
}

impl<'a> Wanted<'a> {
    fn read(description: &'a Description) -> Result<Self, InvalidArgument> {
        naming::name(Some(&description.name))?;
        let (given, settings) = naming::parameters(&description.parameters)?;
        if description.presence == Presence::Absent {
            let extra = settings.first().map(|(name, _)| name.clone());
            let queue = given.queue.as_ref().map(|_| QUEUE.into());
            if let Some(name) = extra.or(queue).or(given.data.as_ref().map(|_| DATA.into())) {
                return Err(InvalidArgument::OfOneThatIsAbsent(name));
            }
        }
        let folder = description.folder.as_deref();
        if let Some(relative) = folder.filter(|folder| !folder.is_absolute()) {
            return Err(InvalidArgument::NotAbsolute(relative.into()));
        }
        Ok(Self {
            name: description.name.clone(),
            group: naming::group(description.group.as_ref())?,
            enable: description.enable,
            given,
            settings,
            folder,
        })
    }

    fn name(&self) -> NameChange {
        NameChange::Name(self.name.clone())
    }

    /// The settings of the name, the group and whether it is enabled, as far as they are others than those of an
    /// instance that is there.
    fn own_settings(&self, current: Option<&InstanceSettings>) -> Settings {
        let mut settings = new_names(&self.name(), &self.group, current);
        let now = current.map(|current| current.enable.clone());
        let flag = self.enable.filter(|flag| now != Some(Ok(*flag)));
        settings.extend(flag.map(|flag| (postconf::ENABLE.into(), flag_value(flag).into())));
        settings
    }

    /// The described parameters that a main.cf has not, or has with another value.
    fn other_settings(&self, text: &[u8]) -> Settings {
        let differs = |(name, value): &&(OsString, OsString)| !is_written(text, name, value);
        self.settings.iter().filter(differs).cloned().collect()
    }
}

impl<'a> Place<'a> {
    /// In the directory that is given, or that an instance of that name has, or beside the default instance's.
    fn find(wanted: &Wanted<'_>, system: &'a System) -> Result<Self, Refusal> {
        let named = named(wanted, system)?;
        let directory = match (&wanted.given.config, named) {
            (Some(directory), _) => directory.clone(),
            (None, Some(named)) => named.directory.clone(),
            (None, None) => {
                naming::beside("config_directory", &system.installation.config_directory, &wanted.name())?
            }
        };
        let selection = Selection::Name(directory.clone().into()).as_listed(system);
        let listed = system.instances.iter().find(|instance| selection.matches(instance) == Match::Yes);
        let directory = listed.map_or(directory, |instance| instance.directory.clone());
        Ok(Self { directory, listed })
    }

    /// Refuses a name that is that of an instance in another place, and an instance that has another name. One that
    /// stays gets the name if its directory was given.
    fn is_meant(
        &self,
        wanted: &Wanted<'_>,
        presence: Presence,
        system: &System,
        host: &mut impl HostFacts,
    ) -> Result<(), Refusal> {
        if let Some(holder) = holder_of(&wanted.name, &self.directory, system, host) {
            let other = self.settings(host).ok().and_then(|settings| settings.name);
            return Err(Refusal::NameElsewhere(holder, wanted.name.clone(), self.directory.clone(), other));
        }
        let gets_the_name = presence == Presence::Present && wanted.given.config.is_some();
        if gets_the_name || !host.is_file(&self.directory.join(MAIN_CF)) {
            return Ok(());
        }
        match self.settings(host)?.name {
            Some(other) if other != wanted.name => {
                Err(Refusal::OtherName(self.directory.clone(), other, wanted.name.clone(), presence))
            }
            _ => Ok(()),
        }
    }

    /// What its main.cf says.
    fn settings(&self, host: &mut impl HostFacts) -> Result<InstanceSettings, Refusal> {
        match self.listed {
            Some(instance) => settings_of(instance).cloned(),
            None => settings_in(&self.directory, host),
        }
    }
}

fn settings_in(directory: &Path, host: &mut impl HostFacts) -> Result<InstanceSettings, Refusal> {
    let unreadable = |damage| Refusal::Unreadable(directory.to_owned(), reason(&damage));
    host.settings(directory).map_err(unreadable)
}

/// The instance that has the name, if one has.
fn named<'a>(wanted: &Wanted<'_>, system: &'a System) -> Result<Option<&'a InstanceInfo>, Refusal> {
    let has_name = |instance: &&InstanceInfo| match &instance.settings {
        Ok(settings) => settings.name.as_ref() == Some(&wanted.name),
        Err(_) => false,
    };
    let named: Vec<&InstanceInfo> = system.instances.iter().filter(has_name).collect();
    if named.len() < 2 {
        return Ok(named.first().copied());
    }
    let ambiguous = Ambiguous {
        selection: Selection::Name(wanted.name.clone()),
        directories: named.into_iter().map(|instance| instance.directory.clone()).collect(),
    };
    let nameless = Assignment { name: Some("-".into()), group: None };
    let command = |directory: &Path| {
        canonical_command::shown(&canonical_command::of(&Change::Assign(directory.into(), nameless.clone())))
    };
    let commands = ambiguous.commands(command);
    Err(Refusal::Ambiguous(Box::new(ambiguous), commands))
}

/// What removes it.
fn absent(
    wanted: &Wanted<'_>,
    place: &Place<'_>,
    system: &System,
    host: &impl HostFacts,
) -> Result<Operation, Refusal> {
    let is_there = host.is_file(&place.directory.join(MAIN_CF));
    let name = OsString::from(&place.directory);
    match (place.listed, is_there) {
        (None, false) => {
            no_damaged_one_has(&wanted.name, system)?;
            Ok(Operation::Nothing)
        }
        (None, true) => Err(Refusal::Unlisted(place.directory.clone())),
        (Some(_), false) => deport(&name, system, host),
        (Some(_), true) if wanted.enable == Some(Flag::Disabled) => {
            destroy(&name, EvenEnabled::Yes, system, host)
        }
        (Some(instance), true) if instance.flag() == Ok(Flag::Enabled) => {
            Err(Refusal::AbsentButEnabled(place.directory.clone(), wanted.name.clone()))
        }
        (Some(_), true) => destroy(&name, EvenEnabled::No, system, host),
    }
}

/// What makes it, takes it in, or changes it.
fn present(
    wanted: &Wanted<'_>,
    place: &Place<'_>,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let prepared = match wanted.folder {
        Some(folder) => Some(Prepared::read(folder, place, host)?),
        None => None,
    };
    let files = [MAIN_CF, MASTER_CF].map(|name| place.directory.join(name));
    for file in &files {
        if !host.is_file(file) && host.kind(file) != PathKind::Nothing {
            return Err(Refusal::NoRegularFile(file.clone()));
        }
    }
    let directory = place.directory.clone();
    match files.map(|file| host.is_file(&file)) {
        [true, true] => changed(wanted, place, prepared.as_ref(), system, host),
        [false, false] => made(wanted, place, prepared.as_ref(), system, host),
        [true, false] => Err(Refusal::Half(directory, MAIN_CF, MASTER_CF)),
        [false, true] => Err(Refusal::Half(directory, MASTER_CF, MAIN_CF)),
    }
}

/// What changes an instance that is there.
fn changed(
    wanted: &Wanted<'_>,
    place: &Place<'_>,
    prepared: Option<&Prepared>,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let directory = &place.directory;
    let current = place.settings(host)?;
    let dirs = InstanceDirs::of(directory, &current);
    stays(wanted, prepared, &dirs, host)?;
    let is_listed = place.listed.is_some();
    match are_not_shared(&dirs, Some(&wanted.name), Among::Listed, system, host) {
        // An edit of its own main.cf moves nothing, and no edit parts them.
        Err(Refusal::NotAlone { remedy: Separation::None, .. })
            if is_listed && prepared.is_none() && missing(&dirs, host)?.is_empty() => {}
        alone => alone?,
    }
    if current.name.as_ref() != Some(&wanted.name) {
        no_damaged_one_has(&wanted.name, system)?;
    }
    if !is_listed {
        no_conflict(directory, &current, system, host)?;
        is_known(&dirs, host)?;
    }
    let text = text(directory, host)?;
    let (settings, files) = if let Some(prepared) = prepared {
        let own = prepared.own_settings(wanted, &dirs, Some(&current), host);
        (Settings::new(), Some(new_files(wanted, prepared, own, host)?))
    } else {
        let mut settings = wanted.own_settings(Some(&current));
        settings.extend(wanted.other_settings(&text));
        (settings, None)
    };
    let missing = missing(&dirs, host)?;
    let listing = (!is_listed).then(|| listing(directory, None, system, host));
    if listing.is_some() || !missing.is_empty() || files.is_some() {
        return Ok(Operation::Import(Adoption { dirs, missing, settings, files, before: None, listing }));
    }
    if settings.is_empty() {
        return Ok(Operation::Nothing);
    }
    Ok(Operation::Edit(Edit { directory: directory.clone(), calls: vec![settings_call(&settings)] }))
}

/// Refuses a description with other directories than an instance has: its mail would stay behind.
fn stays(
    wanted: &Wanted<'_>,
    prepared: Option<&Prepared>,
    dirs: &InstanceDirs,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    let of_folder =
        |of: fn(&Prepared) -> &Option<PathBuf>| prepared.and_then(|prepared| of(prepared).as_ref());
    let queue = wanted.given.queue.as_ref().or_else(|| of_folder(|prepared| &prepared.queue));
    let data = wanted.given.data.as_ref().or_else(|| of_folder(|prepared| &prepared.data));
    match kept(queue.map(PathBuf::as_path), data.map(PathBuf::as_path), dirs, host).into_iter().next() {
        Some(kept) => Err(Refusal::Moves(kept)),
        None => Ok(()),
    }
}

/// The directories that stay others than those that were asked for.
pub(crate) fn kept(
    queue: Option<&Path>,
    data: Option<&Path>,
    dirs: &InstanceDirs,
    host: &impl HostFacts,
) -> Vec<Kept> {
    let mut kept = Vec::new();
    for (parameter, asked, current) in [(QUEUE, queue, &dirs.queue), (DATA, data, &dirs.data)] {
        let Some(asked) = asked else { continue };
        let own = host.spot(current).own;
        if asked != current && !host.spot(asked).own.iter().any(|key| own.contains(key)) {
            let (config, current, asked) = (dirs.config.clone(), current.clone(), asked.to_owned());
            kept.push(Kept { config, parameter, current, asked });
        }
    }
    kept
}

/// What makes an instance that is not there, listed or not.
fn made(
    wanted: &Wanted<'_>,
    place: &Place<'_>,
    prepared: Option<&Prepared>,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let default = &system.installation;
    let config = match place.listed {
        Some(_) => place.directory.clone(),
        None => config_directory(Some(place.directory.clone()), &wanted.name(), system, host)?,
    };
    let own_place =
        |given: &Option<PathBuf>, of_folder: Option<&PathBuf>, parameter, default: &Path| match given
            .as_ref()
            .or(of_folder)
        {
            Some(directory) => Ok(directory.clone()),
            None => naming::beside(parameter, default, &wanted.name()),
        };
    let of_folder = prepared.map(|prepared| (prepared.queue.as_ref(), prepared.data.as_ref()));
    let (queue, data) = of_folder.unwrap_or_default();
    let dirs = InstanceDirs {
        config,
        queue: own_place(&wanted.given.queue, queue, QUEUE, &default.queue_directory)?,
        data: own_place(&wanted.given.data, data, DATA, &default.data_directory)?,
    };
    let settings = InstanceSettings {
        name: Some(wanted.name.clone()),
        group: None,
        enable: Ok(Flag::Disabled),
        queue_directory: dirs.queue.clone(),
        data_directory: dirs.data.clone(),
        shared: Vec::new(),
    };
    no_conflict(&dirs.config, &settings, system, host)?;
    no_damaged_one_has(&wanted.name, system)?;
    let [main_cf, master_cf] = templates(system);
    let (sources, calls) = if let Some(prepared) = prepared {
        let own = prepared.own_settings(wanted, &dirs, None, host);
        let NewFiles { sources, calls } = new_files(wanted, prepared, own, host)?;
        let mut sources = sources.into_iter();
        ([sources.next().unwrap_or(main_cf), sources.next().unwrap_or(master_cf)], calls)
    } else {
        let mut settings = wanted.own_settings(None);
        settings.extend(wanted.settings.clone());
        ([main_cf, master_cf], new_main_cf(&dirs, host.shared(), &settings))
    };
    are_there(&sources, host)?;
    let missing = missing(&dirs, host)?;
    let listing = place.listed.is_none().then(|| listing(&dirs.config, None, system, host));
    Ok(Operation::Create(Creation { dirs, missing, sources, calls, before: None, listing }))
}

impl Prepared {
    /// What the main.cf of a folder says.
    fn read(folder: &Path, place: &Place<'_>, host: &mut impl HostFacts) -> Result<Self, Refusal> {
        let main_cf = folder.join(MAIN_CF);
        if !host.is_file(&main_cf) {
            return Err(Refusal::NoFile(main_cf));
        }
        let text = text(folder, host)?;
        is_of_secondary(&main_cf, &text)?;
        let settings = settings_in(folder, host)?;
        let own = |parameter, value: PathBuf| {
            // A folder is not the place of the instance.
            let value = value.strip_prefix(folder).map(|below| place.directory.join(below)).unwrap_or(value);
            written(&text, parameter).map(|_| value)
        };
        let queue = own(QUEUE, settings.queue_directory);
        let data = own(DATA, settings.data_directory);
        Ok(Self { text, queue, data })
    }

    /// What a main.cf that is made of the prepared one must say of its instance: what is described, or else what is
    /// prepared, or else what the instance has now, or else what an instance needs.
    fn own_settings(
        &self,
        wanted: &Wanted<'_>,
        dirs: &InstanceDirs,
        current: Option<&InstanceSettings>,
        host: &impl HostFacts,
    ) -> Settings {
        let is_prepared = |name: &str| written(&self.text, name).is_some();
        let mut settings: Settings = vec![(NAME.into(), wanted.name.clone())];
        match &wanted.group {
            NameChange::Name(group) => settings.push((postconf::GROUP.into(), group.clone())),
            NameChange::None if is_prepared(postconf::GROUP) => {
                settings.push((postconf::GROUP.into(), OsString::new()));
            }
            NameChange::Unchanged if !is_prepared(postconf::GROUP) => {
                let group = current.and_then(|current| current.group.clone());
                settings.extend(group.map(|group| (postconf::GROUP.into(), group)));
            }
            NameChange::None | NameChange::Unchanged => {}
        }
        // The second call must find what the first one wrote.
        let now = current.map_or(Some(Flag::Disabled), |current| current.enable.clone().ok());
        let flag = wanted.enable.or(if is_prepared(postconf::ENABLE) { None } else { now });
        settings.extend(flag.map(|flag| (postconf::ENABLE.into(), flag_value(flag).into())));
        for (parameter, given, own) in
            [(QUEUE, &wanted.given.queue, &dirs.queue), (DATA, &wanted.given.data, &dirs.data)]
        {
            if given.is_some() || !is_prepared(parameter) {
                settings.push((parameter.into(), own.into()));
            }
        }
        for (name, value) in host.shared() {
            if !value.is_empty() && !is_prepared(name) {
                settings.push((name.into(), value.clone()));
            }
        }
        settings.extend(wanted.settings.iter().cloned());
        settings
    }
}

/// Refuses a prepared main.cf that sets what only the default instance has, as NAME=VALUE is refused.
fn is_of_secondary(main_cf: &Path, text: &[u8]) -> Result<(), Refusal> {
    let is_set = |name: &&str| written(text, name).is_some_and(|value| !value.is_empty());
    let set: Vec<&str> = naming::OF_DEFAULT.iter().map(|(name, _)| *name).filter(is_set).collect();
    if set.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "it sets {}, as only the default instance does; use \"postconf -c {} -X {}\" first",
        set.join(" and "),
        shell_word(main_cf.parent().unwrap_or(main_cf)),
        set.join(" ")
    );
    Err(Refusal::NotFit(main_cf.to_owned(), reason))
}

/// The files that an instance gets from a folder. Each setting has a call of its own, as postconf appends several in
/// any order, and the files of two calls must be the same.
fn new_files(
    wanted: &Wanted<'_>,
    prepared: &Prepared,
    settings: Settings,
    host: &impl HostFacts,
) -> Result<NewFiles, Refusal> {
    let folder = wanted.folder.unwrap_or(Path::new("/"));
    let source = |name| Source { name, path: folder.join(name), origin: Origin::Prepared };
    let mut sources = vec![source(MAIN_CF)];
    match host.kind(&folder.join(MASTER_CF)) {
        PathKind::Nothing => {}
        _ => sources.push(source(MASTER_CF)),
    }
    are_there(&sources, host)?;
    let new = settings.into_iter().filter(|(name, value)| !is_written(&prepared.text, name, value));
    let calls: Vec<Arguments> = new.map(|setting| settings_call(&[setting])).collect();
    Ok(NewFiles { sources, calls })
}

fn text(directory: &Path, host: &impl HostFacts) -> Result<Vec<u8>, Refusal> {
    host.text(directory).map_err(|error| Refusal::Unreadable(directory.to_owned(), error.to_string()))
}

/// Whether a main.cf has this very setting, however it is laid out.
fn is_written(text: &[u8], name: &OsStr, value: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    written(text, name) == Some(with_single_blanks(value.as_bytes()))
}

fn flag_value(flag: Flag) -> &'static str {
    match flag {
        Flag::Enabled => "yes",
        Flag::Disabled => "no",
    }
}
