//! Finds out which steps it takes to create, import, deport and destroy an instance, or why it is refused.
//!
//! It changes nothing: all conflicts are found before the first file is touched.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::lists::{self, Lists};
use crate::multi::changing::queue_disk::may_be_away;
use crate::multi::changing::tools::{Arguments, Edit, Settings, assignment, setting, settings_call};
use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::life_cycle::naming::{self, Allowed, NameChange};
use crate::multi::life_cycle::operation::{
    Adoption, Creation, Departure, Destruction, NewDirectory, Operation, Origin, Source,
};
use crate::multi::life_cycle::refusal::{Refusal, Separation};
use crate::multi::ownership::claims::{CONFIG, Claim, Claims, Conflict, NAME, Relation};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::separate;
use crate::multi::ownership::spot::Spot;
use crate::multi::request::Addition;
use crate::multi::request::selection::{Match, Selection};
use crate::multi::system::damaged_name;
use crate::multi::system::{InstanceInfo, Role, System};
use crate::postfix::damage::{Damage, reason};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::postconf;
use crate::postfix::values::enable_flag::Flag;

/// The parameters that a new instance takes over from the default one, if that one sets them. If it does not, they
/// become comments in the new main.cf, so that both instances have Postfix's own defaults.
pub(crate) const SHARED: [&str; 13] = [
    "command_directory",
    "daemon_directory",
    "meta_directory",
    "mail_owner",
    "setgid_group",
    "sendmail_path",
    "mailq_path",
    "newaliases_path",
    "html_directory",
    "manpage_directory",
    "sample_directory",
    "readme_directory",
    "shlib_directory",
];

/// Modes of new directories: what is in a data directory is nobody's business but Postfix's.
pub(crate) const OPEN: u32 = 0o755;
pub(crate) const CLOSED: u32 = 0o700;

/// What must be known beside the system itself.
pub(crate) trait HostFacts {
    /// Both lists in the default instance's main.cf.
    fn lists(&self) -> &Lists;
    /// The parameters of [`SHARED`] that the default instance's main.cf sets, in that order.
    fn shared(&self) -> &[(String, OsString)];
    /// What the main.cf in a directory says, or why that cannot be told.
    fn settings(&mut self, directory: &Path) -> Result<InstanceSettings, Damage>;
    /// Whether there is a file.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether there is a directory, something else, or nothing.
    fn kind(&self, path: &Path) -> PathKind;
    /// The place of a directory among all others.
    fn spot(&self, path: &Path) -> Spot;
    /// The text of the main.cf in a directory.
    fn text(&self, directory: &Path) -> io::Result<Vec<u8>>;
    /// What belongs to instances that the system does not tell.
    fn neighbours(&self) -> &Neighbours;
}

/// What is in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// A directory, or a link to one.
    Directory,
    /// Something else.
    Other,
    /// Nothing.
    Nothing,
}

/// postmulti does nothing but `init` before there is a manager: nobody would start what it makes.
pub(crate) fn is_initialized(system: &System) -> Result<(), Refusal> {
    if system.installation.wrapper.is_empty() {
        return Err(Refusal::NotInitialized("multi_instance_wrapper is empty"));
    }
    if !system.installation.is_enabled() {
        return Err(Refusal::NotInitialized("multi_instance_enable is not yes"));
    }
    Ok(())
}

/// The instance that is meant.
pub(crate) fn target<'a>(name: &OsString, system: &'a System) -> Result<&'a InstanceInfo, Refusal> {
    let selection = Selection::Name(name.clone()).as_listed(system);
    let meant = system.instances.iter().find(|one| selection.matches(one) == Match::Yes);
    meant.ok_or_else(|| {
        let typed = Selection::Name(name.clone());
        let hint = typed.hint(system);
        Refusal::NoInstance(typed, hint)
    })
}

/// Whether a name is nobody else's.
pub(crate) fn is_free(
    name: &OsStr,
    directory: &Path,
    system: &System,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    let conflict = name_conflict(name, directory, system, host);
    conflict.map_or(Ok(()), |conflict| Err(Refusal::Conflict(Box::new(conflict))))
}

/// The directory of another instance that has a name.
pub(crate) fn holder_of(
    name: &OsStr,
    directory: &Path,
    system: &System,
    host: &impl HostFacts,
) -> Option<PathBuf> {
    name_conflict(name, directory, system, host).map(|conflict| conflict.holder.owner)
}

fn name_conflict(name: &OsStr, directory: &Path, system: &System, host: &impl HostFacts) -> Option<Conflict> {
    let spot_of = |path: &Path| host.spot(path);
    let claims = all_claims(directory, system, host, Among::Listed, &spot_of);
    claims.conflict(&Claim { owner: directory.to_owned(), parameter: NAME, value: name.to_owned() })
}

/// Whether a name may be that of an instance that cannot be read.
pub(crate) fn no_damaged_one_has(name: &OsStr, system: &System) -> Result<(), Refusal> {
    let mut damaged = system.instances.iter().filter(|instance| instance.settings.is_err());
    match damaged.find(|one| damaged_name::may_be(&one.directory, |given| given == name)) {
        Some(instance) => Err(Refusal::NameInDoubt(name.to_owned(), instance.directory.clone())),
        None => Ok(()),
    }
}

/// Whose claims count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    /// Those of instances that are in a list.
    Listed,
    /// Those of others beside them, too: what is removed may not even be theirs.
    All,
}

/// What the instances have, listed or not, except the one in `directory`. Conflicts that exist already are not
/// reported here, but by `check`.
pub(crate) fn all_claims<'a>(
    directory: &Path,
    system: &System,
    host: &impl HostFacts,
    among: Among,
    spot_of: &'a dyn Fn(&Path) -> Spot,
) -> Claims<'a> {
    let mut claims = Claims::new(&system.installation, spot_of);
    for instance in &system.instances {
        match &instance.settings {
            Ok(settings) => drop(claims.add(&instance.directory, settings)),
            // Its directory is taken nevertheless.
            Err(_) => claims.hold(Claim::of_directory(&instance.directory)),
        }
    }
    let own = host.spot(directory).own;
    let neighbours = host.neighbours();
    let unlisted = neighbours.unlisted.iter().filter(|_| among == Among::All);
    for claim in neighbours.known.iter().chain(unlisted) {
        let is_its_own =
            claim.owner == directory || spot_of(&claim.owner).own.iter().any(|key| own.contains(key));
        if !is_its_own {
            claims.hold(claim.clone());
        }
    }
    claims
}

/// Whether the directories of an instance that is there are nobody else's, and all is known of those who may have
/// them.
fn are_its_alone(
    dirs: &InstanceDirs,
    name: Option<&OsStr>,
    among: Among,
    system: &System,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    are_not_shared(dirs, name, among, system, host)?;
    is_known(dirs, host)
}

/// Whether the directories of an instance that is there are nobody else's, as far as that is known.
pub(crate) fn are_not_shared(
    dirs: &InstanceDirs,
    name: Option<&OsStr>,
    among: Among,
    system: &System,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    let spot_of = |path: &Path| host.spot(path);
    let claims = all_claims(&dirs.config, system, host, among, &spot_of);
    let conflicts: Vec<_> = dirs.claims().iter().filter_map(|claim| claims.conflict(claim)).collect();
    let Some(first) = conflicts.first().cloned() else { return Ok(()) };
    let is_unlisted = among == Among::All
        && host.neighbours().unlisted.iter().any(|claim| claim.owner == first.holder.owner);
    let is_there = |place: &Path| host.kind(place) != PathKind::Nothing;
    let separate = |claim: &Claim, name: Option<&OsStr>| {
        let place = separate::directory(claim, name, &system.installation, &claims, is_there)?;
        Some((claim.parameter, place))
    };
    let own = conflicts.iter().map(|conflict| separate(&conflict.other, name)).collect::<Option<Vec<_>>>();
    let unknown = if among == Among::All { Separation::OffTheList } else { Separation::None };
    let remedy = match own {
        Some(dirs) => Separation::Own(dirs),
        // The instance whose directory contains all others is the one to move.
        None if first.relation == Relation::Inside => {
            separate(&first.holder, None).map_or(unknown, Separation::OfHolder)
        }
        None => unknown,
    };
    Err(Refusal::NotAlone { remedy, is_unlisted, conflict: Box::new(first) })
}

/// Whether all is known of those who may have a directory that is there.
pub(crate) fn is_known(dirs: &InstanceDirs, host: &impl HostFacts) -> Result<(), Refusal> {
    let Some((neighbour, reason)) = host.neighbours().unknown.first() else { return Ok(()) };
    let there =
        dirs.claims().into_iter().find(|claim| host.kind(Path::new(&claim.value)) != PathKind::Nothing);
    there.map_or(Ok(()), |claim| {
        Err(Refusal::UnknownNeighbour(Box::new(claim), neighbour.clone(), reason.clone()))
    })
}

/// The settings of a name and a group that change.
pub(crate) fn new_names(
    name: &NameChange,
    group: &NameChange,
    current: Option<&InstanceSettings>,
) -> Settings {
    let name = name.against(current.and_then(|settings| settings.name.as_ref()));
    let group = group.against(current.and_then(|settings| settings.group.as_ref()));
    let named = name.map(|value| (NAME.into(), value));
    named.into_iter().chain(group.map(|value| (postconf::GROUP.into(), value))).collect()
}

pub(crate) fn settings_of(instance: &InstanceInfo) -> Result<&InstanceSettings, Refusal> {
    instance
        .settings
        .as_ref()
        .map_err(|damage| Refusal::Unreadable(instance.directory.clone(), reason(damage)))
}

/// Whether an instance may be removed that is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EvenEnabled {
    Yes,
    No,
}

/// Removes an instance, and what Postfix made of it.
pub(crate) fn destroy(
    name: &OsString,
    even: EvenEnabled,
    system: &System,
    host: &impl HostFacts,
) -> Result<Operation, Refusal> {
    let (instance, listing) = removable(name, even, system, host, Lists::without)?;
    let settings = settings_of(instance)?;
    is_initialized(system)?;
    let main_cf = instance.directory.join(MAIN_CF);
    if !host.is_file(&main_cf) {
        return Err(Refusal::NoFile(main_cf));
    }
    let dirs = InstanceDirs::of(&instance.directory, settings);
    are_its_alone(&dirs, settings.name.as_deref(), Among::All, system, host)?;
    Ok(Operation::Destroy(Destruction { dirs, listing }))
}

/// An instance that may be removed, and the edit that takes it off the list.
fn removable<'a>(
    name: &OsString,
    even: EvenEnabled,
    system: &'a System,
    host: &impl HostFacts,
    arguments: impl Fn(&Lists, &Path) -> Arguments,
) -> Result<(&'a InstanceInfo, Edit), Refusal> {
    let instance = target(name, system)?;
    if instance.role == Role::Default {
        return Err(Refusal::Default);
    }
    let unreadable_for_good = !host.is_file(&instance.directory.join(MAIN_CF));
    match instance.flag() {
        Ok(Flag::Enabled) if even == EvenEnabled::No => {
            return Err(Refusal::Enabled(instance.directory.clone()));
        }
        Ok(Flag::Enabled | Flag::Disabled) => {}
        // Of an instance that has gone, nobody starts anything.
        Err(_) if unreadable_for_good => {}
        Err(damage) => return Err(Refusal::Unknown(instance.directory.clone(), reason(&damage))),
    }
    let mut lists = host.lists().clone();
    // Under whatever name it is listed.
    let own = host.spot(&instance.directory).own;
    lists.managed.retain(|element| {
        let path = Path::new(element);
        path == instance.directory || !host.spot(path).own.iter().any(|key| own.contains(key))
    });
    let calls = vec![arguments(&lists, &instance.directory)];
    Ok((instance, Edit { directory: system.installation.config_directory.clone(), calls }))
}

/// Takes an instance off the list.
pub(crate) fn deport(name: &OsString, system: &System, host: &impl HostFacts) -> Result<Operation, Refusal> {
    let (instance, mut listing) = removable(name, EvenEnabled::No, system, host, Lists::deported)?;
    is_initialized(system)?;
    let directory = instance.directory.clone();
    if !host.is_file(&directory.join(MAIN_CF)) {
        // What has gone is no alternate either.
        listing.calls = vec![host.lists().without(&directory)];
    }
    Ok(Operation::Deport(Departure { directory, listing }))
}

/// Before which managed directory a new instance is listed.
fn place(before: Option<&Selection>, system: &System) -> Result<Option<PathBuf>, Refusal> {
    let Some(before) = before else { return Ok(None) };
    let selection = &before.as_listed(system);
    match system.secondary().iter().find(|instance| selection.matches(instance) == Match::Yes) {
        Some(instance) => Ok(Some(instance.directory.clone())),
        None if *selection == Selection::All => Ok(None),
        None => Err(Refusal::NoPlace(before.clone(), before.hint(system))),
    }
}

/// Where a new instance's configuration is. It is nobody's yet.
pub(crate) fn config_directory(
    given: Option<PathBuf>,
    name: &NameChange,
    system: &System,
    host: &impl HostFacts,
) -> Result<PathBuf, Refusal> {
    let directory = match given {
        Some(directory) => directory,
        None => naming::beside("config_directory", &system.installation.config_directory, name)?,
    };
    if !lists::can_hold(&directory) {
        return Err(InvalidArgument::Unwritable(directory.into_os_string()).into());
    }
    let spot_of = |path: &Path| host.spot(path);
    let mut claims = all_claims(&directory, system, host, Among::Listed, &spot_of);
    // Listed, or damaged and listed.
    for element in &host.lists().managed {
        claims.hold(Claim::of_directory(Path::new(element)));
    }
    // Any owner's: the new one has nothing yet.
    let value = directory.clone().into_os_string();
    let claim = Claim { owner: PathBuf::new(), parameter: CONFIG, value };
    let Some(conflict) = claims.conflict(&claim) else { return Ok(directory) };
    let holder = &conflict.holder;
    let is_listed = system.secondary().iter().any(|instance| instance.directory == holder.owner);
    if conflict.relation != Relation::Same || holder.parameter != CONFIG || !is_listed {
        return Err(Refusal::Conflict(Box::new(conflict)));
    }
    if host.kind(&holder.owner.join(MAIN_CF)) == PathKind::Nothing {
        return Err(Refusal::IsGone(holder.owner.clone()));
    }
    Err(Refusal::IsThere(Box::new(conflict)))
}

/// The first conflict of a new instance with the others.
pub(crate) fn no_conflict(
    directory: &Path,
    settings: &InstanceSettings,
    system: &System,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    let spot_of = |path: &Path| host.spot(path);
    let mut claims = all_claims(directory, system, host, Among::Listed, &spot_of);
    match claims.add(directory, settings).into_iter().next() {
        Some(conflict) => Err(Refusal::Conflict(Box::new(conflict))),
        None => is_known(&InstanceDirs::of(directory, settings), host),
    }
}

/// Lists an instance that is there.
pub(crate) fn import(
    addition: &Addition,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let name = naming::name(addition.assignment.name.as_ref())?;
    let group = naming::group(addition.assignment.group.as_ref())?;
    let given = naming::directories(&addition.parameters, Allowed::ConfigAlone)?;
    let directory = config_directory(given.config, &name, system, host)?;
    for file in [MAIN_CF, MASTER_CF] {
        if !host.is_file(&directory.join(file)) {
            return Err(Refusal::NoFile(directory.join(file)));
        }
    }
    adopt(directory, &name, &group, addition.before.as_ref(), system, host)
}

/// Takes in an instance that is there.
fn adopt(
    directory: PathBuf,
    name: &NameChange,
    group: &NameChange,
    before: Option<&Selection>,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let settings = host
        .settings(&directory)
        .map_err(|damage| Refusal::Unreadable(directory.clone(), reason(&damage)))?;
    if let Err(flag) = &settings.enable {
        return Err(Refusal::Unreadable(directory, reason(&Damage::Flag(flag.clone()))));
    }
    let names = new_names(name, group, Some(&settings));
    let renamed = InstanceSettings { name: renamed(name, &settings), ..settings };
    let dirs = InstanceDirs::of(&directory, &renamed);
    if let Some(name) = &renamed.name {
        is_free(name, &directory, system, host)?;
    }
    are_its_alone(&dirs, renamed.name.as_deref(), Among::Listed, system, host)?;
    no_conflict(&directory, &renamed, system, host)?;
    if let Some(name) = &renamed.name {
        no_damaged_one_has(name, system)?;
    }
    queue_is_not_away(&dirs, host)?;
    let before = place(before, system)?;
    is_initialized(system)?;
    let listing = Some(listing(&directory, before.as_deref(), system, host));
    let missing = Vec::new();
    Ok(Operation::Import(Adoption { dirs, missing, settings: names, files: None, before, listing }))
}

fn renamed(name: &NameChange, settings: &InstanceSettings) -> Option<OsString> {
    match name {
        NameChange::Unchanged => settings.name.clone(),
        NameChange::None => None,
        NameChange::Name(name) => Some(name.clone()),
    }
}

/// Makes a new instance, and lists it.
pub(crate) fn create(
    addition: &Addition,
    system: &System,
    host: &mut impl HostFacts,
) -> Result<Operation, Refusal> {
    let name = naming::name(addition.assignment.name.as_ref())?;
    let group = naming::group(addition.assignment.group.as_ref())?;
    let given = naming::directories(&addition.parameters, Allowed::All)?;
    let config = config_directory(given.config, &name, system, host)?;
    let default = &system.installation;
    let beside = |given: Option<PathBuf>, parameter, default: &Path| {
        given.map_or_else(|| naming::beside(parameter, default, &name), Ok).map_err(Refusal::from)
    };
    let queue = beside(given.queue, "queue_directory", &default.queue_directory)?;
    let data = beside(given.data, "data_directory", &default.data_directory)?;
    let dirs = InstanceDirs { config, queue, data };
    let settings = InstanceSettings {
        name: match &name {
            NameChange::Name(name) => Some(name.clone()),
            NameChange::Unchanged | NameChange::None => None,
        },
        group: None,
        enable: Ok(Flag::Disabled),
        queue_directory: dirs.queue.clone(),
        data_directory: dirs.data.clone(),
        shared: Vec::new(),
    };
    // What was asked for must be free, even if a main.cf that is there says something else.
    no_conflict(&dirs.config, &settings, system, host)?;
    if let Some(name) = &settings.name {
        no_damaged_one_has(name, system)?;
    }
    let InstanceDirs { config, .. } = &dirs;
    match (host.is_file(&config.join(MAIN_CF)), host.is_file(&config.join(MASTER_CF))) {
        (true, true) => {
            return adopt(dirs.config, &name, &group, addition.before.as_ref(), system, host);
        }
        (true, false) => return Err(Refusal::Half(dirs.config, MAIN_CF, MASTER_CF)),
        (false, true) => return Err(Refusal::Half(dirs.config, MASTER_CF, MAIN_CF)),
        (false, false) => {}
    }
    let names = new_names(&name, &group, None);
    let before = place(addition.before.as_ref(), system)?;
    is_initialized(system)?;
    let sources = templates(system);
    are_there(&sources, host)?;
    let missing = missing(&dirs, host)?;
    let calls = new_main_cf(&dirs, host.shared(), &names);
    let listing = Some(listing(&dirs.config, before.as_deref(), system, host));
    Ok(Operation::Create(Creation { dirs, missing, sources, calls, before, listing }))
}

/// The edit that lists an instance.
pub(crate) fn listing(
    directory: &Path,
    before: Option<&Path>,
    system: &System,
    host: &impl HostFacts,
) -> Edit {
    let calls = vec![host.lists().with(directory, before)];
    Edit { directory: system.installation.config_directory.clone(), calls }
}

/// The stock main.cf and master.cf.
pub(crate) fn templates(system: &System) -> [Source; 2] {
    [MAIN_CF, MASTER_CF].map(|name| {
        let path = system.installation.meta_directory.join(format!("{name}.proto"));
        Source { name, path, origin: Origin::Stock }
    })
}

/// Whether files that are to be copied are there.
pub(crate) fn are_there(sources: &[Source], host: &impl HostFacts) -> Result<(), Refusal> {
    match sources.iter().find(|source| !host.is_file(&source.path)) {
        Some(source) => Err(Refusal::NoFile(source.path.clone())),
        None => Ok(()),
    }
}

/// Whether the queue of an instance is where it was when it ran, if it has. Else no command may make one there, nor forget
/// where it is.
pub(crate) fn queue_is_not_away(dirs: &InstanceDirs, host: &impl HostFacts) -> Result<(), Refusal> {
    let look = |path: &Path| Some(host.kind(path) != PathKind::Nothing);
    match may_be_away(&dirs.queue, &dirs.data, look) {
        Some(false) => Ok(()),
        _ => Err(Refusal::QueueAway(dirs.config.clone(), dirs.queue.clone())),
    }
}

/// The directories that are to be made, those above first.
pub(crate) fn missing(dirs: &InstanceDirs, host: &impl HostFacts) -> Result<Vec<NewDirectory>, Refusal> {
    queue_is_not_away(dirs, host)?;
    let mut missing: Vec<NewDirectory> = Vec::new();
    for (path, mode) in [(&dirs.config, OPEN), (&dirs.queue, OPEN), (&dirs.data, CLOSED)] {
        let mut here = Vec::new();
        for above in path.ancestors() {
            if missing.iter().any(|known| known.path == above) {
                break;
            }
            match host.kind(above) {
                PathKind::Directory => break,
                PathKind::Other => return Err(Refusal::NoDirectory(above.to_owned())),
                // Who may use the directory itself must get there: only that one is closed.
                PathKind::Nothing => here.push(NewDirectory {
                    path: above.to_owned(),
                    mode: if above == path { mode } else { OPEN },
                }),
            }
        }
        missing.extend(here.into_iter().rev());
    }
    Ok(missing)
}

/// What is done to the stock main.cf: what the installation shares, what is the instance's own, its name. Nothing
/// comes from outside by network or by local submission until somebody allows it.
pub(crate) fn new_main_cf(
    dirs: &InstanceDirs,
    shared: &[(String, OsString)],
    names: &[(OsString, OsString)],
) -> Vec<Arguments> {
    let is_set = |name: &str| shared.iter().any(|(known, value)| known == name && !value.is_empty());
    let unset: Vec<&str> = SHARED.into_iter().filter(|name| !is_set(name)).collect();
    let mut calls = Vec::new();
    if !unset.is_empty() {
        calls.push(std::iter::once("-#").chain(unset).map(OsString::from).collect());
    }
    let mut own = setting(&[
        ("queue_directory", dirs.queue.as_os_str()),
        ("data_directory", dirs.data.as_os_str()),
        ("authorized_submit_users", OsStr::new("")),
        ("master_service_disable", OsStr::new("inet")),
    ]);
    let taken_over = shared.iter().filter(|(_, value)| !value.is_empty());
    own.extend(taken_over.map(|(name, value)| assignment(name, value)));
    calls.push(own);
    if !names.is_empty() {
        calls.push(settings_call(names));
    }
    calls
}
