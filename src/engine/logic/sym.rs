//! Symbolic values: what an expression is worth on a site with holes, and how two of them are compared and merged.

use super::term::{self, Bool, FALSE, Int, TRUE, and, or};
use crate::spec::types::{Type, Value};
use smallvec::{SmallVec, smallvec};

/// The symbolic value of an expression.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sym {
    /// Of a boolean.
    Bool(Bool),
    /// Of a number, an enumeration, a version, a text or a subnet: its number.
    Int(Int),
    /// Of a set: for each value of the enumeration, whether it is in.
    Set(Vec<Bool>),
    /// Of a list: each element, and whether it is there.
    List(Vec<(Bool, Sym)>),
    /// Of a record: which one, under which condition. Exactly one condition is true.
    Record(SmallVec<[(Bool, usize); 1]>),
}

impl Clone for Sym {
    fn clone(&self) -> Self {
        match self {
            Self::Bool(a) => Self::Bool(a.clone()),
            Self::Int(a) => Self::Int(a.clone()),
            Self::Set(members) => Self::Set(members.clone()),
            Self::List(elements) => Self::List(elements.clone()),
            // Nearly every record is decided, and is cloned wherever it is named.
            Self::Record(choices) => Self::Record(match choices.as_slice() {
                [one] => smallvec![one.clone()],
                several => several.into(),
            }),
        }
    }
}

impl Sym {
    /// The one record it is, if that is decided.
    #[must_use]
    pub fn record(&self) -> Option<usize> {
        match self {
            Self::Record(choices) => match choices.as_slice() {
                [(Bool::Const(true), record)] => Some(*record),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value it is, if that is decided.
    #[must_use]
    pub fn value(&self, ty: &Type) -> Option<Value> {
        match self {
            Self::Bool(Bool::Const(value)) => Some(Value::Boolean(*value)),
            Self::Int(Int::Const(number)) => Some(crate::model::eval::typed(ty, *number)),
            Self::Set(members) => {
                let bits = members.iter().enumerate().map(|(bit, member)| match member {
                    Bool::Const(value) => Some(u64::from(*value) << bit),
                    Bool::Node(_) => None,
                });
                bits.sum::<Option<u64>>().map(Value::Set)
            }
            Self::Record(_) => self.record().map(Value::Record),
            _ => None,
        }
    }

    /// The value it is when the holes are filled so.
    #[must_use]
    pub fn filled(&self, ty: &Type, filled: &[i64]) -> Value {
        match self {
            Self::Bool(a) => Value::Boolean(term::truth(a, filled)),
            Self::Int(a) => crate::model::eval::typed(ty, term::number(a, filled)),
            Self::Set(members) => Value::Set(
                members.iter().enumerate().fold(0, |bits, (bit, member)| bits | u64::from(term::truth(member, filled)) << bit),
            ),
            Self::List(elements) => {
                let inner = crate::spec::typing::element_type(ty).unwrap_or(Type::Boolean);
                let present = elements.iter().filter(|(present, _)| term::truth(present, filled));
                Value::List(present.map(|(_, element)| element.filled(&inner, filled)).collect())
            }
            Self::Record(choices) => Value::Record(
                choices.iter().find(|(condition, _)| term::truth(condition, filled)).map_or(0, |(_, record)| *record),
            ),
        }
    }
}

/// The number that stands for the value of that index.
pub(super) fn code(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// The symbolic value that is that value.
#[must_use]
pub fn constant(value: &Value) -> Sym {
    match value {
        Value::Boolean(value) => Sym::Bool(Bool::Const(*value)),
        Value::Number(n) | Value::Text(n) | Value::Subnet(n) | Value::Version(n) => Sym::Int(Int::Const(*n)),
        Value::Enumeration(v) => Sym::Int(Int::Const(code(*v))),
        Value::Record(record) => Sym::Record(smallvec![(TRUE, *record)]),
        Value::Set(bits) => Sym::Set((0..64).map(|v| Bool::Const(bits >> v & 1 == 1)).collect()),
        Value::List(values) => Sym::List(values.iter().map(|v| (TRUE, constant(v))).collect()),
    }
}

/// Equality of two values of one type.
#[must_use]
pub fn equal(a: &Sym, b: &Sym) -> Bool {
    match (a, b) {
        (Sym::Bool(a), Sym::Bool(b)) => term::iff(a.clone(), b.clone()),
        (Sym::Int(a), Sym::Int(b)) => term::equal(a.clone(), b.clone()),
        (Sym::Set(a), Sym::Set(b)) => and(a.iter().zip(b).map(|(a, b)| term::iff(a.clone(), b.clone()))),
        (Sym::Record(a), Sym::Record(b)) => {
            let pairs =
                a.iter().flat_map(|(x, r)| b.iter().filter(move |(_, s)| r == s).map(move |(y, _)| and([x.clone(), y.clone()])));
            or(pairs)
        }
        _ => FALSE,
    }
}

/// Two sets, value by value.
pub(super) fn both_sets(a: Sym, b: Sym, combine: impl Fn(Bool, Bool) -> Bool) -> Sym {
    match (a, b) {
        (Sym::Set(a), Sym::Set(b)) => Sym::Set(a.into_iter().zip(b).map(|(a, b)| combine(a, b)).collect()),
        (a, _) => a,
    }
}

/// The first where the condition is true, else the second.
#[must_use]
pub fn merge(condition: &Bool, a: Sym, b: Sym) -> Sym {
    let both = |guard: &Bool, other: &Bool| and([guard.clone(), other.clone()]);
    let otherwise = term::not(condition.clone());
    match (a, b) {
        (Sym::Bool(a), Sym::Bool(b)) => Sym::Bool(or([both(condition, &a), both(&otherwise, &b)])),
        (Sym::Int(a), Sym::Int(b)) => Sym::Int(term::choose(condition.clone(), a, b)),
        (Sym::Set(a), Sym::Set(b)) => {
            Sym::Set(a.iter().zip(&b).map(|(a, b)| or([both(condition, a), both(&otherwise, b)])).collect())
        }
        (Sym::List(a), Sym::List(b)) => {
            let a = a.into_iter().map(|(present, element)| (both(condition, &present), element));
            let b = b.into_iter().map(|(present, element)| (both(&otherwise, &present), element));
            Sym::List(a.chain(b).collect())
        }
        (Sym::Record(a), Sym::Record(b)) => {
            let a = a.into_iter().map(|(c, record)| (both(condition, &c), record));
            let b = b.into_iter().map(|(c, record)| (both(&otherwise, &c), record));
            Sym::Record(a.chain(b).collect())
        }
        (a, _) => a,
    }
}
