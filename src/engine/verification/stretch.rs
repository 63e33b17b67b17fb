//! How long the state lasts that a rulebook wants kept short (its outage), at worst: from the step that brings it about to
//! the one that ends it, along the longest chain of steps that the plan puts in between.

use super::walk::Walk;
use crate::engine::logic::term::Bool;
use serde::Serialize;

/// A stretch of the outage of a plan. Steps are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// What people call it.
    pub name: String,
    /// The step that brings it about; `None` if it is there from the start.
    pub from: Option<String>,
    /// The step that ends it; `None` if it is there at the end.
    pub to: Option<String>,
    /// Least and most minutes from the start of the first to the end of the last step; `None` if that cannot be told.
    pub minutes: Option<(i64, i64)>,
    /// The steps that bound it: the longest chain at worst, in its order.
    pub bounded_by: Vec<String>,
    /// Steps that it waits for and that have no duration; because of them it cannot be told.
    pub untimed: Vec<String>,
}

/// The stretches of the outage in the listed order, as far as it is sure that there is one. A step starts as soon as those before
/// it are over; one that the end waits for and the beginning does not may begin only then.
#[must_use]
pub fn outages(walk: &Walk<'_>) -> Vec<Outage> {
    let (Some(outage), Some(before)) = (&walk.rulebook.machine.outage, walk.plan.predecessors()) else { return Vec::new() };
    let order = walk.plan.order();
    let lost: Vec<bool> =
        walk.states(&order).iter().map(|values| walk.at(values, None).holds(&outage.is, &[]) == Bool::Const(true)).collect();
    let mut out: Vec<Outage> = Vec::new();
    let mut opens = lost.first().filter(|lost| **lost).map(|_| None);
    for (place, &step) in order.iter().enumerate() {
        match (opens, lost[place + 1]) {
            (None, true) => opens = Some(Some(step)),
            (Some(first), false) => {
                out.push(stretch(walk, &before, &outage.name, first, Some(step)));
                opens = None;
            }
            _ => {}
        }
    }
    out.extend(opens.map(|first| stretch(walk, &before, &outage.name, first, None)));
    out
}

fn stretch(walk: &Walk<'_>, before: &[Vec<usize>], name: &str, opens: Option<usize>, closes: Option<usize>) -> Outage {
    let id = |step: usize| walk.plan.steps[step].id.clone();
    let ids = |steps: &[usize]| steps.iter().map(|step| id(*step)).collect();
    let (name, from, to) = (name.to_owned(), opens.map(id), closes.map(id));
    let (Some(first), Some(last)) = (opens, closes) else {
        return Outage { name, from, to, minutes: None, bounded_by: Vec::new(), untimed: Vec::new() };
    };
    let mut inside: Vec<usize> = before[last].iter().copied().filter(|step| !before[first].contains(step)).collect();
    inside.push(last);
    let steps = &walk.plan.steps;
    let untimed: Vec<usize> = inside.iter().copied().filter(|step| steps[*step].takes.is_none()).collect();
    let (least, _) = longest(walk, &inside, last, |takes| takes.0);
    let (most, chain) = longest(walk, &inside, last, |takes| takes.1);
    let minutes = untimed.is_empty().then_some((least, most));
    Outage { name, from, to, minutes, bounded_by: ids(&chain), untimed: ids(&untimed) }
}

/// The longest chain of these steps that ends with the last one, and how long it takes.
fn longest(walk: &Walk<'_>, inside: &[usize], last: usize, takes: fn((i64, i64)) -> i64) -> (i64, Vec<usize>) {
    let steps = &walk.plan.steps;
    let earlier = steps[last].after.iter().filter(|step| inside.contains(step));
    // Of chains that take as long, the one of more steps says more.
    let longest =
        earlier.map(|step| self::longest(walk, inside, *step, takes)).max_by_key(|(minutes, chain)| (*minutes, chain.len()));
    let (minutes, mut chain) = longest.unwrap_or_default();
    chain.push(last);
    (minutes + takes(steps[last].takes.unwrap_or_default()), chain)
}
