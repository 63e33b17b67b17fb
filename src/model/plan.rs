//! A plan: steps, each an action of the machine with its arguments, and the orders they may be done in.

use super::continues::Continues;
use super::origin::Origin;
use super::time;
use crate::source::text::Span;
use crate::spec::machine::{Effect, Machine, Moment, Window};
use crate::spec::types::Value;
use std::collections::BTreeMap;

/// A plan as its file states it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The path of its site, relative to it, and where it is stated.
    pub site: (String, Span),
    /// What it was made from, if it says so.
    pub made_from: Option<Origin>,
    /// What it goes on from, if it says so.
    pub continues: Option<Continues>,
    /// The moments that it states, in minutes of a calendar without zones.
    pub moments: Vec<(Moment, i64)>,
    /// What was done before its first step, in plans that it goes on from: in that order. Not of this file.
    pub past: Vec<Past>,
    /// The steps, as listed.
    pub steps: Vec<Step>,
    /// The key `steps`.
    pub span: Span,
}

/// A step of a plan.
#[derive(Clone, Debug, Default)]
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
    /// The same from the end of something that was done before the plan begins: which one of [`Plan::past`], and minutes.
    pub since: Vec<(usize, i64)>,
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

/// An attempt at a step that ended before a plan begins, in an earlier one.
#[derive(Clone, Debug)]
pub struct Past {
    /// The step as that plan states it. Its spans are of that file, and indices in it of that plan.
    pub step: Step,
    /// Whether it is done; otherwise it failed.
    pub is_done: bool,
    /// If it failed, the fault of its action that it failed by, if any: by index.
    pub fault: Option<usize>,
    /// When it ended.
    pub ended: time::Moment,
    /// What was then known to stand on things that only plans name.
    pub labels: BTreeMap<String, String>,
}

impl Step {
    /// Whether a window of time of a later step begins at the end of this one: it is of that action, with the same parameters.
    #[must_use]
    pub fn opens(&self, machine: &Machine, window: &Window, later: &Self) -> bool {
        let value = |step: &Self, name: &str| {
            let at = machine.actions.get(step.action)?.parameters.iter().position(|parameter| parameter.name == name)?;
            step.arguments.get(at).map(|argument| argument.value.clone())
        };
        let is_of = machine.actions.get(self.action).is_some_and(|action| action.name == window.since);
        is_of && window.same.iter().all(|name| value(self, name) == value(later, name))
    }

    /// What has the drives that this step puts a medium into.
    fn drives<'s>(&'s self, machine: &'s Machine) -> impl Iterator<Item = &'s Value> {
        let parameters = machine.actions.get(self.action).into_iter().flat_map(|action| &action.parameters);
        let media = parameters.filter_map(|parameter| parameter.medium.as_ref());
        media.filter_map(|medium| self.arguments.get(medium.drive).map(|argument| &argument.value))
    }

    /// Whether this step and another one put media into drives of the same thing, and so cannot be done at the same time.
    #[must_use]
    pub fn shares_drive(&self, machine: &Machine, other: &Self) -> bool {
        self.drives(machine).any(|drive| other.drives(machine).any(|known| known == drive))
    }
}

impl Past {
    /// What it did to the state.
    #[must_use]
    pub fn effects<'m>(&self, machine: &'m Machine) -> &'m [Effect] {
        let Some(action) = machine.actions.get(self.step.action) else { return &[] };
        match (self.is_done, self.fault) {
            (true, _) => &action.effects,
            (false, None) => &[],
            (false, Some(fault)) => action.faults.get(fault).map_or(&[], |fault| &fault.effects),
        }
    }
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
