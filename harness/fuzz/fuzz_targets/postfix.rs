//! Fuzz target: what the simulated postfix(1) makes of a main.cf.

#![no_main]

use postfix_fakes::fuzzed::POSTFIX as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |directory| (SUBJECT.run)(input, directory));
});
