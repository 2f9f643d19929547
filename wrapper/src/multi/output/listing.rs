//! Prints the list of instances as postmulti(1) does, or as JSON. Damaged instances are listed, too, with the reason.
//!
//! Knows nothing of what is done with instances.

use std::os::unix::ffi::OsStrExt;

use crate::multi::output::written;
use crate::multi::request::selection::Selection;
use crate::multi::system::matching::report_unknown;
use crate::multi::system::{InstanceInfo, System};
use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::printable::printable;
use crate::plan::policy::RunOrder;
use crate::plan::run_settings::OutputFormat;
use crate::postfix::values::enable_flag::Flag;
use crate::report::json::{quoted, quoted_text};
use crate::run::wording;

/// What stands in the place of an empty name.
const NONE: &[u8] = b"-";

/// Prints the instances that are meant. The result is the exit status.
pub(crate) fn print(
    system: &System,
    selection: &Selection,
    order: RunOrder,
    format: OutputFormat,
    messages: &mut Messages<'_>,
) -> u8 {
    let meant = selection.among(system, order);
    let mut text = Vec::new();
    for instance in &meant {
        match format {
            OutputFormat::Table => line(&mut text, instance),
            OutputFormat::Json => json(&mut text, instance),
        }
    }
    if !written(&text, "the list", messages) {
        return exit_status::FAILURE;
    }
    let mut is_damaged = report_unknown(system, selection, messages);
    let environment = system.installation.environment();
    for instance in meant {
        if let Err(damage) = instance.flag() {
            let directory = printable(&instance.directory);
            let cure = wording::cure(&environment, &instance.directory, &damage);
            messages.report(Level::Error, &format!("instance {directory} is damaged: {damage}; {cure}"));
            is_damaged = true;
        }
    }
    if is_damaged { exit_status::FAILURE } else { exit_status::SUCCESS }
}

/// The columns of an instance: name, group, whether it is enabled.
fn columns(instance: &InstanceInfo) -> (&[u8], &[u8], &'static str) {
    let settings = instance.settings.as_ref().ok();
    let name = settings.and_then(|settings| settings.name.as_deref());
    let group = settings.and_then(|settings| settings.group.as_deref());
    let enabled = match instance.flag() {
        Ok(Flag::Enabled) => "y",
        Ok(Flag::Disabled) => "n",
        Err(_) => "damaged",
    };
    (name.map_or(NONE, OsStrExt::as_bytes), group.map_or(NONE, OsStrExt::as_bytes), enabled)
}

/// A line for people and for scripts.
fn line(text: &mut Vec<u8>, instance: &InstanceInfo) {
    let (name, group, enabled) = columns(instance);
    for (column, width) in [(name, 15), (group, 15), (enabled.as_bytes(), 9)] {
        text.extend_from_slice(column);
        text.extend(std::iter::repeat_n(b' ', usize::saturating_sub(width, column.len()) + 1));
    }
    text.extend_from_slice(instance.directory.as_os_str().as_bytes());
    text.push(b'\n');
}

/// An object of JSON with postmulti(1)'s members, in its form. A damaged instance counts as not enabled there, and
/// has one member more.
fn json(text: &mut Vec<u8>, instance: &InstanceInfo) {
    let (name, group, enabled) = columns(instance);
    let damage = instance.flag().err();
    let enabled = if damage.is_some() { "n" } else { enabled };
    let directory = instance.directory.as_os_str().as_bytes();
    let members =
        [("name", name), ("group", group), ("enabled", enabled.as_bytes()), ("config_directory", directory)];
    let mut members = members.map(|(member, value)| format!("\"{member}\": {}", quoted(value))).to_vec();
    members.extend(damage.map(|damage| format!("\"damage\": {}", quoted_text(&damage.to_string()))));
    text.extend_from_slice(format!("{{{}}}\n", members.join(",")).as_bytes());
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use crate::multi::system::Role;
    use crate::postfix::damage::Damage;
    use crate::postfix::instance_settings::InstanceSettings;
    use crate::postfix::values::enable_flag::NotBoolean;

    fn instance(name: &str, group: &str, enable: Result<Flag, NotBoolean>) -> InstanceInfo {
        let some = |text: &str| (!text.is_empty()).then(|| OsString::from(text));
        InstanceInfo {
            role: Role::Secondary,
            directory: "/etc/postfix-a".into(),
            settings: Ok(InstanceSettings {
                name: some(name),
                group: some(group),
                enable,
                queue_directory: "/q".into(),
                data_directory: "/d".into(),
                shared: Vec::new(),
            }),
        }
    }

    fn shown(instances: &[InstanceInfo]) -> String {
        let mut text = Vec::new();
        for instance in instances {
            line(&mut text, instance);
            json(&mut text, instance);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn lines_and_objects_have_the_form_that_scripts_know() {
        let instances = [
            instance("postfix-a", "mx", Ok(Flag::Disabled)),
            instance("", "", Ok(Flag::Enabled)),
            instance("postfix-of-a-long-name", "a\"b\\c", Ok(Flag::Enabled)),
        ];
        insta::assert_snapshot!(shown(&instances), @r#"
        postfix-a       mx              n         /etc/postfix-a
        {"name": "postfix-a","group": "mx","enabled": "n","config_directory": "/etc/postfix-a"}
        -               -               y         /etc/postfix-a
        {"name": "-","group": "-","enabled": "y","config_directory": "/etc/postfix-a"}
        postfix-of-a-long-name a"b\c           y         /etc/postfix-a
        {"name": "postfix-of-a-long-name","group": "a\"b\\c","enabled": "y","config_directory": "/etc/postfix-a"}
        "#);
    }

    #[test]
    fn a_damaged_instance_is_there_and_not_taken_for_an_enabled_one() {
        let unreadable = InstanceInfo {
            settings: Err(Damage::Unknown { reason: "torn".into(), status: 78 }),
            ..instance("", "", Ok(Flag::Enabled))
        };
        let instances = [instance("postfix-a", "mx", Err(NotBoolean("maybe".into()))), unreadable];
        insta::assert_snapshot!(shown(&instances), @r#"
        postfix-a       mx              damaged   /etc/postfix-a
        {"name": "postfix-a","group": "mx","enabled": "n","config_directory": "/etc/postfix-a","damage": "multi_instance_enable is \"maybe\", which is neither yes nor no"}
        -               -               damaged   /etc/postfix-a
        {"name": "-","group": "-","enabled": "n","config_directory": "/etc/postfix-a","damage": "its main.cf cannot be read: torn"}
        "#);
    }

    #[test]
    fn what_is_no_text_is_in_a_valid_object() {
        let mut odd = instance("postfix-a", "mx", Ok(Flag::Enabled));
        odd.directory = OsString::from_vec(b"/etc/caf\xe9".to_vec()).into();
        let mut text = Vec::new();
        json(&mut text, &odd);
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["config_directory"], r"/etc/caf\351");
    }
}
