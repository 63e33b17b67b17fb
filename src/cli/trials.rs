//! The tests of a rulebook: sites and plans beside it that say in comments what is found in them.

use super::files::{self, Input, inputs};
use super::judge::judge;
use super::rulebooks::Rulebooks;
use super::streams::Streams;
use super::trees::{is_plan, site_of};
use crate::engine::verification::check::{Mark, found, marks};
use crate::engine::verification::lint::Selection;
use crate::proof::reasons::{Reason, read};
use crate::proof::score::{self, Score, Trial};
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::rulebook::Rulebook;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Folders of a rulebook that hold tests.
const FOLDERS: [&str; 2] = ["procedures", "tests"];
/// The file of the reasons why changes go unnoticed.
const REASONS: &str = "tests/unnoticed.yaml";

/// The tests in a rulebook's folder and under other paths, and what cannot be read of them.
#[must_use]
pub fn gather(rulebooks: &Rulebooks, folder: &Path, more: &[PathBuf]) -> (Vec<Trial>, Vec<String>) {
    let mut paths: Vec<PathBuf> = FOLDERS.iter().map(|name| folder.join(name)).filter(|path| holds_tests(path)).collect();
    paths.extend(more.iter().cloned());
    let (mut trials, mut problems) = (Vec::new(), Vec::new());
    for input in inputs(&paths) {
        let read = match input {
            Input::File(path) => trial(rulebooks, &path),
            Input::Stdin => Err("a test of a rulebook is a file, not standard input".to_owned()),
            Input::Unfound(unfound) => Err(format!("{}: {}", unfound.path.display(), unfound.finding.message)),
        };
        match read {
            Ok(trial) => trials.push(trial),
            Err(problem) => problems.push(problem),
        }
    }
    (trials, problems)
}

fn holds_tests(folder: &Path) -> bool {
    folder.is_dir() && inputs(&[folder.to_owned()]).iter().any(|input| matches!(input, Input::File(_)))
}

fn trial(rulebooks: &Rulebooks, path: &Path) -> Result<Trial, String> {
    let named = |why: &str| format!("{}: {why}", path.display());
    let source = files::read(path).map_err(|(_, finding)| named(&finding.message))?;
    let mut site = None;
    if is_plan(&source).map_err(|finding| named(&finding.message))? {
        site = Some(site_of(rulebooks, &source).map_err(|finding| named(&finding.message))?);
    }
    Ok(Trial { source, site })
}

/// Judges all tests. One line for each finding that is missing or not expected, and for each plan that cannot be told.
#[must_use]
pub fn failures(rulebooks: &Rulebooks, trials: &[Trial]) -> Vec<String> {
    trials.par_iter().flat_map_iter(|trial| failure(rulebooks, trial)).collect()
}

fn failure(rulebooks: &Rulebooks, trial: &Trial) -> Vec<String> {
    let source = &trial.source;
    let judged = yaml::parse(source).and_then(|root| judge(rulebooks, &Selection::default(), source, &root));
    let judgement = match judged {
        Ok((_, judgement)) => judgement,
        Err(finding) => return vec![format!("{}: {}", source.name, finding.message)],
    };
    let mut out = differences(source, &marks(&source.text), &found(source, &judgement));
    if trial.site.is_some() {
        out.extend(judgement.undecided.iter().map(|open| format!("{}: `{}` cannot be told", source.name, open.code)));
    }
    out.extend(judgement.disagreements.iter().map(|at| format!("{}: the two meanings of `{}` differ", source.name, at.code)));
    out
}

fn differences(source: &Source, wanted: &[Mark], found: &[Mark]) -> Vec<String> {
    let beyond = |some: &[Mark], others: &[Mark], what: &str| {
        let mut rest = others.to_vec();
        let mut out = Vec::new();
        for mark in some {
            match rest.iter().position(|other| other == mark) {
                Some(at) => {
                    rest.swap_remove(at);
                }
                None => out.push(format!("{}:{}: {}[{}] {what}", source.name, mark.line, mark.level.word(), mark.code)),
            }
        }
        out
    };
    let mut out = beyond(wanted, found, "is expected here, and is not found");
    out.extend(beyond(found, wanted, "is found here, and no comment expects it"));
    out
}

/// The mutation score of the rulebook in a folder. Whoever watches is told how far it has come.
///
/// # Errors
/// What the streams say.
pub fn score(rulebook: &Rulebook, rulebooks: &Rulebooks, trials: &[Trial], streams: &mut Streams<'_>) -> std::io::Result<Score> {
    let mut told = Ok(());
    let score = score::score(rulebook, &rulebooks.folder_files(), trials, &mut |done, all| {
        if told.is_ok() {
            told = streams.progress("changes tried", done, all);
        }
    });
    told.map(|()| score)
}

/// Why changes of the rulebook go unnoticed, as its author says.
///
/// # Errors
/// What is wrong with the file.
pub fn reasons(folder: &Path) -> Result<Vec<Reason>, String> {
    let path = folder.join(REASONS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let source = files::read(&path).map_err(|(_, finding)| format!("{}: {}", path.display(), finding.message))?;
    read(&source).map_err(|finding| {
        let line = source.line_column(finding.primary.span.start).0;
        format!("{}:{line}: {}", path.display(), finding.message)
    })
}
