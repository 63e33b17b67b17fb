//! A planning task as other planners know it: facts that are true or false, ground actions with a condition and changes,
//! a goal. Made from the symbolic meaning of the machine, so it says what the verifier says.

use super::onehot::{Certain, Groups, assume};
use crate::engine::logic::sym::Sym;
use crate::engine::logic::term::{self, Bool, BoolNode, FALSE, Int, TRUE, and, bool_hole, choose, not};
use crate::engine::verification::orders::unmet;
use crate::engine::verification::parts::{Shape, Values, is, values, widen, without_numbers};
use crate::engine::verification::positions::Pool;
use crate::engine::verification::walk::{Cause, Walk};
use crate::model::site::HoleId;
use crate::source::finding::Level;
use crate::spec::machine::Requirement;
use std::collections::BTreeSet;
use std::ops::Range;

/// What a fact says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// That the variable at a place is true.
    True(usize),
    /// That it holds that member of its enumeration.
    Member(usize, usize),
    /// That it has the value with that number.
    Value(usize, i64),
    /// That an action, by index, was done.
    Done(usize),
}

/// A change of a fact.
#[derive(Clone, Debug)]
pub struct Change {
    /// The fact, by index.
    pub fact: usize,
    /// What it becomes.
    pub becomes: bool,
    /// Where; read before the step.
    pub applies: Bool,
}

/// An action with its arguments.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Its guard: what must hold before it.
    pub guard: Bool,
    /// What must hold before it, and of it: its guard, and that it brings no hazard about.
    pub condition: Bool,
    /// What it changes. No fact becomes true and false in one state.
    pub changes: Vec<Change>,
}

/// A task. Hole `first + i` in its conditions is fact `i`.
#[derive(Debug)]
pub struct Task {
    /// The hole that is the first fact.
    pub first: HoleId,
    /// The facts.
    pub facts: Vec<Says>,
    /// Which of them are true at the start.
    pub start: Vec<bool>,
    /// One for each step that was given.
    pub actions: Vec<Acting>,
    /// What must never be: hazards, by index, and where they are.
    pub hazards: Vec<(usize, Bool)>,
    /// What must hold at the end.
    pub goal: Bool,
    /// Where something is lost: the rulebook's `outage`.
    pub outage: Bool,
}

/// A machine whose states are facts, with each requirement by itself: nothing is taken for granted, so that it can be asked what
/// guards are for. Hole `first + i` is fact `i`.
#[derive(Debug)]
pub struct Bare {
    /// The hole that is the first fact.
    pub first: HoleId,
    /// The facts.
    pub facts: Vec<Says>,
    /// Which of them are true at the start.
    pub start: Vec<bool>,
    /// Facts, by index, of which exactly one is true.
    pub groups: Vec<Range<usize>>,
    /// One for each step that was given.
    pub actions: Vec<BareAction>,
    /// For each hazard: that it is there.
    pub hazards: Vec<Bool>,
    /// What must hold at the end.
    pub goal: Bool,
}

/// An action with its arguments, its guard in its parts.
#[derive(Debug)]
pub struct BareAction {
    /// What must hold before it: the conjunct, by index, and its condition. Only what is demanded.
    pub guard: Vec<(usize, Bool)>,
    /// What it changes, whether the guard holds or not. No fact becomes true and false in one state.
    pub changes: Vec<Change>,
}

/// Why there is no such task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It depends on facts that the site does not state: these holes.
    Missing(Vec<HoleId>),
    /// A variable, by index, has more values than are told apart; `None` where it is not clear which.
    Numbers(Option<usize>),
}

/// The task in which each step of the walk's plan is something that can be done, in any order and any number of times.
/// Demanded is what is an error otherwise; `cures` are actions, by index, that must be done; `hopeless` says that nothing
/// reaches the goal.
///
/// # Errors
/// Why there is none.
pub fn task(walk: &Walk<'_>, cures: &[usize], hopeless: bool) -> Result<Task, Obstacle> {
    let making = Making::new(walk, cures)?;
    let actions = (0..walk.plan.steps.len()).map(|step| making.action(step)).collect::<Result<Vec<_>, _>>()?;
    let goal = making.plain(&and([making.goal(), if hopeless { FALSE } else { TRUE }]))?;
    let hazards = making.hazards()?.into_iter().enumerate().collect();
    let lost = walk.rulebook.machine.outage.as_ref().map_or(FALSE, |outage| walk.at(&making.any, None).holds(&outage.is, &[]));
    let outage = making.plain(&without_numbers(&lost))?;
    Ok(Task { first: making.first, facts: making.facts, start: making.holds, actions, hazards, goal, outage })
}

/// The same as facts, guards and hazards apart. `cures` are actions, by index, that must be done.
///
/// # Errors
/// Why it cannot be written so.
pub fn bare(walk: &Walk<'_>, cures: &[usize]) -> Result<Bare, Obstacle> {
    let making = Making::new(walk, cures)?;
    let actions = (0..walk.plan.steps.len()).map(|step| making.bare_action(step)).collect::<Result<Vec<_>, _>>()?;
    let hazards = making.hazards()?;
    let groups = making.parts.iter().filter(|(_, facts)| facts.len() > 1);
    let groups = groups.map(|(_, facts)| facts[0]..facts[0] + facts.len()).collect();
    let goal = making.plain(&making.goal())?;
    Ok(Bare { first: making.first, facts: making.facts, start: making.holds, groups, actions, hazards, goal })
}

fn is_error(requirement: &Requirement) -> bool {
    requirement.level == Level::Error
}

struct Making<'a> {
    walk: &'a Walk<'a>,
    shape: Shape,
    first: HoleId,
    groups: Groups,
    facts: Vec<Says>,
    holds: Vec<bool>,
    /// For each part of the state, its value over the facts, and the facts.
    parts: Vec<(Sym, Vec<usize>)>,
    any: Vec<Sym>,
    start: Vec<Sym>,
}

impl<'a> Making<'a> {
    fn new(walk: &'a Walk<'a>, cures: &[usize]) -> Result<Self, Obstacle> {
        let shape = Shape::new(walk.base.vocabulary, walk.layout);
        let (start, first) = (walk.start(), walk.base.site.holes.len());
        let mut making = Self {
            walk,
            shape,
            first,
            groups: Groups::default(),
            facts: Vec::new(),
            holds: Vec::new(),
            parts: Vec::new(),
            any: Vec::new(),
            start,
        };
        let reached = making.explore();
        let start = making.shape.parts(&making.start);
        let places = making.shape.places();
        for ((part, reached), place) in start.iter().zip(&reached).zip(places) {
            making.part(part, reached.as_ref(), place)?;
        }
        making.any = making.shape.state(&making.parts.iter().map(|(sym, _)| sym.clone()).collect::<Vec<_>>());
        for cure in cures {
            making.facts.push(Says::Done(*cure));
            making.holds.push(false);
        }
        Ok(making)
    }

    /// For each part of the state, what it can ever be; `None` if it never changes.
    fn explore(&self) -> Vec<Option<Values>> {
        let start = self.shape.parts(&self.start);
        let mut known: Vec<Values> = start.iter().map(values).collect();
        let mut written = vec![false; start.len()];
        loop {
            let mut pool = Pool { first: self.first, domains: Vec::new() };
            let one = |part: usize| {
                if written[part] {
                    crate::engine::verification::parts::fresh(&known[part], &mut pool)
                } else {
                    start[part].clone()
                }
            };
            let any: Vec<Sym> = (0..start.len()).map(one).collect();
            let state = self.shape.state(&any);
            let mut changed = false;
            for step in 0..self.walk.plan.steps.len() {
                for (part, after) in self.shape.parts(&self.walk.apply(&state, step)).into_iter().enumerate() {
                    if after != any[part] {
                        changed |= !written[part];
                        written[part] = true;
                        changed |= widen(&mut known[part], values(&after));
                    }
                }
            }
            if !changed {
                return known.into_iter().zip(written).map(|(values, written)| written.then_some(values)).collect();
            }
        }
    }

    fn hole(&self, fact: usize) -> Bool {
        bool_hole(self.first + fact)
    }

    fn fact(&mut self, says: Says, holds: bool) -> usize {
        self.facts.push(says);
        self.holds.push(holds);
        self.facts.len() - 1
    }

    /// Facts for a part of the state.
    fn part(&mut self, start: &Sym, reached: Option<&Values>, (place, member): (usize, Option<usize>)) -> Result<(), Obstacle> {
        let made = match (reached, start) {
            (None, _) => (start.clone(), Vec::new()),
            (Some(Values::Booleans), Sym::Bool(Bool::Const(holds))) => {
                let says = member.map_or(Says::True(place), |member| Says::Member(place, member));
                let fact = self.fact(says, *holds);
                (Sym::Bool(self.hole(fact)), vec![fact])
            }
            (Some(Values::Numbers(numbers)), Sym::Int(Int::Const(first))) => {
                let numbers: Vec<i64> = numbers.iter().copied().collect();
                let facts: Vec<usize> =
                    numbers.iter().map(|number| self.fact(Says::Value(place, *number), number == first)).collect();
                self.groups.add(self.first + facts[0]..self.first + facts[0] + facts.len());
                let last = Int::Const(numbers[numbers.len() - 1]);
                let cases = numbers.iter().zip(&facts).rev();
                let chain = cases.fold(last, |rest, (number, fact)| choose(self.hole(*fact), Int::Const(*number), rest));
                (Sym::Int(chain), facts)
            }
            (Some(Values::AnyNumber), Sym::Int(Int::Const(_))) => {
                return Err(Obstacle::Numbers(Some(self.walk.layout.at(place).0)));
            }
            (Some(Values::Booleans), Sym::Bool(open)) => return Err(missing(open, self.first)),
            (Some(_), Sym::Int(open)) => {
                return Err(missing(&term::equal(open.clone(), Int::Const(term::bounds(open).0)), self.first));
            }
            (Some(_), _) => return Err(Obstacle::Numbers(Some(self.walk.layout.at(place).0))),
        };
        self.parts.push(made);
        Ok(())
    }

    /// A condition over facts alone, as short as it can be.
    fn plain(&self, condition: &Bool) -> Result<Bool, Obstacle> {
        let tidy = self.groups.tidy(condition);
        match missing(&tidy, self.first) {
            Obstacle::Missing(holes) if holes.is_empty() => {
                if compares(&tidy) {
                    Err(Obstacle::Numbers(None))
                } else {
                    Ok(tidy)
                }
            }
            obstacle => Err(obstacle),
        }
    }

    /// That a requirement is met in any state.
    fn met(&self, cause: Cause) -> Bool {
        and(unmet(self.walk, &self.any, cause).into_iter().map(|one| not(one.fails)))
    }

    /// For each hazard: that it is there.
    fn hazards(&self) -> Result<Vec<Bool>, Obstacle> {
        let hazards = 0..self.walk.rulebook.machine.hazards.len();
        hazards.map(|hazard| self.plain(&not(self.met(Cause::Hazard(hazard))))).collect()
    }

    /// What must hold at the end: what is demanded of it, and that every cure was done.
    fn goal(&self) -> Bool {
        let goals = (0..self.walk.rulebook.machine.goals.len()).map(Cause::Goal);
        let goals = goals.filter(|goal| is_error(self.walk.requirement(*goal))).map(|goal| self.met(goal));
        let is_done = |fact: &usize| matches!(self.facts[*fact], Says::Done(_));
        and(goals.chain((0..self.facts.len()).filter(is_done).map(|fact| self.hole(fact))))
    }

    /// That a step was done, where it is a cure.
    fn done(&self, step: usize) -> impl Iterator<Item = Change> {
        let says = Says::Done(self.walk.plan.steps[step].action);
        let facts = (0..self.facts.len()).filter(move |fact| self.facts[*fact] == says);
        facts.map(|fact| Change { fact, becomes: true, applies: TRUE })
    }

    /// That a step in any state brings no hazard about.
    fn is_safe(&self, after: &[Sym]) -> Bool {
        let wrote: BTreeSet<usize> = (0..after.len()).filter(|place| after[*place] != self.any[*place]).collect();
        let mut out = Vec::new();
        for hazard in (0..self.walk.rulebook.machine.hazards.len()).map(Cause::Hazard) {
            if !is_error(self.walk.requirement(hazard)) {
                continue;
            }
            let from_start: Vec<_> = unmet(self.walk, &self.start, hazard).into_iter().map(|one| one.frame).collect();
            let any = unmet(self.walk, &self.any, hazard).into_iter();
            let by: Vec<_> = any
                .filter(|one| from_start.contains(&one.frame) || !one.reads.is_disjoint(&wrote))
                .map(|one| one.frame)
                .collect();
            if !by.is_empty() {
                let here = unmet(self.walk, after, hazard).into_iter().filter(|one| by.contains(&one.frame));
                out.extend(here.map(|one| not(one.fails)));
            }
        }
        and(out)
    }

    /// What is demanded of the state before a step: the conjunct, by index, and its condition.
    fn demanded(&self, step: usize) -> impl Iterator<Item = (usize, Bool)> {
        let guard = self.walk.action(step).guard.iter().enumerate();
        let demanded = guard.filter(|(_, one)| one.window.is_none() && is_error(&one.requirement));
        demanded.map(move |(conjunct, _)| (conjunct, self.met(Cause::Guard { step, conjunct })))
    }

    fn bare_action(&self, step: usize) -> Result<BareAction, Obstacle> {
        let guard = self.demanded(step).map(|(conjunct, condition)| Ok((conjunct, self.plain(&condition)?)));
        let guard = guard.collect::<Result<Vec<_>, _>>()?;
        let after = self.walk.apply(&self.any, step);
        let mut changes = self.changed(&after, &Certain::new())?;
        changes.extend(self.done(step));
        Ok(BareAction { guard, changes })
    }

    fn action(&self, step: usize) -> Result<Acting, Obstacle> {
        let guard = self.plain(&and(self.demanded(step).map(|(_, condition)| condition)))?;
        if guard == FALSE {
            return Ok(Acting { guard, condition: FALSE, changes: Vec::new() });
        }
        let after = self.walk.apply(&self.any, step);
        let safe = assume(&self.is_safe(&after), &self.groups.certain(&guard));
        let condition = self.plain(&and([guard.clone(), safe]))?;
        // The changes are right wherever the guard holds, also where a hazard comes about.
        let mut changes = self.changed(&after, &self.groups.certain(&guard))?;
        changes.extend(self.done(step));
        Ok(Acting { guard, condition, changes })
    }

    /// What is different in that state.
    fn changed(&self, after: &[Sym], certain: &Certain) -> Result<Vec<Change>, Obstacle> {
        let mut changes = Vec::new();
        for ((sym, facts), after) in self.parts.iter().zip(self.shape.parts(after)) {
            if *sym != after {
                for fact in facts {
                    self.changes(*fact, &after, certain, &mut changes)?;
                }
            }
        }
        Ok(changes)
    }

    /// Where a fact becomes true, and where false, where a part has this value afterwards.
    fn changes(&self, fact: usize, after: &Sym, certain: &Certain, out: &mut Vec<Change>) -> Result<(), Obstacle> {
        let holds = match self.facts[fact] {
            Says::Value(_, number) => is(after, number),
            _ => is(after, 1),
        };
        let holds = self.groups.tidy(&crate::engine::verification::parts::without_numbers(&holds));
        let where_it_is = |is: bool| {
            if certain.get(&(self.first + fact)) == Some(&!is) {
                return Ok(FALSE);
            }
            let mut certain = certain.clone();
            self.groups.note(&mut certain, self.first + fact, is);
            let holds = assume(&holds, &certain);
            self.plain(&if is { not(holds) } else { holds })
        };
        let (on, off) = (where_it_is(false)?, where_it_is(true)?);
        let both = on != FALSE && off != FALSE;
        for (becomes, applies) in [(false, off), (true, on)] {
            if applies != FALSE {
                let is = if becomes { not(self.hole(fact)) } else { self.hole(fact) };
                let applies = if both { self.plain(&and([is, applies]))? } else { applies };
                out.push(Change { fact, becomes, applies });
            }
        }
        Ok(())
    }
}

/// That a condition depends on what the site does not state.
fn missing(term: &Bool, first: HoleId) -> Obstacle {
    let mut holes = BTreeSet::new();
    term::holes(term, &mut holes);
    Obstacle::Missing(holes.into_iter().filter(|hole| *hole < first).collect())
}

/// Whether numbers are compared in a condition.
fn compares(term: &Bool) -> bool {
    let Bool::Node(node) = term else { return false };
    match &**node {
        BoolNode::Hole(_) => false,
        BoolNode::Not(inner) => compares(inner),
        BoolNode::Iff(a, b) => compares(a) || compares(b),
        BoolNode::And(terms) | BoolNode::Or(terms) => terms.iter().any(compares),
        BoolNode::Equal(..) | BoolNode::AtMost(..) => true,
    }
}
