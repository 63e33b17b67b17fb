//! Text of an expression to tokens.

use crate::source::text::Span;

/// A token and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word, also one that begins with a digit such as `14-gb`, and versions such as `8.1`.
    Word(String),
    /// Digits only.
    Number(i64),
    /// Punctuation: one of `( ) [ ] , . + - == != < <= > >=`.
    Mark(&'static str),
    /// The end of the text.
    End,
}

/// Greatest number that can be written: sums of as many as fit into a file stay far from the end of `i64`.
const NUMBER_MAX: i64 = 1_000_000_000;

const MARKS: [&str; 14] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-"];

/// A problem in an expression: what, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the expression's text.
    pub span: Span,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at this place.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// The same with this help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The tokens of `text`, closed by [`TokenKind::End`].
///
/// # Errors
/// The first character that begins no token.
pub fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (kind, length) = if first.is_ascii_alphabetic() || first == '_' {
            let length = word(rest);
            (TokenKind::Word(rest[..length].to_owned()), length)
        } else if first.is_ascii_digit() {
            digits(rest)
        } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            (TokenKind::Mark(mark), mark.len())
        } else {
            let span = Span::new(at, at + first.len_utf8());
            let help = match first {
                '=' => "write `==` to compare",
                '&' => "write `and`",
                '|' => "write `or`",
                '!' => "write `not`",
                _ => "see the expression language in spec/README.md",
            };
            return Err(Problem::new(span, format!("`{}` begins nothing here", first.escape_debug())).help(help));
        };
        out.push(Token { span: Span::new(at, at + length), kind });
        at += length;
    }
    out.push(Token { span: Span::new(text.len(), text.len()), kind: TokenKind::End });
    Ok(out)
}

/// Bytes of a word that begins with a letter. A dot before a digit belongs to it: `r10.0b`, `s4.1`.
fn word(rest: &str) -> usize {
    let digit_at = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let inside = |(at, c): &(usize, char)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (*c == '.' && digit_at(at + 1));
    rest.char_indices().take_while(inside).count()
}

/// A token that begins with a digit: a number, a version, or a word.
fn digits(rest: &str) -> (TokenKind, usize) {
    let mut length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
    while rest[..length].ends_with('.') {
        length -= 1;
    }
    let word = &rest[..length];
    match word.parse::<i64>() {
        Ok(number @ 0..=NUMBER_MAX) if word.bytes().all(|b| b.is_ascii_digit()) => (TokenKind::Number(number), length),
        _ => (TokenKind::Word(word.to_owned()), length),
    }
}
