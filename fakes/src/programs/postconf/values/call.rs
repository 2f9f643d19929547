//! Describes a call of postconf(1), and holds what earlier calls of the same process found out.

use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use super::parameter_set::ParameterSet;
use crate::config::main_cf::ExpansionLimit;
use crate::protocol::bytes::path_of;
use crate::protocol::fault::EditFault;
use crate::protocol::world::World;
use crate::runtime::getopt::Options;

/// A call of postconf.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    /// What messages call the program: its name as it was called.
    pub(crate) called: Vec<u8>,
    pub(crate) arguments: Vec<OsString>,
    /// `MAIL_CONFIG` of the environment.
    pub(crate) mail_config: Option<Vec<u8>>,
    /// What keeps an edit from its end.
    pub(crate) edit_fault: Option<EditFault>,
    /// How much it may expand.
    pub(crate) limit: ExpansionLimit,
    /// What earlier calls of the same process found out.
    pub(crate) cache: Option<&'a ParameterCache>,
}

impl Call<'_> {
    /// The configuration directory that the call or its environment names.
    pub(crate) fn given_directory<'o>(&'o self, options: &'o Options) -> Option<&'o [u8]> {
        options.last(b'c').or(self.mail_config.as_deref())
    }

    pub(crate) fn directory<'o>(&'o self, options: &'o Options) -> &'o [u8] {
        self.given_directory(options).unwrap_or(&self.world.settings.default_config_directory.0)
    }

    /// The last part of the path that it was called as.
    pub(crate) fn process_name(&self) -> &[u8] {
        path_of(&self.called).file_name().map_or(&self.called, OsStrExt::as_bytes)
    }
}

/// What a process has found out for earlier questions.
#[derive(Default)]
pub(crate) struct ParameterCache(pub(super) RefCell<Vec<(Basis, Rc<ParameterSet>)>>);

/// All that a set depends on, within a process.
#[derive(PartialEq, Eq)]
pub(super) struct Basis {
    pub(super) process_name: Vec<u8>,
    /// Without it, the directory is the world's.
    pub(super) given: Option<Vec<u8>>,
    pub(super) main_cf: Vec<u8>,
    pub(super) master_cf: Vec<u8>,
}

#[cfg(test)]
impl ParameterCache {
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}
