//! Makes of a planning task one of the form [`super::strips`]. Nothing gets cheaper or dearer by it:
//!
//! - An action whose condition is a disjunction becomes an operator for each case. Where these would be many, a fact of its own
//!   says that a disjunction was *seen* to hold. Operators that cost nothing make it true, one for each case; every operator that
//!   changes a fact against the disjunction makes it false again.
//! - An action with effects that depend on the state becomes an operator for each case. Where these would be many, one operator
//!   begins the action, one for each case goes on with each effect in *turn*, and nothing else can be done until all are through.
//! - Facts that nothing reads, and what changes only such facts, are left out, as is what the first state can never lead to even
//!   if nothing that is once so could ever cease to be so; so are cases that need what is never so together ([`super::pairs`]).
//!
//! In an *abstraction* facts are forgotten besides: each condition on them counts as met, and an effect that depends on them may come about or
//! not. Whatever the machine can do, that task can do as well for the same cost, so the least cost there is a lower bound here.

use super::effects::{Depending, effects, in_order};
use super::objective::{Priced, groups, priced};
use super::onehot::{Certain, Groups, assume, literal, parts};
use super::pairs::Pairs;
use super::planning::{Acting, Says, Task};
use super::strips::{Atom, Cube, Does, Operator, Strips};
use crate::engine::logic::term::{Bool, BoolNode, FALSE, TRUE, and, bool_hole, holes, not, or, truth};
use std::collections::{BTreeMap, BTreeSet};

/// Most cases of a condition that get an operator each, in a task with many facts: planners pay for more.
pub const FEW_CASES: usize = 4;
/// The same in a task with few facts, where each fact for what was seen would make the states many.
pub const MANY_CASES: usize = 200;
/// Most cases of the effects of an action that get an operator each.
const OUTCOMES_MAX: usize = 4;
/// Most rounds in which what is never so together makes the task shorter.
const ROUNDS_MAX: usize = 3;

/// The task in that form; a condition of more cases than that is seen to hold.
#[must_use]
pub fn strips(task: &Task, cases_max: usize) -> Strips {
    let kept = vec![true; task.facts.len()];
    // What is found never to be so together makes cases fewer, and that finds more.
    let mut out = once(task, &kept, None, cases_max);
    out.prune();
    for _ in 0..ROUNDS_MAX {
        let pairs = Pairs::of(&out);
        let mut next = once(task, &out.kept, Some(&pairs), cases_max);
        next.prune();
        let is_shorter = next.operators.len() < out.operators.len();
        out = next;
        if !is_shorter {
            break;
        }
    }
    out
}

/// The task in that form with only these facts, by index. What can never be done is left in, so that each action can be held against
/// its operators by itself.
#[must_use]
pub fn abstraction(task: &Task, kept: &BTreeSet<usize>, cases_max: usize) -> Strips {
    let kept: Vec<bool> = (0..task.facts.len()).map(|fact| kept.contains(&fact)).collect();
    once(task, &kept, None, cases_max)
}

fn once(task: &Task, kept: &[bool], pairs: Option<&Pairs>, cases_max: usize) -> Strips {
    let (groups, atoms) = (groups(task), (0..task.facts.len()).map(Atom::Fact).collect());
    let certain = pairs.map(|pairs| certain(task, kept, pairs)).unwrap_or_default();
    let (seen, operators) = (BTreeMap::new(), Vec::new());
    let mut making = Making { task, groups, kept: kept.to_vec(), pairs, certain, cases_max, atoms, seen, operators };
    making.kept = making.relevant();
    let ready = making.atom(Atom::Ready);
    for (index, acting) in task.actions.iter().enumerate() {
        making.action(index, acting, ready);
    }
    let goal = making.whole(&making.relaxed(&task.goal));
    making.spoil();
    let start = making.start();
    let Making { atoms, kept, mut operators, .. } = making;
    let mut goal: Option<Cube> = goal.map(|goal| goal.into_iter().chain([(ready, true)]).collect());
    if !atoms.iter().any(|atom| matches!(atom, Atom::Turn(..))) {
        // No action is ever under way.
        operators.iter_mut().map(|operator| &mut operator.condition).chain(&mut goal).for_each(|cube| _ = cube.remove(&ready));
    }
    let mut out = Strips { atoms, kept, start, operators, goal };
    out.merge();
    out
}

/// What is always so.
fn certain(task: &Task, kept: &[bool], pairs: &Pairs) -> Certain {
    let facts = (0..task.facts.len()).filter(|fact| kept[*fact]);
    let facts = facts.filter(|fact| !pairs.allow((*fact, true), (*fact, true)) || !pairs.allow((*fact, false), (*fact, false)));
    facts.map(|fact| (task.first + fact, task.start[fact])).collect()
}

struct Making<'a> {
    task: &'a Task,
    groups: Groups,
    /// Whether each fact is in it.
    kept: Vec<bool>,
    /// What is known never to be so together.
    pairs: Option<&'a Pairs>,
    /// What is known always to be so.
    certain: Certain,
    cases_max: usize,
    atoms: Vec<Atom>,
    seen: BTreeMap<Bool, usize>,
    operators: Vec<Operator>,
}

impl Making<'_> {
    fn atom(&mut self, atom: Atom) -> usize {
        self.atoms.push(atom);
        self.atoms.len() - 1
    }

    /// Of the facts that are kept those that something reads which matters.
    fn relevant(&self) -> Vec<bool> {
        let mut read = vec![false; self.kept.len()];
        let note = |term: &Bool, read: &mut Vec<bool>| {
            for fact in reads(self.task, term) {
                read[fact] = true;
            }
        };
        note(&self.task.goal, &mut read);
        note(&self.task.outage, &mut read);
        loop {
            let before = read.clone();
            for acting in &self.task.actions {
                let changes: Vec<_> = acting.changes.iter().filter(|one| read[one.fact] && self.kept[one.fact]).collect();
                if !changes.is_empty() {
                    note(&acting.condition, &mut read);
                    for change in changes {
                        note(&change.applies, &mut read);
                    }
                }
            }
            if read == before {
                return self.kept.iter().zip(read).map(|(kept, read)| *kept && read).collect();
            }
        }
    }

    /// The condition where what is said of other facts counts as met.
    fn relaxed(&self, term: &Bool) -> Bool {
        self.groups.tidy(&self.without(&self.groups.tidy(&assume(term, &self.certain))))
    }

    fn without(&self, term: &Bool) -> Bool {
        if let Some((hole, _)) = literal(term) {
            return if self.kept[hole - self.task.first] { term.clone() } else { TRUE };
        }
        let Bool::Node(node) = term else { return term.clone() };
        match &**node {
            BoolNode::And(terms) => and(terms.iter().map(|term| self.without(term))),
            BoolNode::Or(terms) => or(terms.iter().map(|term| self.without(term))),
            _ => term.clone(),
        }
    }

    /// The operators of an action.
    fn action(&mut self, index: usize, acting: &Acting, ready: usize) {
        let (always, depending) = effects(self.task, &self.groups, &self.kept, acting);
        if always.is_empty() && depending.is_empty() {
            return;
        }
        let prices = priced(self.task, &self.groups, acting);
        let outcomes = self.outcomes(&acting.condition, &depending, OUTCOMES_MAX);
        let order = if outcomes.is_none() { in_order(depending, self.task.first) } else { Ok(Vec::new()) };
        let turns = match order {
            Ok(turns) => turns,
            // Each effect reads what another sets: no order of them will do.
            Err(depending) => {
                let outcomes = self.outcomes(&acting.condition, &depending, usize::MAX).unwrap_or_default();
                return self.begin(index, &prices, &outcomes, &always, &[(ready, true)].into(), &Cube::new());
            }
        };
        let Some(outcomes) = outcomes else {
            let first = self.atoms.len();
            self.atoms.extend((0..turns.len()).map(|turn| Atom::Turn(index, turn)));
            let next =
                |turn: usize| -> Cube { if turn < turns.len() { [(first + turn, true)].into() } else { [(ready, true)].into() } };
            let begun: Cube = next(0).into_iter().chain([(ready, false)]).collect();
            self.begin(index, &prices, &[(TRUE, Cube::new())], &Cube::new(), &[(ready, true)].into(), &begun);
            for (turn, depending) in turns.iter().enumerate() {
                // What does not depend on the state comes last: by then all is read.
                let last = if turn + 1 == turns.len() { always.clone() } else { Cube::new() };
                let there = self.relaxed(&and([acting.condition.clone(), depending.on.clone()]));
                let elsewhere = self.relaxed(&and([acting.condition.clone(), not(depending.on.clone())]));
                for (possible, on, set) in [
                    (there, depending.on.clone(), &depending.there),
                    (elsewhere, not(depending.on.clone()), &depending.elsewhere),
                ] {
                    if possible == FALSE {
                        continue;
                    }
                    for cube in self.cases(&self.relaxed(&on)) {
                        let condition = cube.into_iter().chain([(first + turn, true)]).collect();
                        let changes = last.iter().chain(set).map(|(atom, is)| (*atom, *is)).chain([(first + turn, false)]);
                        let changes = changes.chain(next(turn + 1)).collect();
                        self.operators.push(Operator { does: Does::Rest(index), condition, changes, costs: false });
                    }
                }
            }
            return;
        };
        self.begin(index, &prices, &outcomes, &always, &[(ready, true)].into(), &Cube::new());
    }

    /// The operators with which an action begins: for each of its outcomes, free and paid.
    fn begin(&mut self, index: usize, prices: &Priced, outcomes: &[(Bool, Cube)], always: &Cube, needs: &Cube, also: &Cube) {
        for (price, costs) in [(&prices.free, false), (&prices.paid, true)] {
            for (on, set) in outcomes {
                let condition = self.relaxed(&and([price.clone(), on.clone()]));
                for cube in self.cases(&condition) {
                    let condition = cube.into_iter().chain(needs.clone()).collect();
                    let changes = always.iter().chain(set).chain(also).map(|(atom, is)| (*atom, *is)).collect();
                    self.operators.push(Operator { does: Does::Action(vec![index]), condition, changes, costs });
                }
            }
        }
    }

    /// The outcomes of effects that depend on the state, each with where it comes about; `None` if they are more than that.
    fn outcomes(&self, condition: &Bool, depending: &[Depending], most: usize) -> Option<Vec<(Bool, Cube)>> {
        let mut out: Vec<(Bool, Cube)> = vec![(TRUE, Cube::new())];
        for one in depending {
            let mut next = Vec::new();
            for (so_far, set) in &out {
                for (on, more) in [(one.on.clone(), &one.there), (not(one.on.clone()), &one.elsewhere)] {
                    let here = self.groups.tidy(&and([so_far.clone(), on]));
                    let whole = self.groups.tidy(&assume(&and([condition.clone(), here.clone()]), &self.certain));
                    if here != FALSE && whole != FALSE && self.allows(&self.literals_of(&whole)) {
                        next.push((here, set.iter().chain(more).map(|(fact, is)| (*fact, *is)).collect()));
                    }
                }
            }
            if next.len() > most {
                return None;
            }
            out = next;
        }
        Some(out)
    }

    /// The facts that are certain where a condition holds.
    fn literals_of(&self, condition: &Bool) -> Cube {
        let literals = parts(condition).into_iter().filter_map(|part| literal(&part));
        literals.map(|(hole, is)| (hole - self.task.first, is)).collect()
    }

    /// A condition as the cases in which it holds.
    fn cases(&mut self, condition: &Bool) -> Vec<Cube> {
        let mut out: Vec<Cube> = vec![Cube::new()];
        if *condition == FALSE {
            return Vec::new();
        }
        let mut wide: Vec<Bool> = Vec::new();
        for part in parts(condition).into_iter().filter(|part| *part != TRUE) {
            match literal(&part) {
                Some((hole, is)) => out[0].extend([(hole - self.task.first, is)]),
                None => {
                    wide.push(part);
                }
            }
        }
        if !self.allows(&out[0]) {
            return Vec::new();
        }
        let counted = wide.into_iter().map(|part| {
            let cases = self.normal(&part, &out[0]);
            (cases.as_ref().map_or(usize::MAX, Vec::len), part, cases)
        });
        let mut counted: Vec<(usize, Bool, Option<Vec<Cube>>)> = counted.collect();
        counted.sort();
        for (_, part, cases) in counted {
            let product = cases.map(|cases| self.both(&out, &cases)).filter(|product| product.len() <= self.cases_max);
            if let Some(product) = product {
                out = product;
            } else {
                let seen = self.see(&part);
                for cube in &mut out {
                    cube.insert(seen, true);
                }
            }
        }
        out
    }

    /// A condition that has to hold as a whole, as one case.
    fn whole(&mut self, condition: &Bool) -> Option<Cube> {
        let mut out = Cube::new();
        for part in parts(condition).into_iter().filter(|part| *part != TRUE) {
            match literal(&part) {
                Some((hole, is)) => out.extend([(hole - self.task.first, is)]),
                None if part == FALSE => return None,
                None => out.extend([(self.see(&part), true)]),
            }
        }
        Some(out)
    }

    /// The disjunctive normal form where some atoms are so; `None` if it has too many cases.
    fn normal(&self, term: &Bool, here: &Cube) -> Option<Vec<Cube>> {
        if let Some((hole, is)) = literal(term) {
            let cube = [(hole - self.task.first, is)].into();
            return Some(if self.merged(here, &cube).is_some() { vec![cube] } else { Vec::new() });
        }
        let Bool::Node(node) = term else { return Some(if *term == TRUE { vec![Cube::new()] } else { Vec::new() }) };
        let mut out = match &**node {
            BoolNode::Or(_) => Vec::new(),
            _ => vec![Cube::new()],
        };
        let (BoolNode::And(terms) | BoolNode::Or(terms)) = &**node else { return None };
        for term in terms {
            let cases = self.normal(term, here)?;
            out = if matches!(**node, BoolNode::And(_)) { self.both(&out, &cases) } else { shortest([out, cases].concat()) };
            if out.len() > self.cases_max {
                return None;
            }
        }
        Some(out)
    }

    /// The cases in which one of each holds.
    fn both(&self, a: &[Cube], b: &[Cube]) -> Vec<Cube> {
        let merged = a.iter().flat_map(|a| b.iter().filter_map(|b| self.merged(a, b))).collect();
        shortest(merged)
    }

    fn merged(&self, a: &Cube, b: &Cube) -> Option<Cube> {
        let hole =
            |fact: usize, is: bool| if is { bool_hole(self.task.first + fact) } else { not(bool_hole(self.task.first + fact)) };
        let facts = |cube: &Cube| {
            cube.iter().filter(|(atom, _)| **atom < self.kept.len()).map(|(fact, is)| hole(*fact, *is)).collect::<Vec<_>>()
        };
        let both = self.groups.tidy(&and(facts(a).into_iter().chain(facts(b))));
        if both == FALSE {
            return None;
        }
        let literals = parts(&both).into_iter().filter_map(|part| literal(&part)).map(|(hole, is)| (hole - self.task.first, is));
        let others = a.iter().chain(b).filter(|(atom, _)| **atom >= self.kept.len()).map(|(atom, is)| (*atom, *is));
        let out: Cube = literals.chain(others).collect();
        self.allows(&out).then_some(out)
    }

    /// Whether some facts are not known never to be so together.
    fn allows(&self, cube: &Cube) -> bool {
        let is_known = |atom: usize| self.kept.get(atom) == Some(&true);
        let facts: Cube = cube.iter().filter(|(atom, _)| is_known(**atom)).map(|(atom, is)| (*atom, *is)).collect();
        self.pairs.is_none_or(|pairs| pairs.allow_all(&facts))
    }

    /// The atom that says that a disjunction was seen to hold, with the operators that see it.
    fn see(&mut self, term: &Bool) -> usize {
        if let Some(known) = self.seen.get(term) {
            return *known;
        }
        let seen = self.atom(Atom::Seen(term.clone()));
        self.seen.insert(term.clone(), seen);
        let terms = match term {
            Bool::Node(node) => match &**node {
                BoolNode::Or(terms) => terms.clone(),
                _ => vec![term.clone()],
            },
            Bool::Const(_) => vec![term.clone()],
        };
        for term in terms {
            for condition in self.cases(&term) {
                self.operators.push(Operator { does: Does::Sees(seen), condition, changes: [(seen, true)].into(), costs: false });
            }
        }
        seen
    }

    /// Has every operator that changes a fact against what was seen forget that it was.
    fn spoil(&mut self) {
        let mut against: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
        for (term, seen) in &self.seen {
            let mut found = BTreeSet::new();
            literals(term, &mut found);
            for (hole, is) in found {
                against.entry((hole - self.task.first, !is)).or_default().push(*seen);
            }
        }
        for operator in &mut self.operators {
            let spoiled: Vec<usize> = operator
                .changes
                .iter()
                .filter(|(atom, is)| operator.condition.get(atom) != Some(is))
                .filter_map(|(atom, is)| against.get(&(*atom, *is)))
                .flatten()
                .copied()
                .collect();
            operator.changes.extend(spoiled.into_iter().map(|seen| (seen, false)));
        }
    }

    fn start(&self) -> Vec<bool> {
        let filled: Vec<i64> = (0..self.task.first).map(|_| 0).chain(self.task.start.iter().map(|is| i64::from(*is))).collect();
        let one = |atom: &Atom| match atom {
            Atom::Fact(fact) => self.task.start[*fact],
            Atom::Seen(term) => truth(term, &filled),
            Atom::Ready => true,
            Atom::Turn(..) => false,
        };
        self.atoms.iter().map(one).collect()
    }
}

/// The facts that a condition reads, each with those of which exactly one is true with it: what is said of one can be said of the
/// others.
#[must_use]
pub fn reads(task: &Task, term: &Bool) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    holes(term, &mut found);
    let mut out = BTreeSet::new();
    for fact in found.into_iter().map(|hole| hole - task.first) {
        out.insert(fact);
        if let Says::Value(place, _) = task.facts[fact] {
            out.extend((0..task.facts.len()).filter(|other| matches!(task.facts[*other], Says::Value(at, _) if at == place)));
        }
    }
    out
}

/// Without the cases that another one covers.
fn shortest(mut cubes: Vec<Cube>) -> Vec<Cube> {
    cubes.sort_by_key(|cube| (cube.len(), cube.clone()));
    let mut out: Vec<Cube> = Vec::new();
    for cube in cubes {
        if !out.iter().any(|other| other.iter().all(|(atom, is)| cube.get(atom) == Some(is))) {
            out.push(cube);
        }
    }
    out
}

/// The literals of a term.
fn literals(term: &Bool, out: &mut BTreeSet<(usize, bool)>) {
    if let Some(one) = literal(term) {
        out.insert(one);
    } else if let Bool::Node(node) = term
        && let BoolNode::And(terms) | BoolNode::Or(terms) = &**node
    {
        for term in terms {
            literals(term, out);
        }
    }
}
