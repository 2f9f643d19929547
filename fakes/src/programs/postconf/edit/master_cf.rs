//! Edits master.cf: sets, removes or comments out whole services.
//! All other lines stay as they are. Knows nothing of main.cf.

use std::collections::BTreeSet;

use super::EditRequest;
use super::replacement::{Replacement, lines};
use crate::config::main_cf::{SPACE, is_space, split, split_name_value};
use crate::programs::postconf::master_cf::pattern::Pattern;
use crate::programs::postconf::master_cf::service::{Defect, Service};
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
    let kind = request.kind;
    let understood =
        request.words.iter().map(|word| understood(request.version, kind, word).map_err(Stop::Fatal));
    let wanted = understood.collect::<Result<Vec<_>, _>>()?;
    let (replacement, original) = Replacement::open(request, "master.cf")?;
    let version = request.version;
    let mut editor = Editor {
        version,
        kind,
        path: &original.path,
        wanted,
        made: BTreeSet::new(),
        edited: Vec::new(),
        warnings,
    };
    let result = editor.edit(&original.text).and(original.end);
    replacement.end(&editor.edited, result)
}

fn understood(version: PostfixVersion, kind: Edit, request: &[u8]) -> Result<ServiceEdit<'_>, Vec<u8>> {
    let fatal = |text: &str| Err(format!("{OPTIONS} accept no {text} input").into_bytes());
    if request.contains(&b'\n') {
        return fatal("multi-line");
    }
    let start = request.iter().position(|byte| !is_space(*byte)).unwrap_or(request.len());
    let words = &request[start..];
    if words.first() == Some(&b'#') {
        return fatal("comment");
    }
    let (pattern, entry) = match kind {
        Edit::Set => split_name_value(words, version)
            .map_err(|why| [why.as_bytes(), b": \"", request, b"\""].concat())?,
        _ if words.contains(&b'=') => return Err(b"-X or -# requires names without value".to_vec()),
        // White space before it does not count, what comes after it does.
        _ => (words, &[][..]),
    };
    let Some(pattern) = Pattern::parse(pattern, 2, 2) else {
        return Err(b"-Me, -MX or -M# requires service_name/type".to_vec());
    };
    Ok(ServiceEdit { request, pattern, entry, found: 0 })
}

struct Editor<'e, 'r> {
    version: PostfixVersion,
    kind: Edit,
    path: &'e [u8],
    wanted: Vec<ServiceEdit<'r>>,
    /// The names and types of the new entries so far.
    made: BTreeSet<Vec<u8>>,
    edited: Vec<u8>,
    warnings: &'e mut Vec<Vec<u8>>,
}

/// What becomes of a service and the lines that continue it.
enum Fate {
    Kept,
    /// It is removed or becomes a comment, and this entry takes its place.
    Concerned(Option<Service>),
}

impl Editor<'_, '_> {
    fn edit(&mut self, text: &[u8]) -> Result<(), Stop> {
        let mut concerned = false;
        for (index, line) in lines(text).enumerate() {
            let first = line.iter().position(|byte| !is_space(*byte)).filter(|first| line[*first] != b'#');
            if first == Some(0) {
                let (name, kind) = self.name_and_type(index + 1, line)?;
                let fate = self.fate(name, kind)?;
                concerned = matches!(fate, Fate::Concerned(_));
                if let Fate::Concerned(Some(entry)) = fate {
                    self.edited.extend(folded_entry(&entry));
                    continue;
                }
            }
            if first.is_none() || !concerned {
                self.edited.extend_from_slice(line);
            } else if self.kind == Edit::CommentOut {
                self.edited.push(b'#');
                self.edited.extend_from_slice(line);
            }
        }
        if self.kind == Edit::Set {
            for index in 0..self.wanted.len() {
                if self.wanted[index].found == 0 {
                    let entry = self.new_entry(index)?;
                    self.edited.extend(folded_entry(&entry));
                }
            }
        }
        Ok(())
    }

    fn name_and_type<'l>(&self, number: usize, line: &'l [u8]) -> Result<(&'l [u8], &'l [u8]), Stop> {
        let wrong = |what: &[&[u8]]| {
            let place = format!(": line {number}: ");
            let what = what.concat();
            Err(Stop::Fatal([b"file ", self.path, place.as_bytes(), &what].concat()))
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

    /// A service is replaced if a request selects it, or sets a service of the same name and type. The new entry takes
    /// the place of the first service that its request replaces. If several requests do so here, the last one wins.
    /// Older versions look only at what a request selects, and replace each such service.
    fn fate(&mut self, name: &[u8], kind: &[u8]) -> Result<Fate, Stop> {
        let mut fate = Fate::Kept;
        for index in 0..self.wanted.len() {
            let is_old = !self.version.has(Feature::RepeatsNoticed);
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
            fate = match (fate, entry) {
                (Fate::Concerned(earlier), None) => Fate::Concerned(earlier),
                (_, entry) => Fate::Concerned(entry),
            };
        }
        Ok(fate)
    }

    fn new_entry(&mut self, index: usize) -> Result<Service, Stop> {
        let wanted = &self.wanted[index];
        let entry = Service::parse(wanted.entry, self.version, self.warnings).map_err(|defect| {
            Stop::Fatal(match defect {
                Defect::FieldCount => [b"bad field count: \"", wanted.request, b"\""].concat(),
                Defect::Field(message) => message,
            })
        })?;
        let is_repeated = !self.made.insert(entry.full_name());
        if is_repeated && !self.version.has(Feature::RepeatsNoticed) {
            // The program uses what it released with the earlier entry.
            return Err(Stop::Crash);
        }
        Ok(entry)
    }
}
