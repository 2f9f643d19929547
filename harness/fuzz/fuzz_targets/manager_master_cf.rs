//! Fuzz target: master.cf, as postfix-multi reads it without Postfix.

#![no_main]

use postfix_wrapper::fuzzed::MANAGER_MASTER_CF as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |_| (SUBJECT.run)(input));
});
