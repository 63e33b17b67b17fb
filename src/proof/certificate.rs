//! Checks a proof again, whoever found it: what it rests on is true at the start, and each action keeps it. One question for
//! each action, to a solver that knows nothing of how the proof was found.
//! Trusted, with `engine/tasks/planning.rs` for what the facts and actions are: a mistake here can make a wrong *holds*.

use super::induction::{Cube, clause};
use super::system::System;
use crate::engine::logic::term::{Bool, and, bool_hole, holes, implies, not, or, replaced, truth};
use crate::engine::logic::z3::{Facts, Told};
use std::collections::{BTreeMap, BTreeSet};

/// Solver effort for the question about one action.
const EFFORT: u32 = 20_000_000;

/// Whether the cubes and what is bad are never entered, taken together.
#[must_use]
pub fn confirms(system: &System, cubes: &[Cube]) -> bool {
    let kept: Vec<Bool> = cubes.iter().map(clause).chain(system.bad.iter().map(|bad| not(bad.clone()))).collect();
    if !kept.iter().all(|one| truth(one, &system.start)) {
        return false;
    }
    let mut solver = Facts::new(EFFORT, 0);
    for group in &system.groups {
        // That exactly one is true is the meaning of a group: its facts are the values of one variable.
        solver.assert(&or(group.clone().map(bool_hole)));
        for a in group.clone() {
            for b in a + 1..group.end {
                solver.assert(&or([not(bool_hole(a)), not(bool_hole(b))]));
            }
        }
    }
    for one in &kept {
        solver.assert(one);
    }
    let reads: Vec<BTreeSet<usize>> = kept.iter().map(reads).collect();
    (0..system.moves.len()).all(|at| {
        let after: BTreeMap<usize, Bool> = system.after(at).into_iter().collect();
        let touched = kept.iter().zip(&reads).filter(|(_, reads)| reads.iter().any(|hole| after.contains_key(hole)));
        let next = |hole| after.get(&hole).cloned().unwrap_or_else(|| bool_hole(hole));
        let broken = or(touched.map(|(one, _)| not(replaced(one, &next))));
        let guard = system.moves[at].guard.iter().map(|(_, condition)| condition.clone());
        let question = system.first + system.count + at;
        solver.assert(&implies(bool_hole(question), and(guard.chain([broken]))));
        matches!(solver.ask(&[(question, true)]), Told::Impossible(_))
    })
}

fn reads(term: &Bool) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    holes(term, &mut out);
    out
}
