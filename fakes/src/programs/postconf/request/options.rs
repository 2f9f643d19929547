//! Parses postconf's command line, and checks which options go together. Knows nothing of parameters.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::stop::Stop;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::getopt::Options;

/// How entries of a file are edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Set,
    Remove,
    CommentOut,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Show,
    Edit(Edit),
    ListMapTypes,
    TellOfTls,
}

/// What is shown or edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Parameters of main.cf.
    Parameters,
    /// Services of master.cf.
    Services,
    /// Their fields.
    Fields,
    /// Parameters that services are given with `-o`.
    ServiceParameters,
    /// All parameters as they are to services.
    AllServiceParameters,
}

/// A command line understood.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are the options of postconf(1), each independent")]
pub(crate) struct Request {
    pub(crate) target: Target,
    pub(crate) action: Action,
    /// Only defaults, whatever is set.
    pub(crate) defaults: bool,
    /// Only what is set.
    pub(crate) explicit: bool,
    pub(crate) hide_names: bool,
    pub(crate) hide_values: bool,
    pub(crate) expand: bool,
    pub(crate) fold: bool,
    pub(crate) json: bool,
    /// Whether unused and deprecated settings are warned of.
    pub(crate) advise: bool,
    /// Classes to show, as letters: `b`, `s`, `u`.
    pub(crate) classes: Vec<u8>,
    pub(crate) names: Vec<Vec<u8>>,
}

/// The options that choose a mode or modify one, in the order in which messages name them.
const MODES: &[u8] = b"aAbCdefFhHjlmMnopPtTxX#2";

/// What stands for a second `-P`, which 3.11 brought.
const SECOND_P: u8 = b'2';

/// Options of which only one may be given. The first line chooses what is shown or edited at all. Versions without a
/// second `-P` do not have its group.
const EXCLUSIVE: &[&[u8]] = &[b"aAbtlmpMFPT", b"2eX#", b"denX#", b"feX#", b"xeX#", b"odeX#", b"heX#H"];

/// Options, and all that each of them goes with.
const COMPATIBLE: &[(&[u8], &[u8])] = &[
    (b"aAblmTt", b""),
    (b"p", b"eX#fhCxdnoHj"),
    (b"M", b"eX#foxj"),
    (b"F", b"efhoxHj"),
    (b"P", b"eXfhoxHj2"),
    (b"2", b"fhoxHjP"),
    (b"j", b"pMFPoxnd"),
];

/// The options that choose what is done, the first of them that is given; without any, something is shown.
const ACTIONS: &[(u8, Action)] = &[
    (b'e', Action::Edit(Edit::Set)),
    (b'X', Action::Edit(Edit::Remove)),
    (b'#', Action::Edit(Edit::CommentOut)),
    (b'm', Action::ListMapTypes),
    (b'T', Action::TellOfTls),
];

/// The options that choose with what; without any, it is done with the parameters of main.cf.
const TARGETS: &[(u8, Target)] = &[
    (b'M', Target::Services),
    (b'F', Target::Fields),
    (SECOND_P, Target::AllServiceParameters),
    (b'P', Target::ServiceParameters),
];

impl Request {
    /// Understands a command line, or says why not. What getopt(3) says of it goes to `stderr`, unless an option before
    /// that ends the program.
    pub(crate) fn parse(
        called: &[u8],
        version: PostfixVersion,
        options: &Options,
        arguments: &[OsString],
        stderr: &mut Vec<u8>,
    ) -> Result<Self, Stop> {
        let (mut given, classes) = given_options(called, version, options)?;
        if let Some(complaint) = &options.complaint {
            stderr.extend([called, b": ", complaint, b"\n"].concat());
            return Err(usage(called, version));
        }
        let names: Vec<Vec<u8>> =
            arguments[options.used..].iter().map(|argument| argument.as_bytes().to_vec()).collect();
        if !given.iter().any(|letter| EXCLUSIVE[0].contains(letter)) {
            given.push(b'p');
        }
        let edits_by_name = names.first().is_some_and(|name| name.contains(&b'='));
        if edits_by_name && given.iter().any(|letter| b"pMFP".contains(letter)) {
            given.push(b'e');
        }
        check(&given, version)?;
        if given.contains(&b'e') && names.is_empty() {
            return Err(Stop::Fatal("-e requires name=value argument".into()));
        }
        if let Some(letter) = given.iter().find(|letter| b"aAbtl".contains(letter)) {
            return Err(Stop::Unsupported(format!("postconf -{}", char::from(*letter))));
        }
        let action = chosen(&given, ACTIONS).unwrap_or(Action::Show);
        let target = chosen(&given, TARGETS).unwrap_or(Target::Parameters);
        let is_edit = matches!(action, Action::Edit(_));
        if is_edit && names.is_empty() {
            return Err(Stop::Fatal("missing service argument".into()));
        }
        if is_edit && !matches!(target, Target::Parameters | Target::Services) {
            return Err(Stop::Unsupported("postconf -F or -P with an edit".to_owned()));
        }
        let has = |letter: u8| given.contains(&letter);
        Ok(Self {
            target,
            action,
            defaults: has(b'd'),
            explicit: has(b'n'),
            hide_names: has(b'h'),
            hide_values: has(b'H'),
            expand: has(b'x'),
            fold: has(b'f'),
            json: has(b'j'),
            advise: options.last(b'q').is_none(),
            classes,
            names,
        })
    }
}

/// The options that choose a mode or modify one, and the classes to show.
fn given_options(
    called: &[u8],
    version: PostfixVersion,
    options: &Options,
) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    let mut given: Vec<u8> = Vec::new();
    let mut classes = b"bsu".to_vec();
    for (letter, value) in &options.found {
        match letter {
            b'C' => classes = parse_classes(value)?,
            // getopt(3) takes it, and postconf(1) does not know it.
            b'E' => return Err(usage(called, version)),
            b'b' | b't' if given.iter().any(|given| b"bt".contains(given)) => {
                return Err(Stop::Fatal("specify one of -b and -t".into()));
            }
            b'T' if given.contains(&b'T') => {
                return Err(Stop::Fatal("At most one -T <mode> option may be specified".into()));
            }
            _ => {}
        }
        // -C chooses classes, and yet does not count among the modes: Postfix never notes it.
        if *letter == b'P' && given.contains(letter) && version.has(Feature::AllServiceParameters) {
            given.push(SECOND_P);
        } else if MODES.contains(letter) && *letter != b'C' {
            given.push(*letter);
        }
    }
    Ok((given, classes))
}

/// What the first option stands for that is given.
fn chosen<T: Copy>(given: &[u8], choices: &[(u8, T)]) -> Option<T> {
    choices.iter().find(|(letter, _)| given.contains(letter)).map(|(_, choice)| *choice)
}

fn check(given: &[u8], version: PostfixVersion) -> Result<(), Stop> {
    let is_new = version.has(Feature::AllServiceParameters);
    let between = if is_new { ", " } else { " " };
    for group in EXCLUSIVE.iter().filter(|group| is_new || !group.contains(&SECOND_P)) {
        let found = listed(|letter| group.contains(&letter) && given.contains(&letter));
        if found.len() > 1 {
            return Err(Stop::Fatal(format!("specify one of {}", found.join(between)).into()));
        }
    }
    for (options, partners) in COMPATIBLE {
        let Some(option) = given.iter().find(|letter| options.contains(letter)) else { continue };
        let excess =
            listed(|letter| given.contains(&letter) && letter != *option && !partners.contains(&letter));
        if !excess.is_empty() {
            let option = shown(*option);
            return Err(Stop::Fatal(
                format!("with option {option}, do not specify {}", excess.join(" ")).into(),
            ));
        }
    }
    Ok(())
}

fn listed(chosen: impl Fn(u8) -> bool) -> Vec<String> {
    MODES.iter().filter(|letter| chosen(**letter)).map(|letter| shown(*letter)).collect()
}

fn shown(letter: u8) -> String {
    if letter == SECOND_P { "-PP".to_owned() } else { format!("-{}", char::from(letter)) }
}

fn parse_classes(value: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut classes = Vec::new();
    for word in crate::config::main_cf::split(value, crate::config::main_cf::COMMA_SPACE) {
        match word.to_ascii_lowercase().as_slice() {
            b"builtin" => classes.push(b'b'),
            b"service" => classes.push(b's'),
            b"user" => classes.push(b'u'),
            b"all" => classes.extend(b"bsu"),
            _ => {
                let text = [b"unknown -C option value \"", word, b"\" in \"", value, b"\""].concat();
                return Err(Stop::Fatal(text));
            }
        }
    }
    Ok(classes)
}

fn usage(called: &[u8], version: PostfixVersion) -> Stop {
    let json = if version.has(Feature::JsonOption) { "[-j (streaming JSON) ] " } else { "" };
    let options = format!(
        " [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] \
                   [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] \
                   [-F (master.cf fields)] [-h (no names)] [-H (no values)] {json}[-l (lock types)] [-m (map types)] \
                   [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] \
                   [-p (main.cf, default)] [-P (master.cf parameters)] [-t (bounce templates)] \
                   [-T compile-version|run-version|public-key-algorithms] [-v (verbose)] \
                   [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]"
    );
    Stop::Fatal([b"usage: ", called, options.as_bytes()].concat())
}
