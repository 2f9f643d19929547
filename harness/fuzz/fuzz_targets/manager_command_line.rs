//! Fuzz target: the manager's own command line, and the environment that it is started with.

#![no_main]

use postfix_wrapper::fuzzed::MANAGER_COMMAND_LINE as SUBJECT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |_| (SUBJECT.run)(input));
});
