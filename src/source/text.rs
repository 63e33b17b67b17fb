//! One file's text and the places in it. Reads no files.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A half-open range of bytes in one [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    places: Arc<OnceLock<Places>>,
}

/// What makes finding a line and a column cheap, however many are asked for in however long a text.
#[derive(Debug)]
struct Places {
    /// The first byte of each line.
    lines: Vec<usize>,
    /// How many characters begin before each multiple of [`STRIDE`] bytes.
    characters: Vec<usize>,
}

/// Bytes between two counts of characters.
const STRIDE: usize = 1024;

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

impl Places {
    fn of(text: &str) -> Self {
        let after_break = text.match_indices('\n').map(|(at, _)| at + 1);
        let counts = text.as_bytes().chunks(STRIDE).scan(0, |before, chunk| {
            let here = *before;
            *before += characters(chunk);
            Some(here)
        });
        Self { lines: std::iter::once(0).chain(after_break).collect(), characters: counts.collect() }
    }

    /// The line that holds this byte, counted from 0, and its first byte.
    fn line(&self, byte: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= byte).max(1) - 1;
        (line, self.lines.get(line).copied().unwrap_or_default())
    }

    /// How many characters begin before this byte of the text.
    fn before(&self, text: &str, byte: usize) -> usize {
        let chunk = byte / STRIDE;
        match (self.characters.get(chunk), text.as_bytes().get(chunk * STRIDE..byte)) {
            (Some(count), Some(rest)) => count + characters(rest),
            _ => characters(text.as_bytes()),
        }
    }
}

impl Source {
    /// A source of this name and text.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: Arc::from(name), text: Arc::from(text), places: Arc::default() }
    }

    /// Line and column of a byte, both counted from 1; the column counts characters. The end for a byte beyond it.
    #[must_use]
    pub fn line_column(&self, byte: usize) -> (usize, usize) {
        let (places, byte) = (self.places(), byte.min(self.text.len()));
        let (line, start) = places.line(byte);
        let column = match self.text.as_bytes().get(start..byte) {
            Some(short) if short.len() < STRIDE => characters(short),
            _ => places.before(&self.text, byte) - places.before(&self.text, start),
        };
        (line + 1, column + 1)
    }

    /// The bytes of the lines that hold these bytes, with so many lines before and after them, and how many lines stand
    /// before those.
    #[must_use]
    pub fn lines_around(&self, span: Span, before: usize, after: usize) -> (Range<usize>, usize) {
        let places = self.places();
        let first = places.line(span.start).0.saturating_sub(before);
        let behind = places.line(span.end).0 + after + 1;
        let start = places.lines.get(first).copied().unwrap_or_default();
        (start..places.lines.get(behind).copied().unwrap_or(self.text.len()), first)
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(&self.text))
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

/// Whether a character would move a terminal's cursor, colour it, turn the direction of text, or not be seen at all.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    match c {
        '\n' | '\t' | ' '..='~' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// `text` with every unprintable character written as `\u{…}`, and line ends and tabs as spaces.
#[must_use]
pub fn printable(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
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

/// Whether a text is made of printable ASCII characters, line feeds and tabs: nothing in it is unprintable.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    // A piece at a time, so that all its bytes can be looked at at once.
    text.as_bytes().chunks(PLAIN_STRIDE).all(|piece| {
        piece.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') <= b'~' - b' ' || matches!(byte, b'\n' | b'\t')))
    })
}

/// Bytes that are looked at before it is asked whether they are all plain.
const PLAIN_STRIDE: usize = 128;

/// JSON that means the same and has every unprintable character written as an escape of four hexadecimal digits.
#[must_use]
pub fn printable_json(json: &str) -> String {
    if is_plain(json) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unprintable(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The name of the encoding of these bytes if its characters have more than one byte each.
#[must_use]
pub fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [a, b, c, d, ..] => match (*a != 0, *b != 0, *c != 0, *d != 0) {
            (true, false, false, false) | (false, false, false, true) => Some("UTF-32"),
            (true, false, true, false) | (false, true, false, true) => Some("UTF-16"),
            _ => None,
        },
        _ => None,
    }
}

/// Start and length of the first line that has more than `limit` bytes.
#[must_use]
pub fn first_line_over(limit: usize, text: &str) -> Option<(usize, usize)> {
    if text.len() <= limit {
        return None;
    }
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() > limit {
            return Some((start, line.len()));
        }
        start += line.len() + 1;
    }
    None
}

/// The first character that cannot be seen, and its place. A carriage return is one unless it ends a line.
#[must_use]
pub fn first_invisible(text: &str) -> Option<(usize, char)> {
    if is_plain(text) {
        return None;
    }
    let ends_line = |at: usize| text.as_bytes().get(at + 1) == Some(&b'\n');
    text.char_indices().find(|&(at, c)| is_unprintable(c) && !(c == '\r' && ends_line(at)))
}
