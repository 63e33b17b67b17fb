//! How short an outage can be at best if every step takes as long as it may, however much is done side by side: a proof over all
//! ways, by the abstraction of [`super::bound`].
//!
//! A course of a plan is a time for the beginning and the end of each step. Whoever orders its steps by their ends, or lets one of
//! them take effect anywhere between its beginning and its end, has an order that the plan allows; so its guard holds both when it
//! begins and when it ends. From the end of the step that brings the outage about, each number of a hole has an earliest time: it
//! is there at once, or a step writes it that began when its guard could be met and lasts as long as it does. Only a step whose
//! guard is met before the outage as well as at its start may have been under way. (So the longest path of a relaxed plan: Bonet
//! and Geffner, AIJ 129, 2001, as in temporal planning: Haslum and Geffner, ECP 2001.) The outage ends no sooner than the step
//! that ends it can end and all numbers before it can be there.

use super::bound::{Bounding, Cheaper, ROUNDS_MAX, STATES_MAX, look_at};
use super::condition::{Condition, Span, add};
use super::folded::{Folded, State};
use super::relaxed::{Reads, ever, exactly};
use crate::model::site::HoleId;
use std::collections::{BTreeMap, BTreeSet};

/// Whether it is proved that the outage of every plan lasts at least so many minutes, if steps of which nobody says how long they
/// take take no time at all. `false` says nothing.
#[must_use]
pub fn none_is_shorter(folded: &Folded<'_>, start: &State, minutes: i64) -> bool {
    let known = Reads::new(folded);
    let Some(ever) = ever(folded, &known, exactly(start), &folded.everything()) else { return false };
    if minutes <= 0 || folded.is_lost(start) {
        return minutes <= 0;
    }
    let mut bounding = Bounding::new(folded, known, start, ever);
    for _ in 0..ROUNDS_MAX {
        let seen = bounding.seen.iter().copied().collect();
        let looking = Looking { bounding: &bounding, seen, acting: bounding.acting() };
        match looking.shorter(minutes) {
            Cheaper::None => return true,
            Cheaper::TooLarge => return false,
            Cheaper::Way(way) => {
                let new = bounding.missed(&way);
                if new.is_empty() {
                    return false;
                }
                bounding.seen.extend(new);
            }
        }
    }
    false
}

struct Looking<'a> {
    bounding: &'a Bounding<'a>,
    /// The holes that are looked at, in order.
    seen: Vec<HoleId>,
    /// The actions that change them, each with what of its guard reads them.
    acting: Vec<(usize, Vec<&'a Condition>)>,
}

/// The beginning of an outage: earliest times from the start of the step that brings it about.
struct Opening {
    /// Of each number of each hole that is looked at.
    numbers: Vec<BTreeMap<i64, i64>>,
    /// Of the end of each action, as in `acting`; `None` if it can never be done.
    ends: Vec<Option<i64>>,
}

impl Opening {
    /// When all of these numbers can be there together; `None` if never.
    fn time(&self, numbers: &[i64]) -> Option<i64> {
        self.numbers.iter().zip(numbers).map(|(times, number)| times.get(number).copied()).try_fold(0, |all, one| Some(all.max(one?)))
    }
}

/// A state of the abstraction, and the opening since which something is lost.
type Here = (Vec<i64>, Option<usize>);

/// How each place was come by: the node before it and an action.
struct Node {
    here: Here,
    from: Option<(usize, usize)>,
}

impl Looking<'_> {
    /// A way of the abstraction to the goals with an outage of fewer minutes. Ways cost nothing but at the end of an outage.
    fn shorter(&self, minutes: i64) -> Cheaper {
        let folded = self.bounding.folded;
        let mut may = self.bounding.may.clone();
        let mut openings: Vec<Opening> = Vec::new();
        let mut opened: BTreeMap<(Vec<i64>, usize, Vec<i64>), usize> = BTreeMap::new();
        let first: Here = (self.seen.iter().map(|hole| self.bounding.start[*hole]).collect(), None);
        let mut known: BTreeMap<Here, i64> = BTreeMap::from([(first.clone(), 0)]);
        let mut nodes = vec![Node { here: first, from: None }];
        let mut open: BTreeSet<(i64, usize)> = BTreeSet::from([(0, 0)]);
        while let Some((cost, index)) = open.pop_first() {
            let (here, since) = nodes[index].here.clone();
            if known[&nodes[index].here] < cost {
                continue;
            }
            look_at(&self.seen, &here, &mut may);
            if since.is_none() && folded.goals.iter().all(|goal| goal.truth(&may).yes) {
                return Cheaper::Way(way(&nodes, index));
            }
            for (at, (action, guard)) in self.acting.iter().enumerate() {
                look_at(&self.seen, &here, &mut may);
                if !guard.iter().all(|one| one.truth(&may).yes) {
                    continue;
                }
                let Some(after) = self.bounding.after(&self.seen, *action, &here, &may) else { return Cheaper::TooLarge };
                for numbers in after.into_iter().filter(|after| *after != here) {
                    look_at(&self.seen, &numbers, &mut may);
                    if !folded.safe.iter().all(|one| one.truth(&may).yes) {
                        continue;
                    }
                    let is_lost = !folded.outage.truth(&may).no;
                    let (since, spent) = match (since, is_lost) {
                        (None, true) => {
                            let key = (here.clone(), at, numbers.clone());
                            let number = *opened.entry(key).or_insert_with(|| {
                                openings.push(self.opening(&here, at, &numbers));
                                openings.len() - 1
                            });
                            (Some(number), Some(0))
                        }
                        (Some(opening), false) => {
                            let opening = &openings[opening];
                            let ended = opening.time(&here).zip(opening.ends[at]).map(|(all, end)| all.max(end));
                            (None, ended)
                        }
                        // Within the outage only what can end in it.
                        (Some(opening), true) => (since, openings[opening].ends[at].map(|_| 0)),
                        (None, false) => (None, Some(0)),
                    };
                    let Some(spent) = spent else { continue };
                    // What is known to come is too much already.
                    let ahead = since.map_or(Some(0), |opening| openings[opening].time(&numbers));
                    let cost = cost + spent;
                    let there: Here = (numbers, since);
                    let is_better = known.get(&there).is_none_or(|best| cost < *best);
                    if is_better && ahead.is_some_and(|ahead| cost + ahead < minutes) {
                        known.insert(there.clone(), cost);
                        open.insert((cost, nodes.len()));
                        nodes.push(Node { here: there, from: Some((index, *action)) });
                    }
                }
            }
            if nodes.len() > STATES_MAX {
                return Cheaper::TooLarge;
            }
        }
        Cheaper::None
    }

    /// Earliest times from the start of an action that leads from a state in which nothing is lost to one in which something is.
    fn opening(&self, before: &[i64], opens: usize, after: &[i64]) -> Opening {
        let folded = self.bounding.folded;
        let takes = |at: usize| folded.actions[self.acting[at].0].most.unwrap_or(0);
        let mut may = self.bounding.may.clone();
        let mut can = |numbers: &[i64]| -> Vec<bool> {
            look_at(&self.seen, numbers, &mut may);
            self.acting.iter().map(|(_, guard)| guard.iter().all(|one| one.truth(&may).yes)).collect()
        };
        let (earlier, at_once) = (can(before), can(after));
        let began = takes(opens);
        let mut out = Opening {
            numbers: after.iter().map(|number| BTreeMap::from([(*number, began)])).collect(),
            // What may have been under way ends when it likes.
            ends: earlier.iter().zip(&at_once).map(|(earlier, now)| (*earlier && *now).then_some(began)).collect(),
        };
        let mut time = began;
        look_at(&self.seen, after, &mut may);
        loop {
            let mut changed = true;
            while changed {
                changed = self.grow(time, &mut may, &mut out);
            }
            let Some(next) = out.ends.iter().flatten().copied().filter(|end| *end > time).min() else { return out };
            time = next;
        }
    }

    /// Begins what can begin at a time, and adds what steps write that can be over then; whether there was anything.
    fn grow(&self, time: i64, may: &mut [Span], out: &mut Opening) -> bool {
        let folded = self.bounding.folded;
        let mut changed = false;
        for (at, (action, guard)) in self.acting.iter().enumerate() {
            if out.ends[at].is_none() && guard.iter().all(|one| one.truth(may).yes) {
                out.ends[at] = Some(time + folded.actions[*action].most.unwrap_or(0));
                changed = true;
            }
            if out.ends[at].is_none_or(|end| end > time) {
                continue;
            }
            for change in &folded.actions[*action].changes {
                let Ok(place) = self.seen.binary_search(&change.hole) else { continue };
                if !change.applies.truth(may).yes {
                    continue;
                }
                for number in change.number.span(may) {
                    if !out.numbers[place].contains_key(&number) {
                        out.numbers[place].insert(number, time);
                        add(&mut may[change.hole], number);
                        changed = true;
                    }
                }
            }
        }
        changed
    }
}

fn way(nodes: &[Node], index: usize) -> Vec<(usize, Vec<i64>)> {
    let (mut out, mut at) = (Vec::new(), index);
    while let Some((from, action)) = nodes[at].from {
        out.push((action, nodes[at].here.0.clone()));
        at = from;
    }
    out.reverse();
    out
}
