//! Conditions over facts of which some exclude each other: exactly one of a group is true. Made as short as that allows.

use crate::engine::logic::term::{Bool, BoolNode, FALSE, TRUE, and, bool_hole, iff, not, or};
use crate::model::site::HoleId;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most rounds in which what is certain is put into the rest.
const ROUNDS_MAX: usize = 6;

/// Facts, by hole, in groups. A fact outside of every group is true or false by itself.
#[derive(Default)]
pub struct Groups {
    /// The group of each hole that is in one: the holes of the group.
    of: BTreeMap<HoleId, Range<HoleId>>,
}

/// What is certain of some facts.
pub type Certain = BTreeMap<HoleId, bool>;

impl Groups {
    /// Adds a group.
    pub fn add(&mut self, holes: Range<HoleId>) {
        for hole in holes.clone() {
            self.of.insert(hole, holes.clone());
        }
    }

    /// What is certain of a fact and those of its group when it is so.
    pub fn note(&self, certain: &mut Certain, hole: HoleId, is: bool) {
        certain.insert(hole, is);
        if let Some(group) = self.of.get(&hole).filter(|_| is) {
            certain.extend(group.clone().filter(|other| *other != hole).map(|other| (other, false)));
        }
    }

    /// What is certain where a condition holds.
    #[must_use]
    pub fn certain(&self, condition: &Bool) -> Certain {
        let mut out = Certain::new();
        for term in parts(condition) {
            if let Some((hole, is)) = literal(&term) {
                self.note(&mut out, hole, is);
            }
        }
        out
    }

    /// The same condition, shorter, with negation only of single facts.
    #[must_use]
    pub fn tidy(&self, term: &Bool) -> Bool {
        self.signed(term, true)
    }

    fn signed(&self, term: &Bool, sign: bool) -> Bool {
        let Bool::Node(node) = term else { return if sign { term.clone() } else { not(term.clone()) } };
        match (&**node, sign) {
            (BoolNode::Not(inner), _) => self.signed(inner, !sign),
            (BoolNode::Iff(a, b), _) => {
                let cases = [or([not(a.clone()), b.clone()]), or([a.clone(), not(b.clone())])];
                self.signed(&and(cases), sign)
            }
            (BoolNode::And(terms), true) | (BoolNode::Or(terms), false) => {
                self.all(terms.iter().map(|term| self.signed(term, sign)).collect()).map_or(FALSE, and)
            }
            (BoolNode::And(terms), false) | (BoolNode::Or(terms), true) => {
                let against = terms.iter().map(|term| self.signed(term, !sign)).collect();
                self.all(against).map_or(TRUE, |against| or(against.iter().map(flipped)))
            }
            (_, true) => term.clone(),
            (_, false) => not(term.clone()),
        }
    }

    /// A conjunction, shorter; `None` if it cannot hold.
    fn all(&self, mut terms: Vec<Bool>) -> Option<Vec<Bool>> {
        for _ in 0..ROUNDS_MAX {
            let before = terms;
            let flat: Vec<Bool> = before.iter().flat_map(parts).collect();
            let mut certain = Certain::new();
            for (hole, is) in flat.iter().filter_map(literal) {
                if certain.get(&hole).is_some_and(|known| *known != is) {
                    return None;
                }
                self.note(&mut certain, hole, is);
            }
            self.settle(&mut certain)?;
            let mut out: Vec<Bool> = certain.iter().filter(|(hole, is)| self.is_said(&certain, **hole, **is)).map(said).collect();
            for term in flat.iter().filter(|term| literal(term).is_none()) {
                let left = assume(term, &certain);
                if left == FALSE {
                    return None;
                }
                out.push(if left == *term { left } else { self.tidy(&left) });
            }
            out.retain(|term| *term != TRUE);
            if out.contains(&FALSE) {
                return None;
            }
            if out == before {
                return Some(out);
            }
            terms = out;
        }
        Some(terms)
    }

    /// Where all of a group but one are false, that one is true. `None` if none is left, or two are true.
    fn settle(&self, certain: &mut Certain) -> Option<()> {
        let groups: Vec<Range<HoleId>> = certain.keys().filter_map(|hole| self.of.get(hole).cloned()).collect();
        for group in groups {
            let trues = group.clone().filter(|hole| certain.get(hole) == Some(&true)).count();
            let mut open = group.filter(|hole| certain.get(hole) != Some(&false));
            let (first, second) = (open.next()?, open.next());
            if trues > 1 {
                return None;
            }
            if second.is_none() {
                certain.insert(first, true);
            }
        }
        Some(())
    }

    /// Whether what is certain has to be said: that a fact is false goes without saying where another of its group is true.
    fn is_said(&self, certain: &Certain, hole: HoleId, is: bool) -> bool {
        let is_true = |other: HoleId| certain.get(&other) == Some(&true);
        is || !self.of.get(&hole).is_some_and(|group| group.clone().any(is_true))
    }
}

fn said((hole, is): (&HoleId, &bool)) -> Bool {
    if *is { bool_hole(*hole) } else { not(bool_hole(*hole)) }
}

/// The negation, with negation only of single facts.
fn flipped(term: &Bool) -> Bool {
    match term {
        Bool::Const(_) => not(term.clone()),
        Bool::Node(node) => match &**node {
            BoolNode::And(terms) => or(terms.iter().map(flipped)),
            BoolNode::Or(terms) => and(terms.iter().map(flipped)),
            _ => not(term.clone()),
        },
    }
}

/// The terms that a conjunction is of; another term by itself.
#[must_use]
pub fn parts(term: &Bool) -> Vec<Bool> {
    match term {
        Bool::Node(node) => match &**node {
            BoolNode::And(terms) => terms.iter().flat_map(parts).collect(),
            _ => vec![term.clone()],
        },
        Bool::Const(_) => vec![term.clone()],
    }
}

/// The fact that a term is about, and whether it says that it is true.
#[must_use]
pub fn literal(term: &Bool) -> Option<(HoleId, bool)> {
    let Bool::Node(node) = term else { return None };
    match &**node {
        BoolNode::Hole(hole) => Some((*hole, true)),
        BoolNode::Not(inner) => literal(inner).map(|(hole, is)| (hole, !is)),
        _ => None,
    }
}

/// The term where these facts are so.
#[must_use]
pub fn assume(term: &Bool, certain: &Certain) -> Bool {
    let Bool::Node(node) = term else { return term.clone() };
    match &**node {
        BoolNode::Hole(hole) => certain.get(hole).map_or_else(|| term.clone(), |is| Bool::Const(*is)),
        BoolNode::Not(inner) => not(assume(inner, certain)),
        BoolNode::Iff(a, b) => iff(assume(a, certain), assume(b, certain)),
        BoolNode::And(terms) => and(terms.iter().map(|term| assume(term, certain))),
        BoolNode::Or(terms) => or(terms.iter().map(|term| assume(term, certain))),
        BoolNode::Equal(..) | BoolNode::AtMost(..) => term.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Groups, assume};
    use crate::engine::logic::term::{Bool, FALSE, TRUE, and, bool_hole, iff, not, or, truth};

    fn groups() -> Groups {
        let mut groups = Groups::default();
        groups.add(0..3);
        groups
    }

    #[test]
    fn what_another_fact_of_the_group_says_is_left_out() {
        let (a, b, c, d) = (bool_hole(0), bool_hole(1), bool_hole(2), bool_hole(3));
        let groups = groups();
        assert_eq!(groups.tidy(&and([not(a.clone()), not(b.clone())])), c);
        assert_eq!(groups.tidy(&and([not(a.clone()), b.clone()])), b);
        assert_eq!(groups.tidy(&and([a.clone(), b.clone()])), FALSE);
        assert_eq!(groups.tidy(&or([a.clone(), b.clone(), c.clone()])), TRUE);
        assert_eq!(groups.tidy(&or([d.clone(), and([not(d.clone()), a.clone()])])), or([a, d]));
    }

    #[test]
    fn a_shorter_condition_says_the_same_of_every_state() {
        let groups = groups();
        let mut seed = 7_u32;
        for _ in 0..4_000 {
            let term = generated(&mut seed, 4);
            let tidy = groups.tidy(&term);
            for state in 0..12 {
                let filled: Vec<i64> =
                    (0..3).map(|hole| i64::from(state % 3 == hole)).chain([state / 3 % 2, state / 6]).collect();
                assert_eq!(truth(&term, &filled), truth(&tidy, &filled), "{term:?} and {tidy:?} at {filled:?}");
                let certain = [(4, filled[4] != 0)].into();
                assert_eq!(truth(&assume(&term, &certain), &filled), truth(&term, &filled));
            }
        }
    }

    fn generated(seed: &mut u32, depth: u32) -> Bool {
        let mut roll = |sides: u32| {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*seed >> 16) % sides
        };
        match if depth == 0 { 0 } else { roll(5) } {
            0 => bool_hole(usize::try_from(roll(5)).unwrap_or(0)),
            1 => not(generated(seed, depth - 1)),
            2 => iff(generated(seed, depth - 1), generated(seed, depth - 1)),
            3 => and((0..3).map(|_| generated(seed, depth - 1)).collect::<Vec<_>>()),
            _ => or((0..3).map(|_| generated(seed, depth - 1)).collect::<Vec<_>>()),
        }
    }
}
