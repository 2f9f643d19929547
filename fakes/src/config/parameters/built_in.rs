//! Lists the parameters whose defaults depend on neither world nor host. Knows nothing of what the parameters are for.

use std::sync::LazyLock;

use crate::protocol::releases;
use crate::protocol::version::PostfixVersion;

/// A parameter and its default in a line, `NAME = DEFAULT`, in the order of names. A line that does not hold for all
/// versions begins with the [`releases`] for which it does, in brackets.
const TEXT: &str = include_str!("built-in.txt");

struct Line {
    releases: Option<&'static str>,
    name: &'static [u8],
    default: &'static [u8],
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| TEXT.lines().filter_map(Line::parse).collect());

impl Line {
    fn parse(line: &'static str) -> Option<Self> {
        let (releases, setting) = with_releases(line);
        let (name, default) = setting.split_once(" =")?;
        let default = default.strip_prefix(' ').unwrap_or_default();
        Some(Self { releases, name: name.as_bytes(), default: default.as_bytes() })
    }

    fn holds_for(&self, version: PostfixVersion) -> bool {
        self.releases.is_none_or(|releases| releases::contain(releases, version))
    }
}

/// All of a version, in the order of names, each with its default.
pub(super) fn all(version: PostfixVersion) -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    LINES.iter().filter(move |line| line.holds_for(version)).map(|line| (line.name, line.default))
}

/// The default of a parameter, if the version has it.
pub(super) fn default(name: &[u8], version: PostfixVersion) -> Option<&'static [u8]> {
    let first = LINES.partition_point(|line| line.name < name);
    let mut of_name = LINES[first..].iter().take_while(|line| line.name == name);
    of_name.find(|line| line.holds_for(version)).map(|line| line.default)
}

/// A line without its releases, unless it does not hold for `version`.
pub(crate) fn if_it_holds(line: &'static str, version: PostfixVersion) -> Option<&'static str> {
    let (releases, rest) = with_releases(line);
    releases.is_none_or(|releases| releases::contain(releases, version)).then_some(rest)
}

/// The releases that a line begins with, if it does, and the rest of it.
fn with_releases(line: &'static str) -> (Option<&'static str>, &'static str) {
    let parts = line.strip_prefix('[').and_then(|line| line.split_once("] "));
    parts.map_or((None, line), |(releases, rest)| (Some(releases), rest))
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
        assert_eq!(LINES.len(), TEXT.lines().count());
        assert!(LINES.is_sorted_by_key(|line| line.name));
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
