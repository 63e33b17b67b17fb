//! Typed expressions: every name resolved, every type checked. Built only by `typing`; given meaning by
//! `model::eval` (concrete) and `engine::symbolic` (terms).

use super::syntax::Quantifier;
use super::types::{FieldId, Type};
use crate::source::text::Span;
use serde::{Deserialize, Serialize};

/// A typed expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type. A reference's expression has the type of the record it names.
    pub ty: Type,
    /// Bytes of the expression's text.
    pub span: Span,
}

impl Expr {
    /// The expressions it is made of, directly.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Enumeration(_)
            | ExprKind::Version(_)
            | ExprKind::None
            | ExprKind::Variable(_)
            | ExprKind::Site => Vec::new(),
            ExprKind::Set(parts) | ExprKind::State(_, parts) | ExprKind::Relation(_, parts) | ExprKind::Definition(_, parts) => {
                parts.iter().collect()
            }
            ExprKind::Field(a, _) | ExprKind::Fact(a, _) | ExprKind::IsPrivate(a) | ExprKind::Not(a) | ExprKind::Count(a) => {
                vec![a]
            }
            ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Implies(a, b)
            | ExprKind::Equal(a, b)
            | ExprKind::Less(a, b)
            | ExprKind::AtMost(a, b)
            | ExprKind::In(a, b)
            | ExprKind::Plus(a, b)
            | ExprKind::Union(a, b)
            | ExprKind::Difference(a, b)
            | ExprKind::Quantified { collection: a, body: b, .. } => vec![a, b],
            ExprKind::If(a, b, c) => vec![a, b, c],
        }
    }

    /// The same expressions, to be changed.
    pub fn parts_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Enumeration(_)
            | ExprKind::Version(_)
            | ExprKind::None
            | ExprKind::Variable(_)
            | ExprKind::Site => Vec::new(),
            ExprKind::Set(parts) | ExprKind::State(_, parts) | ExprKind::Relation(_, parts) | ExprKind::Definition(_, parts) => {
                parts.iter_mut().collect()
            }
            ExprKind::Field(a, _) | ExprKind::Fact(a, _) | ExprKind::IsPrivate(a) | ExprKind::Not(a) | ExprKind::Count(a) => {
                vec![a]
            }
            ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Implies(a, b)
            | ExprKind::Equal(a, b)
            | ExprKind::Less(a, b)
            | ExprKind::AtMost(a, b)
            | ExprKind::In(a, b)
            | ExprKind::Plus(a, b)
            | ExprKind::Union(a, b)
            | ExprKind::Difference(a, b)
            | ExprKind::Quantified { collection: a, body: b, .. } => vec![a, b],
            ExprKind::If(a, b, c) => vec![a, b, c],
        }
    }

    /// Calls `found` with it and everything it is made of; what a definition says is not part of it.
    pub fn visit<'e>(&'e self, found: &mut dyn FnMut(&'e Self)) {
        found(self);
        for part in self.parts() {
            part.visit(found);
        }
    }
}

/// What a typed expression is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Number(i64),
    /// A value of an enumeration.
    Enumeration(usize),
    /// A version's code.
    Version(i64),
    /// `none`, as a text.
    None,
    /// A set of values of an enumeration.
    Set(Vec<Expr>),
    /// Variable number so-and-so of the frame.
    Variable(usize),
    /// The site.
    Site,
    /// A field of a record.
    Field(Box<Expr>, FieldId),
    /// A fact of an enumeration's value, by index.
    Fact(Box<Expr>, usize),
    /// Whether a subnet is private.
    IsPrivate(Box<Expr>),
    /// Negation.
    Not(Box<Expr>),
    /// Conjunction.
    And(Box<Expr>, Box<Expr>),
    /// Disjunction.
    Or(Box<Expr>, Box<Expr>),
    /// Implication.
    Implies(Box<Expr>, Box<Expr>),
    /// Equality of two values of one type.
    Equal(Box<Expr>, Box<Expr>),
    /// Strictly less: numbers or versions.
    Less(Box<Expr>, Box<Expr>),
    /// Less or equal.
    AtMost(Box<Expr>, Box<Expr>),
    /// Membership in a set or a list.
    In(Box<Expr>, Box<Expr>),
    /// Sum of two numbers.
    Plus(Box<Expr>, Box<Expr>),
    /// Union of two sets.
    Union(Box<Expr>, Box<Expr>),
    /// What is in the first set and not in the second.
    Difference(Box<Expr>, Box<Expr>),
    /// The second where the first is true, else the third.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A state variable, by index, of these records. Only in what a machine says.
    State(usize, Vec<Expr>),
    /// Whether the row is in the relation.
    Relation(usize, Vec<Expr>),
    /// A definition applied to arguments; they are the frame of its body.
    Definition(usize, Vec<Expr>),
    /// Over one variable, or over each two different elements (`pairs`): the variables are numbered from `first`.
    Quantified {
        /// What is asked.
        quantifier: Quantifier,
        /// Number of the first variable.
        first: usize,
        /// Whether there are two variables.
        pairs: bool,
        /// The list or set.
        collection: Box<Expr>,
        /// What is asked of each.
        body: Box<Expr>,
    },
    /// How many elements.
    Count(Box<Expr>),
}

/// What a rule ranges over, one part: `s in servers`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Range {
    /// Names of the variables, one or two.
    pub names: Vec<String>,
    /// Number of the first variable.
    pub first: usize,
    /// The list or set.
    pub collection: Expr,
}

/// A place in a file, as a rule states it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// A record, or a field of one.
    pub base: Expr,
    /// The element of a list or set that is meant, by value.
    pub element: Option<Expr>,
}
