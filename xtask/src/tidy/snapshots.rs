//! Rules about insta's snapshots: each is accepted, and each belongs to a test.
//!
//! Knows how insta names its files, and nothing about what the snapshots show.

use super::file::File;
use super::finding::Finding;

/// A snapshot that waits for review is a test that nobody has decided about.
pub(super) fn is_accepted(file: &File) -> Vec<Finding> {
    let name = file.name();
    if name.ends_with(".snap.new") || name.ends_with(".pending-snap") {
        let cure = "review it and accept it (rename it to .snap), or mend the code and remove it";
        return vec![Finding::new(&file.path, 1, "pending-snapshot", cure)];
    }
    Vec::new()
}

/// A snapshot without a test is never compared with anything. Needs all files, to find the test.
pub(super) fn all_belong_to_a_test(files: &[File]) -> Vec<Finding> {
    let snapshots = files.iter().filter(|file| file.is_snapshot());
    snapshots.filter(|snapshot| !has_test(snapshot, files)).map(orphan).collect()
}

fn orphan(snapshot: &File) -> Finding {
    let cure =
        "the file in its `source:` line has no test of this name: remove the snapshot, or restore the test";
    Finding::new(&snapshot.path, 1, "unreferenced-snapshot", cure)
}

/// insta writes where the test stands, and puts the snapshot's own name last in the file's name. A name that
/// insta made up is that of the test's function, and a number from the second on.
fn has_test(snapshot: &File, files: &[File]) -> bool {
    let Some(source) = snapshot.lines().find_map(|(_, line)| line.strip_prefix("source: ")) else {
        return false;
    };
    let name = snapshot.name();
    let name = name.trim_end_matches(".snap").rsplit("__").next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    let unnumbered = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches('-');
    files
        .iter()
        .find(|file| file.path.as_os_str() == source.trim_matches('"'))
        .is_some_and(|test| test.text.contains(name) || test.text.contains(unnumbered))
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    fn snapshot(name: &str) -> File {
        sample(
            &format!("wrapper/tests/snapshots/{name}"),
            "---\nsource: wrapper/tests/plan.rs\n---\nas seen\n",
        )
    }

    #[test]
    fn pending_snapshots_are_found() {
        for bad in ["a__b.snap.new", ".a.rs.pending-snap"] {
            assert_eq!(is_accepted(&sample(bad, "")).len(), 1, "{bad}");
        }
        assert_eq!(is_accepted(&snapshot("plan__start.snap")), []);
    }

    #[test]
    fn a_snapshot_without_test_is_found() {
        let test = sample("wrapper/tests/plan.rs", "fn stop_reverses() {}\n");
        for bad in ["plan__start_goes_forward.snap", "plan__start-2.snap"] {
            assert_eq!(all_belong_to_a_test(&[snapshot(bad), test.clone()]).len(), 1, "{bad}");
        }
        assert_eq!(
            all_belong_to_a_test(&[snapshot("plan__stop_reverses.snap")]).len(),
            1,
            "its file is gone"
        );
        assert_eq!(all_belong_to_a_test(&[sample("a.snap", "no header\n")]).len(), 1);
    }

    #[test]
    fn a_snapshot_with_its_test_is_fine() {
        let test = sample("wrapper/tests/plan.rs", "fn stop_reverses() {}\n");
        for good in ["plan__stop_reverses.snap", "plan__stop_reverses-2.snap", "plan__stop_reverses@a.snap"] {
            assert_eq!(all_belong_to_a_test(&[snapshot(good), test.clone()]), [], "{good}");
        }
    }
}
