//! The readers of postconf(1) as subjects of fuzzing.

use std::ffi::OsString;
use std::path::Path;

use super::edit::main_cf;
use super::master_cf::service;
use super::request::options::{Action, Edit, Request};
use super::values::service_parameters::register_service_parameters;
use super::{Call, Output};
use crate::config::main_cf::ExpansionLimit;
use crate::config::parameters::Table;
use crate::protocol::bytes::ByteString;
use crate::protocol::version::{PostfixVersion, Series};
use crate::runtime::fake_names::{NAMES, specification};
use crate::runtime::fuzz_subject::{EXPANSION_LIMIT, Subject, TABLE, arguments, parts, put, world};
use crate::runtime::getopt::Options;

/// master.cf.
pub const MASTER_CF: Subject = Subject {
    name: "master_cf",
    run: |input, _| read_master_cf(input),
    // A service takes sixteen bytes at least, and may bring seventeen parameters along.
    most_memory: |input| 4096 + 512 * input.len(),
};

/// The command lines of all fakes.
pub const OPTIONS: Subject = Subject {
    name: "options",
    run: |input, _| take_options(&arguments(input)),
    most_memory: |input| 4096 + 128 * input.len(),
};

/// Edits of main.cf. The first line says which: `-e`, `-X` or `-#`.
pub const EDIT: Subject = Subject {
    name: "edit",
    run: |input, _| edit_text(input),
    most_memory: |input| {
        let [requests, text] = parts(input);
        // Each line that sets a parameter is replaced by the request, however long that is.
        let lines = text.split(|byte| *byte == b'\n').count();
        4096 + 128 * input.len() + 2 * lines * requests.len()
    },
};

/// A whole query. The first line names a version, those after it are the arguments; main.cf and master.cf follow.
pub const POSTCONF: Subject = Subject {
    name: "postconf",
    run: query,
    // A lookup table of six bytes may bring thirty-seven parameters along.
    most_memory: |input| TABLE + 8 * EXPANSION_LIMIT + 1024 * input.len(),
};

fn read_master_cf(input: &[u8]) {
    let version = PostfixVersion::debian(Series::V3_11);
    let Ok(services) = service::parse(input, b"master.cf", version, &mut Vec::new()) else { return };
    let mut table = Table::new();
    register_service_parameters(&services, &mut table);
    assert!(table.len() <= 17 * services.len(), "parameters out of nothing");
}

fn take_options(arguments: &[OsString]) {
    for version in Series::KNOWN.map(PostfixVersion::upstream) {
        for specification in NAMES.iter().filter_map(|name| specification(name, version)) {
            let options = Options::parse(specification, arguments);
            assert!(options.used <= arguments.len(), "more arguments used than there are");
        }
        let options = Options::parse(specification("postconf", version).unwrap_or_default(), arguments);
        let _ = Request::parse(b"postconf", version, &options, arguments, &mut Vec::new());
    }
}

fn edit_text(input: &[u8]) {
    let [requests, text] = parts(input);
    let (kind, requests) = match requests.split_at_checked(3) {
        Some((b"-e\n", rest)) => (Edit::Set, rest),
        Some((b"-X\n", rest)) => (Edit::Remove, rest),
        Some((b"-#\n", rest)) => (Edit::CommentOut, rest),
        _ => return,
    };
    let requests: Vec<Vec<u8>> =
        arguments(requests).into_iter().map(|word| ByteString::from(word).0).collect();
    for version in Series::KNOWN.map(PostfixVersion::upstream) {
        let mut warnings = Vec::new();
        let Ok(mut wanted) = main_cf::wanted(version, kind, &requests, &mut warnings) else { continue };
        main_cf::order_what_is_added(&mut wanted, version, requests.len());
        let edited = main_cf::edited(text, kind, &mut wanted, b"main.cf", &mut warnings);
        if kind == Edit::Remove {
            assert!(edited.len() <= text.len(), "a removal that adds");
        }
        // A NUL takes the rest of its line away, the newline too, and so joins it to the next.
        if kind == Edit::Remove && !text.contains(&0) {
            let again = main_cf::edited(&edited, kind, &mut wanted, b"main.cf", &mut warnings);
            assert_eq!(edited, again, "what was removed is still there");
        }
    }
}

fn query(input: &[u8], directory: &Path) {
    let [command_line, main_cf, master_cf] = parts(input);
    let mut lines = command_line.splitn(2, |byte| *byte == b'\n');
    let (version, rest) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let arguments = arguments(rest);
    let world = world(directory, version);
    let version = world.settings.version();
    let options = Options::parse(specification("postconf", version).unwrap_or_default(), &arguments);
    // The directory is ours. Edits are a subject of their own: writing them to the disk takes too long.
    let is_ours = options.last(b'c').is_none();
    let shows = Request::parse(b"postconf", version, &options, &arguments, &mut Vec::new())
        .is_ok_and(|request| request.action == Action::Show);
    if !is_ours || !shows {
        return;
    }
    put(directory, "main.cf", main_cf);
    put(directory, "master.cf", master_cf);
    let call = Call {
        world: &world,
        called: b"postconf".to_vec(),
        arguments,
        mail_config: Some(ByteString::from(directory).0),
        edit_fault: None,
        limit: ExpansionLimit::of(EXPANSION_LIMIT),
        cache: None,
    };
    let Output { status, signal, unsupported, .. } = call.answer();
    assert!(signal.is_none() || unsupported.is_none(), "refused and crashed at once, with status {status}");
}
