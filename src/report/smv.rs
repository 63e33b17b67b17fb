//! What can be done as a model for NuSMV: facts as variables, an input that says which action is tried, and as properties
//! that no hazard is reached and that the goal is not (which is false where there is a plan).

use super::pddl::{action_name, fact_name, shown, unique};
use crate::engine::planning::{Says, Task};
use crate::engine::term::{Bool, BoolNode};
use crate::engine::walk::Walk;
use crate::source::text::printable;
use crate::spec::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The model of a task in which the steps of the walk's plan are what can be done, each whenever its guard holds; `title`
/// says in a sentence what it is.
#[must_use]
pub fn write(walk: &Walk<'_>, task: &Task, title: &str) -> String {
    let mut taken = BTreeSet::new();
    let mut name = |text: &str| unique(text, &mut taken);
    let actions: Vec<String> = (0..walk.plan.steps.len()).map(|step| name(&format!("do_{}", action_name(walk, step)))).collect();
    let facts: Vec<String> = task.facts.iter().map(|says| name(&format!("s_{}", fact_name(walk, says)))).collect();
    let machine = &walk.rulebook.machine;
    let hazards: Vec<String> =
        task.hazards.iter().map(|(hazard, _)| name(&format!("hazard_{}", machine.hazards[*hazard].code))).collect();
    let mut variables: Vec<Variable> = Vec::new();
    let mut of_place: BTreeMap<usize, usize> = BTreeMap::new();
    for (fact, says) in task.facts.iter().enumerate() {
        match says {
            Says::Value(place, _) if of_place.contains_key(place) => variables[of_place[place]].facts.push(fact),
            Says::Value(place, _) => {
                of_place.insert(*place, variables.len());
                variables.push(Variable {
                    name: name(&format!("v_{}", place_name(walk, *place))),
                    facts: vec![fact],
                    holds_one: true,
                });
            }
            _ => variables.push(Variable { name: facts[fact].clone(), facts: vec![fact], holds_one: false }),
        }
    }
    let writing = Writing { task, facts, actions, variables };
    let mut out = writing.head(title);
    writing.transitions(&mut out);
    writing.properties(&hazards, &mut out);
    out
}

/// A variable of the model: a fact, or the facts of which exactly one is true.
struct Variable {
    name: String,
    facts: Vec<usize>,
    holds_one: bool,
}

struct Writing<'a> {
    task: &'a Task,
    /// What each fact is called; of a variable that holds one of several, its value.
    facts: Vec<String>,
    actions: Vec<String>,
    variables: Vec<Variable>,
}

impl Writing<'_> {
    fn head(&self, title: &str) -> String {
        let mut out = format!(
            "-- {}\n-- An action whose guard does not hold changes nothing. Times are not in it.\nMODULE main\n",
            printable(title)
        );
        let _ = writeln!(out, "IVAR\n  action : {{nothing, {}}};\nVAR", self.actions.join(", "));
        for variable in &self.variables {
            let values: Vec<&str> = variable.facts.iter().map(|fact| self.facts[*fact].as_str()).collect();
            let domain = if variable.holds_one { format!("{{{}}}", values.join(", ")) } else { "boolean".to_owned() };
            let _ = writeln!(out, "  {} : {domain};", variable.name);
        }
        out.push_str("DEFINE\n");
        for (name, acting) in self.actions.iter().zip(&self.task.actions) {
            let _ = writeln!(out, "  now_{name} := action = {name} & {};", self.bool(&acting.guard));
        }
        out
    }

    fn transitions(&self, out: &mut String) {
        // For each fact: the action, and where it becomes true or false.
        let mut changes: Vec<Vec<(usize, &Bool, bool)>> = vec![Vec::new(); self.facts.len()];
        for (action, acting) in self.task.actions.iter().enumerate() {
            for change in &acting.changes {
                changes[change.fact].push((action, &change.applies, change.becomes));
            }
        }
        out.push_str("ASSIGN\n");
        for variable in &self.variables {
            let word = |fact: usize, is: bool| match (variable.holds_one, is) {
                (true, _) => self.facts[fact].clone(),
                (false, true) => "TRUE".to_owned(),
                (false, false) => "FALSE".to_owned(),
            };
            let first = variable.facts.iter().copied().find(|fact| self.task.start[*fact]);
            let start = word(first.unwrap_or(variable.facts[0]), first.is_some());
            let _ = writeln!(out, "  init({}) := {start};\n  next({}) := case", variable.name, variable.name);
            for fact in &variable.facts {
                // Where one of several becomes false, another becomes true.
                for (action, applies, becomes) in changes[*fact].iter().filter(|(_, _, becomes)| *becomes || !variable.holds_one)
                {
                    let name = &self.actions[*action];
                    let _ = writeln!(out, "    now_{name} & {} : {};", self.bool(applies), word(*fact, *becomes));
                }
            }
            let _ = writeln!(out, "    TRUE : {};\n  esac;", variable.name);
        }
    }

    fn properties(&self, hazards: &[String], out: &mut String) {
        out.push_str("DEFINE\n");
        for (name, (_, there)) in hazards.iter().zip(&self.task.hazards) {
            let _ = writeln!(out, "  {name} := {};", self.bool(there));
        }
        let _ = writeln!(out, "  goal := {};", self.bool(&self.task.goal));
        for name in hazards {
            let _ = writeln!(out, "INVARSPEC !{name}");
        }
        out.push_str("-- False where the goal can be reached; a way there is the counterexample.\nINVARSPEC !goal\n");
    }

    fn bool(&self, term: &Bool) -> String {
        let list = |word: &str, terms: &[Bool]| {
            let terms: Vec<String> = terms.iter().map(|term| self.bool(term)).collect();
            format!("({})", terms.join(word))
        };
        match term {
            Bool::Const(true) => "TRUE".to_owned(),
            Bool::Const(false) => "FALSE".to_owned(),
            Bool::Node(node) => match &**node {
                BoolNode::Hole(hole) => self.fact(hole.checked_sub(self.task.first)),
                BoolNode::Not(inner) => format!("!{}", self.bool(inner)),
                BoolNode::And(terms) => list(" & ", terms),
                BoolNode::Or(terms) => list(" | ", terms),
                // Tasks compare nothing any more: `engine::planning` sees to it.
                BoolNode::Iff(..) | BoolNode::Equal(..) | BoolNode::AtMost(..) => "FALSE".to_owned(),
            },
        }
    }

    fn fact(&self, fact: Option<usize>) -> String {
        let variable = |fact: usize| self.variables.iter().find(|variable| variable.facts.contains(&fact));
        match fact.and_then(|fact| Some((fact, variable(fact)?))) {
            Some((fact, variable)) if variable.holds_one => format!("({} = {})", variable.name, self.facts[fact]),
            Some((_, variable)) => variable.name.clone(),
            None => "FALSE".to_owned(),
        }
    }
}

/// `cms_state_new`.
fn place_name(walk: &Walk<'_>, place: usize) -> String {
    let (variable, records) = walk.layout.at(place);
    let variable = &walk.base.vocabulary.state[variable];
    records
        .into_iter()
        .fold(variable.name.clone(), |out, record| format!("{out}_{}", shown(walk, &variable.ty, &Value::Record(record))))
}
