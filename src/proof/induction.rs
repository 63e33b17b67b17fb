//! Proves that something is never reached, without a bound on the number of steps, or finds a way to it: property-directed
//! reachability (IC3; Bradley, VMCAI 2011; Een, Mishchenko and Brayton, FMCAD 2011). What must never be is assumed as a whole
//! in the state before, so that only what is missing for one-step induction is learned, as clauses, most of them of two
//! literals. Of a state that could lead astray only the facts that matter are blocked ([`because`]).
//! Not trusted: [`super::certificate`] asks about each action again, and a way is replayed.

use super::system::{State, System, because, literal};
use crate::engine::logic::term::{Bool, and, bool_hole, iff, implies, not, or, replaced};
use crate::engine::logic::z3::{Facts, Literal, Told};
use crate::model::site::HoleId;
use std::collections::{BTreeSet, VecDeque};

/// Solver effort for one question, in its own units of work.
const EFFORT: u32 = 2_000_000;

/// Facts that are never so together: the clause that is learned is its negation.
pub type Cube = BTreeSet<Literal>;

/// How a proof ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is never reached: with these cubes never entered, one-step induction shows it.
    Never(Vec<Cube>),
    /// It is reached by these moves from the first state, the last of which brings it about.
    Way(Vec<usize>),
    /// The effort ran out; no way of at most so many moves leads there.
    GaveUp(usize),
}

/// Tries to prove that nothing bad is ever reached. `known` is true of all states that are reached, and shown to be by one-step
/// induction; `images` gives the cubes that follow from one by symmetry; at most so many questions are asked.
#[must_use]
pub fn prove(system: &System, known: &[Bool], images: &dyn Fn(&Cube) -> Vec<Cube>, questions: usize) -> Outcome {
    if system.wrong(&system.start).is_some() {
        return Outcome::Way(Vec::new());
    }
    let mut induction = Induction::new(system, images, questions);
    for one in known {
        induction.solver.assert(one);
    }
    match induction.run() {
        Ok(cubes) => Outcome::Never(cubes),
        Err(Stop::Way(way)) => Outcome::Way(way),
        Err(Stop::GaveUp) => Outcome::GaveUp(induction.bound()),
    }
}

/// That a cube is not entered.
#[must_use]
pub fn clause(cube: &Cube) -> Bool {
    or(cube.iter().map(|(hole, is)| literal((*hole, !is))))
}

/// Why a proof stops early.
enum Stop {
    Way(Vec<usize>),
    GaveUp,
}

/// A cube that has to be kept out of the states that so many steps reach, and how it leads on to what is bad.
struct Obligation {
    cube: Cube,
    level: usize,
    /// The move out of it, and the obligation that it leads to; the last leads to what is bad.
    then: (usize, Option<usize>),
}

struct Induction<'s> {
    system: &'s System,
    images: &'s dyn Fn(&Cube) -> Vec<Cube>,
    solver: Facts,
    /// For each level: what is true of it alone (the hole that switches it on), and cubes that are kept out up to there.
    levels: Vec<(HoleId, Vec<Cube>)>,
    /// Holes that were given away.
    holes: usize,
    /// The hole of each move.
    moves: Vec<HoleId>,
    /// Holes that switch on: that a move is made; that the state after is bad.
    step: HoleId,
    astray: HoleId,
    left: usize,
}

impl<'s> Induction<'s> {
    fn new(system: &'s System, images: &'s dyn Fn(&Cube) -> Vec<Cube>, questions: usize) -> Self {
        let holes = system.first + 2 * system.count;
        let mut out = Self {
            system,
            images,
            // What comes first: the facts, before and after, two switches, the moves.
            solver: Facts::new(EFFORT, holes + 2 + system.moves.len()),
            levels: Vec::new(),
            holes,
            moves: Vec::new(),
            step: 0,
            astray: 0,
            left: questions,
        };
        out.step = out.hole();
        out.astray = out.hole();
        out.moves = (0..system.moves.len()).map(|_| out.hole()).collect();
        out.transitions();
        out.groups();
        let bad = or(system.bad.iter().cloned());
        out.solver.assert(&not(bad.clone()));
        let after = replaced(&bad, &|hole| bool_hole(out.primed(hole)));
        out.solver.assert(&implies(bool_hole(out.astray), after));
        let first = out.level();
        for hole in system.first..system.first + system.count {
            out.solver.assert(&implies(bool_hole(first), literal((hole, system.start[hole] != 0))));
        }
        out
    }

    fn hole(&mut self) -> HoleId {
        self.holes += 1;
        self.holes - 1
    }

    /// The fact in the state after.
    fn primed(&self, hole: HoleId) -> HoleId {
        hole + self.system.count
    }

    fn level(&mut self) -> HoleId {
        let switch = self.hole();
        self.levels.push((switch, Vec::new()));
        switch
    }

    /// Exactly one of each group is true, before and after.
    fn groups(&mut self) {
        for group in &self.system.groups {
            self.solver.assert(&or(group.clone().map(bool_hole)));
            for a in group.clone() {
                for b in a + 1..group.end {
                    self.solver.assert(&or([not(bool_hole(a)), not(bool_hole(b))]));
                }
            }
        }
    }

    /// What each move needs and does; what no move touches stays; at most one move is made.
    fn transitions(&mut self) {
        let system = self.system;
        let mut touching: Vec<Vec<Bool>> = vec![Vec::new(); system.first + system.count];
        for (at, each) in system.moves.iter().enumerate() {
            let made = bool_hole(self.moves[at]);
            let mut then = each.guard.iter().map(|(_, condition)| condition.clone()).collect::<Vec<_>>();
            for (hole, after) in system.after(at) {
                touching[hole].push(made.clone());
                then.push(iff(bool_hole(self.primed(hole)), after));
            }
            for one in then {
                self.solver.assert(&implies(made.clone(), one));
            }
        }
        for (hole, touching) in touching.into_iter().enumerate().skip(system.first) {
            let stays = iff(bool_hole(self.primed(hole)), bool_hole(hole));
            self.solver.assert(&or(touching.into_iter().chain([stays])));
        }
        let mut before: Option<Bool> = None;
        for at in 0..self.moves.len() {
            let (made, so_far) = (bool_hole(self.moves[at]), bool_hole(self.hole()));
            self.solver.assert(&implies(made.clone(), so_far.clone()));
            if let Some(before) = before {
                self.solver.assert(&and([implies(before.clone(), so_far.clone()), or([not(before), not(made)])]));
            }
            before = Some(so_far);
        }
        let some = or(self.moves.iter().map(|made| bool_hole(*made)));
        self.solver.assert(&implies(bool_hole(self.step), some));
    }

    fn ask(&mut self, level: usize, more: &[Literal]) -> Result<Told, Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::GaveUp)?;
        let mut supposed: Vec<Literal> = self.levels[level..].iter().map(|(switch, _)| (*switch, true)).collect();
        supposed.push((self.step, true));
        supposed.extend_from_slice(more);
        match self.solver.ask(&supposed) {
            Told::Unknown => Err(Stop::GaveUp),
            told => Ok(told),
        }
    }

    /// The cubes that, kept out, make the system inductive.
    fn run(&mut self) -> Result<Vec<Cube>, Stop> {
        self.level();
        loop {
            let last = self.levels.len() - 1;
            while let Told::Possible(state) = self.ask(last, &[(self.astray, true)])? {
                let made = self.made(&state)?;
                let after = self.system.next(&state, made);
                let cube = self.cause(&state, made, |reasons| {
                    if let Some(bad) = self.system.wrong(&after) {
                        because(&self.system.bad[bad], &after, reasons);
                    }
                });
                self.block(cube, last, made)?;
            }
            self.level();
            if let Some(cubes) = self.propagate()? {
                return Ok(cubes);
            }
        }
    }

    /// The length of the ways that are known not to lead to what is bad: each level but the last was left with none that does in
    /// one more move. Of the first level with moves nothing is known before that.
    fn bound(&self) -> usize {
        match self.levels.len() {
            0..3 => 0,
            levels => levels - 1,
        }
    }

    /// The move that a model makes.
    fn made(&self, state: &State) -> Result<usize, Stop> {
        self.moves.iter().position(|hole| state[*hole] != 0).ok_or(Stop::GaveUp)
    }

    /// Facts before a move that make it possible and lead to what is wanted after it.
    fn cause(&self, state: &[i64], made: usize, wanted: impl Fn(&mut BTreeSet<Literal>)) -> Cube {
        let mut after = BTreeSet::new();
        wanted(&mut after);
        let mut out = Cube::new();
        for (_, condition) in &self.system.moves[made].guard {
            because(condition, state, &mut out);
        }
        let changed = self.system.after(made);
        for (hole, is) in after {
            match changed.iter().find(|(changed, _)| *changed == hole) {
                Some((_, term)) => because(term, state, &mut out),
                None => {
                    out.insert((hole, is));
                }
            }
        }
        out
    }

    fn is_first(&self, cube: &Cube) -> bool {
        cube.iter().all(|(hole, is)| (self.system.start[*hole] != 0) == *is)
    }

    /// Keeps a cube, from which `made` leads to what is bad, out of the states of a level.
    fn block(&mut self, cube: Cube, level: usize, made: usize) -> Result<(), Stop> {
        let mut all = vec![Obligation { cube, level, then: (made, None) }];
        let mut open: VecDeque<usize> = VecDeque::from([0]);
        while let Some(at) = open.iter().copied().min_by_key(|at| (all[*at].level, usize::MAX - at)) {
            let (cube, level) = (all[at].cube.clone(), all[at].level);
            if self.is_first(&cube) {
                return Err(Stop::Way(way(&all, at)));
            }
            if self.is_kept_out(&cube, level) {
                open.retain(|other| *other != at);
                continue;
            }
            match self.before(&cube, level)? {
                Err(core) => {
                    open.retain(|other| *other != at);
                    let (least, reached) = self.generalised(&cube, core, level)?;
                    for image in (self.images)(&least) {
                        if !self.is_first(&image) {
                            self.keep_out(image, reached);
                        }
                    }
                    self.keep_out(least, reached);
                    if level + 1 < self.levels.len() {
                        all[at].level = level + 1;
                        open.push_back(at);
                    }
                }
                Ok(state) => {
                    let made = self.made(&state)?;
                    let cube = self.cause(&state, made, |reasons| reasons.extend(cube.iter().copied()));
                    open.push_back(all.len());
                    all.push(Obligation { cube, level: level - 1, then: (made, Some(at)) });
                }
            }
        }
        Ok(())
    }

    fn is_kept_out(&self, cube: &Cube, level: usize) -> bool {
        self.levels[level..].iter().any(|(_, cubes)| cubes.iter().any(|known| known.is_subset(cube)))
    }

    fn keep_out(&mut self, cube: Cube, level: usize) {
        if self.is_kept_out(&cube, level) {
            return;
        }
        for (_, cubes) in &mut self.levels[1..=level] {
            cubes.retain(|known| !cube.is_subset(known));
        }
        self.solver.assert(&implies(bool_hole(self.levels[level].0), clause(&cube)));
        self.levels[level].1.push(cube);
    }

    /// A state of the level before, outside of a cube, from which one move leads into it; or the part of the cube that is
    /// enough for there being none.
    fn before(&mut self, cube: &Cube, level: usize) -> Result<Result<State, Cube>, Stop> {
        let outside = self.hole();
        self.solver.assert(&implies(bool_hole(outside), clause(cube)));
        let mut supposed = vec![(outside, true)];
        supposed.extend(cube.iter().map(|(hole, is)| (self.primed(*hole), *is)));
        let told = self.ask(level - 1, &supposed)?;
        self.solver.assert(&not(bool_hole(outside)));
        Ok(match told {
            Told::Impossible(core) => {
                Err(cube.iter().filter(|(hole, is)| core.contains(&(self.primed(*hole), *is))).copied().collect())
            }
            Told::Possible(state) => Ok(state),
            Told::Unknown => return Err(Stop::GaveUp),
        })
    }

    /// A cube without facts that do not matter, and the last level that it is kept out of.
    fn generalised(&mut self, cube: &Cube, core: Cube, level: usize) -> Result<(Cube, usize), Stop> {
        let mut least = core;
        self.leave_start(&mut least, cube);
        let mut tried = Cube::new();
        while let Some(next) = least.iter().find(|fact| !tried.contains(fact)).copied() {
            tried.insert(next);
            let mut smaller = least.clone();
            smaller.remove(&next);
            if smaller.is_empty() || self.is_first(&smaller) {
                continue;
            }
            if let Err(mut core) = self.before(&smaller, level)? {
                self.leave_start(&mut core, &smaller);
                least = core;
            }
        }
        let mut reached = level;
        while reached + 1 < self.levels.len() && self.before(&least, reached + 1)?.is_err() {
            reached += 1;
        }
        Ok((least, reached))
    }

    /// Gives a part of a cube back a fact that is not so at the start, if it has none.
    fn leave_start(&self, part: &mut Cube, whole: &Cube) {
        if self.is_first(part) {
            part.extend(whole.iter().find(|(hole, is)| (self.system.start[*hole] != 0) != *is));
        }
    }

    /// Moves cubes on to the next level where they are kept out of it as well; all that are left where a level has none of
    /// its own any more.
    fn propagate(&mut self) -> Result<Option<Vec<Cube>>, Stop> {
        for level in 1..self.levels.len() - 1 {
            for cube in self.levels[level].1.clone() {
                if self.levels[level].1.contains(&cube) && self.before(&cube, level + 1)?.is_err() {
                    self.levels[level].1.retain(|other| *other != cube);
                    self.keep_out(cube, level + 1);
                }
            }
            if self.levels[level].1.is_empty() {
                return Ok(Some(self.levels[level + 1..].iter().flat_map(|(_, cubes)| cubes.iter().cloned()).collect()));
            }
        }
        Ok(None)
    }
}

/// The moves from a cube that the first state is in to what is bad.
fn way(all: &[Obligation], at: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let mut next = Some(at);
    while let Some(at) = next {
        out.push(all[at].then.0);
        next = all[at].then.1;
    }
    out
}

/// No symmetry.
#[must_use]
pub fn no_images(_: &Cube) -> Vec<Cube> {
    Vec::new()
}
