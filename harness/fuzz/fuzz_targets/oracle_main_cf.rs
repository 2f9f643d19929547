//! Fuzz target: main.cf, as the oracle reads it.

#![no_main]

use postfix_harness::oracle::fuzzed::ORACLE_MAIN_CF as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |_| (SUBJECT.run)(input));
});
