//! How a plan that is being carried out can go on from the actual state after a step of it failed.

use super::continuation::{Continuation, Continued, Continuing, Looked};
use super::synthesise::filled;
use crate::engine::carry_out::progress::{Progress, Status};
use crate::model::plan::Step;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;

/// How a plan that is being carried out can go on from the actual state, with the smallest change that was found: the steps
/// that are left, those that failed once more, and what they need besides. The steps come one after the other, and hold so
/// from that state, on the concrete machine and by the walk.
#[must_use]
pub fn go_on(progress: &Progress<'_>) -> Continued {
    let (walk, standing) = (progress.walk(), progress.standing());
    let vocabulary = walk.base.vocabulary;
    // Of facts that the site does not state, each is taken to be the first that it can be; looking at the way tells.
    let filled = filled(standing.site);
    let types = (0..walk.layout.count).map(|place| &vocabulary.state[walk.layout.at(place).0].ty);
    let values: Vec<Value> = standing.values.iter().zip(types).map(|(value, ty)| value.filled(ty, &filled)).collect();
    let types = (0..walk.layout.count).map(|place| &vocabulary.state[walk.layout.at(place).0].ty);
    let planned: Vec<Value> = progress.as_planned().iter().zip(types).map(|(value, ty)| value.filled(ty, &filled)).collect();
    let kinds = (0..walk.layout.count).map(|place| &vocabulary.state[walk.layout.at(place).0].ty);
    let first = walk.first();
    let sure =
        standing.values.iter().zip(&first).zip(kinds).all(|((value, first), ty)| value == first || value.value(ty).is_some());
    let is_left = |step: &usize| !matches!(standing.statuses[*step], Status::Done | Status::Skipped);
    let left: Vec<usize> = walk.plan.order().into_iter().filter(is_left).collect();
    let touched = |step: &Step, index: usize| (standing.statuses[index] != Status::Open).then(|| step.clone());
    let touched = walk.plan.steps.iter().enumerate().filter_map(|(index, step)| touched(step, index));
    let touched: Vec<Step> = touched.chain(walk.plan.past.iter().map(|past| past.step.clone())).collect();
    let cures: Vec<usize> =
        left.iter().map(|step| walk.plan.steps[*step].action).filter(|action| is_cure(walk.rulebook, *action)).collect();
    let continuing = Continuing {
        rulebook: walk.rulebook,
        site: standing.site,
        plan: walk.plan,
        left,
        from: Some(&values),
        planned: Some(&planned),
        sure,
        touched,
        cures,
    };
    let found = continuing.find();
    let Looked::Merged(ground, least, merged) = found else { return found.end() };
    let task = ground.task(walk.rulebook, &continuing.cures, least);
    match continuing.in_a_row(&ground, &task, standing.values, &merged) {
        Continued::With(mut found) => {
            bounds(progress, &mut found);
            Continued::With(found)
        }
        other => other,
    }
}

/// Bounds for the windows of time that guards ask for, since steps of the continuation and since what is done; and those of the
/// plan before that are still open.
fn bounds(progress: &Progress<'_>, found: &mut Continuation) {
    let (walk, past) = (progress.walk(), progress.past());
    let plan = &mut found.draft.plan;
    for at in 0..plan.steps.len() {
        let stated = found.of[at].map_or(&[][..], |step| &walk.plan.steps[step].within);
        let done = stated.iter().filter_map(|(of, bound)| Some((progress.last_done(*of)?, *bound)));
        plan.steps[at].since.extend(done);
        for window in walk.rulebook.machine.actions[plan.steps[at].action].guard.iter().filter_map(|one| one.window.as_ref()) {
            let opens = |other: &usize| plan.steps[*other].opens(&walk.rulebook.machine, window, &plan.steps[at]);
            let keeps =
                |bounds: &[(usize, i64)], since: usize| bounds.iter().any(|(of, most)| *of == since && *most <= window.at_most);
            let here = (0..at).rev().find(opens);
            let earlier = progress.last_ended(window, &plan.steps[at]).filter(|_| here.is_none());
            let step = &mut plan.steps[at];
            match (here, earlier) {
                (Some(since), _) if !keeps(&step.within, since) => step.within.push((since, window.at_most)),
                (None, Some(since)) if !keeps(&step.since, since) => step.since.push((since, window.at_most)),
                _ => {}
            }
        }
    }
    plan.past = past;
}

fn is_cure(rulebook: &Rulebook, action: usize) -> bool {
    let name = &rulebook.machine.actions[action].name;
    rulebook.rules.iter().any(|rule| rule.cure.as_ref() == Some(name))
}
