//! Draws texts of `multi_instance_directories`.
//! They have any order, odd separators, macros, repeated entries, and missing directories.

use postfix_fakes::bytes::ByteString;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use postfix_harness::layout::Instance;

/// How a list is written, whatever instances it names.
#[derive(Clone, Debug)]
pub(super) struct List {
    order: Order,
    spellings: Vec<Spelling>,
    extras: Vec<(Index, Extra)>,
    separators: Vec<&'static str>,
    before: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    AsGiven,
    Backwards,
    OddOnesLast,
}

/// How an instance's directory is written.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    Plain,
    Slash,
    Doubled,
    Macro(&'static str),
}

/// A further entry.
#[derive(Clone, Copy, Debug)]
enum Extra {
    /// An entry that is there already, in this spelling.
    Again(Spelling),
    /// This text.
    Text(&'static str),
}

const SEPARATORS: [&str; 10] = [", ", " ", ",", "\t", ",,", " , ", "  ", "\n ", ",\n\t", "\n# a comment\n  "];
const MACROS: [&str; 6] = [
    "$site_base",
    "${site_base}",
    "$(site_base)",
    "${site_base?@root@}",
    "${site_none:@root@}",
    "$site_outer",
];

fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![
        12 => Just(Spelling::Plain),
        1 => Just(Spelling::Slash),
        1 => Just(Spelling::Doubled),
        4 => select(&MACROS[..]).prop_map(Spelling::Macro),
    ]
}

fn extra() -> impl Strategy<Value = Extra> {
    prop_oneof![
        3 => spelling().prop_map(Extra::Again),
        1 => Just(Extra::Text("@default@")),
        1 => Just(Extra::Text("$config_directory")),
        1 => Just(Extra::Text("@root@/etc/nowhere")),
        1 => Just(Extra::Text("etc/postfix-a")),
        1 => Just(Extra::Text("$site_none")),
        1 => Just(Extra::Text("@root@/etc")),
    ]
}

/// Lists.
pub(super) fn list() -> impl Strategy<Value = List> {
    (
        prop_oneof![4 => Just(Order::AsGiven), 1 => Just(Order::Backwards), 1 => Just(Order::OddOnesLast)],
        vec(spelling(), 1..=4),
        option::weighted(0.4, vec((any::<Index>(), extra()), 1..=2)).prop_map(Option::unwrap_or_default),
        vec(select(&SEPARATORS[..]), 1..=3),
        select(&["", "", ",", "\n  ", " , "][..]),
    )
        .prop_map(|(order, spellings, extras, separators, before)| List {
            order,
            spellings,
            extras,
            separators,
            before,
        })
}

impl List {
    /// The text for these instances. Macros that it needs are set in the default instance.
    pub(super) fn text(self, instances: &[Instance], default: &mut Instance) -> ByteString {
        for (name, value) in [("site_base", "$site_outer"), ("site_outer", "@root@")] {
            default.settings.insert(name.to_owned(), ByteString::from(value));
        }
        let mut listed: Vec<&Instance> = instances.iter().filter(|instance| instance.listed).collect();
        match self.order {
            Order::AsGiven => {}
            Order::Backwards => listed.reverse(),
            Order::OddOnesLast => {
                let (even, odd): (Vec<_>, Vec<_>) =
                    listed.into_iter().enumerate().partition(|(number, _)| number % 2 == 0);
                listed = even.into_iter().chain(odd).map(|(_, instance)| instance).collect();
            }
        }
        let mut words: Vec<Vec<u8>> =
            listed.iter().zip(self.spellings.iter().cycle()).map(|(one, how)| how.write(one)).collect();
        for (place, extra) in &self.extras {
            let word = match extra {
                Extra::Text(text) => Some(text.as_bytes().to_vec()),
                Extra::Again(_) if listed.is_empty() => None,
                Extra::Again(how) => Some(how.write(listed[place.index(listed.len())])),
            };
            if let Some(word) = word {
                words.insert(place.index(words.len() + 1), word);
            }
        }
        let mut text = self.before.as_bytes().to_vec();
        for (word, separator) in words.iter().zip(self.separators.iter().cycle()) {
            text.extend_from_slice(word);
            text.extend_from_slice(separator.as_bytes());
        }
        // What ends a list ends a line; a comment there would be the next setting's.
        if text.ends_with(b"\n  ") {
            text.truncate(text.len() - 3);
        }
        ByteString(text)
    }
}

impl Spelling {
    fn write(self, instance: &Instance) -> Vec<u8> {
        let directory = instance.relative_directory().0;
        let (before, after): (&str, &[u8]) = match self {
            Self::Plain => ("@root@/", b""),
            Self::Slash => ("@root@/", b"/"),
            Self::Doubled => ("@root@//", b""),
            Self::Macro(base) => return [base.as_bytes(), b"/", &directory].concat(),
        };
        [before.as_bytes(), &directory, after].concat()
    }
}
