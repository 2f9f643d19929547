//! States that a system can be in when somebody describes an instance of it, `postfix-x`: made by hand, and drawn.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::life_cycle::{before_an_edit, managed};
use crate::world::World;

/// What `postfix-x` is to be.
pub(crate) const X: [&str; 10] = [
    "-e",
    "ensure",
    "-j",
    "-I",
    "postfix-x",
    "-G",
    "mx",
    "--enabled",
    "relayhost=[mail.example]:25",
    "mynetworks=127.0.0.0/8, 192.0.2.0/24",
];

pub(crate) const SETTINGS: &str = "multi_instance_group = mx\nmulti_instance_enable = yes\n\
    relayhost = [mail.example]:25\nmynetworks = 127.0.0.0/8, 192.0.2.0/24\n";

/// A managed system; advice that names this program can be run in it.
pub(crate) fn system() -> World {
    let world = managed();
    symlink(env!("CARGO_BIN_EXE_postfix-multi"), world.path("usr/sbin/postfix-multi")).unwrap();
    world
}

/// An instance with everything that belongs to it.
pub(crate) fn instance(world: &World, name: &str, settings: &str) {
    let own = |place: &str| world.path(place).join(name);
    let (queue, data) = (own("spool"), own("lib"));
    let own = format!(
        "queue_directory = {}\ndata_directory = {}\nmulti_instance_name = {name}\n{settings}",
        queue.display(),
        data.display()
    );
    world.main_cf(name, &own);
    fs::write(world.directory(name).join("master.cf"), "").unwrap();
    for directory in [queue, data] {
        fs::create_dir_all(directory).unwrap();
    }
}

/// Lists directories behind those that are listed.
pub(crate) fn list(world: &World, more: &str) {
    let main_cf = world.read("etc/postfix/main.cf");
    let more = more.replace('@', world.path("etc").to_str().unwrap());
    let with_more = |line: &str| {
        if line.starts_with("multi_instance_directories") {
            format!("{line} {more}\n")
        } else {
            format!("{line}\n")
        }
    };
    world.main_cf("postfix", &main_cf.lines().map(with_more).collect::<String>());
}

/// A state of the system.
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) make: Box<dyn Fn(&World) + Send + Sync>,
}

impl State {
    pub(crate) fn new(name: &str, make: impl Fn(&World) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), make: Box::new(make) }
    }
}

/// `postfix-x`, listed, with these settings.
pub(crate) fn listed_with(name: &str, settings: &'static str) -> State {
    State::new(name, move |world| {
        instance(world, "postfix-x", settings);
        list(world, "@/postfix-x");
    })
}

/// Makes a file of `postfix-x` a link to one that only its owner can read.
fn lead_to_a_private_file(world: &World, name: &str) {
    let (link, theirs) = (world.directory("postfix-x").join(name), world.path("theirs"));
    fs::rename(&link, &theirs).unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(theirs, link).unwrap();
}

/// It is there or not, listed or not.
pub(crate) fn places() -> Vec<State> {
    vec![
        State::new("missing", |_| {}),
        State::new("an empty directory", |world| fs::create_dir(world.directory("postfix-x")).unwrap()),
        State::new("listed but missing", |world| list(world, "@/postfix-x")),
        State::new("listed, the directory empty", |world| {
            fs::create_dir(world.directory("postfix-x")).unwrap();
            list(world, "@/postfix-x");
        }),
        State::new("listed but missing, its queue is there", |world| {
            fs::create_dir_all(world.path("spool/postfix-x/active")).unwrap();
            list(world, "@/postfix-x");
        }),
        listed_with("listed twice", "").and(|world| {
            symlink(world.directory("postfix-x"), world.path("etc/link")).unwrap();
            list(world, "@/link");
        }),
        State::new("unlisted", |world| instance(world, "postfix-x", "")),
        State::new("unlisted, and as described", |world| instance(world, "postfix-x", SETTINGS)),
        State::new("an alternate", |world| {
            instance(world, "postfix-x", SETTINGS);
            let x = world.directory("postfix-x");
            let main_cf = world.read("etc/postfix/main.cf");
            world.main_cf("postfix", &format!("{main_cf}alternate_config_directories = {}\n", x.display()));
        }),
        listed_with("deported", "").and(|world| {
            world.run(&["-e", "deport", "-i", "x"]).success();
        }),
        State::new("elsewhere", |world| {
            instance(world, "postfix-x", SETTINGS);
            fs::rename(world.directory("postfix-x"), world.directory("far")).unwrap();
            list(world, "@/far");
        }),
    ]
}

/// It is listed, and its main.cf says something.
pub(crate) fn texts() -> Vec<State> {
    vec![
        listed_with("as described", SETTINGS),
        listed_with("disabled", "multi_instance_enable = no\n"),
        listed_with("neither enabled nor disabled", "multi_instance_enable = maybe\n"),
        listed_with("another group", "multi_instance_group = other\nmulti_instance_enable = yes\n"),
        listed_with("other values", "relayhost = a\nmynetworks =\n"),
        listed_with("commented values", "#relayhost = [mail.example]:25\n# mynetworks = 127.0.0.0/8\n"),
        listed_with(
            "written by hand",
            "# ours\n\nmulti_instance_group=mx\nmulti_instance_enable = YES\nrelayhost=[mail.example]:25\n\
             mynetworks = 127.0.0.0/8, 192.0.2.0/24\n",
        ),
        listed_with("a value twice", "relayhost = a\nrelayhost = b\n"),
        State::new("listed by hand, without a name", |world| {
            instance(world, "postfix-x", "");
            let main_cf = world.read("etc/postfix-x/main.cf");
            world.main_cf("postfix-x", &main_cf.replace("multi_instance_name = postfix-x\n", ""));
            list(world, "@/postfix-x");
        }),
        listed_with("another name", "").and(|world| {
            world.add_line("postfix-x", "multi_instance_name = postfix-y");
        }),
    ]
}

/// Something is missing, or another one's, or damaged.
pub(crate) fn obstacles() -> Vec<State> {
    vec![
        listed_with("no queue", SETTINGS).and(|world| fs::remove_dir(world.path("spool/postfix-x")).unwrap()),
        listed_with("no data", "").and(|world| fs::remove_dir(world.path("lib/postfix-x")).unwrap()),
        State::new("unlisted, no queue", |world| {
            instance(world, "postfix-x", "");
            fs::remove_dir(world.path("spool/postfix-x")).unwrap();
        }),
        listed_with("a shared queue", SETTINGS).and(|world| {
            let queue = world.path("spool/postfix-a");
            world.add_line("postfix-x", &format!("queue_directory = {}", queue.display()));
        }),
        State::new("unlisted, a shared data directory", |world| {
            instance(world, "postfix-x", "");
            let data = world.path("lib/postfix-a");
            world.add_line("postfix-x", &format!("data_directory = {}", data.display()));
        }),
        State::new("the name is another one's", |world| {
            instance(world, "postfix-x", "");
            instance(world, "postfix-z", "multi_instance_name = postfix-x\n");
            list(world, "@/postfix-x @/postfix-z");
        }),
        listed_with("no master.cf", "").and(|world| {
            fs::remove_file(world.directory("postfix-x").join("master.cf")).unwrap();
        }),
        State::new("a master.cf alone", |world| {
            fs::create_dir(world.directory("postfix-x")).unwrap();
            fs::write(world.directory("postfix-x").join("master.cf"), "").unwrap();
        }),
        listed_with("a damaged main.cf", "nonsense\n"),
        State::new("unlisted, a damaged master.cf beside a main.cf that leaves no doubt", |world| {
            instance(world, "postfix-x", SETTINGS);
            fs::write(world.directory("postfix-x").join("master.cf"), "nonsense\n").unwrap();
            list(world, "");
            world.cool();
        }),
        State::new("main.cf is a FIFO", |world| {
            instance(world, "postfix-x", "");
            let main_cf = world.directory("postfix-x").join("main.cf");
            fs::remove_file(&main_cf).unwrap();
            nix::unistd::mkfifo(&main_cf, nix::sys::stat::Mode::S_IRWXU).unwrap();
        }),
        State::new("main.cf leads nowhere", |world| {
            fs::create_dir(world.directory("postfix-x")).unwrap();
            symlink("/nowhere/main.cf", world.directory("postfix-x").join("main.cf")).unwrap();
        }),
        State::new("unlisted, master.cf is another one's, too", |world| {
            instance(world, "postfix-x", "");
            lead_to_a_private_file(world, "master.cf");
        }),
        listed_with("no data, main.cf is another one's, too", "").and(|world| {
            fs::remove_dir(world.path("lib/postfix-x")).unwrap();
            lead_to_a_private_file(world, "main.cf");
        }),
        State::new("a file is in the place of the queue", |world| {
            fs::write(world.path("spool/postfix-x"), "").unwrap();
        }),
        State::new("a neighbour that nobody lists has the queue", |world| {
            instance(world, "postfix-h", "");
            let queue = world.path("spool/postfix-x");
            world.add_line("postfix-h", &format!("queue_directory = {}", queue.display()));
        }),
        State::new("a damaged neighbour", |world| {
            instance(world, "postfix-h", "nonsense\n");
            list(world, "@/postfix-h");
        }),
        State::new("no manager", |world| {
            let main_cf = world.read("etc/postfix/main.cf");
            world.main_cf("postfix", &main_cf.replace("multi_instance_wrapper = some manager\n", ""));
        }),
    ]
}

/// Kills the manager when the edit of the default main.cf is done, so that nothing changes any more.
pub(crate) const KILLED_BEHIND: &str =
    "case $directory in */etc/postfix) trap 'kill -KILL $PPID' EXIT ;; esac";

/// A command was killed before.
pub(crate) fn kills() -> Vec<State> {
    vec![
        State::new("a killed creation, before its moment", |world| {
            before_an_edit(world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
            world.run(&["-e", "create", "-I", "postfix-x"]).interrupted();
            before_an_edit(world, ":");
        }),
        State::new("a killed creation, behind its moment", |world| {
            before_an_edit(world, KILLED_BEHIND);
            world.run(&["-e", "create", "-I", "postfix-x"]).interrupted();
            before_an_edit(world, ":");
        }),
        listed_with("a killed destruction", "").and(|world| {
            before_an_edit(world, KILLED_BEHIND);
            world.run(&["-e", "destroy", "-i", "x"]).interrupted();
            before_an_edit(world, ":");
        }),
        State::new("the same, killed", |world| {
            before_an_edit(world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
            world.run(&X).interrupted();
            before_an_edit(world, ":");
        }),
        State::new("a killed destruction of another one", |world| {
            before_an_edit(world, KILLED_BEHIND);
            world.run(&["-e", "destroy", "-i", "a"]).interrupted();
            before_an_edit(world, ":");
        }),
    ]
}

impl State {
    /// The same, with something more.
    pub(crate) fn and(self, more: impl Fn(&World) + Send + Sync + 'static) -> Self {
        let make = self.make;
        Self {
            name: self.name,
            make: Box::new(move |world| {
                make(world);
                more(world);
            }),
        }
    }
}

/// States that are drawn: an instance with any of these settings, listed or not, complete or not.
pub(crate) fn drawn(seed: u64, count: usize) -> Vec<State> {
    let mut random = seed;
    let mut draw = move |from: &'static [&'static str]| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from[usize::try_from(random >> 33).unwrap() % from.len()]
    };
    let mut states = Vec::new();
    for _ in 0..count {
        let settings: String = [
            draw(&["", "multi_instance_group = mx\n", "multi_instance_group = other\n"]),
            draw(&["", "multi_instance_enable = yes\n", "multi_instance_enable=no\n"]),
            draw(&["", "relayhost = [mail.example]:25\n", "relayhost =\n", "#relayhost = x\n"]),
            draw(&[
                "",
                "mynetworks = 127.0.0.0/8, 192.0.2.0/24\n",
                "mynetworks = 127.0.0.0/8,192.0.2.0/24\n",
            ]),
            draw(&["", "multi_instance_name =\n", "# nothing more\n"]),
        ]
        .concat();
        let (list_as, mut lost, past) = (
            draw(&["", "@/postfix-x", "@//postfix-x", ", @/postfix-x,"]),
            draw(&["", "spool", "lib", "etc"]),
            draw(&["never ran", "has run", "has run, no queue"]),
        );
        // What it has left is in its data directory.
        if lost == "lib" && past == "has run, no queue" {
            lost = "";
        }
        let name = format!("drawn: {settings:?}, listed as {list_as:?}, lost {lost:?}, {past}");
        states.push(State::new(&name, move |world| {
            instance(world, "postfix-x", &settings);
            list(world, list_as);
            if past != "never ran" {
                world.has_run("postfix-x");
            }
            if past == "has run, no queue" {
                fs::remove_dir(world.path("spool/postfix-x/pid")).unwrap();
            }
            if !lost.is_empty() {
                fs::remove_dir_all(world.path(lost).join("postfix-x")).unwrap();
            }
        }));
    }
    states
}
