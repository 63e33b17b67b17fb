//! Which facts of a planning task are enough to show that no plan costs less than a given one. It starts with those that tell
//! whether something is lost, forgets all others, and looks for the cheapest way. Where that is cheaper than the plan, and the
//! machine cannot go it, the facts are added because of which it cannot. Nothing has to be believed of this choice: whatever is
//! forgotten, the task that is left costs at least as little ([`super::splitting`]).

use super::objective::{costs, next, start};
use super::onehot::parts;
use super::planning::Task;
use super::splitting::{MANY_CASES, abstraction, reads};
use super::strips::{Atom, Cube, Does, Strips};
use crate::engine::logic::term::{Bool, truth};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most times that facts are added.
const ROUNDS_MAX: usize = 60;
/// Most states that are looked at for one way.
const STATES_MAX: usize = 200_000;

/// Facts, by index, without all others of which no plan costs less than this order of actions does; or as many as were tried.
#[must_use]
pub fn enough(task: &Task, order: &[usize]) -> BTreeSet<usize> {
    let most = costs(task, order).iter().filter(|costs| **costs).count();
    let mut kept = reads(task, &task.outage);
    for _ in 0..ROUNDS_MAX {
        let left = abstraction(task, &kept, MANY_CASES);
        let Some(way) = cheaper(&left, most) else { break };
        let new = missed(task, &left, &way, &kept);
        if new.is_empty() {
            break;
        }
        kept.extend(new);
    }
    kept
}

/// A way of operators to the goal that costs less; `None` if there is none, or it was not found.
fn cheaper(strips: &Strips, cost: usize) -> Option<Vec<usize>> {
    let words = strips.atoms.len().div_ceil(64);
    let pack = |cube: &Cube| {
        let (mut which, mut is_so) = (vec![0_u64; words], vec![0_u64; words]);
        for (atom, is) in cube {
            which[atom / 64] |= 1 << (atom % 64);
            is_so[atom / 64] |= u64::from(*is) << (atom % 64);
        }
        (which, is_so)
    };
    let holds =
        |state: &[u64], (which, is_so): &(Vec<u64>, Vec<u64>)| (0..words).all(|word| state[word] & which[word] == is_so[word]);
    let operators: Vec<_> = strips.operators.iter().map(|one| (pack(&one.condition), pack(&one.changes), one.costs)).collect();
    let goal = pack(strips.goal.as_ref()?);
    let first = pack(&strips.start.iter().copied().enumerate().collect()).1;
    let mut known: BTreeMap<Vec<u64>, usize> = BTreeMap::from([(first.clone(), 0)]);
    let mut nodes = vec![(first, 0, None)];
    let mut open = VecDeque::from([0]);
    while let Some(at) = open.pop_front() {
        let (state, so_far, _) = nodes[at].clone();
        if known.get(&state).is_some_and(|best| *best < so_far) {
            continue;
        }
        if holds(&state, &goal) {
            return Some(way(&nodes, at));
        }
        for (index, (condition, (which, is_so), costs)) in operators.iter().enumerate() {
            let total = so_far + usize::from(*costs);
            if total >= cost || !holds(&state, condition) {
                continue;
            }
            let after: Vec<u64> = (0..words).map(|word| state[word] & !which[word] | is_so[word]).collect();
            if known.get(&after).is_some_and(|best| *best <= total) {
                continue;
            }
            known.insert(after.clone(), total);
            nodes.push((after, total, Some((at, index))));
            if *costs { open.push_back(nodes.len() - 1) } else { open.push_front(nodes.len() - 1) }
        }
        if nodes.len() > STATES_MAX {
            return None;
        }
    }
    None
}

type Node = (Vec<u64>, usize, Option<(usize, usize)>);

fn way(nodes: &[Node], mut at: usize) -> Vec<usize> {
    let mut out = Vec::new();
    while let Some((from, operator)) = nodes[at].2 {
        out.push(operator);
        at = from;
    }
    out.reverse();
    out
}

/// The facts because of which a way is none of the machine.
fn missed(task: &Task, strips: &Strips, way: &[usize], kept: &BTreeSet<usize>) -> BTreeSet<usize> {
    let (mut facts, mut state) = (start(task), strips.start.clone());
    let mut under_way = None;
    for at in way {
        let operator = &strips.operators[*at];
        for (atom, is) in &operator.changes {
            state[*atom] = *is;
        }
        if let Does::Action(actions) = &operator.does {
            let can = |action: &&usize| truth(&task.actions[**action].condition, &facts);
            let Some(action) = actions.iter().find(can).or(actions.first()) else { return BTreeSet::new() };
            if let Some(new) = fewest(task, &task.actions[*action].condition, &facts, kept) {
                return new;
            }
            facts = next(task, &facts, &task.actions[*action]);
            under_way = Some(*action);
        }
        let is_ready = strips.atoms.iter().zip(&state).all(|(atom, is)| !is || !matches!(atom, Atom::Turn(..)));
        if let Some(action) = under_way.filter(|_| is_ready) {
            under_way = None;
            let differs = |fact: &usize| strips.kept[*fact] && state[*fact] != (facts[task.first + fact] != 0);
            if (0..task.facts.len()).any(|fact| differs(&fact)) {
                let mut new = BTreeSet::new();
                for change in task.actions[action].changes.iter().filter(|change| differs(&change.fact)) {
                    new.extend(reads(task, &change.applies));
                }
                return new.difference(kept).copied().collect();
            }
        }
    }
    fewest(task, &task.goal, &facts, kept).unwrap_or_default()
}

/// Of the parts of a condition that fail, the new facts of the one that has the fewest; `None` if none fails.
fn fewest(task: &Task, condition: &Bool, facts: &[i64], kept: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    let failing = parts(condition).into_iter().filter(|part| !truth(part, facts));
    let new = failing.map(|part| reads(task, &part).difference(kept).copied().collect::<BTreeSet<usize>>());
    new.min_by_key(|new| (new.is_empty(), new.len()))
}
