//! A planning task as PDDL, ground: facts without arguments, actions without parameters. What planners and validators of
//! the level `:adl` (negation, disjunction, conditional effects) read. What an action costs depends on the state, so an action
//! that can run while something is lost is written twice, with the cost and without.

use crate::engine::logic::term::{Bool, BoolNode, FALSE, TRUE};
use crate::engine::tasks::objective::{Priced, costs, groups, priced};
use crate::engine::tasks::planning::{Acting, Says, Task};
use crate::engine::verification::walk::Walk;
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
    // Some readers keep all names in one list. Facts come first, so that they are called the same in every form.
    let mut taken = BTreeSet::new();
    let facts: Vec<String> = task.facts.iter().map(|says| unique(&fact_name(walk, says), &mut taken)).collect();
    let groups = groups(task);
    let prices = task.actions.iter().map(|acting| priced(task, &groups, acting));
    let variants: Vec<Variants> =
        prices.enumerate().map(|(step, prices)| Variants::new(walk, step, prices, &mut taken)).collect();
    let writing = Writing { task, facts };
    let title = printable(title);
    let lost = costs(task, order);
    let mut plan = format!("; {title}\n; {}\n", cost_of(lost.iter().filter(|costs| **costs).count()));
    for (step, costs) in order.iter().zip(lost) {
        plan.push_str(&format!("({})\n", variants[*step].name(costs)));
    }
    Files { domain: writing.domain(walk, &variants, &title), problem: writing.problem(&title), plan }
}

/// What is said of the cost of a plan.
pub(super) fn cost_of(cost: usize) -> String {
    format!("cost = {cost} (unit: a step that runs while something is lost)")
}

/// What every domain says of costs.
pub(super) const COSTS: &str = "\
; A step costs 1 if the rulebook's outage is there before it or after it, and else nothing: that is what `cutover plan` minimises\n\
; first, as steps, not minutes. An action that can be either is there twice; taking the dearer one without need is allowed.\n";

/// The ways in which an action is written.
struct Variants {
    free: Option<(String, Bool)>,
    paid: Option<(String, Bool)>,
}

impl Variants {
    fn new(walk: &Walk<'_>, step: usize, prices: Priced, taken: &mut BTreeSet<String>) -> Self {
        let name = action_name(walk, step);
        // What can never be done is written as well.
        let is_there = prices.free != FALSE || prices.paid == FALSE;
        let free = is_there.then(|| (unique(&name, taken), prices.free));
        let paid = (prices.paid != FALSE).then(|| (unique(&format!("{name}{IN_OUTAGE}"), taken), prices.paid));
        Self { free, paid }
    }

    /// The name of the one that costs something, or of the other; of the only one if there is no other.
    fn name(&self, costs: bool) -> &str {
        let [first, second] = if costs { [&self.paid, &self.free] } else { [&self.free, &self.paid] };
        first.as_ref().or(second.as_ref()).map_or(NEVER, |(name, _)| name)
    }
}

/// Begins the line that names facts of which exactly one is true.
const EXACTLY_ONE: &str = "; exactly one is true: ";

/// What the name of an action ends with where it costs something.
pub(super) const IN_OUTAGE: &str = "_in-outage";

/// A fact that is never true, for what cannot be.
const NEVER: &str = "never";

struct Writing<'a> {
    task: &'a Task,
    facts: Vec<String>,
}

impl Writing<'_> {
    fn domain(&self, walk: &Walk<'_>, variants: &[Variants], title: &str) -> String {
        let mut out = format!("; {title}\n");
        out.push_str("; Conditions are the guards at level `error`, and that no hazard comes about. Times are not in it.\n");
        out.push_str(COSTS);
        out.push_str("(define (domain upgrade)\n  (:requirements :adl :action-costs)\n  (:predicates\n");
        out.push_str(&format!("    ({NEVER})\n"));
        for (name, says) in self.facts.iter().zip(&self.task.facts) {
            let doc = fact_doc(walk, says);
            out.push_str(&format!("    ({name}) ; {}\n", printable(&doc)));
        }
        out.push_str("  )\n  (:functions (total-cost) - number)\n");
        for facts in self.task.facts.chunk_by(|a, b| matches!((a, b), (Says::Value(a, _), Says::Value(b, _)) if a == b)) {
            // Each of them is where it is among all facts.
            let first = self.task.facts.iter().position(|fact| *fact == facts[0]).unwrap_or(0);
            if facts.len() > 1 {
                out.push_str(&format!("  {EXACTLY_ONE}{}\n", self.facts[first..first + facts.len()].join(" ")));
            }
        }
        for (step, (variants, acting)) in variants.iter().zip(&self.task.actions).enumerate() {
            let action = walk.action(step);
            for (variant, costs) in [(&variants.free, false), (&variants.paid, true)] {
                let Some((name, condition)) = variant else { continue };
                out.push_str(&format!("\n  ; {} Page {}.\n", printable(&action.does), printable(&action.page)));
                self.action(name, condition, acting, costs, &mut out);
            }
        }
        out.push_str(")\n");
        out
    }

    fn action(&self, name: &str, condition: &Bool, acting: &Acting, costs: bool, out: &mut String) {
        out.push_str(&format!("  (:action {name}\n    :parameters ()\n    :precondition {}\n", self.whole(condition)));
        out.push_str("    :effect (and");
        if costs {
            out.push_str("\n      (increase (total-cost) 1)");
        }
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
        out.push_str(&format!("    (= (total-cost) 0)\n  )\n  (:goal {})\n", self.whole(&self.task.goal)));
        out.push_str("  (:metric minimize (total-cost)))\n");
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

/// What the rulebook says of the variable of a fact.
pub(super) fn fact_doc(walk: &Walk<'_>, says: &Says) -> String {
    match says {
        Says::True(place) | Says::Member(place, _) | Says::Value(place, _) => {
            walk.base.vocabulary.state[walk.layout.at(*place).0].doc.clone()
        }
        Says::Done(_) => "It was done.".to_owned(),
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
const RESERVED: [&str; 15] = [
    "total-cost",
    "minimize",
    "number",
    "and",
    "or",
    "not",
    "when",
    "forall",
    "exists",
    "imply",
    "assign",
    "increase",
    "decrease",
    "define",
    "object",
];
