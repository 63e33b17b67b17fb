//! Plans in every order they allow: the walk against plain enumeration on a small machine, and what a person sees.

mod support;

use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::FALSE;
use cutover::engine::verification::every_order::Engine;
use cutover::engine::verification::verify::verify;
use cutover::engine::verification::walk::{Cause, Walk};
use cutover::model::eval::Completion;
use cutover::model::plan::Plan;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::model::{read_plan, step};
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::{Rulebook, load};
use std::collections::BTreeSet;
use support::cellar::{SITE, cellar, files, random_plan, site_of};

/// Codes and lines of what is found in a plan with these steps, which begin on line 1.
fn judged(site: &str, steps: &[&str]) -> Vec<(String, usize)> {
    let rulebook = cellar();
    let source =
        Source::new("plan", &format!("steps:\n{}", steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect::<String>()));
    let judgement = verify(&rulebook, site_of(&rulebook, site), &yaml::parse(&source).unwrap(), Engine::default());
    assert!(judgement.disagreements.is_empty());
    let found = judgement.findings.iter().map(|f| (f.code.to_string(), source.line_column(f.primary.span.start).0 - 1));
    found.chain(judgement.undecided.iter().map(|open| (format!("?{}", open.code), 0))).collect()
}

fn found(list: &[(&str, usize)]) -> Vec<(String, usize)> {
    list.iter().map(|(code, line)| ((*code).to_owned(), *line)).collect()
}

#[test]
fn a_sound_plan_holds() {
    let steps = [
        "id: s, do: start, pump: a",
        "id: e, do: stop, pump: a",
        "id: f, do: fill, bucket: x, water: clean",
        "id: p, do: prime, pump: b, bucket: x",
        "id: t, do: start, pump: b",
        "id: u, do: stop",
    ];
    assert_eq!(judged(SITE, &steps), found(&[]));
}

#[test]
fn guards_hazards_and_goals_are_flagged_on_the_step_they_are_about() {
    assert_eq!(judged(SITE, &["id: s, do: start, pump: b", "id: e, do: stop"]), found(&[("not-primed", 1)]));
    assert_eq!(judged(SITE, &["id: s, do: start, pump: a"]), found(&[("left-running", 0)]));
    let dirty = [
        "id: f, do: fill, bucket: x, water: dirty",
        "id: p, do: prime, pump: b, bucket: x",
        "id: s, do: start, pump: a",
        "id: e, do: stop",
    ];
    assert_eq!(judged(SITE, &dirty), found(&[("dirty-water", 2)]));
    let both = [
        "id: s, do: start, pump: a",
        "id: f, do: fill, bucket: x, water: clean",
        "id: p, do: prime, pump: b, bucket: x",
        "id: t, do: start, pump: b",
        "id: u, do: stop",
    ];
    assert_eq!(judged(SITE, &both), found(&[("two-run", 4)]));
}

#[test]
fn a_fact_that_the_site_does_not_state_cannot_be_told() {
    let open = SITE.replace(", strong: false", "");
    assert_eq!(judged(&open, &["id: s, do: start, pump: b", "id: e, do: stop"]), found(&[("?not-primed", 0)]));
}

#[test]
fn a_plan_that_fails_in_some_order_is_told_with_the_edge_that_mends_it() {
    let steps = [
        "id: s, do: start, pump: a, after: []",
        "id: e, do: stop, pump: a, after: [s]",
        "id: t, do: start, pump: a, after: []",
        "id: u, do: stop, after: [t, e]",
    ];
    assert_eq!(judged(SITE, &steps), found(&[("order-left-open", 0), ("runs-already", 1), ("runs-already", 3)]));
    let mended = [
        "id: s, do: start, pump: a, after: []",
        "id: e, do: stop, pump: a, after: [s]",
        "id: t, do: start, pump: a, after: [e]",
        "id: u, do: stop, after: [t, e]",
    ];
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

/// The cellar's rulebook, its action `start` with one line more above its effects; the faults of a rulebook that has some.
fn with_guard(line: &str) -> Result<Rulebook, String> {
    let more = |text: &str| text.replacen("effects:\n", &format!("{line}\neffects:\n"), 1);
    let files: Vec<(&str, String)> = files()
        .into_iter()
        .map(|(name, text)| (name, if name == "actions/start.yaml" { more(text) } else { text.to_owned() }))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    load(&files).map_err(|faults| format!("{faults:#?}"))
}

const REST: &str = "message: m, help: h, why: w, page: \"1\", statements: [P-1] }";

#[test]
fn who_does_a_step_and_days_that_differ_are_asked_where_the_plan_states_them() {
    let told = |guard: &str, plan: &str| {
        let rulebook = with_guard(&format!("  - {{ code: asked, level: error, {guard}, {REST}")).unwrap();
        let source = Source::new("plan", plan);
        let judgement = verify(&rulebook, site_of(&rulebook, SITE), &yaml::parse(&source).unwrap(), Engine::default());
        let found = judgement.findings.iter().filter(|finding| finding.code == "asked").count();
        (found, judgement.undecided.iter().filter(|open| open.code == "asked").count())
    };
    let start = |by: &str| format!("steps:\n  - {{ id: s, do: start, pump: a{by} }}\n");
    assert_eq!(told("by: [owner]", &start(", by: plumber")), (1, 0));
    assert_eq!(told("by: [owner, plumber]", &start(", by: plumber")), (0, 0));
    assert_eq!(told("by: [owner]", &start("")), (0, 0));
    assert_eq!(told("by: [owner], where: pump.id != pump.id", &start(", by: plumber")), (0, 0));
    let days = |moments: &str| format!("{moments}{}", start(""));
    let same = "same_day: [cut_off, starts]";
    assert_eq!(told(same, &days("starts: 2002-10-22T00:00\ncut_off: 2002-10-21T23:59\n")), (1, 0));
    assert_eq!(told(same, &days("starts: 2002-10-22T00:00\ncut_off: 2002-10-22T23:59\n")), (0, 0));
    assert_eq!(told(same, &days("cut_off: 2002-10-21T23:59\n")), (0, 0));
}

#[test]
fn a_guard_that_asks_what_it_cannot_be_told_is_refused() {
    let guard = |text: &str| format!("  - {{ code: x, level: error, {text}, {REST}");
    for (line, wrong) in [
        (guard("by: [owner], where: running(pump)"), "this is judged without a state, and its condition asks for one"),
        (guard("by: [ghost]"), "`ghost` is no actor"),
        (guard("same_day: [noon]"), "a plan states no moment `noon`"),
        (guard("window: { since: stop, at_most: 2h }, where: pump.strong"), "a window or a moment has no `where`"),
        ("expect:\n  - { each: p in pumps, text: \"a\\nb\" }".to_owned(), "one line, where there is `each`"),
    ] {
        let faults = with_guard(&line).map(|_| ()).unwrap_err();
        assert!(faults.contains(wrong), "{line}: {faults}");
    }
    assert!(with_guard("expect:\n  - { each: p in pumps, text: \"{p.id}: on\" }").is_ok());
}

#[test]
fn stated_times_that_leave_an_earlier_step_no_time_are_flagged() {
    let timed = |start: &str| {
        let stop = format!("id: e, do: stop, pump: a, at: 2002-10-21T{start}");
        judged(SITE, &["id: s, do: start, pump: a, at: 2002-10-21T08:00, takes: 1h..2h", &stop])
    };
    assert_eq!(timed("08:59"), found(&[("impossible-times", 2)]));
    assert_eq!(timed("09:00"), found(&[("times-too-tight", 2)]));
    assert_eq!(timed("10:00"), found(&[]));
    // Steps that no edge orders may overlap.
    let apart = [
        "id: f, do: fill, bucket: x, water: clean, at: 2002-10-21T09:00, after: []",
        "id: s, do: start, pump: a, at: 2002-10-21T08:00, after: []",
        "id: e, do: stop, after: [s]",
    ];
    assert_eq!(judged(SITE, &apart), found(&[]));
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
        let nothing = Completion { vocabulary: &rulebook.vocabulary, site, filled: &[], state: None, watch: None };
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

#[test]
fn walking_finds_exactly_what_enumerating_every_order_finds() {
    let rulebook = cellar();
    let (mut failing, mut holding) = (0, 0);
    for seed in 0..400 {
        let text = random_plan(seed);
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
        let by_walk: BTreeSet<(Cause, String)> =
            walked.problems.iter().map(|p| (p.cause, walk.requirement(p.cause).code.clone())).collect();
        assert_eq!(by_walk, enumerated(&rulebook, &site, &plan, &layout), "seed {seed}:\n{text}");
        if by_walk.is_empty() { holding += 1 } else { failing += 1 }
    }
    assert!(failing > 50 && holding > 5, "{failing} failing and {holding} holding plans say too little");
}
