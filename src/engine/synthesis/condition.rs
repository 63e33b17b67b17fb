//! Terms laid out to be evaluated often, with two meanings. One is exact. The other is loose: of each hole only its possible
//! numbers are known, each on its own, and what comes out is more than can really be, never less: what cannot be true here is
//! true in none of the states meant. `tests/loose.rs` holds the loose one against the exact one.

use crate::engine::logic::term::{Bool, BoolNode, Int, IntNode};
use crate::model::site::HoleId;
use smallvec::{SmallVec, smallvec};
use std::collections::BTreeSet;

/// The numbers that a hole or a term can be, each once. Of a boolean: 0, 1 or both.
pub type Span = SmallVec<[i64; 4]>;

/// A boolean term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Decided.
    Const(bool),
    /// That a hole has one of these numbers, or that it has none of them.
    In(HoleId, Span, bool),
    /// All of them.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
    /// Both or neither.
    Same(Box<(Condition, Condition)>),
    /// Not so.
    Not(Box<Condition>),
    /// Equal numbers.
    Equal(Box<(Number, Number)>),
    /// Less or equal.
    AtMost(Box<(Number, Number)>),
}

/// A whole-number term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Decided.
    Const(i64),
    /// That of a hole.
    Hole(HoleId),
    /// One or the other.
    If(Box<(Condition, Number, Number)>),
    /// A sum.
    Sum(Vec<Number>),
}

/// Whether a term can be true, and whether it can be false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// It can be true.
    pub yes: bool,
    /// It can be false.
    pub no: bool,
}

/// Adds a number to those that are possible.
pub fn add(span: &mut Span, number: i64) {
    if !span.contains(&number) {
        span.push(number);
    }
}

impl Condition {
    /// The condition that a term is.
    #[must_use]
    pub fn new(term: &Bool) -> Self {
        match term {
            Bool::Const(value) => Self::Const(*value),
            Bool::Node(node) => match &**node {
                BoolNode::Hole(hole) => Self::In(*hole, smallvec![0], false),
                BoolNode::Not(inner) => Self::new(inner).not(),
                BoolNode::And(terms) => Self::joined(terms.iter().map(Self::new), false),
                BoolNode::Or(terms) => Self::joined(terms.iter().map(Self::new), true),
                BoolNode::Iff(a, b) => Self::Same(Box::new((Self::new(a), Self::new(b)))),
                BoolNode::Equal(a, b) => match (Number::new(a), Number::new(b)) {
                    (Number::Hole(hole), Number::Const(number)) | (Number::Const(number), Number::Hole(hole)) => {
                        Self::In(hole, smallvec![number], true)
                    }
                    both => Self::Equal(Box::new(both)),
                },
                BoolNode::AtMost(a, b) => Self::AtMost(Box::new((Number::new(a), Number::new(b)))),
            },
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Const(value) => Self::Const(!value),
            Self::In(hole, numbers, is) => Self::In(hole, numbers, !is),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// One of them, or all of them. What they say of one hole becomes one condition, so that it is judged together.
    fn joined(terms: impl Iterator<Item = Self>, any: bool) -> Self {
        let mut out: Vec<Self> = Vec::new();
        let mut flat: Vec<Self> = Vec::new();
        for term in terms {
            match term {
                Self::Any(inner) if any => flat.extend(inner),
                Self::All(inner) if !any => flat.extend(inner),
                other => flat.push(other),
            }
        }
        for term in flat {
            let known = out.iter_mut().find_map(|known| match (known, &term) {
                // `in` one of two sets is `in` their union; outside both is outside their union.
                (Self::In(hole, numbers, is), Self::In(other, more, too)) if hole == other && is == too && *is == any => {
                    Some((numbers, more))
                }
                _ => None,
            });
            match known {
                Some((numbers, more)) => more.iter().for_each(|number| add(numbers, *number)),
                None => out.push(term),
            }
        }
        match out.len() {
            1 => out.swap_remove(0),
            _ if any => Self::Any(out),
            _ => Self::All(out),
        }
    }

    /// Whether it is true in a state.
    #[must_use]
    pub fn holds(&self, state: &[i64]) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::In(hole, numbers, is) => numbers.contains(&state[*hole]) == *is,
            Self::All(terms) => terms.iter().all(|term| term.holds(state)),
            Self::Any(terms) => terms.iter().any(|term| term.holds(state)),
            Self::Same(both) => both.0.holds(state) == both.1.holds(state),
            Self::Not(inner) => !inner.holds(state),
            Self::Equal(both) => both.0.value(state) == both.1.value(state),
            Self::AtMost(both) => both.0.value(state) <= both.1.value(state),
        }
    }

    /// Whether it can be true, and whether it can be false. `may` are the numbers that each hole can be.
    #[must_use]
    pub fn truth(&self, may: &[Span]) -> Truth {
        match self {
            Self::Const(value) => Truth { yes: *value, no: !*value },
            Self::In(hole, numbers, is) => {
                let inside = may[*hole].iter().any(|number| numbers.contains(number));
                let outside = may[*hole].iter().any(|number| !numbers.contains(number));
                if *is { Truth { yes: inside, no: outside } } else { Truth { yes: outside, no: inside } }
            }
            Self::All(terms) => {
                let mut out = Truth { yes: true, no: false };
                for term in terms {
                    let term = term.truth(may);
                    out.no |= term.no;
                    if !term.yes {
                        return Truth { yes: false, no: term.no };
                    }
                }
                out
            }
            Self::Any(terms) => {
                let mut out = Truth { yes: false, no: true };
                for term in terms {
                    let term = term.truth(may);
                    out.yes |= term.yes;
                    if !term.no {
                        return Truth { yes: term.yes, no: false };
                    }
                }
                out
            }
            Self::Same(both) => {
                let (a, b) = (both.0.truth(may), both.1.truth(may));
                Truth { yes: a.yes && b.yes || a.no && b.no, no: a.yes && b.no || a.no && b.yes }
            }
            Self::Not(inner) => {
                let inner = inner.truth(may);
                Truth { yes: inner.no, no: inner.yes }
            }
            Self::Equal(both) => compared(both, may, |a, b| a == b),
            Self::AtMost(both) => compared(both, may, |a, b| a <= b),
        }
    }

    /// Adds the holes that it reads.
    pub fn reads(&self, out: &mut BTreeSet<HoleId>) {
        match self {
            Self::Const(_) => {}
            Self::In(hole, ..) => {
                out.insert(*hole);
            }
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|term| term.reads(out)),
            Self::Same(both) => {
                both.0.reads(out);
                both.1.reads(out);
            }
            Self::Not(inner) => inner.reads(out),
            Self::Equal(both) | Self::AtMost(both) => {
                both.0.reads(out);
                both.1.reads(out);
            }
        }
    }
}

fn compared(both: &(Number, Number), may: &[Span], holds: fn(i64, i64) -> bool) -> Truth {
    let (a, b) = (both.0.span(may), both.1.span(may));
    let mut out = Truth { yes: false, no: false };
    for a in &a {
        for b in &b {
            if holds(*a, *b) { out.yes = true } else { out.no = true }
        }
    }
    out
}

impl Number {
    /// The number that a term is.
    #[must_use]
    pub fn new(term: &Int) -> Self {
        match term {
            Int::Const(number) => Self::Const(*number),
            Int::Node(node) => match &**node {
                IntNode::Hole(hole, ..) => Self::Hole(*hole),
                IntNode::If(condition, a, b) => Self::If(Box::new((Condition::new(condition), Self::new(a), Self::new(b)))),
                IntNode::Sum(terms) => Self::Sum(terms.iter().map(Self::new).collect()),
            },
        }
    }

    /// What it is in a state.
    #[must_use]
    pub fn value(&self, state: &[i64]) -> i64 {
        match self {
            Self::Const(number) => *number,
            Self::Hole(hole) => state[*hole],
            Self::If(parts) => if parts.0.holds(state) { &parts.1 } else { &parts.2 }.value(state),
            Self::Sum(terms) => terms.iter().map(|term| term.value(state)).sum(),
        }
    }

    /// The numbers that it can be.
    #[must_use]
    pub fn span(&self, may: &[Span]) -> Span {
        match self {
            Self::Const(number) => smallvec![*number],
            Self::Hole(hole) => may[*hole].clone(),
            Self::If(parts) => {
                let condition = parts.0.truth(may);
                let mut out = if condition.yes { parts.1.span(may) } else { Span::new() };
                if condition.no {
                    parts.2.span(may).into_iter().for_each(|number| add(&mut out, number));
                }
                out
            }
            Self::Sum(terms) => terms.iter().fold(smallvec![0], |sums: Span, term| {
                let mut out = Span::new();
                for number in term.span(may) {
                    sums.iter().for_each(|sum| add(&mut out, sum + number));
                }
                out
            }),
        }
    }

    /// Adds the holes that it reads.
    pub fn reads(&self, out: &mut BTreeSet<HoleId>) {
        match self {
            Self::Const(_) => {}
            Self::Hole(hole) => {
                out.insert(*hole);
            }
            Self::If(parts) => {
                parts.0.reads(out);
                parts.1.reads(out);
                parts.2.reads(out);
            }
            Self::Sum(terms) => terms.iter().for_each(|term| term.reads(out)),
        }
    }
}
