//! Draws sequences of steps by number: the same seed and number always draw the same sequence.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::{Union, ValueTree};

use super::situations::{self, Situation};
use super::step::Step;
use crate::seeded_draw;

/// Names as people give them: most of them fit, some do not.
const NAMES: [&str; 9] = [
    "postfix-a",
    "postfix-b",
    "postfix-c",
    "postfix-a",
    "postfix-b",
    "-",
    "c",
    "postfix-d e",
    "postfix-../f",
];
/// Groups.
const GROUPS: [&str; 5] = ["g", "h", "g", "-", "g h"];
/// What selects instances by name.
const WHO: [&str; 14] = [
    "a",
    "b",
    "c",
    "postfix-a",
    "postfix-b",
    "/etc/postfix-a",
    "/etc/postfix-b",
    "-",
    "/etc/postfix",
    "/srv/one",
    "/srv/two",
    "nobody",
    "a",
    "b",
];
/// What a new instance may be told.
const SETTINGS: [&str; 16] = [
    "config_directory=/srv/one",
    "config_directory=/srv/two",
    "config_directory=/etc/postfix-a",
    "config_directory=/srv/new/config/",
    "queue_directory=/srv/queue",
    "queue_directory = /srv/q/deep/",
    "queue_directory=/var/spool/postfix",
    "queue_directory=/var/spool/postfix-a",
    "data_directory=/srv/data",
    "data_directory=/var/lib/postfix-b",
    "data_directory=/srv/queue",
    "data_directory=relative",
    "config_directory=/",
    "queue_directory=",
    "relayhost=/x",
    "nonsense",
];
/// What happens meanwhile.
const MEANWHILE: [&str; 16] = [
    "touch /etc/postfix-a/access",
    "touch /var/spool/postfix-a/deferred/MAIL",
    "touch /var/lib/postfix-b/cache",
    "mkdir -p /var/spool/postfix-b/incoming/x",
    "postconf -e 'alternate_config_directories = /srv/one, /etc/postfix-b /srv/else'",
    "postconf -e 'mail_owner = postfix' 'setgid_group = postdrop' 'readme_directory = no'",
    "postconf -e 'multi_instance_group = g' 'multi_instance_name = postfix-main'",
    "postconf -e 'postmulti_stop_commands = stop /bin/pwd'",
    "postconf -e 'postmulti_control_commands = reload, /bin/pwd'",
    "postconf -e 'postmulti_start_commands = start /bin/pwd'",
    "printf 'mail_owner = nobody\\nrelayhost = x\\n' >>/etc/postfix/main.cf.proto",
    "mkdir -p /etc/postfix-c/.tmp /var/spool/postfix-c/active; chmod 700 /etc/postfix-c",
    "chmod 755 /var/lib/postfix-a; chown root /var/spool/postfix-a/active",
    "rm -f /etc/postfix/master.cf.proto",
    "postconf -c /etc/postfix-a -e 'relayhost = [x.example]' 'multi_instance_enable = YES'",
    "postconf -e \"multi_instance_directories = $(postconf -h multi_instance_directories | sed 's/ /, /g')\"",
];

type Words = BoxedStrategy<Vec<String>>;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// An option with one of these values, or nothing; of ten, `often` have it.
fn maybe(option: &'static str, values: &'static [&'static str], often: u32) -> Words {
    prop_oneof![
        often => select(values).prop_map(move |value| words(&[option, value])),
        (10 - often) => Just(Vec::new()),
    ]
    .boxed()
}

fn together(parts: Vec<Words>) -> Words {
    parts.prop_map(|parts| parts.concat()).boxed()
}

fn place() -> Words {
    prop_oneof![
        6 => Just(Vec::new()),
        1 => Just(words(&["-a"])),
        1 => select(&GROUPS[..]).prop_map(|group| words(&["-g", group])),
        2 => select(&WHO[..]).prop_map(|who| words(&["-i", who])),
    ]
    .boxed()
}

fn selection() -> Words {
    prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(words(&["-a"])),
        2 => select(&GROUPS[..]).prop_map(|group| words(&["-g", group])),
        4 => select(&WHO[..]).prop_map(|who| words(&["-i", who])),
    ]
    .boxed()
}

fn settings() -> Words {
    prop_oneof![
        5 => Just(Vec::new()),
        2 => select(&SETTINGS[..]).prop_map(|one| words(&[one])),
        2 => (select(&SETTINGS[..]), select(&SETTINGS[..])).prop_map(|(one, two)| words(&[one, two])),
        1 => Just(words(&["config_directory=/srv/new/config", "queue_directory=/srv/queue", "data_directory=/srv/data"])),
    ]
    .boxed()
}

fn edit(action: &'static str, parts: Vec<Words>) -> Words {
    together([vec![Just(words(&["-e", action])).boxed()], parts].concat())
}

fn of_one(action: &'static str) -> Words {
    edit(action, vec![maybe("-i", &WHO, 9)])
}

/// Instances that are there and nobody manages.
const STRANGERS: &str = "for i in one two; do mkdir -p /srv/$i /srv/$i.queue /srv/$i.data; \
    printf 'compatibility_level = 2\\nqueue_directory = /srv/%s.queue\\ndata_directory = /srv/%s.data\\nmulti_instance_name = postfix-%s\\nmulti_instance_group = g\\n' \
    $i $i $i >/srv/$i/main.cf; cp /etc/postfix/master.cf /srv/$i/; done";

fn odd() -> Words {
    let odd: [&[&str]; 18] = [
        &["-p", "stop", "-i", "postfix-a"],
        &["-p", "status", "-g", "g"],
        &["-p", "stop"],
        &["-x", "postfix", "status", "-i", "postfix-a"],
        &[],
        &["-l", "-p", "status"],
        &["-e", "enable", "-e", "disable", "-i", "a"],
        &["-e", "nothing"],
        &["-p"],
        &["-x"],
        &["-l", "x"],
        &["-R", "-p", "/bin/pwd"],
        &["-R", "-e", "init"],
        &["-I", "postfix-a", "-l"],
        &["-G", "g", "-e", "enable", "-i", "a"],
        &["-e", "init", "x=/y"],
        &["-a", "-i", "a", "-l"],
        &["-I", "postfix-a", "-I", "postfix-b", "-e", "create"],
    ];
    select(odd.to_vec()).prop_map(words).boxed()
}

fn tool() -> Words {
    let iterate = |rest: &'static [&'static str]| together(vec![selection(), Just(words(rest)).boxed()]);
    let create =
        || edit("create", vec![place(), maybe("-I", &NAMES, 9), maybe("-G", &GROUPS, 4), settings()]);
    let import =
        || edit("import", vec![place(), maybe("-I", &NAMES, 5), maybe("-G", &GROUPS, 3), settings()]);
    prop_oneof![
        8 => create(),
        4 => import(),
        4 => of_one("destroy"),
        4 => of_one("deport"),
        3 => of_one("enable"),
        4 => of_one("disable"),
        4 => edit("assign", vec![maybe("-i", &WHO, 9), maybe("-I", &NAMES, 6), maybe("-G", &GROUPS, 5)]),
        2 => Just(words(&["-e", "init"])),
        2 => iterate(&["-l"]),
        1 => iterate(&["-l", "-R"]),
        2 => iterate(&["-x", "env"]),
        1 => iterate(&["-R", "-x", "sh", "-c", "echo $config_directory; test $MAIL_CONFIG != /etc/postfix-a"]),
        2 => iterate(&["-p", "/bin/pwd"]),
        1 => iterate(&["-p", "status"]),
        2 => odd(),
    ]
    .boxed()
}

fn step() -> BoxedStrategy<Step> {
    prop_oneof![
        6 => tool().prop_map(Step::Tool),
        1 => select(&MEANWHILE[..]).prop_map(|text| Step::Meanwhile(text.to_owned())),
    ]
    .boxed()
}

/// A situation, and calls that meet it among others.
fn in_situation(situation: &Situation) -> BoxedStrategy<Vec<Step>> {
    let ready = vec![Step::Tool(words(&["-e", "init"]))];
    let made = [ready, situation.steps()].concat();
    let first = situation.call();
    let rest = prop::collection::vec(prop_oneof![3 => situation.call(), 2 => step()], 1..5);
    (first, rest).prop_map(move |(first, rest)| [made.clone(), vec![first], rest].concat()).boxed()
}

fn sequences() -> BoxedStrategy<Vec<Step>> {
    let situations = situations::all();
    let others = situations::OF.saturating_sub(situations.iter().map(|one| one.share).sum());
    let mut all = vec![(others, made_by_the_tools())];
    all.extend(situations.iter().map(|one| (one.share, in_situation(one))));
    Union::new_weighted(all).boxed()
}

fn made_by_the_tools() -> BoxedStrategy<Vec<Step>> {
    let ready = prop_oneof![
        5 => Just(vec![Step::Tool(words(&["-e", "init"]))]),
        1 => Just(Vec::new()),
    ];
    let strangers = prop_oneof![
        1 => Just(vec![Step::Meanwhile(STRANGERS.to_owned())]),
        1 => Just(Vec::new()),
    ];
    (ready, strangers, prop::collection::vec(step(), 3..9))
        .prop_map(|(ready, strangers, steps)| [ready, strangers, steps].concat())
        .boxed()
}

/// Draws the sequence of this number.
pub fn draw(seed: u64, number: u64) -> Vec<Step> {
    seeded_draw::tree(&sequences(), seed, number, 0)
        .unwrap_or_else(|reason| unreachable!("nothing that is drawn here is ever rejected: {reason}"))
        .current()
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::differential::situations;
    use crate::differential::step::Step;

    #[test]
    fn a_seed_and_a_number_draw_one_sequence() {
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
    }

    #[test]
    fn situations_are_drawn_in_their_shares() {
        let drawn: Vec<_> = (0..u64::from(situations::OF)).map(|number| draw(1, number)).collect();
        let all: Vec<_> = situations::all().iter().map(|one| (one, one.steps())).collect();
        // One may begin like another; the longer one is meant.
        let of = |sequence: &Vec<Step>| {
            let has = |steps: &[Step]| sequence.windows(steps.len()).any(|part| part == steps);
            let fitting = all.iter().filter(|(_, steps)| has(steps));
            fitting.max_by_key(|(_, steps)| steps.len()).map(|(one, _)| one.name.as_str())
        };
        let drawn: Vec<_> = drawn.iter().map(of).collect();
        for (one, _) in &all {
            let met = drawn.iter().filter(|name| **name == Some(one.name.as_str())).count();
            let met = u32::try_from(met).unwrap();
            assert!((one.share / 3..=one.share * 2 + 2).contains(&met), "{}: {met}", one.name);
        }
    }

    #[test]
    fn every_action_and_every_way_to_iterate_is_drawn() {
        let calls: Vec<String> = (0..300)
            .flat_map(|number| draw(1, number))
            .filter_map(|step| match step {
                Step::Tool(words) => Some(words.join(" ")),
                _ => None,
            })
            .collect();
        for wanted in [
            "-e init",
            "-e create",
            "-e import",
            "-e destroy",
            "-e deport",
            "-e enable",
            "-e disable",
            "-e assign",
            "-l",
            "-x env",
            "-p /bin/pwd",
            "-g g",
            "-R",
            "-i -",
        ] {
            assert!(calls.iter().any(|call| call.contains(wanted)), "{wanted}");
        }
    }
}
