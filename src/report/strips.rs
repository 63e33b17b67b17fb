//! A planning task as PDDL of the level that planners read which prove a plan to be the best: lists of literals, negation of
//! single facts, costs ([`crate::engine::tasks::splitting`]).

use super::pddl::{COSTS, Files, IN_OUTAGE, action_name, cost_of, fact_doc, fact_name, unique};
use crate::engine::tasks::operators::operators;
use crate::engine::tasks::planning::Task;
use crate::engine::tasks::strips::{Atom, Cube, Does, Operator, Strips};
use crate::engine::verification::walk::Walk;
use crate::source::text::printable;
use std::collections::BTreeSet;

/// A task in which the steps of the walk's plan are what can be done; `order` is a plan for it, by these steps; `title` says in
/// sentences what it is.
#[must_use]
pub fn write(walk: &Walk<'_>, task: &Task, strips: &Strips, order: &[usize], title: &str) -> Files {
    let mut taken = BTreeSet::new();
    let atom = |atom: &Atom| match atom {
        Atom::Fact(fact) => fact_name(walk, &task.facts[*fact]),
        Atom::Seen(_) => "seen".to_owned(),
        Atom::Ready => "no-action-under-way".to_owned(),
        Atom::Turn(action, turn) => format!("{}_turn_{turn}", action_name(walk, *action)),
    };
    let atoms: Vec<String> = strips.atoms.iter().map(|one| unique(&atom(one), &mut taken)).collect();
    let operator_names: Vec<String> = strips
        .operators
        .iter()
        .map(|operator| {
            let name = match &operator.does {
                Does::Action(actions) => actions.first().map_or(String::new(), |action| action_name(walk, *action)),
                Does::Rest(action) => format!("{}_goes-on", action_name(walk, *action)),
                Does::Sees(_) => "sees".to_owned(),
            };
            unique(&format!("{name}{}", if operator.costs { IN_OUTAGE } else { "" }), &mut taken)
        })
        .collect();
    let writing = Writing { walk, task, strips, atoms, operator_names };
    let title = printable(title);
    Files { domain: writing.domain(&title), problem: writing.problem(&title), plan: writing.plan(order, &title) }
}

struct Writing<'a> {
    walk: &'a Walk<'a>,
    task: &'a Task,
    strips: &'a Strips,
    atoms: Vec<String>,
    operator_names: Vec<String>,
}

impl Writing<'_> {
    /// The atoms that something asks for or changes.
    fn used(&self) -> BTreeSet<usize> {
        let cubes = self.strips.operators.iter().flat_map(|operator| [&operator.condition, &operator.changes]);
        let used = cubes.chain(&self.strips.goal).flat_map(|cube| cube.keys().copied());
        // A goal that cannot be is written with the last one.
        used.chain(self.strips.goal.is_none().then(|| self.atoms.len() - 1)).collect()
    }

    fn domain(&self, title: &str) -> String {
        let mut out = format!("; {title}\n");
        out.push_str("; Conditions are the guards at level `error`, and that no hazard comes about. Times are not in it.\n");
        out.push_str(COSTS);
        out.push_str(
            "; A `seen` fact says that a disjunction was seen to hold: `sees` makes it true for nothing, and what may break it\n",
        );
        out.push_str("; makes it false. An action whose effects depend on the state `goes-on`, effect by effect, before anything else is done.\n");
        out.push_str(
            "(define (domain upgrade)\n  (:requirements :strips :negative-preconditions :action-costs)\n  (:predicates\n",
        );
        for atom in self.used() {
            let doc = match &self.strips.atoms[atom] {
                Atom::Fact(fact) => fact_doc(self.walk, &self.task.facts[*fact]),
                Atom::Seen(_) => "That a disjunction was seen to hold.".to_owned(),
                Atom::Ready => "No action is under way.".to_owned(),
                Atom::Turn(..) => "The next effect of the action that is under way.".to_owned(),
            };
            out.push_str(&format!("    ({}) ; {}\n", self.atoms[atom], printable(&doc)));
        }
        out.push_str("  )\n  (:functions (total-cost) - number)\n");
        for (name, operator) in self.operator_names.iter().zip(&self.strips.operators) {
            self.operator(name, operator, &mut out);
        }
        out.push_str(")\n");
        out
    }

    fn operator(&self, name: &str, operator: &Operator, out: &mut String) {
        if let Does::Action(actions) = &operator.does {
            let action = actions.first().map(|action| self.walk.action(*action));
            if let Some(action) = action {
                out.push_str(&format!("\n  ; {} Page {}.\n", printable(&action.does), printable(&action.page)));
            }
            if actions.len() > 1 {
                let others: Vec<String> = actions[1..].iter().map(|action| action_name(self.walk, *action)).collect();
                out.push_str(&format!("  ; Also: {}.\n", printable(&others.join(", "))));
            }
        }
        let cost = if operator.costs { " (increase (total-cost) 1)" } else { "" };
        let (condition, changes) = (self.cube(&operator.condition), self.cube(&operator.changes));
        out.push_str(&format!(
            "  (:action {name}\n    :parameters ()\n    :precondition (and{condition})\n    :effect (and{cost}{changes}))\n"
        ));
    }

    fn cube(&self, cube: &Cube) -> String {
        let one = |(atom, is): (&usize, &bool)| {
            let name = &self.atoms[*atom];
            if *is { format!(" ({name})") } else { format!(" (not ({name}))") }
        };
        cube.iter().map(one).collect()
    }

    fn problem(&self, title: &str) -> String {
        let mut out = format!("; {title}\n(define (problem site)\n  (:domain upgrade)\n  (:init\n");
        for atom in self.used().into_iter().filter(|atom| self.strips.start[*atom]) {
            out.push_str(&format!("    ({})\n", self.atoms[atom]));
        }
        let goal = self.strips.goal.as_ref().map(|goal| self.cube(goal));
        out.push_str("    (= (total-cost) 0)\n  )\n");
        // Where nothing reaches the goal, a fact and its contrary.
        let last = self.atoms.last().map_or("never", String::as_str);
        let goal = goal.unwrap_or_else(|| format!(" ({last}) (not ({last}))"));
        out.push_str(&format!("  (:goal (and{goal}))\n"));
        out.push_str("  (:metric minimize (total-cost)))\n");
        out
    }

    fn plan(&self, order: &[usize], title: &str) -> String {
        let Some(operators) = operators(self.task, self.strips, order) else {
            return format!("; {title}\n; The listed order is no plan for it.\n");
        };
        let cost = operators.iter().filter(|at| self.strips.operators[**at].costs).count();
        let mut out = format!("; {title}\n; {}\n", cost_of(cost));
        for at in operators {
            out.push_str(&format!("({})\n", self.operator_names[at]));
        }
        out
    }
}
