//! The syntax tree of the expression language, as written: no names resolved, no types.

use crate::source::text::Span;
use serde::{Deserialize, Serialize};

/// An expression as written. Spans are bytes of the expression's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ast {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: AstKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AstKind {
    /// A word: variable, field, value, `true`, `none`, or a version such as `8.1`.
    Word(String),
    /// A whole number.
    Number(i64),
    /// `[a, b]`.
    Set(Vec<Ast>),
    /// `a.b`; the span is that of `b`.
    Field(Box<Ast>, String, Span),
    /// `a[b]`; only in places.
    Element(Box<Ast>, Box<Ast>),
    /// `f(a, b)`; the span is that of `f`.
    Call(String, Span, Vec<Ast>),
    /// `not a`.
    Not(Box<Ast>),
    /// `a and b` and the like.
    Binary(Operator, Box<Ast>, Box<Ast>),
    /// `all(x in c, e)`.
    Quantified(Quantifier, Binding, Box<Ast>),
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `implies`.
    Implies,
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
}

/// What is asked of the elements of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantifier {
    /// Every one.
    All,
    /// At least one.
    Exists,
    /// How many.
    Count,
}

/// `x in c`, or `x, y in c` for each two different elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The names, one or two, with their places.
    pub names: Vec<(String, Span)>,
    /// The collection.
    pub collection: Box<Ast>,
}
