//! Warns of settings that nothing refers to and, in newer versions, of deprecated ones. Knows names, not values.

use crate::config::main_cf::MainCf;
use crate::config::parameters::{Table, if_it_holds};
use crate::programs::postconf::values::service_settings::Namespaces;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// Deprecated parameters, and what to do instead. A line may begin with its releases.
const DEPRECATED: &str = include_str!("deprecated.txt");

/// Warns of settings that nothing refers to, and of deprecated ones: in main.cf, if its settings are given, and in
/// services.
pub(crate) fn advise(
    directory: &[u8],
    version: PostfixVersion,
    settings: Option<&MainCf>,
    table: &Table,
    namespaces: &Namespaces,
    warnings: &mut Vec<Vec<u8>>,
) {
    let deprecated = deprecated(version);
    let mut found_deprecated = false;
    let mut look_at = |file: &str, name: &[u8], value: &[u8], is_used: bool| {
        let found = deprecated.iter().find(|(deprecated, _)| deprecated.as_bytes() == name);
        let instead = found.map(|(_, instead)| instead.as_bytes());
        found_deprecated |= instead.is_some();
        let text: [&[u8]; 4] = match (instead, is_used) {
            (None, true) => return,
            (None, false) => [b"unused parameter: ", name, b"=", value],
            (Some(instead), false) => {
                [b"support for parameter ", name, b" has been removed; instead, ", instead]
            }
            (Some(instead), true) => {
                [b"support for parameter \"", name, b"\" will be removed; instead, ", instead]
            }
        };
        warnings.push([directory, file.as_bytes(), b": ", &text.concat()].concat());
    };
    for (name, value) in settings.iter().flat_map(|settings| settings.iter()) {
        look_at("/main.cf", name, value, table.contains_key(name));
    }
    for (settings, used) in namespaces.all() {
        for (name, value) in settings.iter() {
            look_at("/master.cf", name, value, table.contains_key(name) || used.contains(name));
        }
    }
    if found_deprecated && version.has(Feature::DeprecationReadme) {
        warnings.push(b"See https://www.postfix.org/DEPRECATION_README.html for details".to_vec());
    }
}

fn deprecated(version: PostfixVersion) -> Vec<(&'static str, &'static str)> {
    if !version.has(Feature::DeprecationWarnings) {
        return Vec::new();
    }
    let lines = DEPRECATED.lines().filter_map(|line| if_it_holds(line, version));
    lines.filter_map(|line| line.split_once(": ")).collect()
}

#[cfg(test)]
mod tests {
    use super::{DEPRECATED, advise, deprecated};
    use crate::config::main_cf::MainCf;
    use crate::config::parameters::Table;
    use crate::programs::postconf::values::service_settings::Namespaces;
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn every_line_is_understood() {
        assert_eq!(deprecated(PostfixVersion::upstream(Series::V3_12)).len(), DEPRECATED.lines().count());
        assert!(deprecated(PostfixVersion::debian(Series::V3_7)).is_empty());
        assert!(deprecated(PostfixVersion::debian(Series::V3_10)).len() < DEPRECATED.lines().count());
    }

    #[test]
    fn deprecation_is_told_from_disuse() {
        let mut settings = MainCf::default();
        settings.set(b"virtual_maps", b"x");
        settings.set(b"nosuch", b"y");
        let namespaces = Namespaces::default();
        let told = |version| {
            let mut warnings = Vec::new();
            advise(b"/c", version, Some(&settings), &Table::new(), &namespaces, &mut warnings);
            warnings.into_iter().map(|line| String::from_utf8(line).unwrap()).collect::<Vec<_>>()
        };
        let unused = "/c/main.cf: unused parameter: nosuch=y";
        assert_eq!(
            told(PostfixVersion::debian(Series::V3_10)),
            [unused, "/c/main.cf: unused parameter: virtual_maps=x"]
        );
        assert_eq!(
            told(PostfixVersion::debian(Series::V3_11)),
            [
                unused,
                "/c/main.cf: support for parameter virtual_maps has been removed; instead, specify \"virtual_alias_maps\"",
                "See https://www.postfix.org/DEPRECATION_README.html for details",
            ]
        );
    }
}
