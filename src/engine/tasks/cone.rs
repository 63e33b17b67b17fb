//! The part of a planning task that questions about it hang on. With all that can ever matter to them kept, the answers are
//! the task's own. With less kept, the rest is free to be anything at any moment: more can happen than in the task, so what is
//! never reached in the part is never reached in the task.

use super::onehot::{Certain, assume};
use super::planning::{Acting, Change, Says, Task};
use crate::engine::logic::term::{self, Bool, BoolNode, FALSE, and};
use std::collections::{BTreeMap, BTreeSet};

/// A part of a task.
#[derive(Debug)]
pub struct Part {
    /// Facts, by index, that are as the task has them.
    pub kept: BTreeSet<usize>,
    /// Facts that are read, and can be anything.
    pub free: BTreeSet<usize>,
    /// For each action, its guard and its changes as far as they matter; nothing of one that changes nothing that is kept.
    pub actions: Vec<Option<Acting>>,
}

/// The same task without what can never be: facts that no action makes true, or false, are said to be so, and what cannot happen
/// changes nothing. An action is taken to be possible as soon as each fact of its guard can be as it should, each by itself.
#[must_use]
pub fn settled(mut task: Task) -> Task {
    // For each fact, whether it can be false, and whether it can be true.
    let mut can: Vec<[bool; 2]> = task.start.iter().map(|holds| [!holds, *holds]).collect();
    loop {
        let before = can.clone();
        for acting in task.actions.iter().filter(|acting| possible(&acting.guard, true, task.first, &before)) {
            for change in acting.changes.iter().filter(|change| possible(&change.applies, true, task.first, &before)) {
                can[change.fact][usize::from(change.becomes)] = true;
            }
        }
        if can == before {
            break;
        }
    }
    let decided = can.iter().enumerate().filter(|(_, can)| can[0] != can[1]);
    let certain: Certain = decided.map(|(fact, can)| (task.first + fact, can[1])).collect();
    for acting in &mut task.actions {
        acting.guard = assume(&acting.guard, &certain);
        acting.condition = assume(&acting.condition, &certain);
        acting.changes.retain(|change| !certain.contains_key(&(task.first + change.fact)));
        acting.changes.iter_mut().for_each(|change| change.applies = assume(&change.applies, &certain));
        acting.changes.retain(|change| change.applies != FALSE);
    }
    task.hazards.iter_mut().for_each(|(_, there)| *there = assume(there, &certain));
    task.goal = assume(&task.goal, &certain);
    task
}

/// Whether a term can have a value where each fact can by itself be as it says.
fn possible(term: &Bool, wanted: bool, first: usize, can: &[[bool; 2]]) -> bool {
    let Bool::Node(node) = term else { return *term == Bool::Const(wanted) };
    match (&**node, wanted) {
        (BoolNode::Hole(hole), _) => can[hole - first][usize::from(wanted)],
        (BoolNode::Not(inner), _) => possible(inner, !wanted, first, can),
        (BoolNode::And(terms), true) | (BoolNode::Or(terms), false) => {
            terms.iter().all(|term| possible(term, wanted, first, can))
        }
        (BoolNode::And(terms), false) | (BoolNode::Or(terms), true) => {
            terms.iter().any(|term| possible(term, wanted, first, can))
        }
        (BoolNode::Iff(..) | BoolNode::Equal(..) | BoolNode::AtMost(..), _) => true,
    }
}

/// The facts of one state variable belong together.
#[must_use]
pub fn whole(task: &Task, facts: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut of_place: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (fact, says) in task.facts.iter().enumerate() {
        if let Says::Value(place, _) = says {
            of_place.entry(*place).or_default().push(fact);
        }
    }
    let of = |fact: usize| match &task.facts[fact] {
        Says::Value(place, _) => of_place[place].clone(),
        _ => vec![fact],
    };
    facts.into_iter().flat_map(of).collect()
}

/// The facts that a condition reads.
#[must_use]
pub fn reads(task: &Task, condition: &Bool) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    term::holes(condition, &mut out);
    out.into_iter().map(|hole| hole - task.first).collect()
}

/// All facts that can ever matter to some: those that the actions read which change them, and so on.
#[must_use]
pub fn cone(task: &Task, facts: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut out = whole(task, facts);
    loop {
        let mut more = out.clone();
        for acting in &task.actions {
            for change in acting.changes.iter().filter(|change| out.contains(&change.fact)) {
                more.extend(reads(task, &acting.guard));
                more.extend(reads(task, &change.applies));
            }
        }
        let more = whole(task, more);
        if more == out {
            return out;
        }
        out = more;
    }
}

/// The part of a task in which these facts are kept.
#[must_use]
pub fn part(task: &Task, mut kept: BTreeSet<usize>) -> Part {
    // What never changes was put in the place of what it says.
    let changed: BTreeSet<usize> =
        task.actions.iter().flat_map(|acting| acting.changes.iter().map(|change| change.fact)).collect();
    kept.retain(|fact| changed.contains(fact));
    let actions: Vec<Option<Acting>> = task.actions.iter().map(|acting| about(task, acting, &kept)).collect();
    let mut read = BTreeSet::new();
    for acting in actions.iter().flatten() {
        read.extend(reads(task, &acting.guard));
        acting.changes.iter().for_each(|change| read.extend(reads(task, &change.applies)));
    }
    let free = whole(task, read).into_iter().filter(|fact| changed.contains(fact) && !kept.contains(fact)).collect();
    Part { kept, free, actions }
}

/// What an action does to the facts that are kept. Conjuncts of its guard that say nothing of them, also not by way of facts
/// that others read, are left out.
fn about(task: &Task, acting: &Acting, kept: &BTreeSet<usize>) -> Option<Acting> {
    let changes: Vec<Change> = acting.changes.iter().filter(|change| kept.contains(&change.fact)).cloned().collect();
    if changes.is_empty() || acting.guard == FALSE {
        return None;
    }
    let mut near = kept.clone();
    near.extend(changes.iter().flat_map(|change| reads(task, &change.applies)));
    let conjuncts = match &acting.guard {
        Bool::Node(node) => match &**node {
            BoolNode::And(terms) => terms.clone(),
            _ => vec![acting.guard.clone()],
        },
        Bool::Const(_) => Vec::new(),
    };
    let read: Vec<BTreeSet<usize>> = conjuncts.iter().map(|one| whole(task, reads(task, one))).collect();
    let mut is_left = vec![false; conjuncts.len()];
    while let Some(next) = (0..conjuncts.len()).find(|one| !is_left[*one] && !read[*one].is_disjoint(&near)) {
        is_left[next] = true;
        near.extend(read[next].iter().copied());
    }
    let guard = and(conjuncts.into_iter().zip(is_left).filter(|(_, is_left)| *is_left).map(|(one, _)| one));
    Some(Acting { condition: guard.clone(), guard, changes })
}
