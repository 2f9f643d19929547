//! Lets many threads do the same work, or as many as the system grants. Knows nothing of the work.

use std::thread::{Builder, Scope};

/// Runs `worker` on so many threads of `scope`. Where the system has none left, there are fewer, and in the end the
/// caller's own does all the work before this returns.
pub(crate) fn work<'scope>(
    scope: &'scope Scope<'scope, '_>,
    wanted: usize,
    worker: impl Fn() + Clone + Send + 'scope,
) {
    for number in 0..wanted {
        if Builder::new().spawn_scoped(scope, worker.clone()).is_err() {
            if number == 0 {
                worker();
            }
            return;
        }
    }
}
