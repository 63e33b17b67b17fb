//! What a change of a rulebook can make a difference to: everything that reads what is changed, itself or through others.

use super::mutant::Target;
use crate::engine::verification::walk::Cause;
use crate::model::plan::Plan;
use crate::spec::expr::{Expr, ExprKind, Range};
use crate::spec::machine::{Effect, Requirement};
use crate::spec::rulebook::Rulebook;
use std::collections::BTreeSet;

/// The requirements of the machine that can come out differently.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Guards: action and conjunct.
    pub guards: BTreeSet<(usize, usize)>,
    /// Hazards.
    pub hazards: BTreeSet<usize>,
    /// Goals.
    pub goals: BTreeSet<usize>,
}

impl Reach {
    /// What a change of an effect, a definition or a start can make a difference to; of anything else, that alone.
    #[must_use]
    pub fn of(rulebook: &Rulebook, target: Target) -> Self {
        let mut out = Self::default();
        let mut readers = Readers::default();
        match target {
            Target::Guard(action, conjunct) => drop(out.guards.insert((action, conjunct))),
            Target::Hazard(hazard) => drop(out.hazards.insert(hazard)),
            Target::Goal(goal) => drop(out.goals.insert(goal)),
            Target::Effect(action, effect) => {
                readers.variables.insert(rulebook.machine.actions[action].effects[effect].variable);
            }
            Target::Start(variable) => drop(readers.variables.insert(variable)),
            Target::Definition(definition) => drop(readers.definitions.insert(definition)),
            Target::Rule(_) => {}
        }
        readers.grow(rulebook);
        let machine = &rulebook.machine;
        for (action, it) in machine.actions.iter().enumerate() {
            let read = it.guard.iter().enumerate().filter(|(_, conjunct)| readers.read_by(&conjunct.requirement));
            out.guards.extend(read.map(|(conjunct, _)| (action, conjunct)));
        }
        let read = |all: &[Requirement]| -> Vec<usize> { (0..all.len()).filter(|one| readers.read_by(&all[*one])).collect() };
        out.hazards.extend(read(&machine.hazards));
        out.goals.extend(read(&machine.goals));
        out
    }

    /// Whether something that was found in a plan is of a requirement that can come out differently.
    #[must_use]
    pub fn has(&self, cause: Cause, plan: &Plan) -> bool {
        match cause {
            Cause::Guard { step, conjunct } => self.guards.contains(&(plan.steps[step].action, conjunct)),
            Cause::Hazard(hazard) => self.hazards.contains(&hazard),
            Cause::Goal(goal) => self.goals.contains(&goal),
        }
    }
}

/// Whatever can have another value: state variables and definitions.
#[derive(Default)]
struct Readers {
    variables: BTreeSet<usize>,
    definitions: BTreeSet<usize>,
}

impl Readers {
    /// Adds everything that reads what is there already, until nothing more does.
    fn grow(&mut self, rulebook: &Rulebook) {
        let (machine, vocabulary) = (&rulebook.machine, &rulebook.vocabulary);
        let own = machine.actions.iter().flat_map(|action| &action.effects);
        let failed = machine.actions.iter().flat_map(|action| &action.faults).flat_map(|fault| &fault.effects);
        let effects: Vec<&Effect> = own.chain(failed).collect();
        loop {
            let before = (self.variables.len(), self.definitions.len());
            for (id, definition) in vocabulary.definitions.iter().enumerate() {
                if self.are_in(&definition.body) {
                    self.definitions.insert(id);
                }
            }
            for (id, variable) in vocabulary.state.iter().enumerate() {
                if self.are_in(&variable.start) {
                    self.variables.insert(id);
                }
            }
            for effect in &effects {
                let parts =
                    effect.arguments.iter().chain([&effect.value]).chain(&effect.applies).chain(collections(&effect.each));
                if parts.into_iter().any(|part| self.are_in(part)) {
                    self.variables.insert(effect.variable);
                }
            }
            if before == (self.variables.len(), self.definitions.len()) {
                return;
            }
        }
    }

    fn read_by(&self, requirement: &Requirement) -> bool {
        let mut parts = collections(&requirement.each).chain([&requirement.must]).chain(&requirement.applies);
        parts.any(|part| self.are_in(part))
    }

    fn are_in(&self, expr: &Expr) -> bool {
        let mut out = false;
        expr.visit(&mut |part| {
            out |= match &part.kind {
                ExprKind::State(id, _) => self.variables.contains(id),
                ExprKind::Definition(id, _) => self.definitions.contains(id),
                _ => false,
            };
        });
        out
    }
}

fn collections(each: &[Range]) -> impl Iterator<Item = &Expr> {
    each.iter().map(|range| &range.collection)
}
