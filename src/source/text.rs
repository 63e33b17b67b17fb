//! One file's text and the places in it. Reads no files.

use std::sync::Arc;

/// A half-open range of bytes in one [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// A named text. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name shown to people: a path as it was typed, or `<stdin>`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// A source of this name and text.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: Arc::from(name), text: Arc::from(text) }
    }

    /// Line and column of a byte, both counted from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        (line, before.get(line_start..).map_or(0, |head| head.chars().count()) + 1)
    }

    /// The line that holds a byte, without its end.
    #[must_use]
    pub fn line_text(&self, byte: usize) -> &str {
        let byte = byte.min(self.text.len());
        let start = self.text.get(..byte).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
        let rest = self.text.get(start..).unwrap_or("");
        rest.split('\n').next().unwrap_or("").trim_end_matches('\r')
    }
}

/// Whether a character would move a terminal's cursor, colour it, or turn the direction of text.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let bidirectional = matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    control || bidirectional || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// `text` with every unprintable character written as `\u{…}`, and line ends and tabs as spaces.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || c == '\t' {
            out.push(' ');
        } else if is_unprintable(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}
