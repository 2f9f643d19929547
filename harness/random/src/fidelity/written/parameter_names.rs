//! Draws names of parameters as often as people set them.

use std::sync::LazyLock;

use proptest::prelude::*;

/// The names that most main.cf files set, each after the number of files of a hundred that set it.
const FREQUENT: &str = include_str!("parameter-names.txt");

/// What all other built-in parameters have together, in hundredths of what those have.
const OTHERS: usize = 10;

/// Their defaults refer to the networks of the host, which are not simulated.
const OF_THE_HOST: [&str; 3] =
    ["proxy_read_maps", "smtpd_client_event_limit_exceptions", "smtpd_forbid_bare_newline_exclusions"];

static WEIGHTED: LazyLock<(Vec<(usize, &'static str)>, usize)> = LazyLock::new(weighted);

/// The names, each with the sum of the weights up to it, and the sum of all. Weights are times the number of the
/// others, so that these weigh at least one each.
fn weighted() -> (Vec<(usize, &'static str)>, usize) {
    let frequent: Vec<(usize, &str)> = frequent().collect();
    let is_other =
        |name: &&str| !OF_THE_HOST.contains(name) && frequent.iter().all(|(_, known)| known != name);
    let others: Vec<&'static str> = postfix_fakes::parameters::built_in_names().filter(is_other).collect();
    let most: usize = frequent.iter().map(|(weight, _)| weight).sum();
    let scale = others.len().max(1) * 100;
    let weights = frequent.into_iter().map(|(weight, name)| (weight * scale, name));
    let all = weights.chain(others.iter().map(|name| (most * OTHERS, *name)));
    let mut sum = 0;
    let sums = all.map(|(weight, name)| {
        sum += weight;
        (sum, name)
    });
    let sums: Vec<_> = sums.collect();
    (sums, sum)
}

fn frequent() -> impl Iterator<Item = (usize, &'static str)> {
    FREQUENT
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(weight, name)| (weight.parse().unwrap_or_default(), name))
}

/// What is drawn in place of [`NOT_FOR_ANYTHING`].
const INSTEAD: &str = "relay_domains";

/// The default of the first is the host's. What is wrong in the others hides all else, or is a question to the host.
const NOT_FOR_ANYTHING: [&str; 3] = ["mynetworks", "inet_interfaces", "inet_protocols"];

/// A name that is asked for, or set to anything.
pub(crate) fn name_for_anything() -> impl Strategy<Value = &'static str> {
    parameter_name().prop_map(|name| if NOT_FOR_ANYTHING.contains(&name) { INSTEAD } else { name })
}

/// A name to set.
pub(crate) fn parameter_name() -> impl Strategy<Value = &'static str> {
    (0..WEIGHTED.1).prop_map(|number| {
        let (names, _) = &*WEIGHTED;
        names[names.partition_point(|(sum, _)| *sum <= number)].1
    })
}

#[cfg(test)]
mod tests {
    use super::{FREQUENT, WEIGHTED, frequent};

    #[test]
    fn the_frequent_names_are_sixty_in_order_and_all_are_drawn() {
        let weights: Vec<usize> = frequent().map(|(weight, _)| weight).collect();
        assert_eq!(weights.len(), 60);
        assert_eq!(FREQUENT.lines().count(), 60);
        assert!(weights.is_sorted_by(|one, next| one >= next) && *weights.last().unwrap() > 0);
        let (names, sum) = &*WEIGHTED;
        assert!(names.len() > 800, "{}", names.len());
        assert!(names.is_sorted_by(|one, next| one.0 < next.0));
        let of_frequent = names[59].0;
        assert_eq!((sum - of_frequent) * 10 / of_frequent, 1, "the others have a tenth");
    }

    #[test]
    fn every_frequent_name_is_a_parameter() {
        let known: Vec<&str> = postfix_fakes::parameters::built_in_names().collect();
        // The defaults of these are the host's or depend on how Postfix was built, so that the table of the others does
        // not have them.
        let of_the_host = ["myhostname", "mydomain", "mynetworks"];
        let is_built_in = |name: &str| known.contains(&name) || name.ends_with("_directory");
        for (_, name) in frequent() {
            assert!(is_built_in(name) || of_the_host.contains(&name), "{name}");
        }
    }
}
