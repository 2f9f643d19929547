//! Caches the result of a step on a system, so that the same step on the same system is not carried out twice.

use std::collections::HashMap;
use std::rc::Rc;

use super::difference::Seen;
use super::step::Step;
use super::system::Snapshot;

/// Whose system it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// postmulti(1)'s.
    Theirs,
    /// Ours.
    Ours,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    /// Nobody's, if no tool has a part in the step.
    side: Option<Side>,
    step: Step,
    before: Rc<Snapshot>,
}

/// Steps and what came of them.
#[derive(Debug, Default)]
pub(super) struct StepCache(HashMap<Key, Rc<Seen>>);

impl StepCache {
    /// What came of this step on this system. If it is not known, it is carried out now, and remembered.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn recall<E>(
        &mut self,
        side: Side,
        step: &Step,
        before: &Rc<Snapshot>,
        carry_out: impl FnOnce() -> Result<Seen, E>,
    ) -> Result<Rc<Seen>, E> {
        let side = match step {
            Step::Tool(_) => Some(side),
            Step::Meanwhile(_) | Step::Bind(..) | Step::Run(_) => None,
        };
        let key = Key { side, step: step.clone(), before: Rc::clone(before) };
        if let Some(seen) = self.0.get(&key) {
            return Ok(Rc::clone(seen));
        }
        let seen = Rc::new(carry_out()?);
        self.0.insert(key, Rc::clone(&seen));
        Ok(seen)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::rc::Rc;

    use super::{Side, StepCache};
    use crate::differential::difference::Seen;
    use crate::differential::step::Step;
    use crate::differential::system::{Found, Snapshot};

    fn system(link: &str) -> Rc<Snapshot> {
        Rc::new(Snapshot::from([("/x".into(), Found::Link(link.into(), 0))]))
    }

    /// Whether the step had to be carried out.
    fn anew(memory: &mut StepCache, side: Side, step: &Step, before: &Rc<Snapshot>) -> bool {
        let mut anew = false;
        let seen = memory.recall(side, step, before, || {
            anew = true;
            let (status, stdout) = ("0".to_owned(), format!("{side:?} {step:?} {before:?}"));
            Ok::<_, Infallible>(Seen {
                status,
                stdout,
                stderr: String::new(),
                snapshot: system("after"),
                broken: Vec::new(),
                unsound: BTreeSet::new(),
            })
        });
        assert!(seen.unwrap().stdout.ends_with(&format!("{step:?} {before:?}")));
        anew
    }

    #[test]
    fn a_step_is_carried_out_again_on_another_system_or_by_another_tool_only() {
        let mut memory = StepCache::default();
        let step = Step::Tool(vec!["-l".into()]);
        assert!(anew(&mut memory, Side::Theirs, &step, &system("a")));
        assert!(!anew(&mut memory, Side::Theirs, &step, &system("a")));
        assert!(anew(&mut memory, Side::Theirs, &step, &system("b")));
        assert!(anew(&mut memory, Side::Ours, &step, &system("a")));
        assert!(anew(&mut memory, Side::Theirs, &Step::Tool(vec!["-x".into()]), &system("a")));
        memory.clear();
        assert!(anew(&mut memory, Side::Theirs, &step, &system("a")));
    }

    #[test]
    fn what_happens_beside_both_happens_once() {
        let mut memory = StepCache::default();
        let step = Step::Meanwhile("touch x".into());
        assert!(anew(&mut memory, Side::Theirs, &step, &system("a")));
        assert!(!anew(&mut memory, Side::Ours, &step, &system("a")));
        assert!(anew(&mut memory, Side::Ours, &step, &system("b")));
    }
}
