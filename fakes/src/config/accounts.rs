//! Checks the users and groups that main.cf names, with Postfix's own messages.
//! The accounts that Postfix brings count as present on every host.

use std::sync::{Mutex, PoisonError};

use crate::protocol::account_files::{self, User};
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::Fatal;

/// Accounts that every Postfix has.
const OF_POSTFIX: [&[u8]; 3] = [b"nobody", b"postfix", b"postdrop"];

/// The accounts of one main.cf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accounts<'a> {
    /// The configuration directory, for messages.
    pub(crate) directory: &'a [u8],
    pub(crate) default_privs: &'a [u8],
    pub(crate) mail_owner: &'a [u8],
    pub(crate) setgid_group: &'a [u8],
    /// Which Postfix speaks.
    pub(crate) version: PostfixVersion,
}

impl Accounts<'_> {
    /// Checks them, in Postfix's order. Names that were found good once are good for the life of a process, which may go
    /// on as a script that asks again and again.
    pub(crate) fn check(self) -> Result<(), Fatal> {
        static GOOD: Mutex<Vec<[Vec<u8>; 3]>> = Mutex::new(Vec::new());
        let names = [self.default_privs, self.mail_owner, self.setgid_group].map(<[u8]>::to_vec);
        let mut good = GOOD.lock().unwrap_or_else(PoisonError::into_inner);
        if !good.contains(&names) {
            self.look_up()?;
            good.push(names);
        }
        Ok(())
    }

    fn look_up(self) -> Result<(), Fatal> {
        let default = self.user("default_privs", self.default_privs)?;
        let owner = self.user("mail_owner", self.mail_owner)?;
        if let Some(User { uid, .. }) = owner {
            let first = account_files::name_of_user(uid);
            self.must_be_first("mail_owner", "user", self.mail_owner, uid, first)?;
        }
        let group = self.group()?;
        if let Some(gid) = group {
            let first = account_files::name_of_group(gid);
            self.must_be_first("setgid_group", "group", self.setgid_group, gid, first)?;
        }
        self.nothing_is_shared(default, owner, group)
    }

    /// The numbers of a user; none for one of Postfix's own that this host does not have.
    fn user(self, parameter: &str, name: &[u8]) -> Result<Option<User>, Fatal> {
        let wrong = |text: &[&[u8]]| Err(self.fatal_of(parameter, text));
        match account_files::user(name) {
            None if OF_POSTFIX.contains(&name) => Ok(None),
            None => wrong(&[b"unknown user name value: ", name]),
            Some(user) if user.uid == 0 => wrong(&[b"user ", name, b" has privileged user ID"]),
            Some(user) if user.gid == 0 => wrong(&[b"user ", name, b" has privileged group ID"]),
            Some(user) => Ok(Some(user)),
        }
    }

    fn group(self) -> Result<Option<u32>, Fatal> {
        let name = self.setgid_group;
        let wrong = |text: &[&[u8]]| Err(self.fatal_of("setgid_group", text));
        match account_files::group(name) {
            None if OF_POSTFIX.contains(&name) => Ok(None),
            None => wrong(&[b"unknown group name: ", name]),
            Some(0) => wrong(&[b"group ", name, b" has privileged group ID"]),
            Some(gid) => Ok(Some(gid)),
        }
    }

    /// A number may have several names: the first one counts.
    fn must_be_first(
        self,
        parameter: &str,
        kind: &str,
        name: &[u8],
        number: u32,
        first: Option<Vec<u8>>,
    ) -> Result<(), Fatal> {
        let Some(first) = first.filter(|first| first != name) else { return Ok(()) };
        let same = if self.version.has(Feature::SameIdInFull) {
            format!(" has the same {kind} ID {number} as {kind} ")
        } else {
            format!(" has same {kind} ID as ")
        };
        Err(self.fatal_of(parameter, &[kind.as_bytes(), b" ", name, same.as_bytes(), &first]))
    }

    fn nothing_is_shared(
        self,
        default: Option<User>,
        owner: Option<User>,
        group: Option<u32>,
    ) -> Result<(), Fatal> {
        let Self { default_privs, mail_owner, setgid_group, .. } = self;
        if default_privs == mail_owner {
            let text = b"parameters default_privs and mail_owner specify the same user ";
            return Err(self.fatal(&[text, mail_owner]));
        }
        let users: [&[u8]; 4] =
            [b"default_privs and mail_owner: users ", default_privs, b" and ", mail_owner];
        let with_group = |parameter: &'static [u8], user| {
            [parameter, b" and setgid_group: user ", user, b" and group ", setgid_group].concat()
        };
        let (what, kind, number) = match (default, owner, group) {
            (Some(User { uid, .. }), Some(other), _) if uid == other.uid => (users.concat(), "user", uid),
            (Some(User { gid, .. }), Some(other), _) if gid == other.gid => (users.concat(), "group", gid),
            (Some(User { gid, .. }), _, Some(other)) if gid == other => {
                (with_group(b"default_privs", default_privs), "group", gid)
            }
            (_, Some(User { gid, .. }), Some(other)) if gid == other => {
                (with_group(b"mail_owner", mail_owner), "group", gid)
            }
            _ => return Ok(()),
        };
        let end = format!(" have the same {kind} ID: {number}");
        Err(self.fatal(&[b"parameters ", &what, end.as_bytes()]))
    }

    fn fatal_of(self, parameter: &str, text: &[&[u8]]) -> Fatal {
        self.fatal(&[b"parameter ", parameter.as_bytes(), b": ", &text.concat()])
    }

    fn fatal(self, text: &[&[u8]]) -> Fatal {
        Fatal::of(&[b"file ", self.directory, b"/main.cf: ", &text.concat()])
    }
}

#[cfg(test)]
mod tests {
    use super::Accounts;
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn what_postfix_cannot_use_is_said() {
        let good = Accounts {
            directory: b"/x",
            default_privs: b"nobody",
            mail_owner: b"postfix",
            setgid_group: b"postdrop",
            version: PostfixVersion::upstream(Series::V3_7),
        };
        assert_eq!(good.check(), Ok(()));
        for (accounts, wanted) in [
            (
                Accounts { mail_owner: b"no such", ..good },
                "file /x/main.cf: parameter mail_owner: unknown user name value: no such",
            ),
            (
                Accounts { default_privs: b"root", ..good },
                "file /x/main.cf: parameter default_privs: user root has privileged user ID",
            ),
            (
                Accounts { setgid_group: b"root", ..good },
                "file /x/main.cf: parameter setgid_group: group root has privileged group ID",
            ),
            (
                Accounts { mail_owner: b"nobody", ..good },
                "file /x/main.cf: parameters default_privs and mail_owner specify the same user nobody",
            ),
            (
                Accounts { default_privs: b"daemon", setgid_group: b"daemon", ..good },
                "file /x/main.cf: parameters default_privs and setgid_group: user daemon and group daemon have \
                 the same group ID: 1",
            ),
        ] {
            assert_eq!(accounts.check().unwrap_err().to_string(), wanted);
        }
    }
}
