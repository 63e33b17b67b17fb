//! From a site to a plan: a way to the goals, made better, and then as little order as it needs.

use super::bound::{hangs_on_facts, least, none_loses_less, steps_in_outage};
use super::decide::Disagreement;
use super::drafting::{Bound, Draft, draft_of, plan};
use super::every_order::Engine;
use super::folded::Folded;
use super::improve::improve;
use super::relaxed::{Reads, is_in_reach, out_of_reach};
use super::search::{Found, search};
use super::states::States;
use super::task::Task;
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
    match attempt(rulebook, site, cures, Level::Note, engine) {
        Synthesised::Nothing(_) | Synthesised::GaveUp => attempt(rulebook, site, cures, Level::Warning, engine),
        found => found,
    }
}

/// The same, with requirements of that level and above as demands.
fn attempt(rulebook: &Rulebook, site: &Site, cures: &[usize], least: Level, engine: Engine) -> Synthesised {
    let mut failed = Vec::new();
    // With too many objects the goals may be out of reach, since goals can count them.
    for objects in (0..=OBJECTS_MAX).rev() {
        let ground = Ground::new(rulebook, site.clone(), objects);
        if ground.has_too_many(rulebook, least) {
            failed.push(ground);
            continue;
        }
        let task = ground.task(rulebook, cures, least);
        let start = ground.start(rulebook);
        let folded = Folded::new(&task, &task.actions);
        let (known, begin) = (Reads::new(&folded), folded.state(&start));
        if !is_in_reach(&folded, &known, &begin, &folded.everything()) {
            drop(task);
            failed.push(ground);
            continue;
        }
        let Found::Way(way) = search(&folded, &known, begin.clone(), 0, 0) else { return Synthesised::GaveUp };
        let way: Vec<GroundAction> =
            improve(&folded, &begin, way).into_iter().map(|action| task.actions[action].clone()).collect();
        if !task.succeeds(&start, &way) {
            let code = "plan-that-was-found".to_owned();
            return Synthesised::Disagreement(Disagreement { code, symbolic: true, concrete: false });
        }
        let mut draft = match drafted(site, &task, &way, engine) {
            Ok(draft) => draft,
            Err(disagreement) => return Synthesised::Disagreement(disagreement),
        };
        draft.bound = ground.bound(rulebook, cures, &way);
        return Synthesised::Draft(Box::new(draft));
    }
    // With fewer objects, it is only harder to say why.
    let nothing = failed.iter().try_fold(Vec::new(), |_, ground| {
        let task = ground.task(rulebook, cures, least);
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
        let possible = |requirement: &Requirement, arguments: &[Value]| any.can_meet(requirement, arguments, false);
        let actions = ground(rulebook, &site, &self.layout, &self.start(rulebook), &self.objects, &possible);
        Task { rulebook, site, layout: &self.layout, actions, least, cures: cures.to_vec(), aims: Vec::new() }
    }
}

impl Ground {
    /// What is proved of a way; nothing where it hangs on facts that the site does not state.
    fn bound(&self, rulebook: &Rulebook, cures: &[usize], way: &[GroundAction]) -> Option<Bound> {
        let task = self.task(rulebook, cures, Level::Error);
        let folded = Folded::new(&task, &task.actions);
        if hangs_on_facts(&folded) {
            return None;
        }
        let start = folded.state(&self.start(rulebook));
        let steps: Option<Vec<usize>> = way.iter().map(|one| task.actions.iter().position(|known| known == one)).collect();
        let states = folded.along(&start, &steps?)?;
        let outage = none_loses_less(&folded, &start, steps_in_outage(&folded, &states));
        let least = least(&folded, &start);
        Some(Bound { objects: self.objects.len(), outage, steps: least.steps, written: least.written })
    }
}

/// The plan that a way is, with as many objects as it uses.
fn drafted(site: &Site, found: &Task<'_>, way: &[GroundAction], engine: Engine) -> Result<Draft, Disagreement> {
    let rulebook = found.rulebook;
    let mut names: Vec<usize> = Vec::new();
    for ground in way {
        names.extend((0..64).filter(|object| ground.objects >> object & 1 == 1 && !names.contains(object)).collect::<Vec<_>>());
    }
    let ground = Ground::new(rulebook, site.clone(), names.len());
    let task = ground.task(rulebook, &found.cures, found.least);
    let start = ground.start(rulebook);
    let first = site.records.len();
    let renamed = |value: &Value| match value {
        Value::Record(record) if *record >= first => {
            let place = names.iter().position(|object| object + first == *record).unwrap_or(0);
            Value::Record(ground.objects.get(place).copied().unwrap_or(*record))
        }
        value => value.clone(),
    };
    let way: Vec<GroundAction> =
        way.iter().map(|one| GroundAction { arguments: one.arguments.iter().map(renamed).collect(), ..one.clone() }).collect();
    let steps = plan(&task, &ground.site, &way);
    let kept = vec![false; way.len()];
    draft_of(&task, &start, ground.site.clone(), steps, (way, kept), names.len(), engine)
}
