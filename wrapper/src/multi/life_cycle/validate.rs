//! Decides which steps a requested change needs, or why it is refused.
//!
//! It changes nothing: all conflicts are found before the first file is touched.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::lists::{self, Lists};
use crate::multi::changing::tools::{Arguments, Edit, assignment, setting};
use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::life_cycle::naming::{self, Allowed, NameChange};
use crate::multi::life_cycle::operation::{
    Adoption, Creation, Departure, Destruction, NewDirectory, Operation,
};
use crate::multi::life_cycle::refusal::{Refusal, Separation};
use crate::multi::ownership::claims::{CONFIG, Claim, Claims, NAME, Relation};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::separate;
use crate::multi::ownership::spot::Spot;
use crate::multi::request::canonical_command;
use crate::multi::request::selection::{Match, Selection};
use crate::multi::request::{Addition, Assignment, Change};
use crate::multi::system::damaged_name;
use crate::multi::system::{InstanceInfo, Role, System};
use crate::postfix::damage::{Damage, reason};
use crate::postfix::enable_flag::Flag;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::postconf;

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
const OPEN: u32 = 0o755;
const CLOSED: u32 = 0o700;

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

/// Decides what has to be done. `wrapper` is the value that makes this program the manager.
pub(crate) fn decide(
    change: &Change,
    system: &System,
    host: &mut impl HostFacts,
    wrapper: &OsStr,
) -> Result<Operation, Refusal> {
    fits_one(change, system)?;
    let default = &system.installation.config_directory;
    match change {
        Change::Init => {
            let settings = [("multi_instance_wrapper", wrapper), (postconf::ENABLE, OsStr::new("yes"))];
            Ok(edit(default, vec![setting(&settings)]))
        }
        Change::Create(addition) => create(addition, system, host),
        Change::Import(addition) => import(addition, system, host),
        Change::Destroy(name) => {
            let (instance, listing) = removable(name, system, host, Lists::without)?;
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
        Change::Deport(name) => deport(name, system, host),
        Change::Enable(name) => mark(name, "yes", system),
        Change::Disable(name) => mark(name, "no", system),
        Change::Assign(name, assignment) => assign(name, assignment, system, host),
    }
}

/// One edit of one main.cf.
fn edit(directory: &Path, calls: Vec<Arguments>) -> Operation {
    Operation::Edit(Edit { directory: directory.to_owned(), calls })
}

/// postmulti does nothing but `init` before there is a manager: nobody would start what it makes.
fn is_initialized(system: &System) -> Result<(), Refusal> {
    if system.installation.wrapper.is_empty() {
        return Err(Refusal::NotInitialized("multi_instance_wrapper is empty"));
    }
    if system.installation.enable != b"yes" {
        return Err(Refusal::NotInitialized("multi_instance_enable is not yes"));
    }
    Ok(())
}

/// The instance that is meant.
fn target<'a>(name: &OsString, system: &'a System) -> Result<&'a InstanceInfo, Refusal> {
    let selection = Selection::Name(name.clone()).as_listed(system);
    let matches = |wanted| system.instances.iter().filter(move |one| selection.matches(one) == wanted);
    let unknown = matches.clone()(Match::Unknown).count();
    matches(Match::Yes).next().ok_or_else(|| Refusal::NoInstance(Selection::Name(name.clone()), unknown))
}

/// Refuses a change whose instance, or place, is named so that it fits two.
fn fits_one(change: &Change, system: &System) -> Result<(), Refusal> {
    let Some(selection) = canonical_command::selection(change) else { return Ok(()) };
    match selection.as_listed(system).only(system) {
        Ok(_) => Ok(()),
        Err(ambiguous) => {
            let command = |directory: &Path| {
                canonical_command::shown(&canonical_command::of(&canonical_command::with_directory(
                    change, directory,
                )))
            };
            let commands = ambiguous.commands(command);
            Err(Refusal::Ambiguous(Box::new(ambiguous), commands))
        }
    }
}

fn mark(name: &OsString, value: &str, system: &System) -> Result<Operation, Refusal> {
    let instance = target(name, system)?;
    is_initialized(system)?;
    Ok(edit(&instance.directory, vec![setting(&[(postconf::ENABLE, OsStr::new(value))])]))
}

fn assign(
    name: &OsString,
    wanted: &Assignment,
    system: &System,
    host: &impl HostFacts,
) -> Result<Operation, Refusal> {
    let instance = target(name, system)?;
    let (name, group) = (naming::name(wanted.name.as_ref())?, naming::group(wanted.group.as_ref())?);
    let settings = settings_of(instance)?;
    if let NameChange::Name(name) = &name {
        is_free(name, &instance.directory, system, host)?;
        no_damaged_one_has(name, system)?;
    }
    let names = new_names(&name, &group, Some(settings));
    if names.is_empty() {
        return Ok(Operation::Nothing);
    }
    is_initialized(system)?;
    Ok(edit(&instance.directory, vec![names_call(&names)]))
}

/// Whether a name is nobody else's.
fn is_free(name: &OsStr, directory: &Path, system: &System, host: &impl HostFacts) -> Result<(), Refusal> {
    let spot_of = |path: &Path| host.spot(path);
    let claims = all_claims(directory, system, host, Among::Listed, &spot_of);
    let claim = Claim { owner: directory.to_owned(), parameter: NAME, value: name.to_owned() };
    claims.conflict(&claim).map_or(Ok(()), |conflict| Err(Refusal::Conflict(Box::new(conflict))))
}

/// Whether a name may be that of an instance that cannot be read.
fn no_damaged_one_has(name: &OsStr, system: &System) -> Result<(), Refusal> {
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

/// Whether the directories of an instance that is there are nobody else's.
fn are_its_alone(
    dirs: &InstanceDirs,
    name: Option<&OsStr>,
    among: Among,
    system: &System,
    host: &impl HostFacts,
) -> Result<(), Refusal> {
    let spot_of = |path: &Path| host.spot(path);
    let claims = all_claims(&dirs.config, system, host, among, &spot_of);
    let conflicts: Vec<_> = dirs.claims().iter().filter_map(|claim| claims.conflict(claim)).collect();
    let Some(first) = conflicts.first().cloned() else { return is_known(dirs, host) };
    let is_unlisted = among == Among::All
        && host.neighbours().unlisted.iter().any(|claim| claim.owner == first.holder.owner);
    let is_there = |place: &Path| host.kind(place) != PathKind::Nothing;
    let separate = |claim: &Claim, name: Option<&OsStr>| {
        let place = separate::directory(claim, name, &system.installation, &claims, is_there)?;
        Some((claim.parameter, place))
    };
    let own = conflicts.iter().map(|conflict| separate(&conflict.other, name)).collect::<Option<Vec<_>>>();
    let remedy = match own {
        Some(dirs) => Separation::Own(dirs),
        // The instance whose directory contains all others is the one to move.
        None if first.relation == Relation::Inside => {
            separate(&first.holder, None).map_or(Separation::None, Separation::OfHolder)
        }
        None => Separation::None,
    };
    Err(Refusal::NotAlone { remedy, is_unlisted, conflict: Box::new(first) })
}

/// Whether all is known of those who may have a directory that is there.
fn is_known(dirs: &InstanceDirs, host: &impl HostFacts) -> Result<(), Refusal> {
    let Some((neighbour, reason)) = host.neighbours().unknown.first() else { return Ok(()) };
    let there =
        dirs.claims().into_iter().find(|claim| host.kind(Path::new(&claim.value)) != PathKind::Nothing);
    there.map_or(Ok(()), |claim| {
        Err(Refusal::UnknownNeighbour(Box::new(claim), neighbour.clone(), reason.clone()))
    })
}

/// The settings of a name and a group that change.
fn new_names(
    name: &NameChange,
    group: &NameChange,
    current: Option<&InstanceSettings>,
) -> Vec<(&'static str, OsString)> {
    let name = name.against(current.and_then(|settings| settings.name.as_ref()));
    let group = group.against(current.and_then(|settings| settings.group.as_ref()));
    let named = name.map(|value| (NAME, value));
    named.into_iter().chain(group.map(|value| (postconf::GROUP, value))).collect()
}

/// The call that sets a name and a group.
pub(crate) fn names_call(names: &[(&'static str, OsString)]) -> Arguments {
    let settings: Vec<(&str, &OsStr)> =
        names.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    setting(&settings)
}

fn settings_of(instance: &InstanceInfo) -> Result<&InstanceSettings, Refusal> {
    instance
        .settings
        .as_ref()
        .map_err(|damage| Refusal::Unreadable(instance.directory.clone(), reason(damage)))
}

/// An instance that may be removed, and the edit that takes it off the list.
fn removable<'a>(
    name: &OsString,
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
        Ok(Flag::Enabled) => return Err(Refusal::Enabled(instance.directory.clone())),
        Ok(Flag::Disabled) => {}
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

fn deport(name: &OsString, system: &System, host: &impl HostFacts) -> Result<Operation, Refusal> {
    let (instance, mut listing) = removable(name, system, host, Lists::deported)?;
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
        None => Err(Refusal::NoPlace(before.clone())),
    }
}

/// Where a new instance's configuration is. It is nobody's yet.
fn config_directory(
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
    match claims.conflict(&claim) {
        Some(conflict) => Err(Refusal::Conflict(Box::new(conflict))),
        None => Ok(directory),
    }
}

/// The first conflict of a new instance with the others.
fn no_conflict(
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

fn import(addition: &Addition, system: &System, host: &mut impl HostFacts) -> Result<Operation, Refusal> {
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
    let before = place(before, system)?;
    is_initialized(system)?;
    let calls = vec![host.lists().with(&directory, before.as_deref())];
    let listing = Edit { directory: system.installation.config_directory.clone(), calls };
    Ok(Operation::Import(Adoption { dirs, names, before, listing }))
}

fn renamed(name: &NameChange, settings: &InstanceSettings) -> Option<OsString> {
    match name {
        NameChange::Unchanged => settings.name.clone(),
        NameChange::None => None,
        NameChange::Name(name) => Some(name.clone()),
    }
}

fn create(addition: &Addition, system: &System, host: &mut impl HostFacts) -> Result<Operation, Refusal> {
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
    for template in templates(&default.meta_directory) {
        if !host.is_file(&template) {
            return Err(Refusal::NoFile(template));
        }
    }
    let missing = missing(&dirs, host)?;
    let calls = new_main_cf(&dirs, host.shared(), &names);
    let listing = Edit {
        directory: default.config_directory.clone(),
        calls: vec![host.lists().with(&dirs.config, before.as_deref())],
    };
    Ok(Operation::Create(Creation { dirs, missing, calls, before, listing }))
}

/// The stock main.cf and master.cf.
pub(crate) fn templates(meta_directory: &Path) -> [PathBuf; 2] {
    [MAIN_CF, MASTER_CF].map(|name| meta_directory.join(format!("{name}.proto")))
}

/// The directories that are to be made, those above first.
fn missing(dirs: &InstanceDirs, host: &impl HostFacts) -> Result<Vec<NewDirectory>, Refusal> {
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
fn new_main_cf(
    dirs: &InstanceDirs,
    shared: &[(String, OsString)],
    names: &[(&'static str, OsString)],
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
        calls.push(names_call(names));
    }
    calls
}

#[cfg(test)]
mod tests;
