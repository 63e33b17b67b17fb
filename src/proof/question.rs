//! Questions about every site up to a bound: whether some legal one is like this, and the least of them.

use crate::engine::logic::solver::{Answer, Solver};
use crate::engine::logic::term::{self, Bool, Int, int_hole};
use crate::engine::logic::z3::Z3;
use crate::model::site::{HoleId, Site};
use std::collections::BTreeSet;

/// Asks about the completions of one site.
pub struct Asker<'s> {
    site: &'s Site,
    solver: Z3<'s>,
}

impl<'s> Asker<'s> {
    /// An asker about that site.
    #[must_use]
    pub fn new(site: &'s Site) -> Self {
        Self { site, solver: Z3::new(site) }
    }

    /// Whether `condition` can hold together with all of `background`. Of the background only what a completion breaks
    /// is ever sent, and added to `sent`.
    pub fn ask(&mut self, condition: &[&Bool], background: &[&Bool], sent: &mut BTreeSet<usize>) -> Answer {
        loop {
            let all: Vec<&Bool> = condition.iter().copied().chain(sent.iter().map(|at| background[*at])).collect();
            let answer = self.solver.ask(&all);
            let Answer::Possible(filled) = &answer else { return answer };
            let broken: Vec<usize> =
                (0..background.len()).filter(|at| !sent.contains(at) && !term::truth(background[*at], filled)).collect();
            if broken.is_empty() {
                return answer;
            }
            sent.extend(broken);
        }
    }

    /// Whether it can; and then the holes of `about` have the least values that they can have, the first ones first, so that
    /// the answer does not depend on the solver's taste.
    pub fn least(&mut self, condition: &Bool, background: &[&Bool], about: &[HoleId]) -> Answer {
        let mut sent = BTreeSet::new();
        let mut best = match self.ask(&[condition], background, &mut sent) {
            Answer::Possible(filled) => filled,
            other => return other,
        };
        let mut fixed: Vec<Bool> = Vec::new();
        for &hole in about {
            let ranges = self.site.ranges(hole);
            let (low, high) = (ranges.iter().map(|r| r.0).min().unwrap_or(0), ranges.iter().map(|r| r.1).max().unwrap_or(0));
            let number = || int_hole(hole, low, high);
            // Values are halved between what is known to be too low and what is known to do.
            let mut from = low;
            while from < best[hole] {
                let middle = from + (best[hole] - from - 1) / 2;
                let lower = term::at_most(number(), Int::Const(middle));
                let asked: Vec<&Bool> = std::iter::once(condition).chain(&fixed).chain([&lower]).collect();
                match self.ask(&asked, background, &mut sent) {
                    Answer::Possible(filled) => best = filled,
                    Answer::Impossible => from = middle + 1,
                    Answer::Unknown(why) => return Answer::Unknown(why),
                }
            }
            fixed.push(term::equal(number(), Int::Const(best[hole])));
        }
        Answer::Possible(best)
    }
}
