//! `lint`: files in, a report out, an exit code.

use super::args::{Deny, Format, Lint};
use super::exit::Exit;
use super::files::{self, Input};
use super::judge::{SITE_CHANGED, judge};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::logic::decide::{Disagreement, Question};
use crate::engine::logic::solver::MakeSolver;
use crate::engine::logic::z3;
use crate::engine::verification::every_order::Engine;
use crate::engine::verification::lint::{Judgement, Selection, Verdict};
use crate::model::read_plan::site_path;
use crate::report::summary::{FileReport, Run, Writer};
use crate::report::{github, human, json, junit, sarif};
use crate::source::finding::{Finding, Level, nearest};
use crate::source::text::{Source, printable};
use crate::source::yaml;
use crate::spec::rulebook::Rulebook;
use rayon::prelude::*;
use std::fmt::Write as _;
use std::mem::ManuallyDrop;
use std::sync::Arc;

/// Files that are checked before what was found is written: enough to keep all threads at work, few enough to remember.
const FILES_AT_ONCE: usize = 512;

/// One file, linted.
struct Linted<Part> {
    part: Part,
    exit: Exit,
    name: Arc<str>,
    questions: Vec<Question>,
    /// What to report of the two meanings' disagreement, if there is any.
    bug: Option<String>,
    rulebook: Option<Arc<Rulebook>>,
}

/// Runs the command; `solver` makes what answers where facts and orders leave something open.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Lint, solver: MakeSolver, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    // The first look into a rulebook unpacks it; folders are listed meanwhile.
    let (known, inputs) = std::thread::scope(|scope| {
        let listing = scope.spawn(|| files::inputs(&args.paths));
        let known = known_codes(args, &rulebooks);
        (known, listing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    if let Err(message) = known {
        writeln!(streams.err, "error: {message}")?;
        return Ok(Exit::Unusable);
    }
    let stdin = inputs.iter().any(|input| matches!(input, Input::Stdin)).then(|| files::read_stdin(streams.input));
    let engine = Engine { choice: args.engine.into(), solver };
    let selection = Selection { only: args.only.clone(), ignore: args.ignore.clone(), engine };
    // The program ends after this: a rulebook of many small pieces is not taken apart first.
    let linting = ManuallyDrop::new(Linting { args, rulebooks, selection, inputs, stdin });
    match args.format {
        Format::Human => linting.run(human::Writer::new(streams.look(args.color)), streams),
        Format::Json => linting.run(json::Writer::default(), streams),
        Format::Sarif => linting.run(sarif::Writer::default(), streams),
        Format::Github => linting.run(github::Writer, streams),
        Format::Junit => linting.run(junit::Writer::default(), streams),
    }
}

/// Everything that is needed to lint the files, and the files.
struct Linting<'a> {
    args: &'a Lint,
    rulebooks: Rulebooks,
    selection: Selection,
    inputs: Vec<Input>,
    stdin: Option<Result<Source, (Source, Finding)>>,
}

impl Linting<'_> {
    /// Checks so many files at a time, in parallel, and writes what was found in their order.
    fn run<W: Writer>(&self, mut writer: W, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
        // One file is not worth starting threads for.
        let several = self.inputs.len() > 1;
        let pool = several.then(|| rayon::ThreadPoolBuilder::new().num_threads(self.args.jobs).build().ok()).flatten();
        let (mut exit, mut rulebooks) = (Exit::Holds, Vec::<Arc<Rulebook>>::new());
        for inputs in self.inputs.chunks(FILES_AT_ONCE) {
            let one = |input: &Input| self.one(input, &writer);
            let all: std::io::Result<Vec<Linted<W::Part>>> = match &pool {
                Some(pool) => pool.install(|| inputs.par_iter().map(one).collect()),
                None => inputs.iter().map(one).collect(),
            };
            for linted in all? {
                if self.args.trace_solver {
                    trace(&linted.name, &linted.questions, streams)?;
                }
                if let Some(text) = &linted.bug {
                    report_bug(text, streams)?;
                }
                if let Some(rulebook) = linted.rulebook
                    && rulebooks.iter().all(|known| known.id != rulebook.id)
                {
                    rulebooks.push(rulebook);
                }
                exit = worse(exit, linted.exit);
                writer.add(linted.part, streams.out)?;
            }
        }
        writer.end(Run { rulebooks, exit_code: exit.code() }, streams.out)?;
        Ok(exit)
    }

    fn one<W: Writer>(&self, input: &Input, writer: &W) -> std::io::Result<Linted<W::Part>> {
        let text = match input {
            Input::File(path) => files::read(path),
            Input::Stdin => self.stdin.clone().unwrap_or_else(|| Ok(Source::new("<stdin>", ""))),
            Input::Unfound(unfound) => Err((Source::new(&unfound.path.to_string_lossy(), ""), unfound.finding.clone())),
        };
        let mut found = found(&self.rulebooks, &self.selection, text);
        if self.args.deny == Some(Deny::Warnings) {
            deny_warnings(&mut found.report);
        }
        let bug = (!found.disagreements.is_empty()).then(|| bug(&found.report.source, &found.disagreements));
        let exit = if bug.is_some() { Exit::Disagreement } else { exit(&found.report) };
        let name = Arc::clone(&found.report.source.name);
        let part = writer.part(found.report)?;
        Ok(Linted { part, exit, name, questions: found.questions, bug, rulebook: found.rulebook })
    }
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

/// What was found in one file.
struct Found {
    report: FileReport,
    questions: Vec<Question>,
    disagreements: Vec<Disagreement>,
    rulebook: Option<Arc<Rulebook>>,
}

fn found(rulebooks: &Rulebooks, selection: &Selection, text: Result<Source, (Source, Finding)>) -> Found {
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
            let Judgement { findings, undecided, due_later, outages, questions, disagreements, verdict, .. } = judgement;
            let report = FileReport { source, findings, undecided, due_later, outages, verdict, unusable: false };
            Found { report, questions, disagreements, rulebook: Some(rulebook) }
        }
        Err(finding) => unusable(source, finding),
    }
}

fn unusable(source: Source, finding: Finding) -> Found {
    let findings = vec![finding];
    let report = FileReport {
        source,
        findings,
        undecided: Vec::new(),
        due_later: Vec::new(),
        outages: Vec::new(),
        verdict: Verdict::CannotTell,
        unusable: true,
    };
    Found { report, questions: Vec::new(), disagreements: Vec::new(), rulebook: None }
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

fn exit(report: &FileReport) -> Exit {
    match report.verdict {
        _ if report.unusable => Exit::Unusable,
        Verdict::Violated => Exit::Violated,
        Verdict::CannotTell => Exit::CannotTell,
        Verdict::Holds => Exit::Holds,
    }
}

/// The exit code that counts for both.
fn worse(a: Exit, b: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Holds => 0,
        Exit::CannotTell => 1,
        Exit::Violated => 2,
        Exit::Unusable => 3,
        Exit::Disagreement => 4,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn trace(name: &str, questions: &[Question], streams: &mut Streams<'_>) -> std::io::Result<()> {
    let name = printable(name);
    if questions.is_empty() {
        return writeln!(streams.err, "{name}: the facts decide every rule; the solver was not started");
    }
    writeln!(streams.err, "{name}: {} questions to {}", questions.len(), z3::version())?;
    for question in questions {
        writeln!(streams.err, "  {}: {} {}", question.code, question.asked, question.answer)?;
    }
    Ok(())
}

/// Where the two meanings disagree, with the input: the file, and for a plan its site.
#[must_use]
pub fn bug(source: &Source, disagreements: &[Disagreement]) -> String {
    let mut text = format!("cutover {} with {}\nfile: {}\n", env!("CARGO_PKG_VERSION"), z3::version(), source.name);
    for found in disagreements {
        let _ = writeln!(text, "rule {}: the terms say {}, the evaluator says {}", found.code, found.symbolic, found.concrete);
    }
    let _ = write!(text, "\n{}", source.text);
    let root = yaml::parse(source).ok();
    let site = root.as_ref().and_then(site_path).and_then(|(path, _)| files::read_beside(&source.name, path).ok());
    if let Some(site) = site {
        let _ = write!(text, "\nfile: {}\n\n{}", site.name, site.text);
    }
    text
}

/// Says that the two meanings disagree, and writes the input to a file to report.
///
/// # Errors
/// What the streams say.
pub fn report_bug(text: &str, streams: &mut Streams<'_>) -> std::io::Result<()> {
    writeln!(streams.err, "cutover: the two meanings of a rule disagree; this is our bug, and no answer can be trusted")?;
    match files::bundle(text) {
        Ok(path) => writeln!(streams.err, "cutover: please report it with {}", path.display()),
        Err(error) => {
            writeln!(streams.err, "cutover: the report could not be written ({error}); it is:\n{}", printable(text))
        }
    }
}
