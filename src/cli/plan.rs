//! `plan`: a site to a plan that was found for it, verified like a stranger's before it is written.

use super::args::{Colour, Plan as Arguments};
use super::exit::Exit;
use super::files;
use super::history::History;
use super::judge::{JudgedSite, judged_site, on_site};
use super::lint::{bug, report_bug};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::continuation::{Continued, complete};
use crate::engine::lint::{Judgement, Selection, Verdict};
use crate::engine::ruled_out::{Ruling, ruled_out};
use crate::engine::synthesise::{Draft, Synthesised, synthesise};
use crate::model::continues::Continues;
use crate::model::read_plan;
use crate::report::summary::FileReport;
use crate::report::{human, no_plan, plan};
use crate::source::finding::{Finding, Level};
use crate::source::text::{Source, printable};
use crate::source::yaml;
use crate::spec::rulebook::Rulebook;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let source = match files::read(&args.site) {
        Ok(source) => source,
        Err((source, finding)) => return unusable(&source, finding, streams),
    };
    let judged = match judged_site(&rulebooks, &source) {
        Ok(judged) => judged,
        Err(finding) => return unusable(&source, finding, streams),
    };
    let Some(path) = path_of_site(&args.site, args.output.as_deref()) else {
        let folder = args.site.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = printable(&folder.to_string_lossy());
        writeln!(
            streams.err,
            "error: a plan stands in the folder of its site (`{folder}`) or above it; choose another --output"
        )?;
        return Ok(Exit::Unusable);
    };
    let cures = match cures(&judged.rulebook, &judged.judgement) {
        Ok(cures) => cures,
        Err(left) => {
            show(&source, &judged.judgement, streams)?;
            let lines = |code: &String| {
                let of_code = judged.judgement.findings.iter().filter(|finding| finding.code == *code);
                let lines: Vec<String> =
                    of_code.map(|finding| source.line_column(finding.primary.span.start).0.to_string()).collect();
                format!("{code} (line {})", lines.join(", "))
            };
            let left: Vec<String> = left.iter().map(lines).collect();
            writeln!(streams.err, "error: no plan: no action cures {}", left.join(", "))?;
            return Ok(Exit::Violated);
        }
    };
    let (found, changes) = match &args.keep {
        None => (synthesise(&judged.rulebook, &judged.site, &cures), Vec::new()),
        Some(keep) => match kept(keep, &judged, &cures) {
            Ok(found) => found,
            Err((source, findings)) => return refused(&source, &findings, streams),
        },
    };
    match found {
        Synthesised::Draft(draft) => write(args, &rulebooks, &judged, (&draft, &changes), &path, streams),
        Synthesised::Nothing(codes) => {
            let facts = ruled_out(&judged.rulebook, &judged.site, &cures);
            let unlocks = unlocks(&rulebooks, &source, &facts, &path);
            let finding = no_plan::finding(&judged.rulebook, &codes, &facts, &unlocks);
            refused(&source, &[finding], streams)?;
            writeln!(streams.err, "error: no plan exists")?;
            Ok(Exit::Violated)
        }
        Synthesised::GaveUp => {
            show(&source, &judged.judgement, streams)?;
            writeln!(streams.err, "error: cannot tell whether there is a plan: none was found for the facts that are stated")?;
            Ok(Exit::CannotTell)
        }
    }
}

/// Values by which a plan was found that holds: for each the fact that has it instead.
fn unlocks(rulebooks: &Rulebooks, source: &Source, facts: &[Ruling], path: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (index, fact) in facts.iter().enumerate() {
        for value in &fact.others {
            let mut text = source.text.to_string();
            text.replace_range(fact.span.start..fact.span.end, value);
            if has_plan(rulebooks, &Source::new(&source.name, &text), path) {
                out.push((index, value.clone()));
                break;
            }
        }
    }
    out
}

/// Whether a plan is found for a site, and holds.
fn has_plan(rulebooks: &Rulebooks, source: &Source, path: &str) -> bool {
    let Ok(judged) = judged_site(rulebooks, source) else { return false };
    let Ok(cures) = cures(&judged.rulebook, &judged.judgement) else { return false };
    let Synthesised::Draft(draft) = synthesise(&judged.rulebook, &judged.site, &cures) else { return false };
    let plan = Source::new("plan", &plan::yaml(&judged.rulebook, &draft, path, &judged.now, &[]));
    let Ok(root) = yaml::parse(&plan) else { return false };
    let history = History::none(&judged.rulebook, &judged.root);
    let judgement = on_site(rulebooks, &judged.rulebook, &Selection::default(), &root, (&judged.root, history), root.span);
    judgement.disagreements.is_empty() && judgement.verdict == Verdict::Holds
}

/// The actions, by index, that cure what is wrong with a site; or the codes of errors that none cures.
pub(super) fn cures(rulebook: &Rulebook, judgement: &Judgement) -> Result<Vec<usize>, Vec<String>> {
    let (mut cures, mut left) = (Vec::new(), Vec::new());
    for finding in judgement.findings.iter().filter(|finding| finding.level != Level::Note) {
        let cure = rulebook.rule(&finding.code).and_then(|rule| rule.cure.as_deref());
        match cure.and_then(|action| rulebook.machine.action(action)) {
            Some(action) => cures.push(action),
            None if finding.level == Level::Error => left.push(finding.code.to_string()),
            None => {}
        }
    }
    cures.sort_unstable();
    cures.dedup();
    left.dedup();
    if left.is_empty() { Ok(cures) } else { Err(left) }
}

/// An existing plan, completed, and in words what was changed.
fn kept(path: &Path, judged: &JudgedSite<'_>, cures: &[usize]) -> Result<(Synthesised, Vec<String>), (Source, Vec<Finding>)> {
    let source = files::read(path).map_err(|(source, finding)| (source, vec![finding]))?;
    let root = yaml::parse(&source).map_err(|finding| (source.clone(), vec![finding]))?;
    let rulebook = &judged.rulebook;
    let mut site = judged.site.clone();
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &root);
    if findings.iter().any(|finding| finding.level == Level::Error) {
        return Err((source.clone(), findings));
    }
    if let Some((_, span)) = Continues::stated(&root) {
        let finding = Finding::error("wrong-type", span, "this plan goes on from a journal, and not from the state of its site");
        return Err((source.clone(), vec![finding.help("complete it with `propose` and `accept` in `cutover run`")]));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(match complete(rulebook, &site, &plan, cures) {
        Continued::With(found) => {
            let changes = plan::changes(&found, &plan, &name);
            (Synthesised::Draft(Box::new(found.draft)), changes)
        }
        Continued::Nothing(codes) => (Synthesised::Nothing(codes), Vec::new()),
        Continued::CannotTell(_) => (Synthesised::GaveUp, Vec::new()),
    })
}

/// Verifies the plan's text, and writes it if it holds.
fn write(
    args: &Arguments,
    rulebooks: &Rulebooks,
    judged: &JudgedSite<'_>,
    (draft, changes): (&Draft, &[String]),
    path: &str,
    streams: &mut Streams<'_>,
) -> std::io::Result<Exit> {
    let text = plan::yaml(&judged.rulebook, draft, path, &judged.now, changes);
    let name = args.output.as_deref().unwrap_or(Path::new("plan"));
    let source = Source::new(&name.to_string_lossy(), &text);
    let history = History::none(&judged.rulebook, &judged.root);
    let judgement = match yaml::parse(&source) {
        Ok(root) => on_site(rulebooks, &judged.rulebook, &Selection::default(), &root, (&judged.root, history), root.span),
        Err(finding) => return unusable(&source, finding, streams).map(|_| Exit::Disagreement),
    };
    if !judgement.disagreements.is_empty() || judgement.verdict == Verdict::Violated {
        show(&source, &judgement, streams)?;
        report_bug(&bug(&source, &judgement.disagreements), streams)?;
        return Ok(Exit::Disagreement);
    }
    if judgement.verdict == Verdict::CannotTell || judgement.findings.iter().any(|finding| finding.level != Level::Note) {
        show(&source, &judgement, streams)?;
    }
    if judgement.verdict == Verdict::CannotTell {
        writeln!(
            streams.err,
            "error: of the plan that was found it cannot be told whether it holds, see above; it was not written"
        )?;
        return Ok(Exit::CannotTell);
    }
    if draft.plan.steps.is_empty() {
        writeln!(streams.err, "nothing is left to do: the site meets the goals of its rulebook, and the plan has no steps")?;
    }
    streams.document(args.output.as_deref(), &text)
}

/// The path of the site as a plan at `output` states it; `None` if it does not lie below the plan's folder.
fn path_of_site(site: &Path, output: Option<&Path>) -> Option<String> {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let folder = match output {
        Some(output) => absolute(output)?.parent()?.to_path_buf(),
        None => absolute(site)?.parent()?.to_path_buf(),
    };
    let below: PathBuf = absolute(site)?.strip_prefix(&folder).ok()?.to_path_buf();
    below.to_str().map(str::to_owned)
}

pub(super) fn show(source: &Source, judgement: &Judgement, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let file = FileReport::of(source.clone(), judgement);
    let mut text = String::new();
    human::write_one(&file, streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
    streams.err.write_all(text.as_bytes())
}

pub(super) fn unusable(source: &Source, finding: Finding, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    refused(source, &[finding], streams)
}

fn refused(source: &Source, findings: &[Finding], streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let mut text = String::new();
    human::findings(source, findings, streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
    streams.err.write_all(text.as_bytes())?;
    Ok(Exit::Unusable)
}
