//! The effects of an action, told apart: those that come about always, and those that depend on the state.

use super::onehot::{Groups, assume};
use super::planning::{Acting, Task};
use super::strips::Cube;
use crate::engine::logic::term::{Bool, FALSE, TRUE, and, bool_hole, holes, not, or};
use std::collections::{BTreeMap, BTreeSet};

/// An effect that depends on the state: where, and which facts become what there and elsewhere.
pub struct Depending {
    /// Where.
    pub on: Bool,
    /// What becomes so there.
    pub there: Cube,
    /// What becomes so elsewhere.
    pub elsewhere: Cube,
}

/// What an action always changes, and what only in some states.
#[must_use]
pub fn effects(task: &Task, groups: &Groups, kept: &[bool], acting: &Acting) -> (Cube, Vec<Depending>) {
    let (mut always, mut open): (Cube, BTreeMap<usize, [Bool; 2]>) = (Cube::new(), BTreeMap::new());
    for change in acting.changes.iter().filter(|change| kept[change.fact]) {
        if change.applies == TRUE {
            always.insert(change.fact, change.becomes);
        } else {
            open.entry(change.fact).or_insert([FALSE, FALSE])[usize::from(change.becomes)] = change.applies.clone();
        }
    }
    let mut depending: Vec<Depending> = Vec::new();
    for (fact, [off, on]) in open {
        let hole = task.first + fact;
        let (off_there, on_there) = (assume(&off, &[(hole, true)].into()), assume(&on, &[(hole, false)].into()));
        let value = groups.tidy(&on_there);
        let (condition, there, elsewhere) = if off == FALSE {
            (on, Some(true), None)
        } else if on == FALSE {
            (off, Some(false), None)
        } else if groups.tidy(&not(off_there)) == value {
            (value, Some(true), Some(false))
        } else {
            let stays = and([bool_hole(hole), not(off)]);
            (groups.tidy(&or([stays, on])), Some(true), Some(false))
        };
        let known = depending.iter().position(|one| one.on == condition);
        let at = known.unwrap_or(depending.len());
        if known.is_none() {
            depending.push(Depending { on: condition, there: Cube::new(), elsewhere: Cube::new() });
        }
        depending[at].there.extend(there.map(|is| (fact, is)));
        depending[at].elsewhere.extend(elsewhere.map(|is| (fact, is)));
    }
    (always, depending)
}

/// The effects in an order in which none reads what one before it sets.
///
/// # Errors
/// The effects, if there is no such order.
pub fn in_order(mut left: Vec<Depending>, first: usize) -> Result<Vec<Depending>, Vec<Depending>> {
    let reads = |one: &Depending| {
        let mut found = BTreeSet::new();
        holes(&one.on, &mut found);
        found.into_iter().map(|hole| hole - first).collect::<BTreeSet<usize>>()
    };
    let mut out = Vec::new();
    while !left.is_empty() {
        let is_next = |at: &usize| {
            let sets: BTreeSet<usize> = left[*at].there.keys().chain(left[*at].elsewhere.keys()).copied().collect();
            left.iter().enumerate().all(|(other, one)| other == *at || reads(one).is_disjoint(&sets))
        };
        match (0..left.len()).find(is_next) {
            Some(at) => out.push(left.remove(at)),
            None => return Err(out.into_iter().chain(left).collect()),
        }
    }
    Ok(out)
}
