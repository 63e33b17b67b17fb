//! A finding: one thing that is wrong, at one place, with a way out. Lists no rule and knows no output format.

use super::text::Span;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How bad a finding is; the wording of the manual decides (must, should, may).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Against a recommendation.
    Warning,
    /// Against a requirement.
    Error,
}

impl Level {
    /// The word used in files and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Note, Self::Warning, Self::Error].into_iter().find(|level| level.word() == word)
    }
}

/// Words at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words; may be empty.
    pub text: String,
}

/// Where a rule stands in the manual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The manual's number and page, such as `585-215-514 p. 7`.
    pub place: String,
    /// Ids of the statements.
    pub statements: Vec<String>,
}

/// One thing that is wrong. It has exactly one primary label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable kebab-case code that names the defect.
    pub code: Cow<'static, str>,
    /// How bad it is.
    pub level: Level,
    /// One sentence, lower case, without final stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The place it is about.
    pub primary: Label,
    /// Other places that matter.
    pub others: Vec<Label>,
    /// Where the manual says so; absent for what the schema says.
    pub reference: Option<Reference>,
    /// For a plan: the steps that led there, in the order they were done.
    pub trace: Vec<TraceStep>,
}

/// A step on the way to a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Its name.
    pub step: String,
    /// Where it stands.
    pub span: Span,
    /// What it changed that matters to the violation, in words; empty where nothing.
    pub changes: Vec<String>,
}

impl Finding {
    /// An error of this code at this place.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(code),
            level: Level::Error,
            message: message.into(),
            help: None,
            primary: Label { span, text: String::new() },
            others: Vec::new(),
            reference: None,
            trace: Vec::new(),
        }
    }

    /// The same with this help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with these words at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// The same with words at a further place.
    #[must_use]
    pub fn other(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }
}

/// Longer words are compared with nothing.
const WORD_BYTES_MAX: usize = 64;

/// "did you mean `x`?" for the nearest of `known`, else the list of them.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let closest = known
        .iter()
        .filter(|_| word.len() <= WORD_BYTES_MAX)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .min_by_key(|(distance, _)| *distance);
    match closest {
        Some((distance, candidate)) if distance * 3 <= candidate.len().max(3) => format!("did you mean `{candidate}`?"),
        _ if known.is_empty() => "there are none".to_owned(),
        _ => format!("one of {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    }
}
