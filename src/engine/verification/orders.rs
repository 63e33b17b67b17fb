//! A plan in every order it allows, by asking: for plans too wide for the walk. A solver is asked for an order in which
//! something goes wrong; the walk then walks that order, and only what it finds is reported.

use super::parts::without_numbers;
use super::positions::{Order, Pool, Steps, members};
use super::views::Views;
use super::walk::{Cause, Problem, Walk, Walked};
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::instance::{each_choice, instance};
use crate::engine::logic::solver::{self, Answer, MakeSolver};
use crate::engine::logic::sym::{Sym, constant};
use crate::engine::logic::symbolic::{State, Symbolic};
use crate::engine::logic::term::{self, Bool, FALSE, TRUE, and, not, or};
use crate::engine::logic::z3;
use crate::model::eval::Completion;
use crate::model::site::{Datum, Hole, Site};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Most completions of a site that an order is looked for which fails on all of them.
const COMPLETIONS_MAX: usize = 8;
/// Solver effort for one question, in the solver's own units of work; some seconds.
pub const EFFORT_MAX: u32 = 40_000_000;
/// Most terms in one disjunction; comparing them is quadratic.
const TERMS_MAX: usize = 32;

/// What is violated, and the values of the requirement's variables.
pub type Key = (Cause, Vec<Sym>);

/// What goes wrong in some order that the plan allows. Where effort ran out, it says that it gave up.
///
/// # Errors
/// An order that the solver gave and in which the walk finds nothing wrong: our bug.
pub fn search(walk: &Walk<'_>) -> Result<Walked, Disagreement> {
    search_with(walk, z3::solver, EFFORT_MAX)
}

/// The same with another solver, and that much effort for one question.
///
/// # Errors
/// As for [`search`].
pub fn search_with(walk: &Walk<'_>, solver: MakeSolver, effort: u32) -> Result<Walked, Disagreement> {
    let mut pool = Pool { first: walk.base.site.holes.len(), domains: Vec::new() };
    let Some(order) = Order::new(walk, &mut pool) else { return Ok(Walked::default()) };
    let mut search = Search { walk, order, pool, found: BTreeMap::new(), walked: Walked::default(), solver, effort };
    // Much of what goes wrong does so in the first order that comes to mind.
    search.along(&search.completed(&[], |step| step));
    search.along(&search.completed(&[], |step| usize::MAX - step));
    search.ask_all()?;
    search.settle()?;
    search.shorten();
    search.walked.problems = search.found.into_values().collect();
    Ok(search.walked)
}

struct Search<'a> {
    walk: &'a Walk<'a>,
    order: Order,
    pool: Pool,
    found: BTreeMap<Key, Problem>,
    walked: Walked,
    solver: MakeSolver,
    effort: u32,
}

impl Search<'_> {
    /// These steps in this order and then the others, the one with the least rank first.
    fn completed(&self, first: &[usize], rank: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut out = first.to_vec();
        let mut done = out.iter().fold(0, |bits, step| bits | 1 << step);
        let all = self.order.before[self.order.steps()];
        while let Some(next) =
            members(all & !done).filter(|step| self.order.before[*step] & !done == 0).min_by_key(|step| rank(*step))
        {
            out.push(next);
            done |= 1 << next;
        }
        out
    }

    /// Walks one order and keeps what goes wrong in it. Returns all that does, better known or not; nothing if the plan
    /// does not allow it.
    fn along(&mut self, steps: &[usize]) -> BTreeMap<Key, Problem> {
        let mut plan = self.walk.plan.clone();
        for pair in steps.windows(2) {
            plan.steps[pair[1]].after.push(pair[0]);
        }
        let walked = Walk { rulebook: self.walk.rulebook, base: self.walk.base, layout: self.walk.layout, plan: &plan }.walk();
        self.walked.states += walked.states;
        let rank = |problem: &Problem| (problem.instance.holds != FALSE, problem.trace.len(), problem.trace.clone());
        let mut out = BTreeMap::new();
        for problem in walked.problems {
            let key = (problem.cause, problem.instance.frame.clone());
            if self.found.get(&key).is_none_or(|known| rank(&problem) < rank(known)) {
                self.found.insert(key.clone(), problem.clone());
            }
            out.insert(key, problem);
        }
        out
    }

    /// Asks for orders in which something else goes wrong until there is none.
    fn ask_all(&mut self) -> Result<(), Disagreement> {
        let walk = self.walk;
        let mut views = Views::new(walk, &self.order, &mut self.pool);
        let mut open = failures(walk, &mut views, &self.order, &mut self.pool);
        open.retain(|key, _| !self.found.contains_key(key));
        if open.is_empty() {
            return Ok(());
        }
        let asked: Vec<Bool> = open.values().cloned().collect();
        let meanings = views.meanings(&asked, &mut self.pool);
        let site = self.site();
        let mut solver = (self.solver)(&site, self.effort);
        solver.assume(&self.order.edges());
        solver.assume(&meanings);
        while !open.is_empty() {
            let filled = match solver.ask(&[&any_of(open.values().cloned().collect())]) {
                Answer::Impossible => return Ok(()),
                Answer::Unknown(_) => {
                    self.walked.gave_up = true;
                    return Ok(());
                }
                Answer::Possible(filled) => filled,
            };
            let here = self.along(&self.order.filled(&filled));
            let expected: Vec<Key> =
                open.iter().filter(|(_, fails)| term::truth(fails, &filled)).map(|(key, _)| key.clone()).collect();
            self.confirm(&expected, &here)?;
            open.retain(|key, _| !here.contains_key(key) && !expected.contains(key));
        }
        Ok(())
    }

    /// That an order goes wrong as it was expected to.
    fn confirm(&self, expected: &[Key], here: &BTreeMap<Key, Problem>) -> Result<(), Disagreement> {
        let missed =
            |cause: Cause| Disagreement { code: self.walk.requirement(cause).code.clone(), symbolic: false, concrete: true };
        let wrong = expected.iter().find(|(cause, _)| !here.keys().any(|(other, _)| other == cause));
        match (wrong, expected) {
            (Some((cause, _)), _) => Err(missed(*cause)),
            (None, []) => Err(Disagreement { code: "every-order".to_owned(), symbolic: false, concrete: true }),
            (None, _) => Ok(()),
        }
    }

    /// The site with the holes of the views.
    fn site(&self) -> Site {
        let mut site = self.walk.base.site.clone();
        site.holes.extend(self.pool.domains.iter().map(|domain| Hole { domain: domain.clone(), record: 0, field: 0 }));
        site
    }

    /// Where it depends on facts that the site does not state whether something goes wrong: looks for an order in which
    /// it does whatever they are. That order must fail on each completion of a growing list; one on which it does not is
    /// the next of the list.
    fn settle(&mut self) -> Result<(), Disagreement> {
        let site = self.walk.base.site;
        let open = self.found.iter().filter(|(_, problem)| problem.instance.holds != FALSE);
        let mut unsettled: BTreeMap<Key, Bool> = open.map(|(key, _)| (key.clone(), TRUE)).collect();
        let mut known = self.order.edges();
        let mut completion: Option<Vec<i64>> =
            Some((0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect());
        for _ in 0..COMPLETIONS_MAX {
            let Some(filled) = completion.take().filter(|_| !unsettled.is_empty()) else { return Ok(()) };
            let site = completed(self.walk.base, &filled);
            let walk = Walk { base: Symbolic { site: &site, ..self.walk.base }, ..*self.walk };
            let mut views = Views::new(&walk, &self.order, &mut self.pool);
            let mut fails = failures(&walk, &mut views, &self.order, &mut self.pool);
            unsettled = unsettled
                .into_iter()
                .filter_map(|(key, so_far)| fails.remove(&key).map(|fails| (key, and([so_far, fails]))))
                .collect();
            known.extend(views.meanings(&unsettled.values().cloned().collect::<Vec<_>>(), &mut self.pool));
            completion = self.exception(&mut unsettled, &known)?;
        }
        Ok(())
    }

    /// A completion on which an order does not fail that fails on all completions so far. What is settled is taken out.
    fn exception(&mut self, unsettled: &mut BTreeMap<Key, Bool>, known: &[Bool]) -> Result<Option<Vec<i64>>, Disagreement> {
        let site = self.site();
        let mut solver = (self.solver)(&site, self.effort);
        solver.assume(known);
        while !unsettled.is_empty() {
            let Answer::Possible(filled) = solver.ask(&[&any_of(unsettled.values().cloned().collect())]) else { return Ok(None) };
            let here = self.along(&self.order.filled(&filled));
            let expected: Vec<Key> =
                unsettled.iter().filter(|(_, fails)| term::truth(fails, &filled)).map(|(key, _)| key.clone()).collect();
            self.confirm(&expected, &here)?;
            for key in expected {
                let holds = here.get(&key).map_or(FALSE, |problem| problem.instance.holds.clone());
                if holds != FALSE
                    && let Answer::Possible(completion) = (self.solver)(self.walk.base.site, solver::EFFORT_MAX).ask(&[&holds])
                {
                    return Ok(Some(completion));
                }
                unsettled.remove(&key);
            }
        }
        Ok(None)
    }

    /// Leaves out of each way what it does not need, and comes nearer to the listed order.
    fn shorten(&mut self) {
        for key in self.found.keys().cloned().collect::<Vec<Key>>() {
            let Some(problem) = self.found.get(&key).cloned() else { continue };
            let shorter =
                Way { walk: self.walk, before: &self.order.before, key: &key, definite: problem.instance.holds == FALSE }
                    .shortened(&problem.trace);
            if shorter != problem.trace {
                let mut steps = self.completed(&shorter, |step| step);
                if let Cause::Guard { step, .. } = key.0 {
                    let mut first = shorter.clone();
                    first.push(step);
                    steps = self.completed(&first, |step| step);
                }
                self.along(&steps);
            }
        }
    }
}

/// A way to a violation.
struct Way<'a> {
    walk: &'a Walk<'a>,
    before: &'a [u128],
    key: &'a Key,
    definite: bool,
}

impl Way<'_> {
    /// Whether the violation is there in a state.
    fn fails(&self, state: &[Sym]) -> bool {
        let found = unmet(self.walk, state, self.key.0).into_iter();
        found.filter(|one| one.frame == self.key.1).any(|one| !self.definite || one.fails == TRUE)
    }

    fn shortened(&self, trace: &[usize]) -> Vec<usize> {
        let mut out = trace.to_vec();
        if !matches!(self.key.0, Cause::Goal(_)) {
            self.leave_out(&mut out);
        }
        self.straighten(&mut out);
        out
    }

    /// Leaves out steps that are not needed, the last ones first.
    fn leave_out(&self, trace: &mut Vec<usize>) {
        let least = usize::from(matches!(self.key.0, Cause::Hazard(_)));
        let is_before = |step: usize, later: usize| self.before[later] >> step & 1 == 1;
        loop {
            let length = trace.len();
            for at in (0..length).rev() {
                let step = trace[at];
                let by_guard = matches!(self.key.0, Cause::Guard { step: guarded, .. } if is_before(step, guarded));
                if by_guard || trace.len() <= least || trace[at..].iter().any(|later| is_before(step, *later)) {
                    continue;
                }
                trace.remove(at);
                if !self.walk.states(trace).last().is_some_and(|state| self.fails(state)) {
                    trace.insert(at, step);
                }
            }
            if trace.len() == length {
                return;
            }
        }
    }

    /// Swaps neighbours that are not in listed order, as long as the violation is still there.
    fn straighten(&self, trace: &mut [usize]) {
        let mut states = self.walk.states(trace);
        let mut at = 0;
        while at + 1 < trace.len() {
            let (first, second) = (trace[at], trace[at + 1]);
            if first > second && self.before[second] >> first & 1 == 0 {
                trace.swap(at, at + 1);
                let mut next = states[..=at].to_vec();
                for step in &trace[at..] {
                    next.push(self.walk.apply(&next[next.len() - 1], *step));
                    if next.len() == at + 3 && next[at + 2] == states[at + 2] {
                        next.extend_from_slice(&states[at + 3..]);
                        break;
                    }
                }
                if next.last().is_some_and(|state| self.fails(state)) {
                    states = next;
                    at = at.saturating_sub(1);
                    continue;
                }
                trace.swap(at, at + 1);
            }
            at += 1;
        }
    }
}

/// An instance of a requirement that a state does not meet, or may not.
pub struct Unmet {
    /// The values of the requirement's variables.
    pub frame: Vec<Sym>,
    /// The condition that it is not met.
    pub fails: Bool,
    /// The places that this depends on.
    pub reads: BTreeSet<usize>,
}

/// The instances of a requirement that are not known to be met in a state.
#[must_use]
pub fn unmet(walk: &Walk<'_>, values: &[Sym], cause: Cause) -> Vec<Unmet> {
    let requirement = walk.requirement(cause);
    let mut frame: Vec<Sym> = match cause {
        Cause::Guard { step, .. } => walk.plan.steps[step].arguments.iter().map(|argument| constant(&argument.value)).collect(),
        Cause::Hazard(_) | Cause::Goal(_) => Vec::new(),
    };
    let reads = RefCell::new(BTreeSet::new());
    let symbolic = Symbolic { state: Some(State { layout: walk.layout, values, reads: Some(&reads) }), ..walk.base };
    let (mut out, mut ranged) = (Vec::<Unmet>::new(), BTreeSet::new());
    each_choice(symbolic, &requirement.each, TRUE, &mut frame, &mut |frame, present| {
        ranged.append(&mut reads.take());
        let one = instance(symbolic, requirement.applies.as_ref(), &requirement.must, present, frame);
        let fails = match cause {
            Cause::Hazard(_) => and([one.applies, symbolic.holds(&requirement.must, frame)]),
            Cause::Guard { .. } | Cause::Goal(_) => not(one.holds),
        };
        let (fails, reads) = (without_numbers(&fails), reads.take());
        if fails != FALSE {
            out.push(Unmet { frame: one.frame, fails, reads });
        }
    });
    for one in &mut out {
        one.reads.extend(&ranged);
    }
    out
}

/// Everything that could go wrong, each with the condition that it does, over the holes of the views.
pub fn failures(walk: &Walk<'_>, views: &mut Views<'_>, order: &Order, pool: &mut Pool) -> BTreeMap<Key, Bool> {
    let mut out: BTreeMap<Key, Vec<Bool>> = BTreeMap::new();
    let mut add = |cause: Cause, one: Unmet| out.entry((cause, one.frame)).or_default().push(one.fails);
    let all = order.before[order.steps()];
    for step in members(all) {
        let state = views.before(step, pool);
        for (conjunct, _) in walk.action(step).guard.iter().enumerate().filter(|(_, guard)| guard.window.is_none()) {
            let cause = Cause::Guard { step, conjunct };
            for one in unmet(walk, &state, cause) {
                add(cause, one);
            }
        }
    }
    let (any, start) = (views.any_state(pool), walk.start());
    let after: Vec<Vec<Sym>> = members(all).map(|step| views.after(step, pool)).collect();
    for cause in (0..walk.rulebook.machine.hazards.len()).map(Cause::Hazard) {
        // A step that changes nothing that it reads cannot bring it about, unless it was there from the start.
        let from_start: Vec<Vec<Sym>> = unmet(walk, &start, cause).into_iter().map(|one| one.frame).collect();
        let by = |one: Unmet| {
            if from_start.contains(&one.frame) { (one.frame, all) } else { (one.frame, views.writers_of(&one.reads)) }
        };
        let by: BTreeMap<Vec<Sym>, Steps> = unmet(walk, &any, cause).into_iter().map(by).collect();
        for step in members(by.values().fold(0, |steps, more| steps | more)) {
            let here = unmet(walk, &after[step], cause).into_iter();
            here.filter(|one| by.get(&one.frame).is_none_or(|steps| steps >> step & 1 == 1)).for_each(|one| add(cause, one));
        }
    }
    let end = views.before(order.steps(), pool);
    for cause in (0..walk.rulebook.machine.goals.len()).map(Cause::Goal) {
        for one in unmet(walk, &end, cause) {
            add(cause, one);
        }
    }
    out.into_iter().map(|(key, fails)| (key, any_of(fails))).collect()
}

/// A site with its holes filled so.
fn completed(base: Symbolic<'_>, filled: &[i64]) -> Site {
    let completion = Completion { vocabulary: base.vocabulary, site: base.site, filled, state: None, watch: None };
    let mut site = base.site.clone();
    for record in &mut site.records {
        let fields = &base.vocabulary.records[record.kind].fields;
        for (fact, field) in record.facts.iter_mut().zip(fields) {
            fact.datum = Datum::Value(completion.datum(&field.ty, &fact.datum));
        }
    }
    site
}

/// The disjunction of many terms.
#[must_use]
pub fn any_of(terms: Vec<Bool>) -> Bool {
    if terms.len() <= TERMS_MAX {
        return or(terms);
    }
    any_of(terms.chunks(TERMS_MAX).map(|some| or(some.iter().cloned())).collect())
}
