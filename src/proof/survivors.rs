//! What is left of what was proved of a system when its guards ask for less: of the lemmas those that, taken together, are still
//! kept by every move (the largest such set; after Houdini, Flanagan and Leino, FME 2001). One solver answers for all changes.
//! Not trusted: [`super::certificate`] asks again.

use super::system::System;
use crate::engine::logic::term::{Bool, and, bool_hole, holes, implies, not, or, replaced, truth};
use crate::engine::logic::z3::{Facts, Literal, Told};
use crate::model::site::HoleId;
use std::collections::{BTreeMap, BTreeSet};

/// Solver effort for one question.
const EFFORT: u32 = 4_000_000;

/// Lemmas of a system, asked about again and again.
pub struct Survivors<'s> {
    system: &'s System,
    lemmas: Vec<Bool>,
    reads: Vec<BTreeSet<HoleId>>,
    solver: Facts,
    /// For each lemma, the hole that switches it on.
    on: Vec<HoleId>,
    /// For each move, the hole that switches on the question about it as it is.
    asked: Vec<HoleId>,
    holes: usize,
}

impl<'s> Survivors<'s> {
    /// Lemmas that are true at the start. For [`Self::of`] all moves of the system keep them, as the guards are.
    #[must_use]
    pub fn new(system: &'s System, lemmas: Vec<Bool>) -> Self {
        let holes = system.first + system.count;
        let reads = lemmas.iter().map(reads).collect();
        let solver = Facts::new(EFFORT, holes);
        let mut out = Self { system, reads, lemmas, solver, on: Vec::new(), asked: Vec::new(), holes };
        for group in &system.groups {
            out.solver.assert(&or(group.clone().map(bool_hole)));
            for a in group.clone() {
                for b in a + 1..group.end {
                    out.solver.assert(&or([not(bool_hole(a)), not(bool_hole(b))]));
                }
            }
        }
        for at in 0..out.lemmas.len() {
            let on = out.hole();
            out.on.push(on);
            out.solver.assert(&implies(bool_hole(on), out.lemmas[at].clone()));
        }
        for at in 0..system.moves.len() {
            let guard: Vec<Bool> = system.moves[at].guard.iter().map(|(_, condition)| condition.clone()).collect();
            let asked = out.question(at, guard);
            out.asked.push(asked);
        }
        out
    }

    fn hole(&mut self) -> HoleId {
        self.holes += 1;
        self.holes - 1
    }

    /// That a move with this guard breaks a lemma that is switched on.
    fn question(&mut self, at: usize, guard: Vec<Bool>) -> HoleId {
        let after: BTreeMap<HoleId, Bool> = self.system.after(at).into_iter().collect();
        let next = |hole| after.get(&hole).cloned().unwrap_or_else(|| bool_hole(hole));
        let touched = (0..self.lemmas.len()).filter(|lemma| self.reads[*lemma].iter().any(|hole| after.contains_key(hole)));
        let broken = or(touched.map(|lemma| and([bool_hole(self.on[lemma]), not(replaced(&self.lemmas[lemma], &next))])));
        let asked = self.hole();
        self.solver.assert(&implies(bool_hole(asked), and(guard.into_iter().chain([broken]))));
        asked
    }

    /// For each lemma, whether it is among those that are left with the guards as they are. `None` if the effort ran out.
    #[must_use]
    pub fn all(&mut self) -> Option<Vec<bool>> {
        let mut left = vec![true; self.lemmas.len()];
        self.settle(&self.asked.clone(), &mut left)?;
        Some(left)
    }

    /// For each lemma, whether it is among those that are left with these guards in the place of those that the moves have.
    /// `None` if the effort ran out.
    #[must_use]
    pub fn of(&mut self, guards: &BTreeMap<usize, Vec<Bool>>) -> Option<Vec<bool>> {
        let mut asked = self.asked.clone();
        for (at, guard) in guards {
            asked[*at] = self.question(*at, guard.clone());
        }
        let mut left = vec![true; self.lemmas.len()];
        // The other moves keep all lemmas as long as all are there.
        let mut fell = false;
        for at in guards.keys() {
            fell |= self.drop_broken(*at, asked[*at], &mut left)?;
        }
        if fell {
            self.settle(&asked, &mut left)?;
        }
        for at in guards.keys() {
            self.solver.assert(&not(bool_hole(asked[*at])));
        }
        Some(left)
    }

    /// Drops lemmas until every move keeps those that are left.
    fn settle(&mut self, asked: &[HoleId], left: &mut [bool]) -> Option<()> {
        let mut fell = true;
        while fell {
            fell = false;
            for (at, asked) in asked.iter().enumerate() {
                fell |= self.drop_broken(at, *asked, left)?;
            }
        }
        Some(())
    }

    /// Drops the lemmas that a move breaks; whether there were any.
    fn drop_broken(&mut self, at: usize, asked: HoleId, left: &mut [bool]) -> Option<bool> {
        let mut fell = false;
        loop {
            let mut supposed: Vec<Literal> = self.on.iter().copied().zip(left.iter().copied()).collect();
            supposed.push((asked, true));
            let state = match self.solver.ask(&supposed) {
                Told::Impossible(_) => return Some(fell),
                Told::Unknown => return None,
                Told::Possible(state) => state,
            };
            let after = self.system.next(&state, at);
            let broken = (0..left.len()).filter(|lemma| left[*lemma] && !truth(&self.lemmas[*lemma], &after));
            let broken: Vec<usize> = broken.collect();
            if broken.is_empty() {
                return None;
            }
            for lemma in broken {
                left[lemma] = false;
            }
            fell = true;
        }
    }
}

fn reads(term: &Bool) -> BTreeSet<HoleId> {
    let mut out = BTreeSet::new();
    holes(term, &mut out);
    out
}
