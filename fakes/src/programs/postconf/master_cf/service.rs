//! Parses master.cf as postconf(1) does: checks the fields of services, and normalizes the arguments of their daemons.
//! Knows nothing of running services, nor of what the parameters behind `-o` mean.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::config::main_cf::{
    LogicalLines, SPACE, braced, next_word, split_name_value, trim_end, trim_start,
};
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::system_message;

/// The names of a service's fields. What follows the command belongs to it.
pub(crate) const FIELDS: [&[u8]; 8] =
    [b"service", b"type", b"private", b"unprivileged", b"chroot", b"wakeup", b"process_limit", b"command"];

/// The number of the command's field.
pub(crate) const COMMAND: usize = FIELDS.len() - 1;

/// The types that a service may have.
const TYPES: [&[u8]; 5] = [b"unix", b"fifo", b"inet", b"pass", b"unix-dgram"];

/// A service: the words of its logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    words: Vec<Vec<u8>>,
}

/// What stands after a daemon's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument<'s> {
    /// A word that is shown as it is.
    Plain(&'s [u8]),
    /// An option with its value.
    Valued(&'s [u8], &'s [u8]),
    /// A word that needs braces if it holds white space.
    Braced(&'s [u8]),
}

/// The text of a master.cf, or what is said if there is none.
pub(crate) fn text(path: &Path) -> Result<Vec<u8>, Vec<u8>> {
    let mut file = std::fs::File::open(path).map_err(|error| {
        [b"open ", path.as_os_str().as_bytes(), b": ", system_message(&error).as_bytes()].concat()
    })?;
    let mut text = Vec::new();
    // A file that cannot be read to its end counts as far as it could be.
    let _ = std::io::Read::read_to_end(&mut file, &mut text);
    Ok(text)
}

/// Takes in the text of a master.cf; `path` is what messages call it.
pub(crate) fn parse(
    text: &[u8],
    path: &[u8],
    version: PostfixVersion,
    warnings: &mut Vec<Vec<u8>>,
) -> Result<Vec<Service>, Stop> {
    let mut services = Vec::new();
    let mut lines = LogicalLines::of(text, path, version);
    while let Some(line) = lines.next_line(warnings) {
        let miscounted = || {
            let place = format!(": line {}: bad field count", line.number);
            [b"file ", path, place.as_bytes()].concat()
        };
        services.push(Service::parse(&line.text, version, miscounted, warnings).map_err(Stop::Fatal)?);
    }
    Ok(services)
}

impl Service {
    /// Understands a text of fields and arguments, or says what is wrong; `miscounted` if it has too few fields.
    pub(crate) fn parse(
        text: &[u8],
        version: PostfixVersion,
        miscounted: impl FnOnce() -> Vec<u8>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Vec<u8>> {
        let mut words = words(text);
        if words.len() < FIELDS.len() {
            return Err(miscounted());
        }
        check(&words, text)?;
        normalise(&mut words, version, warnings);
        Ok(Self { words })
    }

    /// A field, by its number.
    pub(crate) fn field(&self, number: usize) -> &[u8] {
        &self.words[number]
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &[u8] {
        self.field(0)
    }

    /// Its type.
    pub(crate) fn kind(&self) -> &[u8] {
        self.field(1)
    }

    /// Its daemon.
    pub(crate) fn program(&self) -> &[u8] {
        self.field(COMMAND)
    }

    /// Its name and type, as messages and results call it.
    pub(crate) fn full_name(&self) -> Vec<u8> {
        [self.name(), b"/", self.kind()].concat()
    }

    /// What its daemon is given.
    pub(crate) fn arguments(&self) -> Vec<Argument<'_>> {
        let mut arguments = Vec::new();
        let mut words = self.words[FIELDS.len()..].iter();
        while let Some(word) = words.next() {
            if !is_option(word) {
                // The first word that is no option is shown without braces, whatever it holds.
                arguments.push(Argument::Plain(word));
                arguments.extend(words.map(|word| Argument::Braced(word)));
                break;
            }
            match expects_value(word).then(|| words.next()).flatten() {
                Some(value) => arguments.push(Argument::Valued(word, value)),
                None => arguments.push(Argument::Plain(word)),
            }
        }
        arguments
    }

    /// The names and values that it sets with `-o`.
    pub(crate) fn settings(&self, version: PostfixVersion) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.arguments().into_iter().filter_map(move |argument| match argument {
            Argument::Valued(b"-o", setting) => split_name_value(setting, version).ok(),
            _ => None,
        })
    }
}

/// The words of a service. White space within balanced braces does not count.
fn words(text: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = text;
    let next = || {
        let (word, after) = next_word(rest, SPACE)?;
        rest = after;
        Some(word.to_vec())
    };
    std::iter::from_fn(next).collect()
}

fn check(words: &[Vec<u8>], text: &[u8]) -> Result<(), Vec<u8>> {
    let is_valid = |number: usize, word: &[u8]| match number {
        1 => TYPES.contains(&word),
        2..=4 => matches!(word, b"y" | b"n" | b"-"),
        5 => is_number_or_dash(word.strip_suffix(b"?").unwrap_or(word)),
        6 => is_number_or_dash(word),
        _ => true,
    };
    let wrong = words.iter().zip(FIELDS).enumerate().find(|(number, (word, _))| !is_valid(*number, word));
    let Some((_, (word, field))) = wrong else { return Ok(()) };
    let message = [b"invalid ", field, b" field \"", word, b"\" in \"", text, b"\""].concat();
    Err(message.into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }).collect())
}

fn is_number_or_dash(word: &[u8]) -> bool {
    word == b"-" || word.iter().all(u8::is_ascii_digit)
}

fn is_option(word: &[u8]) -> bool {
    word.first() == Some(&b'-') && word != b"--"
}

/// Whether an option takes a value; to postconf(1), a dash alone does, too.
fn expects_value(option: &[u8]) -> bool {
    matches!(option.get(1), None | Some(b'o'))
}

/// Gives each option a word of its own and each value another, and takes braces off.
fn normalise(words: &mut Vec<Vec<u8>>, version: PostfixVersion, warnings: &mut Vec<Vec<u8>>) {
    let mut at = FIELDS.len();
    while words.get(at).is_some_and(|word| is_option(word)) {
        // Any `o` but the first letter begins another option, even one within a value that is joined to its option.
        if let Some(place) = words[at].iter().skip(2).position(|byte| *byte == b'o') {
            let rest = words[at].split_off(2 + place);
            words.insert(at + 1, [b"-", &rest[..]].concat());
        }
        if expects_value(&words[at]) && (words[at].len() > 2 || at + 1 < words.len()) {
            if words[at].len() > 2 {
                let value = words[at].split_off(2);
                words.insert(at + 1, value);
            }
            let is_setting = words[at].get(1) == Some(&b'o');
            at += 1;
            if words[at].first() == Some(&b'{') {
                words[at] = unbraced(&words[at], warnings);
                if is_setting {
                    words[at] = joined(&words[at], version, warnings);
                }
            }
        }
        at += 1;
    }
    for word in words.iter_mut().skip(at).filter(|word| word.first() == Some(&b'{')) {
        *word = unbraced(word, warnings);
    }
}

fn unbraced(word: &[u8], warnings: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let (inner, complaint) = braced(word);
    warnings.extend(complaint.map(|complaint| [b"master.cf: ", &complaint[..]].concat()));
    trim_end(trim_start(inner)).to_vec()
}

/// A setting without white space around its name and its value.
fn joined(setting: &[u8], version: PostfixVersion, warnings: &mut Vec<Vec<u8>>) -> Vec<u8> {
    match split_name_value(setting, version) {
        Ok((name, value)) => [name, b"=", value].concat(),
        Err(why) => {
            warnings.push([b"master.cf: ", why.as_bytes(), b": \"", setting, b"\""].concat());
            setting.to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Argument, Service};
    use crate::protocol::version::PostfixVersion;

    fn parsed(arguments: &str) -> (Service, Vec<String>) {
        let mut warnings = Vec::new();
        let service = Service::parse(
            format!("a unix - - - - - x {arguments}").as_bytes(),
            PostfixVersion::NEWEST,
            Vec::new,
            &mut warnings,
        );
        let warnings = warnings.into_iter().map(|text| String::from_utf8(text).unwrap()).collect();
        (service.unwrap(), warnings)
    }

    #[test]
    fn each_option_becomes_a_word_and_each_value_another() {
        let (service, warnings) = parsed("-vo a=1 -ofed { c } {d e}");
        assert_eq!(
            service.arguments(),
            [
                Argument::Plain(b"-v"),
                Argument::Valued(b"-o", b"a=1"),
                Argument::Valued(b"-o", b"fed"),
                Argument::Plain(b"c"),
                Argument::Braced(b"d e"),
            ]
        );
        assert!(warnings.is_empty());
        // An `o` within a joined value begins another option.
        let (service, _) = parsed("-obox=1");
        assert_eq!(service.arguments(), [Argument::Valued(b"-o", b"b"), Argument::Valued(b"-o", b"x=1")]);
    }

    #[test]
    fn what_is_wrong_with_braces_is_only_worth_a_warning() {
        let (service, warnings) = parsed("-o { a = b c } -o {d} -o {e=1}x {f");
        assert_eq!(
            service.arguments(),
            [
                Argument::Valued(b"-o", b"a=b c"),
                Argument::Valued(b"-o", b"d"),
                Argument::Valued(b"-o", b"e=1"),
                Argument::Plain(b"f"),
            ]
        );
        assert_eq!(
            warnings,
            [
                "master.cf: missing '=' after attribute name: \"d\"",
                "master.cf: syntax error after '}' in \"{e=1}x\"",
                "master.cf: missing '}' in \"{f\"",
            ]
        );
    }

    #[test]
    fn fields_are_checked() {
        let defect = |text: &str| {
            let miscounted = || b"too few".to_vec();
            Service::parse(text.as_bytes(), PostfixVersion::NEWEST, miscounted, &mut Vec::new()).err()
        };
        for good in ["a fifo y n - 1000? 0 x", "a pass - - - -? - x", "a inet - - - ? - {x y}"] {
            assert_eq!(defect(good), None, "{good}");
        }
        assert_eq!(defect("a unix - - - - x"), Some(b"too few".to_vec()));
        for (bad, field, word) in [
            ("a tcp - - - - - x", "type", "tcp"),
            ("a unix - yes - - - x", "unprivileged", "yes"),
            ("a unix - - - 1?? - x", "wakeup", "1??"),
            ("a unix - - - - 1? x", "process_limit", "1?"),
        ] {
            let message = format!("invalid {field} field \"{word}\" in \"{bad}\"");
            assert_eq!(defect(bad), Some(message.into_bytes()));
        }
    }
}
