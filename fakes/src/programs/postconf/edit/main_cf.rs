//! Edits main.cf: comments, order and all other lines stay as they are.

use std::convert::Infallible;

use super::edit_request::{EditRequest, understood};
use super::entries::edit_entries;
use super::replacement::replace;
use crate::config::main_cf::split_name_value;
use crate::programs::postconf::request::options::Edit;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// A parameter to edit.
pub(crate) struct ParameterEdit {
    name: Vec<u8>,
    value: Vec<u8>,
    found: usize,
}

/// Edits the main.cf in a directory.
pub(crate) fn edit_main(request: &EditRequest, warnings: &mut Vec<Vec<u8>>) -> Result<(), Stop> {
    let EditRequest { version, kind, words, .. } = *request;
    let mut wanted = wanted(version, kind, words, warnings)?;
    order_what_is_added(&mut wanted, version, words.len());
    replace(request, "main.cf", |path, text, result| {
        *result = edited(text, kind, &mut wanted, path, warnings);
        Ok(())
    })
}

/// What is asked for, each parameter once if the version notices repeats.
pub(crate) fn wanted(
    version: PostfixVersion,
    kind: Edit,
    requests: &[Vec<u8>],
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<ParameterEdit>, Stop> {
    let is_old = !version.has(Feature::RepeatedRequests);
    let mut wanted: Vec<ParameterEdit> = Vec::new();
    for request in requests {
        let (name, value) = name_and_value(version, kind, request)?;
        let earlier = wanted.iter().position(|wanted| wanted.name == name);
        if let Some(earlier) = earlier.filter(|_| version.has(Feature::RepeatsNoticed)) {
            if kind != Edit::Set && is_old {
                // The program wants to show the earlier request's value. A removal has none.
                return Err(Stop::Crash);
            }
            let earlier = wanted.remove(earlier);
            if kind == Edit::Set && (is_old || earlier.value != value) {
                let text = [b"ignoring earlier request: '", &name[..], b" = ", &earlier.value, b"'"];
                warnings.push(text.concat());
            }
        }
        wanted.push(ParameterEdit { name, value, found: 0 });
    }
    Ok(wanted)
}

fn name_and_value(version: PostfixVersion, kind: Edit, request: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    let request = understood(request, "-e, -X, or -# accepts")?;
    if kind == Edit::Set {
        return match split_name_value(request, version) {
            Ok((name, value)) => Ok((name.to_vec(), value.to_vec())),
            Err(why) => Err(Stop::Fatal([why.as_bytes(), b": \"", request, b"\""].concat())),
        };
    }
    if request.is_empty() {
        return Err(Stop::Fatal("-X or -# requires non-blank parameter names".into()));
    }
    if request.contains(&b'=') {
        return Err(Stop::Fatal("-X or -# requires parameter names without value".into()));
    }
    // White space before a name does not count, what comes after it does.
    Ok((request.to_vec(), Vec::new()))
}

/// Newer versions add settings in the order of their names. In others the order is that of a hash table: known in the
/// oldest ones, and random in those between, for which the order of the requests is as good.
pub(crate) fn order_what_is_added(wanted: &mut [ParameterEdit], version: PostfixVersion, requests: usize) {
    if version.has(Feature::AdditionsSorted) {
        wanted.sort_by(|one, other| one.name.cmp(&other.name));
    } else if version.has(Feature::AdditionsByWeinberger) {
        let buckets = requests.max(13) | 1;
        // Within a bucket, what came last comes first.
        wanted.reverse();
        wanted.sort_by_key(|wanted| bucket(&wanted.name, buckets));
    }
}

/// The bucket of a name in the hash table of 3.5, by P. J. Weinberger's function.
fn bucket(name: &[u8], buckets: usize) -> usize {
    const TOP: usize = 0xf000_0000;
    let hash = name.iter().fold(0_usize, |hash, byte| {
        let hash = (hash << 4) + usize::from(*byte);
        let top = hash & TOP;
        (hash ^ (top >> 24)) & !TOP
    });
    hash % buckets
}

/// The text of a main.cf, edited.
pub(crate) fn edited(
    text: &[u8],
    kind: Edit,
    wanted: &mut [ParameterEdit],
    path: &[u8],
    warnings: &mut Vec<Vec<u8>>,
) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let setting = |wanted: &ParameterEdit| match kind {
        Edit::Set => [&wanted.name[..], b" = ", &wanted.value, b"\n"].concat(),
        _ => Vec::new(),
    };
    let Ok(()) = edit_entries::<Infallible>(text, kind, &mut result, |_, line| {
        let end = line.iter().position(|byte| b" \t\r\n=".contains(byte)).unwrap_or(line.len());
        let Some(wanted) = wanted.iter_mut().find(|wanted| wanted.name == line[..end]) else {
            return Ok(None);
        };
        if wanted.found == 1 {
            warnings.push([path, &b": multiple entries for \""[..], &wanted.name, b"\""].concat());
        }
        wanted.found += 1;
        Ok(Some(setting(wanted)))
    });
    result.extend(wanted.iter().filter(|wanted| wanted.found == 0).flat_map(setting));
    result
}

#[cfg(test)]
mod tests {
    use super::{ParameterEdit, order_what_is_added};
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn what_is_added_comes_in_the_versions_own_order() {
        let names = "zeta alpha multi_instance_name b mydestination a relayhost c Q";
        let ordered = |version| {
            let wanted = |name: &str| ParameterEdit { name: name.into(), value: Vec::new(), found: 0 };
            let mut all: Vec<ParameterEdit> = names.split(' ').map(wanted).collect();
            let count = all.len();
            order_what_is_added(&mut all, version, count);
            let names = all.into_iter().map(|wanted| String::from_utf8(wanted.name).unwrap());
            names.collect::<Vec<_>>().join(" ")
        };
        // As the real one wrote them.
        let oldest = "Q relayhost multi_instance_name a mydestination b zeta c alpha";
        assert_eq!(ordered(PostfixVersion::debian(Series::V3_5)), oldest);
        assert_eq!(ordered(PostfixVersion::debian(Series::V3_7)), names);
        let newest = "Q a alpha b c multi_instance_name mydestination relayhost zeta";
        assert_eq!(ordered(PostfixVersion::debian(Series::V3_11)), newest);
    }
}
