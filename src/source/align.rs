//! From a place inside a YAML scalar's text to the place in the file, through quotes, escapes and folding.

use super::text::Span;
use super::yaml::{Kind, Node, Style};

/// The bytes of the file that hold `inner` (bytes of the scalar's text). The whole scalar where it cannot be told.
#[must_use]
pub fn inside(file: &str, node: &Node<'_>, inner: Span) -> Span {
    let Kind::Scalar(text, style) = &node.kind else { return node.span };
    let Some(raw) = file.get(node.span.start..) else { return node.span };
    let walk = Walk { text, style: *style, raw };
    match (walk.find(inner.start), walk.find(inner.end.max(inner.start + 1) - 1)) {
        (Some((start, _)), Some((_, last))) => Span::new(node.span.start + start, node.span.start + last),
        _ => node.span,
    }
}

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
            Style::Plain => Some(0),
            Style::Single | Style::Double => Some(1),
            Style::Literal | Style::Folded if self.raw.starts_with(['|', '>']) => self.raw.find('\n').map(|at| at + 1),
            Style::Literal | Style::Folded => Some(0),
        }
    }

    /// The raw place of the next character, which must be `wanted`.
    fn next(&self, mut at: usize, wanted: char) -> Option<(usize, usize)> {
        loop {
            let raw = self.raw.get(at..)?.chars().next()?;
            let end = at + raw.len_utf8();
            if self.style == Style::Double && raw == '\\' {
                let escape = self.raw.get(end..)?.chars().next()?;
                if escape == '\n' || escape == '\r' {
                    at = end + 1;
                    continue;
                }
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                return Some((at, end + escape.len_utf8() + digits));
            }
            if self.style == Style::Single && raw == '\'' && wanted == '\'' {
                return Some((at, end + 1));
            }
            if raw == wanted || (raw.is_whitespace() && wanted.is_whitespace()) {
                return Some((at, end));
            }
            if !raw.is_whitespace() {
                return None;
            }
            at = end;
        }
    }
}
