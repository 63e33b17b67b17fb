//! `accept` in a run: the continuation that was proposed becomes a plan's file, verified like a stranger's before it is written.

use super::carried::{Carried, judge_text};
use super::files;
use super::journal_file::JournalFile;
use super::rulebooks::Rulebooks;
use crate::engine::carry_out::progress::{Progress, Status};
use crate::engine::synthesis::continuation::Continued;
use crate::engine::synthesis::go_on::go_on;
use crate::engine::verification::lint::Verdict;
use crate::model::continues::Continues;
use crate::model::journal::{Changed, digest};
use crate::report::plan;
use crate::source::finding::Level;
use crate::source::text::{Source, printable};
use std::path::{Path, PathBuf};

/// What a continuation takes the place of.
pub struct Accepting<'a> {
    /// The rulebooks.
    pub rulebooks: &'a Rulebooks,
    /// The plan so far.
    pub carried: &'a Carried,
    /// Its file.
    pub plan: &'a Path,
    /// Whether a continuation of which it cannot be told whether it holds is accepted.
    pub accept_unknown: bool,
}

impl Accepting<'_> {
    /// Writes the continuation from there to a file of that name beside the plan, or of one that follows from the plan's. Returns
    /// the file, and what the journal says of it. The same continuation in a file that is there already is left as it is.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn write(&self, progress: &Progress<'_>, file: &JournalFile, name: &str) -> Result<(PathBuf, Changed), String> {
        if let Some(step) = progress.under_way().first() {
            let id = printable(&progress.walk().plan.steps[*step].id);
            return Err(format!("`{id}` is under way: say first how it ended"));
        }
        if !progress.standing().statuses.iter().any(|status| matches!(status, Status::Failed(_))) {
            return Err("nothing has failed, and the plan goes on as it is".to_owned());
        }
        let mut found = match go_on(progress) {
            Continued::With(found) => found,
            Continued::Nothing(codes) => return Err(format!("no continuation exists: {}", codes.join(", "))),
            Continued::CannotTell(why) => return Err(format!("cannot tell how to go on: {why}")),
        };
        let name = if name.is_empty() { self.next_name(file) } else { name.to_owned() };
        if name.contains(['/', '\\']) || name == ".." || name.ends_with(".part") {
            return Err("the plan stands beside the one before it: name a file without a folder".to_owned());
        }
        let path = self.plan.with_file_name(&name);
        found.draft.plan.continues = Some(self.continues(file)?);
        let earlier = &self.carried.about.plan;
        let changes = plan::changes(&found, progress.walk().plan, earlier);
        let text = plan::yaml(&self.carried.rulebook, &found.draft, &self.carried.plan.site.0, &self.carried.origin(), &changes);
        let accepted_unknown = self.verified(&path, &text)?;
        let shown = printable(&path.to_string_lossy());
        match files::read(&path) {
            Ok(known) if *known.text == text => {}
            Ok(_) => return Err(format!("`{shown}` is there already, and is another plan; name a file: `accept FILE`")),
            Err(_) => {
                files::write(&path, &text)
                    .map_err(|error| format!("`{shown}` cannot be written: {}", files::in_words(&error)))?;
            }
        }
        Ok((path, Changed { plan: name, plan_digest: digest(text.as_bytes()), accepted_unknown }))
    }

    /// `denver-2.plan.yaml` after `denver.plan.yaml`, whatever came in between.
    fn next_name(&self, file: &JournalFile) -> String {
        let first = file.journal.opened().map_or(self.carried.about.plan.as_str(), |opened| &opened.plan);
        let number = self.carried.earlier.len() + 2;
        let stem = first.split(".plan.").next().unwrap_or(first);
        let stem = stem.strip_suffix(".yaml").unwrap_or(stem);
        format!("{stem}-{number}.plan.yaml")
    }

    fn continues(&self, file: &JournalFile) -> Result<Continues, String> {
        let entries = file.journal.entries.len();
        let absolute = |path: &Path| std::path::absolute(path).ok();
        let folder = absolute(self.plan).and_then(|plan| plan.parent().map(Path::to_owned));
        let below = folder.zip(absolute(file.path())).and_then(|(folder, path)| Some(path.strip_prefix(folder).ok()?.to_owned()));
        let journal = below.and_then(|path| path.to_str().map(str::to_owned));
        Ok(Continues {
            plan: self.carried.about.plan.clone(),
            journal: journal.ok_or("the journal is not in the folder of the plan or below it, where a plan can name it")?,
            entries,
            digest: file.journal.digest(entries).unwrap_or_default().to_owned(),
        })
    }

    /// The codes of what cannot be told of a plan that does not fail, and is accepted.
    fn verified(&self, path: &Path, text: &str) -> Result<Vec<String>, String> {
        let source = Source::new(&path.to_string_lossy(), text);
        let judgement = judge_text(self.rulebooks, &source).map_err(|finding| finding.message)?;
        let codes = |codes: Vec<&str>| codes.join(", ");
        let unknown: Vec<&str> =
            judgement.undecided.iter().filter(|one| one.level == Level::Error).map(|one| one.code.as_str()).collect();
        match judgement.verdict {
            _ if !judgement.disagreements.is_empty() => {
                Err("the two meanings of the rulebook disagree on the continuation, which is a bug of ours".to_owned())
            }
            Verdict::Violated => {
                let found = judgement.findings.iter().filter(|one| one.level == Level::Error);
                Err(format!("the continuation does not hold: {}", codes(found.map(|one| &*one.code).collect())))
            }
            Verdict::CannotTell if !self.accept_unknown => {
                let why = format!("it cannot be told whether the continuation holds: {}", codes(unknown));
                Err(format!("{why}; `cutover run --accept-unknown` goes on, and the journal says so"))
            }
            Verdict::CannotTell | Verdict::Holds => Ok(unknown.into_iter().map(str::to_owned).collect()),
        }
    }
}
