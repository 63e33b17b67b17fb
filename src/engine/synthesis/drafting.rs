//! A way as a plan: its steps with as little order as they need.

use super::dependence::{clashes, direct};
use super::folded::{Folded, State};
use super::task::Task;
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::every_order::Engine;
use crate::engine::verification::stretch::{Outage, outages};
use crate::engine::verification::walk::{Cause, Problem, Walk};
use crate::model::ground::GroundAction;
use crate::model::plan::{Argument, Plan, Step};
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::source::text::Span;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{RecordId, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes of a window in which nothing else is to be waited for.
const SOON: i64 = 60;
/// States that are walked to see some of the orders that fail, before all are looked for.
const STATES_FIRST: usize = 500;

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
    /// How often it does what is only advised against, as its way is listed.
    pub against: usize,
    /// What is proved of it; nothing if nobody tried.
    pub bound: Option<Bound>,
}

/// What is proved of every plan for a site that names no more than so many objects and does nothing that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// That many objects: those that are at hand, not those that the draft uses.
    pub objects: usize,
    /// None has fewer steps that touch the outage than the draft.
    pub outage: bool,
    /// The outage of none is shorter than the draft's at worst.
    pub minutes: bool,
    /// None has fewer steps than so many.
    pub steps: usize,
    /// None writes media of a kind less often than so often.
    pub written: BTreeMap<RecordId, usize>,
}

impl Draft {
    /// Lets the steps of these actions, by index, that do not say yet how long they take, take so many minutes at least and at
    /// most.
    pub fn take(&mut self, durations: &BTreeMap<usize, (i64, i64)>) {
        for step in self.plan.steps.iter_mut().filter(|step| step.takes.is_none()) {
            step.takes = durations.get(&step.action).copied();
        }
    }

    /// How long its outage lasts at worst, as [`outages`] says of any plan.
    #[must_use]
    pub fn outages(&self, rulebook: &Rulebook) -> Vec<Outage> {
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &self.site, state: None };
        let layout = Layout::new(&rulebook.vocabulary, &self.site);
        outages(&Walk { rulebook, base, layout: &layout, plan: &self.plan })
    }

    /// The minutes of its outage at worst; `None` if that cannot be told.
    #[must_use]
    pub fn worst(&self, rulebook: &Rulebook) -> Option<i64> {
        self.outages(rulebook).iter().map(|outage| outage.minutes.map(|(_, most)| most)).sum()
    }

    /// How often its steps write media of a kind.
    #[must_use]
    pub fn written(&self, rulebook: &Rulebook, kind: RecordId) -> usize {
        self.plan.steps.iter().flat_map(|step| rulebook.machine.actions[step.action].written()).filter(|one| *one == kind).count()
    }
}

/// The plan of these steps, which are a way, with the edges that it needs. What the steps say of their order is kept; between
/// steps of an earlier plan (`kept`) an edge is added only where some order fails without it. It is our bug if the engine
/// disagrees with itself about an order.
pub(super) fn draft_of(
    task: &Task<'_>,
    start: &[Value],
    site: Site,
    plan: Plan,
    (way, kept): (Vec<GroundAction>, Vec<bool>),
    objects: usize,
    engine: Engine,
) -> Result<Draft, Disagreement> {
    let edges = plan.steps.iter().enumerate().flat_map(|(step, stated)| stated.after.iter().map(move |first| (*first, step)));
    let edges: BTreeSet<(usize, usize)> = edges.collect();
    let folded = Folded::new(task, &way);
    let begin = folded.state(start);
    let mut draft = Drafting { task, start, folded, begin, way, plan, edges, kept, engine };
    draft.order()?;
    let outage = draft.outage();
    let Drafting { plan, .. } = draft;
    Ok(Draft { site, plan, outage, objects, against: 0, bound: None })
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

/// Steps in an order, and the one of them whose guard fails, if one does.
type Order = (Vec<usize>, Option<usize>);

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
    engine: Engine,
}

impl Drafting<'_> {
    /// Gives each step the steps that it must come after: as few as make the plan hold.
    fn order(&mut self) -> Result<(), Disagreement> {
        self.needed()?;
        self.close_windows();
        Ok(())
    }

    fn needed(&mut self) -> Result<(), Disagreement> {
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
            let bad = self.bad_orders()?;
            if bad.is_empty() {
                return Ok(());
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
                return Ok(());
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
    fn bad_orders(&self) -> Result<Vec<Order>, Disagreement> {
        let base = Symbolic { vocabulary: &self.task.rulebook.vocabulary, site: self.task.site.site, state: None };
        let walk = Walk { rulebook: self.task.rulebook, base, layout: self.task.layout, plan: &self.plan };
        // A short walk shows some of what fails.
        let some = walk.walk_within(STATES_FIRST);
        let walked = if some.problems.is_empty() { self.engine.look(&walk)? } else { some };
        let bad = walked.problems.iter().filter(|problem| self.task.demands(walk.requirement(problem.cause)));
        let order = |problem: &Problem| match problem.cause {
            Cause::Guard { step, .. } => (problem.trace.iter().copied().chain([step]).collect(), Some(step)),
            Cause::Hazard(_) | Cause::Goal(_) => (problem.trace.clone(), None),
        };
        Ok(bad.map(order).collect())
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
