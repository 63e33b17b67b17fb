//! Plans in every order they allow: the walk against plain enumeration on a small machine, and what a person sees.

mod support;

use cutover::engine::symbolic::Symbolic;
use cutover::engine::term::FALSE;
use cutover::engine::verify::verify;
use cutover::engine::walk::{Cause, Walk};
use cutover::model::eval::Completion;
use cutover::model::plan::Plan;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::model::{read_plan, read_site, step};
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::{File, Rulebook, load};
use std::collections::BTreeSet;

const HEAD: &str = "id: cellar\nversion: 1.0.0\ntitle: A cellar\nmanual: { title: P, number: \"1\", issue: \"1\", date: 2002-10 }\nsite: site\nfinished: \"true\"\n";
const NOUNS: &str = "\
enumerations:
  actor: { doc: Who., values: { plumber: {}, owner: {} } }
  water: { doc: What flows., values: { clean: {}, dirty: {} } }
records:
  site:
    doc: A cellar.
    fields:
      pumps: { type: list of pump, at_most: 3, required: true, doc: Its pumps. }
      buckets: { type: list of bucket, at_most: 8, plan: true, doc: Buckets that the plan names. }
  pump:
    doc: A pump.
    fields:
      id: { type: text, key: true, required: true, doc: Its name. }
      strong: { type: boolean, doc: Whether it is strong. }
  bucket: { doc: A bucket., fields: { id: { type: text, key: true, required: true, doc: Its name. } } }
";
const MACHINE: &str = "\
state:
  running: { doc: Whether it runs., of: { p: pump }, type: boolean, start: \"false\" }
  primed: { doc: Whether it is primed., of: { p: pump }, type: boolean, start: p.strong }
  inside: { doc: What is in the bucket., of: { b: bucket }, type: set of water, start: \"[]\" }
  runs: { doc: How often any pump was started., type: 0..3, start: \"0\" }
definitions:
  someone_runs: { is: \"exists(p in pumps, running(p))\" }
";
const START: &str = "\
does: Start a pump.
by: [plumber]
parameters: { pump: { type: pump, doc: The pump. } }
guard:
  - { code: not-primed, level: error, must: primed(pump), at: pump, message: \"pump `{pump.id}` is not primed\", help: prime it, why: It runs dry., page: \"1\", statements: [P-1] }
  - { code: runs-already, level: error, must: not running(pump), message: it runs already, help: leave it, why: It does., page: \"1\", statements: [P-1] }
effects:
  - { set: running(pump), to: \"true\" }
  - { set: runs, to: \"if(runs == 3, 3, runs + 1)\" }
procedure: Turn the key.
page: \"1\"
statements: [P-1]
";
const STOP: &str = "\
does: Stop pumps.
parameters: { pump: { type: pump, absent: all, doc: The pumps. } }
effects:
  - { each: p in pump, set: running(p), to: \"false\" }
procedure: Turn the key back.
page: \"1\"
statements: [P-1]
";
const PRIME: &str = "\
does: Prime a pump from a bucket.
parameters: { pump: { type: pump, doc: The pump. }, bucket: { type: bucket, doc: The bucket. } }
guard:
  - { code: dirty-water, level: error, must: dirty not in inside(bucket), at: bucket, message: \"`{bucket.id}` holds dirty water\", help: take another, why: It clogs., page: \"1\", statements: [P-1] }
effects:
  - { set: primed(pump), to: \"true\" }
  - { set: inside(bucket), to: \"inside(bucket) - [clean]\" }
procedure: Pour.
page: \"1\"
statements: [P-1]
";
const FILL: &str = "\
does: Fill a bucket.
parameters: { bucket: { type: bucket, doc: The bucket. }, water: { type: water, doc: With what. } }
effects:
  - { set: inside(bucket), to: \"if(water == clean, inside(bucket) + [clean], inside(bucket) + [dirty])\" }
procedure: Fill.
page: \"1\"
statements: [P-1]
";
const HAZARD: &str = "\
claim: Two pumps never run together.
level: error
each: a, b in pumps
never: running(a) and running(b)
message: \"`{a.id}` and `{b.id}` run together\"
help: stop one of them first
why: The pipe bursts.
page: \"1\"
statements: [P-1]
";
const GOALS: &str = "\
- { code: left-running, level: error, must: not someone_runs, message: a pump is left running, help: stop it, why: It wears., page: \"1\", statements: [P-1] }
- { code: never-ran, level: warning, must: runs > 0, message: no pump ever ran, help: start one, why: Then why come., page: \"1\", statements: [P-1] }
";

fn cellar() -> Rulebook {
    let files: Vec<File<'_>> = vec![
        ("rulebook.yaml", HEAD),
        ("vocabulary.yaml", NOUNS),
        ("machine.yaml", MACHINE),
        ("actions/start.yaml", START),
        ("actions/stop.yaml", STOP),
        ("actions/prime.yaml", PRIME),
        ("actions/fill.yaml", FILL),
        ("hazards/two-run.yaml", HAZARD),
        ("goals.yaml", GOALS),
    ];
    load(&files).map_err(|faults| format!("{faults:#?}")).unwrap()
}

const SITE: &str = "rulebook: cellar\nkind: site\npumps: [{ id: a, strong: true }, { id: b, strong: false }]\n";

fn site_of(rulebook: &Rulebook, text: &str) -> Site {
    let source = Source::new("site", text);
    let (site, findings) = read_site::read(&rulebook.vocabulary, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    site
}

/// Codes and lines of what is found in a plan with these steps, which begin on line 1.
fn judged(site: &str, steps: &[&str]) -> Vec<(String, usize)> {
    let rulebook = cellar();
    let source = Source::new("plan", &format!("steps:\n{}", steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect::<String>()));
    let judgement = verify(&rulebook, site_of(&rulebook, site), &yaml::parse(&source).unwrap());
    assert!(judgement.disagreements.is_empty());
    let found = judgement.findings.iter().map(|f| (f.code.to_string(), source.line_column(f.primary.span.start).0 - 1));
    found.chain(judgement.undecided.iter().map(|open| (format!("?{}", open.code), 0))).collect()
}

fn found(list: &[(&str, usize)]) -> Vec<(String, usize)> {
    list.iter().map(|(code, line)| ((*code).to_owned(), *line)).collect()
}

#[test]
fn a_sound_plan_holds() {
    let steps = ["id: s, do: start, pump: a", "id: e, do: stop, pump: a", "id: f, do: fill, bucket: x, water: clean", "id: p, do: prime, pump: b, bucket: x", "id: t, do: start, pump: b", "id: u, do: stop"];
    assert_eq!(judged(SITE, &steps), found(&[]));
}

#[test]
fn guards_hazards_and_goals_are_flagged_on_the_step_they_are_about() {
    assert_eq!(judged(SITE, &["id: s, do: start, pump: b", "id: e, do: stop"]), found(&[("not-primed", 1)]));
    assert_eq!(judged(SITE, &["id: s, do: start, pump: a"]), found(&[("left-running", 0)]));
    let dirty = ["id: f, do: fill, bucket: x, water: dirty", "id: p, do: prime, pump: b, bucket: x", "id: s, do: start, pump: a", "id: e, do: stop"];
    assert_eq!(judged(SITE, &dirty), found(&[("dirty-water", 2)]));
    let both = ["id: s, do: start, pump: a", "id: f, do: fill, bucket: x, water: clean", "id: p, do: prime, pump: b, bucket: x", "id: t, do: start, pump: b", "id: u, do: stop"];
    assert_eq!(judged(SITE, &both), found(&[("two-run", 4)]));
}

#[test]
fn a_fact_that_the_site_does_not_state_cannot_be_told() {
    let open = SITE.replace(", strong: false", "");
    assert_eq!(judged(&open, &["id: s, do: start, pump: b", "id: e, do: stop"]), found(&[("?not-primed", 0)]));
}

#[test]
fn a_plan_that_fails_in_some_order_is_told_with_the_edge_that_mends_it() {
    let steps = ["id: s, do: start, pump: a, after: []", "id: e, do: stop, pump: a, after: [s]", "id: t, do: start, pump: a, after: []", "id: u, do: stop, after: [t, e]"];
    assert_eq!(judged(SITE, &steps), found(&[("order-left-open", 0), ("runs-already", 1), ("runs-already", 3)]));
    let mended = ["id: s, do: start, pump: a, after: []", "id: e, do: stop, pump: a, after: [s]", "id: t, do: start, pump: a, after: [e]", "id: u, do: stop, after: [t, e]"];
    assert_eq!(judged(SITE, &mended), found(&[]));
}

#[test]
fn slips_in_a_plan_are_findings_of_their_own() {
    let codes = |steps: &[&str]| judged(SITE, steps).into_iter().map(|(code, _)| code).collect::<Vec<_>>().join(" ");
    assert_eq!(codes(&["id: s, do: strat, pump: a"]), "unknown-action");
    assert_eq!(codes(&["id: s, do: start"]), "missing-field");
    assert_eq!(codes(&["id: s, do: start, pump: c"]), "dangling-reference");
    assert_eq!(codes(&["id: s, do: start, pump: a, after: [x]"]), "dangling-reference");
    assert_eq!(codes(&["id: s, do: stop, after: [e]", "id: e, do: stop, after: [s]"]), "circular-after");
    assert_eq!(codes(&["id: s, do: stop", "id: s, do: stop"]), "duplicate-id");
    assert_eq!(codes(&["id: s, do: fill, bucket: x, water: wet"]), "unknown-value");
    assert_eq!(codes(&["id: s, do: stop, at: tomorrow"]), "wrong-type");
    assert_eq!(codes(&["id: s, do: stop, takes: 3h..2h"]), "wrong-type");
    assert_eq!(codes(&["id: s, do: start, pump: a, by: owner", "id: e, do: stop"]), "wrong-actor");
}

/// All orders of a plan, each step after its predecessors.
fn orders(plan: &Plan) -> Vec<Vec<usize>> {
    fn extend(before: &[Vec<usize>], done: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
        if done.len() == before.len() {
            out.push(done.clone());
            return;
        }
        for step in 0..before.len() {
            if !done.contains(&step) && before[step].iter().all(|b| done.contains(b)) {
                done.push(step);
                extend(before, done, out);
                done.pop();
            }
        }
    }
    let mut out = Vec::new();
    extend(&plan.predecessors().unwrap(), &mut Vec::new(), &mut out);
    out
}

/// What goes wrong in any order, by the concrete meaning and nothing else.
fn enumerated(rulebook: &Rulebook, site: &Site, plan: &Plan, layout: &Layout) -> BTreeSet<(Cause, String)> {
    let mut out = BTreeSet::new();
    let machine = &rulebook.machine;
    for order in orders(plan) {
        let nothing = Completion { vocabulary: &rulebook.vocabulary, site, filled: &[], state: None };
        let mut values = step::start(&nothing, layout);
        for &index in &order {
            let here = Completion { state: Some((layout, &values)), ..nothing };
            let action = &machine.actions[plan.steps[index].action];
            for (conjunct, guard) in action.guard.iter().enumerate() {
                if !step::satisfied(&here, &guard.requirement, &step::arguments(&plan.steps[index]), false) {
                    out.insert((Cause::Guard { step: index, conjunct }, guard.requirement.code.clone()));
                }
            }
            let next = step::apply(&here, action, &plan.steps[index]);
            values = next;
            let here = Completion { state: Some((layout, &values)), ..nothing };
            for (number, hazard) in machine.hazards.iter().enumerate() {
                if !step::satisfied(&here, hazard, &[], true) {
                    out.insert((Cause::Hazard(number), hazard.code.clone()));
                }
            }
        }
        let here = Completion { state: Some((layout, &values)), ..nothing };
        for (number, goal) in machine.goals.iter().enumerate() {
            if !step::satisfied(&here, goal, &[], false) {
                out.insert((Cause::Goal(number), goal.code.clone()));
            }
        }
    }
    out
}

/// A reproducible stream of small numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

#[test]
fn walking_finds_exactly_what_enumerating_every_order_finds() {
    let rulebook = cellar();
    let (mut failing, mut holding) = (0, 0);
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let count = 2 + dice.below(5);
        let mut text = String::from("steps:\n");
        for index in 0..count {
            let (pump, bucket) = (["a", "b"][dice.below(2)], ["x", "y"][dice.below(2)]);
            let what = match dice.below(5) {
                0 => format!("do: start, pump: {pump}"),
                1 => format!("do: stop, pump: {pump}"),
                2 => "do: stop".to_owned(),
                3 => format!("do: prime, pump: {pump}, bucket: {bucket}"),
                _ => format!("do: fill, bucket: {bucket}, water: {}", ["clean", "dirty"][dice.below(2)]),
            };
            let after: Vec<String> = (0..index).filter(|_| dice.below(3) == 0).map(|before| format!("s{before}")).collect();
            text.push_str(&format!("  - {{ id: s{index}, {what}, after: [{}] }}\n", after.join(", ")));
        }
        let source = Source::new("plan", &text);
        let root = yaml::parse(&source).unwrap();
        let mut site = site_of(&rulebook, SITE);
        let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &root);
        assert!(findings.is_empty(), "seed {seed}: {findings:?}");
        let layout = Layout::new(&rulebook.vocabulary, &site);
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
        let walk = Walk { rulebook: &rulebook, base, layout: &layout, plan: &plan };
        let walked = walk.walk();
        assert!(walked.problems.iter().all(|problem| problem.instance.holds == FALSE), "seed {seed}: nothing is unknown here");
        let by_walk: BTreeSet<(Cause, String)> = walked.problems.iter().map(|p| (p.cause, walk.requirement(p.cause).code.clone())).collect();
        assert_eq!(by_walk, enumerated(&rulebook, &site, &plan, &layout), "seed {seed}:\n{text}");
        if by_walk.is_empty() { holding += 1 } else { failing += 1 }
    }
    assert!(failing > 50 && holding > 5, "{failing} failing and {holding} holding plans say too little");
}
