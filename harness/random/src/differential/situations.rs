//! Describes the systems that people make with an editor, and how often each is drawn.
//! They have main.cf files written by hand, shared directories, repeated names, odd files, and running instances. The
//! systems are in `situations.toml` beside this file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;

use super::step::Step;

/// The file with all of them.
const FILE: &str = include_str!("situations.toml");

/// Of so many sequences, as many as a share says have a situation.
pub const OF: u32 = 1000;

/// What every shell of a step knows.
pub const PRELUDE: &str = r#"
list() { postconf -e "multi_instance_directories = $(postconf -h multi_instance_directories) $1"; }
write() {
    d=$1; shift; mkdir -p "$d"
    printf '%s\n' '# By hand.' 'compatibility_level = 2' "$@" >"$d/main.cf"
    cp /etc/postfix/master.cf "$d"
}
hand() { write "$@"; list "$1"; }
traces() {
    for f in master.lock verify_cache.db prng_exch; do
        echo trace >/var/lib/postfix/$f; chown postfix /var/lib/postfix/$f
    done
    mkdir -p /var/spool/postfix/pid; echo 1 >/var/spool/postfix/pid/master.pid
}
"#;

/// A kind of system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// What it is called.
    pub name: String,
    /// How many of [`OF`] sequences have it.
    pub share: u32,
    acts: Vec<Act>,
    calls: String,
}

/// One thing that makes a situation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Act {
    /// A shell does this.
    Sh(String),
    /// A shell does what several situations begin with.
    Shell(String),
    /// A directory is shown in a second place.
    Bind(String, String),
    /// The instance of this configuration directory is started.
    Run(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    calls: BTreeMap<String, Vec<String>>,
    shells: BTreeMap<String, String>,
    situation: Vec<Situation>,
}

fn file() -> &'static File {
    static READ: OnceLock<File> = OnceLock::new();
    READ.get_or_init(|| {
        toml::from_str(FILE).unwrap_or_else(|error| unreachable!("the file of situations is tested: {error}"))
    })
}

/// All of them.
pub fn all() -> &'static [Situation] {
    &file().situation
}

impl Situation {
    /// The steps that make it.
    pub fn steps(&self) -> Vec<Step> {
        let step = |act: &Act| match act {
            Act::Sh(text) => Step::Meanwhile(text.clone()),
            Act::Shell(name) => Step::Meanwhile(file().shells.get(name).cloned().unwrap_or_default()),
            Act::Bind(origin, place) => Step::Bind(origin.clone(), place.clone()),
            Act::Run(config) => Step::Run(config.clone()),
        };
        self.acts.iter().map(step).collect()
    }

    /// One of the calls that meet it.
    pub fn call(&self) -> BoxedStrategy<Step> {
        let calls: Vec<Step> = self.calls().iter().map(|call| Step::Tool(words(call))).collect();
        select(calls).boxed()
    }

    fn calls(&self) -> &'static [String] {
        file().calls.get(&self.calls).map(Vec::as_slice).unwrap_or_default()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// The table of shares, as the documentation has it.
pub fn table() -> String {
    let rows = all().iter().map(|one| format!("| {} | {} |\n", one.name, one.share));
    let rest = OF.saturating_sub(all().iter().map(|one| one.share).sum());
    let head = format!("| situation | of {OF} sequences |\n| --- | --- |\n");
    head + &rows.collect::<String>() + &format!("| what the tools have made alone | {rest} |\n")
}

#[cfg(test)]
mod tests {
    use super::{Act, OF, all, file, table};

    #[test]
    fn every_situation_can_be_made_and_is_met() {
        for one in all() {
            assert!(!one.calls().is_empty(), "{}: nothing meets it", one.name);
            assert!(one.share > 0 && !one.acts.is_empty(), "{}", one.name);
            for act in &one.acts {
                let known = !matches!(act, Act::Shell(name) if !file().shells.contains_key(name));
                assert!(known, "{}: {act:?}", one.name);
            }
        }
        assert!(all().iter().map(|one| one.share).sum::<u32>() < OF);
    }

    #[test]
    fn the_shares_are_documented_as_they_are() {
        let page = include_str!("../../../../docs/life-cycle.md");
        assert!(page.contains(&table()), "docs/life-cycle.md has another table:\n{}", table());
    }
}
