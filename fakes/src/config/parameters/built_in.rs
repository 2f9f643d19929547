//! Parses the lists of parameters: `built-in.txt` with their defaults, `legacy.txt`, and `shared.txt`.
//! Defaults that depend on the world or the host, such as `queue_directory` and `myhostname`, are in `parameters.rs`.
//! Knows nothing of what the parameters are for.

use crate::protocol::releases::{Releases, until};
use crate::protocol::version::PostfixVersion;

/// A parameter and its default in a line, `NAME = DEFAULT`, in the order of names. A line that does not hold for all
/// versions begins with the [`Releases`] for which it does, in brackets.
const TEXT: &str = include_str!("built-in.txt");

/// Parameters of which only the names are remembered.
const LEGACY_TEXT: &str = include_str!("legacy.txt");

/// The parameters that all programs share, in the order in which they are looked up. In place of its default, each has the
/// kind of check that `mail_params.rs` makes of its value.
const SHARED_TEXT: &str = include_str!("shared.txt");

struct Line {
    releases: Option<Releases>,
    name: &'static [u8],
    default: &'static [u8],
}

/// Taken apart by the compiler: each program of Postfix looks up a hundred of them, and some all.
static LINES: [Line; count(TEXT.as_bytes())] = lines(TEXT.as_bytes());
static LEGACY: [Line; count(LEGACY_TEXT.as_bytes())] = lines(LEGACY_TEXT.as_bytes());
static SHARED: [Line; count(SHARED_TEXT.as_bytes())] = lines(SHARED_TEXT.as_bytes());

const fn count(text: &[u8]) -> usize {
    let (mut count, mut rest) = (0, text);
    while let (_, Some(after)) = until(rest, b'\n') {
        count += 1;
        rest = after;
    }
    count
}

const fn lines<const COUNT: usize>(text: &'static [u8]) -> [Line; COUNT] {
    let mut lines = [const { Line { releases: None, name: b"", default: b"" } }; COUNT];
    let (mut at, mut rest) = (0, text);
    while let (line, Some(after)) = until(rest, b'\n') {
        lines[at] = Line::parse(line);
        at += 1;
        rest = after;
    }
    lines
}

impl Line {
    const fn parse(line: &'static [u8]) -> Self {
        let (releases, setting) = with_releases(line);
        let (name, default) = match until(setting, b' ') {
            (name, Some([b'=', b' ', default @ ..])) => (name, default),
            (name, Some([b'=', default @ ..])) if default.is_empty() => (name, default),
            _ => panic!("no parameter and default"),
        };
        Self { releases, name, default }
    }

    fn holds_for(&self, version: PostfixVersion) -> bool {
        self.releases.as_ref().is_none_or(|releases| releases.contain(version))
    }
}

/// All of a version, in the order of names, each with its default.
pub(super) fn all(version: PostfixVersion) -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    that_hold(&LINES, version)
}

/// The names that a version remembers.
pub(super) fn legacy(version: PostfixVersion) -> impl Iterator<Item = &'static [u8]> {
    that_hold(&LEGACY, version).map(|(name, _)| name)
}

/// The parameters that all programs share, in order, and how their values are checked.
pub(crate) fn shared(version: PostfixVersion) -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    that_hold(&SHARED, version)
}

fn that_hold(
    lines: &'static [Line],
    version: PostfixVersion,
) -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    lines.iter().filter(move |line| line.holds_for(version)).map(|line| (line.name, line.default))
}

/// The default of a parameter, if the version has it.
pub(super) fn default(name: &[u8], version: PostfixVersion) -> Option<&'static [u8]> {
    let first = LINES.partition_point(|line| line.name < name);
    let mut of_name = LINES[first..].iter().take_while(|line| line.name == name);
    of_name.find(|line| line.holds_for(version)).map(|line| line.default)
}

/// A line without its releases, unless it does not hold for `version`.
pub(crate) fn if_it_holds(line: &'static str, version: PostfixVersion) -> Option<&'static str> {
    let (releases, rest) = with_releases(line.as_bytes());
    let holds = releases.is_none_or(|releases| releases.contain(version));
    holds.then(|| &line[line.len() - rest.len()..])
}

/// The releases that a line begins with, if it does, and the rest of it.
const fn with_releases(line: &'static [u8]) -> (Option<Releases>, &'static [u8]) {
    let [b'[', inside @ ..] = line else { return (None, line) };
    match until(inside, b']') {
        (releases, Some([b' ', rest @ ..])) => (Some(Releases::known(releases)), rest),
        _ => panic!("releases without an end"),
    }
}

#[cfg(test)]
mod tests {
    use super::{LINES, TEXT, all, default, if_it_holds};
    use crate::protocol::version::{PostfixVersion, Series};

    fn every_version() -> impl Iterator<Item = PostfixVersion> {
        Series::KNOWN.into_iter().flat_map(|one| [PostfixVersion::upstream(one), PostfixVersion::debian(one)])
    }

    #[test]
    fn lines_hold_within_their_range() {
        let versions = |line: &'static str| {
            let holds = |version: &PostfixVersion| if_it_holds(line, *version) == Some("a = [b]");
            let all = Series::KNOWN.map(PostfixVersion::upstream).into_iter();
            all.filter(holds).map(|version| version.series.name()).collect::<Vec<_>>()
        };
        assert_eq!(versions("a = [b]").len(), Series::KNOWN.len());
        assert_eq!(versions("[3.7] a = [b]"), ["3.7"]);
        assert_eq!(versions("[3.11- -3.4] a = [b]"), ["3.4", "3.11", "3.12"]);
    }

    #[test]
    fn every_version_has_one_default_for_a_name() {
        assert_eq!(LINES.len(), TEXT.lines().count());
        assert!(LINES.is_sorted_by_key(|line| line.name));
        for version in every_version() {
            let mut names: Vec<_> = all(version).map(|(name, _)| name).collect();
            let count = names.len();
            assert!(count > 780, "{version}: {count}");
            names.dedup();
            assert_eq!(names.len(), count, "{version}");
        }
    }

    #[test]
    fn a_line_is_taken_apart() {
        let text = |name: &str, version| {
            default(name.as_bytes(), version).map(|text| std::str::from_utf8(text).unwrap())
        };
        assert_eq!(
            text("2bounce_notice_recipient", PostfixVersion::upstream(Series::V3_5)),
            Some("postmaster")
        );
        assert_eq!(
            text("alias_database", PostfixVersion::upstream(Series::V3_10)),
            Some("hash:/etc/aliases")
        );
        assert_eq!(
            text("alias_database", PostfixVersion::upstream(Series::V3_11)),
            Some("$default_database_type:/etc/aliases")
        );
        assert_eq!(text("multi_instance_directories", PostfixVersion::upstream(Series::V3_7)), Some(""));
        assert_eq!(
            text("alias_maps", PostfixVersion::upstream(Series::V3_7)),
            Some("hash:/etc/aliases, nis:mail.aliases")
        );
    }

    #[test]
    fn one_is_found_alone_as_among_all() {
        for version in Series::KNOWN.map(PostfixVersion::upstream) {
            for (name, wanted) in all(version) {
                assert_eq!(default(name, version), Some(wanted), "{}", name.escape_ascii());
            }
            for missing in ["", "!", "2", "mail_ownes", "zzz", "mail_version"] {
                assert_eq!(default(missing.as_bytes(), version), None, "{missing}");
            }
        }
    }
}
