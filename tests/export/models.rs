//! What `cutover export --to smv` writes, read and run without NuSMV, beside the concrete machine.

use crate::support::{built_in, run};
use cutover::model::eval::Completion;
use cutover::model::state::Layout;
use cutover::model::step;
use cutover::proof::subject::Subject;
use cutover::source::finding::Level;
use cutover::spec::types::{Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The values of variables and inputs, by name.
type State = BTreeMap<String, String>;

/// A condition.
enum Condition {
    Always,
    Never,
    IsOne(String, Vec<String>),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

impl Condition {
    fn holds(&self, state: &State) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::IsOne(name, values) => values.contains(state.get(name).unwrap_or_else(|| panic!("`{name}` has no value"))),
            Self::Not(inner) => !inner.holds(state),
            Self::All(parts) => parts.iter().all(|part| part.holds(state)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(state)),
        }
    }

    fn read(text: &str) -> Self {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let length = if is_name(first) { rest.find(|c| !is_name(c)).unwrap_or(rest.len()) } else { 1 };
            words.push(&rest[..length]);
            rest = rest[length..].trim_start();
        }
        let mut at = 0;
        let out = Self::any(&words, &mut at);
        assert_eq!(at, words.len(), "more than a condition: {text}");
        out
    }

    fn any(words: &[&str], at: &mut usize) -> Self {
        let mut parts = vec![Self::all(words, at)];
        while words.get(*at) == Some(&"|") {
            *at += 1;
            parts.push(Self::all(words, at));
        }
        Self::Any(parts)
    }

    fn all(words: &[&str], at: &mut usize) -> Self {
        let mut parts = vec![Self::one(words, at)];
        while words.get(*at) == Some(&"&") {
            *at += 1;
            parts.push(Self::one(words, at));
        }
        Self::All(parts)
    }

    fn one(words: &[&str], at: &mut usize) -> Self {
        let first = words[*at];
        *at += 1;
        match first {
            "TRUE" => Self::Always,
            "FALSE" => Self::Never,
            "!" => Self::Not(Box::new(Self::one(words, at))),
            "(" => {
                let inner = Self::any(words, at);
                assert_eq!(words[*at], ")");
                *at += 1;
                inner
            }
            name => match words.get(*at) {
                Some(&"=") => {
                    *at += 2;
                    Self::IsOne(name.to_owned(), vec![words[*at - 1].to_owned()])
                }
                Some(&"in") => {
                    let length = words[*at..].iter().position(|word| *word == "}").unwrap();
                    let values = words[*at + 2..*at + length].iter().filter(|word| **word != ",");
                    *at += length + 1;
                    Self::IsOne(name.to_owned(), values.map(|word| (*word).to_owned()).collect())
                }
                _ => Self::IsOne(name.to_owned(), vec!["TRUE".to_owned()]),
            },
        }
    }
}

/// A model as its text says it.
#[derive(Default)]
struct Model {
    actions: BTreeSet<String>,
    /// Variables that can be anything at any step.
    inputs: BTreeSet<String>,
    start: State,
    guards: BTreeMap<String, Condition>,
    next: BTreeMap<String, Vec<(Condition, String)>>,
    defined: BTreeMap<String, Condition>,
    asked: BTreeSet<String>,
}

impl Model {
    fn read(text: &str) -> Self {
        let mut out = Self::default();
        let (mut section, mut variable) = ("", String::new());
        for line in text.lines().filter(|line| !line.starts_with("--")) {
            if let Some(rest) = line.strip_prefix("TRANS action = ") {
                let (action, guard) = rest.split_once(" -> ").unwrap();
                out.guards.insert(action.to_owned(), Condition::read(guard));
            } else if let Some(rest) = line.strip_prefix("INVARSPEC !") {
                out.asked.insert(rest.to_owned());
            } else if !line.starts_with(' ') {
                section = line;
            } else if let Some((name, value)) = line.strip_prefix("  init(").and_then(|rest| rest.split_once(") := ")) {
                out.start.insert(name.to_owned(), value.trim_end_matches(';').to_owned());
            } else if let Some(name) = line.strip_prefix("  next(") {
                variable = name.trim_end_matches(") := case").to_owned();
            } else if let Some((condition, value)) = line.strip_prefix("    ").and_then(|line| line.split_once(" : ")) {
                let change = (Condition::read(condition), value.trim_end_matches(';').to_owned());
                out.next.entry(variable.clone()).or_default().push(change);
            } else if let Some((name, condition)) = line.split_once(" := ").filter(|_| section == "DEFINE") {
                out.defined.insert(name.trim().to_owned(), Condition::read(condition.trim_end_matches(';')));
            } else if let Some((name, domain)) = line.split_once(" : ").filter(|_| section == "IVAR") {
                if name.trim() == "action" {
                    let inside = domain.trim_start_matches('{').trim_end_matches("};");
                    out.actions = inside.split(", ").map(str::to_owned).collect();
                } else {
                    out.inputs.insert(name.trim().to_owned());
                }
            }
        }
        out
    }

    /// The state after an action; what the variables hold that are no inputs.
    fn after(&self, state: &State, action: &str) -> State {
        let mut here = state.clone();
        here.insert("action".to_owned(), action.to_owned());
        let changed = |(name, cases): (&String, &Vec<(Condition, String)>)| {
            let (_, value) = cases.iter().find(|(condition, _)| condition.holds(&here)).unwrap();
            let value = if value == name { here[name].clone() } else { value.clone() };
            (name.clone(), value)
        };
        self.next.iter().map(changed).collect()
    }

    fn allows(&self, state: &State, action: &str) -> bool {
        self.guards.get(action).is_none_or(|guard| guard.holds(state))
    }
}

/// The concrete machine of a site, with the names that a model has for what it holds and does.
struct Machine {
    subject: Subject,
    layout: Layout,
    filled: Vec<i64>,
    actions: Vec<String>,
}

fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    text.chars().take(80).map(plain).collect()
}

impl Machine {
    fn new(site: &str) -> Self {
        let given = built_in().sites.iter().find(|one| one.name == site).unwrap();
        let subject = Subject::new(built_in(), given).unwrap();
        let layout = Layout::new(&subject.rulebook.vocabulary, &subject.site);
        let filled = (0..subject.site.holes.len()).map(|hole| subject.site.ranges(hole).first().map_or(0, |range| range.0));
        let mut out = Self { filled: filled.collect(), layout, actions: Vec::new(), subject };
        let mut taken = BTreeMap::new();
        for at in 0..out.subject.moves.steps.len() {
            let name = plain(&out.action(at));
            let count = taken.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            out.actions.push(if *count == 1 { name } else { format!("{name}-{count}") });
        }
        out
    }

    fn action(&self, at: usize) -> String {
        let step = &self.subject.moves.steps[at];
        let action = &self.subject.rulebook.machine.actions[step.action];
        let mut out = format!("do_{}", action.name);
        for (argument, parameter) in step.arguments.iter().zip(&action.parameters) {
            let words: Vec<String> = match (&parameter.ty, &argument.value) {
                (Type::List(inner, _), Value::List(values)) => values.iter().map(|value| self.shown(inner, value)).collect(),
                (ty, value) => vec![self.shown(ty, value)],
            };
            let word = words.join("_");
            out = if word.is_empty() { out } else { format!("{out}_{word}") };
        }
        out
    }

    fn shown(&self, ty: &Type, value: &Value) -> String {
        self.subject.site.display(&self.subject.rulebook.vocabulary, ty, value)
    }

    fn here<'a>(&'a self, state: &'a [Value]) -> Completion<'a> {
        let (vocabulary, site) = (&self.subject.rulebook.vocabulary, &self.subject.site);
        Completion { vocabulary, site, filled: &self.filled, state: Some((&self.layout, state)), watch: None }
    }

    /// Whether the guard of a step holds, as far as it is an error otherwise.
    fn allows(&self, state: &[Value], at: usize) -> bool {
        let step = &self.subject.moves.steps[at];
        let guard = &self.subject.rulebook.machine.actions[step.action].guard;
        let demanded = guard.iter().filter(|one| one.window.is_none() && one.requirement.level == Level::Error);
        let arguments = step::arguments(step);
        demanded.into_iter().all(|one| step::satisfied(&self.here(state), &one.requirement, &arguments, false))
    }

    fn after(&self, state: &[Value], at: usize) -> Vec<Value> {
        let step = &self.subject.moves.steps[at];
        step::apply(&self.here(state), &self.subject.rulebook.machine.actions[step.action], step)
    }

    /// What a model calls what holds in a state.
    fn named(&self, state: &[Value], done: &BTreeSet<usize>) -> State {
        let vocabulary = &self.subject.rulebook.vocabulary;
        let mut out = State::new();
        for (place, value) in state.iter().enumerate() {
            let (variable, records) = self.layout.at(place);
            let variable = &vocabulary.state[variable];
            let name = records.into_iter().fold(variable.name.clone(), |name, record| {
                format!("{name}_{}", self.shown(&variable.ty, &Value::Record(record)))
            });
            let word = |is: bool| if is { "TRUE" } else { "FALSE" }.to_owned();
            match (&variable.ty, value) {
                (_, Value::Boolean(is)) => drop(out.insert(plain(&format!("s_{name}")), word(*is))),
                (Type::Set(id), Value::Set(bits)) => {
                    for (bit, member) in vocabulary.enumerations[*id].values.iter().enumerate() {
                        out.insert(plain(&format!("s_{name}_is_{}", member.name)), word(bits >> bit & 1 == 1));
                    }
                }
                (ty, value) => {
                    let value = plain(&format!("s_{name}_is_{}", self.shown(ty, value)));
                    out.insert(plain(&format!("v_{name}")), value);
                }
            }
        }
        for (at, action) in self.subject.rulebook.machine.actions.iter().enumerate() {
            out.insert(plain(&format!("s_done_{}", action.name)), if done.contains(&at) { "TRUE" } else { "FALSE" }.to_owned());
        }
        out
    }
}

/// Goes with the concrete machine and with a model of it, and demands that they agree on what is allowed, what it makes of the
/// state, and which hazards are there. Of a part, the model may allow more. Returns how many steps were tried, and done.
fn compare(machine: &Machine, model: &Model, seed: u64) -> (usize, usize) {
    let steps = &machine.subject.moves.steps;
    let mut state = step::start(&Completion { state: None, ..machine.here(&[]) }, &machine.layout);
    let (mut done, mut tried, mut gone, mut planned, mut random) = (BTreeSet::new(), 0, 0, 0, seed);
    for (name, value) in &model.start {
        assert_eq!(machine.named(&state, &done).get(name), Some(value), "`{name}` at the start");
    }
    while gone < 70 {
        let named = machine.named(&state, &done);
        let mut open = Vec::new();
        for at in 0..steps.len() {
            let (name, is_allowed) = (&machine.actions[at], machine.allows(&state, at));
            tried += 1;
            if model.actions.contains(name) {
                let says = model.allows(&named, name);
                assert!(says == is_allowed || says && !model.inputs.is_empty(), "{name} in {named:?}: {says}");
            }
            if is_allowed {
                open.push(at);
            }
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Three of four steps are the next ones of the plan, if they can be done, so that the walk gets far.
        let is_next = random >> 62 != 0 || seed == 0;
        let next = open.iter().copied().find(|at| is_next && *at == planned);
        let Some(at) = next.or_else(|| open.get((random >> 33) as usize % open.len().max(1)).copied()) else { break };
        planned = (planned + usize::from(at == planned)).min(machine.subject.planned);
        let name = &machine.actions[at];
        let action = if model.actions.contains(name) { name.as_str() } else { "nothing" };
        let says = model.after(&named, action);
        state = machine.after(&state, at);
        done.insert(steps[at].action);
        let named = machine.named(&state, &done);
        for (variable, value) in &says {
            assert_eq!(named.get(variable), Some(value), "`{variable}` after {name}");
        }
        for (code, there) in model.defined.iter().filter(|(code, _)| *code != "goal") {
            let hazards = &machine.subject.rulebook.machine.hazards;
            let hazard = hazards.iter().find(|one| format!("hazard_{}", one.code) == *code).unwrap();
            let is_there = !step::satisfied(&machine.here(&state), hazard, &[], true);
            assert_eq!(there.holds(&named), is_there, "{code} after {name}");
        }
        gone += 1;
    }
    (tried, gone)
}

fn exported(site: &str, more: &[&str]) -> Model {
    let site = format!("spec/cms-r3v11-ha/sites/{site}.site.yaml");
    let (exit, out, err) = run(&[&["export", site.as_str(), "--to", "smv"], more].concat(), "");
    assert_eq!((exit, err.as_str()), (0, ""));
    Model::read(&out)
}

#[test]
fn a_model_for_nusmv_does_what_the_concrete_machine_does() {
    let (mut tried, mut gone) = (0, 0);
    for (name, seeds) in [("in-service", 0..4), ("same-version", 0..3), ("full-version", 0..1)] {
        let (machine, model) = (Machine::new(name), exported(name, &[]));
        let codes: BTreeSet<String> =
            machine.subject.rulebook.machine.hazards.iter().map(|hazard| format!("hazard_{}", hazard.code)).collect();
        assert_eq!(model.asked, codes.into_iter().chain(["goal".to_owned()]).collect());
        assert!(model.inputs.is_empty());
        for seed in seeds {
            let (more, further) = compare(&machine, &model, seed);
            (tried, gone) = (tried + more, gone + further);
        }
    }
    assert!(tried > 50_000 && gone > 300, "{tried} tried, {gone} gone");
}

#[test]
fn a_part_of_a_model_can_do_all_that_the_concrete_machine_can() {
    let machine = Machine::new("same-version");
    for more in [&["--part"][..], &["--hazard", "tried-twice", "--part=content"], &["--part=holds=h1,cms_state"]] {
        let model = exported("same-version", more);
        assert!(!model.asked.contains("goal"));
        compare(&machine, &model, 1);
    }
    let part = exported("full-version", &["--hazard", "no-server-collects", "--part"]);
    assert!(!part.inputs.is_empty() && part.start.len() < 20, "{} variables", part.start.len());
}
