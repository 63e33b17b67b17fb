//! All that was found, as the writers get it.

use crate::engine::lint::{Undecided, Verdict};
use crate::source::finding::{Finding, Level};
use crate::source::text::Source;
use crate::spec::rulebook::Rulebook;
use std::sync::Arc;

/// One file and what was found in it.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub source: Source,
    /// What is wrong, in file order.
    pub findings: Vec<Finding>,
    /// What cannot be told.
    pub undecided: Vec<Undecided>,
    /// Codes of rules that are due when the upgrade is over.
    pub due_later: Vec<String>,
    /// The answer.
    pub verdict: Verdict,
    /// Whether the file could not be used at all, so that no rule was asked.
    pub unusable: bool,
}

/// Everything that was found in a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The files in the order they were named.
    pub files: Vec<FileReport>,
    /// The rulebooks they were held against.
    pub rulebooks: Vec<Arc<Rulebook>>,
}

impl Report {
    /// How many findings there are of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.files.iter().flat_map(|file| &file.findings).filter(|finding| finding.level == level).count()
    }
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
