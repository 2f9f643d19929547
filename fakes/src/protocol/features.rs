//! Lists what some releases of Postfix do and others do not: one line for each, with the releases.

use super::releases::Releases;
use super::version::PostfixVersion;

/// What a release may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// A setting without a name is an error, and those of `import_environment` lose the white space around both parts.
    NamesRequired,
    /// postconf -e ends a last line that has no end, before it adds a line.
    LastLineCompleted,
    /// postconf -e adds settings in the order of their names.
    AdditionsSorted,
    /// postconf -e adds settings in the order of a hash table without chance.
    AdditionsByWeinberger,
    /// postconf -e, -X and -# notice a name that is given twice, and -M a service that is given or found twice.
    RepeatsNoticed,
    /// They do it without a crash, and without a word if two settings are equal.
    RepeatedRequests,
    /// Messages mask what is not a character of UTF-8, and not only what cannot be part of one.
    Utf8Checked,
    /// A `maillog_file` that cannot be opened ends a program before it does anything else.
    LogFileOpenedFirst,
    /// Comments behind other text, in main.cf and in tables between braces, are complained of.
    CommentWarnings,
    /// The braces of a regexp or pcre table are not looked into for tables.
    PatternsInBraces,
    /// Complaints about braces in a value name the directory of the file.
    FullPathOfComplaints,
    /// A NUL byte in a configuration file is complained of.
    NulWarnings,
    /// Deprecated parameters are complained of.
    DeprecationWarnings,
    /// These name a document.
    DeprecationReadme,
    /// postconf -q
    QuietOption,
    /// postconf -j
    JsonOption,
    /// postconf -PP
    AllServiceParameters,
    /// Parameters that are never expanded by themselves are not expanded within others.
    RawWithinOthers,
    /// `$(name{...})`
    Functions,
    /// Mistakes in `known_tcp_ports` are complained of.
    PortNamesChecked,
    /// relayhost must be a single value.
    OneRelayhost,
    /// `<=level` and its like in a comparison.
    LevelComparisons,
    /// `compatibility_level` may have a minor and a patch number.
    LevelsWithDots,
    /// `service_name` may be set; elsewhere a setting is ignored, with a warning.
    ServiceNameSettable,
    /// Words of a value that begin with a brace are looked into for tables.
    BracedWords,
    /// The lookup table `debug`.
    DebugTable,
    /// The list of lookup tables names each once.
    TablesOnce,
    /// postlog(1) is set-gid, and trusts its caller less.
    PostlogSetGid,
    /// postsuper(1) has -e and -f, and reports that it found no message.
    PostsuperExpire,
    /// postfix(1) and postlog(1) write to standard error if it is no terminal, too.
    ErrorsWithoutTerminal,
    /// postlog(1) calls itself just `postlog`, without the name of the instance.
    PostlogWithoutPrefix,
    /// "Postfix is using backwards-compatible default settings", in place of "running with".
    UsingDefaults,
    /// Documents are at an https address.
    Https,
    /// postfix-script commands with `quick-` or `quiet-` before the command.
    QuickCommands,
    /// postfix check and start go on if an installation is incomplete.
    IncompleteIsTolerated,
    /// postfix stop and abort succeed if the instance does not run.
    IdleStopSucceeds,
    /// A search for what others may write to follows symbolic links.
    CheckFollowsLinks,
    /// The same search passes over symbolic links.
    CheckSkipsLinks,
    /// postfix non-bdb, and tables of aliases that are migrated.
    NonBdb,
    /// The scripts call postconf -q, except for one question each time.
    ScriptsAskQuietly,
    /// The scripts replace all commas in a list of instances, not only the first one.
    AllCommas,
    /// "has the same user ID 3 as user x" in place of "has same user ID as x".
    SameIdInFull,
    /// postdrop(1) names its protocol.
    ProtocolNames,
    /// postqueue(1) says why it cannot reach showq(8).
    UnreachableReason,
    /// postfix chroot and debian-systemd-start, and copies of the machine's files in each queue directory.
    QueueCopies,
    /// The queue directory `tlstrace`.
    TlsTrace,
    /// The value of myorigin may be a file.
    OriginFromFile,
}

/// The releases that have each, in the order above.
const ROWS: &[(Feature, &str)] = &[
    (Feature::NamesRequired, "3.4.29 3.5.19 3.6.9 3.7.5 3.8-"),
    (Feature::LastLineCompleted, "3.7.15 3.8.10 3.9.4 3.10.2-"),
    (Feature::AdditionsSorted, "3.7.17 3.8.12 3.9.6 3.10.5-"),
    (Feature::AdditionsByWeinberger, "-3.6"),
    (Feature::RepeatsNoticed, "3.5.20 3.6.10 3.7.6 3.8.1 3.9-"),
    (Feature::RepeatedRequests, "3.7.18 3.8.13 3.9.7 3.10.6-"),
    (Feature::Utf8Checked, "3.9-"),
    (Feature::LogFileOpenedFirst, "3.6.16 3.7.12 3.8.7 3.9.1 3.10-"),
    (Feature::CommentWarnings, "3.8-"),
    (Feature::PatternsInBraces, "3.8-"),
    (Feature::FullPathOfComplaints, "3.8-"),
    (Feature::NulWarnings, "3.9-"),
    (Feature::DeprecationWarnings, "3.9-"),
    (Feature::DeprecationReadme, "3.11-"),
    (Feature::QuietOption, "3.9-"),
    (Feature::JsonOption, "3.11-"),
    (Feature::AllServiceParameters, "3.11-"),
    (Feature::RawWithinOthers, "3.11-"),
    (Feature::Functions, "3.11-"),
    (Feature::PortNamesChecked, "3.6.3 3.7-"),
    (Feature::OneRelayhost, "-3.4"),
    (Feature::LevelComparisons, "3.6-"),
    (Feature::LevelsWithDots, "3.6-"),
    (Feature::ServiceNameSettable, "3.11.2"),
    (Feature::BracedWords, "3.5-"),
    (Feature::DebugTable, "3.11-"),
    (Feature::TablesOnce, "3.8-"),
    (Feature::PostlogSetGid, "3.7-"),
    (Feature::PostsuperExpire, "3.5-"),
    (Feature::ErrorsWithoutTerminal, "3.8-"),
    (Feature::PostlogWithoutPrefix, "3.12-"),
    (Feature::UsingDefaults, "3.7-"),
    (Feature::Https, "3.10-"),
    (Feature::QuickCommands, "-3.5 debian"),
    (Feature::IncompleteIsTolerated, "-3.5 debian"),
    (Feature::IdleStopSucceeds, "-3.5 debian"),
    (Feature::CheckFollowsLinks, "-3.8 debian"),
    (Feature::CheckSkipsLinks, "3.11- debian"),
    (Feature::NonBdb, "3.11-"),
    (Feature::ScriptsAskQuietly, "3.9-"),
    (Feature::AllCommas, "3.10-"),
    (Feature::SameIdInFull, "3.9-"),
    (Feature::ProtocolNames, "3.6-"),
    (Feature::UnreachableReason, "3.7-"),
    (Feature::QueueCopies, "3.10- debian"),
    (Feature::TlsTrace, "3.12-"),
    (Feature::OriginFromFile, "debian"),
];

/// The same, read at compile time.
static RELEASES: [Releases; ROWS.len()] = {
    let mut releases = [Releases::ALL; ROWS.len()];
    let mut row = 0;
    while row < ROWS.len() {
        assert!(ROWS[row].0 as usize == row, "a row for each feature, in their order");
        releases[row] = Releases::of(ROWS[row].1.as_bytes());
        row += 1;
    }
    releases
};

impl PostfixVersion {
    /// Whether it behaves so.
    pub(crate) fn has(self, feature: Feature) -> bool {
        RELEASES[feature as usize].contain(self)
    }
}
