//! What an expression can be where of each state variable only its possible values are known, each on its own. More than
//! can really be, never less: a guard that cannot hold here cannot hold in any of the states meant.

use super::possible::{Possible, Truth, any, number, truth_value};
use crate::model::eval::{Completion, typed};
use crate::model::site::{Datum, Domain};
use crate::model::state::Layout;
use crate::spec::expr::{Expr, ExprKind, Range};
use crate::spec::machine::Requirement;
use crate::spec::syntax::Quantifier;
use crate::spec::types::{TEXT_NONE, Type, Value};
use crate::spec::vocabulary::FactValue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Most values of a fact that are told apart.
const VALUES_MAX: i64 = 64;

fn is_stated(datum: &Datum) -> bool {
    matches!(datum, Datum::Value(_) | Datum::Set(..) | Datum::Record(_))
}

/// The states that are meant, and the site.
#[derive(Clone, Copy)]
pub struct States<'a> {
    /// The site with its holes filled; no state.
    pub site: Completion<'a>,
    /// Where state variables stand.
    pub layout: &'a Layout,
    /// What each can be.
    pub places: &'a [Possible],
    /// Collects the places that are read.
    pub reads: Option<&'a RefCell<BTreeSet<usize>>>,
    /// Where given, a fact that the site does not state can be anything that it can be, not only what its hole is filled with;
    /// set where there is too much that it can be.
    pub open: Option<&'a Cell<bool>>,
}

impl States<'_> {
    /// Whether a requirement can be met, for all that it ranges over. Of a hazard: whether it can be kept away.
    #[must_use]
    pub fn can_meet(&self, requirement: &Requirement, frame: &[Value], never: bool) -> bool {
        let mut out = true;
        self.each_choice(&requirement.each, &mut frame.to_vec(), true, &mut |frame, sure| {
            let applies = requirement.applies.as_ref().map_or(Truth::known(true), |condition| self.truth(condition, frame));
            let must = self.truth(&requirement.must, frame);
            let can = if never { must.no } else { must.yes };
            out &= !sure || applies.no || can;
        });
        out
    }

    /// Every choice of what is ranged over, and whether it is there in any case.
    pub fn each_choice(&self, ranges: &[Range], frame: &mut Vec<Value>, sure: bool, found: &mut dyn FnMut(&[Value], bool)) {
        let Some((each, inner)) = ranges.split_first() else {
            found(frame, sure);
            return;
        };
        let elements = self.elements(&each.collection, frame);
        for (index, (element, there)) in elements.iter().enumerate() {
            let pairs = each.names.len() == 2;
            let alone = [(element.clone(), true)];
            for (second, second_there) in if pairs { elements.get(index + 1..).unwrap_or_default() } else { &alone } {
                frame.truncate(each.first);
                frame.push(element.clone());
                if pairs {
                    frame.push(second.clone());
                }
                self.each_choice(inner, frame, sure && *there && *second_there, found);
            }
        }
        frame.truncate(each.first);
    }

    /// Whether a condition can be true, and whether it can be false.
    #[must_use]
    pub fn truth(&self, expr: &Expr, frame: &[Value]) -> Truth {
        match &expr.kind {
            ExprKind::Boolean(value) => Truth::known(*value),
            ExprKind::Not(inner) => self.truth(inner, frame).not(),
            ExprKind::And(a, b) => self.both(a, b, frame),
            ExprKind::Or(a, b) => {
                let a = self.truth(a, frame);
                if !a.no {
                    return a;
                }
                let b = self.truth(b, frame);
                Truth { yes: a.yes || b.yes, no: a.no && b.no }
            }
            ExprKind::Implies(a, b) => {
                let a = self.truth(a, frame);
                if !a.yes {
                    return a.not();
                }
                let b = self.truth(b, frame);
                Truth { yes: a.no || b.yes, no: a.yes && b.no }
            }
            ExprKind::Equal(a, b) => self.eval(a, frame).equals(&self.eval(b, frame)),
            ExprKind::Less(a, b) => self.compared(a, b, frame, |a, b| a < b),
            ExprKind::AtMost(a, b) => self.compared(a, b, frame, |a, b| a <= b),
            ExprKind::In(element, collection) => self.membership(element, collection, frame),
            ExprKind::Quantified { quantifier, first, pairs, collection, body } if *quantifier != Quantifier::Count => {
                let wanted = *quantifier == Quantifier::Exists;
                let mut out = Truth::known(!wanted);
                self.each_body(*first, *pairs, collection, body, frame, &mut |truth, there| {
                    let (can, must) = if wanted { (truth.yes, !truth.no) } else { (truth.no, !truth.yes) };
                    if wanted {
                        out.yes |= can;
                    } else {
                        out.no |= can;
                    }
                    if must && there {
                        if wanted {
                            out.no = false;
                        } else {
                            out.yes = false;
                        }
                    }
                });
                out
            }
            _ => self.eval(expr, frame).truth(),
        }
    }

    fn both(&self, a: &Expr, b: &Expr, frame: &[Value]) -> Truth {
        let a = self.truth(a, frame);
        if !a.yes {
            return a;
        }
        let b = self.truth(b, frame);
        Truth { yes: a.yes && b.yes, no: a.no || b.no }
    }

    fn compared(&self, a: &Expr, b: &Expr, frame: &[Value], holds: fn(i64, i64) -> bool) -> Truth {
        let (a, b) = (self.eval(a, frame), self.eval(b, frame));
        let mut out = Truth { yes: false, no: false };
        for a in a.values() {
            for b in b.values() {
                if holds(number(a), number(b)) { out.yes = true } else { out.no = true }
            }
        }
        out
    }

    fn membership(&self, element: &Expr, collection: &Expr, frame: &[Value]) -> Truth {
        let element = self.eval(element, frame);
        let mut out = Truth { yes: false, no: false };
        let collection = self.eval(collection, frame);
        for value in element.values() {
            match (&collection, value) {
                (Possible::Set { sure, may }, Value::Enumeration(index)) => {
                    out.yes |= may >> index & 1 == 1;
                    out.no |= sure >> index & 1 == 0;
                }
                (Possible::Any(lists), value) => {
                    for list in lists {
                        let found = matches!(list, Value::List(values) if values.contains(value));
                        if found { out.yes = true } else { out.no = true }
                    }
                }
                (Possible::Set { .. }, _) => out.no = true,
            }
        }
        out
    }

    /// The elements of a list or set that can be there, and whether each is in any case.
    fn elements(&self, collection: &Expr, frame: &[Value]) -> Vec<(Value, bool)> {
        match self.eval(collection, frame) {
            Possible::Set { sure, may } => {
                (0..64).filter(|bit| may >> bit & 1 == 1).map(|bit| (Value::Enumeration(bit), sure >> bit & 1 == 1)).collect()
            }
            Possible::Any(lists) => {
                let mut out: Vec<(Value, bool)> = Vec::new();
                for list in &lists {
                    let Value::List(values) = list else { continue };
                    for value in values {
                        if !out.iter().any(|(known, _)| known == value) {
                            let everywhere = lists.iter().all(|list| matches!(list, Value::List(all) if all.contains(value)));
                            out.push((value.clone(), everywhere));
                        }
                    }
                }
                out
            }
        }
    }

    fn each_body(
        &self,
        first: usize,
        pairs: bool,
        collection: &Expr,
        body: &Expr,
        frame: &[Value],
        found: &mut dyn FnMut(Truth, bool),
    ) {
        let elements = self.elements(collection, frame);
        let mut inner: Vec<Value> = frame.iter().take(first).cloned().collect();
        for (index, (element, there)) in elements.iter().enumerate() {
            let alone = [(element.clone(), true)];
            for (second, second_there) in if pairs { elements.get(index + 1..).unwrap_or_default() } else { &alone } {
                inner.truncate(first);
                inner.push(element.clone());
                if pairs {
                    inner.push(second.clone());
                }
                found(self.truth(body, &inner), *there && *second_there);
            }
        }
    }

    /// What an expression can be.
    #[must_use]
    pub fn eval(&self, expr: &Expr, frame: &[Value]) -> Possible {
        match &expr.kind {
            ExprKind::Set(_) | ExprKind::Union(..) | ExprKind::Difference(..) => self.set(expr, frame),
            ExprKind::If(condition, a, b) => {
                let truth = self.truth(condition, frame);
                let mut out = self.eval(if truth.yes { a } else { b }, frame);
                if truth.yes && truth.no {
                    out.join(&self.eval(b, frame));
                }
                out
            }
            ExprKind::State(id, arguments) => self.state(*id, arguments, frame),
            ExprKind::Definition(id, arguments) => {
                self.combined(arguments, frame, |inner| self.eval(&self.site.vocabulary.definitions[*id].body, inner))
            }
            ExprKind::Plus(a, b) => {
                let (a, b) = (self.eval(a, frame), self.eval(b, frame));
                let sums = a.values().iter().flat_map(|a| b.values().iter().map(|b| number(a) + number(b)));
                any(sums.map(Value::Number))
            }
            ExprKind::Count(collection) => {
                let elements = self.elements(collection, frame);
                let sure = elements.iter().filter(|(_, there)| *there).count();
                any((sure..=elements.len()).map(|count| Value::Number(i64::try_from(count).unwrap_or(i64::MAX))))
            }
            ExprKind::Quantified { quantifier: Quantifier::Count, first, pairs, collection, body } => {
                let (mut least, mut most) = (0, 0);
                self.each_body(*first, *pairs, collection, body, frame, &mut |truth, there| {
                    least += i64::from(there && !truth.no);
                    most += i64::from(truth.yes);
                });
                any((least..=most).map(Value::Number))
            }
            ExprKind::Field(..) | ExprKind::Fact(..) | ExprKind::IsPrivate(_) | ExprKind::Relation(..) => self.fact(expr, frame),
            ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Enumeration(_)
            | ExprKind::Version(_)
            | ExprKind::None
            | ExprKind::Variable(_)
            | ExprKind::Site => Possible::exactly(&self.site.eval(expr, frame)),
            _ => {
                let truth = self.truth(expr, frame);
                any([(truth.yes, true), (truth.no, false)].into_iter().filter(|(can, _)| *can).map(|(_, v)| Value::Boolean(v)))
            }
        }
    }

    fn set(&self, expr: &Expr, frame: &[Value]) -> Possible {
        match &expr.kind {
            ExprKind::Set(items) => {
                let (mut sure, mut may) = (0, 0);
                for item in items {
                    let values = self.eval(item, frame);
                    let bits = values.values().iter().fold(0, |bits, value| match value {
                        Value::Enumeration(index) => bits | 1 << index,
                        _ => bits,
                    });
                    may |= bits;
                    sure |= if values.values().len() == 1 { bits } else { 0 };
                }
                Possible::Set { sure, may }
            }
            ExprKind::Union(a, b) => {
                let ((a_sure, a_may), (b_sure, b_may)) = (self.eval(a, frame).bits(), self.eval(b, frame).bits());
                Possible::Set { sure: a_sure | b_sure, may: a_may | b_may }
            }
            ExprKind::Difference(a, b) => {
                let ((a_sure, a_may), (b_sure, b_may)) = (self.eval(a, frame).bits(), self.eval(b, frame).bits());
                Possible::Set { sure: a_sure & !b_may, may: a_may & !b_sure }
            }
            _ => Possible::Set { sure: 0, may: 0 },
        }
    }

    /// What a fact of a record or of a value can be, or whether a row can be in a relation.
    fn fact(&self, expr: &Expr, frame: &[Value]) -> Possible {
        match &expr.kind {
            ExprKind::Field(base, field) => self.combined(std::slice::from_ref(&**base), frame, |row| match row {
                [Value::Record(record)] => {
                    let record = &self.site.site.records[*record];
                    let ty = &self.site.vocabulary.records[record.kind].fields[*field].ty;
                    if let Some(beyond) = self.open {
                        return self.anything(ty, &record.facts[*field].datum, beyond);
                    }
                    Possible::exactly(&self.site.datum(ty, &record.facts[*field].datum))
                }
                _ => Possible::Any(Vec::new()),
            }),
            ExprKind::Fact(base, fact) => self.combined(std::slice::from_ref(&**base), frame, |row| {
                let (Type::Enumeration(id), [Value::Enumeration(value)]) = (&base.ty, row) else { return truth_value(false) };
                match &self.site.vocabulary.enumerations[*id].values[*value].facts[*fact] {
                    FactValue::Boolean(yes) => truth_value(*yes),
                    FactValue::Text(_) => Possible::Any(vec![Value::Text(TEXT_NONE)]),
                }
            }),
            ExprKind::IsPrivate(base) => self.combined(std::slice::from_ref(&**base), frame, |row| match row {
                [Value::Subnet(code)] => truth_value(self.site.site.is_private(*code)),
                _ => truth_value(false),
            }),
            ExprKind::Relation(id, arguments) => self.combined(arguments, frame, |row| {
                let rows = &self.site.vocabulary.relations[*id].rows;
                truth_value(rows.iter().any(|known| known.iter().zip(row).all(|(k, r)| Value::Enumeration(*k) == *r)))
            }),
            _ => Possible::Any(Vec::new()),
        }
    }

    /// All that a fact can be.
    fn anything(&self, ty: &Type, datum: &Datum, beyond: &Cell<bool>) -> Possible {
        let known = || Possible::exactly(&self.site.datum(ty, datum));
        match datum {
            Datum::Value(_) | Datum::Set(..) | Datum::Record(_) => known(),
            Datum::List(elements) if elements.iter().all(|element| element.present.is_none() && is_stated(&element.datum)) => {
                known()
            }
            Datum::SetHoles(_, count) => Possible::Set { sure: 0, may: (0..*count).fold(0, |bits, bit| bits | 1 << bit) },
            Datum::Hole(hole) => match self.site.site.holes[*hole].domain {
                Domain::Boolean => any([false, true].into_iter().map(Value::Boolean)),
                Domain::Range(least, most) if most - least < VALUES_MAX => any((least..=most).map(|number| typed(ty, number))),
                _ => {
                    beyond.set(true);
                    known()
                }
            },
            Datum::List(_) => {
                beyond.set(true);
                known()
            }
        }
    }

    fn state(&self, id: usize, arguments: &[Expr], frame: &[Value]) -> Possible {
        self.combined(arguments, frame, |records| {
            let records: Vec<usize> =
                records.iter().filter_map(|value| if let Value::Record(record) = value { Some(*record) } else { None }).collect();
            let Some(place) = self.layout.index(id, &records) else { return Possible::Any(vec![Value::Boolean(false)]) };
            if let Some(reads) = self.reads {
                reads.borrow_mut().insert(place);
            }
            self.places[place].clone()
        })
    }

    /// What comes of each combination of what the arguments can be.
    fn combined(&self, arguments: &[Expr], frame: &[Value], each: impl Fn(&[Value]) -> Possible) -> Possible {
        let mut out: Option<Possible> = None;
        self.each_row(arguments, frame, &mut Vec::new(), &mut |row| {
            let here = each(row);
            match &mut out {
                Some(known) => {
                    known.join(&here);
                }
                None => out = Some(here),
            }
        });
        out.unwrap_or(Possible::Any(Vec::new()))
    }

    fn each_row(&self, arguments: &[Expr], frame: &[Value], row: &mut Vec<Value>, found: &mut dyn FnMut(&[Value])) {
        let Some((first, rest)) = arguments.split_first() else {
            found(row);
            return;
        };
        let values = match self.eval(first, frame) {
            Possible::Any(values) => values,
            Possible::Set { may, .. } => vec![Value::Set(may)],
        };
        for value in values {
            row.push(value);
            self.each_row(rest, frame, row, found);
            row.pop();
        }
    }
}
