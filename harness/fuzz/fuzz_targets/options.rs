//! Fuzz target: the command lines of all fakes.

#![no_main]

use postfix_fakes::fuzzed::OPTIONS as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |directory| (SUBJECT.run)(input, directory));
});
