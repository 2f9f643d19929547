//! Lists the fuzz subjects of the oracle: its reader of main.cf, and how much memory it may use.
//! Compiled for fuzzing and tests only.

#[cfg(test)]
mod replay;

use super::main_cf::MainCf;

/// Something that reads what it did not write.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The name of the fuzz target, and of the folders of its inputs.
    pub name: &'static str,
    /// Reads one input.
    pub run: fn(&[u8]),
    /// How many bytes of memory it may hold at once while it reads this input.
    pub most_memory: fn(&[u8]) -> usize,
}

/// How much work a value may take here: little, so that too much is found out on small inputs.
const WORK: usize = 16 << 10;

/// main.cf, and the value of everything that it sets.
pub const ORACLE_MAIN_CF: Subject = Subject {
    name: "oracle_main_cf",
    run: read_main_cf,
    most_memory: |input| 4096 + 8 * WORK + 128 * input.len(),
};

fn read_main_cf(input: &[u8]) {
    let Some(main_cf) = MainCf::parse("/etc/postfix".as_ref(), input) else { return };
    for line in input.split(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        if let Ok(name) = std::str::from_utf8(name) {
            let _ = main_cf.value_within(name, WORK);
        }
    }
}
