//! Lists the types of lookup tables: the built-in ones, and those of plug-ins in `dynamicmaps.cf`.
//! No plug-in is loaded.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::main_cf::split;
use crate::config::parameters;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::{Fatal, system_message};

/// The types that are built into Debian's packages; newer versions have another one.
const BUILT_IN: &str = "btree cidr environ fail hash inline internal memcache nis pipemap proxy randmap regexp \
                        socketmap static tcp texthash unionmap unix";

/// All types, in order. In older versions, a type that is both built in and listed comes twice.
pub(crate) fn installed(
    version: PostfixVersion,
    meta_directory: &[u8],
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, Fatal> {
    let list = parameters::file(meta_directory, "dynamicmaps.cf");
    let mut listed = Vec::new();
    read(&list, &mut listed, warnings)?;
    for path in beside(&list) {
        read(&path, &mut listed, warnings)?;
    }
    let newer = version.has(Feature::DebugTable).then_some("debug");
    let built_in = BUILT_IN.split(' ').chain(newer).map(|name| name.as_bytes().to_vec());
    let mut types: Vec<Vec<u8>> = built_in.chain(listed).collect();
    types.sort();
    if version.has(Feature::TablesOnce) {
        types.dedup();
    }
    Ok(types)
}

/// The files of the directory that has the list's name and `.d` at its end.
fn beside(list: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(list.with_extension("cf.d"));
    let mut paths: Vec<_> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Reads one file. A missing file lists nothing. A file that others than root own or may write is ignored.
fn read(path: &Path, listed: &mut Vec<Vec<u8>>, warnings: &mut Vec<Vec<u8>>) -> Result<(), Fatal> {
    let shown = path.as_os_str().as_bytes();
    let found = match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let why = system_message(&error);
            return Err(Fatal::Postfix([shown, b": file open failed: ", why.as_bytes()].concat()));
        }
    };
    if found.uid() != 0 || found.mode() & 0o022 != 0 {
        let why = b": file is owned or writable by non-root users -- skipping this file";
        warnings.push([shown, &why[..]].concat());
        return Ok(());
    }
    let text = std::fs::read(path).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    for (number, line) in lines.enumerate() {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let place = [shown, format!(", line {}: ", number + 1).as_bytes()].concat();
        let words = split(line, b" \t");
        let ([name, _, _] | [name, _, _, _]) = words[..] else {
            let expected = b"Expected \"dict-type .so-name dict-function [mkmap-function]\"";
            return Err(Fatal::Postfix([&place[..], expected].concat()));
        };
        if !name.first().is_some_and(u8::is_ascii_alphanumeric) {
            return Err(Fatal::Postfix([&place[..], b"unsupported syntax \"", name, b"\""].concat()));
        }
        if listed.iter().any(|known| known == name) {
            warnings.push([shown, b": ignoring duplicate entry for \"", name, b"\""].concat());
        } else {
            listed.push(name.to_vec());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::installed;
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn what_is_built_in_needs_no_list() {
        for (version, count) in
            [(PostfixVersion::debian(Series::V3_5), 19), (PostfixVersion::debian(Series::V3_11), 20)]
        {
            let mut warnings = Vec::new();
            let types = installed(version, b"/nonexistent", &mut warnings).unwrap();
            assert_eq!((types.len(), types.is_sorted(), warnings.len()), (count, true, 0));
            assert_eq!(types.contains(&b"debug".to_vec()), version == PostfixVersion::debian(Series::V3_11));
        }
    }

    #[test]
    fn a_list_that_others_own_or_write_to_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let list = directory.path().join("dynamicmaps.cf");
        std::fs::write(&list, "lmdb plug-in open make\n").unwrap();
        std::fs::set_permissions(&list, std::fs::Permissions::from_mode(0o664)).unwrap();
        let mut warnings = Vec::new();
        let place = directory.path().as_os_str().as_encoded_bytes();
        let types = installed(PostfixVersion::debian(Series::V3_7), place, &mut warnings).unwrap();
        assert!(!types.contains(&b"lmdb".to_vec()));
        let expected = "file is owned or writable by non-root users -- skipping this file";
        assert_eq!(warnings, [format!("{}: {expected}", list.display()).into_bytes()]);
    }
}
