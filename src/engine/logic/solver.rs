//! What is asked of a solver, and what it answers. Knows no particular one.

use super::term::Bool;
use crate::model::site::Site;

/// Solver effort for one question, in the solver's own units of work, never in seconds: the same everywhere.
pub const EFFORT_MAX: u32 = 4_000_000;

/// What a solver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The conditions can hold together; the holes filled so that they do.
    Possible(Vec<i64>),
    /// They cannot.
    Impossible,
    /// It gave up, for this reason.
    Unknown(String),
}

/// A set of conditions that all questions are asked under.
pub trait Solver {
    /// Conditions that all later questions are asked under.
    fn assume(&mut self, conditions: &[Bool]);

    /// Whether these conditions can hold together with what is known of the holes.
    fn ask(&mut self, conditions: &[&Bool]) -> Answer;
}

/// Makes a solver for the holes of a site, with so much effort for one question.
pub type MakeSolver = for<'s> fn(&'s Site, u32) -> Box<dyn Solver + 's>;
