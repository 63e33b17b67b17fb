//! What can be done as constrained Horn clauses: SMT-LIB 2.6 for solvers that find invariants, such as Spacer in Z3. A relation
//! of all states that are reached; `sat` says that it leaves out every hazard.

use super::pddl::{action_name, fact_name};
use super::smv::Model;
use crate::engine::logic::term::{Bool, BoolNode, TRUE, and, bool_hole, not, or};
use crate::engine::tasks::planning::Acting;
use crate::source::text::printable;
use std::fmt::Write as _;

/// The clauses of a model whose part leaves no fact free.
#[must_use]
pub fn write(model: &Model<'_>) -> String {
    let writing = Writing { model, facts: model.part.kept.iter().chain(&model.part.free).copied().collect() };
    let (task, walk) = (model.task, model.walk);
    let mut out = format!("; {}\n; Times are not in it. `sat`: ", printable(model.title));
    let codes: Vec<&str> =
        model.hazards.iter().map(|at| walk.rulebook.machine.hazards[task.hazards[*at].0].code.as_str()).collect();
    let _ = writeln!(out, "none of these is ever reached: {}.", codes.join(", "));
    if !model.part.free.is_empty() {
        out.push_str("; A part: some facts can be anything at any step. `unsat` here may be `sat` of the whole.\n");
    }
    for fact in &writing.facts {
        let _ = writeln!(out, "; f{fact}: {}", printable(&fact_name(walk, &task.facts[*fact])));
    }
    let _ = writeln!(out, "(set-logic HORN)\n(declare-fun reached ({}) Bool)", vec!["Bool"; model.part.kept.len()].join(" "));
    let start: Vec<&str> = model.part.kept.iter().map(|fact| if task.start[*fact] { "true" } else { "false" }).collect();
    let _ = writeln!(out, "(assert {})", reached(&start));
    for (step, acting) in model.part.actions.iter().enumerate() {
        if let Some(acting) = acting {
            let _ = writeln!(out, "; {}", printable(&action_name(walk, step)));
            let condition = if acting.guard == TRUE { String::new() } else { format!(" {}", writing.bool(&acting.guard)) };
            writing.clause(&condition, &reached(&writing.after(acting)), &mut out);
        }
    }
    let there = or(model.hazards.iter().map(|at| task.hazards[*at].1.clone()));
    writing.clause(&format!(" {}", writing.bool(&there)), "false", &mut out);
    out.push_str("(check-sat)\n");
    out
}

/// That the state with these facts is reached.
fn reached<S: AsRef<str>>(facts: &[S]) -> String {
    let facts: Vec<&str> = facts.iter().map(AsRef::as_ref).collect();
    if facts.is_empty() { "reached".to_owned() } else { format!("(reached {})", facts.join(" ")) }
}

struct Writing<'a> {
    model: &'a Model<'a>,
    facts: Vec<usize>,
}

impl Writing<'_> {
    fn clause(&self, condition: &str, then: &str, out: &mut String) {
        let names: Vec<String> = self.facts.iter().map(|fact| format!("(f{fact} Bool)")).collect();
        let here: Vec<String> = self.model.part.kept.iter().map(|fact| format!("f{fact}")).collect();
        let here = reached(&here);
        let before = if condition.is_empty() { here } else { format!("(and {here}{condition})") };
        let says = format!("(=> {before} {then})");
        let says = if names.is_empty() { says } else { format!("(forall ({}) {says})", names.join(" ")) };
        let _ = writeln!(out, "(assert {says})");
    }

    /// The facts after an action, one after the other.
    fn after(&self, acting: &Acting) -> Vec<String> {
        let one = |fact: &usize| {
            let changes = acting.changes.iter().filter(|change| change.fact == *fact);
            let after = changes.fold(bool_hole(self.model.task.first + fact), |before, change| {
                let applies = change.applies.clone();
                if change.becomes { or([before, applies]) } else { and([before, not(applies)]) }
            });
            self.bool(&after)
        };
        self.model.part.kept.iter().map(one).collect()
    }

    fn bool(&self, term: &Bool) -> String {
        let list = |word: &str, terms: &[Bool]| {
            let terms: Vec<String> = terms.iter().map(|term| self.bool(term)).collect();
            format!("({word} {})", terms.join(" "))
        };
        match term {
            Bool::Const(value) => value.to_string(),
            Bool::Node(node) => match &**node {
                BoolNode::Hole(hole) => format!("f{}", hole - self.model.task.first),
                BoolNode::Not(inner) => format!("(not {})", self.bool(inner)),
                BoolNode::And(terms) => list("and", terms),
                BoolNode::Or(terms) => list("or", terms),
                BoolNode::Iff(a, b) => format!("(= {} {})", self.bool(a), self.bool(b)),
                // Tasks compare nothing any more: `engine::planning` sees to it.
                BoolNode::Equal(..) | BoolNode::AtMost(..) => "false".to_owned(),
            },
        }
    }
}
