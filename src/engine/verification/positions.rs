//! What a plan says of the order of its steps, and a position for each where it is left open.
//! Trusted: a mistake here can make a wrong *holds*.

use super::walk::Walk;
use crate::engine::logic::term::{self, Bool, TRUE, not};
use crate::model::site::{Domain, HoleId};

/// A set of steps, one bit for each.
pub type Steps = u128;

/// Holes beyond those of a site.
pub struct Pool {
    /// How many the site has.
    pub first: HoleId,
    /// What the others can be.
    pub domains: Vec<Domain>,
}

impl Pool {
    /// One more hole.
    pub fn hole(&mut self, domain: Domain) -> HoleId {
        self.domains.push(domain);
        self.first + self.domains.len() - 1
    }

    /// One more boolean hole.
    pub fn boolean(&mut self) -> Bool {
        term::bool_hole(self.hole(Domain::Boolean))
    }
}

/// The members of a set of steps.
pub fn members(steps: Steps) -> impl Iterator<Item = usize> {
    (0..128).filter(move |step| steps >> step & 1 == 1)
}

/// What a plan says of the order of its steps, and a position for each. One more stands for the end.
#[derive(Clone)]
pub struct Order {
    /// For each step: those before it. The last is the end.
    pub before: Vec<Steps>,
    /// For each step: those after it.
    pub after: Vec<Steps>,
    /// The hole that is the position of the first step.
    positions: HoleId,
}

impl Order {
    /// The order of a plan; `None` if there is a circle.
    #[must_use]
    pub fn new(walk: &Walk<'_>, pool: &mut Pool) -> Option<Self> {
        let before = walk.plan.predecessors()?;
        let mut before: Vec<Steps> = before.iter().map(|steps| steps.iter().fold(0, |bits, step| bits | 1 << step)).collect();
        let steps = before.len();
        before.push((1 << steps) - 1);
        let after = (0..steps).map(|step| {
            members(before[steps]).filter(|later| before[*later] >> step & 1 == 1).fold(0, |bits, later| bits | 1 << later)
        });
        let after = after.chain([0]).collect();
        let positions = pool.first + pool.domains.len();
        pool.domains.extend((0..steps).map(|_| Domain::Range(0, i64::try_from(steps).unwrap_or(i64::MAX))));
        Some(Self { before, after, positions })
    }

    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.before.len() - 1
    }

    /// That a step comes before another. Steps at one position come as listed, so positions need not differ.
    #[must_use]
    pub fn precedes(&self, first: usize, second: usize) -> Bool {
        if first == second || self.before[first] >> second & 1 == 1 {
            return term::FALSE;
        }
        if self.before[second] >> first & 1 == 1 { TRUE } else { self.at_most(first, second) }
    }

    fn at_most(&self, first: usize, second: usize) -> Bool {
        let position = |step: usize| term::int_hole(self.positions + step, 0, i64::try_from(self.steps()).unwrap_or(i64::MAX));
        if first < second {
            term::at_most(position(first), position(second))
        } else {
            not(term::at_most(position(second), position(first)))
        }
    }

    /// What the plan says of the positions; what follows from the rest is left out.
    #[must_use]
    pub fn edges(&self) -> Vec<Bool> {
        let mut out = Vec::new();
        for second in 0..self.steps() {
            let direct = members(self.before[second]).filter(|first| self.after[*first] & self.before[second] == 0);
            out.extend(direct.map(|first| self.at_most(first, second)));
        }
        out
    }

    /// The steps by their positions.
    #[must_use]
    pub fn filled(&self, filled: &[i64]) -> Vec<usize> {
        let mut out: Vec<usize> = (0..self.steps()).collect();
        out.sort_by_key(|step| (filled[self.positions + step], *step));
        out
    }
}
