//! What a place or an expression can be: some values, or a set of which not every member is sure.

use crate::spec::types::Value;

/// What a place or an expression can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// One of these.
    Any(Vec<Value>),
    /// A set: what is in it in any case, and what can be.
    Set {
        /// Bits of what is in it in any case.
        sure: u64,
        /// Bits of what can be in it.
        may: u64,
    },
}

impl Possible {
    /// Exactly this value.
    #[must_use]
    pub fn exactly(value: &Value) -> Self {
        match value {
            Value::Set(bits) => Self::Set { sure: *bits, may: *bits },
            value => Self::Any(vec![value.clone()]),
        }
    }

    /// Adds what else it can be; whether that made a difference.
    pub fn join(&mut self, more: &Self) -> bool {
        match (&mut *self, more) {
            (Self::Any(values), Self::Any(more)) => {
                let before = values.len();
                for value in more {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
                values.len() > before
            }
            (known, more) => {
                let ((sure, may), (more_sure, more_may)) = (known.bits(), more.bits());
                *known = Self::Set { sure: sure & more_sure, may: may | more_may };
                known.bits() != (sure, may)
            }
        }
    }

    /// What the other can be and this cannot, one thing at a time.
    #[must_use]
    pub fn news(&self, other: &Self) -> Vec<Self> {
        match (self, other) {
            (Self::Any(values), Self::Any(others)) => {
                others.iter().filter(|value| !values.contains(value)).map(|value| Self::Any(vec![value.clone()])).collect()
            }
            (values, others) => {
                let ((sure, may), (other_sure, other_may)) = (values.bits(), others.bits());
                let members = (0..64).map(|bit| 1 << bit).filter(|bit| other_may & !may & bit != 0);
                let mut out: Vec<Self> = members.map(|bit| Self::Set { sure: u64::MAX, may: bit }).collect();
                if sure & !other_sure != 0 {
                    out.push(Self::Set { sure: other_sure, may: 0 });
                }
                out
            }
        }
    }

    /// Whether it can be all that the other can be.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any(values), Self::Any(others)) => others.iter().all(|value| values.contains(value)),
            (values, others) => {
                let ((sure, may), (other_sure, other_may)) = (values.bits(), others.bits());
                sure & !other_sure == 0 && other_may & !may == 0
            }
        }
    }

    /// Of sets: what is in each of them, and what is in one of them.
    #[must_use]
    pub fn bits(&self) -> (u64, u64) {
        match self {
            Self::Set { sure, may } => (*sure, *may),
            Self::Any(values) => values.iter().fold((u64::MAX, 0), |(sure, may), value| match value {
                Value::Set(bits) => (sure & bits, may | bits),
                _ => (0, may),
            }),
        }
    }

    /// Whether it can be the same as the other, and whether it can be something else.
    #[must_use]
    pub fn equals(&self, other: &Self) -> Truth {
        match (self, other) {
            (Self::Any(a), Self::Any(b)) => {
                let yes = a.iter().any(|value| b.contains(value));
                Truth { yes, no: !(a.is_empty() || b.is_empty() || yes && a.len() == 1 && b.len() == 1) }
            }
            (a, b) => {
                let ((a_sure, a_may), (b_sure, b_may)) = (a.bits(), b.bits());
                Truth {
                    yes: a_sure & !b_may == 0 && b_sure & !a_may == 0,
                    no: !(a_sure == a_may && b_sure == b_may && a_sure == b_sure),
                }
            }
        }
    }

    /// The values; none of a set.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        match self {
            Self::Any(values) => values,
            Self::Set { .. } => &[],
        }
    }

    /// Of a boolean.
    #[must_use]
    pub fn truth(&self) -> Truth {
        Truth { yes: self.values().contains(&Value::Boolean(true)), no: self.values().contains(&Value::Boolean(false)) }
    }
}

/// Whether a condition can be true, and whether it can be false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// It can be true.
    pub yes: bool,
    /// It can be false.
    pub no: bool,
}

impl Truth {
    /// Known to be that.
    #[must_use]
    pub const fn known(value: bool) -> Self {
        Self { yes: value, no: !value }
    }

    /// The opposite.
    #[must_use]
    pub const fn not(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }
}

/// One of these.
pub fn any(values: impl Iterator<Item = Value>) -> Possible {
    let mut out = Vec::new();
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    Possible::Any(out)
}

/// Exactly this truth.
#[must_use]
pub fn truth_value(value: bool) -> Possible {
    Possible::Any(vec![Value::Boolean(value)])
}

/// The number of a number or a version.
#[must_use]
pub fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) | Value::Version(number) => *number,
        _ => 0,
    }
}
