//! The states of a search that are to be looked at: the best first. Once many were added without reaching the goals, only every
//! other one is the best, and the others are drawn so that each kind of state (as far from the goals, with as many objects in use)
//! is as likely as any other: where the measure misleads, as it does once tapes run short, the search leaves that region (type-
//! based exploration, Xie, Müller, Holte and Imai, AAAI 2014). Deterministic.

use super::random::Random;
use std::collections::{BTreeMap, BTreeSet};

/// So many states are added before any is drawn.
const PATIENCE: usize = 100;

/// How far from the goals a state is thought to be, and how many objects that only plans name are in use.
pub type Kind = (usize, u32);

/// States that wait, by their number, each with a rank; the least rank is the best.
pub struct Frontier<R> {
    best: BTreeSet<(R, usize)>,
    kinds: BTreeMap<Kind, Vec<usize>>,
    /// The rank of each state that waits; `kinds` also names some that do not any more.
    waiting: Vec<Option<R>>,
    random: Random,
    is_drawn: bool,
}

impl<R> Default for Frontier<R> {
    /// None waits.
    fn default() -> Self {
        let (best, kinds, waiting) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        Self { best, kinds, waiting, random: Random::new(0), is_drawn: false }
    }
}

impl<R: Copy + Ord> Frontier<R> {
    /// A state that does not wait, waits from now on.
    pub fn add(&mut self, state: usize, rank: R, kind: Kind) {
        if self.waiting.len() <= state {
            self.waiting.resize(state + 1, None);
        }
        self.waiting[state] = Some(rank);
        self.best.insert((rank, state));
        self.kinds.entry(kind).or_default().push(state);
    }

    /// Takes out the state that is next, with its rank.
    pub fn take(&mut self) -> Option<(R, usize)> {
        self.is_drawn = !self.is_drawn && self.waiting.len() > PATIENCE;
        let state = if self.is_drawn { self.drawn() } else { None };
        let state = state.or_else(|| self.best.first().map(|(_, state)| *state))?;
        let rank = self.waiting[state].take()?;
        self.best.remove(&(rank, state));
        Some((rank, state))
    }

    fn drawn(&mut self) -> Option<usize> {
        while !self.kinds.is_empty() {
            let at = self.random.below(self.kinds.len());
            let kind = *self.kinds.keys().nth(at)?;
            let states = self.kinds.get_mut(&kind)?;
            let state = states.swap_remove(self.random.below(states.len()));
            if states.is_empty() {
                self.kinds.remove(&kind);
            }
            if self.waiting[state].is_some() {
                return Some(state);
            }
        }
        None
    }
}
