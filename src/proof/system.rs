//! A machine on one site as facts that actions change, and what must never be: what the engines of this layer work on.
//! Evaluates states without a solver.

use crate::engine::logic::term::{Bool, BoolNode, and, bool_hole, not, or, truth};
use crate::engine::logic::z3::Literal;
use crate::engine::tasks::planning::{Bare, Change, Says};
use crate::model::site::HoleId;
use std::collections::BTreeSet;
use std::ops::Range;

/// A state: the value of each hole, 0 or 1; the facts are the last ones.
pub type State = Vec<i64>;

/// Something that can be done, with its arguments.
#[derive(Clone, Debug)]
pub struct Move {
    /// The conditions of its guard, each with the conjunct that it comes from, by index.
    pub guard: Vec<(usize, Bool)>,
    /// What it changes.
    pub changes: Vec<Change>,
}

/// A transition system.
#[derive(Clone, Debug)]
pub struct System {
    /// The hole that is the first fact.
    pub first: HoleId,
    /// How many facts there are.
    pub count: usize,
    /// The first state.
    pub start: State,
    /// Holes of which exactly one is true.
    pub groups: Vec<Range<HoleId>>,
    /// What can be done.
    pub moves: Vec<Move>,
    /// What must never be.
    pub bad: Vec<Bool>,
    /// What must hold at the end.
    pub goal: Bool,
    /// What each fact says.
    pub says: Vec<Says>,
}

impl System {
    /// The system that a machine is.
    #[must_use]
    pub fn new(bare: Bare) -> Self {
        let Bare { first, facts, start, groups, actions, hazards, goal } = bare;
        let start: State = (0..first).map(|_| 0).chain(start.into_iter().map(i64::from)).collect();
        let moves = actions.into_iter().map(|action| Move { guard: action.guard, changes: action.changes }).collect();
        let groups = groups.into_iter().map(|group| group.start + first..group.end + first).collect();
        Self { first, count: facts.len(), start, groups, moves, bad: hazards, goal, says: facts }
    }

    /// Whether a guard allows a move in a state.
    #[must_use]
    pub fn allows(&self, state: &[i64], at: usize) -> bool {
        self.moves[at].guard.iter().all(|(_, condition)| truth(condition, state))
    }

    /// The state after a move.
    #[must_use]
    pub fn next(&self, state: &[i64], at: usize) -> State {
        let mut after = state.to_vec();
        for change in self.moves[at].changes.iter().filter(|change| truth(&change.applies, state)) {
            after[self.first + change.fact] = i64::from(change.becomes);
        }
        after
    }

    /// The first of what must never be that is there in a state.
    #[must_use]
    pub fn wrong(&self, state: &[i64]) -> Option<usize> {
        self.bad.iter().position(|bad| truth(bad, state))
    }

    /// That what must hold at the end does not, and that nothing that can be done makes a difference.
    #[must_use]
    pub fn stuck(&self) -> Bool {
        let makes_none = |each: &Move| {
            let changes = each.changes.iter();
            let changed = or(changes.map(|one| and([one.applies.clone(), literal((self.first + one.fact, !one.becomes))])));
            not(and(each.guard.iter().map(|(_, condition)| condition.clone()).chain([changed])))
        };
        and([not(self.goal.clone())].into_iter().chain(self.moves.iter().map(makes_none)))
    }

    /// For each fact that a move changes: that it is true afterwards.
    #[must_use]
    pub fn after(&self, at: usize) -> Vec<(HoleId, Bool)> {
        let mut out: Vec<(HoleId, Bool)> = Vec::new();
        for change in &self.moves[at].changes {
            let hole = self.first + change.fact;
            let known = out.iter().position(|(known, _)| *known == hole);
            let before = known.map_or_else(|| bool_hole(hole), |at| out[at].1.clone());
            let after =
                if change.becomes { or([before, change.applies.clone()]) } else { and([before, not(change.applies.clone())]) };
            match known {
                Some(at) => out[at].1 = after,
                None => out.push((hole, after)),
            }
        }
        out
    }
}

/// Adds facts of a state that by themselves make a term what it is there; few, and those already added where they do.
pub fn because(term: &Bool, state: &[i64], out: &mut BTreeSet<Literal>) {
    let Bool::Node(node) = term else { return };
    let value = truth(term, state);
    match (&**node, value) {
        (BoolNode::Hole(hole), _) => {
            out.insert((*hole, value));
        }
        (BoolNode::Not(inner), _) => because(inner, state, out),
        (BoolNode::Iff(a, b), _) => {
            because(a, state, out);
            because(b, state, out);
        }
        (BoolNode::And(terms), true) | (BoolNode::Or(terms), false) => terms.iter().for_each(|term| because(term, state, out)),
        (BoolNode::And(terms), false) | (BoolNode::Or(terms), true) => {
            let one = |term: &Bool| {
                let mut more = out.clone();
                because(term, state, &mut more);
                more
            };
            let reasons = terms.iter().filter(|term| truth(term, state) == value).map(one);
            if let Some(least) = reasons.min_by_key(BTreeSet::len) {
                *out = least;
            }
        }
        (BoolNode::Equal(..) | BoolNode::AtMost(..), _) => {}
    }
}

/// A literal as a term.
#[must_use]
pub fn literal((hole, is): Literal) -> Bool {
    if is { bool_hole(hole) } else { not(bool_hole(hole)) }
}
