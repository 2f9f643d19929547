//! The data that every check uses.

use std::path::Path;

use crate::multi::changing::lists::Lists;
use crate::multi::changing::tools::Tools;
use crate::multi::system::System;
use crate::os::messages::Messages;
use crate::postfix::postconf;

/// What a check looks at.
pub(crate) struct CheckContext<'a, 'm> {
    pub(crate) system: &'a System,
    pub(crate) lists: Lists,
    pub(crate) tools: Tools<'a>,
    pub(crate) messages: &'a mut Messages<'m>,
}

impl CheckContext<'_, '_> {
    /// The value of a parameter of the main.cf in a directory, or nothing if it cannot be read.
    pub(crate) fn parameter(&mut self, directory: &Path, name: &str) -> Option<Vec<u8>> {
        let lines = self.tools.postconf(directory, &["-x".into(), name.into()], self.messages).ok()?;
        Some(postconf::value(&lines, name)?.trim_ascii().to_vec())
    }
}
