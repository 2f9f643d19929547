//! Makes a case of a corpus smaller by removing lines.
//! It removes logical lines of main.cf, then of master.cf, then names that are asked for, then single lines. Each of
//! these is removed in parts that halve, so that a large file becomes small in few steps.

use std::mem;

use postfix_fakes::bytes::ByteString;
use proptest::strategy::ValueTree;

use super::logical_lines::logical_lines;
use crate::fidelity::case::{Case, CorpusCase, PostconfCase};

/// What is removed, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    MainCf,
    MasterCf,
    Names,
    LineOfMainCf,
    LineOfMasterCf,
}

const PARTS: [Part; 5] =
    [Part::MainCf, Part::MasterCf, Part::Names, Part::LineOfMainCf, Part::LineOfMasterCf];

/// A case, and what is left of it.
#[derive(Debug)]
pub(crate) struct LineRemoval {
    case: CorpusCase,
    /// How many of the last arguments are names of which one must stay.
    names: usize,
    /// The number of the part that is worked on.
    part: usize,
    pieces: Pieces,
}

/// Pieces of which some are to be removed.
#[derive(Debug, Default)]
struct Pieces {
    kept: Vec<ByteString>,
    /// How many must stay.
    fewest: usize,
    /// The first of those that are tried without.
    at: usize,
    /// How many these are at most.
    size: usize,
    /// Whether anything is tried without now.
    tried: bool,
    /// Whether any was removed since the first piece was tried.
    removed: bool,
}

impl LineRemoval {
    /// Begins with the whole case, whose last `names` arguments are names.
    pub(crate) fn new(case: CorpusCase, names: usize) -> Self {
        let pieces = pieces_of(&case.call, names, PARTS[0]);
        Self { case, names, part: 0, pieces }
    }

    /// Proposes what comes next; false if there is nothing left to try.
    fn propose(&mut self) -> bool {
        while !self.pieces.propose() {
            if self.part + 1 >= PARTS.len() {
                return false;
            }
            let kept = mem::take(&mut self.pieces).kept;
            self.names = with_pieces(&mut self.case.call, self.names, PARTS[self.part], &kept);
            self.part += 1;
            self.pieces = pieces_of(&self.case.call, self.names, PARTS[self.part]);
        }
        true
    }
}

impl ValueTree for LineRemoval {
    type Value = Case;

    fn current(&self) -> Case {
        let mut case = self.case.clone();
        with_pieces(&mut case.call, self.names, PARTS[self.part], &self.pieces.current());
        Case::Corpus(case)
    }

    /// Takes what was tried, and tries the next.
    fn simplify(&mut self) -> bool {
        self.pieces.take();
        self.propose()
    }

    /// Takes back what was tried, and tries the next.
    fn complicate(&mut self) -> bool {
        self.pieces.leave();
        self.propose()
    }
}

impl Pieces {
    fn new(kept: Vec<ByteString>, fewest: usize) -> Self {
        let size = kept.len();
        Self { kept, fewest, size, ..Self::default() }
    }

    fn end(&self) -> usize {
        (self.at + self.size).min(self.kept.len())
    }

    fn current(&self) -> Vec<ByteString> {
        if !self.tried {
            return self.kept.clone();
        }
        self.kept[..self.at].iter().chain(&self.kept[self.end()..]).cloned().collect()
    }

    fn take(&mut self) {
        if mem::take(&mut self.tried) {
            self.kept.drain(self.at..self.end());
            self.removed = true;
        }
    }

    fn leave(&mut self) {
        if mem::take(&mut self.tried) {
            self.at += self.size;
        }
    }

    fn propose(&mut self) -> bool {
        loop {
            if self.at >= self.kept.len() {
                // Once more with pieces of one: what one needed may be gone now.
                let again = mem::take(&mut self.removed) && self.size == 1;
                if self.kept.is_empty() || (self.size <= 1 && !again) {
                    return false;
                }
                (self.at, self.size) = (0, (self.size / 2).max(1));
            }
            if self.kept.len() - (self.end() - self.at) >= self.fewest {
                self.tried = true;
                return true;
            }
            self.at += self.size;
        }
    }
}

fn pieces_of(call: &PostconfCase, names: usize, part: Part) -> Pieces {
    let own = |line: &[u8]| ByteString(line.to_vec());
    let logical = |text: &[u8]| logical_lines(text).into_iter().map(own).collect();
    let lines = |text: &[u8]| text.split_inclusive(|byte| *byte == b'\n').map(own).collect();
    let text = |text: &Option<ByteString>| text.clone().unwrap_or_default().0;
    match part {
        Part::MainCf => Pieces::new(logical(&text(&call.main_cf)), 0),
        Part::MasterCf => Pieces::new(logical(&text(&call.master_cf)), 0),
        Part::Names => Pieces::new(call.arguments[call.arguments.len() - names..].to_vec(), names.min(1)),
        Part::LineOfMainCf => Pieces::new(lines(&text(&call.main_cf)), 0),
        Part::LineOfMasterCf => Pieces::new(lines(&text(&call.master_cf)), 0),
    }
}

/// Puts pieces in the place that they are from; the result is how many names there are now.
fn with_pieces(call: &mut PostconfCase, names: usize, part: Part, pieces: &[ByteString]) -> usize {
    let put = |text: &mut Option<ByteString>| {
        if let Some(text) = text {
            text.0 = pieces.iter().flat_map(|piece| piece.0.iter().copied()).collect();
        }
    };
    match part {
        Part::MainCf | Part::LineOfMainCf => put(&mut call.main_cf),
        Part::MasterCf | Part::LineOfMasterCf => put(&mut call.master_cf),
        Part::Names => {
            call.arguments.truncate(call.arguments.len() - names);
            call.arguments.extend_from_slice(pieces);
            return pieces.len();
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree;

    use super::{Case, CorpusCase, LineRemoval, PostconfCase};

    /// The smallest case that `differs`, and how many tries it took.
    fn shrunk(
        case: CorpusCase,
        names: usize,
        differs: impl Fn(&PostconfCase) -> bool,
    ) -> (PostconfCase, usize) {
        let mut removal = LineRemoval::new(case, names);
        let (mut smallest, mut tries) = (removal.current(), 0);
        let mut more = removal.simplify();
        while more {
            tries += 1;
            let Case::Corpus(case) = removal.current() else { panic!("another case") };
            more = if differs(&case.call) {
                smallest = Case::Corpus(case);
                removal.simplify()
            } else {
                removal.complicate()
            };
        }
        assert_eq!(removal.current(), smallest);
        let Case::Corpus(case) = smallest else { panic!("another case") };
        (case.call, tries)
    }

    #[test]
    fn only_the_lines_that_matter_are_left() {
        use std::fmt::Write;
        let mut text = String::new();
        for number in 0..400 {
            write!(text, "n{number} = 1\n  # c\n  2\n").unwrap();
        }
        let case = CorpusCase {
            folder: "x".into(),
            call: PostconfCase {
                main_cf: Some(text.as_str().into()),
                master_cf: Some("a\nb\n c\n".into()),
                arguments: ["-x", "p", "q", "r"].map(Into::into).to_vec(),
                ..PostconfCase::default()
            },
        };
        let (left, tries) = shrunk(case, 3, |call| {
            let main_cf = call.main_cf.as_ref().unwrap().to_string();
            main_cf.contains("n7 =")
                && main_cf.contains("n301 =")
                && call.master_cf.as_ref().unwrap().to_string().contains(" c")
                && call.arguments.contains(&"q".into())
        });
        assert_eq!(left.main_cf.unwrap().to_string(), "n7 = 1\nn301 = 1\n");
        assert_eq!(left.master_cf.unwrap().to_string(), " c\n");
        assert_eq!(left.arguments, ["-x", "q"].map(Into::into));
        assert!(tries < 100, "{tries}");
    }

    #[test]
    fn a_name_that_is_asked_for_stays() {
        let call =
            PostconfCase { arguments: ["-d", "a", "b"].map(Into::into).to_vec(), ..PostconfCase::default() };
        let (left, _) = shrunk(CorpusCase { folder: "x".into(), call }, 2, |_| true);
        assert_eq!(left.arguments.len(), 2);
        assert_eq!((left.main_cf, left.master_cf), (None, None));
    }
}
