//! What can be done as a model for NuSMV: one variable for each state variable, an input that says which action is done, and
//! as properties that no hazard is reached and that the goal is not (which is false where there is a plan).

use super::pddl::{action_name, fact_name, shown, unique};
use crate::engine::logic::term::{Bool, BoolNode, TRUE};
use crate::engine::tasks::cone::Part;
use crate::engine::tasks::planning::{Change, Says, Task};
use crate::engine::verification::walk::Walk;
use crate::source::text::printable;
use crate::spec::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What is written: a part of a task in which the steps of the walk's plan are what can be done, and what is asked of it.
pub struct Model<'a> {
    /// What the task was made of.
    pub walk: &'a Walk<'a>,
    /// The task.
    pub task: &'a Task,
    /// As much of it as is written.
    pub part: &'a Part,
    /// The hazards that are asked about, by their place in the task.
    pub hazards: Vec<usize>,
    /// Whether it is asked if the goal can be reached.
    pub goal: bool,
    /// What it is, in a sentence.
    pub title: &'a str,
}

/// A variable of the model: a fact, or the facts of which exactly one is true.
struct Variable {
    name: String,
    facts: Vec<usize>,
    holds_one: bool,
    is_free: bool,
}

struct Writing<'a> {
    model: &'a Model<'a>,
    /// What each fact is called; of a variable that holds one of several, its value.
    facts: Vec<String>,
    actions: Vec<String>,
    variables: Vec<Variable>,
    /// The variable of each fact that is written.
    of_fact: BTreeMap<usize, usize>,
}

/// The model.
#[must_use]
pub fn write(model: &Model<'_>) -> String {
    let (walk, task) = (model.walk, model.task);
    let mut taken = BTreeSet::new();
    let mut name = |text: &str| unique(text, &mut taken);
    let actions: Vec<String> = (0..walk.plan.steps.len()).map(|step| name(&format!("do_{}", action_name(walk, step)))).collect();
    let facts: Vec<String> = task.facts.iter().map(|says| name(&format!("s_{}", fact_name(walk, says)))).collect();
    let variables = variables(model, &facts, &mut name);
    let numbered = variables.iter().enumerate();
    let of_fact = numbered.flat_map(|(at, variable)| variable.facts.iter().map(move |fact| (*fact, at))).collect();
    let hazards: Vec<String> = model
        .hazards
        .iter()
        .map(|at| name(&format!("hazard_{}", walk.rulebook.machine.hazards[task.hazards[*at].0].code)))
        .collect();
    let writing = Writing { model, facts, actions, variables, of_fact };
    let mut out = writing.head();
    writing.transitions(&mut out);
    writing.properties(&hazards, &mut out);
    out
}

/// The variables, in the order in which they are declared: those of one tape set stand together, and so on. Decision diagrams
/// take the order from there, and are small where what hangs together stands together.
fn variables(model: &Model<'_>, facts: &[String], name: &mut dyn FnMut(&str) -> String) -> Vec<Variable> {
    let mut out: Vec<(Option<usize>, Variable)> = Vec::new();
    let mut of_place: BTreeMap<usize, usize> = BTreeMap::new();
    for (fact, says) in model.task.facts.iter().enumerate() {
        let is_free = model.part.free.contains(&fact);
        if !is_free && !model.part.kept.contains(&fact) {
            continue;
        }
        let object = object(model.walk, says);
        match says {
            Says::Value(place, _) if of_place.contains_key(place) => out[of_place[place]].1.facts.push(fact),
            Says::Value(place, _) => {
                of_place.insert(*place, out.len());
                let name = name(&format!("v_{}", place_name(model.walk, *place)));
                out.push((object, Variable { name, facts: vec![fact], holds_one: true, is_free }));
            }
            _ => out.push((object, Variable { name: facts[fact].clone(), facts: vec![fact], holds_one: false, is_free })),
        }
    }
    out.sort_by_key(|(object, _)| *object);
    out.into_iter().map(|(_, variable)| variable).collect()
}

/// The object that only plans name which a fact is about.
fn object(walk: &Walk<'_>, says: &Says) -> Option<usize> {
    let (Says::True(place) | Says::Member(place, _) | Says::Value(place, _)) = says else { return None };
    let is_object = |record: &usize| walk.base.vocabulary.list_of_plan(walk.base.site.records[*record].kind).is_some();
    walk.layout.at(*place).1.into_iter().find(is_object)
}

impl Writing<'_> {
    fn head(&self) -> String {
        let mut out = format!("-- {}\n-- Times are not in it.\n", printable(self.model.title));
        if self.variables.iter().any(|variable| variable.is_free) {
            out.push_str(
                "-- A part: the inputs besides `action` are state variables that can be anything at any step here. More can\n\
                 -- happen than in the whole, so what is true here is true of the whole; what is false here may not be.\n",
            );
        }
        let done = self.actions.iter().zip(&self.model.part.actions).filter(|(_, acting)| acting.is_some());
        let done: Vec<&str> = ["nothing"].into_iter().chain(done.map(|(name, _)| name.as_str())).collect();
        let _ = writeln!(out, "MODULE main\nIVAR\n  action : {{{}}};", done.join(", "));
        for is_free in [true, false] {
            if !is_free {
                out.push_str("VAR\n");
            }
            for variable in self.variables.iter().filter(|variable| variable.is_free == is_free) {
                let values: Vec<&str> = variable.facts.iter().map(|fact| self.facts[*fact].as_str()).collect();
                let domain = if variable.holds_one { format!("{{{}}}", values.join(", ")) } else { "boolean".to_owned() };
                let _ = writeln!(out, "  {} : {domain};", variable.name);
            }
        }
        out
    }

    fn transitions(&self, out: &mut String) {
        let acting = || self.actions.iter().zip(&self.model.part.actions).filter_map(|(name, one)| Some((name, one.as_ref()?)));
        for (name, acting) in acting().filter(|(_, acting)| acting.guard != TRUE) {
            let _ = writeln!(out, "TRANS action = {name} -> {}", self.bool(&acting.guard));
        }
        out.push_str("ASSIGN\n");
        for variable in self.variables.iter().filter(|variable| !variable.is_free) {
            let first = variable.facts.iter().copied().find(|fact| self.model.task.start[*fact]);
            let start = self.word(variable, first.unwrap_or(variable.facts[0]), first.is_some());
            let _ = writeln!(out, "  init({0}) := {start};\n  next({0}) := case", variable.name);
            // Lines that differ in the action alone are one.
            let mut lines: Vec<(String, String, Vec<&str>)> = Vec::new();
            for (name, acting) in acting() {
                // Where one of several becomes false, another becomes true.
                let is_said = |change: &&Change| variable.facts.contains(&change.fact) && (change.becomes || !variable.holds_one);
                for change in acting.changes.iter().filter(is_said) {
                    let (condition, value) = (self.bool(&change.applies), self.word(variable, change.fact, change.becomes));
                    match lines.iter_mut().find(|line| line.0 == condition && line.1 == value) {
                        Some(line) => line.2.push(name),
                        None => lines.push((condition, value, vec![name])),
                    }
                }
            }
            for (condition, value, names) in lines {
                let names = if names.len() == 1 {
                    format!("action = {}", names[0])
                } else {
                    format!("action in {{{}}}", names.join(", "))
                };
                let condition = if condition == "TRUE" { String::new() } else { format!(" & {condition}") };
                let _ = writeln!(out, "    {names}{condition} : {value};");
            }
            let _ = writeln!(out, "    TRUE : {};\n  esac;", variable.name);
        }
    }

    /// The value that a variable has where a fact is so.
    fn word(&self, variable: &Variable, fact: usize, is: bool) -> String {
        match (variable.holds_one, is) {
            (true, _) => self.facts[fact].clone(),
            (false, true) => "TRUE".to_owned(),
            (false, false) => "FALSE".to_owned(),
        }
    }

    fn properties(&self, hazards: &[String], out: &mut String) {
        let task = self.model.task;
        out.push_str("DEFINE\n");
        for (name, at) in hazards.iter().zip(&self.model.hazards) {
            let _ = writeln!(out, "  {name} := {};", self.bool(&task.hazards[*at].1));
        }
        if self.model.goal {
            let _ = writeln!(out, "  goal := {};", self.bool(&task.goal));
        }
        for name in hazards {
            let _ = writeln!(out, "INVARSPEC !{name}");
        }
        if self.model.goal {
            out.push_str("-- False where the goal can be reached; a way there is the counterexample.\nINVARSPEC !goal\n");
        }
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
                BoolNode::Hole(hole) => self.fact(hole.checked_sub(self.model.task.first)),
                BoolNode::Not(inner) => format!("!{}", self.bool(inner)),
                BoolNode::And(terms) => list(" & ", terms),
                BoolNode::Or(terms) => list(" | ", terms),
                // Tasks compare nothing any more: `engine::planning` sees to it.
                BoolNode::Iff(..) | BoolNode::Equal(..) | BoolNode::AtMost(..) => "FALSE".to_owned(),
            },
        }
    }

    fn fact(&self, fact: Option<usize>) -> String {
        match fact.and_then(|fact| Some((fact, &self.variables[*self.of_fact.get(&fact)?]))) {
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
