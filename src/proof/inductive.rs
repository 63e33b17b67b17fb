//! What the proofs about a site's machine rest on, for others to check: sets of facts that are never so together. With them kept out,
//! one-step induction shows that no hazard and nothing that an invariant forbids is ever reached.

use super::induction::{Cube, Outcome, clause, prove};
use super::subject::Subject;
use super::system::System;
use crate::engine::logic::term::{Bool, not};

/// Most questions to the solver for one proof.
const QUESTIONS: usize = 4_000;

/// A proof, and what it does not cover.
#[derive(Clone, Debug, Default)]
pub struct Inductive {
    /// Facts that are never so together.
    pub cubes: Vec<Cube>,
    /// Hazards and invariants, by index, that are never reached.
    pub kept: Vec<usize>,
    /// Those of which that was not shown, each with why.
    pub left: Vec<(usize, String)>,
}

/// The proof that is found for a site. Invariants come first: they say what guards do in detail, and hazards follow from that.
#[must_use]
pub fn inductive(subject: &Subject) -> Inductive {
    let (mut out, mut known) = (Inductive::default(), Vec::<Bool>::new());
    for at in (0..subject.system.bad.len()).rev() {
        let bad = subject.system.bad[at].clone();
        let system = System { bad: vec![bad.clone()], ..subject.system.clone() };
        match prove(&system, &known, &|cube| subject.images(cube), QUESTIONS) {
            Outcome::Never(cubes) => {
                known.extend(cubes.iter().map(clause).chain([not(bad)]));
                out.cubes.extend(cubes);
                out.kept.push(at);
            }
            Outcome::Way(way) => out.left.push((at, format!("it is reached: {}", subject.way(&way)))),
            Outcome::GaveUp(bound) => out.left.push((at, format!("only shown for ways of at most {bound} steps"))),
        }
    }
    out.kept.sort_unstable();
    out
}
