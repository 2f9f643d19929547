//! A reader whose reads fail in given ways, for tests.
//!
//! Knows nothing of what is read from it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// A file of zeros whose reads first fail in these ways, the last one first.
pub(crate) struct Failing {
    file: File,
    failures: Vec<io::ErrorKind>,
}

impl Failing {
    pub(crate) fn with(size: usize, failures: Vec<io::ErrorKind>) -> Self {
        let file = tempfile::tempfile().unwrap();
        file.set_len(size.try_into().unwrap()).unwrap();
        Self { file, failures }
    }
}

impl Read for Failing {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.failures.pop().map_or_else(|| self.file.read(bytes), |kind| Err(kind.into()))
    }
}

impl AsFd for Failing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
