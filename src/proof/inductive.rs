//! What the proofs about a site's machine rest on: sets of facts that are never so together. With them kept out, one-step induction
//! shows that no hazard and nothing that an invariant forbids is ever reached.

use super::found::Known;
use super::induction::{Outcome, prove};
use super::subject::Subject;

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

/// The proof that is found for a site, each hazard with the help of those before it. Invariants come first: they say what guards do
/// in detail, and hazards follow from that.
#[must_use]
pub fn inductive(subject: &Subject) -> Inductive {
    let mut out = Inductive::default();
    for at in (0..subject.system.bad.len()).rev() {
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
