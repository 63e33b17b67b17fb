//! A rule: what must hold, when, for whom, and how to say so.

use super::expr::{Expr, Place, Range};
use super::template::Template;
use crate::source::finding::Level;
use serde::{Deserialize, Serialize};

/// When a rule must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// At every moment.
    Always,
    /// When the upgrade starts; a plan may establish it first.
    Before,
    /// When the upgrade is over.
    End,
}

impl When {
    /// The word used in rule files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Before => "before",
            Self::End => "end",
        }
    }
}

/// Words at a place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleLabel {
    /// Where.
    pub at: Place,
    /// The words.
    pub text: Template,
}

/// One rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its code: the name of its file.
    pub code: String,
    /// One sentence that is true of every good site.
    pub claim: String,
    /// How bad a violation is.
    pub level: Level,
    /// When it must hold.
    pub when: When,
    /// What it ranges over; the outermost first.
    pub each: Vec<Range>,
    /// Where it has something to say.
    pub applies: Option<Expr>,
    /// What must hold there.
    pub must: Expr,
    /// The primary label.
    pub primary: RuleLabel,
    /// Other labels.
    pub others: Vec<RuleLabel>,
    /// What is wrong.
    pub message: Template,
    /// What to do.
    pub help: Template,
    /// A lower level, and where it counts.
    pub lower: Option<(Level, Expr)>,
    /// The action that establishes it, in a plan.
    pub cure: Option<String>,
    /// The reason.
    pub why: String,
    /// The manual's page.
    pub page: String,
    /// The statements it rests on.
    pub statements: Vec<String>,
    /// Its examples.
    pub examples: Vec<Example>,
}

/// A smallest site that shows what a rule does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Example {
    /// What the rule says of it.
    pub outcome: Outcome,
    /// The site, as a file.
    pub text: String,
}

/// What a rule says of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It applies and holds.
    Passes,
    /// It is violated.
    Fails,
    /// It cannot be told.
    Undecided,
}
