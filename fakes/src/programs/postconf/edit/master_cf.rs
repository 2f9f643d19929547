//! Edits master.cf: sets, removes or comments out whole services.
//! All other lines stay as they are. Knows nothing of main.cf.

use std::collections::BTreeSet;

use super::edit_request::{EditRequest, understood};
use super::entries::edit_entries;
use super::replacement::replace;
use crate::config::main_cf::{SPACE, split, split_name_value};
use crate::programs::postconf::master_cf::pattern::Pattern;
use crate::programs::postconf::master_cf::service::Service;
use crate::programs::postconf::request::options::Edit;
use crate::programs::postconf::request::stop::Stop;
use crate::programs::postconf::show::entry::folded_entry;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// How the options that edit are called in messages.
const OPTIONS: &str = "-Me, -Fe, -Pe, -X, or -#";

/// Services to edit.
struct ServiceEdit<'r> {
    request: &'r [u8],
    pattern: Pattern,
    /// The service that is to be, if one is.
    entry: &'r [u8],
    found: usize,
}

/// Edits the master.cf in a directory. A name is that of a service and its type: `name/type`.
pub(crate) fn edit_master(request: &EditRequest, warnings: &mut Vec<Vec<u8>>) -> Result<(), Stop> {
    let EditRequest { version, kind, .. } = *request;
    let wanted = request.words.iter().map(|word| wanted(version, kind, word)).collect::<Result<_, _>>()?;
    let mut editor = Editor { version, kind, wanted, made: BTreeSet::new(), warnings };
    replace(request, "master.cf", |path, text, edited| {
        edit_entries(text, kind, edited, |number, line| {
            let (name, kind) = name_and_type(path, number, line)?;
            editor.replacement(name, kind)
        })?;
        for index in 0..editor.wanted.len() {
            if kind == Edit::Set && editor.wanted[index].found == 0 {
                edited.extend(folded_entry(&editor.new_entry(index)?));
            }
        }
        Ok(())
    })
}

fn wanted(version: PostfixVersion, kind: Edit, request: &[u8]) -> Result<ServiceEdit<'_>, Stop> {
    let words = understood(request, &format!("{OPTIONS} accept"))?;
    let (pattern, entry) = match kind {
        Edit::Set => split_name_value(words, version)
            .map_err(|why| Stop::Fatal([why.as_bytes(), b": \"", request, b"\""].concat()))?,
        _ if words.contains(&b'=') => {
            return Err(Stop::Fatal("-X or -# requires names without value".into()));
        }
        // White space before it does not count, what comes after it does.
        _ => (words, &[][..]),
    };
    let Some(pattern) = Pattern::parse(pattern, 2, 2) else {
        return Err(Stop::Fatal("-Me, -MX or -M# requires service_name/type".into()));
    };
    Ok(ServiceEdit { request, pattern, entry, found: 0 })
}

fn name_and_type<'l>(path: &[u8], number: usize, line: &'l [u8]) -> Result<(&'l [u8], &'l [u8]), Stop> {
    let wrong = |what: &[&[u8]]| {
        let place = format!(": line {number}: ");
        Err(Stop::Fatal([b"file ", path, place.as_bytes(), &what.concat()].concat()))
    };
    let words = split(line, SPACE);
    let [name, kind, ..] = words.as_slice() else {
        return wrong(&[b"specify service name and type on the same line"]);
    };
    let unsupported = [b"\" is unsupported with ", OPTIONS.as_bytes()].concat();
    if name.contains(&b'=') {
        return wrong(&[b"service name syntax \"", name, &unsupported]);
    }
    if kind.iter().any(|byte| b"=/".contains(byte)) {
        return wrong(&[b"service type syntax \"", kind, &unsupported]);
    }
    Ok((name, kind))
}

struct Editor<'e, 'r> {
    version: PostfixVersion,
    kind: Edit,
    wanted: Vec<ServiceEdit<'r>>,
    /// The names and types of the new entries so far.
    made: BTreeSet<Vec<u8>>,
    warnings: &'e mut Vec<Vec<u8>>,
}

impl Editor<'_, '_> {
    /// A service is replaced if a request selects it, or sets a service of the same name and type. The new entry takes
    /// the place of the first service that its request replaces. If several requests do so here, the last one wins.
    /// Older versions look only at what a request selects, and replace each such service.
    fn replacement(&mut self, name: &[u8], kind: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
        let is_old = !self.version.has(Feature::RepeatsNoticed);
        let mut replacement = None;
        for index in 0..self.wanted.len() {
            let is_selected = self.wanted[index].pattern.matches(name, kind);
            let entry = match self.kind {
                // Parsed again each time, so that its warnings are repeated each time.
                Edit::Set if is_selected || !is_old => Some(self.new_entry(index)?),
                _ => None,
            };
            let stands_for = entry.as_ref().is_some_and(|entry| entry.stands_for(name, kind));
            if !is_selected && !stands_for {
                continue;
            }
            let wanted = &mut self.wanted[index];
            wanted.found += 1;
            let entry = entry.filter(|_| wanted.found == 1 || is_old);
            replacement = entry.as_ref().map(folded_entry).or(Some(replacement.unwrap_or_default()));
        }
        Ok(replacement)
    }

    fn new_entry(&mut self, index: usize) -> Result<Service, Stop> {
        let ServiceEdit { entry, request, .. } = self.wanted[index];
        let miscounted = || [b"bad field count: \"", request, b"\""].concat();
        let entry = Service::parse(entry, self.version, miscounted, self.warnings).map_err(Stop::Fatal)?;
        let is_repeated = !self.made.insert(entry.full_name());
        if is_repeated && !self.version.has(Feature::RepeatsNoticed) {
            // The program uses what it released with the earlier entry.
            return Err(Stop::Crash);
        }
        Ok(entry)
    }
}
