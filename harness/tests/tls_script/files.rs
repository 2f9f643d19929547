//! Keys and certificates to start from, and what is said of one in place of its chance content. Knows nothing of
//! Postfix.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The system's openssl.
const OPENSSL: &str = "openssl";

/// The files that every configuration directory gets, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Makes them below `directory`; why not, where there is no openssl.
pub(crate) fn make(directory: &Path) -> Result<Files, String> {
    Command::new(OPENSSL)
        .arg("version")
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("openssl: {error}"))?;
    for words in [
        "genrsa -out rsa.pem 1024",
        "ecparam -param_enc named_curve -genkey -out ec.pem -name secp256r1",
        "rsa -in rsa.pem -aes128 -passout pass:secret -out locked.pem",
        "req -x509 -new -key rsa.pem -subj /CN=rsa.example -days 10 -out rsa-cert.pem",
        "req -x509 -new -key ec.pem -subj /CN=ec.example -days 10 -out ec-cert.pem",
    ] {
        let output = Command::new(OPENSSL).args(words.split(' ')).current_dir(directory).output().unwrap();
        assert!(output.status.success(), "openssl {words}: {output:?}");
    }
    std::fs::write(directory.join("garbage.pem"), "no key\n").unwrap();
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    Ok(entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect())
}

/// What is in a file that a call left behind: its text, or what openssl says of a new key or a certificate.
pub(crate) fn described(path: &Path, given: &Files) -> String {
    let text = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    if given.get(name) == Some(&text) {
        return "as it was".to_owned();
    }
    let asked = |words: &str| {
        let output = Command::new(OPENSSL).args(words.split(' ')).arg("-in").arg(path).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    if let Some(said) = asked("x509 -noout -subject -issuer -text") {
        return format!(
            "certificate of {}\n{}",
            owner(&asked("x509 -noout -pubkey").unwrap(), path),
            lasting(&said)
        );
    }
    if let Some(key) = asked("pkey -pubout") {
        let size = asked("pkey -noout -text").unwrap().lines().next().unwrap_or_default().to_owned();
        let form: Vec<String> = String::from_utf8_lossy(&text)
            .lines()
            .filter(|line| line.starts_with("-----"))
            .map(str::to_owned)
            .collect();
        return format!("key of {}: {size} {form:?}", owner(&key, path));
    }
    text.escape_ascii().to_string().replace("\\n", "\n")
}

/// Which of the given keys this public key belongs to, or else which of those that lie beside it, which are new.
fn owner(public_key: &str, beside: &Path) -> String {
    let directory = beside.parent().unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let is_owner = |name: &&std::ffi::OsString| {
        let output = Command::new(OPENSSL)
            .args(["pkey", "-pubout", "-passin", "pass:", "-in"])
            .arg(directory.join(name))
            .output()
            .unwrap();
        output.status.success() && output.stdout == public_key.as_bytes()
    };
    let owners: Vec<String> =
        names.iter().filter(is_owner).map(|name| name.to_string_lossy().into_owned()).collect();
    owners.join(" and ")
}

/// What a certificate says that is not chance: neither its number, nor moments, nor keys, nor signatures.
fn lasting(said: &str) -> String {
    let is_lasting = |line: &&str| {
        let line = line.trim();
        let is_bytes = line.len() > 2 && line.split(':').all(|byte| byte.is_empty() || byte.len() == 2);
        !is_bytes && !line.starts_with("Not ") && !line.starts_with("Serial Number")
    };
    let year = |mark: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(mark));
        line.and_then(|line| line.split_whitespace().nth(3)?.parse::<u32>().ok())
    };
    let years = year("Not After :").zip(year("Not Before:")).map(|(last, first)| last - first);
    let lines: Vec<&str> = said.lines().filter(is_lasting).collect();
    format!("{}\nholds for years: {years:?}", lines.join("\n"))
}

/// A text in which each request for a certificate is what openssl says of it, and moments in names of files and the
/// numbers of threads are alike.
pub(crate) fn made_alike(text: &str) -> String {
    let (begin, end) = ("-----BEGIN CERTIFICATE REQUEST-----\n", "-----END CERTIFICATE REQUEST-----\n");
    let mut rest = text;
    let mut alike = String::new();
    while let Some(start) = rest.find(begin) {
        let length = rest[start..].find(end).unwrap() + end.len();
        alike.push_str(&rest[..start]);
        alike.push_str(&request(&rest[start..start + length]));
        rest = &rest[start + length..];
    }
    alike.push_str(rest);
    alike.lines().map(|line| without_thread(&without_moment(line)) + "\n").collect()
}

/// What openssl says of a request that lasts.
fn request(text: &str) -> String {
    let mut openssl = Command::new(OPENSSL)
        .args(["req", "-noout", "-verify", "-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    format!("request\n{}\n", lasting(&String::from_utf8(output.stdout).unwrap()))
}

/// A line of openssl's errors without the number of the thread, which is an address and chance.
fn without_thread(line: &str) -> String {
    let Some((before, error)) = line.split_once(":error:") else { return line.to_owned() };
    let number = before.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
    format!("{}@thread@:error:{error}", &before[..before.len() - number])
}

/// A line with `@moment@` for each `YYYYMMDD-HHMMSS`.
pub(crate) fn without_moment(line: &str) -> String {
    let pattern = "dddddddd-dddddd";
    let is_moment = |text: &[u8]| {
        text.len() >= pattern.len()
            && pattern.bytes().zip(text).all(|(wanted, byte)| match wanted {
                b'd' => byte.is_ascii_digit(),
                other => other == *byte,
            })
    };
    let mut alike = Vec::new();
    let mut rest = line.as_bytes();
    while let Some(first) = rest.first() {
        let length = if is_moment(rest) { pattern.len() } else { 1 };
        alike.extend_from_slice(if length > 1 { b"@moment@" } else { std::slice::from_ref(first) });
        rest = &rest[length..];
    }
    String::from_utf8(alike).unwrap()
}
