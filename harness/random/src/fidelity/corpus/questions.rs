//! Makes the questions and edits that each configuration of a corpus is tried with.

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::{PostfixVersion, Series};

use super::line_removal::LineRemoval;
use super::names::{Service, referred_to, services_of, set_in};
use super::{Configuration, Corpus};
use crate::fidelity::case::{CorpusCase, PostconfCase};

/// What is asked without names.
const OF_ALL: [&str; 14] = [
    "-n",
    "-nx",
    "-nf",
    "-nxf",
    "-nh",
    "-nhx",
    "-nH",
    "-np",
    "-n -C builtin",
    "-n -C service",
    "-n -C user",
    "-n -C all",
    "-C user",
    "-x -C user",
];

/// How names are asked for: those that are set, those that are referred to, and some that are neither.
const OF_NAMES: [&str; 13] =
    ["", "-d", "-dh", "-df", "-dH", "-x", "-h", "-hx", "-f", "-xf", "-H", "-n", "-nx"];

/// What is asked of all services.
const OF_SERVICES: [&str; 18] = [
    "-M",
    "-Mf",
    "-Mx",
    "-Mxf",
    "-F",
    "-Ff",
    "-Fx",
    "-Fh",
    "-FH",
    "-P",
    "-Pf",
    "-Px",
    "-Ph",
    "-PH",
    "-M */inet",
    "-M smtp/*",
    "-M nosuch/unix",
    "-F */*/command",
];

/// What is asked if the version can.
const SINCE: [(&str, Series); 14] = [
    ("-nq", Series::V3_9),
    ("-nxq", Series::V3_9),
    ("-Mq", Series::V3_9),
    ("-nj", Series::V3_11),
    ("-nxj", Series::V3_11),
    ("-Mj", Series::V3_11),
    ("-Mxj", Series::V3_11),
    ("-Fj", Series::V3_11),
    ("-Pj", Series::V3_11),
    ("-PP */*/mynetworks_style", Series::V3_11),
    ("-PPx */*/syslog_name", Series::V3_11),
    ("-PPj */*/relay_domains", Series::V3_11),
    ("-PP -C user", Series::V3_11),
    ("-PPx -C user", Series::V3_11),
];

/// Parameters that a configuration may not set, and names of no parameter.
const OTHER_NAMES: [&str; 5] =
    ["multi_instance_name", "relay_domains", "smtpd_client_restrictions", "nosuch_parameter", "a.b"];

/// Values for edits and for `-o`.
const VALUES: [&str; 4] = ["new", "$relay_domains, {a b}", "", "# x"];

/// How many of the settings and services are edited, each in the same ways.
const EDITED: usize = 8;

/// How many of the names that are set are asked for alone. All are asked for together.
const ASKED_ALONE: usize = 64;

/// What the version and the fakes can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Possible {
    /// The version that both sides are.
    pub(crate) version: PostfixVersion,
    /// Whether the fakes edit fields and parameters of services.
    pub(crate) edits_of_parts: bool,
}

/// All cases of a corpus, in the same order each time.
#[derive(Debug)]
pub(crate) struct Questions<'a> {
    all: Vec<(&'a Configuration, Question)>,
}

/// What postconf(1) is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    options: Vec<ByteString>,
    /// What follows the options, and can be left out down to one.
    names: Vec<ByteString>,
}

impl<'a> Questions<'a> {
    /// Those for a corpus.
    pub(crate) fn of(corpus: &'a Corpus, possible: Possible) -> Self {
        let of_one =
            |one: &'a Configuration| questions(one, possible).into_iter().map(move |what| (one, what));
        Self { all: corpus.configurations.iter().flat_map(of_one).collect() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// The case of this number.
    pub(crate) fn case(&self, number: usize) -> Option<LineRemoval> {
        let (one, question) = self.all.get(number)?;
        let call = PostconfCase {
            main_cf: one.main_cf.clone(),
            master_cf: one.master_cf.clone(),
            arguments: question.options.iter().chain(&question.names).cloned().collect(),
            by_environment: false,
        };
        let case = CorpusCase { folder: one.folder.clone(), call };
        Some(LineRemoval::new(case, question.names.len()))
    }
}

fn questions(one: &Configuration, possible: Possible) -> Vec<Question> {
    let text = |text: &Option<ByteString>| text.clone().unwrap_or_default().0;
    let (main_cf, master_cf) = (text(&one.main_cf), text(&one.master_cf));
    let set = set_in(&main_cf);
    let services = services_of(&master_cf);
    let mut questions: Vec<Question> =
        OF_ALL.iter().chain(&OF_SERVICES).map(|words| asked(words, &[])).collect();
    let newer = SINCE.iter().filter(|(_, since)| possible.version.series >= *since);
    questions.extend(newer.map(|(words, _)| asked(words, &[])));
    questions.extend(about_names(&set, &[main_cf, master_cf].concat()));
    questions.extend(with_overrides(&set));
    questions.extend(edits_of_settings(&set));
    questions.extend(about_services(&services));
    questions.extend(edits_of_services(&services));
    if possible.edits_of_parts {
        questions.extend(edits_of_parts(&services));
    }
    questions
}

fn asked(words: &str, names: &[ByteString]) -> Question {
    Question { options: words.split_whitespace().map(ByteString::from).collect(), names: names.to_vec() }
}

fn about_names(set: &[ByteString], text: &[u8]) -> Vec<Question> {
    let others = OTHER_NAMES.map(ByteString::from);
    let referred = referred_to(text);
    let mut questions = Vec::new();
    for words in OF_NAMES {
        // By default these are the host's, which are not simulated.
        let is_of_the_host =
            |name: &ByteString| name.0 == b"mynetworks" && (words.starts_with("-d") || !set.contains(name));
        for names in [set, &referred, &others] {
            let names: Vec<ByteString> = names.iter().filter(|name| !is_of_the_host(name)).cloned().collect();
            questions.extend((!names.is_empty()).then(|| asked(words, &names)));
        }
    }
    questions.extend(some_of(set, ASKED_ALONE).map(|name| asked("-hx", std::slice::from_ref(name))));
    questions
}

fn with_overrides(set: &[ByteString]) -> Vec<Question> {
    let mut questions = Vec::new();
    for name in some_of(set, EDITED).chain(&[ByteString::from("nosuch_parameter")]) {
        for (words, value) in [("-n", VALUES[0]), ("-nx", VALUES[1]), ("-M", VALUES[2])] {
            let mut question = asked(words, &[]);
            question.options.extend(["-o".into(), assigned(name, "=", value)]);
            questions.push(question);
        }
    }
    questions
}

fn edits_of_settings(set: &[ByteString]) -> Vec<Question> {
    let other = ByteString::from("nosuch_parameter");
    let mut questions = Vec::new();
    for (name, value) in some_of(set, EDITED).chain([&other]).zip(VALUES.iter().cycle()) {
        questions.push(asked("-e", &[assigned(name, "=", value)]));
        questions.extend(["-X", "-#"].map(|option| asked(option, std::slice::from_ref(name))));
    }
    let mut several: Vec<ByteString> = some_of(set, EDITED).cloned().collect();
    several.push(other);
    let assignments: Vec<ByteString> =
        several.iter().zip(VALUES.iter().cycle()).map(|(name, value)| assigned(name, " = ", value)).collect();
    questions.push(asked("-e", &assignments));
    questions.push(asked("-e", &["multi_instance_name=a".into(), "multi_instance_enable=yes".into()]));
    questions.extend(["-X", "-#"].map(|option| asked(option, &several)));
    questions
}

fn about_services(services: &[Service]) -> Vec<Question> {
    let mut questions = Vec::new();
    for service in services {
        questions.push(asked("-Mf", std::slice::from_ref(&service.name)));
        questions.push(asked("-F", &[below(&service.name, b"command")]));
        let parameters = service.parameters.iter().map(|name| below(&service.name, &name.0));
        let parameters: Vec<ByteString> = parameters.collect();
        if !parameters.is_empty() {
            questions.extend(["-P", "-Px"].map(|option| asked(option, &parameters)));
        }
    }
    questions
}

fn edits_of_services(services: &[Service]) -> Vec<Question> {
    let new = "new unix - n n - 0 spawn user=nobody argv=/bin/x -o {a = b c}";
    let mut questions = vec![
        asked("-M", &[ByteString::from(format!("new/unix={new}").as_str())]),
        asked("-MX", &["nosuch/unix".into()]),
        asked("-M#", &["nosuch/unix".into()]),
        asked("-MX", &["*/inet".into()]),
    ];
    for service in some_of(services, EDITED) {
        let name = &service.name;
        questions.push(asked("-M", &[ByteString([&name.0, &b"="[..], &service.entry.0, b" -v"].concat())]));
        questions.extend(["-MX", "-M#"].map(|option| asked(option, std::slice::from_ref(name))));
    }
    let several: Vec<ByteString> = some_of(services, EDITED).map(|service| service.name.clone()).collect();
    if !several.is_empty() {
        questions.extend(["-MX", "-M#"].map(|option| asked(option, &several)));
    }
    questions
}

fn edits_of_parts(services: &[Service]) -> Vec<Question> {
    let mut questions = vec![asked("-F", &["*/inet/chroot=n".into()])];
    for service in some_of(services, EDITED) {
        let name = &service.name;
        questions.push(asked("-F", &[assigned(&below(name, b"chroot"), "=", "n")]));
        questions.push(asked("-F", &[assigned(&below(name, b"command"), "=", "smtpd -v -o {a = b c}")]));
        questions.push(asked("-P", &[assigned(&below(name, b"new_parameter"), "=", "a b")]));
        if let Some(parameter) = service.parameters.first() {
            let parameter = below(name, &parameter.0);
            questions.push(asked("-P", &[assigned(&parameter, "=", "new")]));
            questions.push(asked("-PX", &[parameter]));
        }
    }
    questions
}

fn assigned(name: &ByteString, equals: &str, value: &str) -> ByteString {
    ByteString([&name.0, equals.as_bytes(), value.as_bytes()].concat())
}

fn below(service: &ByteString, part: &[u8]) -> ByteString {
    ByteString([&service.0, &b"/"[..], part].concat())
}

/// At most this many of them, at equal distances.
fn some_of<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len().div_ceil(most).max(1))
}
