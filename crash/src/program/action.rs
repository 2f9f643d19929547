//! The changes of the system that are tried, each with what must be there before.
//!
//! Knows nothing of how they are carried out.

/// A change of the system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What makes the system ready, an argument list each.
    pub(crate) before: &'static [&'static [&'static str]],
    /// The change itself.
    pub(crate) words: &'static [&'static str],
}

const INIT: &[&str] = &["-e", "init"];
const X: &[&str] = &["-e", "create", "-I", "postfix-x", "-G", "old"];
const DEPORT: &[&str] = &["-e", "deport", "-i", "postfix-x"];
const ENABLE: &[&str] = &["-e", "enable", "-i", "postfix-x"];

/// All of them: every action, and the two ways to make an instance.
pub(crate) const ACTIONS: [Action; 9] = [
    Action { name: "init", before: &[], words: INIT },
    Action { name: "create", before: &[INIT], words: &["-e", "create", "-I", "postfix-new", "-G", "new"] },
    Action {
        name: "create-elsewhere",
        before: &[INIT, X],
        words: &[
            "-e",
            "create",
            "-i",
            "postfix-x",
            "-I",
            "postfix-new",
            "config_directory=/etc/postfix-far/etc",
            "queue_directory=/var/spool/postfix-far/spool",
            "data_directory=/var/lib/postfix-far/lib",
        ],
    },
    Action {
        name: "import",
        before: &[INIT, X, DEPORT],
        words: &["-e", "import", "-I", "postfix-y", "-G", "new", "config_directory=/etc/postfix-x"],
    },
    Action { name: "deport", before: &[INIT, X], words: DEPORT },
    Action { name: "destroy", before: &[INIT, X], words: &["-e", "destroy", "-i", "postfix-x"] },
    Action { name: "enable", before: &[INIT, X], words: ENABLE },
    Action { name: "disable", before: &[INIT, X, ENABLE], words: &["-e", "disable", "-i", "postfix-x"] },
    Action {
        name: "assign",
        before: &[INIT, X],
        words: &["-e", "assign", "-i", "/etc/postfix-x", "-I", "postfix-y", "-G", "new"],
    },
];

impl Action {
    /// Those with these names, or all.
    pub(crate) fn chosen(names: &[String]) -> Result<Vec<Self>, String> {
        if names.is_empty() {
            return Ok(ACTIONS.to_vec());
        }
        let find = |name: &String| ACTIONS.into_iter().find(|action| action.name == name);
        names.iter().map(|name| find(name).ok_or_else(|| format!("there is no action {name}"))).collect()
    }
}
