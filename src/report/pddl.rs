//! A planning task as PDDL, ground: facts without arguments, actions without parameters. What planners and validators of
//! the level `:adl` (negation, disjunction, conditional effects) read.

use crate::engine::planning::{Acting, Says, Task};
use crate::engine::term::{Bool, BoolNode, FALSE, TRUE};
use crate::engine::walk::Walk;
use crate::model::eval::typed;
use crate::source::text::printable;
use crate::spec::types::{Type, Value};
use std::collections::BTreeSet;

/// The texts of the three files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// What there is and what can be done.
    pub domain: String,
    /// The start and the goal.
    pub problem: String,
    /// A plan: the actions in one order.
    pub plan: String,
}

/// A task in which the steps of the walk's plan are what can be done. `order` is a plan for it, by these steps; `title` says
/// in a sentence what it is.
#[must_use]
pub fn write(walk: &Walk<'_>, task: &Task, order: &[usize], title: &str) -> Files {
    // Some readers keep all names in one list.
    let mut taken = BTreeSet::new();
    let actions: Vec<String> = (0..walk.plan.steps.len()).map(|step| unique(&action_name(walk, step), &mut taken)).collect();
    let facts: Vec<String> = task.facts.iter().map(|says| unique(&fact_name(walk, says), &mut taken)).collect();
    let writing = Writing { task, facts };
    let title = printable(title);
    Files {
        domain: writing.domain(walk, &actions, &title),
        problem: writing.problem(&title),
        plan: order.iter().fold(format!("; {title}\n"), |plan, step| plan + &format!("({})\n", actions[*step])),
    }
}

/// A fact that is never true, for what cannot be.
const NEVER: &str = "never";

struct Writing<'a> {
    task: &'a Task,
    facts: Vec<String>,
}

impl Writing<'_> {
    fn domain(&self, walk: &Walk<'_>, actions: &[String], title: &str) -> String {
        let mut out = format!("; {title}\n");
        out.push_str("; Conditions are the guards at level `error`, and that no hazard comes about. Times are not in it.\n");
        out.push_str("(define (domain upgrade)\n  (:requirements :adl)\n  (:predicates\n");
        out.push_str(&format!("    ({NEVER})\n"));
        for (name, says) in self.facts.iter().zip(&self.task.facts) {
            let doc = match says {
                Says::True(place) | Says::Member(place, _) | Says::Value(place, _) => {
                    walk.base.vocabulary.state[walk.layout.at(*place).0].doc.clone()
                }
                Says::Done(_) => "It was done.".to_owned(),
            };
            out.push_str(&format!("    ({name}) ; {}\n", printable(&doc)));
        }
        out.push_str("  )\n");
        for (step, (name, acting)) in actions.iter().zip(&self.task.actions).enumerate() {
            let action = walk.action(step);
            out.push_str(&format!("\n  ; {} Page {}.\n", printable(&action.does), printable(&action.page)));
            self.action(name, acting, &mut out);
        }
        out.push_str(")\n");
        out
    }

    fn action(&self, name: &str, acting: &Acting, out: &mut String) {
        out.push_str(&format!("  (:action {name}\n    :parameters ()\n    :precondition {}\n", self.whole(&acting.condition)));
        out.push_str("    :effect (and");
        for change in &acting.changes {
            let fact = &self.facts[change.fact];
            let fact = if change.becomes { format!("({fact})") } else { format!("(not ({fact}))") };
            if change.applies == TRUE {
                out.push_str(&format!("\n      {fact}"));
            } else {
                out.push_str(&format!("\n      (when {} {fact})", self.bool(&change.applies)));
            }
        }
        out.push_str("))\n");
    }

    fn problem(&self, title: &str) -> String {
        let mut out = format!("; {title}\n(define (problem site)\n  (:domain upgrade)\n  (:init\n");
        for (name, _) in self.facts.iter().zip(&self.task.start).filter(|(_, holds)| **holds) {
            out.push_str(&format!("    ({name})\n"));
        }
        out.push_str(&format!("  )\n  (:goal {}))\n", self.whole(&self.task.goal)));
        out
    }

    /// A condition as a conjunction, one line for each of its parts.
    fn whole(&self, condition: &Bool) -> String {
        let parts = match condition {
            Bool::Const(true) => Vec::new(),
            Bool::Node(node) => match &**node {
                BoolNode::And(terms) => terms.clone(),
                _ => vec![condition.clone()],
            },
            Bool::Const(false) => vec![FALSE],
        };
        let lines: Vec<String> = parts.iter().map(|part| format!("\n      {}", self.bool(part))).collect();
        format!("(and{})", lines.concat())
    }

    fn bool(&self, term: &Bool) -> String {
        let list = |word: &str, terms: &[Bool]| {
            let terms: Vec<String> = terms.iter().map(|term| self.bool(term)).collect();
            format!("({word} {})", terms.join(" "))
        };
        match term {
            Bool::Const(true) => format!("(not ({NEVER}))"),
            Bool::Const(false) => format!("({NEVER})"),
            Bool::Node(node) => match &**node {
                BoolNode::Hole(hole) => {
                    let fact = hole.checked_sub(self.task.first).and_then(|fact| self.facts.get(fact));
                    format!("({})", fact.map_or(NEVER, String::as_str))
                }
                BoolNode::Not(inner) => format!("(not {})", self.bool(inner)),
                BoolNode::And(terms) => list("and", terms),
                BoolNode::Or(terms) => list("or", terms),
                // Tasks compare nothing any more: `engine::planning` sees to it.
                BoolNode::Iff(..) | BoolNode::Equal(..) | BoolNode::AtMost(..) => format!("({NEVER})"),
            },
        }
    }
}

pub(super) fn fact_name(walk: &Walk<'_>, says: &Says) -> String {
    let vocabulary = walk.base.vocabulary;
    let (place, value) = match says {
        Says::Done(action) => return format!("done_{}", walk.rulebook.machine.actions[*action].name),
        Says::True(place) => (*place, None),
        Says::Member(place, member) => (*place, Some(Value::Enumeration(*member))),
        Says::Value(place, number) => (*place, Some(typed(&vocabulary.state[walk.layout.at(*place).0].ty, *number))),
    };
    let (variable, records) = walk.layout.at(place);
    let variable = &vocabulary.state[variable];
    let mut out = variable.name.clone();
    for record in records {
        out = format!("{out}_{}", shown(walk, &variable.ty, &Value::Record(record)));
    }
    let ty = match &variable.ty {
        Type::Set(id) => Type::Enumeration(*id),
        ty => ty.clone(),
    };
    value.map_or(out.clone(), |value| format!("{out}_is_{}", shown(walk, &ty, &value)))
}

pub(super) fn action_name(walk: &Walk<'_>, step: usize) -> String {
    let action = walk.action(step);
    let arguments = walk.plan.steps[step].arguments.iter().zip(&action.parameters);
    arguments.fold(action.name.clone(), |out, (argument, parameter)| {
        let word = shown(walk, &parameter.ty, &argument.value);
        if word.is_empty() { out } else { format!("{out}_{word}") }
    })
}

pub(super) fn shown(walk: &Walk<'_>, ty: &Type, value: &Value) -> String {
    match (ty, value) {
        (Type::List(inner, _), Value::List(values)) => {
            values.iter().map(|value| shown(walk, inner, value)).collect::<Vec<_>>().join("_")
        }
        _ => walk.base.site.display(walk.base.vocabulary, ty, value),
    }
}

/// A name of PDDL for a text: lower-case letters, digits, `-` and `_`, after a letter. No name is given twice.
pub(super) fn unique(text: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = text.chars().take(NAME_MAX).map(plain).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "x-");
    }
    let mut out = name.clone();
    let mut number = 1;
    while out == NEVER || RESERVED.contains(&out.as_str()) || !taken.insert(out.clone()) {
        number += 1;
        out = format!("{name}-{number}");
    }
    out
}

/// Most characters of a name, but for a number that tells it from others.
const NAME_MAX: usize = 80;
/// Words that some readers take for something else than a name.
const RESERVED: [&str; 12] =
    ["and", "or", "not", "when", "forall", "exists", "imply", "assign", "increase", "decrease", "define", "object"];
