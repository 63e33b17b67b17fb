//! What each step of a plan sees when the order is left open: terms over a position for each step. A variable has the
//! value that its last writer before the step gave it, else its start value; no state is unrolled.
//! Trusted: a mistake here can make a wrong *holds*. `tests/orders.rs` holds it against the walk.

use super::parts::{Shape, Values, fresh, is_plain, same, values, widen, without_numbers};
use super::positions::{Order, Pool, Steps, members};
use super::walk::Walk;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::term::{self, Bool, TRUE, and, implies, not, or};
use crate::model::site::HoleId;
use std::collections::{BTreeMap, BTreeSet};

/// What a hole stands for.
#[derive(Clone)]
enum Meaning {
    /// The value of a part after a step that can write it.
    Written(Sym),
    /// The value of a part that a step sees: its last writer is one of these, or the start.
    Last { step: usize, candidates: Steps },
}

/// A writer, or none, and what is true if it is the last.
type Case = (Option<usize>, Bool);

struct Definition {
    part: usize,
    sym: Sym,
    meaning: Meaning,
}

/// What each step of a plan sees. A state is taken apart: a part is a variable of one place, or one member of a set.
pub struct Views<'a> {
    walk: &'a Walk<'a>,
    order: Order,
    shape: Shape,
    start: Vec<Sym>,
    values: Vec<Values>,
    writers: Vec<Steps>,
    written: BTreeMap<(usize, usize), Sym>,
    seen: BTreeMap<(usize, usize), Sym>,
    definitions: Vec<Definition>,
    defined: BTreeMap<HoleId, usize>,
    last: BTreeMap<(usize, Steps), Vec<Case>>,
}

impl<'a> Views<'a> {
    /// The views of a plan's steps.
    #[must_use]
    pub fn new(walk: &'a Walk<'a>, order: &Order, pool: &mut Pool) -> Self {
        let mut views = Self {
            walk,
            order: order.clone(),
            shape: Shape::new(walk.base.vocabulary, walk.layout),
            start: Vec::new(),
            values: Vec::new(),
            writers: Vec::new(),
            written: BTreeMap::new(),
            seen: BTreeMap::new(),
            definitions: Vec::new(),
            defined: BTreeMap::new(),
            last: BTreeMap::new(),
        };
        views.start = views.parts(&walk.start());
        views.explore(pool);
        // Fewer before it: earlier in every order.
        let mut steps: Vec<usize> = (0..order.steps()).collect();
        steps.sort_by_key(|step| order.before[*step].count_ones());
        for step in steps {
            views.step(step, pool);
        }
        views
    }

    fn parts(&self, state: &[Sym]) -> Vec<Sym> {
        self.shape.parts(state)
    }

    fn state(&self, parts: &[Sym]) -> Vec<Sym> {
        self.shape.state(parts)
    }

    /// Finds which steps can write which parts, and with what values, whatever the order.
    fn explore(&mut self, pool: &mut Pool) {
        self.writers = vec![0; self.start.len()];
        self.values = self.start.iter().map(values).collect();
        loop {
            let mark = pool.domains.len();
            let any = self.anything(pool);
            let state = self.state(&any);
            let mut changed = false;
            for step in 0..self.order.steps() {
                for (part, after) in self.parts(&self.walk.apply(&state, step)).into_iter().enumerate() {
                    if after != any[part] {
                        changed |= self.writers[part] >> step & 1 == 0;
                        self.writers[part] |= 1 << step;
                        changed |= widen(&mut self.values[part], values(&after));
                    }
                }
            }
            pool.domains.truncate(mark);
            if !changed {
                return;
            }
        }
    }

    /// A state in which each part that is ever written can be anything that it ever is.
    fn anything(&self, pool: &mut Pool) -> Vec<Sym> {
        let one = |part: usize| if self.writers[part] == 0 { self.start[part].clone() } else { fresh(&self.values[part], pool) };
        (0..self.start.len()).map(one).collect()
    }

    /// A state that can be any that is ever reached, and more; its holes mean nothing else.
    #[must_use]
    pub fn any_state(&self, pool: &mut Pool) -> Vec<Sym> {
        let any = self.anything(pool);
        self.state(&any)
    }

    /// The steps that can write one of these places.
    #[must_use]
    pub fn writers_of(&self, places: &BTreeSet<usize>) -> Steps {
        self.shape.parts_of(places).into_iter().fold(0, |steps, part| steps | self.writers[part])
    }

    fn step(&mut self, step: usize, pool: &mut Pool) {
        let before = self.before(step, pool);
        let after = self.parts(&self.walk.apply(&before, step));
        for (part, value) in after.into_iter().enumerate() {
            if self.writers[part] >> step & 1 == 1 {
                let value = if let Sym::Bool(term) = &value { Sym::Bool(without_numbers(term)) } else { value };
                let value = if is_plain(&value) { value } else { self.define(part, Meaning::Written(value), pool) };
                self.written.insert((step, part), value);
            }
        }
    }

    fn define(&mut self, part: usize, meaning: Meaning, pool: &mut Pool) -> Sym {
        let first = pool.first + pool.domains.len();
        let sym = fresh(&self.values[part], pool);
        let holes = first..pool.first + pool.domains.len();
        self.defined.extend(holes.map(|hole| (hole, self.definitions.len())));
        self.definitions.push(Definition { part, sym: sym.clone(), meaning });
        sym
    }

    /// The state that a step sees when it starts. Of the end: the state when all steps are done.
    pub fn before(&mut self, step: usize, pool: &mut Pool) -> Vec<Sym> {
        let parts: Vec<Sym> = (0..self.start.len()).map(|part| self.seen(step, part, pool)).collect();
        self.state(&parts)
    }

    /// The state right after a step.
    pub fn after(&mut self, step: usize, pool: &mut Pool) -> Vec<Sym> {
        let mut parts = Vec::new();
        for part in 0..self.start.len() {
            let written = self.written.get(&(step, part)).cloned();
            parts.push(written.unwrap_or_else(|| self.seen(step, part, pool)));
        }
        self.state(&parts)
    }

    fn seen(&mut self, step: usize, part: usize, pool: &mut Pool) -> Sym {
        if let Some(known) = self.seen.get(&(step, part)) {
            return known.clone();
        }
        let certain = self.writers[part] & self.order.before[step];
        let possible = self.writers[part] & !self.order.after[step] & !(1 << step);
        // One that is overwritten by a step that comes before this one is never the last.
        let candidates = members(possible)
            .filter(|writer| self.order.after[*writer] & certain == 0)
            .fold(0, |bits, writer| bits | 1 << writer);
        let sym = match members(candidates).next() {
            None => self.start[part].clone(),
            Some(writer) if candidates.is_power_of_two() && certain != 0 => self.written[&(writer, part)].clone(),
            Some(_) => self.define(part, Meaning::Last { step, candidates }, pool),
        };
        self.seen.insert((step, part), sym.clone());
        sym
    }

    /// What the holes of these terms mean, and the holes of that, and so on.
    pub fn meanings(mut self, asked: &[Bool], pool: &mut Pool) -> Vec<Bool> {
        let mut holes = BTreeSet::new();
        for term in asked {
            term::holes(term, &mut holes);
        }
        let mut out: Vec<Bool> = Vec::new();
        let mut done = BTreeSet::new();
        while let Some(hole) = holes.pop_first() {
            let Some(&index) = self.defined.get(&hole) else { continue };
            if done.insert(index) {
                let first = out.len();
                self.meaning(index, &mut out, pool);
                out[first..].iter().for_each(|term| term::holes(term, &mut holes));
            }
        }
        out
    }

    fn meaning(&mut self, index: usize, out: &mut Vec<Bool>, pool: &mut Pool) {
        let Definition { part, sym, meaning } = &self.definitions[index];
        let (part, sym) = (*part, sym.clone());
        match meaning.clone() {
            Meaning::Written(value) => out.extend(same(&self.values[part], &sym, &value)),
            Meaning::Last { step, candidates } => {
                for (writer, is_last) in self.last(step, candidates, out, pool) {
                    let value = writer.map_or(&self.start[part], |writer| &self.written[&(writer, part)]);
                    out.extend(same(&self.values[part], &sym, value).into_iter().map(|same| implies(is_last.clone(), same)));
                }
            }
        }
    }

    /// For each of the candidates, and for none where that can be: what is true if it is the last writer before a step.
    fn last(&mut self, step: usize, candidates: Steps, out: &mut Vec<Bool>, pool: &mut Pool) -> Vec<Case> {
        if let Some(known) = self.last.get(&(step, candidates)) {
            return known.clone();
        }
        let order = &self.order;
        let certain = candidates & order.before[step];
        let mut cases: Vec<Case> = Vec::new();
        if candidates.is_power_of_two() {
            let writer = members(candidates).next();
            let is_last = writer.map_or(TRUE, |writer| order.precedes(writer, step));
            cases.extend([(writer, is_last.clone()), (None, not(is_last))]);
        } else {
            for writer in members(candidates) {
                let later = order.after[writer] & candidates;
                // Of those that come after it anyway, only the first can be the next.
                let rivals = members(candidates & !order.before[writer] & !(1 << writer))
                    .filter(|rival| order.before[*rival] & later == 0);
                let between = rivals.map(|rival| and([order.precedes(writer, rival), order.precedes(rival, step)]));
                let is_last = pool.boolean();
                out.push(implies(is_last.clone(), order.precedes(writer, step)));
                out.push(or([not(order.precedes(writer, step)), is_last.clone()].into_iter().chain(between)));
                cases.push((Some(writer), is_last));
            }
            if certain == 0 {
                let first = members(candidates).filter(|writer| order.before[*writer] & candidates == 0);
                cases.push((None, not(or(first.map(|writer| order.precedes(writer, step))))));
            }
            // Follows from the rest, but only by cases of the whole order.
            out.push(or(cases.iter().map(|(_, is_last)| is_last.clone())));
        }
        self.last.insert((step, candidates), cases.clone());
        cases
    }
}
