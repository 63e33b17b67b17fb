//! What no way can do better, however long it is: a proof, not a search that ended. The machine is looked at through some of its
//! holes only, and each of the others can be all that it ever is; whatever the machine can do, this abstraction can do as well,
//! so what it cannot do for less, nobody can. Where it can, the holes are added because of which its way fails on the machine
//! (Clarke and others, CAV 2000; for plans Seipp and Helmert, JAIR 62, 2018).

use super::condition::{Condition, Number, Span, add};
use super::folded::{Folded, State};
use super::relaxed::{Reads, barred, ever, exactly};
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::walk::Walk;
use crate::model::plan::Plan;
use crate::model::site::HoleId;
use crate::spec::types::{RecordId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most states of an abstraction that are looked at.
pub(super) const STATES_MAX: usize = 20_000;
/// Most times that holes are added.
const ROUNDS_MAX: usize = 40;
/// Most states that one action of an abstraction leads to from one state.
const BRANCHES_MAX: usize = 64;

/// How many steps of a way touch the outage: something is lost before the step, or after it.
#[must_use]
pub fn steps_in_outage(folded: &Folded<'_>, states: &[State]) -> usize {
    let lost: Vec<bool> = states.iter().map(|state| folded.is_lost(state)).collect();
    lost.windows(2).filter(|pair| pair[0] || pair[1]).count()
}

/// Whether it is proved that every way to the goals has at least so many steps that touch the outage. `false` says nothing.
#[must_use]
pub fn none_loses_less(folded: &Folded<'_>, known: &Reads, start: &State, steps: usize) -> bool {
    if steps == 0 {
        return true;
    }
    let Some((may, reached)) = ever(folded, known, exactly(start), &folded.everything()) else { return false };
    Bounding::new(folded, known, start, (may, reached)).refined(|bounding| bounding.cheaper(steps))
}

/// What every way to the goals has at least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Least {
    /// Steps.
    pub steps: usize,
    /// How often it writes media of a kind.
    pub written: BTreeMap<RecordId, usize>,
}

/// What every way to the goals has at least: things that have to be done, whatever objects of a plan are taken, because without
/// them the goals are out of reach even if nothing that is once true could become false. Such a thing has to be done twice if
/// another one that is needed cannot be done before it and leaves behind a state from which the goals are out of reach without it.
/// `way` is some way to the goals: what it does not do need not be done, and what it does once need not be done twice.
#[must_use]
pub fn least(folded: &Folded<'_>, known: &Reads, start: &State, way: &[usize]) -> Least {
    let done = |class: &[usize]| way.iter().filter(|action| class.contains(action)).count();
    let everything = ever(folded, known, exactly(start), &folded.everything());
    let others = |class: &[usize]| (0..folded.actions.len()).filter(|index| !class.contains(index)).collect::<Vec<usize>>();
    let needed = classes(folded).into_iter().filter(|class| done(class) > 0).filter_map(|class| {
        let without = others(&class);
        barred(folded, known, exactly(start), &without, 0).map(|possible| (class, without, possible))
    });
    let needed: Vec<(Vec<usize>, Vec<usize>, Vec<bool>)> = needed.collect();
    let is_barred_after = |action: &usize, without: &[usize]| {
        let barred = |may: &[Span]| barred(folded, known, after(folded, may, *action), without, u64::MAX).is_some();
        everything.as_ref().is_some_and(|(may, reached)| !reached[*action] || barred(may))
    };
    let mut out = Least::default();
    for (class, without, possible) in &needed {
        let between = needed.iter().map(|(other, ..)| other).filter(|other| *other != class);
        let mut between = between.filter(|other| other.iter().all(|action| !possible[*action]));
        let is_twice = done(class) > 1 && between.any(|other| other.iter().all(|action| is_barred_after(action, without)));
        let times = 1 + usize::from(is_twice);
        out.steps += times;
        for kind in class.iter().take(1).flat_map(|action| folded.task.action(&folded.task.actions[*action]).written()) {
            *out.written.entry(kind).or_default() += times;
        }
    }
    out
}

/// The actions that differ only in the objects of a plan that they name.
fn classes(folded: &Folded<'_>) -> Vec<Vec<usize>> {
    let task = folded.task;
    let mut classes: BTreeMap<(usize, Vec<String>), Vec<usize>> = BTreeMap::new();
    for (index, ground) in task.actions.iter().enumerate() {
        let is_object = |value: &&Value| match value {
            Value::Record(record) => {
                let kind = task.site.site.records[*record].kind;
                task.rulebook.vocabulary.list_of_plan(kind).is_some()
            }
            _ => false,
        };
        let arguments = ground.arguments.iter().filter(|value| !is_object(value)).map(|value| format!("{value:?}")).collect();
        classes.entry((ground.action, arguments)).or_default().push(index);
    }
    classes.into_values().collect()
}

/// What each hole can be right after an action, where before it each can be one of these numbers.
fn after(folded: &Folded<'_>, may: &[Span], action: usize) -> Vec<Span> {
    let mut out = may.to_vec();
    for change in &folded.actions[action].changes {
        let applies = change.applies.truth(may);
        let set = if applies.yes { change.number.span(may) } else { continue };
        if applies.no {
            set.into_iter().for_each(|number| add(&mut out[change.hole], number));
        } else {
            out[change.hole] = set;
        }
    }
    out
}

/// Whether what is looked for hangs on facts that the site does not state.
#[must_use]
pub fn hangs_on_facts(folded: &Folded<'_>) -> bool {
    let mut read = BTreeSet::new();
    let guards = folded.actions.iter().flat_map(|acting| &acting.guard);
    guards.chain(&folded.safe).chain(&folded.goals).chain([&folded.outage]).for_each(|one| one.reads(&mut read));
    for change in folded.actions.iter().flat_map(|acting| &acting.changes) {
        change.applies.reads(&mut read);
        change.number.reads(&mut read);
    }
    let base = Symbolic { vocabulary: &folded.task.rulebook.vocabulary, site: folded.task.site.site, state: None };
    let nothing = Plan::default();
    let walk = Walk { rulebook: folded.task.rulebook, base, layout: folded.task.layout, plan: &nothing };
    let is_open = |(place, value): (usize, &Sym)| {
        let decided = folded.numbers(value, place).iter().all(|number| matches!(number, Number::Const(_)));
        !decided && folded.holes(place).any(|hole| read.contains(&hole))
    };
    read.iter().any(|hole| folded.place(*hole).is_none()) || walk.start().iter().enumerate().any(is_open)
}

pub(super) enum Cheaper {
    /// Nothing that costs less.
    None,
    /// The abstraction has too many states.
    TooLarge,
    /// Actions, each with the state of the abstraction after it.
    Way(Vec<(usize, Vec<i64>)>),
}

/// The machine as it is looked at.
pub(super) struct Bounding<'a> {
    pub(super) folded: &'a Folded<'a>,
    known: &'a Reads,
    pub(super) start: &'a State,
    /// What each hole can ever be.
    pub(super) may: Vec<Span>,
    /// Which actions can ever be done.
    reached: Vec<bool>,
    /// The holes that are looked at.
    pub(super) seen: BTreeSet<HoleId>,
}

/// A state of the abstraction: the numbers of the holes that are looked at, and how it was come by.
struct Node {
    numbers: Vec<i64>,
    from: Option<(usize, usize)>,
}

impl<'a> Bounding<'a> {
    /// The machine through what decides whether something is lost. `ever` is what [`ever`] says.
    pub(super) fn new(folded: &'a Folded<'a>, known: &'a Reads, start: &'a State, ever: (Vec<Span>, Vec<bool>)) -> Self {
        let mut seen = BTreeSet::new();
        folded.outage.reads(&mut seen);
        Self { folded, known, start, may: ever.0, reached: ever.1, seen }
    }

    /// Whether nothing that costs less is found, with the abstraction refined by what each way that is found leaves out, as long as
    /// the machine cannot go it. `false` says nothing.
    pub(super) fn refined(mut self, look: impl Fn(&Self) -> Cheaper) -> bool {
        for _ in 0..ROUNDS_MAX {
            match look(&self) {
                Cheaper::None => return true,
                Cheaper::TooLarge => return false,
                Cheaper::Way(way) => {
                    let new = self.missed(&way);
                    if new.is_empty() {
                        return false;
                    }
                    self.seen.extend(new);
                }
            }
        }
        false
    }

    /// A way of the abstraction to the goals with fewer steps that touch the outage than so many.
    fn cheaper(&self, steps: usize) -> Cheaper {
        let seen: Vec<HoleId> = self.seen.iter().copied().collect();
        let actions = self.acting();
        let mut may = self.may.clone();
        let mut nodes = vec![Node { numbers: seen.iter().map(|hole| self.start[*hole]).collect(), from: None }];
        let mut known: BTreeMap<Vec<i64>, usize> = BTreeMap::from([(nodes[0].numbers.clone(), 0)]);
        let mut open: Vec<Vec<usize>> = vec![Vec::new(); steps];
        open[0].push(0);
        for cost in 0..steps {
            while let Some(index) = open[cost].pop() {
                let here = nodes[index].numbers.clone();
                if known.get(&here).is_some_and(|best| *best < cost) {
                    continue;
                }
                look_at(&seen, &here, &mut may);
                if self.folded.goals.iter().all(|goal| goal.truth(&may).yes) {
                    return Cheaper::Way(way(&nodes, index));
                }
                let lost = !self.folded.outage.truth(&may).no;
                for (action, guard) in &actions {
                    look_at(&seen, &here, &mut may);
                    if !guard.iter().all(|one| one.truth(&may).yes) {
                        continue;
                    }
                    let Some(after) = self.after(&seen, *action, &here, &may) else { return Cheaper::TooLarge };
                    for numbers in after.into_iter().filter(|after| *after != here) {
                        look_at(&seen, &numbers, &mut may);
                        let cost = cost + usize::from(lost || !self.folded.outage.truth(&may).no);
                        let is_better = known.get(&numbers).is_none_or(|best| cost < *best);
                        if cost < steps && is_better && self.folded.safe.iter().all(|one| one.truth(&may).yes) {
                            known.insert(numbers.clone(), cost);
                            open[cost].push(nodes.len());
                            nodes.push(Node { numbers, from: Some((index, *action)) });
                        }
                    }
                }
                if nodes.len() > STATES_MAX {
                    return Cheaper::TooLarge;
                }
            }
        }
        Cheaper::None
    }

    /// The actions that change what is looked at, each with what of its guard reads it.
    pub(super) fn acting(&self) -> Vec<(usize, Vec<&Condition>)> {
        let sees = |reads: &[HoleId]| reads.iter().any(|hole| self.seen.contains(hole));
        let actions = (0..self.folded.actions.len()).filter(|action| self.reached[*action]);
        let changing =
            actions.filter(|action| self.folded.actions[*action].changes.iter().any(|one| self.seen.contains(&one.hole)));
        let guard = |action: usize| {
            let parts = self.folded.actions[action].guard.iter().zip(self.known.guard(action));
            parts.filter(|(_, reads)| sees(reads)).map(|(one, _)| one).collect()
        };
        changing.map(|action| (action, guard(action))).collect()
    }

    /// The states that an action can lead to; `None` if there are too many.
    pub(super) fn after(&self, seen: &[HoleId], action: usize, numbers: &[i64], may: &[Span]) -> Option<Vec<Vec<i64>>> {
        let mut out = vec![numbers.to_vec()];
        for change in &self.folded.actions[action].changes {
            let Ok(place) = seen.binary_search(&change.hole) else { continue };
            let applies = change.applies.truth(may);
            if !applies.yes {
                continue;
            }
            let set = change.number.span(may);
            let stays = if applies.no { out.clone() } else { Vec::new() };
            let changed = out.iter().flat_map(|numbers| {
                set.iter().map(move |number| {
                    let mut numbers = numbers.clone();
                    numbers[place] = *number;
                    numbers
                })
            });
            let mut all: Vec<Vec<i64>> = changed.chain(stays).collect();
            all.sort_unstable();
            all.dedup();
            if all.len() > BRANCHES_MAX {
                return None;
            }
            out = all;
        }
        Some(out)
    }

    /// The holes because of which a way of the abstraction is none of the machine.
    pub(super) fn missed(&self, way: &[(usize, Vec<i64>)]) -> BTreeSet<HoleId> {
        let mut state = self.start.clone();
        for (action, after) in way {
            let acting = &self.folded.actions[*action];
            if let Some(new) = self.fewest(acting.guard.iter().filter(|one| !one.holds(&state))) {
                return new;
            }
            let next = self.folded.next(&state, *action);
            if self.seen.iter().zip(after).any(|(hole, number)| next[*hole] != *number) {
                let mut reads = BTreeSet::new();
                for change in acting.changes.iter().filter(|change| self.seen.contains(&change.hole)) {
                    change.applies.reads(&mut reads);
                    change.number.reads(&mut reads);
                }
                return reads.difference(&self.seen).copied().collect();
            }
            state = next;
            if let Some(new) = self.fewest(self.folded.safe.iter().filter(|one| !one.holds(&state))) {
                return new;
            }
        }
        self.fewest(self.folded.goals.iter().filter(|one| !one.holds(&state))).unwrap_or_default()
    }

    /// Of conditions that fail, the new holes of the one that has the fewest.
    fn fewest<'c>(&self, failing: impl Iterator<Item = &'c Condition>) -> Option<BTreeSet<HoleId>> {
        let new = failing.map(|one| {
            let mut reads = BTreeSet::new();
            one.reads(&mut reads);
            reads.difference(&self.seen).copied().collect::<BTreeSet<HoleId>>()
        });
        new.filter(|new| !new.is_empty()).min_by_key(BTreeSet::len)
    }
}

/// Makes of the holes that are looked at exactly these numbers.
pub(super) fn look_at(seen: &[HoleId], numbers: &[i64], may: &mut [Span]) {
    for (hole, number) in seen.iter().zip(numbers) {
        may[*hole].clear();
        may[*hole].push(*number);
    }
}

fn way(nodes: &[Node], index: usize) -> Vec<(usize, Vec<i64>)> {
    let (mut out, mut at) = (Vec::new(), index);
    while let Some((from, action)) = nodes[at].from {
        out.push((action, nodes[at].numbers.clone()));
        at = from;
    }
    out.reverse();
    out
}
