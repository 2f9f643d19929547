//! Fuzz target: what postconf(1) tells the manager.

#![no_main]

use postfix_wrapper::fuzzed::MANAGER_ANSWERS as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |_| (SUBJECT.run)(input));
});
