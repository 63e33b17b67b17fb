//! The forms of a planning task for planners that prove a plan to be the best: on random tasks, looked at state by state, nothing
//! gets cheaper or dearer, and what forgets facts is never dearer.

use cutover::engine::logic::term::{Bool, FALSE, TRUE, and, bool_hole, not, or, truth};
use cutover::engine::tasks::lower_bound::enough;
use cutover::engine::tasks::objective::{State, costs, next, start};
use cutover::engine::tasks::operators::operators;
use cutover::engine::tasks::pairs::Pairs;
use cutover::engine::tasks::planning::{Acting, Change, Says, Task};
use cutover::engine::tasks::splitting::{abstraction, strips};
use cutover::engine::tasks::strips::{Atom, Strips};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The hole that is the first fact.
const FIRST: usize = 2;
/// Facts that are true or false by themselves; then come three of which exactly one is true.
const SINGLE: usize = 5;
const FACTS: usize = SINGLE + 3;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

fn fact(at: usize) -> Bool {
    bool_hole(FIRST + at)
}

fn condition(dice: &mut Dice, depth: usize) -> Bool {
    match if depth == 0 { dice.below(2) } else { dice.below(5) } {
        0 => fact(dice.below(FACTS)),
        1 => not(fact(dice.below(FACTS))),
        2 => and((0..2).map(|_| condition(dice, depth - 1)).collect::<Vec<_>>()),
        _ => or((0..3).map(|_| condition(dice, depth - 1)).collect::<Vec<_>>()),
    }
}

/// What an action does: sets facts, always, somewhere, or to what a condition says; or another value of the three.
fn changes(dice: &mut Dice) -> Vec<Change> {
    let mut out = Vec::new();
    for at in 0..SINGLE {
        match dice.below(8) {
            0 => out.push(Change { fact: at, becomes: dice.below(2) == 0, applies: TRUE }),
            1 => out.push(Change { fact: at, becomes: dice.below(2) == 0, applies: condition(dice, 1) }),
            2 => {
                let value = condition(dice, 1);
                out.push(Change { fact: at, becomes: false, applies: and([fact(at), not(value.clone())]) });
                out.push(Change { fact: at, becomes: true, applies: and([not(fact(at)), value]) });
            }
            _ => {}
        }
    }
    if dice.below(2) == 0 {
        let (value, applies) = (SINGLE + dice.below(3), if dice.below(2) == 0 { TRUE } else { condition(dice, 1) });
        for at in SINGLE..FACTS {
            out.push(Change { fact: at, becomes: at == value, applies: applies.clone() });
        }
    }
    out.retain(|change| change.applies != FALSE);
    out
}

fn task(dice: &mut Dice) -> Task {
    let single = (0..SINGLE).map(Says::True);
    let facts = single.chain((0..3).map(|value| Says::Value(SINGLE, value))).collect();
    let value = dice.below(3);
    let start = (0..FACTS).map(|at| if at < SINGLE { dice.below(3) == 0 } else { at - SINGLE == value }).collect();
    let action = |dice: &mut Dice| {
        let condition = condition(dice, 2);
        Acting { guard: condition.clone(), condition, changes: changes(dice) }
    };
    let actions = (0..4 + dice.below(3)).map(|_| action(dice)).collect();
    let goal = and((0..3).map(|_| condition(dice, 1)).collect::<Vec<_>>());
    Task { first: FIRST, facts, start, actions, hazards: Vec::new(), goal, outage: condition(dice, 1) }
}

/// The least cost of a way to the goal, and one way of that cost.
fn least<S: Ord + Clone>(
    from: S,
    is_goal: &dyn Fn(&S) -> bool,
    after: &dyn Fn(&S) -> Vec<(usize, S, usize)>,
) -> Option<(usize, Vec<usize>)> {
    let mut best: BTreeMap<S, (usize, Vec<usize>)> = BTreeMap::from([(from.clone(), (0, Vec::new()))]);
    let mut open = VecDeque::from([(from, 0)]);
    while let Some((state, cost)) = open.pop_front() {
        let (known, way) = best[&state].clone();
        if known < cost {
            continue;
        }
        if is_goal(&state) {
            return Some((cost, way));
        }
        for (step, next, more) in after(&state) {
            let total = cost + more;
            if best.get(&next).is_none_or(|(known, _)| total < *known) {
                let longer = way.iter().copied().chain([step]).collect();
                best.insert(next.clone(), (total, longer));
                if more == 0 { open.push_front((next, total)) } else { open.push_back((next, total)) }
            }
        }
    }
    None
}

fn least_of_task(task: &Task) -> Option<(usize, Vec<usize>)> {
    let after = |state: &State| {
        let can = (0..task.actions.len()).filter(|at| truth(&task.actions[*at].condition, state));
        let step = |at: usize| {
            let then = next(task, state, &task.actions[at]);
            let cost = truth(&task.outage, state) || truth(&task.outage, &then);
            (at, then, usize::from(cost))
        };
        can.map(step).collect()
    };
    least(start(task), &|state| truth(&task.goal, state), &after)
}

fn follow(strips: &Strips, state: &[bool], at: usize) -> Option<Vec<bool>> {
    let operator = &strips.operators[at];
    operator.condition.iter().all(|(atom, is)| state[*atom] == *is).then(|| {
        let mut then = state.to_vec();
        operator.changes.iter().for_each(|(atom, is)| then[*atom] = *is);
        then
    })
}

fn is_goal(strips: &Strips, state: &[bool]) -> bool {
    strips.goal.as_ref().is_some_and(|goal| goal.iter().all(|(atom, is)| state[*atom] == *is))
}

fn least_of_strips(strips: &Strips) -> Option<(usize, Vec<usize>)> {
    let after = |state: &Vec<bool>| {
        let can = (0..strips.operators.len()).filter_map(|at| Some((at, follow(strips, state, at)?)));
        can.map(|(at, then)| (at, then, usize::from(strips.operators[at].costs))).collect()
    };
    least(strips.start.clone(), &|state| is_goal(strips, state), &after)
}

/// What the operators cost, if they are a plan.
fn cost(strips: &Strips, way: &[usize]) -> Option<usize> {
    let mut state = strips.start.clone();
    for at in way {
        state = follow(strips, &state, *at)?;
    }
    is_goal(strips, &state).then(|| way.iter().filter(|at| strips.operators[**at].costs).count())
}

#[test]
fn the_least_cost_is_the_same_in_every_form_and_every_plan_is_one_in_each() {
    let (mut solved, mut unsolved, mut dear, mut seen, mut turns) = (0, 0, 0, 0, 0);
    for seed in 0..200 {
        let task = task(&mut Dice(seed));
        let best = least_of_task(&task);
        for cases_max in [0, 2, 200] {
            let form = strips(&task, cases_max);
            seen += form.atoms.iter().filter(|atom| matches!(atom, Atom::Seen(_))).count();
            turns += form.atoms.iter().filter(|atom| matches!(atom, Atom::Turn(..))).count();
            let there = least_of_strips(&form);
            assert_eq!(
                best.as_ref().map(|(cost, _)| *cost),
                there.as_ref().map(|(cost, _)| *cost),
                "seed {seed}, {cases_max} cases"
            );
            let Some((least, way)) = &best else { continue };
            let steps = operators(&task, &form, way).unwrap_or_else(|| panic!("seed {seed}: {way:?} is no plan there"));
            assert_eq!(cost(&form, &steps), Some(*least), "seed {seed}, {cases_max} cases");
            assert!(costs(&task, way).iter().filter(|costs| **costs).count() >= *least);
        }
        match best {
            Some((cost, _)) => {
                solved += 1;
                dear += usize::from(cost > 0);
            }
            None => unsolved += 1,
        }
    }
    assert!(solved > 50 && unsolved > 10 && dear > 10, "{solved} solved, {dear} of them at a cost, {unsolved} not");
    assert!(seen > 100 && turns > 20, "{seen} conditions seen, {turns} effects in turn: the tasks are too simple");
}

#[test]
fn what_forgets_facts_is_never_dearer_and_the_facts_that_are_kept_are_enough_where_the_search_says_so() {
    let (mut tight, mut loose, mut dear) = (0, 0, 0);
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let task = task(&mut dice);
        let Some((least, way)) = least_of_task(&task) else { continue };
        let kept: BTreeSet<usize> = (0..FACTS).filter(|_| dice.below(2) == 0).collect();
        for cases_max in [0, 200] {
            let form = abstraction(&task, &kept, cases_max);
            let (there, _) = least_of_strips(&form).unwrap_or_else(|| panic!("seed {seed}: nothing reaches the goal"));
            assert!(there <= least, "seed {seed}: {there} where {least} is enough");
            if there < least { loose += 1 } else { tight += 1 }
        }
        let chosen = enough(&task, &way);
        let form = abstraction(&task, &chosen, 200);
        assert_eq!(least_of_strips(&form).map(|(cost, _)| cost), Some(least), "seed {seed}: kept {chosen:?}");
        let steps = operators(&task, &form, &way).unwrap_or_else(|| panic!("seed {seed}: {way:?} is no plan there"));
        assert_eq!(cost(&form, &steps), Some(least));
        dear += usize::from(least > 0);
    }
    assert!(tight > 30 && loose > 3 && dear > 7, "{tight} tight, {loose} loose, {dear} at a cost: that says too little");
}

#[test]
fn pairs_that_are_said_never_to_be_so_together_never_are() {
    let mut never = 0;
    for seed in 0..60 {
        let task = task(&mut Dice(seed));
        let form = strips(&task, 2);
        let pairs = Pairs::of(&form);
        let mut reached = BTreeSet::from([form.start.clone()]);
        let mut open = vec![form.start.clone()];
        while let Some(state) = open.pop() {
            for then in (0..form.operators.len()).filter_map(|at| follow(&form, &state, at)) {
                if reached.insert(then.clone()) {
                    open.push(then);
                }
            }
        }
        for a in 0..form.atoms.len() {
            for b in 0..form.atoms.len() {
                for (is_a, is_b) in [(true, true), (true, false), (false, true), (false, false)] {
                    if !pairs.allow((a, is_a), (b, is_b)) {
                        never += usize::from(a != b);
                        assert!(!reached.iter().any(|state| state[a] == is_a && state[b] == is_b), "seed {seed}: {a} and {b}");
                    }
                }
            }
        }
    }
    assert!(never > 1_000, "{never} pairs");
}
