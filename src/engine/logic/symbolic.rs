//! The symbolic meaning of expressions: on a site with holes, a term. Where the facts decide, a constant.
//! Trusted: a mistake here can make a wrong *holds*. `tests/agreement.rs` holds it against `model::eval`.

use super::sym::{Sym, both_sets, code, constant, equal, merge};
use super::term::{self, Bool, FALSE, Int, TRUE, and, or};
use crate::model::site::{Datum, Domain, HoleId, Site};
use crate::model::state::Layout;
use crate::spec::expr::{Expr, ExprKind};
use crate::spec::syntax::Quantifier;
use crate::spec::types::{FRESH, FRESH_PUBLIC, TEXT_NONE, Type, Value};
use crate::spec::vocabulary::{FactValue, Vocabulary};
use smallvec::smallvec;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A site and its nouns.
#[derive(Clone, Copy)]
pub struct Symbolic<'a> {
    /// The nouns.
    pub vocabulary: &'a Vocabulary,
    /// The site.
    pub site: &'a Site,
    /// The state of the machine, where there is one.
    pub state: Option<State<'a>>,
}

/// The state of a machine: a value for each place of its layout.
#[derive(Clone, Copy)]
pub struct State<'a> {
    /// Which variable stands where.
    pub layout: &'a Layout,
    /// The values.
    pub values: &'a [Sym],
    /// Where to note which places were read, if anyone asks.
    pub reads: Option<&'a RefCell<BTreeSet<usize>>>,
}

impl Symbolic<'_> {
    /// The term of a boolean expression.
    #[must_use]
    pub fn holds(&self, expr: &Expr, frame: &[Sym]) -> Bool {
        if let Some(Value::Boolean(stated)) = self.stated(expr, frame) {
            return Bool::Const(*stated);
        }
        match self.eval(expr, frame) {
            Sym::Bool(term) => term,
            _ => FALSE,
        }
    }

    /// The symbolic value of an expression, with these values of its variables.
    #[must_use]
    pub fn eval(&self, expr: &Expr, frame: &[Sym]) -> Sym {
        let boolean = |expr: &Expr| self.holds(expr, frame);
        match &expr.kind {
            ExprKind::Boolean(value) => Sym::Bool(Bool::Const(*value)),
            ExprKind::Number(number) | ExprKind::Version(number) => Sym::Int(Int::Const(*number)),
            ExprKind::Enumeration(value) => Sym::Int(Int::Const(code(*value))),
            ExprKind::None => Sym::Int(Int::Const(TEXT_NONE)),
            ExprKind::Set(items) => self.set(expr, items, frame),
            ExprKind::Variable(index) => frame[*index].clone(),
            ExprKind::Site => Sym::Record(smallvec![(TRUE, 0)]),
            ExprKind::Field(base, field) => match &base.kind {
                ExprKind::Variable(index) => self.field(&frame[*index], *field),
                _ => self.field(&self.eval(base, frame), *field),
            },
            ExprKind::Fact(base, fact) => self.fact(base, *fact, frame),
            ExprKind::IsPrivate(inner) => Sym::Bool(self.is_private(&self.number(inner, frame))),
            ExprKind::Not(inner) => Sym::Bool(term::not(boolean(inner))),
            ExprKind::And(a, b) => Sym::Bool(match boolean(a) {
                Bool::Const(false) => FALSE,
                first => and([first, boolean(b)]),
            }),
            ExprKind::Or(a, b) => Sym::Bool(match boolean(a) {
                Bool::Const(true) => TRUE,
                first => or([first, boolean(b)]),
            }),
            ExprKind::Implies(a, b) => Sym::Bool(match boolean(a) {
                Bool::Const(false) => TRUE,
                first => term::implies(first, boolean(b)),
            }),
            ExprKind::Equal(a, b) if is_number(&a.ty) => Sym::Bool(term::equal(self.number(a, frame), self.number(b, frame))),
            ExprKind::Equal(a, b) => Sym::Bool(equal(&self.eval(a, frame), &self.eval(b, frame))),
            ExprKind::Less(a, b) => Sym::Bool(term::less(self.number(a, frame), self.number(b, frame))),
            ExprKind::AtMost(a, b) => Sym::Bool(term::at_most(self.number(a, frame), self.number(b, frame))),
            ExprKind::Plus(a, b) => Sym::Int(term::sum([self.number(a, frame), self.number(b, frame)])),
            ExprKind::Union(a, b) => both_sets(self.eval(a, frame), self.eval(b, frame), |a, b| or([a, b])),
            ExprKind::Difference(a, b) => both_sets(self.eval(a, frame), self.eval(b, frame), |a, b| and([a, term::not(b)])),
            ExprKind::If(condition, a, b) => match boolean(condition) {
                Bool::Const(true) => self.eval(a, frame),
                Bool::Const(false) => self.eval(b, frame),
                open => merge(&open, self.eval(a, frame), self.eval(b, frame)),
            },
            ExprKind::State(id, arguments) => {
                let records: Vec<Sym> = arguments.iter().map(|a| self.eval(a, frame)).collect();
                self.state(*id, &records, &mut Vec::new())
            }
            ExprKind::In(element, collection) => self.membership(element, collection, frame),
            ExprKind::Relation(id, arguments) => self.relation(*id, arguments, frame),
            ExprKind::Definition(id, arguments) => {
                let inner: Vec<Sym> = arguments.iter().map(|a| self.eval(a, frame)).collect();
                self.eval(&self.vocabulary.definitions[*id].body, &inner)
            }
            ExprKind::Quantified { quantifier, first, pairs, collection, body } => {
                let elements = self.elements(collection, frame);
                self.quantified(*quantifier, *first, *pairs, &elements, body, frame)
            }
            ExprKind::Count(collection) => {
                let elements = self.elements(collection, frame);
                Sym::Int(term::sum(elements.into_iter().map(|(present, _)| term::indicator(present))))
            }
        }
    }

    /// The value of a state variable; where a record is not decided, of each it can be.
    fn state(&self, id: usize, records: &[Sym], chosen: &mut Vec<usize>) -> Sym {
        let Some(Sym::Record(choices)) = records.get(chosen.len()) else {
            let place = self.state.and_then(|state| state.layout.index(id, chosen));
            if let (Some(place), Some(reads)) = (place, self.state.and_then(|state| state.reads)) {
                reads.borrow_mut().insert(place);
            }
            let found = self.state.and_then(|state| state.values.get(place?));
            return found.cloned().unwrap_or(Sym::Bool(FALSE));
        };
        let mut out: Option<Sym> = None;
        for (condition, record) in choices.iter().rev() {
            chosen.push(*record);
            let value = self.state(id, records, chosen);
            chosen.pop();
            out = Some(match out {
                None => value,
                Some(otherwise) => merge(condition, value, otherwise),
            });
        }
        out.unwrap_or(Sym::Bool(FALSE))
    }

    fn number(&self, expr: &Expr, frame: &[Sym]) -> Int {
        match self.stated(expr, frame) {
            Some(Value::Number(n) | Value::Text(n) | Value::Subnet(n) | Value::Version(n)) => Int::Const(*n),
            Some(Value::Enumeration(value)) => Int::Const(code(*value)),
            _ => match self.eval(expr, frame) {
                Sym::Int(term) => term,
                _ => Int::Const(0),
            },
        }
    }

    /// The value that a path such as `s.platform` leads to, if the file states it: without a term for each step.
    fn stated(&self, expr: &Expr, frame: &[Sym]) -> Option<&Value> {
        match self.found(expr, frame)? {
            Datum::Value(value) => Some(value),
            _ => None,
        }
    }

    /// What is known of the field that a path leads to, if it is decided which record that is.
    fn found(&self, expr: &Expr, frame: &[Sym]) -> Option<&Datum> {
        let ExprKind::Field(base, field) = &expr.kind else { return None };
        let record = match &base.kind {
            ExprKind::Variable(index) => frame.get(*index)?.record()?,
            ExprKind::Site => 0,
            _ => match self.found(base, frame)? {
                Datum::Record(record) => *record,
                _ => return None,
            },
        };
        self.site.records[record].facts.get(*field).map(|fact| &fact.datum)
    }

    fn set(&self, expr: &Expr, items: &[Expr], frame: &[Sym]) -> Sym {
        let Type::Set(id) = &expr.ty else { return Sym::Set(Vec::new()) };
        let numbers: Vec<Int> = items.iter().map(|item| self.number(item, frame)).collect();
        let values = 0..self.vocabulary.enumerations[*id].values.len();
        Sym::Set(values.map(|v| or(numbers.iter().map(|n| term::equal(n.clone(), Int::Const(code(v)))))).collect())
    }

    fn fact(&self, base: &Expr, fact: usize, frame: &[Sym]) -> Sym {
        let Type::Enumeration(id) = &base.ty else { return Sym::Bool(FALSE) };
        let number = self.number(base, frame);
        if let Some(value) = decided(&number).and_then(|value| self.vocabulary.enumerations[*id].values.get(value)) {
            return match &value.facts[fact] {
                FactValue::Boolean(yes) => Sym::Bool(Bool::Const(*yes)),
                FactValue::Text(_) => Sym::Int(Int::Const(TEXT_NONE)),
            };
        }
        let with = |wanted: bool| {
            let values = self.vocabulary.enumerations[*id].values.iter().enumerate();
            let matching = values.filter(move |(_, value)| value.facts[fact] == FactValue::Boolean(wanted));
            matching.map(|(v, _)| term::equal(number.clone(), Int::Const(code(v)))).collect::<Vec<_>>()
        };
        match &self.vocabulary.enumerations[*id].facts[fact].1 {
            Type::Boolean if with(false).iter().all(|term| *term == FALSE) => Sym::Bool(TRUE),
            Type::Boolean => Sym::Bool(or(with(true))),
            _ => Sym::Int(Int::Const(TEXT_NONE)),
        }
    }

    fn is_private(&self, subnet: &Int) -> Bool {
        if let Int::Const(code) = subnet {
            return Bool::Const(self.site.is_private(*code));
        }
        let known = (0..self.site.subnets.len()).map(code).filter(|code| self.site.is_private(*code));
        let known = known.map(|code| term::equal(subnet.clone(), Int::Const(code)));
        let fresh = and([term::at_most(Int::Const(FRESH), subnet.clone()), term::less(subnet.clone(), Int::Const(FRESH_PUBLIC))]);
        or(known.chain([fresh]))
    }

    fn membership(&self, element: &Expr, collection: &Expr, frame: &[Sym]) -> Sym {
        let is_set = matches!(collection.ty, Type::Set(_));
        let wanted = if is_set { Sym::Int(self.number(element, frame)) } else { self.eval(element, frame) };
        if let Sym::Int(wanted) = &wanted
            && let Some(index) = decided(wanted).filter(|_| is_set)
        {
            if let ExprKind::Set(items) = &collection.kind {
                return Sym::Bool(or(items.iter().map(|item| term::equal(self.number(item, frame), wanted.clone()))));
            }
            return Sym::Bool(match self.found(collection, frame) {
                Some(Datum::Set(bits, _)) => Bool::Const(index < 64 && bits >> index & 1 == 1),
                _ => match self.eval(collection, frame) {
                    Sym::Set(mut members) if index < members.len() => members.swap_remove(index),
                    _ => FALSE,
                },
            });
        }
        let found = self.elements(collection, frame).into_iter();
        Sym::Bool(or(found.map(|(present, element)| and([present, equal(&element, &wanted)]))))
    }

    fn relation(&self, id: usize, arguments: &[Expr], frame: &[Sym]) -> Sym {
        let numbers: Vec<Int> = arguments.iter().map(|a| self.number(a, frame)).collect();
        let rows = self.vocabulary.relations[id].rows.iter();
        if let Some(wanted) = numbers.iter().map(decided).collect::<Option<Vec<usize>>>() {
            return Sym::Bool(Bool::Const(rows.into_iter().any(|row| *row == wanted)));
        }
        Sym::Bool(or(rows.map(|row| and(row.iter().zip(&numbers).map(|(v, n)| term::equal(n.clone(), Int::Const(code(*v))))))))
    }

    /// The elements of a list or set, each with the condition that it is there.
    #[must_use]
    pub fn elements(&self, collection: &Expr, frame: &[Sym]) -> Vec<(Bool, Sym)> {
        match self.eval(collection, frame) {
            Sym::List(elements) => elements,
            Sym::Set(members) => {
                let members = members.into_iter().enumerate().filter(|(_, member)| *member != FALSE);
                members.map(|(v, member)| (member, Sym::Int(Int::Const(code(v))))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn quantified(
        &self,
        quantifier: Quantifier,
        first: usize,
        pairs: bool,
        elements: &[(Bool, Sym)],
        body: &Expr,
        frame: &[Sym],
    ) -> Sym {
        // What decides the answer by itself: what comes behind it is not asked, unless someone notes all that is read.
        let noted = self.state.is_some_and(|state| state.reads.is_some());
        let decides = |present: &Bool, holds: &Bool| match quantifier {
            _ if noted => false,
            Quantifier::All => *present == TRUE && *holds == FALSE,
            Quantifier::Exists => *present == TRUE && *holds == TRUE,
            Quantifier::Count => false,
        };
        let mut inner: Vec<Sym> = frame.iter().take(first).cloned().collect();
        let mut asked: Vec<(Bool, Bool)> = Vec::new();
        for (index, (present, element)) in elements.iter().enumerate() {
            let seconds = if pairs { elements.get(index + 1..).unwrap_or_default() } else { &[(TRUE, Sym::Bool(TRUE))] };
            for (second_present, second) in seconds {
                inner.truncate(first);
                inner.push(element.clone());
                if pairs {
                    inner.push(second.clone());
                }
                let holds = self.holds(body, &inner);
                let present = and([present.clone(), second_present.clone()]);
                if decides(&present, &holds) {
                    return Sym::Bool(holds);
                }
                asked.push((present, holds));
            }
        }
        match quantifier {
            Quantifier::All => Sym::Bool(and(asked.into_iter().map(|(present, holds)| term::implies(present, holds)))),
            Quantifier::Exists => Sym::Bool(or(asked.into_iter().map(|(present, holds)| and([present, holds])))),
            Quantifier::Count => {
                Sym::Int(term::sum(asked.into_iter().map(|(present, holds)| term::indicator(and([present, holds])))))
            }
        }
    }

    fn field(&self, base: &Sym, field: usize) -> Sym {
        let Sym::Record(choices) = base else { return Sym::Bool(FALSE) };
        let read = |record: usize| {
            let record = &self.site.records[record];
            let ty = &self.vocabulary.records[record.kind].fields[field].ty;
            self.datum(ty, &record.facts[field].datum)
        };
        let mut choices = choices.iter().rev();
        let Some((_, last)) = choices.next() else { return Sym::Bool(FALSE) };
        choices.fold(read(*last), |otherwise, (condition, record)| merge(condition, read(*record), otherwise))
    }

    /// The symbolic value of what is known.
    #[must_use]
    pub fn datum(&self, ty: &Type, datum: &Datum) -> Sym {
        match datum {
            Datum::Value(value) => constant(value),
            Datum::Hole(hole) => self.hole(*hole),
            Datum::Set(bits, _) => {
                let Type::Set(id) = ty else { return Sym::Set(Vec::new()) };
                let values = 0..self.vocabulary.enumerations[*id].values.len();
                Sym::Set(values.map(|v| Bool::Const(bits >> v & 1 == 1)).collect())
            }
            Datum::SetHoles(first, count) => Sym::Set((0..*count).map(|v| term::bool_hole(first + v)).collect()),
            Datum::List(elements) => {
                let Type::List(inner, _) = ty else { return Sym::List(Vec::new()) };
                let elements = elements.iter();
                Sym::List(elements.map(|e| (e.present.map_or(TRUE, term::bool_hole), self.datum(inner, &e.datum))).collect())
            }
            Datum::Record(record) => Sym::Record(smallvec![(TRUE, *record)]),
        }
    }

    fn hole(&self, hole: HoleId) -> Sym {
        let ranges = self.site.ranges(hole);
        let min = ranges.iter().map(|r| r.0).min().unwrap_or(0);
        let max = ranges.iter().map(|r| r.1).max().unwrap_or(0);
        match &self.site.holes[hole].domain {
            Domain::Boolean => Sym::Bool(term::bool_hole(hole)),
            Domain::Record(records) => {
                let number = term::int_hole(hole, min, max);
                Sym::Record(records.iter().map(|&r| (term::equal(number.clone(), Int::Const(code(r))), r)).collect())
            }
            _ => Sym::Int(term::int_hole(hole, min, max)),
        }
    }
}

/// Whether the symbolic value of that type is a number.
fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Number { .. } | Type::Text { .. } | Type::Subnet | Type::Enumeration(_) | Type::Version(_))
}

/// The index that a number is, if that is decided.
fn decided(number: &Int) -> Option<usize> {
    match number {
        Int::Const(index) => usize::try_from(*index).ok(),
        Int::Node(_) => None,
    }
}
