//! A rulebook with one thing in it changed: every rule, guard, hazard, goal, effect and definition, one slip at a time.

use super::change::changes;
use crate::source::text::{Source, Span};
use crate::source::yaml::{self, Node};
use crate::spec::expr::{Expr, ExprKind};
use crate::spec::machine::{Requirement, Stated};
use crate::spec::rulebook::{File, Rulebook};
use crate::spec::types::Type;
use std::collections::BTreeMap;

/// What of a rulebook is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A rule.
    Rule(usize),
    /// A conjunct of an action's guard.
    Guard(usize, usize),
    /// A hazard.
    Hazard(usize),
    /// A goal.
    Goal(usize),
    /// An effect of an action.
    Effect(usize, usize),
    /// A definition of the vocabulary or of the machine.
    Definition(usize),
    /// The value of a state variable before the first step.
    Start(usize),
}

impl Target {
    /// What things of this kind are called, in the plural.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Rule(_) => "rules",
            Self::Guard(..) => "guards",
            Self::Hazard(_) => "hazards",
            Self::Goal(_) => "goals",
            Self::Effect(..) => "effects",
            Self::Definition(_) => "definitions",
            Self::Start(_) => "starts",
        }
    }
}

/// The part of it that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What must hold, must never be, or is the value.
    Main,
    /// Where it applies.
    Where,
    /// Where its level is lower.
    Lower,
    /// How long ago another step may have ended: so many minutes; none where the window is left out.
    Window(Option<i64>),
    /// That a step does not start before a moment of the plan.
    NotBefore,
    /// Hours in which a step is not under way.
    Outside,
    /// What the plan states.
    Stated,
    /// Where such hours count, or where it is asked what the plan states.
    WhereStated,
}

/// One change of a rulebook.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is changed.
    pub target: Target,
    part: Part,
    /// What stands there instead; nothing where the part is left out.
    instead: Option<Expr>,
    /// The file, as a path inside the rulebook.
    pub file: String,
    /// The line of what is changed, from 1.
    pub line: usize,
    /// The place in the file and the change, in words: one of a kind within the file.
    pub words: String,
}

impl Mutant {
    /// What names it, whatever lines were added above it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}: {}", self.file, self.words)
    }

    /// Whether it changes what is asked of what the plan states, such as its times, and not of states.
    #[must_use]
    pub const fn is_of_time(&self) -> bool {
        matches!(self.part, Part::Window(_) | Part::NotBefore | Part::Outside | Part::Stated | Part::WhereStated)
    }

    /// The guard, hazard or goal that is changed, as it is then; nothing where something else is changed.
    #[must_use]
    pub fn requirement(&self, rulebook: &Rulebook) -> Option<Requirement> {
        let machine = &rulebook.machine;
        let requirement = match self.target {
            _ if self.is_of_time() => return None,
            Target::Guard(action, conjunct) => &machine.actions[action].guard[conjunct].requirement,
            Target::Hazard(hazard) => &machine.hazards[hazard],
            Target::Goal(goal) => &machine.goals[goal],
            Target::Rule(_) | Target::Effect(..) | Target::Definition(_) | Target::Start(_) => return None,
        };
        let mut out = requirement.clone();
        self.change(&mut out.must, &mut out.applies);
        Some(out)
    }

    /// Changes a condition, or where it applies.
    fn change(&self, main: &mut Expr, applies: &mut Option<Expr>) {
        match (self.part, &self.instead) {
            (Part::Where | Part::WhereStated, instead) => applies.clone_from(instead),
            (_, Some(instead)) => main.clone_from(instead),
            (_, None) => {}
        }
    }

    /// Changes a rulebook.
    pub fn put_into(&self, rulebook: &mut Rulebook) {
        let (machine, vocabulary) = (&mut rulebook.machine, &mut rulebook.vocabulary);
        match self.target {
            Target::Rule(rule) if self.part == Part::Lower => {
                let lower = &mut rulebook.rules[rule].lower;
                *lower = lower.take().map(|(level, _)| level).zip(self.instead.clone());
            }
            Target::Rule(rule) => {
                let rule = &mut rulebook.rules[rule];
                self.change(&mut rule.must, &mut rule.applies);
            }
            Target::Guard(action, conjunct) => {
                let conjunct = &mut machine.actions[action].guard[conjunct];
                match self.part {
                    Part::Window(Some(minutes)) => conjunct.window.iter_mut().for_each(|window| window.at_most = minutes),
                    Part::Window(None) => conjunct.window = None,
                    Part::NotBefore => conjunct.not_before = None,
                    Part::Outside => conjunct.outside = None,
                    Part::Stated => conjunct.stated = None,
                    _ => self.change(&mut conjunct.requirement.must, &mut conjunct.requirement.applies),
                }
            }
            Target::Hazard(hazard) => {
                let hazard = &mut machine.hazards[hazard];
                self.change(&mut hazard.must, &mut hazard.applies);
            }
            Target::Goal(goal) => {
                let goal = &mut machine.goals[goal];
                self.change(&mut goal.must, &mut goal.applies);
            }
            Target::Effect(action, effect) => {
                let effect = &mut machine.actions[action].effects[effect];
                self.change(&mut effect.value, &mut effect.applies);
            }
            Target::Definition(id) => self.change(&mut vocabulary.definitions[id].body, &mut None),
            Target::Start(id) => self.change(&mut vocabulary.state[id].start, &mut None),
        }
    }
}

/// All changes of a rulebook, in the order of its files. `files` are those it was read from.
#[must_use]
pub fn mutants(rulebook: &Rulebook, files: &[File<'_>]) -> Vec<Mutant> {
    let mut making = Making { rulebook, out: Vec::new(), seen: BTreeMap::new() };
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    for source in &sources {
        if let Ok(root) = yaml::parse(source) {
            making.file(source, &root);
        }
    }
    making.out
}

struct Making<'r> {
    rulebook: &'r Rulebook,
    out: Vec<Mutant>,
    /// How often a change was made of the same words.
    seen: BTreeMap<String, usize>,
}

/// What is changed, and where its text stands.
struct Subject<'n, 's> {
    target: Target,
    source: &'s Source,
    node: &'n Node<'n>,
    /// What people call it, with a comma, where the file holds several.
    called: String,
}

impl Making<'_> {
    fn file(&mut self, source: &Source, root: &Node<'_>) {
        let machine = &self.rulebook.machine;
        let subject = |target, node, called| Subject { target, source, node, called };
        let stem = source.name.rsplit('/').next().and_then(|name| name.strip_suffix(".yaml")).unwrap_or_default();
        match source.name.split('/').next().unwrap_or_default() {
            "rules" => {
                if let Some(index) = self.rulebook.rules.iter().position(|rule| rule.code == stem) {
                    self.rule(index, &subject(Target::Rule(index), root, String::new()));
                }
            }
            "actions" => {
                if let Some(index) = machine.action(stem) {
                    self.action(index, source, root);
                }
            }
            "hazards" => {
                if let Some(index) = machine.hazards.iter().position(|hazard| hazard.code == stem) {
                    let hazard = &machine.hazards[index];
                    let subject = subject(Target::Hazard(index), root, String::new());
                    self.condition(&subject, "never", &hazard.must, false);
                    self.applies(&subject, Part::Where, hazard.applies.as_ref());
                }
            }
            "goals.yaml" => {
                for (index, (goal, node)) in machine.goals.iter().zip(root.items().unwrap_or_default()).enumerate() {
                    let subject = subject(Target::Goal(index), node, format!("`{}`, ", goal.code));
                    self.condition(&subject, "must", &goal.must, true);
                    self.applies(&subject, Part::Where, goal.applies.as_ref());
                }
            }
            "vocabulary.yaml" | "machine.yaml" => self.nouns(source, root),
            _ => {}
        }
    }

    fn rule(&mut self, index: usize, subject: &Subject<'_, '_>) {
        let rule = &self.rulebook.rules[index];
        self.condition(subject, "must", &rule.must, true);
        self.applies(subject, Part::Where, rule.applies.as_ref());
        if let Some((_, condition)) = &rule.lower {
            self.add(subject, &["lower"], Part::Lower, None, "left out".to_owned());
            self.expression(subject, &["lower", "where"], Part::Lower, condition);
        }
    }

    fn action(&mut self, index: usize, source: &Source, root: &Node<'_>) {
        let action = &self.rulebook.machine.actions[index];
        let items = |key| root.get(key).and_then(Node::items).unwrap_or_default();
        for (number, (conjunct, node)) in action.guard.iter().zip(items("guard")).enumerate() {
            let called = format!("guard `{}`, ", conjunct.requirement.code);
            let subject = Subject { target: Target::Guard(index, number), source, node, called };
            if let Some(window) = &conjunct.window {
                self.add(&subject, &["window"], Part::Window(None), None, "left out".to_owned());
                for minutes in [window.at_most - 1, window.at_most + 1] {
                    self.add(&subject, &["window", "at_most"], Part::Window(Some(minutes)), None, format!("{minutes} minutes"));
                }
            } else if conjunct.not_before.is_some() {
                self.add(&subject, &["not_before"], Part::NotBefore, None, "left out".to_owned());
            } else if conjunct.outside.is_some() {
                self.add(&subject, &["outside"], Part::Outside, None, "left out".to_owned());
                self.applies(&subject, Part::WhereStated, conjunct.requirement.applies.as_ref());
            } else if let Some(stated) = &conjunct.stated {
                let key = if matches!(stated, Stated::By(_)) { "by" } else { "same_day" };
                self.add(&subject, &[key], Part::Stated, None, "left out".to_owned());
                self.applies(&subject, Part::WhereStated, conjunct.requirement.applies.as_ref());
            } else {
                self.condition(&subject, "must", &conjunct.requirement.must, true);
                self.applies(&subject, Part::Where, conjunct.requirement.applies.as_ref());
            }
        }
        for (number, (effect, node)) in action.effects.iter().zip(items("effects")).enumerate() {
            let set = node.get("set").and_then(Node::scalar).unwrap_or_default();
            let subject = Subject { target: Target::Effect(index, number), source, node, called: format!("effect on `{set}`, ") };
            self.add(&subject, &["set"], Part::Where, Some(constant(false)), "left out".to_owned());
            self.expression(&subject, &["to"], Part::Main, &effect.value);
            self.applies(&subject, Part::Where, effect.applies.as_ref());
        }
    }

    /// The definitions, and what state variables start with.
    fn nouns(&mut self, source: &Source, root: &Node<'_>) {
        let vocabulary = &self.rulebook.vocabulary;
        let within = |key: &str, name: &str| root.get(key).and_then(|all| all.get(name));
        for (index, definition) in vocabulary.definitions.iter().enumerate() {
            if let Some(node) = within("definitions", &definition.name) {
                let called = format!("`{}`, ", definition.name);
                let subject = Subject { target: Target::Definition(index), source, node, called };
                self.expression(&subject, &["is"], Part::Main, &definition.body);
            }
        }
        for (index, variable) in vocabulary.state.iter().enumerate() {
            if let Some(node) = within("state", &variable.name) {
                let called = format!("`{}`, ", variable.name);
                let subject = Subject { target: Target::Start(index), source, node, called };
                self.expression(&subject, &["start"], Part::Main, &variable.start);
            }
        }
    }

    /// A condition: left out, which is to say that it has the value `idle` everywhere, and with each slip.
    fn condition(&mut self, subject: &Subject<'_, '_>, key: &str, condition: &Expr, idle: bool) {
        self.add(subject, &[key], Part::Main, Some(constant(idle)), "left out".to_owned());
        self.expression(subject, &[key], Part::Main, condition);
    }

    fn applies(&mut self, subject: &Subject<'_, '_>, part: Part, applies: Option<&Expr>) {
        if let Some(condition) = applies {
            self.add(subject, &["where"], part, None, "left out".to_owned());
            self.expression(subject, &["where"], part, condition);
        }
    }

    fn expression(&mut self, subject: &Subject<'_, '_>, keys: &[&str], part: Part, expr: &Expr) {
        let Some(node) = keys.iter().try_fold(subject.node, |node, key| node.get(key)) else { return };
        for change in changes(&self.rulebook.vocabulary, node.scalar().unwrap_or_default(), expr) {
            if change.to != *expr {
                self.add(subject, keys, part, Some(change.to), change.words);
            }
        }
    }

    fn add(&mut self, subject: &Subject<'_, '_>, keys: &[&str], part: Part, instead: Option<Expr>, change: String) {
        let node = keys.iter().try_fold(subject.node, |node, key| node.get(key)).unwrap_or(subject.node);
        let file = subject.source.name.to_string();
        let mut words = format!("{}{}: {change}", subject.called, keys.join("."));
        let times = self.seen.entry(format!("{file}: {words}")).or_insert(0);
        *times += 1;
        if *times > 1 {
            words = format!("{words} (number {times} of these)");
        }
        let line = subject.source.line_column(node.span.start).0;
        self.out.push(Mutant { target: subject.target, part, instead, file, line, words });
    }
}

fn constant(value: bool) -> Expr {
    Expr { kind: ExprKind::Boolean(value), ty: Type::Boolean, span: Span::default() }
}
