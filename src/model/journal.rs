//! The journal of a run: one entry a line, each with the digest of the line before it. Only ever added to.

use super::time::Moment;
use crate::source::text::printable_json;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest journal, in bytes.
pub const JOURNAL_BYTES_MAX: usize = 64 << 20;
/// What stands for the digest of the line before the first.
const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub n: usize,
    /// When.
    pub time: Moment,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// SHA-256 of the line before it, without its end: 64 hexadecimal digits.
    pub before: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first entry of every journal.
    Opened(Box<Opened>),
    /// A step was begun.
    Started {
        /// The step.
        step: String,
        /// Why it is done again, if it had been done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<String>,
        /// Codes of what speaks against it and does not forbid it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        despite: Vec<String>,
    },
    /// A step is done.
    Done(Outcome),
    /// An attempt at a step failed.
    Failed(Outcome),
    /// From here on another plan is carried out, which goes on from the entries before.
    Changed(Changed),
    /// A step is left out.
    Skipped {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
}

/// That another plan takes the place of the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The plan's file, without its folder.
    pub plan: String,
    /// SHA-256 of its text.
    pub plan_digest: String,
    /// Codes of what could not be told of the plan and was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_unknown: Vec<String>,
}

/// How an attempt at a step ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The step.
    pub step: String,
    /// For a failed one: which of the action's faults, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What stands on each thing that only the plan names, such as a set of tapes: by its name in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What the screen showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Why there is no evidence where some is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
}

/// What a journal is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Version of the program.
    pub cutover: String,
    /// The plan's file, without its folder.
    pub plan: String,
    /// SHA-256 of its text.
    pub plan_digest: String,
    /// The id of the rulebook.
    pub rulebook: String,
    /// The digest of its files.
    pub rulebook_digest: String,
    /// The digest of each fact of the site.
    pub site: BTreeMap<String, String>,
    /// SHA-256 of the site's text.
    pub site_digest: String,
    /// Codes of what could not be told of the plan and was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_unknown: Vec<String>,
}

impl Event {
    /// The step it is about.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Opened(_) | Self::Changed(_) => None,
            Self::Started { step, .. } | Self::Skipped { step, .. } => Some(step),
            Self::Done(outcome) | Self::Failed(outcome) => Some(&outcome.step),
        }
    }
}

/// The entries of a journal, and how its file ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Bytes of the file that are whole entries with their line ends. What comes after is a line whose writing broke off.
    pub whole: usize,
    /// Whether the last entry lacks only its line end.
    pub lacks_end: bool,
    /// The digest of the last line.
    last: Option<String>,
}

/// Why a journal cannot be gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, in a sentence.
    pub why: String,
}

impl Journal {
    /// The journal that these bytes are.
    ///
    /// # Errors
    /// The first line, other than a last one without an end, that is no entry or does not follow from the line before it.
    pub fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let mut out = Self::default();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
            let entry = out.follows(line).map_err(|why| Broken { line: out.entries.len() + 1, why })?;
            out.take(entry, line);
            out.whole += end + 1;
            rest = after;
        }
        if !rest.is_empty()
            && let Ok(entry) = out.follows(rest)
        {
            out.take(entry, rest);
            out.whole += rest.len();
            out.lacks_end = true;
        }
        Ok(out)
    }

    /// What the bytes still tell where the chain is broken: the lines that are entries, each with its number in the file,
    /// and the first break.
    #[must_use]
    pub fn read_anyway(bytes: &[u8]) -> (Vec<(usize, Entry)>, Option<Broken>) {
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        let entries = lines.filter_map(|(line, bytes)| Some((line + 1, serde_json::from_slice(bytes).ok()?)));
        (entries.collect(), Self::read(bytes).err())
    }

    /// The plan that is carried out after so many entries: its file's name and digest, and the number of the entry since which.
    #[must_use]
    pub fn plan_at(&self, entries: usize) -> Option<(&str, &str, usize)> {
        self.entries.get(..entries)?.iter().rev().find_map(|entry| match &entry.event {
            Event::Opened(opened) => Some((opened.plan.as_str(), opened.plan_digest.as_str(), entry.n)),
            Event::Changed(changed) => Some((changed.plan.as_str(), changed.plan_digest.as_str(), entry.n)),
            _ => None,
        })
    }

    fn take(&mut self, entry: Entry, line: &[u8]) {
        self.entries.push(entry);
        self.last = Some(digest(line));
    }

    /// The entry that a line is, if it is the next one.
    fn follows(&self, line: &[u8]) -> Result<Entry, String> {
        let entry: Entry = serde_json::from_slice(line).map_err(|error| format!("it is no entry of a journal: {error}"))?;
        let n = self.entries.len() + 1;
        if entry.n != n {
            return Err(format!("its number is {}, and {n} comes next", entry.n));
        }
        if entry.before != self.before() {
            return Err("its digest is not that of the line before it: that line was changed, or one between them was taken out"
                .to_owned());
        }
        if matches!(entry.event, Event::Opened(_)) != self.entries.is_empty() {
            return Err("a journal begins with what it is about, and says so once".to_owned());
        }
        Ok(entry)
    }

    fn before(&self) -> &str {
        self.last.as_deref().unwrap_or(NOTHING_BEFORE)
    }

    /// The digest of the line of that number, from 1.
    #[must_use]
    pub fn digest(&self, n: usize) -> Option<&str> {
        match self.entries.get(n) {
            Some(next) => (n > 0).then_some(next.before.as_str()),
            None if n == self.entries.len() => self.last.as_deref(),
            None => None,
        }
    }

    /// What the journal is about.
    #[must_use]
    pub fn opened(&self) -> Option<&Opened> {
        match self.entries.first().map(|entry| &entry.event) {
            Some(Event::Opened(opened)) => Some(opened),
            _ => None,
        }
    }

    /// The next entry and its line, with its end. It counts only once [`Self::written`] says that it is on the disk.
    ///
    /// # Errors
    /// That it cannot be written as JSON.
    pub fn next(&self, time: Moment, person: Option<&str>, event: Event) -> Result<(Entry, String), serde_json::Error> {
        let (n, before) = (self.entries.len() + 1, self.before().to_owned());
        let entry = Entry { n, time, person: person.map(str::to_owned), event, before };
        let line = printable_json(&serde_json::to_string(&entry)?) + "\n";
        Ok((entry, line))
    }

    /// Takes up an entry whose line is on the disk.
    pub fn written(&mut self, entry: Entry, line: &str) {
        self.take(entry, line.trim_end_matches('\n').as_bytes());
        self.whole += line.len();
    }
}

/// SHA-256: 64 hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut out, byte| {
        // Writing into a text cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::{Event, Journal, Opened};
    use crate::model::time::Moment;

    fn sample() -> String {
        let mut journal = Journal::default();
        let mut text = String::new();
        let skipped = |step: &str| Event::Skipped { step: step.to_owned(), reason: "é\u{1b}\n".to_owned() };
        for event in [Event::Opened(Box::new(Opened::default())), skipped("a"), skipped("b")] {
            let (entry, line) = journal.next(Moment::parse("2002-10-22T06:15").unwrap(), Some("Ann"), event).unwrap();
            text.push_str(&line);
            journal.written(entry, &line);
        }
        assert_eq!(Journal::read(text.as_bytes()).unwrap(), journal);
        text
    }

    #[test]
    fn a_journal_that_breaks_off_anywhere_has_its_whole_entries() {
        let text = sample();
        for cut in 0..=text.len() {
            let read = Journal::read(&text.as_bytes()[..cut]).unwrap();
            let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
            assert_eq!(read.entries.len(), ends.iter().filter(|end| **end <= cut).count(), "{cut}");
            assert_eq!(read.lacks_end, ends.contains(&cut), "{cut}");
        }
    }

    #[test]
    fn a_changed_a_missing_and_a_moved_line_break_the_chain() {
        let text = sample();
        let lines: Vec<&str> = text.lines().collect();
        let read = |lines: &[&str]| Journal::read((lines.join("\n") + "\n").as_bytes()).map_err(|broken| broken.line).err();
        assert_eq!(read(&lines), None);
        assert_eq!(read(&[lines[0], &lines[1].replace("Ann", "Eve"), lines[2]]), Some(3));
        assert_eq!(read(&[lines[0], lines[2]]), Some(2));
        assert_eq!(read(&[lines[0], lines[2], lines[1]]), Some(2));
        assert_eq!(read(&[lines[1], lines[2]]), Some(1));
        assert_eq!(read(&[lines[0], "{}", lines[2]]), Some(2));
    }
}
