//! Draws a value by seed, number and kind: the same three always draw the same value.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, Reason, RngAlgorithm, TestRng, TestRunner};

/// Draws the value of this number, and with it what it can be shrunk to. Strategies that share a seed have kinds of
/// their own.
pub(crate) fn tree<S: Strategy>(strategy: &S, seed: u64, number: u64, kind: u8) -> Result<S::Tree, Reason> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    bytes[16] = kind;
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { failure_persistence: None, ..Config::default() };
    strategy.new_tree(&mut TestRunner::new_with_rng(config, random))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;
    use proptest::strategy::ValueTree;

    use super::tree;

    #[test]
    fn seed_number_and_kind_each_draw_another_value() {
        let drawn = |seed, number, kind| tree(&any::<u64>(), seed, number, kind).unwrap().current();
        assert_eq!(drawn(1, 2, 3), drawn(1, 2, 3));
        for other in [drawn(2, 2, 3), drawn(1, 3, 3), drawn(1, 2, 4)] {
            assert_ne!(drawn(1, 2, 3), other);
        }
    }
}
