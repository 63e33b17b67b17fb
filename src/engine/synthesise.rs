//! From a site to a plan: a way to the goals, made better, and then as little order as it needs.

use super::bound::{hangs_on_facts, least_steps, none_loses_less, steps_in_outage};
use super::dependence::{clashes, direct};
use super::every_order::Engine;
use super::folded::{Folded, State};
use super::improve::improve;
use super::relaxed::{Reads, is_in_reach, out_of_reach};
use super::search::{Found, search};
use super::states::States;
use super::symbolic::Symbolic;
use super::task::Task;
use super::walk::{Cause, Problem, Walk};
use crate::model::eval::Completion;
use crate::model::ground::{GroundAction, ground};
use crate::model::plan::{Argument, Plan, Step};
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::model::step;
use crate::source::finding::Level;
use crate::source::text::Span;
use crate::spec::machine::Requirement;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{Type, Value};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Most objects of one kind that a plan may name.
pub(super) const OBJECTS_MAX: usize = 12;

/// Minutes of a window in which nothing else is to be waited for.
const SOON: i64 = 60;
/// States that are walked to see some of the orders that fail, before all are looked for.
const STATES_FIRST: usize = 500;

/// Names that are tried for an object.
const NAMES_MAX: usize = 1_000;

/// A plan that was found, and the site with the objects that it names.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The site, with those objects.
    pub site: Site,
    /// The plan. Its spans mean nothing.
    pub plan: Plan,
    /// The steps in which something is lost, the one that brings it about and the one that ends it included.
    pub outage: Vec<usize>,
    /// How many objects it names.
    pub objects: usize,
    /// What is proved of it; nothing if nobody tried.
    pub bound: Option<Bound>,
}

/// What is proved of every plan for a site that has the objects of a draft and does nothing that is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// None has fewer steps that touch the outage than the draft.
    pub outage: bool,
    /// None has fewer steps than so many.
    pub steps: usize,
}

/// What comes of looking for a plan.
#[derive(Clone, Debug)]
pub enum Synthesised {
    /// A plan. It has not been verified yet like a stranger's.
    Draft(Box<Draft>),
    /// There is none; in words, what cannot be reached.
    Nothing(Vec<String>),
    /// None was found within the bound on states.
    GaveUp,
}

/// Looks for a plan that takes a site to the goals of its rulebook. `cures` are actions, by index, that it has to hold.
/// Of facts that the site does not state, each is taken to be the first that it can be; verifying the plan tells.
#[must_use]
pub fn synthesise(rulebook: &Rulebook, site: &Site, cures: &[usize]) -> Synthesised {
    match attempt(rulebook, site, cures, Level::Note) {
        Synthesised::Draft(draft) => Synthesised::Draft(draft),
        Synthesised::Nothing(_) | Synthesised::GaveUp => attempt(rulebook, site, cures, Level::Warning),
    }
}

/// The same, with requirements of that level and above as demands.
fn attempt(rulebook: &Rulebook, site: &Site, cures: &[usize], least: Level) -> Synthesised {
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
            // The terms and the concrete machine disagree: nothing that rests on the terms is said.
            return Synthesised::GaveUp;
        }
        let mut draft = drafted(site, &task, &way);
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
        Some(Bound { outage, steps: least_steps(&folded, &start) })
    }
}

/// The plan that a way is, with as many objects as it uses.
fn drafted(site: &Site, found: &Task<'_>, way: &[GroundAction]) -> Draft {
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
    draft_of(&task, &start, ground.site.clone(), steps, way, (names.len(), kept))
}

/// The plan of these steps, which are a way, with the edges that it needs. What the steps say of their order is kept; between
/// steps of an earlier plan (`kept`) an edge is added only where some order fails without it.
pub(super) fn draft_of(
    task: &Task<'_>,
    start: &[Value],
    site: Site,
    plan: Plan,
    way: Vec<GroundAction>,
    (objects, kept): (usize, Vec<bool>),
) -> Draft {
    let edges = plan.steps.iter().enumerate().flat_map(|(step, stated)| stated.after.iter().map(move |first| (*first, step)));
    let edges: BTreeSet<(usize, usize)> = edges.collect();
    let folded = Folded::new(task, &way);
    let begin = folded.state(start);
    let mut draft = Drafting { task, start, folded, begin, way, plan, edges, kept };
    draft.order();
    let outage = draft.outage();
    let Drafting { plan, .. } = draft;
    Draft { site, plan, outage, objects, bound: None }
}

/// The steps of a way, in its order, without edges.
pub(super) fn plan(task: &Task<'_>, site: &Site, way: &[GroundAction]) -> Plan {
    let vocabulary = &task.rulebook.vocabulary;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut steps = Vec::new();
    for ground in way {
        let action = task.action(ground);
        let mut id = action.name.clone();
        for value in &ground.arguments {
            let named = |record: &usize| vocabulary.list_of_plan(site.records[*record].kind).is_none();
            match value {
                Value::Record(record) if named(record) => {
                    id = format!("{id}-{}", site.key_text(vocabulary, *record).unwrap_or_default());
                }
                _ => {}
            }
        }
        for (parameter, value) in action.parameters.iter().zip(&ground.arguments) {
            if let Type::Enumeration(_) = &parameter.ty {
                id = format!("{id}-{}", site.display(vocabulary, &parameter.ty, value));
            }
        }
        let count = counts.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            id = format!("{id}-{count}");
        }
        steps.push(Step {
            id,
            action: ground.action,
            arguments: ground.arguments.iter().map(|value| Argument { value: value.clone(), span: None }).collect(),
            by: action.by.first().map(|by| (*by, Span::default())),
            ..Step::default()
        });
    }
    Plan { steps, ..Plan::default() }
}

struct Drafting<'a> {
    task: &'a Task<'a>,
    start: &'a [Value],
    /// The task with the steps of the way as its actions, and the start as its state.
    folded: Folded<'a>,
    begin: State,
    way: Vec<GroundAction>,
    plan: Plan,
    /// Edges of the plan, those that follow from others included.
    edges: BTreeSet<(usize, usize)>,
    /// For each step, whether it is of an earlier plan, whose order is left as it is.
    kept: Vec<bool>,
}

impl Drafting<'_> {
    /// Gives each step the steps that it must come after: as few as make the plan hold.
    fn order(&mut self) {
        self.needed();
        self.close_windows();
    }

    fn needed(&mut self) {
        let clashes = clashes(self.task, self.start, &self.way);
        let all: BTreeSet<(usize, usize)> = clashes.iter().copied().collect();
        self.windows();
        let is_ours = |(first, later): &(usize, usize)| !self.kept[*first] || !self.kept[*later];
        let ours = clashes.iter().copied().filter(is_ours);
        let needed: Vec<(usize, usize)> = ours.filter(|(first, later)| !self.swapped_succeeds(&all, *first, *later)).collect();
        self.edges.extend(needed);
        if !self.kept.contains(&true) {
            self.prepare_outage(&all);
        }
        loop {
            self.set();
            let bad = self.bad_orders();
            if bad.is_empty() {
                return;
            }
            let before = self.edges.len();
            for (order, failed) in bad {
                let place = |step: usize| order.iter().position(|done| *done == step).unwrap_or(usize::MAX);
                let broken = clashes.iter().filter(|(first, later)| place(*later) < place(*first));
                let (at_failed, others): (Vec<_>, Vec<_>) = broken.partition(|(_, later)| Some(*later) == failed);
                let new = |edges: &[&(usize, usize)]| edges.iter().any(|edge| !self.edges.contains(edge));
                let chosen = if new(&at_failed) { at_failed } else { others };
                self.edges.extend(chosen);
            }
            if self.edges.len() == before {
                // Something looks at the whole state between two steps. The way itself is known to hold.
                self.edges.extend((1..self.way.len()).map(|step| (step - 1, step)));
                self.set();
                return;
            }
        }
    }

    /// What a step waits for that has to follow another soon is over before that other one begins.
    fn close_windows(&mut self) {
        let before = self.plan.predecessors().unwrap_or_default();
        for (step, before) in self.plan.steps.iter().zip(&before) {
            for (since, _) in step.within.iter().filter(|(_, at_most)| *at_most <= SOON) {
                let others = before.iter().filter(|step| *step < since);
                self.edges.extend(others.map(|step| (*step, *since)));
            }
        }
        self.set();
    }

    fn set(&mut self) {
        for (step, after) in self.plan.steps.iter_mut().zip(direct(&self.edges, self.way.len())) {
            step.after = after;
        }
    }

    /// The steps from the one that brings an outage about to the one that ends it, in the order of the way.
    fn outage(&self) -> Vec<usize> {
        let steps: Vec<usize> = (0..self.way.len()).collect();
        let Some(states) = self.folded.along(&self.begin, &steps) else { return Vec::new() };
        let lost = |state: usize| self.folded.is_lost(&states[state]);
        (0..self.way.len()).filter(|step| lost(*step) || lost(step + 1)).collect()
    }

    /// What the end of an outage waits for is done before it begins, unless it needs the outage itself.
    fn prepare_outage(&mut self, all: &BTreeSet<(usize, usize)>) {
        let steps = self.outage();
        let (Some(&first), Some(&last)) = (steps.first(), steps.last()) else { return };
        let mut whole = self.plan.clone();
        for (first, later) in all {
            whole.steps[*later].after.push(*first);
        }
        let before = whole.predecessors().unwrap_or_default();
        let early = before.get(last).into_iter().flatten().filter(|step| **step < first);
        self.edges.extend(early.map(|step| (*step, first)));
    }

    /// Bounds for the windows of time that guards ask for: the plan has no times, so it states them.
    fn windows(&mut self) {
        for later in 0..self.way.len() {
            for window in self.task.action(&self.way[later]).guard.iter().filter_map(|conjunct| conjunct.window.as_ref()) {
                let value = |step: usize, name: &str| {
                    let parameters = &self.task.action(&self.way[step]).parameters;
                    parameters.iter().position(|parameter| parameter.name == name).map(|at| &self.way[step].arguments[at])
                };
                let fits = |step: &usize| {
                    self.task.action(&self.way[*step]).name == window.since
                        && window.same.iter().all(|name| value(*step, name) == value(later, name))
                };
                let Some(since) = (0..later).rev().find(fits) else { continue };
                let (from, to) = (&self.plan.steps[since], &self.plan.steps[later]);
                let stated = to.within.iter().any(|(of, bound)| *of == since && *bound <= window.at_most);
                if stated || to.at.is_some() && from.at.is_some() && from.takes.is_some() {
                    // The times that are stated say it.
                    continue;
                }
                self.plan.steps[later].within.push((since, window.at_most));
                self.edges.insert((since, later));
            }
        }
    }

    /// Orders that the plan allows and in which it fails, each with the step whose guard failed, if one did.
    fn bad_orders(&self) -> Vec<(Vec<usize>, Option<usize>)> {
        let base = Symbolic { vocabulary: &self.task.rulebook.vocabulary, site: self.task.site.site, state: None };
        let walk = Walk { rulebook: self.task.rulebook, base, layout: self.task.layout, plan: &self.plan };
        // A short walk shows some of what fails. Where the engines disagree, verifying the plan says so.
        let some = walk.walk_within(STATES_FIRST);
        let walked = if some.problems.is_empty() { Engine::default().look(&walk).unwrap_or_default() } else { some };
        let bad = walked.problems.iter().filter(|problem| self.task.demands(walk.requirement(problem.cause)));
        let order = |problem: &Problem| match problem.cause {
            Cause::Guard { step, .. } => (problem.trace.iter().copied().chain([step]).collect(), Some(step)),
            Cause::Hazard(_) | Cause::Goal(_) => (problem.trace.clone(), None),
        };
        bad.map(order).collect()
    }

    /// Whether the way also succeeds with a step, and what it needs, right before one that it clashes with.
    fn swapped_succeeds(&self, all: &BTreeSet<(usize, usize)>, first: usize, later: usize) -> bool {
        let mut early = vec![later];
        for step in (first + 1..later).rev() {
            if early.iter().any(|needs| all.contains(&(step, *needs))) {
                early.push(step);
            }
        }
        if early.iter().any(|step| *step != later && all.contains(&(first, *step))) {
            // It comes after anyway.
            return true;
        }
        let mut order: Vec<usize> = (0..first).collect();
        order.extend((first..=later).filter(|step| early.contains(step)));
        order.extend((first..=later).filter(|step| !early.contains(step)));
        order.extend(later + 1..self.way.len());
        self.folded.succeeds(&self.begin, &order)
    }
}
