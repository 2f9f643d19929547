//! What this program does in containers: the same as here, in an image of another Postfix. Knows what it must
//! ask of itself in there, and how the answers come back.

pub mod carried;
#[cfg(feature = "measures")]
pub mod measure;
