//! Fuzz target: edits of main.cf, as postconf(1) makes them.

#![no_main]

use postfix_fakes::fuzzed::EDIT as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |directory| (SUBJECT.run)(input, directory));
});
