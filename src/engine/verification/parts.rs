//! The parts of a state whose values are open, and what they can be. Few values get a boolean each, not a number: then
//! no arithmetic is left but that of positions.
//! Trusted: a mistake here can make a wrong *holds*.

use super::positions::Pool;
use crate::engine::logic::sym::{Sym, equal};
use crate::engine::logic::term::{self, Bool, BoolNode, Int, IntNode, TRUE, and, implies, not, or};
use crate::model::site::Domain;
use crate::model::state::Layout;
use crate::spec::types::Type;
use crate::spec::vocabulary::Vocabulary;
use std::collections::{BTreeMap, BTreeSet};

/// Most values of a variable that get a boolean each; with more it is a number.
const VALUES_MAX: usize = 24;
/// Bounds of a variable that is a number.
const NUMBER_MAX: i64 = 1 << 40;

/// The values that a part of the state can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// True or false.
    Booleans,
    /// These numbers.
    Numbers(BTreeSet<i64>),
    /// So many numbers that they are not told apart.
    AnyNumber,
}

/// A state taken apart: a part is a variable of one place, or one member of a set.
pub struct Shape {
    /// For each place, how many members a set there has.
    members: Vec<Option<usize>>,
}

impl Shape {
    /// The shape of the states of a site.
    #[must_use]
    pub fn new(vocabulary: &Vocabulary, layout: &Layout) -> Self {
        let mut members = Vec::new();
        for (id, variable) in vocabulary.state.iter().enumerate() {
            let count = match &variable.ty {
                Type::Set(id) => Some(vocabulary.enumerations[*id].values.len()),
                _ => None,
            };
            members.extend(layout.instances(id).iter().map(|_| count));
        }
        Self { members }
    }

    /// The place of each part, and for a member of a set which one.
    #[must_use]
    pub fn places(&self) -> Vec<(usize, Option<usize>)> {
        let places = self.members.iter().enumerate();
        places
            .flat_map(|(place, members)| match members {
                Some(count) => (0..*count).map(|member| (place, Some(member))).collect::<Vec<_>>(),
                None => vec![(place, None)],
            })
            .collect()
    }

    /// The parts of a state.
    #[must_use]
    pub fn parts(&self, state: &[Sym]) -> Vec<Sym> {
        let mut out = Vec::new();
        for (value, members) in state.iter().zip(&self.members) {
            match (value, members) {
                (Sym::Set(members), Some(count)) => {
                    out.extend((0..*count).map(|member| Sym::Bool(members.get(member).cloned().unwrap_or(term::FALSE))));
                }
                (value, _) => out.push(value.clone()),
            }
        }
        out
    }

    /// The state that these parts are.
    #[must_use]
    pub fn state(&self, parts: &[Sym]) -> Vec<Sym> {
        let mut parts = parts.iter();
        let member = |part: &Sym| if let Sym::Bool(part) = part { part.clone() } else { term::FALSE };
        let one = |members: &Option<usize>| match members {
            Some(count) => Some(Sym::Set(parts.by_ref().take(*count).map(member).collect())),
            None => parts.next().cloned(),
        };
        self.members.iter().map_while(one).collect()
    }

    /// The parts of these places.
    #[must_use]
    pub fn parts_of(&self, places: &BTreeSet<usize>) -> Vec<usize> {
        let parts = self.places().into_iter().enumerate();
        parts.filter(|(_, (place, _))| places.contains(place)).map(|(part, _)| part).collect()
    }
}

/// A part of which only its values are known.
pub fn fresh(values: &Values, pool: &mut Pool) -> Sym {
    let mut chain = |numbers: &BTreeSet<i64>| {
        let mut numbers = numbers.iter().rev();
        let last = Int::Const(numbers.next().copied().unwrap_or(0));
        numbers.fold(last, |rest, number| term::choose(pool.boolean(), Int::Const(*number), rest))
    };
    match values {
        Values::Booleans => Sym::Bool(pool.boolean()),
        Values::Numbers(numbers) => Sym::Int(chain(numbers)),
        Values::AnyNumber => Sym::Int(term::int_hole(pool.hole(Domain::Range(-NUMBER_MAX, NUMBER_MAX)), -NUMBER_MAX, NUMBER_MAX)),
    }
}

/// That a part has the value with that number.
#[must_use]
pub fn is(sym: &Sym, number: i64) -> Bool {
    match sym {
        Sym::Bool(term) if number == 0 => not(term.clone()),
        Sym::Bool(term) => term.clone(),
        Sym::Int(term) => match cases(term) {
            Some(mut cases) => cases.remove(&number).unwrap_or(term::FALSE),
            None => term::equal(term.clone(), Int::Const(number)),
        },
        _ => term::FALSE,
    }
}

/// Conditions that together say that a part with these values has that one.
#[must_use]
pub fn same(values: &Values, part: &Sym, value: &Sym) -> Vec<Bool> {
    match (part, value, values) {
        (Sym::Bool(a), Sym::Bool(b), _) => vec![implies(a.clone(), b.clone()), implies(b.clone(), a.clone())],
        (_, Sym::Int(Int::Const(number)), Values::Numbers(_)) => vec![is(part, *number)],
        (_, _, Values::Numbers(numbers)) => numbers.iter().map(|number| implies(is(value, *number), is(part, *number))).collect(),
        _ => vec![equal(part, value)],
    }
}

/// The same term, with each comparison of few numbers as the cases in which it holds.
#[must_use]
pub fn without_numbers(term: &Bool) -> Bool {
    let Bool::Node(node) = term else { return term.clone() };
    let compared = |a: &Int, b: &Int, holds: fn(&i64, &i64) -> bool| {
        let (Some(a), Some(b)) = (cases(a), cases(b)) else { return term.clone() };
        let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y))).filter(|(x, y)| holds(x.0, y.0));
        or(pairs.map(|(x, y)| and([x.1.clone(), y.1.clone()])))
    };
    match &**node {
        BoolNode::Hole(_) => term.clone(),
        BoolNode::Not(inner) => not(without_numbers(inner)),
        BoolNode::And(terms) => and(terms.iter().map(without_numbers)),
        BoolNode::Or(terms) => or(terms.iter().map(without_numbers)),
        BoolNode::Iff(a, b) => term::iff(without_numbers(a), without_numbers(b)),
        BoolNode::Equal(a, b) => compared(a, b, i64::eq),
        BoolNode::AtMost(a, b) => compared(a, b, i64::le),
    }
}

/// The values that a part can have, as far as its term tells.
#[must_use]
pub fn values(sym: &Sym) -> Values {
    match sym {
        Sym::Int(term) => cases(term).map_or(Values::AnyNumber, |cases| Values::Numbers(cases.into_keys().collect())),
        _ => Values::Booleans,
    }
}

/// Adds values to what a part can be; whether that made a difference.
pub fn widen(known: &mut Values, more: Values) -> bool {
    let before = known.clone();
    match (&mut *known, more) {
        (Values::Numbers(numbers), Values::Numbers(more)) => numbers.extend(more),
        (Values::Numbers(_), Values::AnyNumber) => *known = Values::AnyNumber,
        _ => {}
    }
    if matches!(known, Values::Numbers(numbers) if numbers.len() > VALUES_MAX) {
        *known = Values::AnyNumber;
    }
    *known != before
}

/// The numbers that a term can be, each with its condition; `None` if they are too many.
fn cases(term: &Int) -> Option<BTreeMap<i64, Bool>> {
    let mut out: BTreeMap<i64, Bool> = BTreeMap::new();
    let mut add = |number: i64, condition: Bool| {
        if condition != term::FALSE {
            let known = out.remove(&number).unwrap_or(term::FALSE);
            out.insert(number, or([known, condition]));
        }
    };
    match term {
        Int::Const(number) => add(*number, TRUE),
        Int::Node(node) => match &**node {
            IntNode::Hole(_, min, max) if max - min < i64::try_from(VALUES_MAX).unwrap_or(0) => {
                (*min..=*max).for_each(|number| add(number, term::equal(term.clone(), Int::Const(number))));
            }
            IntNode::Hole(..) => return None,
            IntNode::If(condition, a, b) => {
                let condition = without_numbers(condition);
                cases(a)?.into_iter().for_each(|(number, here)| add(number, and([condition.clone(), here])));
                cases(b)?.into_iter().for_each(|(number, here)| add(number, and([not(condition.clone()), here])));
            }
            IntNode::Sum(terms) => {
                let mut sums = BTreeMap::from([(0, TRUE)]);
                for term in terms {
                    let mut next: BTreeMap<i64, Bool> = BTreeMap::new();
                    for (number, here) in cases(term)? {
                        for (sum, so_far) in &sums {
                            let known = next.remove(&(sum + number)).unwrap_or(term::FALSE);
                            next.insert(sum + number, or([known, and([so_far.clone(), here.clone()])]));
                        }
                    }
                    sums = next;
                }
                for (number, here) in sums {
                    add(number, here);
                }
            }
        },
    }
    (out.len() <= VALUES_MAX).then_some(out)
}

/// Whether a term needs no hole of its own.
#[must_use]
pub fn is_plain(sym: &Sym) -> bool {
    let literal = |term: &Bool| match term {
        Bool::Const(_) => true,
        Bool::Node(node) => match &**node {
            BoolNode::Hole(_) => true,
            BoolNode::Not(inner) => matches!(inner, Bool::Node(node) if matches!(&**node, BoolNode::Hole(_))),
            _ => false,
        },
    };
    match sym {
        Sym::Bool(term) => literal(term),
        Sym::Int(Int::Node(node)) => match &**node {
            IntNode::Hole(..) => true,
            IntNode::If(condition, a, b) => literal(condition) && matches!(a, Int::Const(_)) && is_plain(&Sym::Int(b.clone())),
            IntNode::Sum(_) => false,
        },
        _ => true,
    }
}
