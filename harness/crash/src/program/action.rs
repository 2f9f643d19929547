//! Defines the changes of the system that are tried.
//! It says what must be there before, what each change may touch, and what somebody else does between a kill and the
//! next command.
//!
//! Knows nothing of how they are carried out.

/// A change of the system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What makes the system ready, an argument list each.
    pub(crate) before: &'static [&'static [&'static str]],
    /// What people have done to the system after that, a shell's text.
    pub(crate) by_hand: &'static str,
    /// The change itself.
    pub(crate) words: &'static [&'static str],
    /// The directories that the instance has to itself. All else must stay as it was, but for the lists.
    pub(crate) own: &'static [&'static str],
    /// What somebody does after the kill, a shell's text. Files that it makes are called `mine`, or begin with
    /// `# mine`: none of them may be lost.
    pub(crate) meanwhile: Option<&'static str>,
}

const INIT: &[&str] = &["-e", "init"];
const X: &[&str] = &["-e", "create", "-I", "postfix-x", "-G", "old"];
const DEPORT: &[&str] = &["-e", "deport", "-i", "postfix-x"];
const ENABLE: &[&str] = &["-e", "enable", "-i", "postfix-x"];

/// The directories of the instance `postfix-x`.
const OWN_X: &[&str] = &["/etc/postfix-x", "/var/spool/postfix-x", "/var/lib/postfix-x"];

/// The directories of the instance `postfix-new`.
const OWN_NEW: &[&str] = &["/etc/postfix-new", "/var/spool/postfix-new", "/var/lib/postfix-new"];

/// Where `create-elsewhere` puts an instance.
const OWN_FAR: &[&str] = &["/etc/postfix-far", "/var/spool/postfix-far", "/var/lib/postfix-far"];

/// What has no directory of its own changes lists only, or one main.cf.
const OWN_MAIN_CF: &[&str] = &["/etc/postfix-x/main.cf"];

const CREATE: &[&str] = &["-e", "create", "-I", "postfix-new", "-G", "new"];
const ENSURE_NEW: &[&str] = &["-e", "ensure", "-I", "postfix-new", "-G", "new", "--enabled"];
const DESTROY: &[&str] = &["-e", "destroy", "-i", "postfix-x"];

/// `postfix-x`, written by hand, with a setting that continues, one that names another, and no group.
macro_rules! written {
    () => {
        "mkdir -p /etc/postfix-x /var/spool/postfix-x /var/lib/postfix-x; chown postfix /var/lib/postfix-x; \
         printf '%s\\n' '# By hand.' 'compatibility_level = 3.5' 'multi_instance_name = postfix-x' \
         'queue_directory = /var/spool/$multi_instance_name' 'data_directory =' '# between' '  /var/lib/postfix-x' \
         >/etc/postfix-x/main.cf; cp /etc/postfix/master.cf /etc/postfix-x; "
    };
}

/// A folder with a main.cf and a master.cf for an instance.
macro_rules! prepared {
    () => {
        "mkdir -p /srv/prepared; echo 'relayhost = [relay.example]' >/srv/prepared/main.cf; \
         (echo '# Prepared.'; cat /etc/postfix/master.cf) >/srv/prepared/master.cf; "
    };
}

/// Somebody who puts files into the directories of an instance, and a main.cf and a master.cf if there is none.
macro_rules! intruder {
    ($name:literal) => {
        concat!(
            "n=postfix-",
            $name,
            "; for d in /etc/$n /var/spool/$n /var/lib/$n; do \
             test -d $d && echo mine >$d/mine; done; d=/etc/$n; \
             test -d $d && for f in main.cf master.cf; do test -e $d/$f || echo '# mine' >$d/$f; done"
        )
    };
}

/// Two neighbours that share the default instance's data directory and one queue, and files of theirs everywhere.
macro_rules! neighbours {
    () => {
        "for i in h k; do mkdir -p /etc/postfix-$i /var/spool/postfix-hk; \
         printf '%s\\n' \"multi_instance_name = postfix-$i\" 'queue_directory = /var/spool/postfix-hk' \
         >/etc/postfix-$i/main.cf; cp /etc/postfix/master.cf /etc/postfix-$i; done; \
         for d in /var/lib/postfix /var/spool/postfix-hk; do echo theirs >$d/theirs; echo theirs >$d/master.lock; done; "
    };
}

/// All of them: every action, the ways to make an instance, and the systems that people make with an editor.
pub(crate) const ACTIONS: [Action; 19] = [
    Action { name: "init", before: &[], words: INIT, ..USUAL },
    Action { name: "create", before: &[INIT], words: CREATE, own: OWN_NEW, ..USUAL },
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
        own: OWN_FAR,
        ..USUAL
    },
    Action {
        name: "create-beside",
        before: &[INIT],
        // Neighbours that nobody lists.
        by_hand: neighbours!(),
        words: CREATE,
        own: OWN_NEW,
        ..USUAL
    },
    Action {
        name: "create-intruded",
        before: &[INIT],
        words: CREATE,
        own: OWN_NEW,
        meanwhile: Some(intruder!("new")),
        ..USUAL
    },
    Action {
        name: "import",
        before: &[INIT, X, DEPORT],
        words: &["-e", "import", "-I", "postfix-y", "-G", "new", "config_directory=/etc/postfix-x"],
        own: OWN_X,
        ..USUAL
    },
    Action {
        name: "import-by-hand",
        before: &[INIT],
        by_hand: concat!(written!(), neighbours!()),
        // Its queue_directory refers to its name, which must stay.
        words: &["-e", "import", "-G", "new", "config_directory=/etc/postfix-x"],
        own: OWN_X,
        ..USUAL
    },
    Action { name: "deport", before: &[INIT, X], words: DEPORT, ..USUAL },
    Action { name: "destroy", before: &[INIT, X], words: DESTROY, own: OWN_X, ..USUAL },
    Action {
        name: "destroy-by-hand",
        before: &[INIT],
        by_hand: concat!(
            written!(),
            neighbours!(),
            "postconf -e 'multi_instance_directories = /etc/postfix-h /etc/postfix-x /etc/postfix-k'"
        ),
        words: DESTROY,
        own: OWN_X,
        ..USUAL
    },
    Action {
        name: "destroy-intruded",
        before: &[INIT, X],
        words: DESTROY,
        own: OWN_X,
        meanwhile: Some(intruder!("x")),
        ..USUAL
    },
    Action { name: "enable", before: &[INIT, X], words: ENABLE, own: OWN_MAIN_CF, ..USUAL },
    Action {
        name: "disable",
        before: &[INIT, X, ENABLE],
        words: &["-e", "disable", "-i", "postfix-x"],
        own: OWN_MAIN_CF,
        ..USUAL
    },
    Action {
        name: "assign",
        before: &[INIT, X],
        words: &["-e", "assign", "-i", "/etc/postfix-x", "-I", "postfix-y", "-G", "new"],
        own: OWN_MAIN_CF,
        ..USUAL
    },
    Action { name: "ensure-new", before: &[INIT], words: ENSURE_NEW, own: OWN_NEW, ..USUAL },
    Action {
        name: "ensure-listed",
        before: &[INIT],
        by_hand: "postconf -e multi_instance_directories=/etc/postfix-new",
        words: ENSURE_NEW,
        own: OWN_NEW,
        ..USUAL
    },
    Action {
        name: "ensure-unlisted",
        before: &[INIT],
        by_hand: concat!(written!(), neighbours!(), "rmdir /var/lib/postfix-x"),
        words: &["-e", "ensure", "-I", "postfix-x", "-G", "new", "relayhost=[mail.example]"],
        own: OWN_X,
        ..USUAL
    },
    Action {
        name: "ensure-from",
        before: &[INIT, X],
        by_hand: prepared!(),
        words: &["-e", "ensure", "-I", "postfix-x", "-G", "new", "--from", "/srv/prepared"],
        own: OWN_X,
        ..USUAL
    },
    Action {
        name: "ensure-from-unlisted",
        before: &[INIT],
        by_hand: concat!(written!(), neighbours!(), prepared!()),
        words: &["-e", "ensure", "-I", "postfix-x", "--from", "/srv/prepared"],
        own: OWN_X,
        ..USUAL
    },
];

/// Nobody else does anything, and nothing is the instance's own.
const USUAL: Action = Action { name: "", before: &[], by_hand: "", words: &[], own: &[], meanwhile: None };

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
