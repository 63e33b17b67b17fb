//! Which steps of a way need their order: two steps that touch different things can be swapped, and nobody sees a difference.

use super::possible::Possible;
use super::states::States;
use super::task::Task;
use crate::model::ground::GroundAction;
use crate::model::step;
use crate::spec::types::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What a step reads and sets.
struct Touched {
    reads: BTreeSet<usize>,
    writes: BTreeSet<usize>,
}

/// Every two steps of a way, the earlier one first, that touch the same things. Every order that keeps all of them leads to
/// the same end, and each step sees in it what it sees in the way (Mazurkiewicz, 1977). Hazards, which look at all of the
/// state between two steps, are not meant by that.
#[must_use]
pub fn clashes(task: &Task<'_>, start: &[Value], way: &[GroundAction]) -> Vec<(usize, usize)> {
    let Some(states) = task.along(start, way) else { return Vec::new() };
    let touched: Vec<Touched> = way.iter().zip(&states).map(|(ground, values)| touched(task, values, ground)).collect();
    let clash = |a: &Touched, b: &Touched| {
        !a.writes.is_disjoint(&b.reads) || !a.writes.is_disjoint(&b.writes) || !a.reads.is_disjoint(&b.writes)
    };
    let pairs = (0..way.len()).flat_map(|later| (0..later).map(move |first| (first, later)));
    pairs.filter(|(first, later)| clash(&touched[*first], &touched[*later])).collect()
}

/// For each of so many steps, those that it must come after, directly. An edge leads from an earlier step to a later one.
#[must_use]
pub fn direct(edges: &BTreeSet<(usize, usize)>, steps: usize) -> Vec<Vec<usize>> {
    let of = |later| edges.iter().filter(move |edge| edge.1 == later).map(|edge| edge.0).collect();
    let edges: Vec<Vec<usize>> = (0..steps).map(of).collect();
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    let mut out = Vec::new();
    for step in &edges {
        let mut all: BTreeSet<usize> = step.iter().copied().collect();
        let follows = |first: &usize| step.iter().any(|other| before.get(*other).is_some_and(|before| before.contains(first)));
        out.push(step.iter().copied().filter(|first| !follows(first)).collect());
        step.iter().filter_map(|first| before.get(*first)).for_each(|more| all.extend(more));
        before.push(all);
    }
    out
}

fn touched(task: &Task<'_>, values: &[Value], ground: &GroundAction) -> Touched {
    let places: Vec<Possible> = values.iter().map(Possible::exactly).collect();
    let reads = RefCell::new(BTreeSet::new());
    let states = States { site: task.site, layout: task.layout, places: &places, reads: Some(&reads), open: None };
    for requirement in task.guard(ground) {
        let _asked = states.can_meet(requirement, &ground.arguments, false);
    }
    for effect in &task.action(ground).effects {
        states.each_choice(&effect.each, &mut ground.arguments.clone(), true, &mut |frame, _| {
            if effect.applies.as_ref().is_none_or(|condition| states.truth(condition, frame).yes) {
                effect.arguments.iter().chain([&effect.value]).for_each(|expr| {
                    let _asked = states.eval(expr, frame);
                });
            }
        });
    }
    let writes = step::changes(&task.at(values), &task.action(ground).effects, &ground.arguments);
    Touched { reads: reads.into_inner(), writes: writes.into_iter().map(|(place, _)| place).collect() }
}
