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

use super::bound::{Bounding, Cheaper, look_at};
use super::condition::{Condition, Span, add};
use super::folded::{Folded, State};
use super::relaxed::{Reads, ever, exactly};
use crate::model::site::HoleId;
use std::collections::{BTreeMap, BTreeSet};

/// Whether it is proved that the outage of every plan lasts at least so many minutes, if steps of which nobody says how long they
/// take take no time at all. `false` says nothing.
#[must_use]
pub fn none_is_shorter(folded: &Folded<'_>, known: &Reads, start: &State, minutes: i64) -> bool {
    let Some(ever) = ever(folded, known, exactly(start), &folded.everything()) else { return false };
    if minutes <= 0 || folded.is_lost(start) {
        return minutes <= 0;
    }
    Bounding::new(folded, known, start, ever).refined(|bounding| {
        let seen = bounding.seen.iter().copied().collect();
        Looking { bounding, seen, acting: bounding.acting() }.shorter(minutes)
    })
}

/// Most states of the abstraction.
const STATES_MAX: usize = 4_000;
/// Most edges of it that are looked at for all outages together.
const EDGES_MAX: usize = 5_000_000;

struct Looking<'a> {
    bounding: &'a Bounding<'a>,
    /// The holes that are looked at, in order.
    seen: Vec<HoleId>,
    /// The actions that change them, each with what of its guard reads them.
    acting: Vec<(usize, Vec<&'a Condition>)>,
}

/// The beginning of an outage: earliest times from the start of the step that brings it about.
struct Opening {
    /// Of each hole that is looked at: numbers, each with its time.
    numbers: Vec<Vec<(i64, i64)>>,
    /// Of the end of each action, as in `acting`; `None` if it can never be done.
    ends: Vec<Option<i64>>,
}

impl Opening {
    /// When all of these numbers can be there together; `None` if never.
    fn time(&self, numbers: &[i64]) -> Option<i64> {
        let of =
            |(times, number): (&Vec<(i64, i64)>, &i64)| times.iter().find(|(known, _)| known == number).map(|(_, time)| *time);
        self.numbers.iter().zip(numbers).map(of).try_fold(0, |all, one| Some(all.max(one?)))
    }
}

/// The abstraction, laid out: its states, and where each action leads.
#[derive(Default)]
struct Graph {
    states: Vec<Vec<i64>>,
    /// Whether something is sure to be lost.
    lost: Vec<bool>,
    /// Whether something may be lost.
    doubtful: Vec<bool>,
    done: Vec<bool>,
    /// Of each state: actions, as in `acting`, and states.
    edges: Vec<Vec<(usize, usize)>>,
    /// Of each state and each action, as in `acting`: whether its guard can be met.
    can: Vec<Vec<bool>>,
}

/// A state, and the edges from there to another.
type Came = (usize, Vec<(usize, usize)>);

/// What each beginning of an outage leads to, and for each state those that begin there.
type Stretches = (Vec<Vec<Stretch>>, Vec<Vec<usize>>);

/// A way from an opening: the state it leads to, what it costs, and the edges of it.
struct Stretch {
    to: usize,
    cost: i64,
    way: Vec<(usize, usize)>,
}

impl Looking<'_> {
    /// A way of the abstraction to the goals with an outage of fewer minutes. Ways cost nothing but at the end of an outage.
    fn shorter(&self, minutes: i64) -> Cheaper {
        let Some(graph) = self.graph() else { return Cheaper::TooLarge };
        let Some((stretches, of)) = self.stretches(&graph, minutes) else { return Cheaper::TooLarge };
        // The state before, and the edges from there.
        let mut from: Vec<Option<Came>> = vec![None; graph.states.len()];
        let mut best: Vec<i64> = vec![i64::MAX; graph.states.len()];
        best[0] = 0;
        let mut open: BTreeSet<(i64, usize)> = BTreeSet::from([(0, 0)]);
        while let Some((cost, state)) = open.pop_first() {
            if graph.done[state] {
                return Cheaper::Way(self.way(&graph, &from, state));
            }
            let steps = graph.edges[state].iter().filter(|(_, to)| !graph.lost[*to]).map(|edge| (edge.1, 0, vec![*edge]));
            let over = of[state].iter().flat_map(|number| &stretches[*number]);
            for (to, more, way) in steps.chain(over.map(|one| (one.to, one.cost, one.way.clone()))) {
                let cost = cost + more;
                if cost < minutes && cost < best[to] {
                    open.remove(&(best[to], to));
                    best[to] = cost;
                    from[to] = Some((state, way));
                    open.insert((cost, to));
                }
            }
        }
        Cheaper::None
    }

    /// All states of the abstraction; `None` if there are too many.
    fn graph(&self) -> Option<Graph> {
        let folded = self.bounding.folded;
        let mut may = self.bounding.may.clone();
        let mut out = Graph::default();
        let mut index: BTreeMap<Vec<i64>, usize> = BTreeMap::new();
        let mut add = |numbers: Vec<i64>, may: &mut [Span], out: &mut Graph| {
            *index.entry(numbers).or_insert_with_key(|numbers| {
                look_at(&self.seen, numbers, may);
                let lost = folded.outage.truth(may);
                out.lost.push(!lost.no);
                out.doubtful.push(lost.yes);
                out.done.push(folded.goals.iter().all(|goal| goal.truth(may).yes));
                out.states.push(numbers.clone());
                out.states.len() - 1
            })
        };
        let first = self.seen.iter().map(|hole| self.bounding.start[*hole]).collect();
        add(first, &mut may, &mut out);
        while out.edges.len() < out.states.len() {
            let here = out.states[out.edges.len()].clone();
            let mut edges = Vec::new();
            look_at(&self.seen, &here, &mut may);
            let can: Vec<bool> = self.acting.iter().map(|(_, guard)| guard.iter().all(|one| one.truth(&may).yes)).collect();
            for (at, (action, _)) in self.acting.iter().enumerate().filter(|(at, _)| can[*at]) {
                look_at(&self.seen, &here, &mut may);
                for numbers in self.bounding.after(&self.seen, *action, &here, &may)?.into_iter().filter(|after| *after != here) {
                    look_at(&self.seen, &numbers, &mut may);
                    if folded.safe.iter().all(|one| one.truth(&may).yes) {
                        edges.push((at, add(numbers, &mut may, &mut out)));
                    }
                }
            }
            out.edges.push(edges);
            out.can.push(can);
            if out.states.len() > STATES_MAX {
                return None;
            }
        }
        Some(out)
    }

    /// What outages lead to, as far as they can be over in fewer minutes, and for each state those that begin there; `None` if that
    /// is too much. Outages that begin alike are one.
    fn stretches(&self, graph: &Graph, minutes: i64) -> Option<Stretches> {
        let mut out: Vec<Vec<Stretch>> = Vec::new();
        let mut of: Vec<Vec<usize>> = vec![Vec::new(); graph.states.len()];
        let mut known: BTreeMap<(usize, usize, bool, Vec<bool>), usize> = BTreeMap::new();
        let mut looked = 0;
        for from in (0..graph.states.len()).filter(|state| !graph.lost[*state]) {
            for &(opens, first) in graph.edges[from].iter().filter(|(_, to)| graph.lost[*to]) {
                // What may have been under way.
                let under_way = graph.can[from].iter().zip(&graph.can[first]).map(|(before, after)| *before && *after).collect();
                let number = *known.entry((opens, first, graph.doubtful[from], under_way)).or_insert_with_key(
                    |(opens, first, is_doubtful, under_way)| {
                        let opening = self.opening((*opens, *is_doubtful), &graph.states[*first], under_way);
                        out.push(Self::over(graph, &opening, (*opens, *first), minutes, &mut looked));
                        out.len() - 1
                    },
                );
                of[from].push(number);
                if looked > EDGES_MAX {
                    return None;
                }
            }
        }
        Some((out, of))
    }

    /// What one outage leads to.
    fn over(graph: &Graph, opening: &Opening, opens: (usize, usize), minutes: i64, looked: &mut usize) -> Vec<Stretch> {
        // The edge that each state was come by.
        let mut came: Vec<Option<(usize, usize)>> = vec![None; graph.states.len()];
        let mut ends: BTreeMap<usize, (i64, usize, usize)> = BTreeMap::new();
        let mut next = vec![opens.1];
        while let Some(state) = next.pop() {
            *looked += graph.edges[state].len();
            let Some(here) = opening.time(&graph.states[state]) else { continue };
            if graph.done[state] && here < minutes {
                // It may end while something is lost.
                ends.insert(state, (here, state, usize::MAX));
            }
            for &(at, to) in &graph.edges[state] {
                let Some(end) = opening.ends[at] else { continue };
                if !graph.lost[to] {
                    let cost = here.max(end);
                    if cost < minutes && ends.get(&to).is_none_or(|known| cost < known.0) {
                        ends.insert(to, (cost, state, at));
                    }
                } else if came[to].is_none()
                    && to != opens.1
                    && opening.time(&graph.states[to]).is_some_and(|time| time < minutes)
                {
                    came[to] = Some((state, at));
                    next.push(to);
                }
            }
        }
        let stretch = |(to, (cost, last, closes)): (usize, (i64, usize, usize))| {
            let (mut way, mut state) = (if to == last { Vec::new() } else { vec![(closes, to)] }, last);
            while let Some((before, at)) = came[state] {
                way.push((at, state));
                state = before;
            }
            way.push(opens);
            way.reverse();
            Stretch { to, cost, way }
        };
        ends.into_iter().map(stretch).collect()
    }

    /// The way to a state, with the numbers after each action.
    fn way(&self, graph: &Graph, from: &[Option<Came>], mut state: usize) -> Vec<(usize, Vec<i64>)> {
        let mut parts = Vec::new();
        while let Some((before, way)) = &from[state] {
            parts.push(way);
            state = *before;
        }
        let edges = parts.into_iter().rev().flatten();
        edges.map(|(at, to)| (self.acting[*at].0, graph.states[*to].clone())).collect()
    }

    /// Earliest times from the start of an action that leads to a state in which something is lost; from its end if that may have
    /// been so before.
    fn opening(&self, (opens, is_doubtful): (usize, bool), after: &[i64], under_way: &[bool]) -> Opening {
        let folded = self.bounding.folded;
        let mut may = self.bounding.may.clone();
        let began = folded.actions[self.acting[opens].0].most.filter(|_| !is_doubtful).unwrap_or(0);
        let mut out = Opening {
            numbers: after.iter().map(|number| vec![(*number, began)]).collect(),
            // What may have been under way ends when it likes.
            ends: under_way.iter().map(|is| is.then_some(began)).collect(),
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
                    if out.numbers[place].iter().all(|(known, _)| *known != number) {
                        out.numbers[place].push((number, time));
                        add(&mut may[change.hole], number);
                        changed = true;
                    }
                }
            }
        }
        changed
    }
}
