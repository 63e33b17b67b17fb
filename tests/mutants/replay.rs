//! What is wrong with a plan in one order, by the concrete machine alone: no walk, no terms. Windows of time and actors
//! are judged by the few lines below.

use crate::support::built_in;
use cutover::model::eval::Completion;
use cutover::model::plan::Plan;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::model::step;
use cutover::spec::machine::{Moment, Requirement, Stated, Window};
use cutover::spec::types::Value;
use std::collections::BTreeSet;

/// What is wrong: a code, and the step it is about; none for a goal. A `?` before the code: it cannot be told.
pub(crate) type Wrong = BTreeSet<(String, Option<usize>)>;

/// A plan on a site without holes that any state variable reads.
pub(crate) struct Replay<'a> {
    pub(crate) site: &'a Site,
    pub(crate) plan: &'a Plan,
    pub(crate) layout: &'a Layout,
    /// A value for each hole of the site.
    pub(crate) filled: &'a [i64],
}

impl Replay<'_> {
    fn at<'s>(&'s self, values: Option<&'s Vec<Value>>) -> Completion<'s> {
        let state = values.map(|values| (self.layout, values.as_slice()));
        Completion { vocabulary: &built_in().vocabulary, site: self.site, filled: self.filled, state, watch: None }
    }

    /// The state before the first step.
    pub(crate) fn start(&self) -> Vec<Value> {
        step::start(&self.at(None), self.layout)
    }

    /// Does a step: notes its guards and the hazards after it, and gives the state after it.
    pub(crate) fn act(&self, before: &Vec<Value>, index: usize, wrong: &mut Wrong) -> Vec<Value> {
        let (machine, it) = (&built_in().machine, &self.plan.steps[index]);
        let action = &machine.actions[it.action];
        for guard in action.guard.iter().filter(|guard| guard.window.is_none()) {
            if !step::satisfied(&self.at(Some(before)), &guard.requirement, &step::arguments(it), false) {
                wrong.insert((guard.requirement.code.clone(), Some(index)));
            }
        }
        let after = step::apply(&self.at(Some(before)), action, it);
        for hazard in &machine.hazards {
            if !step::satisfied(&self.at(Some(&after)), hazard, &[], true) {
                // It is told once, where it comes about first.
                if wrong.iter().all(|(code, _)| *code != hazard.code) {
                    wrong.insert((hazard.code.clone(), Some(index)));
                }
            }
        }
        after
    }

    /// Notes the goals that are not reached.
    pub(crate) fn goals(&self, values: &Vec<Value>, wrong: &mut Wrong) {
        for goal in &built_in().machine.goals {
            if !step::satisfied(&self.at(Some(values)), goal, &[], false) {
                wrong.insert((goal.code.clone(), None));
            }
        }
    }

    /// The whole plan, in listed order.
    pub(crate) fn all(&self) -> Wrong {
        let mut wrong = Wrong::new();
        let mut values = self.start();
        for index in 0..self.plan.steps.len() {
            values = self.act(&values, index, &mut wrong);
            self.actor(index, &mut wrong);
            self.clock(index, &mut wrong);
        }
        // Of times that cannot be, nothing else is said.
        if wrong.iter().all(|(code, _)| code != "impossible-times") {
            for index in 0..self.plan.steps.len() {
                self.windows(index, &mut wrong);
                self.moments(index, &mut wrong);
            }
        }
        self.goals(&values, &mut wrong);
        wrong
    }

    /// The state after the first steps.
    pub(crate) fn after(&self, steps: usize) -> Vec<Value> {
        (0..steps).fold(self.start(), |values, index| self.act(&values, index, &mut Wrong::new()))
    }

    fn actor(&self, index: usize, wrong: &mut Wrong) {
        let action = &built_in().machine.actions[self.plan.steps[index].action];
        if self.plan.steps[index].by.is_some_and(|(by, _)| !action.by.is_empty() && !action.by.contains(&by)) {
            wrong.insert(("wrong-actor".to_owned(), Some(index)));
        }
        for guard in &action.guard {
            let Some((Stated::By(may), (by, _))) = guard.stated.as_ref().zip(self.plan.steps[index].by) else { continue };
            if !may.contains(&by) && self.applies(&guard.requirement, index) {
                wrong.insert((guard.requirement.code.clone(), Some(index)));
            }
        }
    }

    /// Whether a requirement that asks facts only has something to say of a step.
    fn applies(&self, requirement: &Requirement, index: usize) -> bool {
        let arguments = step::arguments(&self.plan.steps[index]);
        requirement.applies.as_ref().is_none_or(|condition| self.at(None).holds(condition, &arguments))
    }

    fn moments(&self, index: usize, wrong: &mut Wrong) {
        let it = &self.plan.steps[index];
        let stated = |wanted| self.plan.moments.iter().find(|(moment, _)| *moment == wanted).map(|(_, minutes)| *minutes);
        let guards = &built_in().machine.actions[it.action].guard;
        for guard in guards {
            if let Some(Stated::SameDay(moments)) = &guard.stated {
                let days: BTreeSet<i64> =
                    moments.iter().filter_map(|moment| stated(*moment)).map(|at| at.div_euclid(1440)).collect();
                if days.len() > 1 && self.applies(&guard.requirement, index) {
                    wrong.insert((guard.requirement.code.clone(), Some(index)));
                }
            }
            let Some((moment, bound)) = guard.not_before.and_then(|moment| Some((moment, stated(moment)?))) else { continue };
            // A step without a time waits for the start of the upgrade, where it is of the upgrade.
            let waits = guards.iter().any(|guard| guard.not_before == Some(Moment::Starts));
            let started = stated(Moment::Starts).filter(|_| waits);
            let code = &guard.requirement.code;
            match it.at {
                Some(at) if at < bound => drop(wrong.insert((code.clone(), Some(index)))),
                Some(_) => {}
                None if moment == Moment::Starts => {}
                None if self.ends(index).0.max(started).is_some_and(|earliest| earliest >= bound) => {}
                None if self.latest(index).is_some_and(|latest| latest < bound) => {
                    wrong.insert((code.clone(), Some(index)));
                }
                None => drop(wrong.insert((format!("?{code}"), None))),
            }
        }
    }

    /// When the steps before one are all over, if each starts as soon as it can: at the soonest, and at the latest.
    fn ends(&self, index: usize) -> (Option<i64>, Option<i64>) {
        let (mut last, mut all) = (None, (None, None));
        for step in &self.plan.steps[..index] {
            let (least, most) = step.takes.unwrap_or_default();
            let start = step.at.map(|at| (at, at)).or(last);
            last = start.map(|(soonest, latest)| (soonest + least, latest + most));
            all = (all.0.max(last.map(|last| last.0)), all.1.max(last.map(|last| last.1)));
        }
        all
    }

    /// The latest start of a step that the times of later ones leave.
    fn latest(&self, index: usize) -> Option<i64> {
        let it = self.plan.steps.get(index)?;
        it.at.or_else(|| Some(self.latest(index + 1)? - it.takes.map_or(0, |(least, _)| least)))
    }

    fn windows(&self, index: usize, wrong: &mut Wrong) {
        let it = &self.plan.steps[index];
        for guard in &built_in().machine.actions[it.action].guard {
            let Some(window) = &guard.window else { continue };
            let Some(since) = (0..index).rev().find(|&earlier| self.opens(window, earlier, index)) else { continue };
            if it.within.iter().any(|(of, bound)| *of == since && *bound <= window.at_most) {
                continue;
            }
            let from = &self.plan.steps[since];
            let code = &guard.requirement.code;
            // It may have ended as soon as it can.
            let ended = from.at.or(self.ends(since).0).map(|start| start + from.takes.map_or(0, |(least, _)| least));
            match self.latest(index).zip(ended) {
                Some((start, ended)) if start - ended <= window.at_most => {}
                Some(_) if it.at.is_some() && from.at.is_some() && from.takes.is_some() => {
                    wrong.insert((code.clone(), Some(index)));
                }
                _ => drop(wrong.insert((format!("?{code}"), None))),
            }
        }
    }

    /// Whether all that comes before a step is over when it is to start.
    fn clock(&self, index: usize, wrong: &mut Wrong) {
        let Some(start) = self.plan.steps[index].at else { return };
        let (soonest, latest) = self.ends(index);
        if soonest.is_some_and(|end| end > start) {
            wrong.insert(("impossible-times".to_owned(), Some(index)));
        } else if latest.is_some_and(|end| end > start) {
            wrong.insert(("times-too-tight".to_owned(), Some(index)));
        }
    }

    /// Whether an earlier step is one that the window counts from.
    fn opens(&self, window: &Window, earlier: usize, index: usize) -> bool {
        let machine = &built_in().machine;
        let value = |step: usize, name: &str| {
            let step = &self.plan.steps[step];
            let at = machine.actions[step.action].parameters.iter().position(|parameter| parameter.name == name)?;
            Some(step.arguments[at].value.clone())
        };
        machine.actions[self.plan.steps[earlier].action].name == window.since
            && window.same.iter().all(|name| value(earlier, name) == value(index, name))
    }
}
