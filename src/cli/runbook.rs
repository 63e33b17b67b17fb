//! `runbook`: a plan that holds to the document that people execute it from.

use super::args::{Runbook as Arguments, RunbookFormat};
use super::exit::Exit;
use super::files;
use super::judge::{JudgedPlan, judged_plan};
use super::lint::{bug, report_bug};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use super::trees::site_of;
use crate::engine::carry_out::runbook::{Runbook, runbook};
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::lint::Verdict;
use crate::engine::verification::walk::Walk;
use crate::model::continues::Continues;
use crate::model::origin::texts_digest;
use crate::model::read_plan;
use crate::model::state::Layout;
use crate::report::runbook_words::Cover;
use crate::report::summary::FileReport;
use crate::report::{human, runbook_html, runbook_markdown, runbook_shell};
use crate::source::finding::Finding;
use crate::source::text::{Source, printable};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let read = if args.plan.as_os_str() == "-" { files::read_stdin(streams.input) } else { files::read(&args.plan) };
    let source = match read {
        Ok(source) => source,
        Err((source, finding)) => return unusable(args, &source, finding, streams),
    };
    let site = match site_of(&rulebooks, &source) {
        Ok(site) => site,
        Err(finding) => return unusable(args, &source, finding, streams),
    };
    let judged = match judged_plan(&rulebooks, &source, &site) {
        Ok(judged) => judged,
        Err(finding) => return unusable(args, &source, finding, streams),
    };
    if let Some(exit) = refused(args, &source, &judged, streams)? {
        return Ok(exit);
    }
    let Some(book) = book(&judged) else {
        writeln!(streams.err, "error: the plan cannot be read, so there is nothing to write")?;
        return Ok(Exit::Unusable);
    };
    let cover = Cover {
        plan: source.name.to_string(),
        id: texts_digest(&[&source.text, &site.text, &judged.now.rulebook]),
        made_from: judged.stated,
        continues: Continues::stated(&judged.root).map(|(from, _)| from),
        is_draft: judged.judgement.verdict != Verdict::Holds,
    };
    let text = match args.format {
        RunbookFormat::Md => runbook_markdown::write(&book, &cover),
        RunbookFormat::Html => runbook_html::write(&book, &cover),
        RunbookFormat::Sh => runbook_shell::write(&book, &cover),
    };
    streams.document(args.output.as_deref(), &text)
}

/// The exit of a plan that is not to be written down, after saying why.
fn refused(
    args: &Arguments,
    source: &Source,
    judged: &JudgedPlan<'_>,
    streams: &mut Streams<'_>,
) -> std::io::Result<Option<Exit>> {
    let judgement = &judged.judgement;
    if !judgement.disagreements.is_empty() {
        return report_bug(&bug(source, &judgement.disagreements), streams).map(|()| Some(Exit::Disagreement));
    }
    if let Some(stated) = judged.stated.as_ref().filter(|stated| !stated.has_same_ground(&judged.now)) {
        let name = printable(&source.name);
        writeln!(streams.err, "error: {name} was made from something else than what is there now:")?;
        for change in stated.changes(&judged.now) {
            writeln!(streams.err, "  {change}")?;
        }
        writeln!(streams.err, "have the plan made again, or check it with `cutover lint` and take `made_from` out")?;
        return Ok(Some(Exit::Unusable));
    }
    if judgement.verdict == Verdict::Holds {
        return Ok(None);
    }
    let file = FileReport::of(source.clone(), judgement);
    show(args, file, streams)?;
    if args.draft {
        return Ok(None);
    }
    writeln!(streams.err, "error: no runbook of a plan that is not known to hold; `--draft` writes one, marked as such")?;
    Ok(Some(if judgement.verdict == Verdict::Violated { Exit::Violated } else { Exit::CannotTell }))
}

/// The runbook of a plan; `None` if its steps cannot be read.
fn book(judged: &JudgedPlan<'_>) -> Option<Runbook> {
    let rulebook = &judged.rulebook;
    let (mut site, past) = (judged.history.site.clone(), judged.history.past.clone());
    let (plan, findings) = read_plan::read_on(&rulebook.vocabulary, &rulebook.machine, &mut site, past, &judged.root);
    if findings.iter().any(|finding| finding.code != "unknown-field") {
        return None;
    }
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    runbook(&Walk { rulebook, base, layout: &layout, plan: &plan })
}

/// Shows what was found, as `lint` does, on standard error: standard output is the document's.
fn show(args: &Arguments, file: FileReport, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let mut text = String::new();
    human::write_one(&file, streams.look(args.color), &mut text).map_err(std::io::Error::other)?;
    streams.err.write_all(text.as_bytes())
}

fn unusable(args: &Arguments, source: &Source, finding: Finding, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let file = FileReport {
        source: source.clone(),
        findings: vec![finding],
        undecided: Vec::new(),
        due_later: Vec::new(),
        outages: Vec::new(),
        verdict: Verdict::CannotTell,
        unusable: true,
    };
    show(args, file, streams).map(|()| Exit::Unusable)
}
