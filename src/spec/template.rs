//! Messages with `{expression}` in them.

use super::expr::Expr;
use super::lexer::Problem;
use super::parser;
use super::typing::Typing;
use crate::source::text::Span;
use serde::{Deserialize, Serialize};

/// A message, in pieces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Piece {
    /// Words as they are.
    Words(String),
    /// What the expression's value is called.
    Value(Expr),
}

impl Template {
    /// The template that `text` is; problems go to `typing`, at bytes of `text`.
    pub fn read(text: &str, typing: &mut Typing<'_>) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            words.push_str(&rest[..at]);
            let offset = text.len() - rest.len() + at;
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                words.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let Some(end) = tail.find('}').filter(|_| tail.starts_with('{')) else {
                let problem = Problem::new(Span::new(offset, offset + 1), "this brace has no partner");
                typing.problems.push(problem.help("write `{{` or `}}` for a brace"));
                return None;
            };
            let inner = &tail[1..end];
            let before = typing.problems.len();
            let expr = match parser::expression(inner) {
                Ok(ast) => typing.shown(&ast),
                Err(problem) => {
                    typing.problems.push(problem);
                    None
                }
            };
            for problem in typing.problems.iter_mut().skip(before) {
                problem.span = Span::new(problem.span.start + offset + 1, problem.span.end + offset + 1);
            }
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Value(expr?));
            rest = &tail[end + 1..];
        }
        words.push_str(rest);
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        Some(Self { pieces })
    }
}
