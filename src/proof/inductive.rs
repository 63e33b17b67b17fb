//! What the proofs about a site's machine rest on: sets of facts that are never so together. With them kept out, one-step induction
//! shows that no hazard and nothing that an invariant forbids is ever reached.

use super::found::Known;
use super::induction::{Outcome, prove};
use super::subject::Subject;
use super::survivors::Survivors;
use super::system::System;
use crate::engine::logic::term::{not, truth};

/// Most questions to the solver for one proof.
const QUESTIONS: usize = 4_000;

/// A proof, and what it does not cover.
#[derive(Debug, Default)]
pub struct Inductive {
    /// What is never so, and which hazards and invariants are never reached.
    pub known: Known,
    /// Those of which that was not shown, by index, each with what was found in its place.
    pub left: Vec<(usize, Outcome)>,
}

/// The proof that is found for a site: first of what needs no more than itself and the others, taken together; then of each that is
/// left with the help of those before it. Invariants come first: they say what guards do in detail, and hazards follow from that.
#[must_use]
pub fn inductive(subject: &Subject) -> Inductive {
    let mut out = Inductive { known: Known { cubes: Vec::new(), kept: together(&subject.system) }, left: Vec::new() };
    for at in (0..subject.system.bad.len()).rev().filter(|at| !out.known.kept.contains(at)).collect::<Vec<_>>() {
        match prove(&subject.only(&[at]), &out.known.terms(&subject.system), &|cube| subject.images(cube), QUESTIONS) {
            Outcome::Never(cubes) => {
                out.known.cubes.extend(cubes);
                out.known.kept.push(at);
            }
            other => out.left.push((at, other)),
        }
    }
    out
}

/// What never is, by index, because it is not so at the start and each move keeps it so, as long as all of them are kept.
fn together(system: &System) -> Vec<usize> {
    let at_start: Vec<usize> = (0..system.bad.len()).filter(|at| !truth(&system.bad[*at], &system.start)).collect();
    let lemmas = at_start.iter().map(|at| not(system.bad[*at].clone())).collect();
    let left = Survivors::new(system, lemmas).all().unwrap_or_default();
    at_start.into_iter().zip(left).filter(|(_, left)| *left).map(|(at, _)| at).collect()
}
