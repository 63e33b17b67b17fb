//! What a plan is looked for: from which state, with which ground actions, to which goals. Concrete: every fact is known.

use crate::model::eval::Completion;
use crate::model::ground::GroundAction;
use crate::model::state::Layout;
use crate::model::step;
use crate::source::finding::Level;
use crate::spec::machine::{Action, Requirement};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;

/// A planning task.
pub struct Task<'a> {
    /// The rulebook.
    pub rulebook: &'a Rulebook,
    /// The site with its holes filled; no state.
    pub site: Completion<'a>,
    /// Where state variables stand.
    pub layout: &'a Layout,
    /// Everything that can be done.
    pub actions: Vec<GroundAction>,
    /// Requirements of that level and above are demands.
    pub least: Level,
    /// Actions, by index, that must be done at least once: they cure what is wrong with the site. At most 64.
    pub cures: Vec<usize>,
    /// Places of the state, each with the value that it has to have at the end, or of a set what has to be in it. If there are any, they are what is looked for,
    /// in the place of the goals and the cures.
    pub aims: Vec<(usize, Value)>,
}

impl<'a> Task<'a> {
    /// The same with requirements of that level and above as demands.
    #[must_use]
    pub fn demanding(&self, least: Level) -> Self {
        Self { least, actions: self.actions.clone(), cures: self.cures.clone(), aims: self.aims.clone(), ..*self }
    }

    /// The site in a state.
    #[must_use]
    pub fn at<'s>(&'s self, values: &'s [Value]) -> Completion<'s> {
        Completion { state: Some((self.layout, values)), ..self.site }
    }

    /// The action of a ground action.
    #[must_use]
    pub fn action(&self, ground: &GroundAction) -> &'a Action {
        &self.rulebook.machine.actions[ground.action]
    }

    /// Whether a requirement is a demand.
    #[must_use]
    pub fn demands(&self, requirement: &Requirement) -> bool {
        requirement.level >= self.least
    }

    /// What a guard demands of the state; windows of time are not in it.
    pub fn guard(&self, ground: &GroundAction) -> impl Iterator<Item = &'a Requirement> + use<'a, '_> {
        self.conjuncts(ground).filter(|requirement| self.demands(requirement))
    }

    /// What a guard demands of the state or advises.
    pub fn conjuncts(&self, ground: &GroundAction) -> impl Iterator<Item = &'a Requirement> + use<'a> {
        let conjuncts = self.action(ground).guard.iter().filter(|conjunct| conjunct.window.is_none());
        conjuncts.map(|conjunct| &conjunct.requirement)
    }

    /// Whether a guard allows it in a state.
    #[must_use]
    pub fn allows(&self, values: &[Value], ground: &GroundAction) -> bool {
        let here = self.at(values);
        self.guard(ground).all(|requirement| step::satisfied(&here, requirement, &ground.arguments, false))
    }

    /// The state after it.
    #[must_use]
    pub fn next(&self, values: &[Value], ground: &GroundAction) -> Vec<Value> {
        let mut after = values.to_vec();
        for (place, value) in step::changes(&self.at(values), &self.action(ground).effects, &ground.arguments) {
            after[place] = value;
        }
        after
    }

    /// Whether no hazard is there.
    #[must_use]
    pub fn is_safe(&self, values: &[Value]) -> bool {
        let here = self.at(values);
        self.rulebook.machine.hazards.iter().all(|hazard| step::satisfied(&here, hazard, &[], true))
    }

    /// What must be at the end.
    pub fn goals(&self) -> impl Iterator<Item = &'a Requirement> + use<'a, '_> {
        let goals = self.rulebook.machine.goals.iter().filter(|_| self.aims.is_empty());
        goals.filter(|goal| self.demands(goal))
    }

    /// Whether the goals are met and every cure was done (bit `i` of `cured`: number `i` of [`Self::cures`]).
    #[must_use]
    pub fn is_done(&self, values: &[Value], cured: u64) -> bool {
        let here = self.at(values);
        (0..self.cures.len()).all(|cure| cured >> cure & 1 == 1)
            && self.aims.iter().all(|(place, aim)| values.get(*place).is_some_and(|value| reaches(value, aim)))
            && self.goals().all(|goal| step::satisfied(&here, goal, &[], false))
    }

    /// The cures that an action is.
    #[must_use]
    pub fn cured_by(&self, ground: &GroundAction) -> u64 {
        let cures = self.cures.iter().enumerate().filter(|(_, cure)| **cure == ground.action);
        cures.fold(0, |bits, (index, _)| bits | 1 << index)
    }

    /// The states along a way, the first one included; `None` if a guard forbids a step, or a hazard is reached.
    #[must_use]
    pub fn along(&self, start: &[Value], steps: &[GroundAction]) -> Option<Vec<Vec<Value>>> {
        let mut states = vec![start.to_vec()];
        for ground in steps {
            let before = states.last()?;
            let after = self.allows(before, ground).then(|| self.next(before, ground)).filter(|after| self.is_safe(after))?;
            states.push(after);
        }
        Some(states)
    }

    /// Whether a way is allowed and reaches the goals.
    #[must_use]
    pub fn succeeds(&self, start: &[Value], steps: &[GroundAction]) -> bool {
        let cured = steps.iter().fold(0, |cured, ground| cured | self.cured_by(ground));
        self.along(start, steps).is_some_and(|states| states.last().is_some_and(|end| self.is_done(end, cured)))
    }
}

fn reaches(value: &Value, aim: &Value) -> bool {
    match (value, aim) {
        (Value::Set(members), Value::Set(wanted)) => wanted & !members == 0,
        (value, aim) => value == aim,
    }
}
