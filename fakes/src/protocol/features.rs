//! Lists what some releases of Postfix do and others do not: one line for each, with the releases.

use super::releases;
use super::version::PostfixVersion;

/// What a release may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// postconf -e ends a last line that has no end, before it adds a line.
    LastLineCompleted,
    /// postconf -e adds settings in the order of their names.
    AdditionsSorted,
    /// postconf -e adds settings in the order of a hash table without chance.
    AdditionsByWeinberger,
    /// postconf -e, -X and -# notice a name that is given twice.
    RepeatsNoticed,
    /// They do it without a crash, and without a word if two settings are equal.
    RepeatedRequests,
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
    /// Mistakes in known_tcp_ports are complained of.
    PortNamesChecked,
    /// relayhost must be a single value.
    OneRelayhost,
    /// `<=level` and its like in a comparison.
    LevelComparisons,
    /// compatibility_level may have a minor and a patch number.
    LevelsWithDots,
    /// service_name may be set; elsewhere a setting is ignored, with a warning.
    ServiceNameSettable,
    /// Words of a value that begin with a brace are looked into for tables.
    BracedWords,
    /// The lookup table `debug`.
    DebugTable,
    /// The list of lookup tables names each once.
    TablesOnce,
    /// postlog(1) is set-gid, and trusts its caller less.
    PostlogSetGid,
    /// postfix(1) and postlog(1) write to standard error if it is no terminal, too.
    ErrorsWithoutTerminal,
    /// postlog(1) calls itself just `postlog` there, without the name of the instance.
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

impl Feature {
    /// The releases that have it.
    fn releases(self) -> &'static str {
        match self {
            Self::LastLineCompleted => "3.7.15 3.8.10 3.9.4 3.10.2-",
            Self::AdditionsSorted => "3.7.17 3.8.12 3.9.6 3.10.5-",
            Self::AdditionsByWeinberger => "-3.6",
            Self::RepeatsNoticed => "3.5.20 3.6.10 3.7.6 3.8.1 3.9-",
            Self::RepeatedRequests => "3.7.18 3.8.13 3.9.7 3.10.6-",
            Self::CommentWarnings => "3.8-",
            Self::PatternsInBraces => "3.8-",
            Self::FullPathOfComplaints => "3.8-",
            Self::NulWarnings => "3.9-",
            Self::DeprecationWarnings => "3.9-",
            Self::DeprecationReadme => "3.11-",
            Self::QuietOption => "3.9-",
            Self::JsonOption => "3.11-",
            Self::AllServiceParameters => "3.11-",
            Self::RawWithinOthers => "3.11-",
            Self::Functions => "3.11-",
            Self::PortNamesChecked => "3.6.3 3.7-",
            Self::OneRelayhost => "-3.4",
            Self::LevelComparisons => "3.6-",
            Self::LevelsWithDots => "3.6-",
            Self::ServiceNameSettable => "3.11.2",
            Self::BracedWords => "3.5-",
            Self::DebugTable => "3.11-",
            Self::TablesOnce => "3.8-",
            Self::PostlogSetGid => "3.7-",
            Self::ErrorsWithoutTerminal => "3.8-",
            Self::PostlogWithoutPrefix => "3.12-",
            Self::UsingDefaults => "3.7-",
            Self::Https => "3.10-",
            Self::QuickCommands => "-3.5 debian",
            Self::IncompleteIsTolerated => "-3.5 debian",
            Self::IdleStopSucceeds => "-3.5 debian",
            Self::CheckFollowsLinks => "-3.8 debian",
            Self::CheckSkipsLinks => "3.11- debian",
            Self::NonBdb => "3.11-",
            Self::ScriptsAskQuietly => "3.9-",
            Self::AllCommas => "3.10-",
            Self::SameIdInFull => "3.9-",
            Self::ProtocolNames => "3.6-",
            Self::UnreachableReason => "3.7-",
            Self::QueueCopies => "3.10- debian",
            Self::TlsTrace => "3.12-",
            Self::OriginFromFile => "debian",
        }
    }
}

impl PostfixVersion {
    /// Whether it behaves so.
    pub(crate) fn has(self, feature: Feature) -> bool {
        releases::contain(feature.releases(), self)
    }
}
