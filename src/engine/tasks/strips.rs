//! A planning task in the form that planners digest which prove a plan to be the best: each condition a list of literals, and
//! no effect that depends on the state. [`super::splitting`] makes it.

use crate::engine::logic::term::Bool;
use std::collections::{BTreeMap, BTreeSet};

/// What some atoms are.
pub type Cube = BTreeMap<usize, bool>;

/// Something that is true or false in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atom {
    /// A fact of the task, by index.
    Fact(usize),
    /// That this condition was seen to hold.
    Seen(Bool),
    /// That no action is under way.
    Ready,
    /// That this action is under way, and this effect of it is next.
    Turn(usize, usize),
}

/// What an operator does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Does {
    /// An action, or its beginning. Several actions, where they differ only in what was forgotten.
    Action(Vec<usize>),
    /// Goes on with an action.
    Rest(usize),
    /// Sees that a condition holds: an atom, by index.
    Sees(usize),
}

/// An operator: what must be so, and what is so afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What it stands for.
    pub does: Does,
    /// What must be so.
    pub condition: Cube,
    /// What becomes so.
    pub changes: Cube,
    /// Whether it counts as a step that runs while something is lost.
    pub costs: bool,
}

/// A task of such operators.
#[derive(Clone, Debug)]
pub struct Strips {
    /// What can be so. The first ones are the facts of the task, also those that are left out.
    pub atoms: Vec<Atom>,
    /// Which facts of the task are in it.
    pub kept: Vec<bool>,
    /// What is so at the start.
    pub start: Vec<bool>,
    /// What can be done.
    pub operators: Vec<Operator>,
    /// What must be so at the end; `None` if that cannot be.
    pub goal: Option<Cube>,
}

impl Strips {
    /// Makes one of operators that differ only in which action they are, and leaves out those that change nothing.
    pub(super) fn merge(&mut self) {
        let mut known: BTreeMap<(Cube, Cube, bool, bool), usize> = BTreeMap::new();
        let mut out: Vec<Operator> = Vec::new();
        for mut operator in std::mem::take(&mut self.operators) {
            operator.changes.retain(|atom, is| operator.condition.get(atom) != Some(is));
            if operator.changes.is_empty() {
                continue;
            }
            let is_action = matches!(operator.does, Does::Action(_));
            let key = (operator.condition.clone(), operator.changes.clone(), operator.costs, is_action);
            if let (Some(at), Does::Action(more)) = (known.get(&key), &operator.does) {
                if let Does::Action(actions) = &mut out[*at].does {
                    actions.extend(more.iter().filter(|one| !actions.contains(one)).copied().collect::<Vec<_>>());
                }
                continue;
            }
            known.insert(key, out.len());
            out.push(operator);
        }
        self.operators = out;
    }

    /// Leaves out operators that can never be done, even if nothing that is once so could cease to be so.
    pub(super) fn prune(&mut self) {
        let mut reached: BTreeSet<(usize, bool)> = self.start.iter().copied().enumerate().collect();
        let mut done = vec![false; self.operators.len()];
        loop {
            let before = reached.len();
            for (operator, done) in self.operators.iter().zip(&mut done) {
                if !*done && operator.condition.iter().all(|(atom, is)| reached.contains(&(*atom, *is))) {
                    *done = true;
                    reached.extend(operator.changes.iter().map(|(atom, is)| (*atom, *is)));
                }
            }
            if reached.len() == before {
                break;
            }
        }
        let mut done = done.into_iter();
        self.operators.retain(|_| done.next() == Some(true));
        // What is always so need not be asked for.
        let always = |atom: usize, is: bool| !reached.contains(&(atom, !is));
        for operator in &mut self.operators {
            operator.condition.retain(|atom, is| !always(*atom, *is));
        }
        if let Some(goal) = &mut self.goal {
            goal.retain(|atom, is| !always(*atom, *is));
        }
    }
}
