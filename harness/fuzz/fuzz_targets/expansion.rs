//! Fuzz target: references in the values of a main.cf.

#![no_main]

use postfix_fakes::fuzzed::EXPANSION as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |directory| (SUBJECT.run)(input, directory));
});
