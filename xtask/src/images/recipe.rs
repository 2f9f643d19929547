//! Makes an image's tree as one tar archive in memory.
//! The tree is mmdebstrap's smallest system with some packages in it. It is in memory so that no half-made image is
//! ever left.
//!
//! Knows nothing of engines, caches or versions.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{die_with_parent, message};

/// What nobody reads in a container.
const LEFT_OUT: [&str; 4] =
    ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*"];

/// Debian's package asks what to do with mail; nothing, until a world says so.
const NO_CONFIGURATION: &str = "echo postfix postfix/main_mailer_type select No configuration | \
                                chroot \"$1\" debconf-set-selections";

/// Changes with everything here that decides what comes out, and with nothing else: not with the compiler either.
pub(super) fn key(packages: &str) -> String {
    format!("{:016x}", fnv1a(arguments("SUITE", packages, "MIRROR").join("\0").as_bytes()))
}

/// The hash FNV-1a, which stays the same for ever.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn arguments(suite: &str, packages: &str, mirror: &str) -> Vec<String> {
    let mut words = vec!["--variant=essential".to_owned(), format!("--include={packages}")];
    words.extend(LEFT_OUT.map(|path| format!("--dpkgopt=path-exclude={path}")));
    words.push(format!("--essential-hook={NO_CONFIGURATION}"));
    // An archive that is a copy of one day says that it is out of date, and is what is wanted all the same.
    words.push("--aptopt=Acquire::Check-Valid-Until \"false\"".to_owned());
    words.extend([suite.to_owned(), "-".to_owned(), mirror.to_owned()]);
    words
}

/// Makes the tree of a suite with packages, which a comma separates. mmdebstrap removes its own folder when it ends, also by a signal.
pub(super) fn make(suite: &str, packages: &str, mirror: &str) -> Result<Vec<u8>, String> {
    let mut command = die_with_parent::program("mmdebstrap");
    command.args(arguments(suite, packages, mirror)).stdin(Stdio::null());
    if in_memory() {
        // Unpacking a system means thousands of small files, each of them synchronised.
        command.env("TMPDIR", MEMORY);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| {
        format!("cannot run mmdebstrap by setpriv: {error}; install it: apt-get install util-linux")
    })?;
    let said = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(progress) = line
                    .strip_prefix("I: ")
                    .and_then(|text| text.strip_suffix("..."))
                    .filter(|text| !text.contains(['/', '(']) && !text.contains("signed-by"))
                {
                    message::say(&format!("  {progress}"));
                }
                said.push(line);
            }
            said
        })
    });
    let mut tree = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut tree).map_err(|error| format!("cannot read from mmdebstrap: {error}"))?;
    }
    let status = child.wait().map_err(|error| format!("cannot wait for mmdebstrap: {error}"))?;
    let said = said.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if status.success() {
        return Ok(tree);
    }
    if status.code() == Some(die_with_parent::NOT_FOUND) {
        return Err("there is no mmdebstrap here; install it: apt-get install mmdebstrap".to_owned());
    }
    let last = said.len().saturating_sub(20);
    Err(format!("mmdebstrap failed ({status}):\n{}", said[last..].join("\n")))
}

/// Runs `command` with `tree` on its standard input.
pub(super) fn feed(mut command: Command, tree: &[u8]) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let cannot = |error| format!("cannot make an image with {name}: {error}");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(cannot)?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(tree));
    let status = child.wait().map_err(cannot)?;
    if !status.success() {
        return Err(format!("{name} could not make an image ({status}), see above"));
    }
    written.map_err(cannot)
}

/// Where Linux keeps files in memory for everyone.
const MEMORY: &str = "/dev/shm";

/// Whether programs can be unpacked and run in memory, by the mount's own options.
fn in_memory() -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let options = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        (fields.next() == Some(MEMORY)).then(|| fields.nth(1).unwrap_or_default().to_owned())
    });
    let refused = ["noexec", "nodev", "nosuid", "ro"];
    Path::new(MEMORY).is_dir()
        && options.is_some_and(|options| !options.split(',').any(|option| refused.contains(&option)))
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    #[test]
    fn the_hash_is_the_one_that_images_were_made_with() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
