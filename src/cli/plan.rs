//! `plan`: a site to a plan that was found for it, verified like a stranger's before it is written.

use super::args::{Colour, Plan as Arguments};
use super::exit::Exit;
use super::files;
use super::history::History;
use super::judge::{JudgedSite, judged_site, on_site};
use super::lint::{bug, report_bug};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::solver::MakeSolver;
use crate::engine::synthesis::continuation::{Continued, complete};
use crate::engine::synthesis::drafting::Draft;
use crate::engine::synthesis::ruled_out::{Ruling, ruled_out};
use crate::engine::synthesis::synthesise::{Synthesised, synthesise_with};
use crate::engine::verification::every_order::Engine;
use crate::engine::verification::lint::{Judgement, Selection, Verdict};
use crate::model::continues::Continues;
use crate::model::read_plan;
use crate::report::summary::FileReport;
use crate::report::{human, no_plan, plan};
use crate::source::finding::{Finding, Level, nearest};
use crate::source::text::{Source, printable};
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::interval;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, solver: MakeSolver, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let engine = Engine { solver, ..Engine::default() };
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let source = match files::read(&args.site) {
        Ok(source) => source,
        Err((source, finding)) => return unusable(&source, finding, streams),
    };
    let mut judged = match judged_site(&rulebooks, &source) {
        Ok(judged) => judged,
        Err(finding) => return unusable(&source, finding, streams),
    };
    let given = match given(&judged.rulebook, &args.given) {
        Ok(given) => given,
        Err(why) => {
            writeln!(streams.err, "error: {why}")?;
            return Ok(Exit::Unusable);
        }
    };
    judged.site.durations.extend(given);
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
        Err(left) => return not_cured(&source, &judged.judgement, &left, streams),
    };
    let (found, changes) = match &args.keep {
        None => (synthesise_with(&judged.rulebook, &judged.site, &cures, engine), Vec::new()),
        Some(keep) => match kept(keep, &judged, &cures, engine) {
            Ok(found) => found,
            Err((source, findings)) => return refused(&source, &findings, streams),
        },
    };
    match found {
        Synthesised::Draft(mut draft) => {
            draft.take(&judged.site.durations);
            let writing = Writing { args, rulebooks: &rulebooks, judged: &judged, path: &path, engine };
            writing.write(&draft, &changes, streams)
        }
        Synthesised::Nothing(codes) => {
            let facts = ruled_out(&judged.rulebook, &judged.site, &cures);
            let unlocks = match unlocks(&rulebooks, &source, &facts, &path, engine) {
                Ok(unlocks) => unlocks,
                Err(text) => return report_bug(&text, streams).map(|()| Exit::Disagreement),
            };
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
        Synthesised::Disagreement(found) => report_bug(&bug(&source, &[found]), streams).map(|()| Exit::Disagreement),
    }
}

/// Says which errors of a site no action cures, by their codes and lines.
fn not_cured(source: &Source, judgement: &Judgement, left: &[String], streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    show(source, judgement, streams)?;
    let lines = |code: &String| {
        let of_code = judgement.findings.iter().filter(|finding| finding.code == *code);
        let lines: Vec<String> = of_code.map(|finding| source.line_column(finding.primary.span.start).0.to_string()).collect();
        format!("{code} (line {})", lines.join(", "))
    };
    let left: Vec<String> = left.iter().map(lines).collect();
    writeln!(streams.err, "error: no plan: no action cures {}", left.join(", "))?;
    Ok(Exit::Violated)
}

/// How many minutes actions take, by their index, as `ACTION=TIME` says; or why it says nothing.
fn given(rulebook: &Rulebook, given: &[String]) -> Result<BTreeMap<usize, (i64, i64)>, String> {
    let form = "write an action and how long it takes, `ACTION=30m`, or `ACTION=2h..3h` for at least and at most";
    let mut out = BTreeMap::new();
    for one in given {
        let shown = printable(one);
        let Some((name, time)) = one.split_once('=') else { return Err(format!("`{shown}` gives no duration; {form}")) };
        let Some(action) = rulebook.machine.action(name) else {
            let known = nearest(name, rulebook.machine.actions.iter().map(|action| action.name.as_str()));
            return Err(format!("no action is called `{}`; {known}", printable(name)));
        };
        let Some(minutes) = interval(time) else { return Err(format!("`{}` is no duration; {form}", printable(time))) };
        if out.insert(action, minutes).is_some() {
            return Err(format!("the duration of `{}` is given twice", printable(name)));
        }
    }
    Ok(out)
}

/// Values by which a plan was found that holds: for each the fact that has it instead. Or what to report of a bug of ours.
fn unlocks(
    rulebooks: &Rulebooks,
    source: &Source,
    facts: &[Ruling],
    path: &str,
    engine: Engine,
) -> Result<Vec<(usize, String)>, String> {
    let mut out = Vec::new();
    for (index, fact) in facts.iter().enumerate() {
        for value in &fact.others {
            let mut text = source.text.to_string();
            text.replace_range(fact.span.start..fact.span.end, value);
            let source = Source::new(&source.name, &text);
            if has_plan(rulebooks, &source, path, engine).map_err(|found| bug(&source, &found))? {
                out.push((index, value.clone()));
                break;
            }
        }
    }
    Ok(out)
}

/// Whether a plan is found for a site, and holds.
fn has_plan(rulebooks: &Rulebooks, source: &Source, path: &str, engine: Engine) -> Result<bool, Vec<Disagreement>> {
    let Ok(judged) = judged_site(rulebooks, source) else { return Ok(false) };
    let Ok(cures) = cures(&judged.rulebook, &judged.judgement) else { return Ok(false) };
    let draft = match synthesise_with(&judged.rulebook, &judged.site, &cures, engine) {
        Synthesised::Draft(draft) => draft,
        Synthesised::Nothing(_) | Synthesised::GaveUp => return Ok(false),
        Synthesised::Disagreement(found) => return Err(vec![found]),
    };
    let plan = Source::new("plan", &plan::yaml(&judged.rulebook, &draft, path, &judged.now, &[]));
    let Ok(root) = yaml::parse(&plan) else { return Ok(false) };
    let judgement = verified(rulebooks, &judged, &root, engine);
    if judgement.disagreements.is_empty() { Ok(judgement.verdict == Verdict::Holds) } else { Err(judgement.disagreements) }
}

/// The judgement on a plan's tree, as on a stranger's.
fn verified(rulebooks: &Rulebooks, judged: &JudgedSite<'_>, root: &Node<'_>, engine: Engine) -> Judgement {
    let selection = Selection { engine, ..Selection::default() };
    let history = History::none(&judged.rulebook, &judged.root);
    on_site(rulebooks, &judged.rulebook, &selection, root, (&judged.root, history), root.span)
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
fn kept(
    path: &Path,
    judged: &JudgedSite<'_>,
    cures: &[usize],
    engine: Engine,
) -> Result<(Synthesised, Vec<String>), (Source, Vec<Finding>)> {
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
    Ok(match complete(rulebook, &site, &plan, cures, engine) {
        Err(disagreement) => (Synthesised::Disagreement(disagreement), Vec::new()),
        Ok(Continued::With(found)) => {
            let changes = plan::changes(&found, &plan, &name);
            (Synthesised::Draft(Box::new(found.draft)), changes)
        }
        Ok(Continued::Nothing(codes)) => (Synthesised::Nothing(codes), Vec::new()),
        Ok(Continued::CannotTell(_)) => (Synthesised::GaveUp, Vec::new()),
    })
}

/// What a plan is written for, and where.
struct Writing<'a> {
    args: &'a Arguments,
    rulebooks: &'a Rulebooks,
    judged: &'a JudgedSite<'a>,
    /// The path of the site as the plan states it.
    path: &'a str,
    engine: Engine,
}

impl Writing<'_> {
    /// Verifies the plan's text, and writes it if it holds.
    fn write(&self, draft: &Draft, changes: &[String], streams: &mut Streams<'_>) -> std::io::Result<Exit> {
        let (source, text) = self.text(draft, changes);
        let judgement = match yaml::parse(&source) {
            Ok(root) => verified(self.rulebooks, self.judged, &root, self.engine),
            Err(finding) => return unusable(&source, finding, streams).map(|_| Exit::Disagreement),
        };
        let is_violated = judgement.verdict == Verdict::Violated;
        let is_timed = !self.judged.site.durations.is_empty();
        if judgement.disagreements.is_empty() && is_violated && is_timed && self.holds_untimed(draft, changes) {
            show(&source, &judgement, streams)?;
            writeln!(
                streams.err,
                "error: with these durations the plan that was found does not hold, see above; it was not written"
            )?;
            return Ok(Exit::Violated);
        }
        if !judgement.disagreements.is_empty() || is_violated {
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
        streams.document(self.args.output.as_deref(), &text)
    }

    fn text(&self, draft: &Draft, changes: &[String]) -> (Source, String) {
        let text = plan::yaml(&self.judged.rulebook, draft, self.path, &self.judged.now, changes);
        let name = self.args.output.as_deref().unwrap_or(Path::new("plan"));
        (Source::new(&name.to_string_lossy(), &text), text)
    }

    /// Whether the plan holds as long as no step says how long it takes.
    fn holds_untimed(&self, draft: &Draft, changes: &[String]) -> bool {
        let mut draft = draft.clone();
        draft.plan.steps.iter_mut().for_each(|step| step.takes = None);
        let (source, _) = self.text(&draft, changes);
        yaml::parse(&source).is_ok_and(|root| {
            let judgement = verified(self.rulebooks, self.judged, &root, self.engine);
            judgement.disagreements.is_empty() && judgement.verdict != Verdict::Violated
        })
    }
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
