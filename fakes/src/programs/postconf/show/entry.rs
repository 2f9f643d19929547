//! Folds what postconf shows into lines, and formats a service of master.cf.

use crate::config::main_cf::SPACE;
use crate::programs::postconf::master_cf::service::{Argument, FIELDS, Service};

/// Where folded lines end, and what the lines after them begin with.
pub(crate) const LINE_LIMIT: usize = 80;
const INDENT: &[u8] = b"    ";

/// The columns in which the fields of an entry begin if there is room.
const COLUMNS: [usize; FIELDS.len()] = [0, 11, 17, 25, 33, 41, 49, 57];

/// An entry as it is written into a file.
pub(crate) fn folded_entry(service: &Service) -> Vec<u8> {
    let arguments = service.arguments().into_iter().map(Shown::from).collect::<Vec<_>>();
    let mut text = Vec::new();
    entry(service, &arguments, true, &mut text);
    text
}

/// An argument as it is printed.
pub(crate) struct Shown {
    text: Vec<u8>,
    /// Its length, as far as folding is concerned: braces do not count.
    length: usize,
    /// Whether it has a value: then it begins a line, and what follows it begins another.
    is_valued: bool,
}

impl From<Argument<'_>> for Shown {
    fn from(argument: Argument<'_>) -> Self {
        let in_braces = |text: &[u8]| {
            if text.iter().any(|byte| SPACE.contains(byte)) {
                [b"{", text, b"}"].concat()
            } else {
                text.to_vec()
            }
        };
        match argument {
            Argument::Plain(word) => Self { text: word.to_vec(), length: word.len(), is_valued: false },
            Argument::Braced(word) => Self { text: in_braces(word), length: word.len(), is_valued: false },
            Argument::Valued(option, value) => {
                let text = [option, b" ", &in_braces(value)].concat();
                Self { length: text.len(), text, is_valued: true }
            }
        }
    }
}

/// Lines under construction.
pub(crate) struct OutputLine<'o> {
    output: &'o mut Vec<u8>,
    /// How long the last line is.
    pub(crate) length: usize,
    folds: bool,
}

impl<'o> OutputLine<'o> {
    pub(crate) fn new(folds: bool, output: &'o mut Vec<u8>) -> Self {
        Self { output, length: 0, folds }
    }

    pub(crate) fn add(&mut self, text: &[u8]) {
        self.output.extend_from_slice(text);
        self.length += text.len();
    }

    pub(crate) fn fold(&mut self) {
        self.output.push(b'\n');
        self.output.extend_from_slice(INDENT);
        self.length = INDENT.len();
    }

    /// Makes room for so many bytes.
    pub(crate) fn separate(&mut self, width: usize) {
        if !self.folds || self.length + width < LINE_LIMIT {
            self.add(b" ");
        } else {
            self.fold();
        }
    }

    pub(crate) fn add_all(&mut self, arguments: &[Shown]) {
        for argument in arguments {
            if argument.is_valued {
                self.length = LINE_LIMIT;
            }
            if self.length > INDENT.len() {
                self.separate(1 + argument.length);
            }
            self.add(&argument.text);
            if argument.is_valued {
                self.length = LINE_LIMIT;
            }
        }
    }

    pub(crate) fn finish(self) {
        self.output.push(b'\n');
    }
}

/// A service with its fields in columns, as far as there is room.
pub(crate) fn entry(service: &Service, arguments: &[Shown], folds: bool, output: &mut Vec<u8>) {
    let mut line = OutputLine::new(folds, output);
    for (number, column) in COLUMNS.iter().enumerate() {
        if number > 0 {
            line.add(b" ");
            while line.length < *column {
                line.add(b" ");
            }
        }
        line.add(service.field(number));
    }
    line.add_all(arguments);
    line.finish();
}

/// A text and arguments with a blank between each.
pub(crate) fn one_line(start: Vec<u8>, arguments: &[Shown]) -> Vec<u8> {
    arguments.iter().fold(start, |text, argument| [&text[..], b" ", &argument.text].concat())
}

#[cfg(test)]
mod tests {
    use super::folded_entry;
    use crate::programs::postconf::master_cf::service::Service;
    use crate::protocol::version::PostfixVersion;

    fn folded(text: &str) -> String {
        let service =
            Service::parse(text.as_bytes(), PostfixVersion::NEWEST, Vec::new, &mut Vec::new()).unwrap();
        String::from_utf8(folded_entry(&service)).unwrap()
    }

    #[test]
    fn fields_stand_in_columns_and_settings_on_lines_of_their_own() {
        assert_eq!(
            folded("smtp inet n - y - - smtpd -v -o a=1 -o { b = c d } x"),
            "smtp       inet  n       -       y       -       -       smtpd -v\n\
             \u{20}   -o a=1\n    -o {b=c d}\n    x\n"
        );
        assert_eq!(
            folded("127.0.0.1:10025 unix-dgram n - y - - a_rather_long_name argument another {the last}"),
            "127.0.0.1:10025 unix-dgram n -   y       -       -       a_rather_long_name\n\
             \u{20}   argument another {the last}\n"
        );
    }
}
