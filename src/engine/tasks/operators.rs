//! The operators that a plan is in the form of [`super::strips`].

use super::objective::{State, costs, next, start};
use super::planning::Task;
use super::strips::{Atom, Cube, Does, Strips};
use crate::engine::logic::term::truth;

/// An order of actions, by index, as operators, by index. `None` if it is no plan of that task.
#[must_use]
pub fn operators(task: &Task, strips: &Strips, order: &[usize]) -> Option<Vec<usize>> {
    let mut going = Going { strips, state: strips.start.clone(), facts: start(task), out: Vec::new() };
    let lost = costs(task, order);
    for (action, costs) in order.iter().zip(&lost) {
        let acting = &task.actions[*action];
        if !truth(&acting.condition, &going.facts) {
            return None;
        }
        let after = next(task, &going.facts, acting);
        going.act(task, *action, *costs, &after)?;
        going.facts = after;
    }
    if !truth(&task.goal, &going.facts) {
        return None;
    }
    going.provide(strips.goal.as_ref()?)?;
    Some(going.out)
}

struct Going<'a> {
    strips: &'a Strips,
    /// What is so.
    state: Vec<bool>,
    /// The state of the task before the action that is under way.
    facts: State,
    out: Vec<usize>,
}

impl Going<'_> {
    /// Does what an action is, so that those facts are so afterwards.
    fn act(&mut self, task: &Task, action: usize, costs: bool, after: &State) -> Option<()> {
        let agrees = |changes: &Cube, state: &[bool]| {
            (0..task.facts.len()).all(|fact| {
                let is = changes.get(&fact).copied().unwrap_or(state[fact]);
                !self.strips.kept[fact] || is == (after[task.first + fact] != 0)
            })
        };
        let is_it = |does: &Does| matches!(does, Does::Action(actions) if actions.contains(&action));
        let begins = |at: &usize| {
            let one = &self.strips.operators[*at];
            let goes_on = one.changes.keys().any(|atom| matches!(self.strips.atoms[*atom], Atom::Turn(..)));
            is_it(&one.does) && one.costs == costs && self.can(&one.condition) && (goes_on || agrees(&one.changes, &self.state))
        };
        let Some(first) = (0..self.strips.operators.len()).find(begins) else {
            // It changes nothing of what is in the task.
            return agrees(&Cube::new(), &self.state).then_some(());
        };
        self.go(first)?;
        while let Some(turn) =
            (0..self.state.len()).find(|atom| self.state[*atom] && matches!(self.strips.atoms[*atom], Atom::Turn(..)))
        {
            let goes_on = |at: &usize| {
                let one = &self.strips.operators[*at];
                let fits = |(atom, is): (&usize, &bool)| {
                    !matches!(self.strips.atoms[*atom], Atom::Fact(_)) || *is == (after[task.first + atom] != 0)
                };
                one.condition.get(&turn) == Some(&true) && self.can(&one.condition) && one.changes.iter().all(fits)
            };
            let next = (0..self.strips.operators.len()).find(goes_on)?;
            self.go(next)?;
        }
        Some(())
    }

    /// Whether a condition is met, or will be once it is seen.
    fn can(&self, condition: &Cube) -> bool {
        condition.iter().all(|(atom, is)| match &self.strips.atoms[*atom] {
            Atom::Seen(term) => !is || self.state[*atom] || truth(term, &self.facts),
            _ => self.state[*atom] == *is,
        })
    }

    /// Sees what a condition needs.
    fn provide(&mut self, condition: &Cube) -> Option<()> {
        for (atom, is) in condition.clone() {
            if self.state[atom] == is {
                continue;
            }
            let sees = |at: &usize| {
                let one = &self.strips.operators[*at];
                one.does == Does::Sees(atom) && self.can(&one.condition)
            };
            let seeing = (0..self.strips.operators.len()).find(sees)?;
            self.go(seeing)?;
        }
        Some(())
    }

    fn go(&mut self, at: usize) -> Option<()> {
        let operator = &self.strips.operators[at];
        self.provide(&operator.condition)?;
        for (atom, is) in &operator.changes {
            self.state[*atom] = *is;
        }
        self.out.push(at);
        Some(())
    }
}
