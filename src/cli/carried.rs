//! A plan that is to be carried out, or was: its file and its site's, verified as `lint` does.

use super::args::Colour;
use super::exit::Exit;
use super::files;
use super::history::{self, Earlier, History};
use super::judge::{JudgedPlan, judged_plan};
use super::lint::{bug, report_bug};
use super::rulebooks::Rulebooks;
use super::streams::Streams;
use super::trees::site_of;
use crate::engine::logic::decide::Disagreement;
use crate::engine::verification::lint::{Judgement, Verdict};
use crate::model::journal::{Opened, digest};
use crate::model::origin::Origin;
use crate::model::plan::Plan;
use crate::model::read_plan;
use crate::model::site::Site;
use crate::report::human;
use crate::report::summary::FileReport;
use crate::source::finding::{Finding, Level};
use crate::source::text::Source;
use crate::spec::rulebook::Rulebook;
use std::path::Path;
use std::sync::Arc;

/// A plan and what belongs to it.
pub struct Carried {
    /// Its rulebook.
    pub rulebook: Arc<Rulebook>,
    /// Its site, with the records that only the plan names.
    pub site: Site,
    /// The plan.
    pub plan: Plan,
    /// The plans that it goes on from, the first one first.
    pub earlier: Vec<Earlier>,
    /// What a journal of it begins with.
    pub about: Opened,
    /// What it says it was made from is no longer so: each change in words.
    pub changes: Vec<String>,
    /// What was found in it.
    pub report: FileReport,
    /// Where the two meanings of the language disagree: our bug.
    pub disagreements: Vec<Disagreement>,
}

/// Reads and verifies the plan of that file.
///
/// # Errors
/// The file, and why it is no plan that can be read.
pub fn read(rulebooks: &Rulebooks, path: &Path) -> Result<Carried, (Source, Finding)> {
    let source = files::read(path)?;
    let refused = |finding| (source.clone(), finding);
    let site_source = site_of(rulebooks, &source).map_err(refused)?;
    let judged = judged_plan(rulebooks, &source, &site_source).map_err(refused)?;
    let JudgedPlan { rulebook, root, history, stated, now, judgement, .. } = judged;
    let History { mut site, past, plans } = history;
    let (plan, _) = read_plan::read_on(&rulebook.vocabulary, &rulebook.machine, &mut site, past, &root);
    let changes = stated.filter(|stated| !stated.has_same_ground(&now)).map(|stated| stated.changes(&now)).unwrap_or_default();
    let undecided = judgement.undecided.iter().filter(|rule| rule.level == Level::Error).map(|rule| rule.code.clone());
    let about = Opened {
        cutover: now.cutover,
        plan: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        plan_digest: digest(source.text.as_bytes()),
        rulebook: rulebook.id.clone(),
        rulebook_digest: now.rulebook,
        site: now.site,
        site_digest: digest(site_source.text.as_bytes()),
        accepted_unknown: undecided.collect(),
    };
    let report = FileReport::of(source.clone(), &judgement);
    Ok(Carried { rulebook, site, plan, earlier: plans, about, changes, report, disagreements: judgement.disagreements })
}

impl Carried {
    /// What a plan that is made now is made from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let about = &self.about;
        Origin { cutover: about.cutover.clone(), rulebook: about.rulebook_digest.clone(), site: about.site.clone() }
    }

    /// What has changed since a journal was begun, each in words. `plan_digest` is that of the plan which it is of now.
    #[must_use]
    pub fn changed_since(&self, then: &Opened, plan_digest: &str) -> Vec<String> {
        let mut out = Vec::new();
        if plan_digest != self.about.plan_digest {
            out.push("the text of the plan has changed".to_owned());
        }
        out.extend(history::changes(then, &self.origin()));
        out
    }
}

/// The judgement on the text of a plan that is to be written to the file of its source's name.
///
/// # Errors
/// Why it is no plan.
pub fn judge_text(rulebooks: &Rulebooks, source: &Source) -> Result<Judgement, Finding> {
    let site = site_of(rulebooks, source)?;
    Ok(judged_plan(rulebooks, source, &site)?.judgement)
}

/// Shows a report on a plan, and says with which code to end if it cannot be carried out.
///
/// # Errors
/// What the streams say.
pub fn refuse(carried: &Carried, accept_unknown: bool, streams: &mut Streams<'_>) -> std::io::Result<Option<Exit>> {
    let exit = match carried.report.verdict {
        _ if !carried.disagreements.is_empty() => Exit::Disagreement,
        Verdict::Violated => Exit::Violated,
        Verdict::CannotTell if !accept_unknown => Exit::CannotTell,
        Verdict::CannotTell | Verdict::Holds => return Ok(None),
    };
    if exit == Exit::Disagreement {
        return report_bug(&bug(&carried.report.source, &carried.disagreements), streams).map(|()| Some(exit));
    }
    let mut text = String::new();
    human::write_one(&carried.report, streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
    streams.out.write_all(text.as_bytes())?;
    let why = match exit {
        Exit::Violated => "the plan does not hold, and is not carried out",
        _ => "it cannot be told whether the plan holds; `--accept-unknown` goes on, and the journal says so",
    };
    writeln!(streams.err, "error: {why}")?;
    Ok(Some(exit))
}
