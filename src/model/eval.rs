//! The concrete meaning of expressions: on a site whose holes are filled, every expression has a value.
//! Trusted: a mistake here makes a wrong answer. Knows no solver.

use super::site::{Datum, Element, HoleId, Site};
use super::state::Layout;
use crate::spec::expr::{Expr, ExprKind};
use crate::spec::syntax::Quantifier;
use crate::spec::types::{FieldId, Type, Value};
use crate::spec::vocabulary::{FactValue, Vocabulary};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A site with its holes filled.
#[derive(Clone, Copy)]
pub struct Completion<'a> {
    /// The nouns.
    pub vocabulary: &'a Vocabulary,
    /// The site.
    pub site: &'a Site,
    /// One number for each hole; see [`Value`] for what it means.
    pub filled: &'a [i64],
    /// The state of the machine, where there is one.
    pub state: Option<(&'a Layout, &'a [Value])>,
    /// Where to note what was read, if anyone asks.
    pub watch: Option<&'a Watch>,
}

/// What was read to give expressions their values: nothing else had a part in them.
#[derive(Debug, Default)]
pub struct Watch {
    /// Holes of the site.
    pub holes: RefCell<BTreeSet<HoleId>>,
    /// Places of the state.
    pub places: RefCell<BTreeSet<usize>>,
}

impl Completion<'_> {
    /// The value of an expression, with these values of its variables.
    #[must_use]
    pub fn eval(&self, expr: &Expr, frame: &[Value]) -> Value {
        match &expr.kind {
            ExprKind::Boolean(_)
            | ExprKind::Not(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Implies(..)
            | ExprKind::Equal(..)
            | ExprKind::Less(..)
            | ExprKind::AtMost(..)
            | ExprKind::In(..)
            | ExprKind::Relation(..) => Value::Boolean(self.holds(expr, frame)),
            ExprKind::Number(number) => Value::Number(*number),
            ExprKind::Enumeration(value) => Value::Enumeration(*value),
            ExprKind::Version(code) => Value::Version(*code),
            ExprKind::None => Value::Text(crate::spec::types::TEXT_NONE),
            ExprKind::Set(items) => Value::Set(items.iter().fold(0, |bits, item| match self.eval(item, frame) {
                Value::Enumeration(value) => bits | 1 << value,
                _ => bits,
            })),
            ExprKind::Variable(index) => frame[*index].clone(),
            ExprKind::Site => Value::Record(0),
            ExprKind::Field(base, field) => match self.record(base, frame) {
                Some(record) => {
                    let (ty, datum) = self.fact_of(record, *field);
                    self.datum(ty, datum)
                }
                None => self.eval(base, frame),
            },
            ExprKind::Fact(base, fact) => self.fact(base, *fact, frame),
            ExprKind::IsPrivate(inner) => match self.eval(inner, frame) {
                Value::Subnet(code) => Value::Boolean(self.site.is_private(code)),
                other => other,
            },
            ExprKind::Plus(a, b) => Value::Number(self.number(a, frame) + self.number(b, frame)),
            ExprKind::Union(a, b) => Value::Set(self.bits(a, frame) | self.bits(b, frame)),
            ExprKind::Difference(a, b) => Value::Set(self.bits(a, frame) & !self.bits(b, frame)),
            ExprKind::If(condition, a, b) => self.eval(if self.holds(condition, frame) { a } else { b }, frame),
            ExprKind::State(id, arguments) => self.state(*id, arguments, frame),
            ExprKind::Definition(id, arguments) => {
                let inner: Values = arguments.iter().map(|a| self.eval(a, frame)).collect();
                self.eval(&self.vocabulary.definitions[*id].body, &inner)
            }
            ExprKind::Quantified { quantifier, first, pairs, collection, body } => {
                self.quantified(*quantifier, *first, *pairs, &self.elements(collection, frame), body, frame)
            }
            ExprKind::Count(collection) => Value::Number(count(self.elements(collection, frame).len())),
        }
    }

    /// Whether a boolean expression is true.
    #[must_use]
    pub fn holds(&self, expr: &Expr, frame: &[Value]) -> bool {
        match &expr.kind {
            ExprKind::Boolean(value) => *value,
            ExprKind::Not(inner) => !self.holds(inner, frame),
            ExprKind::And(a, b) => self.holds(a, frame) && self.holds(b, frame),
            ExprKind::Or(a, b) => self.holds(a, frame) || self.holds(b, frame),
            ExprKind::Implies(a, b) => !self.holds(a, frame) || self.holds(b, frame),
            ExprKind::Equal(a, b) => match (self.stated(a, frame), self.stated(b, frame)) {
                (Some(a), Some(b)) => a == b,
                (Some(a), None) => *a == self.eval(b, frame),
                (None, Some(b)) => self.eval(a, frame) == *b,
                (None, None) => self.eval(a, frame) == self.eval(b, frame),
            },
            ExprKind::Less(a, b) => self.number(a, frame) < self.number(b, frame),
            ExprKind::AtMost(a, b) => self.number(a, frame) <= self.number(b, frame),
            ExprKind::In(element, collection) => {
                let element = self.eval(element, frame);
                match collection.ty {
                    Type::Set(_) => {
                        let bits = self.bits(collection, frame);
                        matches!(element, Value::Enumeration(value) if value < 64 && bits >> value & 1 == 1)
                    }
                    _ => self.elements(collection, frame).contains(&element),
                }
            }
            ExprKind::Relation(id, arguments) => {
                let row: Values = arguments.iter().map(|a| self.eval(a, frame)).collect();
                let rows = &self.vocabulary.relations[*id].rows;
                rows.iter().any(|known| known.iter().zip(&row).all(|(k, r)| Value::Enumeration(*k) == *r))
            }
            _ => matches!(self.eval(expr, frame), Value::Boolean(true)),
        }
    }

    /// The value that the file states for a field, or that a variable has: it is looked at where it stands.
    fn stated<'s>(&'s self, expr: &Expr, frame: &'s [Value]) -> Option<&'s Value> {
        match &expr.kind {
            ExprKind::Variable(index) => frame.get(*index),
            ExprKind::Field(base, field) => match self.fact_of(self.record(base, frame)?, *field).1 {
                Datum::Value(value) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The record that an expression is, if it is one. A path such as `s.cms` needs no value for each step.
    fn record(&self, expr: &Expr, frame: &[Value]) -> Option<usize> {
        let inside = match &expr.kind {
            ExprKind::Site => return Some(0),
            ExprKind::Field(base, field) => self.record(base, frame).map(|record| self.fact_of(record, *field).1),
            _ => None,
        };
        match (inside, &expr.kind) {
            (Some(Datum::Record(record)), _) => Some(*record),
            (_, ExprKind::Variable(index)) => as_record(&frame[*index]),
            _ => as_record(&self.eval(expr, frame)),
        }
    }

    /// What is known of a field of a record, and its type.
    fn fact_of(&self, record: usize, field: FieldId) -> (&Type, &Datum) {
        let record = &self.site.records[record];
        (&self.vocabulary.records[record.kind].fields[field].ty, &record.facts[field].datum)
    }

    fn number(&self, expr: &Expr, frame: &[Value]) -> i64 {
        let number = |value: &Value| match value {
            Value::Number(number) | Value::Version(number) => *number,
            _ => 0,
        };
        self.stated(expr, frame).map_or_else(|| number(&self.eval(expr, frame)), number)
    }

    fn bits(&self, expr: &Expr, frame: &[Value]) -> u64 {
        match self.eval(expr, frame) {
            Value::Set(bits) => bits,
            _ => 0,
        }
    }

    fn state(&self, id: usize, arguments: &[Expr], frame: &[Value]) -> Value {
        let records: Vec<usize> = arguments
            .iter()
            .filter_map(|argument| match self.eval(argument, frame) {
                Value::Record(record) => Some(record),
                _ => None,
            })
            .collect();
        let place = self.state.and_then(|(layout, _)| layout.index(id, &records));
        if let Some((watch, place)) = self.watch.zip(place) {
            watch.places.borrow_mut().insert(place);
        }
        let found = self.state.and_then(|(_, values)| values.get(place?));
        found.cloned().unwrap_or(Value::Boolean(false))
    }

    fn fact(&self, base: &Expr, fact: usize, frame: &[Value]) -> Value {
        let (Type::Enumeration(id), Value::Enumeration(value)) = (&base.ty, self.eval(base, frame)) else {
            return Value::Boolean(false);
        };
        match &self.vocabulary.enumerations[*id].values[value].facts[fact] {
            FactValue::Boolean(yes) => Value::Boolean(*yes),
            FactValue::Text(_) => Value::Text(crate::spec::types::TEXT_NONE),
        }
    }

    /// The elements of a list or set, those that are there.
    #[must_use]
    pub fn elements(&self, collection: &Expr, frame: &[Value]) -> Values {
        if let ExprKind::Field(base, field) = &collection.kind
            && let Some(record) = self.record(base, frame)
            && let (Type::List(inner, _), Datum::List(elements)) = self.fact_of(record, *field)
        {
            return self.present(inner, elements).collect();
        }
        match self.eval(collection, frame) {
            Value::List(values) => Values::from_vec(values),
            Value::Set(bits) => (0..64).filter(|bit| bits >> bit & 1 == 1).map(Value::Enumeration).collect(),
            _ => Values::new(),
        }
    }

    /// The values of those elements that are there.
    fn present<'e>(&'e self, inner: &'e Type, elements: &'e [Element]) -> impl Iterator<Item = Value> + 'e {
        let present = elements.iter().filter(|element| element.present.is_none_or(|hole| self.is_filled(hole)));
        present.map(|element| self.datum(inner, &element.datum))
    }

    fn quantified(
        &self,
        quantifier: Quantifier,
        first: usize,
        pairs: bool,
        elements: &[Value],
        body: &Expr,
        frame: &[Value],
    ) -> Value {
        let mut inner: Values = frame.iter().take(first).cloned().collect();
        let mut holding = 0;
        let mut asked = 0;
        for (index, element) in elements.iter().enumerate() {
            let seconds = if pairs { elements.get(index + 1..).unwrap_or_default() } else { std::slice::from_ref(element) };
            for second in seconds {
                inner.truncate(first);
                inner.push(element.clone());
                if pairs {
                    inner.push(second.clone());
                }
                asked += 1;
                holding += usize::from(self.holds(body, &inner));
            }
        }
        match quantifier {
            Quantifier::All => Value::Boolean(holding == asked),
            Quantifier::Exists => Value::Boolean(holding > 0),
            Quantifier::Count => Value::Number(count(holding)),
        }
    }

    /// The value of what is known, with its holes filled.
    #[must_use]
    pub fn datum(&self, ty: &Type, datum: &Datum) -> Value {
        match datum {
            Datum::Value(value) => value.clone(),
            Datum::Hole(hole) => typed(ty, self.filling(*hole)),
            Datum::Set(bits, _) => Value::Set(*bits),
            Datum::SetHoles(first, holes) => {
                Value::Set((0..*holes).filter(|bit| self.is_filled(first + bit)).fold(0, |bits, bit| bits | 1 << bit))
            }
            Datum::List(elements) => {
                let Type::List(inner, _) = ty else { return Value::List(Vec::new()) };
                Value::List(self.present(inner, elements).collect())
            }
            Datum::Record(record) => Value::Record(*record),
        }
    }

    fn is_filled(&self, hole: HoleId) -> bool {
        self.filling(hole) != 0
    }

    fn filling(&self, hole: HoleId) -> i64 {
        if let Some(watch) = self.watch {
            watch.holes.borrow_mut().insert(hole);
        }
        self.filled[hole]
    }
}

/// A few values, mostly without an allocation.
pub type Values = SmallVec<[Value; 4]>;

fn as_record(value: &Value) -> Option<usize> {
    match value {
        Value::Record(record) => Some(*record),
        _ => None,
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The value of that type whose number is `number`.
#[must_use]
pub fn typed(ty: &Type, number: i64) -> Value {
    match ty {
        Type::Boolean => Value::Boolean(number != 0),
        Type::Number { .. } => Value::Number(number),
        Type::Text { .. } => Value::Text(number),
        Type::Subnet => Value::Subnet(number),
        Type::Enumeration(_) => Value::Enumeration(usize::try_from(number).unwrap_or(0)),
        Type::Version(_) => Value::Version(number),
        Type::Record(_) | Type::Reference { .. } => Value::Record(usize::try_from(number).unwrap_or(0)),
        Type::Set(_) => Value::Set(number.cast_unsigned()),
        Type::List(..) => Value::List(Vec::new()),
    }
}
