//! Finds a way to the goals: best first by the length of a relaxed plan, and from each state as far along that plan as it
//! really leads (lookahead after YAHSP, Vidal, ICAPS 2004). States in which nothing is new wait: of all that are as far from the
//! goals, one comes early only if something is so in it that was so in none before (novelty after Lipovetzky and Geffner, AAAI
//! 2017). Which state is next is for [`Frontier`] to say. Deterministic; bounded in states, not in time.

use super::folded::{Folded, State};
use super::frontier::Frontier;
use super::relaxed::{Reads, relaxed_plan};
use crate::model::site::HoleId;
use std::collections::BTreeSet;

/// Most states that are looked at.
pub const STATES_MAX: usize = 3_000;

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A way to the goals: ground actions, by index.
    Way(Vec<usize>),
    /// There is none, whatever object a step takes: not even if nothing that is once true could become false, or in no state that
    /// can be reached.
    Nothing,
    /// None was found among the states that the bound allows.
    GaveUp,
}

struct Node {
    state: State,
    /// The node it comes from, and the ground actions from there, by index.
    from: Option<(usize, Vec<usize>)>,
    used: u64,
    cured: u64,
    relaxed: Vec<usize>,
}

/// A way from a state to the goals of a task. `used` are the objects of a plan that are in use already, `cured` the cures
/// that were done.
#[must_use]
pub fn search(folded: &Folded<'_>, known: &Reads, start: State, used: u64, cured: u64) -> Found {
    search_within(folded, known, start, (used, cured), STATES_MAX)
}

/// The same among so many states. `done` are the objects in use and the cures.
#[must_use]
pub fn search_within(folded: &Folded<'_>, known: &Reads, start: State, done: (u64, u64), most: usize) -> Found {
    let (used, cured) = done;
    let (seen, open, told) = (BTreeSet::new(), Frontier::default(), BTreeSet::new());
    let mut search = Search { folded, known, all: folded.everything(), nodes: Vec::new(), seen, open, told };
    // Objects that are not in use are taken one after the other, which says something of all orders only if they are alike.
    let nothing = if search.usable(used).len() == search.all.len() { Found::Nothing } else { Found::GaveUp };
    if search.add(start, None, used, cured).is_none() {
        return nothing;
    }
    while let Some(((stage, is_old, _), index)) = search.open.take() {
        if search.is_goal(index) {
            return Found::Way(search.way(index));
        }
        if search.nodes.len() > most {
            return Found::GaveUp;
        }
        match stage {
            Stage::Lookahead => {
                search.wait(index, Stage::Helpful, is_old);
                for spends in [false, true] {
                    let ahead = search.lookahead(index, spends);
                    search.follow(index, ahead);
                }
            }
            Stage::Helpful => {
                for action in search.nodes[index].relaxed.clone() {
                    search.follow(index, vec![action]);
                }
                search.wait(index, Stage::Any, is_old);
            }
            Stage::Any => {
                for action in search.usable(search.nodes[index].used) {
                    search.follow(index, vec![action]);
                }
            }
        }
    }
    nothing
}

/// What is tried next from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// As far along the relaxed plan as it leads.
    Lookahead,
    /// One action of the relaxed plan.
    Helpful,
    /// Any action.
    Any,
}

struct Search<'a> {
    folded: &'a Folded<'a>,
    known: &'a Reads,
    /// The actions that can ever be allowed.
    all: Vec<usize>,
    nodes: Vec<Node>,
    seen: BTreeSet<(State, u64)>,
    /// Nodes by what is tried next, whether something is new in them, and how far they are from the goals.
    open: Frontier<(Stage, bool, usize)>,
    /// What was so in some state as far from the goals: that a hole is a number.
    told: BTreeSet<(usize, HoleId, i64)>,
}

impl Search<'_> {
    /// A new node, unless it is known or a dead end.
    fn add(&mut self, state: State, from: Option<(usize, Vec<usize>)>, used: u64, cured: u64) -> Option<usize> {
        if !self.seen.insert((state.clone(), cured)) {
            return None;
        }
        let relaxed = relaxed_plan(self.folded, self.known, &state, cured, &self.usable(used))?;
        let index = self.nodes.len();
        let mut is_old = true;
        for (hole, number) in state.iter().enumerate() {
            is_old &= !self.told.insert((relaxed.len(), hole, *number));
        }
        self.nodes.push(Node { state, from, used, cured, relaxed });
        self.wait(index, Stage::Lookahead, is_old);
        Some(index)
    }

    /// A node waits for its next stage.
    fn wait(&mut self, index: usize, stage: Stage, is_old: bool) {
        let Node { relaxed, used, .. } = &self.nodes[index];
        self.open.add(index, (stage, is_old, relaxed.len()), (relaxed.len(), used.count_ones()));
    }

    /// Ground actions that use no object of a plan but those in use and the first that is not.
    fn usable(&self, used: u64) -> Vec<usize> {
        let fresh = !used & used.wrapping_add(1);
        self.all.iter().copied().filter(|action| self.folded.actions[*action].objects & !(used | fresh) == 0).collect()
    }

    /// Does these actions from a node, if they are allowed and safe.
    fn follow(&mut self, index: usize, actions: Vec<usize>) {
        let node = &self.nodes[index];
        let (mut state, mut used, mut cured) = (node.state.clone(), node.used, node.cured);
        for action in &actions {
            if !self.folded.allows(&state, *action) {
                return;
            }
            state = self.folded.next(&state, *action);
            used |= self.folded.actions[*action].objects;
            cured |= self.folded.actions[*action].cures;
            if !self.folded.is_safe(&state) {
                return;
            }
        }
        if !actions.is_empty() {
            self.add(state, Some((index, actions)), used, cured);
        }
    }

    /// The actions of the relaxed plan that can really be done, one after the other, until none can. What takes an object
    /// that is not in use yet waits for the rest, and is done only once: then a new relaxed plan is due.
    fn lookahead(&self, index: usize, spends: bool) -> Vec<usize> {
        let (folded, node) = (self.folded, &self.nodes[index]);
        let (mut state, mut used, mut cured) = (node.state.clone(), node.used, node.cured);
        let mut left = node.relaxed.clone();
        let mut out = Vec::new();
        loop {
            let mut next = None;
            let spent = !spends || used != node.used;
            let frugal = left.iter().enumerate().filter(|(_, action)| folded.actions[**action].objects & !used == 0);
            let other = left.iter().enumerate().filter(|(_, action)| folded.actions[**action].objects & !used != 0 && !spent);
            for (at, action) in frugal.chain(other) {
                let taken = folded.actions[*action].objects & used & !node.used != 0 && !folded.allows(&state, *action);
                let Some(action) = (if taken { self.with_fresh(*action, node.used, used) } else { Some(*action) }) else {
                    continue;
                };
                if !folded.allows(&state, action) {
                    continue;
                }
                let after = folded.next(&state, action);
                let helps = after != state || folded.actions[action].cures & !cured != 0;
                if helps && folded.is_safe(&after) {
                    next = Some((at, action, after));
                    break;
                }
            }
            let Some((at, action, after)) = next else { return out };
            left.remove(at);
            used |= folded.actions[action].objects;
            cured |= folded.actions[action].cures;
            state = after;
            out.push(action);
        }
    }

    /// The same ground action with the first object that is not in use, in the place of one that was not when the relaxed
    /// plan was made.
    fn with_fresh(&self, action: usize, before: u64, used: u64) -> Option<usize> {
        let fresh = !used & used.wrapping_add(1);
        let actions = &self.folded.task.actions;
        let kept = actions[action].objects & before;
        actions.iter().position(|other| {
            let differ = other.arguments.iter().zip(&actions[action].arguments).filter(|(a, b)| a != b).count();
            other.action == actions[action].action && other.objects == kept | fresh && differ == 1
        })
    }

    fn is_goal(&self, index: usize) -> bool {
        self.folded.is_done(&self.nodes[index].state, self.nodes[index].cured)
    }

    fn way(&self, index: usize) -> Vec<usize> {
        let mut out: Vec<usize> = Vec::new();
        let mut at = index;
        while let Some((from, actions)) = &self.nodes[at].from {
            out.splice(0..0, actions.iter().copied());
            at = *from;
        }
        out
    }
}
