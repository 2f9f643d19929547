//! Fuzz target: main.cf, as the manager reads it without Postfix.
//! The manager must read the same value of a setting as the simulated Postfix.

#![no_main]

use postfix_fakes::main_cf::MainCf;
use postfix_fakes::version::{PostfixVersion, Series};
use postfix_wrapper::fuzzed::{MANAGER_MAIN_CF as SUBJECT, told};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let most_memory = (SUBJECT.most_memory)(input);
    postfix_fuzz::within(most_memory, |_| (SUBJECT.run)(input));
    let Some(told) = told(input) else { return };
    for version in Series::KNOWN.map(PostfixVersion::upstream) {
        let (mut settings, mut warnings) = (MainCf::of(version), Vec::new());
        settings.parse(input, b"main.cf", &mut warnings).expect("a main.cf without doubt has no error");
        assert_eq!(warnings, Vec::<Vec<u8>>::new(), "a main.cf without doubt has warnings");
        for (name, value) in &told {
            assert_eq!(settings.get(name.as_bytes()), value.as_deref(), "{name}");
        }
    }
});
