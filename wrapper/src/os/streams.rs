//! The program's own output, and output that waits until it is printed.

pub(crate) mod output_buffer;
pub(crate) mod standard_output;
pub(crate) mod std_streams;
