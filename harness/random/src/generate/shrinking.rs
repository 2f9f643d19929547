//! Shrinks a case that fails, as long as it fails in the same way.

use super::Case;
use super::shrink_steps::{Change, changes};

/// What came of trying a smaller case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It fails in the same way: go on from it.
    Same,
    /// It does not.
    Other,
    /// It was not tried, and no other shall be.
    Enough,
}

/// The smallest case that can be made of `case` one change at a time, each of which leaves it failing.
///
/// # Errors
/// When a case could not be tried.
pub fn shrink<E>(case: Case, mut answer: impl FnMut(&Case) -> Result<Answer, E>) -> Result<Case, E> {
    let mut smallest = case;
    // A change that brought nothing is not tried again until all others were: most bring nothing ever.
    let mut start = 0;
    loop {
        let changes = changes(&smallest);
        let order = (start..changes.len()).chain(0..start.min(changes.len()));
        let mut next = None;
        for place in order {
            let Some(smaller) = apply(&smallest, &changes[place]) else { continue };
            match answer(&smaller)? {
                Answer::Same => {
                    next = Some((place, smaller));
                    break;
                }
                Answer::Other => {}
                Answer::Enough => return Ok(smallest),
            }
        }
        let Some((place, smaller)) = next else { return Ok(smallest) };
        (start, smallest) = (place, smaller);
    }
}

/// The changed case, if it is another one.
fn apply(case: &Case, change: &Change) -> Option<Case> {
    change.apply(case).filter(|changed| changed != case)
}

#[cfg(test)]
mod tests {
    use super::{Answer, shrink};
    use crate::generate::Case;
    use crate::generate::drawing::draw;
    use postfix_harness::layout::Damage;
    use std::convert::Infallible;

    fn shrunk(case: Case, is_wrong: impl Fn(&Case) -> bool) -> Case {
        let Ok(case) = shrink(case, |case| {
            Ok::<_, Infallible>(if is_wrong(case) { Answer::Same } else { Answer::Other })
        });
        case
    }

    #[test]
    fn what_does_not_matter_goes_and_what_matters_stays() {
        let damaged =
            |case: &Case| case.layout.instances().any(|one| one.damage == Some(Damage::MainCfSyntax));
        let mut tried = 0;
        for case in (0..400).map(|number| draw(3, number)).filter(damaged) {
            let small = shrunk(case, damaged);
            assert_eq!(small.steps.len(), 1, "{small:?}");
            assert!(small.layout.secondary_instances().len() <= 1, "{small:?}");
            assert!(small.layout.faults().is_empty(), "{small:?}");
            tried += 1;
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn an_edit_that_matters_stays_where_it_matters() {
        // A start, and some time after it an edit of the first instance that damages it.
        let is_wrong = |case: &Case| {
            let start =
                case.steps.iter().position(|step| step.invocation.arguments.contains(&"start".into()));
            start.is_some_and(|start| {
                let later = case.steps[start + 1..].iter().flat_map(|step| &step.rewrite);
                later.into_iter().any(|edited| edited.name == "a" && edited.damage.is_some())
            })
        };
        let found =
            (0..2000).map(|number| draw(1, number)).find(|case| is_wrong(case) && case.steps.len() > 4);
        let small = shrunk(found.unwrap(), is_wrong);
        assert_eq!(small.steps.len(), 2, "{small:?}");
        assert_eq!(small.layout.secondary_instances().len(), 1, "{small:?}");
        assert_eq!(small.steps[1].rewrite.len(), 1, "{small:?}");
    }

    #[test]
    fn enough_is_enough() {
        let case = draw(1, 1);
        let mut tries = 0;
        let Ok(same) = shrink(case.clone(), |_| {
            tries += 1;
            Ok::<_, Infallible>(Answer::Enough)
        });
        assert_eq!((same, tries), (case, 1));
    }
}
