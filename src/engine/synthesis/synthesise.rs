//! From a site to a plan: a way to the goals, made better, and then as little order as it needs.

use super::bound::{hangs_on_facts, least, none_loses_less, steps_in_outage};
use super::drafting::{Bound, Draft, draft_of, plan};
use super::folded::{Folded, State};
use super::improve::improve;
use super::least_minutes::none_is_shorter;
use super::measure::measure;
use super::relaxed::{Reads, is_in_reach, out_of_reach};
use super::search::{Found, STATES_MAX, search_within};
use super::states::States;
use super::task::Task;
use crate::engine::logic::decide::Disagreement;
use crate::engine::verification::every_order::Engine;
use crate::model::eval::Completion;
use crate::model::ground::{GroundAction, ground};
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::model::step;
use crate::source::finding::Level;
use crate::source::text::Span;
use crate::spec::machine::Requirement;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Most objects of one kind that a plan may name.
pub(super) const OBJECTS_MAX: usize = 12;

/// How many states are looked at first: most ways are found among few.
const STATES_FIRST: usize = 300;

/// Names that are tried for an object.
const NAMES_MAX: usize = 1_000;

/// What comes of looking for a plan.
#[derive(Clone, Debug)]
pub enum Synthesised {
    /// A plan. It has not been verified yet like a stranger's.
    Draft(Box<Draft>),
    /// There is none; in words, what cannot be reached.
    Nothing(Vec<String>),
    /// None was found within the bound on states.
    GaveUp,
    /// The terms and the concrete machine, or the solver and the walk, disagree: our bug, and no answer can be trusted.
    Disagreement(Disagreement),
}

/// Looks for a plan that takes a site to the goals of its rulebook. `cures` are actions, by index, that it has to hold.
/// Of facts that the site does not state, each is taken to be the first that it can be; verifying the plan tells.
#[must_use]
pub fn synthesise(rulebook: &Rulebook, site: &Site, cures: &[usize]) -> Synthesised {
    synthesise_with(rulebook, site, cures, Engine::default())
}

/// The same with an engine of the caller's that looks at every order.
#[must_use]
pub fn synthesise_with(rulebook: &Rulebook, site: &Site, cures: &[usize], engine: Engine) -> Synthesised {
    let mut failed = Vec::new();
    // With too many objects the goals may be out of reach, since goals can count them.
    for objects in (0..=OBJECTS_MAX).rev() {
        let ground = Ground::new(rulebook, site.clone(), objects);
        if ground.has_too_many(rulebook, Level::Warning) {
            failed.push(ground);
            continue;
        }
        match ground.plan(rulebook, site, cures, engine) {
            Ok(Some(draft)) => return Synthesised::Draft(Box::new(draft)),
            Ok(None) => return Synthesised::GaveUp,
            Err(Unfound::OutOfReach) => failed.push(ground),
            Err(Unfound::Disagreement(found)) => return Synthesised::Disagreement(found),
        }
    }
    // With fewer objects, it is only harder to say why.
    let nothing = failed.iter().try_fold(Vec::new(), |_, ground| {
        let task = ground.task(rulebook, cures, Level::Warning);
        out_of_reach(&Folded::new(&task, &task.actions), None)
    });
    nothing.map_or(Synthesised::GaveUp, Synthesised::Nothing)
}

/// Whether the steps of a plan that was found for one site take another one to its goals, one after the other, by the concrete
/// machine. The two sites have the same records. Demanded is what is an error otherwise.
#[must_use]
pub fn carries_over(rulebook: &Rulebook, site: &Site, cures: &[usize], draft: &Draft) -> bool {
    let ground = Ground::new(rulebook, site.clone(), draft.objects);
    let step = |at: usize| {
        let step = &draft.plan.steps[at];
        GroundAction { action: step.action, arguments: step::arguments(step), objects: 0 }
    };
    let way: Vec<GroundAction> = draft.plan.order().into_iter().map(step).collect();
    let (site, layout, cures) = (ground.completion(rulebook), &ground.layout, cures.to_vec());
    let task = Task { rulebook, site, layout, actions: Vec::new(), least: Level::Error, cures, aims: Vec::new() };
    task.succeeds(&ground.start(rulebook), &way)
}

/// Why there is no way.
enum Unfound {
    /// Not even the relaxed task has one.
    OutOfReach,
    /// Our bug.
    Disagreement(Disagreement),
}

/// A way, best first: one that does nothing that is advised against, if it was found soon, or else one that does as little of it
/// as improving it made. Recommendations are demands, notes are advice. `None` if none was found.
fn found<'a>(advised: &Folded<'_>, notes: &'a Task<'a>, begin: &State) -> Option<Vec<usize>> {
    let known = Reads::new(advised);
    let way = |folded: &Folded<'_>, known: &Reads, most: usize| match search_within(folded, known, begin.clone(), (0, 0), most) {
        Found::Way(way) => Some(improve(advised, begin, way)),
        Found::Nothing | Found::GaveUp => None,
    };
    let first = way(advised, &known, STATES_FIRST).or_else(|| way(advised, &known, STATES_MAX));
    let cost = |way: &[usize]| measure(advised, begin, way);
    if first.as_deref().and_then(cost).is_some_and(|cost| cost.against == 0) {
        return first;
    }
    let strict = advised.with(notes);
    let second = way(&strict, &Reads::new(&strict), if first.is_some() { STATES_FIRST } else { STATES_MAX });
    [first, second].into_iter().flatten().min_by_key(|way| cost(way))
}

/// What facts that a site does not state are taken to be: of each the first that it can be.
pub(super) fn filled(site: &Site) -> Vec<i64> {
    (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect()
}

/// A site with objects that only plans name, and everything that can be done there.
pub(super) struct Ground {
    /// The site, with the objects.
    pub(super) site: Site,
    filled: Vec<i64>,
    /// Where state variables stand.
    pub(super) layout: Layout,
    /// The objects; those that the site had already come first.
    pub(super) objects: Vec<usize>,
}

impl Ground {
    /// A site with so many objects of each kind, or more if it has more.
    pub(super) fn new(rulebook: &Rulebook, mut site: Site, count: usize) -> Self {
        let vocabulary = &rulebook.vocabulary;
        let mut objects = Vec::new();
        for kind in 0..vocabulary.records.len() {
            let Some(list) = vocabulary.list_of_plan(kind) else { continue };
            let known: Vec<usize> = site.of_kind(kind).collect();
            let mut names: BTreeSet<String> =
                known.iter().filter_map(|record| site.key_text(vocabulary, *record)).map(str::to_owned).collect();
            let initial: String = vocabulary.records[kind].name.chars().take(1).collect();
            let fresh = count.saturating_sub(known.len());
            objects.extend(known);
            for _ in 0..fresh {
                let Some(name) = (1..=NAMES_MAX).map(|number| format!("{initial}{number}")).find(|name| !names.contains(name))
                else {
                    break;
                };
                objects.push(site.add_object(vocabulary, list, kind, &name, Span::default()));
                names.insert(name);
            }
        }
        let filled = filled(&site);
        let layout = Layout::new(vocabulary, &site);
        Self { site, filled, layout, objects }
    }

    fn completion<'s>(&'s self, rulebook: &'s Rulebook) -> Completion<'s> {
        Completion { vocabulary: &rulebook.vocabulary, site: &self.site, filled: &self.filled, state: None, watch: None }
    }

    /// Whether a goal fails that only facts decide, such as one that counts the objects.
    fn has_too_many(&self, rulebook: &Rulebook, least: Level) -> bool {
        let completion = self.completion(rulebook);
        let fails = |goal: &Requirement| {
            let parts = goal.each.iter().map(|range| &range.collection).chain(&goal.applies).chain([&goal.must]);
            let mut parts = parts.map(|expr| rulebook.vocabulary.reads_state(expr));
            !parts.any(|reads| reads) && !step::satisfied(&completion, goal, &[], false)
        };
        rulebook.machine.goals.iter().any(|goal| goal.level >= least && fails(goal))
    }

    /// The state that the site begins with.
    pub(super) fn start(&self, rulebook: &Rulebook) -> Vec<Value> {
        step::start(&self.completion(rulebook), &self.layout)
    }

    pub(super) fn task<'s>(&'s self, rulebook: &'s Rulebook, cures: &[usize], least: Level) -> Task<'s> {
        let site = self.completion(rulebook);
        let beyond = Cell::new(false);
        let any = States { site, layout: &self.layout, places: &[], reads: None, open: Some(&beyond) };
        // What is only advised against can be done.
        let possible = |requirement: &Requirement, arguments: &[Value]| {
            requirement.level < Level::Error || any.can_meet(requirement, arguments, false)
        };
        let actions = ground(rulebook, &site, &self.layout, &self.start(rulebook), &self.objects, &possible);
        Task { rulebook, site, layout: &self.layout, actions, least, cures: cures.to_vec(), aims: Vec::new() }
    }
}

impl Ground {
    /// The best plan that is found with these objects; `None` if the search gave up.
    fn plan(&self, rulebook: &Rulebook, site: &Site, cures: &[usize], engine: Engine) -> Result<Option<Draft>, Unfound> {
        let errors = self.task(rulebook, cures, Level::Error);
        let (warnings, notes) = (errors.demanding(Level::Warning), errors.demanding(Level::Note));
        let whole = Folded::new(&errors, &errors.actions);
        let advised = whole.with(&warnings);
        let start = self.start(rulebook);
        let begin = advised.state(&start);
        if !is_in_reach(&advised, &Reads::new(&advised), &begin, &advised.everything()) {
            return Err(Unfound::OutOfReach);
        }
        let Some(steps) = found(&advised, &notes, &begin) else { return Ok(None) };
        let way: Vec<GroundAction> = steps.iter().map(|action| warnings.actions[*action].clone()).collect();
        if !warnings.succeeds(&start, &way) {
            let code = "plan-that-was-found".to_owned();
            return Err(Unfound::Disagreement(Disagreement { code, symbolic: true, concrete: false }));
        }
        let against = measure(&advised, &begin, &steps).map_or(0, |cost| cost.against);
        // What no order of it has to do, none does.
        let task = if against == 0 { &notes } else { &warnings };
        let mut draft = self.drafted(site, task, &way, engine).map_err(Unfound::Disagreement)?;
        draft.against = against;
        draft.take(&site.durations);
        draft.bound = self.bound(&whole, &begin, &steps, draft.worst(rulebook));
        Ok(Some(draft))
    }

    /// What is proved of a way, whose outage lasts so long at worst; nothing where it hangs on facts that the site does not state.
    fn bound(&self, whole: &Folded<'_>, begin: &State, steps: &[usize], worst: Option<i64>) -> Option<Bound> {
        if hangs_on_facts(whole) {
            return None;
        }
        let known = Reads::new(whole);
        let states = whole.along(begin, steps)?;
        let minutes = worst.is_some_and(|worst| none_is_shorter(whole, &known, begin, worst));
        let outage = !minutes && none_loses_less(whole, &known, begin, steps_in_outage(whole, &states));
        let least = least(whole, &known, begin, steps);
        Some(Bound { objects: self.objects.len(), outage, minutes, steps: least.steps, written: least.written })
    }
}

impl Ground {
    /// The plan that a way is, with as many objects as it uses.
    fn drafted(&self, site: &Site, found: &Task<'_>, way: &[GroundAction], engine: Engine) -> Result<Draft, Disagreement> {
        let mut names: Vec<usize> = Vec::new();
        for one in way {
            names.extend((0..64).filter(|object| one.objects >> object & 1 == 1 && !names.contains(object)).collect::<Vec<_>>());
        }
        let smaller = (names.len() < self.objects.len()).then(|| Self::new(found.rulebook, site.clone(), names.len()));
        let ground = smaller.as_ref().unwrap_or(self);
        let first = site.records.len();
        let renamed = |value: &Value| match value {
            Value::Record(record) if *record >= first => {
                let place = names.iter().position(|object| object + first == *record).unwrap_or(0);
                Value::Record(ground.objects.get(place).copied().unwrap_or(*record))
            }
            value => value.clone(),
        };
        let renamed = |one: &GroundAction| GroundAction { arguments: one.arguments.iter().map(renamed).collect(), ..one.clone() };
        let way: Vec<GroundAction> = way.iter().map(renamed).collect();
        let task = Task {
            rulebook: found.rulebook,
            site: ground.completion(found.rulebook),
            layout: &ground.layout,
            actions: Vec::new(),
            least: found.least,
            cures: found.cures.clone(),
            aims: Vec::new(),
        };
        let start = ground.start(found.rulebook);
        let steps = plan(&task, &ground.site, &way);
        let kept = vec![false; way.len()];
        draft_of(&task, &start, ground.site.clone(), steps, (way, kept), names.len(), engine)
    }
}
