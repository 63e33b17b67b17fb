//! Every single-step mutation of the corrected procedure: both engines find what plain replay finds, and what is still
//! found to hold has a reason. So do neighbours that may be done in any order. The slow part of it, the solver on
//! every mutant and eight neighbours at every place, is for `CUTOVER_MUTANTS=all`.

#[path = "mutants/mutate.rs"]
mod mutate;
#[path = "mutants/replay.rs"]
mod replay;
mod support;

use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::FALSE;
use cutover::engine::verification::every_order::{Choice, Engine};
use cutover::engine::verification::verify::verify;
use cutover::engine::verification::walk::{Cause, Problem, Walk};
use cutover::model::plan::Plan;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::model::{read_plan, read_site};
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::types::Value;
use mutate::{Kind, Mutant, Text, field, mutants};
use rayon::prelude::*;
use replay::{Replay, Wrong};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use support::built_in;

const PROCEDURES: &str = "spec/cms-r3v11-ha/procedures";

/// The solver judges one mutant in so many.
const SOLVED_EACH: usize = 8;

/// Whether nothing is left out.
fn all() -> bool {
    std::env::var("CUTOVER_MUTANTS").is_ok_and(|word| word == "all")
}

fn corrected() -> Text {
    Text::read(&fs::read_to_string(format!("{PROCEDURES}/corrected.plan.yaml")).unwrap())
}

/// The site of the corrected procedure, as read.
fn site() -> Site {
    let source = Source::new("site", &fs::read_to_string(format!("{PROCEDURES}/conversion.site.yaml")).unwrap());
    let root = yaml::parse(&source).unwrap();
    let (site, findings) = read_site::read(&built_in().vocabulary, &root);
    assert!(findings.is_empty());
    site
}

/// What the tool finds in a plan.
fn by_tool(text: &Text, choice: Choice) -> Wrong {
    let source = Source::new("plan", &text.write());
    let root = yaml::parse(&source).unwrap();
    let judgement = verify(built_in(), site(), &root, Engine { choice, ..Engine::default() });
    assert!(judgement.disagreements.is_empty());
    let place = |line: usize| (line - text.line(None)).checked_sub(1);
    let found = judgement
        .findings
        .iter()
        .map(|finding| (finding.code.to_string(), place(source.line_column(finding.primary.span.start).0)));
    found.chain(judgement.undecided.iter().map(|open| (format!("?{}", open.code), None))).collect()
}

/// A plan, read, and what it takes to replay it.
struct Read {
    site: Site,
    plan: Plan,
    layout: Layout,
    filled: Vec<i64>,
}

impl Read {
    fn new(text: &str) -> Self {
        let source = Source::new("plan", text);
        let root = yaml::parse(&source).unwrap();
        let mut site = site();
        let (plan, findings) = read_plan::read(&built_in().vocabulary, &built_in().machine, &mut site, &root);
        assert!(findings.is_empty(), "{findings:?}\n{text}");
        let layout = Layout::new(&built_in().vocabulary, &site);
        let filled = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
        Self { site, plan, layout, filled }
    }

    fn replay(&self) -> Replay<'_> {
        Replay { site: &self.site, plan: &self.plan, layout: &self.layout, filled: &self.filled }
    }
}

/// Why some mutants are harmless.
#[derive(Deserialize)]
struct Harmless {
    /// The reason, as a sentence.
    because: String,
    /// What the machine itself shows of it.
    shown_by: Option<Shown>,
    /// The mutants; none where `shown_by` says which.
    #[serde(default)]
    mutants: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
enum Shown {
    /// The manual gives the step to this role as well.
    ActorAllowed,
    /// The two steps lead to the same state in either order.
    SameState,
}

/// Whether the machine shows what is claimed of a mutant.
fn shown(claim: Shown, original: &Text, mutant: &Mutant) -> bool {
    match (claim, mutant.kind) {
        (Shown::ActorAllowed, Kind::Actor(at)) => {
            let read = Read::new(&mutant.text.write());
            let step = &read.plan.steps[at];
            let action = &built_in().machine.actions[step.action];
            step.by.is_some_and(|(by, _)| action.by.contains(&by))
        }
        (Shown::SameState, Kind::Swap(at)) => {
            let (one, other) = (Read::new(&original.write()), Read::new(&mutant.text.write()));
            one.replay().after(at + 2) == other.replay().after(at + 2)
        }
        _ => false,
    }
}

fn reasons() -> Vec<Harmless> {
    serde_yaml::from_str(&fs::read_to_string("tests/mutants/harmless.yaml").unwrap()).unwrap()
}

/// The reason why a mutant that holds is harmless.
fn reason<'r>(reasons: &'r [Harmless], original: &Text, mutant: &Mutant) -> Result<&'r str, String> {
    for harmless in reasons {
        let named = harmless.mutants.contains(&mutant.name);
        if harmless.mutants.is_empty() && harmless.shown_by.is_some_and(|claim| shown(claim, original, mutant)) {
            return Ok(&harmless.because);
        }
        if named && harmless.shown_by.is_none_or(|claim| shown(claim, original, mutant)) {
            return Ok(&harmless.because);
        }
        if named {
            return Err(format!("`{}` is not harmless because: {}", mutant.name, harmless.because));
        }
    }
    Err(format!("`{}` holds, and nobody has said why that is harmless", mutant.name))
}

#[test]
fn the_text_that_is_mutated_is_the_corrected_procedure() {
    let plan = corrected();
    assert!(by_tool(&plan, Choice::Walk).is_empty());
    assert!(Read::new(&plan.write()).replay().all().is_empty());
    assert_eq!(
        plan.steps.len(),
        Read::new(&fs::read_to_string(format!("{PROCEDURES}/corrected.plan.yaml")).unwrap()).plan.steps.len()
    );
}

#[test]
fn walking_finds_in_each_mutant_what_plain_replay_finds_and_what_holds_has_a_reason() {
    let original = corrected();
    let every = mutants(&original);
    assert!(every.len() >= 500, "only {} mutants", every.len());
    let reasons = reasons();
    let found: Vec<(&Mutant, Wrong)> = every
        .par_iter()
        .enumerate()
        .map(|(number, mutant)| {
            let wrong = by_tool(&mutant.text, Choice::Walk);
            if all() || number % SOLVED_EACH == 0 {
                assert_eq!(by_tool(&mutant.text, Choice::Solver), wrong, "{}: the two engines differ", mutant.name);
            }
            assert_eq!(wrong, Read::new(&mutant.text.write()).replay().all(), "{}", mutant.name);
            (mutant, wrong)
        })
        .collect();
    let silent: Vec<&Mutant> = found.iter().filter(|(_, wrong)| wrong.is_empty()).map(|(mutant, _)| *mutant).collect();
    let mut because: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for mutant in silent {
        match reason(&reasons, &original, mutant) {
            Ok(reason) => because.entry(reason).or_default().push(&mutant.name),
            Err(why) => unexplained.push(why),
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let names: BTreeSet<&str> = every.iter().map(|mutant| mutant.name.as_str()).collect();
    assert_eq!(names.len(), every.len(), "two mutants share a name");
    for name in reasons.iter().flat_map(|harmless| &harmless.mutants) {
        assert!(names.contains(name.as_str()), "harmless.yaml names `{name}`, which is no mutant");
    }
    let holding: BTreeSet<&str> = because.values().flatten().copied().collect();
    for name in reasons.iter().flat_map(|harmless| &harmless.mutants) {
        assert!(holding.contains(name.as_str()), "harmless.yaml names `{name}`, which is flagged");
    }
    record(&report(&found, &because));
}

/// The report: how many mutants of each kind there are and how many are flagged, and those that hold by cause.
fn report(found: &[(&Mutant, Wrong)], because: &BTreeMap<&str, Vec<&str>>) -> String {
    let word = |kind: Kind| match kind {
        Kind::Drop => "one step left out",
        Kind::Swap(_) => "two neighbours swapped",
        Kind::Argument => "an argument changed",
        Kind::Actor(_) => "another actor",
        Kind::Time => "another time",
    };
    let mut out = format!("{} mutants of the corrected procedure\n\n", found.len());
    for name in ["one step left out", "two neighbours swapped", "an argument changed", "another actor", "another time"] {
        let of_kind: Vec<&Wrong> = found.iter().filter(|(mutant, _)| word(mutant.kind) == name).map(|(_, wrong)| wrong).collect();
        let silent = of_kind.iter().filter(|wrong| wrong.is_empty()).count();
        let _ = writeln!(out, "{:4} {name}: {} flagged, {silent} hold", of_kind.len(), of_kind.len() - silent);
    }
    let _ = writeln!(out, "\nThose that hold, and why that is harmless:");
    for (reason, names) in because {
        let _ = writeln!(out, "\n{reason}");
        names.iter().for_each(|name| {
            let _ = writeln!(out, "  {name}");
        });
    }
    let _ = writeln!(out, "\nThose that are flagged, and with what:\n");
    for (mutant, wrong) in found.iter().filter(|(_, wrong)| !wrong.is_empty()) {
        let codes: BTreeSet<&str> = wrong.iter().map(|(code, _)| code.as_str()).collect();
        let _ = writeln!(out, "  {}: {}", mutant.name, codes.into_iter().collect::<Vec<_>>().join(" "));
    }
    out
}

fn record(text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../snapshots/mutants"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("corrected", text));
}

/// The corrected plan with some neighbours in any order: each after what was before them, and the rest after all of them.
fn freed(plan: &Text, from: usize, width: usize) -> Text {
    let mut out = plan.clone();
    let id = |step: usize| field(&plan.steps[step], "id").unwrap().to_owned();
    let before = if from == 0 { "[]".to_owned() } else { format!("[{}]", id(from - 1)) };
    for step in from..from + width {
        out.steps[step].push(("after".to_owned(), before.clone()));
    }
    if let Some(next) = out.steps.get_mut(from + width) {
        let ids: Vec<String> = (from..from + width).map(id).collect();
        next.push(("after".to_owned(), format!("[{}]", ids.join(", "))));
    }
    out
}

/// What is wrong in any order of the free steps, by going through all of them. After the last of them only the state
/// matters, so what follows the same state is replayed once.
fn enumerated(read: &Read, from: usize, width: usize) -> BTreeSet<String> {
    fn go(replay: &Replay<'_>, left: &[usize], values: &Vec<Value>, ends: &mut Vec<Vec<Value>>, out: &mut Wrong) {
        for (n, &step) in left.iter().enumerate() {
            let mut others = left.to_vec();
            others.remove(n);
            // A hazard is told once in each order, so each step has notes of its own.
            let mut wrong = Wrong::new();
            let after = replay.act(values, step, &mut wrong);
            out.append(&mut wrong);
            go(replay, &others, &after, ends, out);
        }
        if left.is_empty() && !ends.contains(values) {
            ends.push(values.clone());
        }
    }
    let replay = read.replay();
    let (mut out, mut ends) = (Wrong::new(), Vec::new());
    go(&replay, &(from..from + width).collect::<Vec<_>>(), &replay.after(from), &mut ends, &mut out);
    for end in ends {
        let mut wrong = Wrong::new();
        let rest = from + width..replay.plan.steps.len();
        let last = rest.fold(end, |values, step| replay.act(&values, step, &mut wrong));
        replay.goals(&last, &mut wrong);
        out.append(&mut wrong);
    }
    let place = |code: &str, step: Option<usize>| step.filter(|_| is_guard(code)).unwrap_or(usize::MAX);
    out.into_iter().map(|(code, step)| format!("{code} {}", place(&code, step))).collect()
}

fn is_guard(code: &str) -> bool {
    built_in().machine.actions.iter().any(|action| action.guard.iter().any(|guard| guard.requirement.code == code))
}

#[test]
fn walking_neighbours_in_any_order_finds_what_enumerating_their_orders_finds() {
    let width = if all() { 8 } else { 5 };
    let plan = corrected();
    let places: Vec<usize> = (0..=plan.steps.len() - width).filter(|place| all() || place % 4 == 0).collect();
    let failing: usize = places
        .par_iter()
        .map(|&place| {
            let read = Read::new(&freed(&plan, place, width).write());
            let base = Symbolic { vocabulary: &built_in().vocabulary, site: &read.site, state: None };
            let walk = Walk { rulebook: built_in(), base, layout: &read.layout, plan: &read.plan };
            let seen = |choice: Choice| -> BTreeSet<String> {
                let found = |problem: &Problem| {
                    assert_eq!(problem.instance.holds, FALSE, "nothing is unknown here");
                    let step = if let Cause::Guard { step, .. } = problem.cause { step } else { usize::MAX };
                    format!("{} {step}", walk.requirement(problem.cause).code)
                };
                Engine { choice, ..Engine::default() }.look(&walk).unwrap().problems.iter().map(found).collect()
            };
            let by_walk = seen(Choice::Walk);
            assert_eq!(seen(Choice::Solver), by_walk, "the two engines differ on {width} free steps from place {place}");
            assert_eq!(by_walk, enumerated(&read, place, width), "{width} free steps from place {place}");
            usize::from(!by_walk.is_empty())
        })
        .sum();
    assert!(failing > 5, "only {failing} of {} places fail in some order", places.len());
}
