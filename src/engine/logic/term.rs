//! Terms over the holes of a site. Built only through the functions here, which fold constants: what the facts
//! decide is `Bool::Const`, and never reaches a solver.

use crate::model::site::HoleId;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A boolean term.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bool {
    /// Decided.
    Const(bool),
    /// Open.
    Node(Rc<BoolNode>),
}

/// An open boolean term.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoolNode {
    /// A boolean hole.
    Hole(HoleId),
    /// Negation.
    Not(Bool),
    /// All of them.
    And(Vec<Bool>),
    /// One of them.
    Or(Vec<Bool>),
    /// Both or neither.
    Iff(Bool, Bool),
    /// Equal numbers.
    Equal(Int, Int),
    /// Less or equal.
    AtMost(Int, Int),
}

/// A whole-number term.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Int {
    /// Decided.
    Const(i64),
    /// Open.
    Node(Rc<IntNode>),
}

/// An open whole-number term.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntNode {
    /// A hole, and the least and greatest number it can be.
    Hole(HoleId, i64, i64),
    /// One or the other.
    If(Bool, Int, Int),
    /// A sum.
    Sum(Vec<Int>),
}

/// True.
pub const TRUE: Bool = Bool::Const(true);
/// False.
pub const FALSE: Bool = Bool::Const(false);

fn open(node: BoolNode) -> Bool {
    Bool::Node(Rc::new(node))
}

/// A boolean hole.
#[must_use]
pub fn bool_hole(hole: HoleId) -> Bool {
    open(BoolNode::Hole(hole))
}

/// A numeric hole with its bounds.
#[must_use]
pub fn int_hole(hole: HoleId, min: i64, max: i64) -> Int {
    if min == max { Int::Const(min) } else { Int::Node(Rc::new(IntNode::Hole(hole, min, max))) }
}

/// Negation.
#[must_use]
pub fn not(a: Bool) -> Bool {
    match a {
        Bool::Const(value) => Bool::Const(!value),
        Bool::Node(node) => match &*node {
            BoolNode::Not(inner) => inner.clone(),
            _ => open(BoolNode::Not(Bool::Node(node))),
        },
    }
}

/// Whether one of the terms is the negation of another.
fn contradict(terms: &[Bool]) -> bool {
    terms.len() > 1 && terms.iter().any(|term| terms.contains(&not(term.clone())))
}

/// Conjunction.
#[must_use]
pub fn and(terms: impl IntoIterator<Item = Bool>) -> Bool {
    let mut kept: Vec<Bool> = Vec::new();
    for term in terms {
        match term {
            Bool::Const(true) => {}
            Bool::Const(false) => return FALSE,
            term if kept.contains(&term) => {}
            term => kept.push(term),
        }
    }
    if contradict(&kept) {
        return FALSE;
    }
    match kept.len() {
        0 => TRUE,
        1 => kept.swap_remove(0),
        _ => open(BoolNode::And(kept)),
    }
}

/// Disjunction.
#[must_use]
pub fn or(terms: impl IntoIterator<Item = Bool>) -> Bool {
    let mut kept: Vec<Bool> = Vec::new();
    for term in terms {
        match term {
            Bool::Const(false) => {}
            Bool::Const(true) => return TRUE,
            term if kept.contains(&term) => {}
            term => kept.push(term),
        }
    }
    if contradict(&kept) {
        return TRUE;
    }
    match kept.len() {
        0 => FALSE,
        1 => kept.swap_remove(0),
        _ => open(BoolNode::Or(kept)),
    }
}

/// Implication.
#[must_use]
pub fn implies(a: Bool, b: Bool) -> Bool {
    or([not(a), b])
}

/// Both or neither.
#[must_use]
pub fn iff(a: Bool, b: Bool) -> Bool {
    match (a, b) {
        (Bool::Const(true), x) | (x, Bool::Const(true)) => x,
        (Bool::Const(false), x) | (x, Bool::Const(false)) => not(x),
        (a, b) if a == b => TRUE,
        (a, b) => open(BoolNode::Iff(a, b)),
    }
}

/// The least and greatest number a term can be.
#[must_use]
pub fn bounds(a: &Int) -> (i64, i64) {
    match a {
        Int::Const(value) => (*value, *value),
        Int::Node(node) => match &**node {
            IntNode::Hole(_, min, max) => (*min, *max),
            IntNode::If(_, a, b) => {
                let ((a, b), (c, d)) = (bounds(a), bounds(b));
                (a.min(c), b.max(d))
            }
            IntNode::Sum(terms) => terms.iter().map(bounds).fold((0, 0), |(a, b), (c, d)| (a + c, b + d)),
        },
    }
}

/// Equal numbers.
#[must_use]
pub fn equal(a: Int, b: Int) -> Bool {
    let ((a_min, a_max), (b_min, b_max)) = (bounds(&a), bounds(&b));
    if a_max < b_min || b_max < a_min {
        return FALSE;
    }
    match (&a, &b) {
        (Int::Const(x), Int::Const(y)) => Bool::Const(x == y),
        (Int::Node(node), other @ Int::Const(_)) | (other @ Int::Const(_), Int::Node(node)) => match &**node {
            IntNode::If(condition, x, y) => or([
                and([condition.clone(), equal(x.clone(), other.clone())]),
                and([not(condition.clone()), equal(y.clone(), other.clone())]),
            ]),
            _ => open(BoolNode::Equal(a, b)),
        },
        _ if a == b => TRUE,
        _ => open(BoolNode::Equal(a, b)),
    }
}

/// Less or equal.
#[must_use]
pub fn at_most(a: Int, b: Int) -> Bool {
    let ((a_min, a_max), (b_min, b_max)) = (bounds(&a), bounds(&b));
    if a_max <= b_min {
        TRUE
    } else if a_min > b_max {
        FALSE
    } else if a == b {
        TRUE
    } else {
        open(BoolNode::AtMost(a, b))
    }
}

/// Strictly less.
#[must_use]
pub fn less(a: Int, b: Int) -> Bool {
    not(at_most(b, a))
}

/// One or the other.
#[must_use]
pub fn choose(condition: Bool, a: Int, b: Int) -> Int {
    match condition {
        Bool::Const(true) => a,
        Bool::Const(false) => b,
        _ if a == b => a,
        condition => Int::Node(Rc::new(IntNode::If(condition, a, b))),
    }
}

/// A sum.
#[must_use]
pub fn sum(terms: impl IntoIterator<Item = Int>) -> Int {
    let mut constant = 0;
    let mut kept = Vec::new();
    for term in terms {
        match term {
            Int::Const(value) => constant += value,
            term @ Int::Node(_) => kept.push(term),
        }
    }
    if kept.is_empty() {
        return Int::Const(constant);
    }
    if constant != 0 {
        kept.push(Int::Const(constant));
    }
    if kept.len() == 1 { kept.swap_remove(0) } else { Int::Node(Rc::new(IntNode::Sum(kept))) }
}

/// 1 if true, else 0.
#[must_use]
pub fn indicator(a: Bool) -> Int {
    choose(a, Int::Const(1), Int::Const(0))
}

/// The holes that a term depends on.
pub fn holes(a: &Bool, out: &mut BTreeSet<HoleId>) {
    let Bool::Node(node) = a else { return };
    match &**node {
        BoolNode::Hole(hole) => {
            out.insert(*hole);
        }
        BoolNode::Not(inner) => holes(inner, out),
        BoolNode::And(terms) | BoolNode::Or(terms) => terms.iter().for_each(|term| holes(term, out)),
        BoolNode::Iff(a, b) => {
            holes(a, out);
            holes(b, out);
        }
        BoolNode::Equal(a, b) | BoolNode::AtMost(a, b) => {
            int_holes(a, out);
            int_holes(b, out);
        }
    }
}

fn int_holes(a: &Int, out: &mut BTreeSet<HoleId>) {
    let Int::Node(node) = a else { return };
    match &**node {
        IntNode::Hole(hole, ..) => {
            out.insert(*hole);
        }
        IntNode::If(condition, a, b) => {
            holes(condition, out);
            int_holes(a, out);
            int_holes(b, out);
        }
        IntNode::Sum(terms) => terms.iter().for_each(|term| int_holes(term, out)),
    }
}

/// The truth of a term when the holes are filled so.
#[must_use]
pub fn truth(a: &Bool, filled: &[i64]) -> bool {
    match a {
        Bool::Const(value) => *value,
        Bool::Node(node) => match &**node {
            BoolNode::Hole(hole) => filled[*hole] != 0,
            BoolNode::Not(inner) => !truth(inner, filled),
            BoolNode::And(terms) => terms.iter().all(|term| truth(term, filled)),
            BoolNode::Or(terms) => terms.iter().any(|term| truth(term, filled)),
            BoolNode::Iff(a, b) => truth(a, filled) == truth(b, filled),
            BoolNode::Equal(a, b) => number(a, filled) == number(b, filled),
            BoolNode::AtMost(a, b) => number(a, filled) <= number(b, filled),
        },
    }
}

/// The number that a term is when the holes are filled so.
#[must_use]
pub fn number(a: &Int, filled: &[i64]) -> i64 {
    match a {
        Int::Const(value) => *value,
        Int::Node(node) => match &**node {
            IntNode::Hole(hole, ..) => filled[*hole],
            IntNode::If(condition, a, b) => number(if truth(condition, filled) { a } else { b }, filled),
            IntNode::Sum(terms) => terms.iter().map(|term| number(term, filled)).sum(),
        },
    }
}

/// The same term with other terms in the place of its holes.
#[must_use]
pub fn replaced(term: &Bool, by: &dyn Fn(HoleId) -> Bool) -> Bool {
    let Bool::Node(node) = term else { return term.clone() };
    match &**node {
        BoolNode::Hole(hole) => by(*hole),
        BoolNode::Not(inner) => not(replaced(inner, by)),
        BoolNode::Iff(a, b) => iff(replaced(a, by), replaced(b, by)),
        BoolNode::And(terms) => and(terms.iter().map(|term| replaced(term, by))),
        BoolNode::Or(terms) => or(terms.iter().map(|term| replaced(term, by))),
        BoolNode::Equal(..) | BoolNode::AtMost(..) => term.clone(),
    }
}
