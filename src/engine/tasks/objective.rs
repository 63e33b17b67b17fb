//! What a planning task minimises first: the steps that run while the rulebook's `outage` is there, before them or after them.
//! That is what `cutover plan` minimises first where no durations are known, counted in the same way
//! (`engine/synthesis/bound.rs`).

use super::onehot::{Groups, assume, parts};
use super::planning::{Acting, Change, Says, Task};
use crate::engine::logic::term::{Bool, FALSE, TRUE, and, bool_hole, not, or, replaced, truth};
use crate::model::site::HoleId;
use std::collections::BTreeMap;

/// Where an action can be done, by what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// Where it can be done and nothing is lost, neither before nor after it.
    pub free: Bool,
    /// Where it can be done, if something can be lost then; the cost is one step. That it may also be taken where the other may
    /// makes nothing cheaper.
    pub paid: Bool,
}

/// The facts of a task of which exactly one is true.
#[must_use]
pub fn groups(task: &Task) -> Groups {
    let mut groups = Groups::default();
    let place = |fact: usize| match task.facts.get(fact) {
        Some(Says::Value(place, _)) => Some(*place),
        _ => None,
    };
    let mut fact = 0;
    while fact < task.facts.len() {
        let mut end = fact + 1;
        while place(fact).is_some() && place(fact) == place(end) {
            end += 1;
        }
        if place(fact).is_some() {
            groups.add(task.first + fact..task.first + end);
        }
        fact = end;
    }
    groups
}

/// Where an action costs something, and where not.
#[must_use]
pub fn priced(task: &Task, groups: &Groups, acting: &Acting) -> Priced {
    if acting.condition == FALSE {
        return Priced { free: FALSE, paid: FALSE };
    }
    let values = after(task, &acting.changes);
    let value = |hole| values.get(&hole).cloned().unwrap_or_else(|| bool_hole(hole));
    let certain = groups.certain(&acting.condition);
    let calm = [not(task.outage.clone()), not(replaced(&task.outage, &value))].map(|calm| assume(&calm, &certain));
    let calm = groups.tidy(&and(calm));
    let free = groups.tidy(&and(parts(&acting.condition).into_iter().chain([calm.clone()])));
    let paid = if calm == TRUE { FALSE } else { acting.condition.clone() };
    Priced { free, paid }
}

/// A state: the value of each hole, 0 or 1; the facts are the last ones.
pub type State = Vec<i64>;

/// The first state.
#[must_use]
pub fn start(task: &Task) -> State {
    (0..task.first).map(|_| 0).chain(task.start.iter().map(|holds| i64::from(*holds))).collect()
}

/// The state after an action.
#[must_use]
pub fn next(task: &Task, state: &State, acting: &Acting) -> State {
    let mut out = state.clone();
    for change in acting.changes.iter().filter(|change| truth(&change.applies, state)) {
        out[task.first + change.fact] = i64::from(change.becomes);
    }
    out
}

/// For each step of an order of actions, by index, whether it runs while something is lost.
#[must_use]
pub fn costs(task: &Task, order: &[usize]) -> Vec<bool> {
    let mut state = start(task);
    let cost = |action: &usize| {
        let before = truth(&task.outage, &state);
        state = next(task, &state, &task.actions[*action]);
        before || truth(&task.outage, &state)
    };
    order.iter().map(cost).collect()
}

/// For each fact that changes: that it is true afterwards.
#[must_use]
pub fn after(task: &Task, changes: &[Change]) -> BTreeMap<HoleId, Bool> {
    let mut out: BTreeMap<HoleId, Bool> = BTreeMap::new();
    for change in changes {
        let hole = task.first + change.fact;
        let before = out.get(&hole).cloned().unwrap_or_else(|| bool_hole(hole));
        let applies = change.applies.clone();
        out.insert(hole, if change.becomes { or([before, applies]) } else { and([before, not(applies)]) });
    }
    out
}
