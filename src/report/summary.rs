//! All that was found, as the writers get it.

use crate::engine::verification::lint::{Judgement, Undecided, Verdict};
use crate::engine::verification::stretch::Outage;
use crate::source::finding::Finding;
use crate::source::text::Source;
use crate::spec::rulebook::Rulebook;
use std::io::{Result, Write};
use std::sync::Arc;

/// Writes a run in one format, file after file: what stands before the end of all files is not kept in memory.
pub trait Writer: Sync {
    /// What is written of one file.
    type Part: Send;

    /// What is written of a file. Called for several files at once.
    ///
    /// # Errors
    /// None in practice: a report is plain data.
    fn part(&self, file: FileReport) -> Result<Self::Part>;

    /// Takes the next file's part, in the order of files.
    ///
    /// # Errors
    /// What the stream says.
    fn add(&mut self, part: Self::Part, out: &mut dyn Write) -> Result<()>;

    /// Writes what stands behind all files.
    ///
    /// # Errors
    /// What the stream says.
    fn end(self, run: Run, out: &mut dyn Write) -> Result<()>;
}

/// What is known when all files were checked.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The rulebooks that they were held against.
    pub rulebooks: Vec<Arc<Rulebook>>,
    /// The exit code.
    pub exit_code: u8,
}

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
    /// Of a plan: how long something is lost, at worst.
    pub outages: Vec<Outage>,
    /// The answer.
    pub verdict: Verdict,
    /// Whether the file could not be used at all, so that no rule was asked.
    pub unusable: bool,
}

impl FileReport {
    /// What a judgement says of a file.
    #[must_use]
    pub fn of(source: Source, judgement: &Judgement) -> Self {
        Self {
            source,
            findings: judgement.findings.clone(),
            undecided: judgement.undecided.clone(),
            due_later: judgement.due_later.clone(),
            outages: judgement.outages.clone(),
            verdict: judgement.verdict,
            unusable: false,
        }
    }
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
