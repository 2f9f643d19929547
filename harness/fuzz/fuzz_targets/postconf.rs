//! Fuzz target: a whole query of the simulated postconf(1).

#![no_main]

use postfix_fakes::fuzzed::POSTCONF as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |directory| (SUBJECT.run)(input, directory));
});
