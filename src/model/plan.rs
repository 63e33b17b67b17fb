//! A plan: steps, each an action of the machine with its arguments, and the orders they may be done in.

use super::origin::Origin;
use crate::source::text::Span;
use crate::spec::machine::Moment;
use crate::spec::types::Value;

/// A plan as its file states it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The path of its site, relative to it, and where it is stated.
    pub site: (String, Span),
    /// What it was made from, if it says so.
    pub made_from: Option<Origin>,
    /// The moments that it states, in minutes of a calendar without zones.
    pub moments: Vec<(Moment, i64)>,
    /// The steps, as listed.
    pub steps: Vec<Step>,
    /// The key `steps`.
    pub span: Span,
}

/// A step of a plan.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub id: String,
    /// The action, by index.
    pub action: usize,
    /// One for each parameter of the action.
    pub arguments: Vec<Argument>,
    /// Who does it: a value of the enumeration of actors, and its place.
    pub by: Option<(usize, Span)>,
    /// The steps that come before it, directly.
    pub after: Vec<usize>,
    /// When it starts, in minutes of a calendar without zones.
    pub at: Option<i64>,
    /// The least and greatest minutes it takes.
    pub takes: Option<(i64, i64)>,
    /// Bounds on the time from the end of another step to its start: which step, and minutes.
    pub within: Vec<(usize, i64)>,
    /// The word after `do:`.
    pub action_span: Span,
}

/// What a step states about a parameter of its action.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The value; records by index. Where it is absent and means all: all.
    pub value: Value,
    /// Where it stands.
    pub span: Option<Span>,
}

impl Plan {
    /// All steps in one order that the plan allows, as near to the listed one as can be. Steps in a circle are left out.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut out: Vec<usize> = Vec::new();
        let is_next = |out: &[usize], step: &usize| {
            !out.contains(step) && self.steps[*step].after.iter().all(|before| out.contains(before))
        };
        while let Some(step) = (0..self.steps.len()).find(|step| is_next(&out, step)) {
            out.push(step);
        }
        out
    }

    /// For each step, all steps that must come before it, directly or not. `None` if there is a circle.
    #[must_use]
    pub fn predecessors(&self) -> Option<Vec<Vec<usize>>> {
        let mut out: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        let mut done = vec![false; self.steps.len()];
        for _ in 0..self.steps.len() {
            let ready = (0..self.steps.len()).find(|&s| !done[s] && self.steps[s].after.iter().all(|&before| done[before]))?;
            let mut all: Vec<usize> = self.steps[ready].after.iter().flat_map(|&b| out[b].iter().copied().chain([b])).collect();
            all.sort_unstable();
            all.dedup();
            out[ready] = all;
            done[ready] = true;
        }
        Some(out)
    }
}
