//! Writes XML, an element a line.

use std::io::{self, Write};

/// The start of an element: its name and attributes.
pub(super) struct Element {
    name: &'static str,
    attributes: String,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new() }
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        // A reader takes a line break in a value for a blank.
        let value = escaped(value).replace('\n', "&#10;").replace('\t', "&#9;");
        for part in [" ", name, "=\"", &value, "\""] {
            self.attributes.push_str(part);
        }
    }
}

/// A document that is being written.
pub(super) struct XmlWriter<W> {
    out: W,
    depth: usize,
}

impl<W: Write> XmlWriter<W> {
    /// Begins a document.
    pub(super) fn begin(mut out: W) -> io::Result<Self> {
        write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        Ok(Self { out, depth: 0 })
    }

    /// Begins an element that has others in it.
    pub(super) fn open(&mut self, element: &Element) -> io::Result<()> {
        self.line()?;
        self.depth += 1;
        write!(self.out, "<{}{}>", element.name, element.attributes)
    }

    /// Ends it.
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.depth -= 1;
        self.line()?;
        write!(self.out, "</{name}>")
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, element: &Element) -> io::Result<()> {
        self.line()?;
        write!(self.out, "<{}{}/>", element.name, element.attributes)
    }

    /// An element with text in it.
    pub(super) fn text(&mut self, element: &Element, text: &str) -> io::Result<()> {
        self.line()?;
        write!(self.out, "<{0}{1}>{2}</{0}>", element.name, element.attributes, escaped(text))
    }

    fn line(&mut self) -> io::Result<()> {
        write!(self.out, "\n{:1$}", "", 2 * self.depth)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in legal(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A text without what XML cannot hold in any way: that is written as Rust writes it.
fn legal(text: &str) -> String {
    let mut legal = String::with_capacity(text.len());
    for letter in text.chars() {
        let control = letter.is_control() && !matches!(letter, '\n' | '\t');
        if control || matches!(letter, '\u{fffe}' | '\u{ffff}') {
            legal.extend(letter.escape_default());
        } else {
            legal.push(letter);
        }
    }
    legal
}

#[cfg(test)]
mod tests {
    use super::{Element, XmlWriter, legal};

    #[test]
    fn what_xml_cannot_hold_is_spelled_out() {
        assert_eq!(legal("a\tb\n\u{1b}[1m\0\u{ffff}\u{fc}"), "a\tb\n\\u{1b}[1m\\u{0}\\u{ffff}\u{fc}");
    }

    #[test]
    fn text_and_values_come_back_as_they_were() {
        let mut text = Vec::new();
        let mut writer = XmlWriter::begin(&mut text).unwrap();
        let mut element = Element::new("a");
        element.attribute("b", "<\"'&\n\t>");
        writer.open(&element).unwrap();
        writer.text(&Element::new("c"), "x < y\n]]>").unwrap();
        writer.close("a").unwrap();
        let text = String::from_utf8(text).unwrap();
        let read = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(read.root_element().attribute("b"), Some("<\"'&\n\t>"));
        assert_eq!(read.root_element().first_element_child().unwrap().text(), Some("x < y\n]]>"));
    }
}
