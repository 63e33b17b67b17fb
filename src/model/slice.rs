//! Part of a plan, walked by the concrete meaning alone: some variables, the steps that set them, and in every order of
//! these steps what the variables decide. Nothing outside of a slice bears on it, so that what it decides, it decides for
//! the whole plan. Trusted by `cutover check-cert`. Knows no solver and no search.
//!
//! Why that is so. A step *writes* a place if one of its effects can set it, in whatever state. The writers of the slice's
//! places, in an order that the plan allows, can always be filled up with the other steps to an order of the whole plan, and
//! every order of the whole plan has the writers in such an order. What is evaluated is watched, and refused if it reads a
//! place outside; so the values inside depend on the order of the writers alone.

use super::eval::{Completion, Watch};
use super::plan::Plan;
use super::site::{HoleId, Site};
use super::state::Layout;
use super::step::{arguments, changes_of, each_choice, place, satisfied_in};
use crate::source::finding::Level;
use crate::spec::machine::{Action, Effect, Requirement};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most states of a slice that are visited, over all completions of the site.
pub const STATES_MAX: usize = 100_000;
/// Most completions of a site that are tried for one slice.
pub const COMPLETIONS_MAX: usize = 2_000;

/// What a plan has to keep, whatever order its steps are done in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obligation {
    /// The requirement.
    pub demand: Demand,
    /// For which choice of what it ranges over, by number from 0; for all, where the facts in the file do not say which
    /// there are.
    pub choice: Option<usize>,
}

/// A requirement that a plan is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// A conjunct of a step's guard, by index, when the step starts.
    Guard {
        /// The step, by index.
        step: usize,
        /// The conjunct of its action.
        conjunct: usize,
    },
    /// That a hazard, by index, is not there once a step is done.
    Hazard(usize),
    /// A goal, by index, when all steps are done.
    Goal(usize),
}

/// Why a slice does not confirm what it is to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// These places outside of it were read.
    Leaves(BTreeSet<usize>),
    /// The obligation fails once these of its steps are done, in this order.
    Fails(Obligation, Vec<usize>),
    /// It has more than [`STATES_MAX`] states.
    TooWide,
    /// It depends on this hole and others, and they can be filled in more than [`COMPLETIONS_MAX`] ways.
    TooOpen(HoleId),
}

/// A plan on its site, to be looked at slice by slice.
pub struct Slicing<'a> {
    /// The rulebook.
    pub rulebook: &'a Rulebook,
    /// The site, with the records that only the plan names.
    pub site: &'a Site,
    /// Where state variables stand.
    pub layout: &'a Layout,
    /// The plan.
    pub plan: &'a Plan,
    /// For each step, the steps that must come before it, as bits.
    before: Vec<u128>,
    /// For each step, the steps that must come after it.
    after: Vec<u128>,
}

impl<'a> Slicing<'a> {
    /// Ready to look. `None` if the steps form a circle.
    #[must_use]
    pub fn new(rulebook: &'a Rulebook, site: &'a Site, layout: &'a Layout, plan: &'a Plan) -> Option<Self> {
        let lists = plan.predecessors()?;
        let before: Vec<u128> = lists.iter().map(|steps| steps.iter().fold(0, |bits, step| bits | 1 << step)).collect();
        let mut after = vec![0; before.len()];
        for (step, earlier) in lists.iter().enumerate() {
            for other in earlier {
                after[*other] |= 1 << step;
            }
        }
        Some(Self { rulebook, site, layout, plan, before, after })
    }

    /// Everything that the plan has to keep: what is an error otherwise, but for windows of time.
    #[must_use]
    pub fn obligations(&self) -> Vec<Obligation> {
        let machine = &self.rulebook.machine;
        let conjuncts = |step: usize| {
            let guard = self.action(step).guard.iter().enumerate().filter(|(_, one)| one.window.is_none());
            guard.map(move |(conjunct, _)| Demand::Guard { step, conjunct })
        };
        let guards = (0..self.plan.steps.len()).flat_map(conjuncts);
        let hazards = (0..machine.hazards.len()).map(Demand::Hazard);
        let all = guards.chain(hazards).chain((0..machine.goals.len()).map(Demand::Goal));
        all.filter(|demand| self.requirement(*demand).level == Level::Error).flat_map(|demand| self.choices(demand)).collect()
    }

    /// A demand choice by choice, if the facts in the file alone say which there are.
    fn choices(&self, demand: Demand) -> Vec<Obligation> {
        let each = &self.requirement(demand).each;
        let (watch, filled) = (Watch::default(), vec![0; self.site.holes.len()]);
        let (vocabulary, state) = (&self.rulebook.vocabulary, Some((self.layout, &[][..])));
        let completion = Completion { vocabulary, site: self.site, filled: &filled, state, watch: Some(&watch) };
        let mut count = 0;
        each_choice(&completion, each, &mut self.frame(demand), &mut |_| count += 1);
        let is_known = watch.holes.take().is_empty() && watch.places.take().is_empty();
        if each.is_empty() || !is_known {
            return vec![Obligation { demand, choice: None }];
        }
        (0..count).map(|choice| Obligation { demand, choice: Some(choice) }).collect()
    }

    /// The values of the variables that a demand starts from.
    fn frame(&self, demand: Demand) -> Vec<Value> {
        match demand {
            Demand::Guard { step, .. } => arguments(&self.plan.steps[step]),
            Demand::Hazard(_) | Demand::Goal(_) => Vec::new(),
        }
    }

    /// What is demanded.
    #[must_use]
    pub fn requirement(&self, demand: Demand) -> &'a Requirement {
        match demand {
            Demand::Guard { step, conjunct } => &self.action(step).guard[conjunct].requirement,
            Demand::Hazard(index) => &self.rulebook.machine.hazards[index],
            Demand::Goal(index) => &self.rulebook.machine.goals[index],
        }
    }

    /// Walks the slice of these places in every order, on every completion of the site that makes a difference, and holds
    /// against it what it is to decide. How many states it has, over all completions.
    ///
    /// # Errors
    /// Why that is not confirmed.
    pub fn confirm(&self, places: &BTreeSet<usize>, decides: &[Obligation]) -> Result<usize, Refusal> {
        let mut looking = Looking { slicing: self, places, decides, fixed: BTreeMap::new(), completions: 0, states: 0 };
        looking.every_completion()?;
        Ok(looking.states)
    }

    fn action(&self, step: usize) -> &'a Action {
        &self.rulebook.machine.actions[self.plan.steps[step].action]
    }
}

/// One slice, looked at.
struct Looking<'a, 's> {
    slicing: &'s Slicing<'a>,
    places: &'s BTreeSet<usize>,
    decides: &'s [Obligation],
    /// The holes that were found to matter, and what they are filled with.
    fixed: BTreeMap<HoleId, i64>,
    completions: usize,
    states: usize,
}

impl Looking<'_, '_> {
    /// Looks with the holes that are fixed; if another one was read, again with each of its values.
    fn every_completion(&mut self) -> Result<(), Refusal> {
        let site = self.slicing.site;
        let first = |hole: HoleId| site.ranges(hole).first().map_or(0, |range| range.0);
        let filled: Vec<i64> =
            (0..site.holes.len()).map(|hole| self.fixed.get(&hole).copied().unwrap_or_else(|| first(hole))).collect();
        let watch = Watch::default();
        let vocabulary = &self.slicing.rulebook.vocabulary;
        let completion = Completion { vocabulary, site, filled: &filled, state: None, watch: Some(&watch) };
        let states = self.every_order(completion, &watch)?;
        let open = watch.holes.take().into_iter().find(|hole| !self.fixed.contains_key(hole));
        let Some(hole) = open else {
            self.states += states;
            return Ok(());
        };
        for value in site.ranges(hole).into_iter().flat_map(|(min, max)| min..=max) {
            self.completions += 1;
            if self.completions > COMPLETIONS_MAX {
                return Err(Refusal::TooOpen(hole));
            }
            self.fixed.insert(hole, value);
            self.every_completion()?;
        }
        self.fixed.remove(&hole);
        Ok(())
    }

    /// Every order of the writers, on one completion.
    fn every_order(&self, completion: Completion<'_>, watch: &Watch) -> Result<usize, Refusal> {
        let slicing = self.slicing;
        let steps = 0..slicing.plan.steps.len();
        let start = self.start(completion);
        let writes = |step: &usize| !writes(completion, slicing.layout, &start, slicing, *step).is_disjoint(self.places);
        let writers = steps.clone().filter(writes).fold(0_u128, |bits, step| bits | 1 << step);
        // Whether a step that sets nothing here can be the first: then the start is a state after a step.
        let idle = steps.clone().any(|step| writers >> step & 1 == 0 && slicing.before[step] & writers == 0);
        let mut frontier = BTreeMap::from([((0_u128, start), Vec::new())]);
        let mut states = 0;
        while !frontier.is_empty() {
            let mut next: BTreeMap<(u128, Vec<Value>), Vec<usize>> = BTreeMap::new();
            states += frontier.len();
            if self.states + states > STATES_MAX {
                return Err(Refusal::TooWide);
            }
            for ((done, values), trace) in &frontier {
                let here = Completion { state: Some((slicing.layout, values)), ..completion };
                self.judge(here, watch, (*done, writers, idle), trace)?;
                let is_next = |step: &usize| {
                    writers >> step & 1 == 1 && done >> step & 1 == 0 && slicing.before[*step] & writers & !done == 0
                };
                for step in steps.clone().filter(is_next) {
                    let effects = &slicing.action(step).effects;
                    let mut after = values.clone();
                    let arguments = arguments(&slicing.plan.steps[step]);
                    for (place, value) in changes_of(&here, effects, &arguments, &|place| self.places.contains(&place)) {
                        after[place] = value;
                    }
                    self.stays_inside(watch)?;
                    next.entry((done | 1 << step, after)).or_insert_with(|| trace.iter().copied().chain([step]).collect());
                }
            }
            frontier = next;
        }
        Ok(states)
    }

    /// What the slice is to decide, in one of its states.
    fn judge(
        &self,
        here: Completion<'_>,
        watch: &Watch,
        (done, writers, idle): (u128, u128, bool),
        trace: &[usize],
    ) -> Result<(), Refusal> {
        let Slicing { before, after, .. } = self.slicing;
        for obligation in self.decides {
            let due = match obligation.demand {
                Demand::Guard { step, .. } => {
                    let not_begun = done >> step & 1 == 0 && after[step] & done == 0;
                    not_begun && before[step] & writers & !done == 0
                }
                Demand::Hazard(_) => done != 0 || idle,
                Demand::Goal(_) => done == writers,
            };
            if !due {
                continue;
            }
            let Obligation { demand, choice } = *obligation;
            let never = matches!(demand, Demand::Hazard(_));
            let holds = satisfied_in(&here, self.slicing.requirement(demand), &self.slicing.frame(demand), never, choice);
            self.stays_inside(watch)?;
            if !holds {
                return Err(Refusal::Fails(*obligation, trace.to_vec()));
            }
        }
        Ok(())
    }

    /// The state before the first step: of the slice's places; the others stand for nothing and are not to be read.
    fn start(&self, completion: Completion<'_>) -> Vec<Value> {
        let mut out = vec![Value::Boolean(false); self.slicing.layout.count];
        for place in self.places.iter().filter(|place| **place < self.slicing.layout.count) {
            let (variable, records) = self.slicing.layout.at(*place);
            let frame: Vec<Value> = records.into_iter().map(Value::Record).collect();
            out[*place] = completion.eval(&completion.vocabulary.state[variable].start, &frame);
        }
        out
    }

    fn stays_inside(&self, watch: &Watch) -> Result<(), Refusal> {
        let read = watch.places.take();
        if read.is_subset(self.places) { Ok(()) } else { Err(Refusal::Leaves(read.difference(self.places).copied().collect())) }
    }
}

/// The places that a step can set, whatever the state is before it.
fn writes(completion: Completion<'_>, layout: &Layout, start: &[Value], slicing: &Slicing<'_>, step: usize) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    for effect in &slicing.action(step).effects {
        let watch = Watch::default();
        let here = Completion { state: Some((layout, start)), watch: Some(&watch), ..completion };
        let mut places = BTreeSet::new();
        each_choice(&here, &effect.each, &mut arguments(&slicing.plan.steps[step]), &mut |frame| {
            let set = place(&here, effect, frame);
            if set.is_some() && can_apply(here, &watch, effect, frame) {
                places.extend(set);
            }
        });
        // Which place it is depends on the state: then it can be any of the variable.
        if !watch.places.borrow().is_empty() {
            places.extend(layout.instances(effect.variable).iter().filter_map(|records| layout.index(effect.variable, records)));
        }
        if let Some(outer) = completion.watch {
            outer.holes.borrow_mut().extend(watch.holes.take());
        }
        out.extend(places);
    }
    out
}

/// Whether an effect can apply in some state: unless the facts of the site alone say that it does not.
fn can_apply(here: Completion<'_>, outer: &Watch, effect: &Effect, frame: &[Value]) -> bool {
    let Some(condition) = &effect.applies else { return true };
    let watch = Watch::default();
    let applies = Completion { watch: Some(&watch), ..here }.holds(condition, frame);
    outer.holes.borrow_mut().extend(watch.holes.take());
    applies || !watch.places.borrow().is_empty()
}
