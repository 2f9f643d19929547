//! A simulated Postfix: stand-ins for postfix(1), postconf(1), postfix-script and postlog(1) that need neither
//! root nor Postfix, record what they are asked, and obey injected faults. They never judge: that is the
//! harness's part.

pub mod bytes;
pub mod fault;
pub mod journal;
pub mod world;
