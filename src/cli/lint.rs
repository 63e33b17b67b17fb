//! `lint`: files in, a report out, an exit code.

use super::args::{Deny, Format, Lint};
use super::exit::Exit;
use super::files::{self, Input};
use super::judge::{SITE_CHANGED, judge};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::decide::{Disagreement, Question};
use crate::engine::lint::{Judgement, Selection, Verdict};
use crate::engine::z3;
use crate::report::summary::{FileReport, Report};
use crate::report::{github, human, json, junit, sarif};
use crate::source::finding::{Finding, Level, nearest};
use crate::source::text::{Source, printable};
use crate::source::yaml;
use crate::spec::rulebook::Rulebook;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// One file, linted.
struct Linted {
    report: FileReport,
    questions: Vec<Question>,
    disagreements: Vec<Disagreement>,
    rulebook: Option<Arc<Rulebook>>,
}

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Lint, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    if let Err(message) = known_codes(args, &rulebooks) {
        writeln!(streams.err, "error: {message}")?;
        return Ok(Exit::Unusable);
    }
    let selection = Selection { only: args.only.clone(), ignore: args.ignore.clone(), engine: args.engine.into() };
    let mut texts: Vec<Result<Source, (Source, Finding)>> = Vec::new();
    let mut lazily: Vec<(usize, std::path::PathBuf)> = Vec::new();
    for input in files::inputs(&args.paths) {
        match input {
            Input::File(path) => {
                lazily.push((texts.len(), path));
                texts.push(Ok(Source::new("", "")));
            }
            Input::Stdin => texts.push(files::read_stdin(streams.input)),
            Input::Unfound(unfound) => texts.push(Err((Source::new(&unfound.path.to_string_lossy(), ""), unfound.finding))),
        }
    }
    let paths: BTreeMap<usize, std::path::PathBuf> = lazily.into_iter().collect();
    let one = |(index, text): (usize, &Result<Source, (Source, Finding)>)| match paths.get(&index) {
        Some(path) => linted(&rulebooks, &selection, files::read(path)),
        None => linted(&rulebooks, &selection, text.clone()),
    };
    let mut all: Vec<Linted> = if texts.len() == 1 {
        texts.iter().enumerate().map(one).collect()
    } else {
        match rayon::ThreadPoolBuilder::new().num_threads(args.jobs).build() {
            Ok(pool) => pool.install(|| texts.par_iter().enumerate().map(one).collect()),
            Err(_) => texts.iter().enumerate().map(one).collect(),
        }
    };
    if args.deny == Some(Deny::Warnings) {
        for linted in &mut all {
            deny_warnings(&mut linted.report);
        }
    }
    if args.trace_solver {
        trace(&all, streams)?;
    }
    let exit = exit(&all);
    report_disagreements(&all, streams)?;
    let mut report = Report::default();
    for linted in all {
        if let Some(rulebook) = linted.rulebook
            && report.rulebooks.iter().all(|known| known.id != rulebook.id)
        {
            report.rulebooks.push(rulebook);
        }
        report.files.push(linted.report);
    }
    write(&report, args, exit, streams)?;
    Ok(exit)
}

fn known_codes(args: &Lint, rulebooks: &Rulebooks) -> Result<(), String> {
    let rulebook = rulebooks.only()?;
    for code in args.only.iter().chain(&args.ignore) {
        let of_plans = rulebook.machine.requirements().map(|(_, found)| found.code.as_str());
        let mut known = rulebook.rules.iter().map(|rule| rule.code.as_str()).chain(of_plans).chain(OWN_CODES);
        if known.all(|known| known != code) {
            let of_plans = rulebook.machine.requirements().map(|(_, found)| found.code.as_str());
            let known = rulebook.rules.iter().map(|rule| rule.code.as_str()).chain(of_plans).chain(OWN_CODES);
            let help = match nearest(code, known) {
                long if long.starts_with("one of") => "`cutover rules` lists them".to_owned(),
                help => help,
            };
            return Err(format!("no rule has the code `{}`; {help}", printable(code)));
        }
    }
    Ok(())
}

/// Codes of findings that no rulebook lists: about the words of a file, and about a plan as a whole.
const OWN_CODES: [&str; 21] = [
    "circular-after",
    "dangling-reference",
    "duplicate-id",
    "duplicate-key",
    "duplicate-value",
    "impossible-times",
    "missing-field",
    "no-legal-completion",
    "number-out-of-range",
    "order-left-open",
    "refused-value",
    SITE_CHANGED,
    "site-has-errors",
    "times-too-tight",
    "too-many-findings",
    "too-many-items",
    "unknown-action",
    "unknown-field",
    "unknown-value",
    "wrong-actor",
    "wrong-type",
];

fn linted(rulebooks: &Rulebooks, selection: &Selection, text: Result<Source, (Source, Finding)>) -> Linted {
    let source = match text {
        Ok(source) => source,
        Err((source, finding)) => return unusable(source, finding),
    };
    let judged = match yaml::parse(&source) {
        Ok(root) => judge(rulebooks, selection, &source, &root),
        Err(finding) => Err(finding),
    };
    match judged {
        Ok((rulebook, judgement)) => {
            let Judgement { findings, undecided, due_later, questions, disagreements, verdict, .. } = judgement;
            let report = FileReport { source, findings, undecided, due_later, verdict, unusable: false };
            Linted { report, questions, disagreements, rulebook: Some(rulebook) }
        }
        Err(finding) => unusable(source, finding),
    }
}

fn unusable(source: Source, finding: Finding) -> Linted {
    let findings = vec![finding];
    let report = FileReport {
        source,
        findings,
        undecided: Vec::new(),
        due_later: Vec::new(),
        verdict: Verdict::CannotTell,
        unusable: true,
    };
    Linted { report, questions: Vec::new(), disagreements: Vec::new(), rulebook: None }
}

fn deny_warnings(report: &mut FileReport) {
    for finding in &mut report.findings {
        if finding.level == Level::Warning {
            finding.level = Level::Error;
            report.verdict = Verdict::Violated;
        }
    }
    for rule in &mut report.undecided {
        if rule.level == Level::Warning {
            rule.level = Level::Error;
            report.verdict = report.verdict.max(Verdict::CannotTell);
        }
    }
}

fn exit(all: &[Linted]) -> Exit {
    let one = |linted: &Linted| match linted.report.verdict {
        _ if !linted.disagreements.is_empty() => Exit::Disagreement,
        _ if linted.report.unusable => Exit::Unusable,
        Verdict::Violated => Exit::Violated,
        Verdict::CannotTell => Exit::CannotTell,
        Verdict::Holds => Exit::Holds,
    };
    let rank = |exit: &Exit| match exit {
        Exit::Holds => 0,
        Exit::CannotTell => 1,
        Exit::Violated => 2,
        Exit::Unusable => 3,
        Exit::Disagreement => 4,
    };
    all.iter().map(one).max_by_key(rank).unwrap_or(Exit::Holds)
}

fn trace(all: &[Linted], streams: &mut Streams<'_>) -> std::io::Result<()> {
    for linted in all {
        let name = printable(&linted.report.source.name);
        if linted.questions.is_empty() {
            writeln!(streams.err, "{name}: the facts decide every rule; the solver was not started")?;
        } else {
            writeln!(streams.err, "{name}: {} questions to {}", linted.questions.len(), z3::version())?;
        }
        for question in &linted.questions {
            writeln!(streams.err, "  {}: {} {}", question.code, question.asked, question.answer)?;
        }
    }
    Ok(())
}

/// Says where the two meanings disagree, and writes the input to a file to report.
fn report_disagreements(all: &[Linted], streams: &mut Streams<'_>) -> std::io::Result<()> {
    for linted in all.iter().filter(|linted| !linted.disagreements.is_empty()) {
        let mut text =
            format!("cutover {} with {}\nfile: {}\n", env!("CARGO_PKG_VERSION"), z3::version(), linted.report.source.name);
        for found in &linted.disagreements {
            let _ =
                writeln!(text, "rule {}: the terms say {}, the evaluator says {}", found.code, found.symbolic, found.concrete);
        }
        let _ = write!(text, "\n{}", linted.report.source.text);
        writeln!(streams.err, "cutover: the two meanings of a rule disagree; this is our bug, and no answer can be trusted")?;
        match files::bundle(&text) {
            Ok(path) => writeln!(streams.err, "cutover: please report it with {}", path.display())?,
            Err(error) => {
                writeln!(streams.err, "cutover: the report could not be written ({error}); it is:\n{}", printable(&text))?;
            }
        }
    }
    Ok(())
}

fn write(report: &Report, args: &Lint, exit: Exit, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let text = match args.format {
        Format::Human => {
            let mut text = String::new();
            human::write(report, streams.look(args.color), &mut text).map_err(std::io::Error::other)?;
            text
        }
        Format::Json => json::write(report).map_err(std::io::Error::other)?,
        Format::Sarif => sarif::write(report, exit.code()).map_err(std::io::Error::other)?,
        Format::Github => {
            let mut text = String::new();
            github::write(report, &mut text).map_err(std::io::Error::other)?;
            text
        }
        Format::Junit => junit::write(report).map_err(std::io::Error::other)?,
    };
    streams.out.write_all(text.as_bytes())
}
