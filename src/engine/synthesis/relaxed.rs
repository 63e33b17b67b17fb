//! A plan for an easier task, in which nothing that once was true stops being true: what a state is still far from, and
//! which actions would help. After FF (Hoffmann and Nebel, JAIR 14, 2001), with numbers in the place of facts.

use super::condition::{Condition, Span, add};
use super::folded::{Change, Folded, State};
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::walk::Walk;
use crate::model::plan::Plan;
use crate::model::site::HoleId;
use std::collections::BTreeSet;

/// Most numbers of a fact that is not stated that are told apart.
const NUMBERS_MAX: i64 = 64;
/// Most layers after which it is still told what can ever be: a number that nothing bounds makes more of them for ever.
const LAYERS_MAX: usize = 200;

/// What an action adds to what a hole can be.
struct Contribution {
    layer: usize,
    action: usize,
    /// Which of its changes.
    change: usize,
    hole: HoleId,
    number: i64,
}

/// Something that is to be made possible.
#[derive(Clone, Copy)]
enum Need<'a> {
    /// That a condition is true.
    Condition(&'a Condition),
    /// That a change gives this number.
    Change(&'a Change, i64),
}

/// What is read where a task is looked at loosely; made once for each task.
pub struct Reads {
    /// For each action, what each part of its guard reads.
    guards: Vec<Vec<Vec<HoleId>>>,
    /// For each action, what each of its changes reads.
    changes: Vec<Vec<Vec<HoleId>>>,
    goals: Vec<Vec<HoleId>>,
}

impl Reads {
    /// What a task reads.
    #[must_use]
    pub fn new(folded: &Folded<'_>) -> Self {
        let reads = |condition: &Condition| {
            let mut holes = BTreeSet::new();
            condition.reads(&mut holes);
            holes.into_iter().collect()
        };
        let of_change = |change: &Change| {
            let mut holes = BTreeSet::new();
            change.applies.reads(&mut holes);
            change.number.reads(&mut holes);
            holes.into_iter().collect()
        };
        Self {
            guards: folded.actions.iter().map(|one| one.guard.iter().map(reads).collect()).collect(),
            changes: folded.actions.iter().map(|one| one.changes.iter().map(of_change).collect()).collect(),
            goals: folded.goals.iter().map(reads).collect(),
        }
    }

    /// What each part of the guard of an action reads.
    #[must_use]
    pub fn guard(&self, action: usize) -> &[Vec<HoleId>] {
        &self.guards[action]
    }
}

/// Whether the goals are in reach, if nothing that is once true could become false, by these actions.
#[must_use]
pub fn is_in_reach(folded: &Folded<'_>, known: &Reads, state: &State, usable: &[usize]) -> bool {
    is_still_in_reach(folded, known, state, 0, usable)
}

/// The same where these cures were done.
#[must_use]
pub fn is_still_in_reach(folded: &Folded<'_>, known: &Reads, state: &State, cured: u64, usable: &[usize]) -> bool {
    Reaching::new(folded, known, exactly(state), cured).reach(usable).is_some()
}

/// If the goals are out of reach in that sense from any state in which each hole is one of these numbers: which actions can be
/// done all the same. `cured` are the cures that were done. `None` also where that cannot be told.
#[must_use]
pub fn barred(folded: &Folded<'_>, known: &Reads, from: Vec<Span>, usable: &[usize], cured: u64) -> Option<Vec<bool>> {
    let mut reaching = Reaching::new(folded, known, from, cured);
    while reaching.layer(usable) {
        if reaching.can_be_done() || reaching.layers > LAYERS_MAX {
            return None;
        }
    }
    Some(reaching.reached.iter().map(Option::is_some).collect())
}

/// Exactly these numbers.
#[must_use]
pub fn exactly(state: &State) -> Vec<Span> {
    state.iter().map(|number| Span::from_slice(&[*number])).collect()
}

/// The ground actions of a plan for the easier task, those that can come first first; `None` if there is no plan, and then
/// none for the real task either. `usable` are the ground actions to choose from, `cured` the cures that were done.
#[must_use]
pub fn relaxed_plan(folded: &Folded<'_>, known: &Reads, state: &State, cured: u64, usable: &[usize]) -> Option<Vec<usize>> {
    let start = exactly(state);
    let mut reaching = Reaching::new(folded, known, start.clone(), cured);
    let last = reaching.reach(usable)?;
    let Reaching { contributions, reached, .. } = reaching;
    let mut of_hole: Vec<Vec<usize>> = vec![Vec::new(); start.len()];
    for (index, one) in contributions.iter().enumerate() {
        of_hole[one.hole].push(index);
    }
    let chosen = vec![false; contributions.len()];
    let planned = vec![false; folded.actions.len()];
    let mut extracting = Extracting {
        folded,
        known,
        may: start.clone(),
        start,
        contributions,
        of_hole,
        reached,
        chosen,
        planned,
        plan: BTreeSet::new(),
        open: Vec::new(),
    };
    for (goal, reads) in folded.goals.iter().zip(&known.goals) {
        extracting.open.push((last, Need::Condition(goal), reads));
    }
    for (index, _) in folded.task.cures.iter().enumerate().filter(|(index, _)| cured >> index & 1 == 0) {
        let of_cure = usable.iter().filter(|action| folded.actions[**action].cures >> index & 1 == 1);
        let first = of_cure.filter_map(|action| Some((extracting.reached[*action]?, *action))).min()?;
        extracting.choose_action(first.1, first.0);
    }
    while let Some((layer, need, reads)) = extracting.open.pop() {
        extracting.support(layer, need, reads);
    }
    Some(extracting.plan.into_iter().map(|(_, action)| action).collect())
}

/// What each hole can be in any state that these actions can lead to, and more; and which of the actions can ever be done. `None`
/// if that is without end.
#[must_use]
pub fn ever(folded: &Folded<'_>, known: &Reads, start: Vec<Span>, usable: &[usize]) -> Option<(Vec<Span>, Vec<bool>)> {
    let mut reaching = Reaching::new(folded, known, start, 0);
    while reaching.layer(usable) {
        if reaching.layers > LAYERS_MAX {
            return None;
        }
    }
    Some((reaching.may, reaching.reached.iter().map(Option::is_some).collect()))
}

/// Whether the goals are out of reach whatever the facts are that the site does not state: codes of the goals that nothing makes
/// possible, and of what the guards of actions miss that are never possible. `None` if they are not, or if that cannot be told.
/// `from` is a state that has been reached, if any was: what it has counts as possible, too.
#[must_use]
pub fn out_of_reach(folded: &Folded<'_>, from: Option<&State>) -> Option<Vec<String>> {
    let (task, known) = (folded.task, Reads::new(folded));
    let mut start = open(folded);
    for (span, number) in start.iter_mut().zip(from.into_iter().flatten()) {
        add(span, *number);
    }
    let all = folded.everything();
    let mut reaching = Reaching::new(folded, &known, start, 0);
    if reaching.reach(&all).is_some() {
        return None;
    }
    let cannot = |one: &Condition| !one.truth(&reaching.may).yes;
    let goals = task.goals().zip(&folded.goals).filter(|(_, goal)| cannot(goal));
    let mut out: Vec<String> = goals.map(|(goal, _)| goal.code.clone()).collect();
    for (index, ground) in task.actions.iter().enumerate().filter(|(index, _)| reaching.reached[*index].is_none()) {
        let same = |other: &usize| task.actions[*other].action == ground.action && reaching.reached[*other].is_some();
        if !all.iter().any(same) {
            let missed = folded.codes(index).filter(|(one, _)| cannot(one));
            out.extend(missed.map(|(_, code)| code.to_owned()));
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|code| seen.insert(code.clone()));
    let beyond = |hole: &HoleId| reaching.may.get(*hole).is_some_and(Span::is_empty);
    let mut read = known.guards.iter().chain(&known.changes).flatten().chain(&known.goals).flatten();
    (!read.any(beyond)).then_some(out)
}

/// What each hole can be at the start, whatever the facts are that the site does not state. Nothing where that is too much to be
/// told apart.
fn open(folded: &Folded<'_>) -> Vec<Span> {
    let task = folded.task;
    let site = task.site.site;
    let all = |hole: HoleId| -> Span {
        let ranges = site.ranges(hole);
        let count: i64 = ranges.iter().map(|(least, most)| most - least + 1).sum();
        if count > NUMBERS_MAX { Span::new() } else { ranges.iter().flat_map(|(least, most)| *least..=*most).collect() }
    };
    let mut out: Vec<Span> = (0..site.holes.len()).map(all).collect();
    let base = Symbolic { vocabulary: &task.rulebook.vocabulary, site, state: None };
    let nothing = Plan::default();
    let walk = Walk { rulebook: task.rulebook, base, layout: task.layout, plan: &nothing };
    for (place, value) in walk.start().iter().enumerate() {
        let spans = folded.numbers(value, place).into_iter().map(|number| number.span(&out)).collect::<Vec<_>>();
        out.extend(spans);
    }
    out
}

struct Reaching<'a> {
    folded: &'a Folded<'a>,
    known: &'a Reads,
    cured: u64,
    start: Vec<Span>,
    may: Vec<Span>,
    /// Holes that the last layer made more of; all before the first.
    changed: Vec<bool>,
    contributions: Vec<Contribution>,
    reached: Vec<Option<usize>>,
    /// For each action that is not reached, the part of its guard that it waits for.
    waits: Vec<usize>,
    layers: usize,
}

impl<'a> Reaching<'a> {
    fn new(folded: &'a Folded<'a>, known: &'a Reads, start: Vec<Span>, cured: u64) -> Self {
        let count = folded.actions.len();
        Self {
            folded,
            known,
            cured,
            changed: vec![true; start.len()],
            may: start.clone(),
            start,
            contributions: Vec::new(),
            reached: vec![None; count],
            waits: vec![0; count],
            layers: 0,
        }
    }

    /// How much of its guard the first state does not meet.
    fn unmet_at_first(&self, action: usize) -> usize {
        self.folded.actions[action].guard.iter().filter(|one| !one.truth(&self.start).yes).count()
    }

    /// The number of layers until the goals can be met.
    fn reach(&mut self, usable: &[usize]) -> Option<usize> {
        while self.layer(usable) {
            if self.can_be_done() {
                return Some(self.layers);
            }
        }
        None
    }

    /// One layer more; whether that made a difference.
    fn layer(&mut self, usable: &[usize]) -> bool {
        self.layers += 1;
        let touched = |reads: &[HoleId]| reads.iter().any(|hole| self.changed[*hole]);
        let (mut acting, mut new): (Vec<(usize, usize)>, Vec<usize>) = (Vec::new(), Vec::new());
        for &index in usable {
            if self.reached[index].is_some() {
                if self.known.changes[index].iter().any(|reads| touched(reads)) {
                    acting.push((0, index));
                }
                continue;
            }
            let guard = &self.folded.actions[index].guard;
            let wait = self.waits[index];
            if self.layers > 1 && guard.get(wait).is_some() && !touched(&self.known.guards[index][wait]) {
                continue;
            }
            match guard.iter().position(|one| !one.truth(&self.may).yes) {
                Some(blocked) => self.waits[index] = blocked,
                None => new.push(index),
            }
        }
        for index in &new {
            self.reached[*index] = Some(self.layers);
            acting.push((1 + self.unmet_at_first(*index), *index));
        }
        // Of two actions that come within reach together, the one that less has to be done for is credited.
        acting.sort_unstable();
        let before = self.may.clone();
        self.changed.iter_mut().for_each(|changed| *changed = false);
        for (_, index) in acting {
            for (change, Change { hole, applies, number }) in self.folded.actions[index].changes.iter().enumerate() {
                let numbers = if applies.truth(&before).yes { number.span(&before) } else { Span::new() };
                for number in numbers {
                    if !self.may[*hole].contains(&number) {
                        self.may[*hole].push(number);
                        self.changed[*hole] = true;
                        let layer = self.layers;
                        self.contributions.push(Contribution { layer, action: index, change, hole: *hole, number });
                    }
                }
            }
        }
        !new.is_empty() || self.changed.contains(&true) || self.layers == 1
    }

    fn can_be_done(&self) -> bool {
        let mut open = (0..self.folded.task.cures.len()).filter(|cure| self.cured >> cure & 1 == 0);
        let is_reached = |cure: usize| {
            self.folded.actions.iter().zip(&self.reached).any(|(one, reached)| reached.is_some() && one.cures >> cure & 1 == 1)
        };
        let cured = open.all(is_reached);
        cured && self.folded.goals.iter().all(|goal| goal.truth(&self.may).yes)
    }
}

struct Extracting<'a> {
    folded: &'a Folded<'a>,
    known: &'a Reads,
    start: Vec<Span>,
    /// What holes can be in the case that is looked at; right only for those that it reads.
    may: Vec<Span>,
    contributions: Vec<Contribution>,
    of_hole: Vec<Vec<usize>>,
    reached: Vec<Option<usize>>,
    chosen: Vec<bool>,
    planned: Vec<bool>,
    plan: BTreeSet<(usize, usize)>,
    open: Vec<(usize, Need<'a>, &'a [HoleId])>,
}

impl<'a> Extracting<'a> {
    fn choose_action(&mut self, action: usize, layer: usize) {
        if std::mem::replace(&mut self.planned[action], true) {
            return;
        }
        self.plan.insert((layer, action));
        for (one, reads) in self.folded.actions[action].guard.iter().zip(&self.known.guards[action]) {
            self.open.push((layer - 1, Need::Condition(one), reads));
        }
    }

    /// Chooses contributions of the first layers that make something possible, as few as it takes.
    fn support(&mut self, layer: usize, need: Need<'a>, reads: &[HoleId]) {
        self.lay_out(reads, layer, &[]);
        if self.is_met(need) {
            return;
        }
        let of_reads = reads.iter().flat_map(|hole| &self.of_hole[*hole]);
        let mut relevant: Vec<usize> =
            of_reads.copied().filter(|index| !self.chosen[*index] && self.contributions[*index].layer <= layer).collect();
        relevant.sort_unstable();
        let mut kept: Vec<usize> = Vec::new();
        for index in relevant {
            kept.push(index);
            let one = &self.contributions[index];
            add(&mut self.may[one.hole], one.number);
            if self.is_met(need) {
                break;
            }
        }
        let mut at = 0;
        while at < kept.len() {
            let left_out = kept.remove(at);
            self.lay_out(reads, layer, &kept);
            if !self.is_met(need) {
                kept.insert(at, left_out);
                at += 1;
            }
        }
        for index in kept {
            self.chosen[index] = true;
            let Contribution { layer, action, change, number, .. } = self.contributions[index];
            self.choose_action(action, self.reached[action].unwrap_or(layer));
            let need = Need::Change(&self.folded.actions[action].changes[change], number);
            self.open.push((layer - 1, need, &self.known.changes[action][change]));
        }
    }

    /// What these holes can be by what is chosen and these contributions, as far as they come in the first layers.
    fn lay_out(&mut self, holes: &[HoleId], layer: usize, more: &[usize]) {
        for hole in holes {
            self.may[*hole].clone_from(&self.start[*hole]);
            for index in &self.of_hole[*hole] {
                let one = &self.contributions[*index];
                if one.layer <= layer && (self.chosen[*index] || more.contains(index)) {
                    add(&mut self.may[*hole], one.number);
                }
            }
        }
    }

    fn is_met(&self, need: Need<'a>) -> bool {
        match need {
            Need::Condition(one) => one.truth(&self.may).yes,
            Need::Change(change, number) => {
                change.applies.truth(&self.may).yes && change.number.span(&self.may).contains(&number)
            }
        }
    }
}
