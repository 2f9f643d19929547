//! The users and groups that main.cf names, and what Postfix says of those it cannot use. The accounts that
//! Postfix comes with count as there, whatever this host has. Knows nothing of what the accounts are for.

use nix::unistd::{Gid, Group, Uid, User};

use crate::main_cf::Fatal;

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
}

impl Accounts<'_> {
    /// Checks them, in Postfix's order.
    pub(crate) fn check(self) -> Result<(), Fatal> {
        self.check_user("default_privs", self.default_privs)?;
        self.check_user("mail_owner", self.mail_owner)?;
        self.check_group()?;
        if self.default_privs == self.mail_owner {
            let text =
                [&b"parameters default_privs and mail_owner specify the same user "[..], self.mail_owner];
            return Err(self.fatal(&text));
        }
        Ok(())
    }

    fn check_user(self, parameter: &str, name: &[u8]) -> Result<(), Fatal> {
        if OF_POSTFIX.contains(&name) {
            return Ok(());
        }
        let parameter = format!("parameter {parameter}: ");
        let Some(user) = name_of(name).and_then(|name| User::from_name(name).ok().flatten()) else {
            return Err(self.fatal(&[parameter.as_bytes(), b"unknown user name value: ", name]));
        };
        if user.uid == Uid::from_raw(0) {
            return Err(self.fatal(&[parameter.as_bytes(), b"user ", name, b" has privileged user ID"]));
        }
        if user.gid == Gid::from_raw(0) {
            return Err(self.fatal(&[parameter.as_bytes(), b"user ", name, b" has privileged group ID"]));
        }
        Ok(())
    }

    fn check_group(self) -> Result<(), Fatal> {
        let name = self.setgid_group;
        if OF_POSTFIX.contains(&name) {
            return Ok(());
        }
        let parameter = b"parameter setgid_group: ";
        let Some(group) = name_of(name).and_then(|name| Group::from_name(name).ok().flatten()) else {
            return Err(self.fatal(&[parameter, b"unknown group name: ", name]));
        };
        if group.gid == Gid::from_raw(0) {
            return Err(self.fatal(&[parameter, b"group ", name, b" has privileged group ID"]));
        }
        Ok(())
    }

    fn fatal(self, text: &[&[u8]]) -> Fatal {
        Fatal([b"file ", self.directory, b"/main.cf: ", &text.concat()[..]].concat())
    }
}

fn name_of(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use super::Accounts;

    #[test]
    fn what_postfix_cannot_use_is_said() {
        let good = Accounts {
            directory: b"/x",
            default_privs: b"nobody",
            mail_owner: b"postfix",
            setgid_group: b"postdrop",
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
        ] {
            assert_eq!(accounts.check().unwrap_err().to_string(), wanted);
        }
    }
}
