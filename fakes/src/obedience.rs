//! Carrying out a fault: output, gate, ending. Knows how a program calls for a fault and how a process ends,
//! nothing of why a fault was injected.

use crate::program::Program;

/// Obeys the first fault that applies. The exit status, when the fault ends the program with one.
pub(crate) fn obey(_program: &Program) -> Option<u8> {
    None
}
