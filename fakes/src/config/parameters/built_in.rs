//! Lists the parameters whose defaults depend on neither world nor host. The text is parsed at compile time, because a
//! fake reads it whenever it starts. Knows nothing of what the parameters are for.

use crate::protocol::releases::{self, Releases};
use crate::protocol::version::PostfixVersion;

/// A parameter and its default in a line, in the order of names. A line that does not hold for all versions begins
/// with the [`releases`] for which it does, in brackets.
const TEXT: &str = include_str!("built-in.txt");

/// Where the parts of a line are in the text, and for which releases it holds.
#[derive(Clone, Copy)]
struct Line {
    releases: Releases,
    name: usize,
    end_of_name: usize,
    default: usize,
    end: usize,
}

static LINES: [Line; count()] = index();

const fn count() -> usize {
    let (mut count, mut at) = (0, 0);
    while at < TEXT.len() {
        count += (TEXT.as_bytes()[at] == b'\n') as usize;
        at += 1;
    }
    count
}

#[expect(clippy::large_stack_arrays, reason = "it is on the compiler's stack, not on a program's")]
const fn index() -> [Line; count()] {
    let mut lines = [line_at(0); count()];
    let (mut number, mut start) = (0, 0);
    while number < lines.len() {
        lines[number] = line_at(start);
        start = lines[number].end + 1;
        number += 1;
    }
    lines
}

const fn line_at(start: usize) -> Line {
    let (releases, name) = if TEXT.as_bytes()[start] == b'[' {
        let end = end_of_releases(start);
        (Releases::of(part(start + 1, end)), end + 2)
    } else {
        (Releases::ALL, start)
    };
    let end_of_name = end_of_word(name);
    let mut end = end_of_name;
    while TEXT.as_bytes()[end] != b'\n' {
        end += 1;
    }
    // `NAME = DEFAULT`, or `NAME =` if it is empty.
    let default = if end_of_name + 3 < end { end_of_name + 3 } else { end };
    Line { releases, name, end_of_name, default, end }
}

const fn part(start: usize, end: usize) -> &'static [u8] {
    TEXT.as_bytes().split_at(end).0.split_at(start).1
}

const fn end_of_releases(start: usize) -> usize {
    let mut end = start;
    while TEXT.as_bytes()[end] != b']' {
        end += 1;
    }
    end
}

const fn end_of_word(start: usize) -> usize {
    let mut end = start;
    while TEXT.as_bytes()[end] != b' ' {
        end += 1;
    }
    end
}

impl Line {
    fn name(&self) -> &'static [u8] {
        &TEXT.as_bytes()[self.name..self.end_of_name]
    }

    fn default(&self) -> &'static [u8] {
        &TEXT.as_bytes()[self.default..self.end]
    }

    fn holds_for(&self, version: PostfixVersion) -> bool {
        self.releases.contain(version)
    }
}

/// All of a version, in the order of names, each with its default.
pub(super) fn all(version: PostfixVersion) -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    LINES.iter().filter(move |line| line.holds_for(version)).map(|line| (line.name(), line.default()))
}

/// The default of a parameter, if the version has it.
pub(super) fn default(name: &[u8], version: PostfixVersion) -> Option<&'static [u8]> {
    let first = LINES.partition_point(|line| line.name() < name);
    let mut of_name = LINES[first..].iter().take_while(|line| line.name() == name);
    of_name.find(|line| line.holds_for(version)).map(Line::default)
}

/// A line without its range of versions, unless it does not hold for `version`.
pub(crate) fn if_it_holds(line: &'static str, version: PostfixVersion) -> Option<&'static str> {
    let Some((range, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else {
        return Some(line);
    };
    releases::contain(range, version).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{LINES, TEXT, all, default, if_it_holds};
    use crate::protocol::releases;
    use crate::protocol::version::{PostfixVersion, Series};

    fn every_version() -> impl Iterator<Item = PostfixVersion> {
        Series::KNOWN.into_iter().flat_map(|one| [PostfixVersion::upstream(one), PostfixVersion::debian(one)])
    }

    #[test]
    fn lines_hold_within_their_range() {
        let versions = |line: &'static str| {
            let holds = |version: &PostfixVersion| if_it_holds(line, *version) == Some("a = [b]");
            let all = Series::KNOWN.map(PostfixVersion::upstream).into_iter();
            all.filter(holds).map(|version| version.series().name()).collect::<Vec<_>>()
        };
        assert_eq!(versions("a = [b]").len(), Series::KNOWN.len());
        assert_eq!(versions("[3.7] a = [b]"), ["3.7"]);
        assert_eq!(versions("[3.11- -3.4] a = [b]"), ["3.4", "3.11", "3.12"]);
    }

    #[test]
    fn every_version_has_one_default_for_a_name() {
        assert!(LINES.iter().map(super::Line::name).is_sorted());
        for version in every_version() {
            let mut names: Vec<_> = all(version).map(|(name, _)| name).collect();
            let count = names.len();
            assert!(count > 780, "{version}: {count}");
            names.dedup();
            assert_eq!(names.len(), count, "{version}");
        }
        for range in TEXT.lines().filter_map(|line| line.strip_prefix('[')?.split(']').next()) {
            assert!(releases::is_well_formed(range), "[{range}]");
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
        for line in TEXT.lines() {
            assert!(line.contains(" = ") || line.ends_with(" ="), "{line}");
        }
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
