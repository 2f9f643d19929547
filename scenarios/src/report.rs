//! Reports what was judged. All formats are fed by one stream of events.

pub mod collector;
pub mod completeness;
pub mod counter;
pub mod deferred_signals;
pub mod event;
pub mod formats;
pub mod merge;
pub mod model;
pub mod options;
pub mod recorder;
pub mod recording;
pub mod replay_command;
pub mod run_head;
pub mod run_summary;
pub mod tables;
pub mod tally;
pub mod terminal;
