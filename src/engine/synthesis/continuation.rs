//! From a state of things to a plan that changes an earlier one least: what is left of an approved plan after a step of it
//! failed, or an existing plan that is to be completed.

use super::drafting::{Draft, draft_of, plan};
use super::folded::Folded;
use super::improve::improve;
use super::merge::{Merged, Merging};
use super::relaxed::{Reads, is_in_reach, out_of_reach};
use super::search::{Found, search};
use super::synthesise::{Ground, OBJECTS_MAX};
use super::task::Task;
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::FALSE;
use crate::engine::verification::every_order::Engine;
use crate::engine::verification::lint::missing;
use crate::engine::verification::walk::Walk;
use crate::engine::verification::wording;
use crate::model::ground::GroundAction;
use crate::model::plan::{Plan, Step};
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::source::finding::Level;
use crate::source::text::printable;
use crate::spec::machine::Requirement;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;

/// How an earlier plan goes on, or is completed.
#[derive(Clone, Debug)]
pub enum Continued {
    /// So.
    With(Box<Continuation>),
    /// There is no way; in words, what cannot be reached.
    Nothing(Vec<String>),
    /// It cannot be told, and why.
    CannotTell(String),
}

/// A plan made of an earlier one.
#[derive(Clone, Debug)]
pub struct Continuation {
    /// The plan, on its site.
    pub draft: Draft,
    /// For each of its steps, the step of the earlier plan that it is.
    pub of: Vec<Option<usize>>,
    /// Steps of the earlier plan that are to be done and are not in it.
    pub left_out: Vec<usize>,
    /// What the rulebook says of it and that is no error: a code and a sentence each.
    pub remarks: Vec<(String, String)>,
}

impl Continuation {
    /// The steps that are not in the earlier plan.
    #[must_use]
    pub fn new_steps(&self) -> Vec<usize> {
        (0..self.of.len()).filter(|step| self.of[*step].is_none()).collect()
    }
}

/// An existing plan, completed with the smallest change that was found. `cures` are actions, by index, that it has to hold.
/// The site has the records that only the plan names. It has not been verified yet like a stranger's.
///
/// # Errors
/// The engine disagrees with itself about an order: our bug.
pub fn complete(
    rulebook: &Rulebook,
    site: &Site,
    plan: &Plan,
    cures: &[usize],
    engine: Engine,
) -> Result<Continued, Disagreement> {
    let continuing = Continuing {
        rulebook,
        site,
        plan,
        left: plan.order(),
        from: None,
        planned: None,
        sure: true,
        touched: Vec::new(),
        cures: cures.to_vec(),
    };
    let found = continuing.find();
    let Looked::Merged(ground, least, merged) = found else { return Ok(found.end()) };
    let task = ground.task(rulebook, cures, least);
    let start = continuing.start(&ground);
    let (way, of): (Vec<GroundAction>, Vec<Option<usize>>) = merged.into_iter().unzip();
    let steps = continuing.steps(&task, &ground, &way, &of);
    let used = way.iter().fold(0, |bits, ground| bits | ground.objects);
    let kept: Vec<bool> = of.iter().map(Option::is_some).collect();
    let objects = used.count_ones() as usize;
    let draft = draft_of(&task, &start, ground.site.clone(), steps, (way, kept), objects, engine)?;
    let left_out = continuing.left_out(&of);
    Ok(Continued::With(Box::new(Continuation { draft, left_out, of: continuing.of_plan(&of), remarks: Vec::new() })))
}

/// What came of looking: a way on a ground, with requirements of that level and above as demands.
pub(super) enum Looked {
    Merged(Box<Ground>, Level, Merged),
    Nothing(Vec<String>),
    GaveUp(String),
}

impl Looked {
    pub(super) fn end(self) -> Continued {
        match self {
            Self::Nothing(codes) => Continued::Nothing(codes),
            Self::GaveUp(why) => Continued::CannotTell(why),
            Self::Merged(..) => Continued::CannotTell("nothing was looked for".to_owned()),
        }
    }
}

pub(super) struct Continuing<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) site: &'a Site,
    pub(super) plan: &'a Plan,
    /// The steps of the plan that are to be done, in an order that it allows.
    pub(super) left: Vec<usize>,
    /// The state it begins in, where that is not the site's.
    pub(super) from: Option<&'a [Value]>,
    /// Whether the state it begins in is known wherever it is not the site's first.
    pub(super) sure: bool,
    /// The state in which it would begin if nothing had failed.
    pub(super) planned: Option<&'a [Value]>,
    /// Steps that have happened, in whatever way.
    pub(super) touched: Vec<Step>,
    pub(super) cures: Vec<usize>,
}

impl Continuing<'_> {
    pub(super) fn find(&self) -> Looked {
        let known = Ground::new(self.rulebook, self.site.clone(), 0).objects.len();
        if known.max(OBJECTS_MAX) > 64 {
            return Looked::GaveUp("the plan names more than 64 objects".to_owned());
        }
        if let Some(found) = self.alone(known) {
            return found;
        }
        let (mut nothing, mut gave_up) = (Vec::new(), false);
        // What has failed is mended first; whether a recommendation can be kept meanwhile is told, not demanded.
        let levels = [Level::Note, Level::Warning, Level::Error];
        for least in levels.into_iter().filter(|least| self.from.is_none() || *least == Level::Error) {
            match self.search(known, least) {
                Looked::Nothing(codes) => nothing = codes,
                Looked::GaveUp(_) => gave_up = true,
                found @ Looked::Merged(..) => return found,
            }
        }
        // With fewer demands less is out of reach: the last answer counts.
        if gave_up || nothing.is_empty() {
            return Looked::GaveUp("no way was found within the bound of the search".to_owned());
        }
        Looked::Nothing(nothing)
    }

    /// What is left of the plan, and nothing else.
    fn alone(&self, known: usize) -> Option<Looked> {
        let ground = Ground::new(self.rulebook, self.site.clone(), known);
        let task = ground.task(self.rulebook, &self.cures, Level::Error);
        let start = self.start(&ground);
        let earlier = self.earlier(&ground);
        let merged = self.merging(&ground, &task, &start, &earlier).alone().filter(|merged| merged.len() == earlier.len())?;
        drop(task);
        Some(Looked::Merged(Box::new(ground), Level::Error, merged))
    }

    fn search(&self, known: usize, least: Level) -> Looked {
        let mut nothing: Option<Vec<String>> = self.sure.then(Vec::new);
        for objects in (known..=OBJECTS_MAX.max(known)).rev() {
            let ground = Ground::new(self.rulebook, self.site.clone(), objects);
            let task = ground.task(self.rulebook, &self.cures, least);
            let start = self.start(&ground);
            let folded = Folded::new(&task, &task.actions);
            let begin = folded.state(&start);
            if !is_in_reach(&folded, &Reads::new(&folded), &begin, &folded.everything()) {
                nothing = nothing.and_then(|_| out_of_reach(&folded, self.from.map(|_| &begin)));
                continue;
            }
            for way in self.mended(&ground, &task, &start).map(Some).into_iter().chain([None]) {
                let Some(way) = way.or_else(|| Self::searched(&ground, &folded, &start, self.untouched(&ground, &start), true))
                else {
                    return Looked::GaveUp(String::new());
                };
                // What is left of an approved plan may hold what is only advised against; a completed plan should not.
                let levels = [least, Level::Warning, Level::Error];
                for level in levels.into_iter().filter(|level| self.from.is_none() || *level == Level::Error) {
                    let task = ground.task(self.rulebook, &self.cures, level);
                    let merged = self.merging(&ground, &task, &start, &self.earlier(&ground)).with(&way);
                    drop(task);
                    if let Some(merged) = merged {
                        return Looked::Merged(Box::new(ground), level, merged);
                    }
                }
            }
            return Looked::GaveUp(String::new());
        }
        nothing.map_or_else(|| Looked::GaveUp(String::new()), Looked::Nothing)
    }

    /// A way that takes new objects from these; made better if that is wanted.
    fn searched(ground: &Ground, folded: &Folded<'_>, start: &[Value], free: u64, better: bool) -> Option<Vec<GroundAction>> {
        let all = u64::MAX >> (64 - ground.objects.len().clamp(1, 64));
        let begin = folded.state(start);
        let Found::Way(way) = search(folded, &Reads::new(folded), begin.clone(), all & !free, 0) else { return None };
        let way = if better { improve(folded, &begin, way) } else { way };
        Some(way.into_iter().map(|action| folded.task.actions[action].clone()).collect())
    }

    /// A way back to the state that the plan was in before something failed, and then what is left of it.
    fn mended(&self, ground: &Ground, task: &Task<'_>, start: &[Value]) -> Option<Vec<GroundAction>> {
        let aims = self.carried_over(ground, ground.start(self.rulebook), self.planned?);
        let untouched = self.untouched(ground, start);
        let is_free = |record: &usize| {
            ground.objects.iter().position(|object| object == record).is_some_and(|object| untouched >> object & 1 == 1)
        };
        let matters = |place: &usize| !ground.layout.at(*place).1.iter().any(is_free);
        let aims = aims.into_iter().enumerate().filter(|(place, _)| matters(place)).collect();
        let earlier = self.earlier(ground);
        // What is left needs its objects as they are.
        let needed = earlier.iter().fold(0, |bits, ground| bits | ground.objects) & untouched;
        let actions = task.actions.iter().filter(|ground| ground.objects & needed == 0).cloned().collect();
        let back = Task { aims, cures: Vec::new(), actions, ..*task };
        let folded = Folded::new(&back, &back.actions);
        let mut way = Self::searched(ground, &folded, start, untouched & !needed, false)?;
        way.extend(earlier);
        Some(way)
    }

    fn merging<'m>(
        &self,
        ground: &'m Ground,
        task: &'m Task<'m>,
        start: &'m [Value],
        earlier: &'m [GroundAction],
    ) -> Merging<'m> {
        Merging { task, start, earlier, objects: &ground.objects, untouched: self.untouched(ground, start) }
    }

    /// The state it begins in, with all objects of a ground.
    fn start(&self, ground: &Ground) -> Vec<Value> {
        let out = ground.start(self.rulebook);
        match self.from {
            Some(from) => self.carried_over(ground, out, from),
            None => out,
        }
    }

    /// The steps that are left, as ground actions.
    fn earlier(&self, ground: &Ground) -> Vec<GroundAction> {
        let of = |step: &usize| {
            let step = &self.plan.steps[*step];
            let arguments: Vec<Value> = step.arguments.iter().map(|argument| argument.value.clone()).collect();
            GroundAction { action: step.action, objects: bits(ground, step), arguments }
        };
        self.left.iter().map(of).collect()
    }

    /// Objects that nothing has been done with, and that are as they are at the beginning.
    fn untouched(&self, ground: &Ground, start: &[Value]) -> u64 {
        let touched = self.touched.iter().fold(0, |all, step| all | bits(ground, step));
        let first = ground.start(self.rulebook);
        let changed = (0..start.len()).filter(|place| start[*place] != first[*place]).flat_map(|place| ground.layout.at(place).1);
        let changed: Vec<usize> = changed.collect();
        let is_free = |object: &usize| touched >> object & 1 == 0 && !changed.contains(&ground.objects[*object]);
        (0..ground.objects.len()).filter(is_free).fold(0, |all, object| all | 1 << object)
    }

    /// Steps of the earlier plan, by index, that are left and that the way does not hold.
    fn left_out(&self, of: &[Option<usize>]) -> Vec<usize> {
        (0..self.left.len()).filter(|index| !of.contains(&Some(*index))).map(|index| self.left[index]).collect()
    }

    /// The steps of a way; those of the earlier plan with the names, people and times they have there.
    fn steps(&self, task: &Task<'_>, ground: &Ground, way: &[GroundAction], of: &[Option<usize>]) -> Plan {
        let mut out = plan(task, &ground.site, way);
        out.moments.clone_from(&self.plan.moments);
        let place = |step: usize| of.iter().position(|of| of.map(|index| self.left[index]) == Some(step));
        let before = self.plan.predecessors().unwrap_or_default();
        for (at, of) in of.iter().enumerate() {
            let Some(step) = of.map(|index| self.left[index]) else { continue };
            let kept = self.plan.steps[step].clone();
            let earlier = before.get(step).into_iter().flatten().filter_map(|step| place(*step));
            let within = kept.within.iter().filter_map(|(of, bound)| Some((place(*of).filter(|of| *of < at)?, *bound)));
            out.steps[at] = Step { after: earlier.filter(|first| *first < at).collect(), within: within.collect(), ..kept };
        }
        let mut ids: Vec<String> = self.plan.steps.iter().map(|step| step.id.clone()).collect();
        for (at, _) in of.iter().enumerate().filter(|(_, of)| of.is_none()) {
            let id = out.steps[at].id.clone();
            let numbered = std::iter::once(id.clone()).chain((2..).map(|number| format!("{id}-{number}")));
            out.steps[at].id = numbered.into_iter().find(|id| !ids.contains(id)).unwrap_or(id);
            ids.push(out.steps[at].id.clone());
        }
        out
    }

    /// The way as a plan whose steps come one after the other, looked at from the state it begins in.
    pub(super) fn in_a_row(&self, ground: &Ground, task: &Task<'_>, from: &[Sym], merged: &Merged) -> Continued {
        let (way, of): (Vec<GroundAction>, Vec<Option<usize>>) = merged.iter().cloned().unzip();
        let mut row = self.steps(task, ground, &way, &of);
        for (at, step) in row.steps.iter_mut().enumerate() {
            step.after = at.checked_sub(1).into_iter().collect();
        }
        let base = Symbolic { vocabulary: &self.rulebook.vocabulary, site: &ground.site, state: None };
        let walk = Walk { rulebook: self.rulebook, base, layout: &ground.layout, plan: &row };
        let values = self.carried_over(ground, walk.start(), from);
        let remarks = match look(&walk, values) {
            Ok(remarks) => remarks,
            Err(why) => return Continued::CannotTell(why),
        };
        let objects = way.iter().fold(0, |bits, ground| bits | ground.objects).count_ones() as usize;
        let draft = Draft { site: ground.site.clone(), plan: row, outage: Vec::new(), objects, against: 0, bound: None };
        let (left_out, of) = (self.left_out(&of), self.of_plan(&of));
        Continued::With(Box::new(Continuation { draft, of, left_out, remarks }))
    }

    /// A state of the plan's site as one of a ground, which has more objects.
    fn carried_over<T: Clone>(&self, ground: &Ground, mut out: Vec<T>, from: &[T]) -> Vec<T> {
        let layout = Layout::new(&self.rulebook.vocabulary, self.site);
        for (place, value) in from.iter().enumerate() {
            let (variable, records) = layout.at(place);
            if let Some(slot) = ground.layout.index(variable, &records).and_then(|place| out.get_mut(place)) {
                *slot = value.clone();
            }
        }
        out
    }

    fn of_plan(&self, of: &[Option<usize>]) -> Vec<Option<usize>> {
        of.iter().map(|of| of.map(|index| self.left[index])).collect()
    }
}

/// Looks at the steps of a plan in their order, from a state: what is advised against; or why it cannot be told whether it
/// holds.
fn look(walk: &Walk<'_>, mut values: Vec<Sym>) -> Result<Vec<(String, String)>, String> {
    let mut remarks = Vec::new();
    let mut note = |values: &[Sym], requirement: &Requirement, frame: Vec<Sym>, never: bool| {
        for (instance, _) in walk.unmet(values, requirement, frame, never) {
            if instance.holds != FALSE {
                let facts = missing(walk.base.site, walk.base, &instance.holds);
                let names: Vec<String> = facts.iter().map(|fact| printable(&fact.name)).collect();
                return Err(format!("the site does not state {} [{}]", names.join(", "), requirement.code));
            }
            if requirement.level == Level::Error {
                return Err(format!("the two meanings of `{}` disagree, which is a bug of ours", requirement.code));
            }
            let words = wording::words(walk.at(values, None), &requirement.message, &instance.frame);
            if remarks.iter().all(|(code, known)| (code, known) != (&requirement.code, &words)) {
                remarks.push((requirement.code.clone(), words));
            }
        }
        Ok(())
    };
    for step in 0..walk.plan.steps.len() {
        for guard in walk.action(step).guard.iter().filter(|guard| guard.window.is_none()) {
            note(&values, &guard.requirement, walk.arguments(step), false)?;
        }
        values = walk.apply(&values, step);
        for hazard in &walk.rulebook.machine.hazards {
            note(&values, hazard, Vec::new(), true)?;
        }
    }
    for goal in &walk.rulebook.machine.goals {
        note(&values, goal, Vec::new(), false)?;
    }
    Ok(remarks)
}

/// The objects that a step names.
fn bits(ground: &Ground, step: &Step) -> u64 {
    let named = |value: &Value| match value {
        Value::Record(record) => ground.objects.iter().position(|object| object == record),
        _ => None,
    };
    step.arguments.iter().filter_map(|argument| named(&argument.value)).fold(0, |bits, object| bits | 1 << object)
}
