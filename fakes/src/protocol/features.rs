//! Lists what some releases of Postfix do and others do not: one line for each, with the releases.

use super::releases::Releases;
use super::version::PostfixVersion;

/// Makes an enum of the lines, and a table of their releases.
macro_rules! features {
    ($(#[$what:meta] $name:ident: $releases:literal,)*) => {
        /// What a release may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Feature {
            $(#[$what] $name,)*
        }

        /// The releases that have each.
        const RELEASES: &[Releases] = &[$(Releases::known($releases.as_bytes()),)*];
    };
}

features! {
    /// A setting without a name is an error, and those of `import_environment` lose the white space around both parts.
    NamesRequired: "3.4.29 3.5.19 3.6.9 3.7.5 3.8-",
    /// postconf -e ends a last line that has no end, before it adds a line.
    LastLineCompleted: "3.7.15 3.8.10 3.9.4 3.10.2-",
    /// postconf -e adds settings in the order of their names.
    AdditionsSorted: "3.7.17 3.8.12 3.9.6 3.10.5-",
    /// postconf -e adds settings in the order of a hash table without chance.
    AdditionsByWeinberger: "-3.6",
    /// postconf -e, -X and -# notice a name that is given twice, and -M a service that is given or found twice.
    RepeatsNoticed: "3.5.20 3.6.10 3.7.6 3.8.1 3.9-",
    /// They do it without a crash, and without a word if two settings are equal.
    RepeatedRequests: "3.7.18 3.8.13 3.9.7 3.10.6-",
    /// Messages mask what is not a character of UTF-8, and not only what cannot be part of one.
    Utf8Checked: "3.9-",
    /// A `maillog_file` that cannot be opened ends a program before it does anything else.
    LogFileOpenedFirst: "3.6.16 3.7.12 3.8.7 3.9.1 3.10-",
    /// Comments behind other text, in main.cf and in tables between braces, are complained of.
    CommentWarnings: "3.8-",
    /// The braces of a regexp or pcre table are not looked into for tables.
    PatternsInBraces: "3.8-",
    /// Complaints about braces in a value name the directory of the file.
    FullPathOfComplaints: "3.8-",
    /// A NUL byte in a configuration file is complained of.
    NulWarnings: "3.9-",
    /// Deprecated parameters are complained of.
    DeprecationWarnings: "3.9-",
    /// These name a document.
    DeprecationReadme: "3.11-",
    /// postconf -q
    QuietOption: "3.9-",
    /// postconf -j
    JsonOption: "3.11-",
    /// postconf -PP
    AllServiceParameters: "3.11-",
    /// Parameters that are never expanded by themselves are not expanded within others.
    RawWithinOthers: "3.11-",
    /// `$(name{...})`
    Functions: "3.11-",
    /// Mistakes in `known_tcp_ports` are complained of.
    PortNamesChecked: "3.6.3 3.7-",
    /// Addresses of IPv4 are compared byte by byte; in others they are subtracted as they lie in memory.
    AddressesByOctets: "3.5.27 3.6.20 3.7.22 3.8.20 3.9.14 3.10.13 3.11.6 3.12-",
    /// relayhost must be a single value.
    OneRelayhost: "-3.4",
    /// `<=level` and its like in a comparison.
    LevelComparisons: "3.6-",
    /// `compatibility_level` may have a minor and a patch number.
    LevelsWithDots: "3.6-",
    /// `service_name` may be set; elsewhere a setting is ignored, with a warning.
    ServiceNameSettable: "3.11.2",
    /// Words of a value that begin with a brace are looked into for tables.
    BracedWords: "3.5-",
    /// The lookup table `debug`.
    DebugTable: "3.11-",
    /// The list of lookup tables names each once.
    TablesOnce: "3.8-",
    /// postlog(1) is set-gid, and trusts its caller less.
    PostlogSetGid: "3.7-",
    /// postsuper(1) has -e and -f, and reports that it found no message.
    PostsuperExpire: "3.5-",
    /// postfix(1) and postlog(1) write to standard error if it is no terminal, too.
    ErrorsWithoutTerminal: "3.8-",
    /// postlog(1) calls itself just `postlog` in its own messages, without the name of the instance.
    PostlogWithoutPrefix: "3.12-",
    /// "Postfix is using backwards-compatible default settings", in place of "running with".
    UsingDefaults: "3.7-",
    /// Documents are at an https address.
    Https: "3.10-",
    /// postfix-script commands with `quick-` or `quiet-` before the command.
    QuickCommands: "-3.5 debian",
    /// postfix check and start go on if an installation is incomplete.
    IncompleteIsTolerated: "-3.5 debian",
    /// postfix stop and abort succeed if the instance does not run.
    IdleStopSucceeds: "-3.5 debian",
    /// A search for what others may write to follows symbolic links.
    CheckFollowsLinks: "-3.8 debian",
    /// The same search passes over symbolic links.
    CheckSkipsLinks: "3.11- debian",
    /// postfix non-bdb, and tables of aliases that are migrated.
    NonBdb: "3.11-",
    /// The scripts call postconf -q, except for one question each time.
    ScriptsAskQuietly: "3.9-",
    /// The scripts replace all commas in a list of instances, not only the first one.
    AllCommas: "3.10-",
    /// "has the same user ID 3 as user x" in place of "has same user ID as x".
    SameIdInFull: "3.9-",
    /// postdrop(1) names its protocol.
    ProtocolNames: "3.6-",
    /// postqueue(1) says why it cannot reach showq(8).
    UnreachableReason: "3.7-",
    /// postfix chroot and debian-systemd-start, and copies of the machine's files in each queue directory.
    QueueCopies: "3.10- debian",
    /// The queue directory `tlstrace`.
    TlsTrace: "3.12-",
    /// The value of myorigin may be a file.
    OriginFromFile: "debian",
}

impl PostfixVersion {
    /// Whether it behaves so.
    pub(crate) fn has(self, feature: Feature) -> bool {
        RELEASES[feature as usize].contain(self)
    }
}
