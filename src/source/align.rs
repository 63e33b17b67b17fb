//! From a place inside a YAML scalar's text to the place in the file, through quotes, escapes and folding.

use super::text::Span;
use super::yaml::{Kind, Node, Style};

/// The bytes of the file that hold `inner` (bytes of the scalar's text). The whole scalar where it cannot be told.
#[must_use]
pub fn inside(file: &str, node: &Node<'_>, inner: Span) -> Span {
    let Kind::Scalar(text, style) = &node.kind else { return node.span };
    let Some(raw) = file.get(node.span.start..node.span.end) else { return node.span };
    let walk = Walk { text, style: *style, raw };
    match (walk.find(inner.start), walk.find(inner.end.max(inner.start + 1) - 1)) {
        (Some((start, _)), Some((_, last))) => Span::new(node.span.start + start, node.span.start + last),
        _ => node.span,
    }
}

/// Goes through a scalar's text and its bytes in the file side by side. Both have the same characters in the same
/// order, except that folding, indentation and line ends make white space differ.
struct Walk<'a> {
    text: &'a str,
    style: Style,
    raw: &'a str,
}

impl Walk<'_> {
    /// The raw bytes `start..end` of the character of the text that covers byte `goal`.
    fn find(&self, goal: usize) -> Option<(usize, usize)> {
        let mut at = self.content_start()?;
        for (byte, wanted) in self.text.char_indices() {
            let (start, end) = self.next(at, wanted)?;
            if goal < byte + wanted.len_utf8() {
                return Some((start, end));
            }
            at = end;
        }
        (goal >= self.text.len()).then_some((at, at))
    }

    fn content_start(&self) -> Option<usize> {
        match self.style {
            Style::Single | Style::Double => Some(1),
            Style::Literal | Style::Folded if self.raw.starts_with(['|', '>']) => self.raw.find('\n').map(|at| at + 1),
            Style::Plain | Style::Literal | Style::Folded => Some(0),
        }
    }

    /// The raw place of the next character, which must be `wanted`. The last line's end is beyond the raw bytes.
    fn next(&self, mut at: usize, wanted: char) -> Option<(usize, usize)> {
        while let Some((end, found)) = self.read(at) {
            match found {
                Some(found) if found == wanted || (found.is_whitespace() && wanted.is_whitespace()) => return Some((at, end)),
                // Blank lines at the beginning of a block stand before its bytes.
                Some(found) if !found.is_whitespace() => return wanted.is_whitespace().then_some((at, at)),
                _ => at = end,
            }
        }
        wanted.is_whitespace().then_some((at, at))
    }

    /// What stands at a raw place, and where that ends: a character, or nothing for an escaped line end.
    fn read(&self, at: usize) -> Option<(usize, Option<char>)> {
        let rest = self.raw.get(at..)?;
        let raw = rest.chars().next()?;
        match self.style {
            Style::Double if raw == '\\' => escape(rest).map(|(length, found)| (at + length, found)),
            Style::Single if rest.starts_with("''") => Some((at + 2, Some(raw))),
            _ => Some((at + raw.len_utf8(), Some(raw))),
        }
    }
}

/// The length of the escape that `raw` begins with, and what it stands for. The parser has found it sound.
fn escape(raw: &str) -> Option<(usize, Option<char>)> {
    let name = raw.chars().nth(1)?;
    let found = match name {
        '\r' | '\n' => {
            let next_line = raw.find('\n')? + 1;
            let blanks = raw.get(next_line..)?.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            return Some((next_line + blanks, None));
        }
        'x' => return code(raw, 2).map(|code| (4, char::from_u32(code))),
        'U' => return code(raw, 8).map(|code| (10, char::from_u32(code))),
        'u' => {
            let first = code(raw, 4)?;
            let second = raw.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(|rest| code(rest, 4)).unwrap_or_default();
            let pair = char::decode_utf16([first, second].map(|unit| u16::try_from(unit).unwrap_or_default())).next()?.ok()?;
            return Some((if pair.len_utf16() == 2 { 12 } else { 6 }, Some(pair)));
        }
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        itself => itself,
    };
    Some((1 + name.len_utf8(), Some(found)))
}

/// The number in the hexadecimal digits behind a backslash and a letter.
fn code(raw: &str, digits: usize) -> Option<u32> {
    u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()
}
