//! The machine of a rulebook: what steps of a plan do, what they need, what must never be, and what must be at the end.

use super::expr::{Expr, Range};
use super::template::Template;
use super::types::{RecordId, Type};
use crate::source::finding::Level;
use serde::{Deserialize, Serialize};

/// The machine. Its state variables are in the vocabulary.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// What a step can do, by name.
    pub actions: Vec<Action>,
    /// What must never be, whatever was done.
    pub hazards: Vec<Requirement>,
    /// What the guards are for: of states that must never be reached, whatever is done. Judged by `prove` only.
    pub invariants: Vec<Requirement>,
    /// What must be when all steps are done.
    pub goals: Vec<Requirement>,
    /// The state that plans keep short, if the rulebook names one.
    pub outage: Option<Outage>,
    /// States from which nothing leads to the goals any more, where the rulebook knows of them, and why that is so. For `prove`.
    pub dead_ends: Vec<Says>,
    /// What a plan is for, by the state it starts from; the first that applies is meant.
    pub scenarios: Vec<Says>,
}

/// Words that are said where something is true.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Says {
    /// Where they apply; everywhere if it is not said.
    pub applies: Option<Expr>,
    /// The words; may have several lines.
    pub text: String,
}

/// Words that must appear on a screen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// What they range over: one line for each, in any order among themselves.
    pub each: Vec<Range>,
    /// Where they apply; everywhere if it is not said.
    pub applies: Option<Expr>,
    /// The words; may have several lines where they range over nothing.
    pub text: Template,
}

/// A state of the machine in which something is lost as long as it lasts. A plan is the better, the shorter it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outage {
    /// What people call a stretch of it: `data-collection gap`.
    pub name: String,
    /// What is lost, in a sentence.
    pub doc: String,
    /// True of the states that belong to it. A boolean without variables; it reads the state.
    pub is: Expr,
}

impl Machine {
    /// Everything that the machine rests on: statement id and what cites it.
    #[must_use]
    pub fn embodied(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut add = |statements: &[String], what: String| {
            out.extend(statements.iter().map(|id| (id.clone(), what.clone())));
        };
        for action in &self.actions {
            add(&action.statements, format!("action {}", action.name));
            for fault in &action.faults {
                add(&fault.statements, format!("action {}: fault {}", action.name, fault.name));
            }
            for conjunct in &action.guard {
                add(&conjunct.requirement.statements, format!("action {}: {}", action.name, conjunct.requirement.code));
            }
        }
        self.hazards.iter().for_each(|hazard| add(&hazard.statements, format!("hazard {}", hazard.code)));
        self.invariants.iter().for_each(|one| add(&one.statements, format!("invariant {}", one.code)));
        self.goals.iter().for_each(|goal| add(&goal.statements, format!("goal {}", goal.code)));
        out
    }

    /// Every requirement, with what it belongs to in words.
    pub fn requirements(&self) -> impl Iterator<Item = (String, &Requirement)> {
        let guards = self.actions.iter().flat_map(|action| {
            action.guard.iter().map(move |conjunct| (format!("when `{}` starts", action.name), &conjunct.requirement))
        });
        let hazards = self.hazards.iter().map(|hazard| ("after every step".to_owned(), hazard));
        let goals = self.goals.iter().map(|goal| ("when all steps are done".to_owned(), goal));
        guards.chain(hazards).chain(goals)
    }

    /// The index of an action.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<usize> {
        self.actions.iter().position(|action| action.name == name)
    }
}

/// Something a step of a plan can do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Action {
    /// The word after `do:`; the name of its file.
    pub name: String,
    /// One sentence.
    pub does: String,
    /// Who may do it: indices of values of the enumeration `actor`; empty where it is not said.
    pub by: Vec<usize>,
    /// What a step states; parameter `i` is variable `i`.
    pub parameters: Vec<Parameter>,
    /// What must hold when it starts.
    pub guard: Vec<Conjunct>,
    /// What it changes. All read the state before it.
    pub effects: Vec<Effect>,
    /// How an attempt can fail, and what it then leaves behind. Where none is listed, everything is left as it was.
    pub faults: Vec<Fault>,
    /// Menus and commands, as a person types them.
    pub procedure: String,
    /// What must appear on the screen: each of those that apply, in their order. Nothing where the manual does not say.
    pub expect: Vec<Shown>,
    /// What to do if that does not appear, where the manual says.
    pub otherwise: Option<String>,
    /// The commands of a shell among the procedure, in their order.
    pub commands: Vec<Command>,
    /// What to write on a tape that it writes; it reads the state after the step.
    pub label: Option<Template>,
    /// The manual's page.
    pub page: String,
    /// The statements it rests on.
    pub statements: Vec<String>,
}

/// A way in which an attempt at an action fails.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Its name, one of a kind within its action.
    pub name: String,
    /// How people know it, in a sentence.
    pub doc: String,
    /// Words that the screen shows only when this has happened; compared without regard to case and white space.
    pub shows: Vec<String>,
    /// What the failed attempt changes, instead of the action's own effects. All read the state before it.
    pub effects: Vec<Effect>,
    /// The statements it rests on.
    pub statements: Vec<String>,
}

/// What a step states about its action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type. A list where all are meant if it is absent.
    pub ty: Type,
    /// Whether it may be absent, and then means all.
    pub absent_is_all: bool,
    /// What it means.
    pub doc: String,
    /// For what goes into a drive: what becomes of it there.
    pub medium: Option<Medium>,
}

impl Action {
    /// The kinds of the media that a step of it writes, one for each parameter that names such a medium.
    pub fn written(&self) -> impl Iterator<Item = RecordId> + '_ {
        let written = self.parameters.iter().filter(|parameter| parameter.medium.as_ref().is_some_and(|one| one.is_written));
        written.filter_map(|parameter| match parameter.ty {
            Type::Record(kind) | Type::Reference { record: kind, .. } => Some(kind),
            _ => None,
        })
    }
}

/// What a step does with a medium, such as a set of tapes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// Whether it is written; else it is read.
    pub is_written: bool,
    /// The parameter whose drive it goes into; one declared above it.
    pub drive: usize,
}

/// A command of a shell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// The program and its arguments, each a word of its own whatever is put into it.
    pub words: Vec<Template>,
    /// The parameter on whose console it is typed.
    pub on: usize,
    /// Whether it talks with the person at the terminal. What another one prints must hold what the action expects.
    pub is_dialogue: bool,
    /// Lines that it is given as input, in their order; what it prints is then compared as if it did not talk.
    pub answers: Vec<String>,
    /// Minutes after which it counts as hanging.
    pub at_most: i64,
}

/// One requirement of an action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conjunct {
    /// What must hold.
    pub requirement: Requirement,
    /// The parameter whose value is labelled; else the action's name.
    pub at: Option<usize>,
    /// Instead of a condition: how long ago another step may have ended.
    pub window: Option<Window>,
    /// Instead of a condition: a moment of the plan that the step does not start before.
    pub not_before: Option<Moment>,
    /// Instead of a condition: hours of each day in which the step is not under way.
    pub outside: Option<Hours>,
    /// Instead of a condition: something that the plan itself states.
    pub stated: Option<Stated>,
}

/// What a plan must state as it is asked here, where it states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stated {
    /// These moments, on one and the same day.
    SameDay(Vec<Moment>),
    /// Who does the step: one of these values of the enumeration `actor`.
    By(Vec<usize>),
}

/// Hours of each day, local time, as whole numbers of the site's facts. Those that end before they begin go over midnight.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hours {
    /// When they begin.
    pub from: Expr,
    /// When they end.
    pub to: Expr,
}

/// A moment that a plan states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// When the upgrade starts.
    Starts,
    /// From when on nobody changes what is being copied.
    CutOff,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Starts, Self::CutOff];

    /// Its key in a plan.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::CutOff => "cut_off",
        }
    }
}

/// That a step starts within so many minutes of the end of the last step of an action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Window {
    /// The action.
    pub since: String,
    /// Parameters that must be the same in both steps.
    pub same: Vec<String>,
    /// Minutes.
    pub at_most: i64,
}

/// Something that must hold, or never be, and how to say so.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Requirement {
    /// Its code.
    pub code: String,
    /// What is true as long as it is kept, in a sentence; empty where it is not said.
    pub claim: String,
    /// How bad it is otherwise.
    pub level: Level,
    /// What it ranges over.
    pub each: Vec<Range>,
    /// Where it has something to say.
    pub applies: Option<Expr>,
    /// What must hold. For a hazard: what must never be.
    pub must: Expr,
    /// What is wrong.
    pub message: Template,
    /// What to do.
    pub help: Template,
    /// The reason.
    pub why: String,
    /// The manual's page.
    pub page: String,
    /// The statements it rests on.
    pub statements: Vec<String>,
    /// Ids of the catalogue's hazards that it keeps away.
    pub hazards: Vec<String>,
}

/// One change of a state variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Effect {
    /// What it ranges over.
    pub each: Vec<Range>,
    /// Where it happens.
    pub applies: Option<Expr>,
    /// The variable.
    pub variable: usize,
    /// Its records.
    pub arguments: Vec<Expr>,
    /// Its new value.
    pub value: Expr,
}
