//! A plan in every order it allows, by walking: from each set of steps that can have been done, each step that can
//! come next. Two ways to the same set with the same state are one. Shortest way first, and of those the one that
//! keeps the listed order longest.

use crate::engine::logic::instance::{Instance, each_choice, instance};
use crate::engine::logic::sym::{Sym, constant, merge};
use crate::engine::logic::symbolic::{State, Symbolic};
use crate::engine::logic::term::{Bool, FALSE, TRUE, and, not};
use crate::model::plan::{Plan, Step};
use crate::model::state::Layout;
use crate::spec::machine::{Action, Effect, Requirement};
use crate::spec::rulebook::Rulebook;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// How many states are visited before the walk gives up.
pub const STATES_MAX: usize = 50_000;

/// What is violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A guard's conjunct, when its step starts.
    Guard {
        /// The step.
        step: usize,
        /// The conjunct of its action.
        conjunct: usize,
    },
    /// A hazard, once a step is done; the first state has none.
    Hazard(usize),
    /// A goal, when all steps are done.
    Goal(usize),
}

/// A violation, or what could be one, and the way to it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What is violated.
    pub cause: Cause,
    /// The requirement's variables, and how it came out: false, or open.
    pub instance: Instance,
    /// The steps that were done, in order; for a guard without the step itself.
    pub trace: Vec<usize>,
    /// The places of the state that it reads.
    pub reads: BTreeSet<usize>,
}

/// What was found so far: for each cause and choice of what it ranges over, the best way there.
pub type Found = BTreeMap<(Cause, Vec<Sym>), Problem>;

/// What is going on in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// This step starts.
    Starts(usize),
    /// A step was done.
    Done,
    /// All steps were done.
    End,
}

/// Is called with what is going on in a state, its values, and the steps before it.
pub type Visitor<'f> = dyn FnMut(Visit, &[Sym], &[usize]) + 'f;

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Each violation once, by the shortest way to it.
    pub problems: Vec<Problem>,
    /// How many states were visited.
    pub states: usize,
    /// Whether its bound was reached, so that not every order was seen.
    pub gave_up: bool,
}

/// A plan on its site, ready to be walked.
#[derive(Clone, Copy)]
pub struct Walk<'a> {
    /// The rulebook.
    pub rulebook: &'a Rulebook,
    /// The site and the nouns; no state.
    pub base: Symbolic<'a>,
    /// Where state variables stand.
    pub layout: &'a Layout,
    /// The plan.
    pub plan: &'a Plan,
}

impl<'a> Walk<'a> {
    /// The nouns and the site in that state; what is read of it goes to `reads`.
    #[must_use]
    pub fn at<'s>(&'s self, values: &'s [Sym], reads: Option<&'s RefCell<BTreeSet<usize>>>) -> Symbolic<'s> {
        Symbolic {
            vocabulary: self.base.vocabulary,
            site: self.base.site,
            state: Some(State { layout: self.layout, values, reads }),
        }
    }

    /// The state before the first step: the one that the site begins with, or what was done in earlier plans has made of it.
    #[must_use]
    pub fn start(&self) -> Vec<Sym> {
        let past = self.plan.past.iter();
        past.fold(self.first(), |values, one| self.changed_by(&values, &one.step, one.effects(&self.rulebook.machine)))
    }

    /// The state that the site begins with.
    #[must_use]
    pub fn first(&self) -> Vec<Sym> {
        let mut out = Vec::new();
        for (id, variable) in self.base.vocabulary.state.iter().enumerate() {
            for records in self.layout.instances(id) {
                let frame: Vec<Sym> =
                    records.into_iter().map(|record| Sym::Record(smallvec::smallvec![(TRUE, record)])).collect();
                out.push(self.base.eval(&variable.start, &frame));
            }
        }
        out
    }

    /// The action of a step.
    #[must_use]
    pub fn action(&self, step: usize) -> &'a Action {
        &self.rulebook.machine.actions[self.plan.steps[step].action]
    }

    /// The arguments of a step, as the values of its action's variables.
    #[must_use]
    pub fn arguments(&self, step: usize) -> Vec<Sym> {
        arguments(&self.plan.steps[step])
    }

    /// The state after a step.
    #[must_use]
    pub fn apply(&self, before: &[Sym], step: usize) -> Vec<Sym> {
        self.changed(before, step, &self.action(step).effects)
    }

    /// The state after these effects of a step: those of its action, or of one of its faults.
    #[must_use]
    pub fn changed(&self, before: &[Sym], step: usize, effects: &[Effect]) -> Vec<Sym> {
        self.changed_by(before, &self.plan.steps[step], effects)
    }

    fn changed_by(&self, before: &[Sym], step: &Step, effects: &[Effect]) -> Vec<Sym> {
        let symbolic = self.at(before, None);
        let mut after = before.to_vec();
        for effect in effects {
            each_choice(symbolic, &effect.each, TRUE, &mut arguments(step), &mut |frame, present| {
                let condition = effect.applies.as_ref().map_or(TRUE, |condition| symbolic.holds(condition, frame));
                let condition = and([present.clone(), condition]);
                if condition == FALSE {
                    return;
                }
                let value = symbolic.eval(&effect.value, frame);
                let records: Vec<Sym> = effect.arguments.iter().map(|argument| symbolic.eval(argument, frame)).collect();
                self.assign(&mut after, effect.variable, &records, &condition, &value, &mut Vec::new());
            });
        }
        after
    }

    /// Sets a variable where the condition holds, for each choice of its records that is left open.
    fn assign(
        &self,
        after: &mut [Sym],
        variable: usize,
        records: &[Sym],
        condition: &Bool,
        value: &Sym,
        chosen: &mut Vec<usize>,
    ) {
        let Some(Sym::Record(choices)) = records.get(chosen.len()) else {
            if let Some(slot) = self.layout.index(variable, chosen).and_then(|place| after.get_mut(place)) {
                *slot = match condition {
                    Bool::Const(true) => value.clone(),
                    Bool::Const(false) => slot.clone(),
                    open => merge(open, value.clone(), slot.clone()),
                };
            }
            return;
        };
        for (here, record) in choices {
            chosen.push(*record);
            self.assign(after, variable, records, &and([condition.clone(), here.clone()]), value, chosen);
            chosen.pop();
        }
    }

    /// The instances of a requirement that are not known to hold in a state.
    #[must_use]
    pub fn unmet(
        &self,
        values: &[Sym],
        requirement: &Requirement,
        frame: Vec<Sym>,
        never: bool,
    ) -> Vec<(Instance, BTreeSet<usize>)> {
        let reads = RefCell::new(BTreeSet::new());
        let symbolic = self.at(values, Some(&reads));
        let mut out = Vec::new();
        let mut frame = frame;
        each_choice(symbolic, &requirement.each, TRUE, &mut frame, &mut |frame, present| {
            reads.borrow_mut().clear();
            let mut one = instance(symbolic, requirement.applies.as_ref(), &requirement.must, present, frame);
            if never {
                // `instance` gives applies → must; a hazard must not be where it applies.
                one.holds = not(and([one.applies.clone(), symbolic.holds(&requirement.must, frame)]));
            }
            if one.holds != TRUE {
                out.push((one, reads.borrow().clone()));
            }
        });
        out
    }

    /// Walks every order.
    #[must_use]
    pub fn walk(&self) -> Walked {
        self.walk_within(STATES_MAX)
    }

    /// Walks every order, as long as there are no more than so many states.
    #[must_use]
    pub fn walk_within(&self, states_max: usize) -> Walked {
        let mut found: Found = BTreeMap::new();
        let (states, gave_up) = self.visit(states_max, &mut |visit, values, trace| match visit {
            Visit::Starts(step) => self.guards(values, step, trace, &mut found),
            Visit::Done => {
                for (index, hazard) in self.rulebook.machine.hazards.iter().enumerate() {
                    note(&mut found, Cause::Hazard(index), self.unmet(values, hazard, Vec::new(), true), trace);
                }
            }
            Visit::End => {
                for (index, goal) in self.rulebook.machine.goals.iter().enumerate() {
                    note(&mut found, Cause::Goal(index), self.unmet(values, goal, Vec::new(), false), trace);
                }
            }
        });
        Walked { problems: found.into_values().collect(), states, gave_up }
    }

    /// Calls `seen` with every state of every order, what is going on in it, and the steps before it, in order. Returns how
    /// many states there were, and whether they were more than `states_max`, so that not all were seen.
    pub fn visit(&self, states_max: usize, seen: &mut Visitor<'_>) -> (usize, bool) {
        let Some(before) = self.plan.predecessors() else { return (0, false) };
        let before: Vec<u128> = before.iter().map(|steps| steps.iter().fold(0, |bits, step| bits | 1 << step)).collect();
        let mut frontier: BTreeMap<(u128, Vec<Sym>), Vec<usize>> = BTreeMap::from([((0, self.start()), Vec::new())]);
        let mut states = 0;
        for _ in 0..self.plan.steps.len() {
            let mut next: BTreeMap<(u128, Vec<Sym>), Vec<usize>> = BTreeMap::new();
            for ((done, values), trace) in &frontier {
                for step in (0..self.plan.steps.len()).filter(|step| done >> step & 1 == 0 && before[*step] & !done == 0) {
                    seen(Visit::Starts(step), values, trace);
                    let after = self.apply(values, step);
                    let longer: Vec<usize> = trace.iter().copied().chain([step]).collect();
                    let entry = next.entry((done | 1 << step, after)).or_insert_with(|| longer.clone());
                    if longer < *entry {
                        *entry = longer;
                    }
                }
            }
            states += next.len();
            if states > states_max {
                return (states, true);
            }
            for ((_, values), trace) in &next {
                seen(Visit::Done, values, trace);
            }
            frontier = next;
        }
        for ((_, values), trace) in &frontier {
            seen(Visit::End, values, trace);
        }
        (states, false)
    }

    fn guards(&self, values: &[Sym], step: usize, trace: &[usize], found: &mut Found) {
        for (conjunct, guard) in self.action(step).guard.iter().enumerate().filter(|(_, guard)| guard.window.is_none()) {
            let unmet = self.unmet(values, &guard.requirement, self.arguments(step), false);
            note(found, Cause::Guard { step, conjunct }, unmet, trace);
        }
    }

    /// The requirement of a cause.
    #[must_use]
    pub fn requirement(&self, cause: Cause) -> &'a Requirement {
        match cause {
            Cause::Guard { step, conjunct } => &self.action(step).guard[conjunct].requirement,
            Cause::Hazard(index) => &self.rulebook.machine.hazards[index],
            Cause::Goal(index) => &self.rulebook.machine.goals[index],
        }
    }

    /// The states along a way, the first one included.
    #[must_use]
    pub fn states(&self, trace: &[usize]) -> Vec<Vec<Sym>> {
        let mut out = vec![self.start()];
        for step in trace {
            let after = self.apply(&out[out.len() - 1], *step);
            out.push(after);
        }
        out
    }
}

fn arguments(step: &Step) -> Vec<Sym> {
    step.arguments.iter().map(|argument| constant(&argument.value)).collect()
}

/// Keeps the first of each: a violation rather than what could be one, then the shortest way, then the listed order.
pub fn note(found: &mut Found, cause: Cause, unmet: Vec<(Instance, BTreeSet<usize>)>, trace: &[usize]) {
    for (instance, reads) in unmet {
        let key = (cause, instance.frame.clone());
        let rank = |problem: &Problem| (problem.instance.holds != FALSE, problem.trace.len(), problem.trace.clone());
        let problem = Problem { cause, instance, trace: trace.to_vec(), reads };
        match found.get(&key) {
            Some(known) if rank(known) <= rank(&problem) => {}
            _ => {
                found.insert(key, problem);
            }
        }
    }
}
