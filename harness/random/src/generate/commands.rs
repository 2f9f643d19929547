//! Draws commands: known and unknown ones, arguments that a shell would change, and every way to address an instance.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use postfix_harness::invocation::Invocation;
use postfix_harness::layout::Layout;

/// Commands that postfix-script knows.
pub(super) const KNOWN: [&str; 11] = [
    "start",
    "stop",
    "status",
    "check",
    "reload",
    "flush",
    "abort",
    "drain",
    "quick-stop",
    "set-permissions",
    "upgrade-configuration",
];
const UNKNOWN: [&str; 5] = ["", "enumerate", "START", "start ", "st*"];
const ODD_ARGUMENTS: [&[u8]; 14] = [
    b"plain",
    b"a b",
    b"",
    b"*",
    b"$HOME",
    b"`id`",
    b"'\"",
    b"\\",
    b"-c",
    b"--",
    b"new\nline",
    b"\xff\x80",
    b"start",
    b"@root@/etc",
];

/// What is invoked, before it is known in which layout.
#[derive(Clone, Debug)]
pub struct Drawn {
    words: Vec<Vec<u8>>,
    option: Option<Address>,
    variable: Option<Address>,
    end_of_options: bool,
}

/// A directory that is addressed.
#[derive(Clone, Debug)]
enum Address {
    Instance(Index),
    Slashed(Index),
    Text(&'static str),
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        8 => any::<Index>().prop_map(Address::Instance),
        1 => any::<Index>().prop_map(Address::Slashed),
        1 => select(&["@default@", "@root@/etc/nowhere", "/"][..]).prop_map(Address::Text),
    ]
}

/// Invocations.
pub fn invocations() -> impl Strategy<Value = Drawn> {
    let command = prop_oneof![12 => select(&KNOWN[..]), 1 => select(&UNKNOWN[..])];
    let arguments =
        prop_oneof![2 => vec(select(&ODD_ARGUMENTS[..]), 0..=0), 1 => vec(select(&ODD_ARGUMENTS[..]), 1..=3)];
    let addressed = prop_oneof![
        6 => Just((None, None)),
        1 => address().prop_map(|one| (Some(one), None)),
        1 => address().prop_map(|one| (None, Some(one))),
        1 => (address(), address()).prop_map(|(one, other)| (Some(one), Some(other))),
    ];
    (command, arguments, addressed, proptest::bool::weighted(0.1)).prop_map(
        |(command, arguments, (option, variable), end_of_options)| {
            let words = std::iter::once(command.as_bytes()).chain(arguments).map(<[u8]>::to_vec).collect();
            Drawn { words, option, variable, end_of_options }
        },
    )
}

/// Commands as a postmaster gives them one after the other: to all instances, or by hand to one.
pub(super) fn everyday() -> impl Strategy<Value = Drawn> {
    let command = prop_oneof![
        4 => Just("start"),
        3 => Just("stop"),
        5 => select(&["quick-stop", "abort", "drain", "reload", "flush"][..]),
        4 => select(&["status", "check", "set-permissions", "upgrade-configuration", "nonsense"][..]),
    ];
    let by_hand = || any::<Index>().prop_map(|index| Some(Address::Instance(index)));
    let addressed = prop_oneof![
        7 => Just((None, None)),
        2 => by_hand().prop_map(|one| (one, None)),
        1 => by_hand().prop_map(|one| (None, one)),
    ];
    (command, addressed).prop_map(|(command, (option, variable))| Drawn {
        words: vec![command.as_bytes().to_vec()],
        option,
        variable,
        end_of_options: false,
    })
}

impl Drawn {
    /// The invocation in this layout.
    pub fn addressed(self, layout: &Layout) -> Invocation {
        let mut invocation = Invocation::postfix(&[]);
        if let Some(address) = self.option {
            invocation.arguments.extend([ByteString::from("-c"), address.text(layout)]);
        }
        if let Some(address) = self.variable {
            invocation.environment.insert("MAIL_CONFIG".to_owned(), address.text(layout));
        }
        if self.end_of_options {
            invocation.arguments.push(ByteString::from("--"));
        }
        invocation.arguments.extend(self.words.into_iter().map(ByteString));
        invocation
    }
}

impl Address {
    fn text(&self, layout: &Layout) -> ByteString {
        let instances: Vec<_> = layout.instances().collect();
        let below_root = |index: &Index, end: &[u8]| {
            let instance = index.get(&instances);
            if instance.name == postfix_harness::layout::DEFAULT {
                return ByteString([b"@default@", end].concat());
            }
            ByteString([b"@root@/", &instance.relative_directory().0[..], end].concat())
        };
        match self {
            Self::Instance(index) => below_root(index, b""),
            Self::Slashed(index) => below_root(index, b"/"),
            Self::Text(text) => ByteString::from(*text),
        }
    }
}
