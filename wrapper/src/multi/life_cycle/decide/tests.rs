//! Tests for decisions, on systems that exist in memory only.

use std::collections::{HashMap, HashSet};

use std::io;
use std::path::PathBuf;

use super::*;
use crate::multi::changing::lists::Lists;
use crate::multi::life_cycle::operation::Creation;
use crate::multi::life_cycle::validate::PathKind;
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::spot::Spot;
use crate::multi::request::selection::Selection;
use crate::multi::request::{Addition, Description, Presence};
use crate::multi::system::installation::Installation;
use crate::multi::system::{InstanceInfo, Role};
use crate::postfix::command::Classes;
use crate::postfix::damage::Damage;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::values::enable_flag::{Flag, NotBoolean};

/// A file system and main.cf files that are asked for.
#[derive(Default)]
struct World {
    lists: Lists,
    shared: Vec<(String, OsString)>,
    files: HashSet<PathBuf>,
    directories: HashSet<PathBuf>,
    settings: HashMap<PathBuf, InstanceSettings>,
    neighbours: Neighbours,
    texts: HashMap<PathBuf, &'static str>,
}

impl HostFacts for World {
    fn lists(&self) -> &Lists {
        &self.lists
    }

    fn shared(&self) -> &[(String, OsString)] {
        &self.shared
    }

    fn settings(&mut self, directory: &Path) -> Result<InstanceSettings, Damage> {
        let unknown = || Damage::Unknown { reason: "torn".into(), status: 78 };
        self.settings.get(directory).cloned().ok_or_else(unknown)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains(path)
    }

    fn kind(&self, path: &Path) -> PathKind {
        if self.directories.contains(path) {
            PathKind::Directory
        } else if self.files.contains(path) {
            PathKind::Other
        } else {
            PathKind::Nothing
        }
    }

    fn spot(&self, path: &Path) -> Spot {
        Spot::written(path)
    }

    fn text(&self, directory: &Path) -> io::Result<Vec<u8>> {
        self.texts.get(directory).map(|text| text.as_bytes().to_vec()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }
}

fn settings(name: Option<&str>, group: Option<&str>, enable: Flag, base: &str) -> InstanceSettings {
    InstanceSettings {
        name: name.map(OsString::from),
        group: group.map(OsString::from),
        enable: Ok(enable),
        queue_directory: format!("/var/spool/{base}").into(),
        data_directory: format!("/var/lib/{base}").into(),
        shared: Vec::new(),
    }
}

fn secondary(base: &str, settings: Result<InstanceSettings, Damage>) -> InstanceInfo {
    InstanceInfo { role: Role::Secondary, directory: format!("/etc/{base}").into(), settings }
}

/// The default instance, and `postfix-a` (in a group), `postfix-b` (enabled) and one that is damaged.
fn system() -> System {
    let installation = Installation {
        command_directory: "/usr/sbin".into(),
        config_directory: "/etc/postfix".into(),
        daemon_directory: "/usr/lib/postfix".into(),
        data_directory: "/var/lib/postfix".into(),
        import_environment: Vec::new(),
        meta_directory: "/etc/postfix".into(),
        version: b"3.7.11".to_vec(),
        queue_directory: "/var/spool/postfix".into(),
        directories: vec![("command_directory", "/usr/sbin".into()), ("shlib_directory", "no".into())],
        syslog_name: "postfix".into(),
        listed: ["/etc/postfix-a", "/etc/postfix-b", "/etc/torn"].map(OsString::from).to_vec(),
        enable: b"yes".to_vec(),
        group: None,
        name: None,
        wrapper: b"some manager".to_vec(),
        classes: Classes::default(),
    };
    let default = InstanceInfo {
        role: Role::Default,
        directory: "/etc/postfix".into(),
        settings: Ok(settings(None, None, Flag::Enabled, "postfix")),
    };
    let torn = Damage::Unreadable { reason: "torn".into(), status: 78 };
    let a = settings(Some("postfix-a"), Some("mx"), Flag::Disabled, "postfix-a");
    let b = settings(Some("postfix-b"), None, Flag::Enabled, "postfix-b");
    let instances = vec![
        default,
        secondary("postfix-a", Ok(a)),
        secondary("postfix-b", Ok(b)),
        secondary("torn", Err(torn)),
    ];
    System::told(installation, instances)
}

fn world() -> World {
    let mut world = World {
        lists: Lists::new(&system().installation.listed, b""),
        shared: vec![("mail_owner".into(), "postfix".into()), ("html_directory".into(), OsString::new())],
        ..World::default()
    };
    for directory in ["postfix", "postfix-a", "postfix-b", "torn"] {
        for file in [MAIN_CF, MASTER_CF] {
            world.files.insert(Path::new("/etc").join(directory).join(file));
        }
    }
    for file in ["/etc/postfix/main.cf.proto", "/etc/postfix/master.cf.proto"] {
        world.files.insert(file.into());
    }
    for directory in ["/", "/etc", "/var", "/var/spool", "/var/lib"] {
        world.directories.insert(directory.into());
    }
    world
}

fn decided(change: &Change, world: &mut World) -> Result<Operation, Refusal> {
    decide(change, &system(), world, OsStr::new("postfix-multi -p --"))
}

fn addition(name: Option<&str>, before: Option<Selection>, parameters: &[&str]) -> Addition {
    Addition {
        before,
        assignment: Assignment { name: name.map(Into::into), group: None },
        parameters: parameters.iter().map(OsString::from).collect(),
    }
}

fn created(addition: Addition) -> Result<Creation, Refusal> {
    match decided(&Change::Create(addition), &mut world())? {
        Operation::Create(creation) => Ok(creation),
        other => panic!("{other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_new_instance_is_beside_the_default_one_and_behind_all() {
    let creation = created(addition(Some("postfix-c"), None, &[])).unwrap();
    let made: Vec<String> =
        creation.missing.iter().map(|new| format!("{} {:o}", new.path.display(), new.mode)).collect();
    assert_eq!(made, ["/etc/postfix-c 755", "/var/spool/postfix-c 755", "/var/lib/postfix-c 700"]);
    let list = "multi_instance_directories = /etc/postfix-a /etc/postfix-b /etc/torn /etc/postfix-c";
    assert_eq!(creation.listing.as_ref().unwrap().calls, [["-e", list]]);
    assert_eq!(creation.listing.as_ref().unwrap().directory, Path::new("/etc/postfix"));
}

#[test]
fn a_new_main_cf_shares_what_is_set_and_leaves_the_rest_to_postfix() {
    let creation = created(addition(Some("postfix-c"), None, &[])).unwrap();
    let [comments, own, names] = creation.calls.as_slice() else { panic!("{:?}", creation.calls) };
    assert_eq!(comments[0], "-#");
    // Set to nothing is as good as not set.
    assert!(comments.contains(&"html_directory".into()) && comments.contains(&"shlib_directory".into()));
    assert!(!comments.contains(&"mail_owner".into()));
    assert_eq!(
        own,
        &[
            "-e",
            "queue_directory = /var/spool/postfix-c",
            "data_directory = /var/lib/postfix-c",
            "authorized_submit_users = ",
            "master_service_disable = inet",
            "mail_owner = postfix"
        ]
    );
    assert_eq!(names, &["-e", "multi_instance_name = postfix-c"]);
}

#[test]
fn who_must_pass_may_pass_and_only_the_data_are_closed() {
    let parameters = ["config_directory=/new/etc", "queue_directory=/new/q/q", "data_directory=/new/d/d"];
    let creation = created(addition(None, None, &parameters)).unwrap();
    let made: Vec<String> =
        creation.missing.iter().map(|new| format!("{} {:o}", new.path.display(), new.mode)).collect();
    assert_eq!(
        made,
        ["/new 755", "/new/etc 755", "/new/q 755", "/new/q/q 755", "/new/d 755", "/new/d/d 700"]
    );
}

#[test]
fn a_new_instance_has_its_place() {
    let place = |before| created(addition(Some("postfix-c"), Some(before), &[])).map(|made| made.before);
    assert_eq!(place(Selection::All).unwrap(), Some("/etc/postfix-a".into()));
    assert_eq!(place(Selection::Group("mx".into())).unwrap(), Some("/etc/postfix-a".into()));
    assert_eq!(place(Selection::Name("b".into())).unwrap(), Some("/etc/postfix-b".into()));
    assert_eq!(place(Selection::Name("/etc/torn".into())).unwrap(), Some("/etc/torn".into()));
    for nobody in ["-", "c"] {
        assert!(refusal(place(Selection::Name(nobody.into()))).contains("no secondary instance matches"));
    }
}

#[test]
fn nobody_gets_what_another_one_has() {
    let taken = |name, parameters: &[&str]| refusal(created(addition(name, None, parameters)));
    for (found, whose) in [
        (taken(Some("postfix-a"), &[]), "/etc/postfix-a"),
        (taken(Some("postfix-a"), &["config_directory=/etc/x"]), "/etc/postfix-a"),
        (taken(Some("postfix-c"), &["config_directory=/etc/torn"]), "/etc/torn"),
        (taken(Some("postfix-c"), &["queue_directory=/var/spool/postfix-b"]), "/etc/postfix-b"),
        (taken(Some("postfix-c"), &["data_directory=/etc/postfix"]), "/etc/postfix"),
        (taken(Some("postfix-c"), &["data_directory=/usr/sbin"]), "command_directory"),
        (taken(Some("postfix-c"), &["data_directory=/q", "queue_directory=/q"]), "its queue_directory"),
    ] {
        assert!(found.contains(whose) && found.contains("choose another one"), "{found}");
    }
}

#[test]
fn half_an_instance_is_neither_made_nor_taken_in() {
    let mut world = world();
    world.files.insert("/etc/postfix-c/main.cf".into());
    let create = Change::Create(addition(Some("postfix-c"), None, &[]));
    assert!(refusal(decided(&create, &mut world)).contains("but no master.cf"));
    let import = Change::Import(addition(Some("postfix-c"), None, &[]));
    assert!(refusal(decided(&import, &mut world)).contains("no file /etc/postfix-c/master.cf"));
}

#[test]
fn what_is_there_is_taken_in_by_either_action() {
    let mut world = world();
    for file in [MAIN_CF, MASTER_CF] {
        world.files.insert(Path::new("/etc/postfix-c").join(file));
    }
    let own = settings(Some("postfix-old"), None, Flag::Disabled, "postfix-old");
    world.settings.insert("/etc/postfix-c".into(), own);
    let wanted = addition(Some("postfix-c"), None, &[]);
    for change in [Change::Create(wanted.clone()), Change::Import(wanted.clone())] {
        let Operation::Import(adoption) = decided(&change, &mut world).unwrap() else { panic!("{change:?}") };
        assert_eq!(adoption.settings, [("multi_instance_name".into(), "postfix-c".into())]);
    }
    // Its own queue is another instance's.
    let own = settings(None, None, Flag::Disabled, "postfix-b");
    world.settings.insert("/etc/postfix-c".into(), own);
    assert!(refusal(decided(&Change::Import(wanted), &mut world)).contains("/etc/postfix-b already"));
}

#[test]
fn what_is_taken_in_is_judged_by_the_name_that_it_gets() {
    let import = |own, wanted| {
        let mut world = world();
        for file in [MAIN_CF, MASTER_CF] {
            world.files.insert(Path::new("/etc/postfix-c").join(file));
        }
        world
            .settings
            .insert("/etc/postfix-c".into(), settings(Some(own), None, Flag::Disabled, "postfix-c"));
        let change = Change::Import(addition(wanted, None, &["config_directory=/etc/postfix-c"]));
        decided(&change, &mut world)
    };
    assert!(import("postfix-a", Some("postfix-c")).is_ok());
    assert!(refusal(import("postfix-c", Some("postfix-a"))).contains("/etc/postfix-a already"));
    assert!(refusal(import("postfix-a", None)).contains("/etc/postfix-a already"));
}

#[test]
fn the_first_of_all_needs_no_other_to_stand_before() {
    let mut alone = system();
    alone.installation.listed.clear();
    let alone = System::told(alone.installation, alone.instances.into_iter().take(1).collect());
    let mut world = world();
    world.lists = Lists::default();
    let create = Change::Create(addition(Some("postfix-c"), Some(Selection::All), &[]));
    let operation = decide(&create, &alone, &mut world, OsStr::new("")).unwrap();
    let Operation::Create(creation) = operation else { panic!("{operation:?}") };
    assert_eq!(creation.before, None);
}

#[test]
fn what_is_there_does_not_make_up_for_a_wish_that_cannot_be() {
    let mut world = world();
    for file in [MAIN_CF, MASTER_CF] {
        world.files.insert(Path::new("/srv/c").join(file));
    }
    let own = settings(None, None, Flag::Disabled, "postfix-old");
    world.settings.insert("/srv/c".into(), own);
    let mut create = |name, given: &[&str]| {
        let parameters = [&["config_directory=/srv/c"], given].concat();
        decided(&Change::Create(addition(Some(name), None, &parameters)), &mut world)
    };
    assert!(matches!(create("postfix-c", &[]), Ok(Operation::Import(_))));
    let taken = create("postfix-c", &["queue_directory=/var/spool/postfix"]);
    assert!(refusal(taken).contains("queue_directory of the instance in /etc/postfix already"));
    // Where nothing is said of them, its directories have the instance's name.
    assert!(refusal(create("postfix-b", &["data_directory=/srv/d"])).contains("/etc/postfix-b already"));
}

#[test]
fn only_a_disabled_secondary_instance_can_go() {
    for change in [Change::Deport, Change::Destroy] {
        let said = |name: &str| refusal(decided(&change(name.into()), &mut world()));
        assert!(said("-").contains("the default instance cannot be removed"));
        assert!(said("b").contains("is enabled"));
        assert!(said("/etc/torn").contains("cannot tell"));
        assert!(
            said("nobody")
                .contains("; /etc/torn cannot be read, and may be meant; \"-i /etc/torn\" chooses it")
        );
        assert!(decided(&change("a".into()), &mut world()).is_ok());
    }
}

#[test]
fn what_has_gone_can_be_taken_off_the_list() {
    let mut world = world();
    world.files.remove(Path::new("/etc/torn/main.cf"));
    let operation = decided(&Change::Deport("/etc/torn".into()), &mut world).unwrap();
    let Operation::Deport(departure) = operation else { panic!("{operation:?}") };
    let list = "multi_instance_directories = /etc/postfix-a /etc/postfix-b";
    assert_eq!(departure.listing.calls, [["-e", list]]);
}

#[test]
fn a_name_that_it_has_already_is_nothing_to_do() {
    let assign = |name: &str, group: &str| {
        let assignment = Assignment { name: Some(name.into()), group: Some(group.into()) };
        decided(&Change::Assign("a".into(), assignment), &mut world())
    };
    assert_eq!(assign("postfix-a", "mx"), Ok(Operation::Nothing));
    let Ok(Operation::Edit(edit)) = assign("postfix-a", "-") else { panic!() };
    assert_eq!(edit.calls, [["-e", "multi_instance_group = "]]);
    assert!(refusal(assign("postfix-b", "-")).contains("/etc/postfix-b already"));
}

#[test]
fn nothing_but_init_works_before_there_is_a_manager() {
    let mut without = system();
    without.installation.wrapper.clear();
    let changes = [
        Change::Create(addition(Some("postfix-c"), None, &[])),
        Change::Enable("a".into()),
        Change::Disable("a".into()),
        Change::Deport("a".into()),
        Change::Destroy("a".into()),
        Change::Assign("a".into(), Assignment { name: Some("-".into()), group: None }),
    ];
    for change in &changes {
        let result = decide(change, &without, &mut world(), OsStr::new(""));
        assert_eq!(result, Err(Refusal::NotInitialized("multi_instance_wrapper is empty")), "{change:?}");
    }
    let Operation::Edit(edit) = decide(&Change::Init, &without, &mut world(), OsStr::new("m -p --")).unwrap()
    else {
        panic!()
    };
    let expected = ["-e", "multi_instance_wrapper = m -p --", "multi_instance_enable = yes"];
    assert_eq!(edit.calls, [expected]);
}

#[test]
fn a_manager_is_in_charge_if_the_flag_is_yes_in_any_case() {
    let mut managed = system();
    let mut done = |change: &Change, enable: &str| {
        managed.installation.enable = enable.as_bytes().to_vec();
        decide(change, &managed, &mut world(), OsStr::new("some manager"))
    };
    for yes in ["yes", "YES", "Yes ", "\tyEs\n"] {
        assert!(done(&Change::Enable("a".into()), yes).is_ok(), "{yes:?}");
        let Ok(Operation::Edit(edit)) = done(&Change::Init, yes) else { panic!("{yes:?}") };
        assert!(edit.calls[0].iter().any(|word| word == "multi_instance_wrapper = some manager"), "{yes:?}");
    }
    for other in ["no", "NO", "", "maybe"] {
        let refused = Refusal::NotInitialized("multi_instance_enable is not yes");
        assert_eq!(done(&Change::Enable("a".into()), other), Err(refused), "{other:?}");
    }
}

#[test]
fn a_flag_that_is_none_can_be_set_right() {
    let mut odd = system();
    if let Ok(settings) = &mut odd.instances[1].settings {
        settings.enable = Err(NotBoolean("maybe".into()));
    }
    let set = decide(&Change::Disable("a".into()), &odd, &mut world(), OsStr::new(""));
    assert!(matches!(set, Ok(Operation::Edit(_))));
    let gone = decide(&Change::Deport("a".into()), &odd, &mut world(), OsStr::new(""));
    assert!(refusal(gone).contains("multi_instance_enable is \"maybe\""));
}

fn described(name: &str, parameters: &[&str]) -> Description {
    Description {
        name: name.into(),
        group: None,
        presence: Presence::Present,
        enable: None,
        folder: None,
        parameters: parameters.iter().map(OsString::from).collect(),
    }
}

fn ensured(description: Description, world: &mut World) -> Result<Operation, Refusal> {
    for (directory, text) in [("/etc/postfix-a", "relayhost = a,\n  b\n"), ("/etc/postfix-b", "")] {
        world.texts.insert(directory.into(), text);
    }
    for place in ["/var/spool/postfix-a", "/var/lib/postfix-a", "/var/spool/postfix-b", "/var/lib/postfix-b"]
    {
        world.directories.insert(place.into());
    }
    for name in ["postfix-a", "postfix-b"] {
        world.directories.insert(Path::new("/etc").join(name));
    }
    decided(&Change::Ensure(description), world)
}

#[test]
fn what_is_as_described_needs_nothing_and_what_is_not_needs_one_edit() {
    let mut world = world();
    let a =
        |parameters: &[&str]| Description { group: Some("mx".into()), ..described("postfix-a", parameters) };
    assert_eq!(ensured(a(&["relayhost=a, b"]), &mut world), Ok(Operation::Nothing));
    let wanted = Description { enable: Some(Flag::Enabled), ..a(&["relayhost=a b", "x=y"]) };
    let Ok(Operation::Edit(edit)) = ensured(wanted, &mut world) else { panic!() };
    assert_eq!(edit.directory, Path::new("/etc/postfix-a"));
    assert_eq!(edit.calls, [["-e", "multi_instance_enable = yes", "relayhost = a b", "x = y"]]);
    // Who is given by the directory gets the name.
    let renamed = ensured(described("postfix-z", &["config_directory=/etc/postfix-a"]), &mut world);
    let Ok(Operation::Edit(edit)) = renamed else { panic!("{renamed:?}") };
    assert_eq!(edit.calls, [["-e", "multi_instance_name = postfix-z"]]);
}

#[test]
fn what_has_gone_is_made_again_and_stays_in_its_place() {
    let mut world = world();
    for file in [MAIN_CF, MASTER_CF] {
        world.files.remove(&Path::new("/etc/torn").join(file));
    }
    let torn = described("postfix-torn", &["config_directory=/etc/torn", "x=y"]);
    let Ok(Operation::Create(creation)) = ensured(torn, &mut world) else { panic!() };
    assert_eq!(creation.listing, None);
    assert_eq!(creation.dirs.config, Path::new("/etc/torn"));
    assert_eq!(creation.calls.last().unwrap(), &["-e", "multi_instance_name = postfix-torn", "x = y"]);
    let new = ensured(described("postfix-new", &[]), &mut world);
    let Ok(Operation::Create(creation)) = new else { panic!("{new:?}") };
    assert!(creation.listing.is_some());
}

#[test]
fn a_description_does_not_move_or_rename_what_is_anothers() {
    let mut world = world();
    let said = |description, world: &mut World| refusal(ensured(description, world));
    let moved = said(described("postfix-a", &["queue_directory=/srv/q"]), &mut world);
    assert!(moved.contains("is /var/spool/postfix-a, and not /srv/q"), "{moved}");
    assert!(
        said(described("postfix-a", &["config_directory=/etc/b"]), &mut world)
            .contains("/etc/postfix-a already")
    );
    assert!(
        said(described("postfix-b", &["config_directory=/etc/postfix-a"]), &mut world).contains("already")
    );
    let mut nameless = system();
    if let Ok(settings) = &mut nameless.instances[0].settings {
        settings.name = Some("postfix-main".into());
    }
    let main = Change::Ensure(described("postfix-main", &[]));
    assert!(refusal(decide(&main, &nameless, &mut world, OsStr::new(""))).contains("is the default one"));
    if let Ok(settings) = &mut nameless.instances[1].settings {
        settings.name = Some("postfix-z".into());
    }
    let other = Change::Ensure(described("postfix-a", &[]));
    let other = refusal(decide(&other, &nameless, &mut world, OsStr::new("")));
    assert!(
        other.contains("is postfix-z; if it is the one") && other.contains("config_directory=/etc/postfix-a"),
        "{other}"
    );
}

#[test]
fn what_is_to_be_absent_must_fit_its_name_and_its_directory() {
    let mut world = world();
    world.files.insert("/alt/main.cf".into());
    world.settings.insert("/alt".into(), settings(Some("postfix-alt"), None, Flag::Disabled, "alt"));
    let mut said = |name: &str, directory: &str| {
        let place = format!("config_directory={directory}");
        let absent = Description { presence: Presence::Absent, ..described(name, &[&place]) };
        refusal(ensured(absent, &mut world))
    };
    for (name, directory, words) in [
        (
            "postfix-z",
            "/etc/postfix-a",
            "the instance in /etc/postfix-a is postfix-a, and not postfix-z; nothing was changed; if it is the one \
             that is to go, use \"postfix-multi -e ensure -I postfix-a --absent config_directory=/etc/postfix-a\"",
        ),
        (
            "postfix-b",
            "/etc/postfix-a",
            "postfix-b is the name of the instance in /etc/postfix-b already, and not of postfix-a in \
             /etc/postfix-a; nothing was changed; use config_directory=/etc/postfix-b",
        ),
        ("postfix-a", "/etc/nothing", "/etc/postfix-a already, and not of an instance in /etc/nothing"),
        ("postfix-a", "/etc/torn", "/etc/postfix-a already, and not of an instance in /etc/torn"),
        ("postfix-z", "/alt", "the instance in /alt is postfix-alt, and not postfix-z"),
        ("postfix-b", "/etc/postfix", "is the default one"),
    ] {
        let found = said(name, directory);
        assert!(found.contains(words), "{name} in {directory}: {found}");
    }
}

#[test]
fn what_is_to_be_absent_goes_unless_it_is_enabled_or_nobody_knows_it() {
    let mut world = world();
    let absent = |name: &str| Description { presence: Presence::Absent, ..described(name, &[]) };
    assert!(matches!(ensured(absent("postfix-a"), &mut world), Ok(Operation::Destroy(_))));
    assert_eq!(ensured(absent("postfix-c"), &mut world), Ok(Operation::Nothing));
    let enabled = refusal(ensured(absent("postfix-b"), &mut world));
    assert!(enabled.contains("--absent --disabled"), "{enabled}");
    let even = Description { enable: Some(Flag::Disabled), ..absent("postfix-b") };
    assert!(matches!(ensured(even, &mut world), Ok(Operation::Destroy(_))));
    for file in [MAIN_CF, MASTER_CF] {
        world.files.insert(Path::new("/etc/postfix-c").join(file));
        world.files.remove(&Path::new("/etc/torn").join(file));
    }
    world.settings.insert("/etc/postfix-c".into(), settings(None, None, Flag::Disabled, "postfix-c"));
    assert!(refusal(ensured(absent("postfix-c"), &mut world)).contains("is in no list"));
    let torn =
        Description { parameters: vec!["config_directory=/etc/torn".into()], ..absent("postfix-torn") };
    assert!(matches!(ensured(torn, &mut world), Ok(Operation::Deport(_))));
}

#[test]
fn a_manager_with_options_stays_and_another_one_is_replaced() {
    let mut managed = system();
    let mut init = |wrapper: &str, enable: &str| {
        managed.installation.wrapper = wrapper.as_bytes().to_vec();
        managed.installation.enable = enable.as_bytes().to_vec();
        let wanted = OsStr::new("${command_directory}/postfix-multi -p --");
        match decide(&Change::Init, &managed, &mut world(), wanted).unwrap() {
            Operation::Edit(edit) => edit.calls.concat()[1..].to_vec(),
            other => {
                assert_eq!(other, Operation::Nothing);
                Vec::new()
            }
        }
    };
    assert!(init("/usr/sbin/postfix-multi --jobs 4 -p --", "yes").is_empty());
    assert_eq!(init("/usr/sbin/postfix-multi -p --", "no"), ["multi_instance_enable = yes"]);
    for other in ["/usr/sbin/postfix-multi", "/usr/lib/postfix-wrapper --jobs 4", "/usr/sbin/postmulti -p --"]
    {
        assert_eq!(init(other, "yes").len(), 2, "{other}");
    }
}
