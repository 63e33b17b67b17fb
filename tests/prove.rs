//! Proofs about the machine of a rulebook.

mod support;

use cutover::engine::logic::term::not;
use cutover::proof::certificate::confirms;
use cutover::proof::induction::{Outcome, no_images, prove};
use cutover::proof::item::{Assurance, Item, Tally, Verdict};
use cutover::proof::machine;
use cutover::proof::subject::Subject;
use cutover::proof::system::System;
use cutover::spec::contradiction::readings;
use cutover::spec::embedded;
use cutover::spec::rulebook::{File, Representative, Rulebook, load};
use support::{built_in, run};

fn site(name: &str) -> Representative {
    built_in().sites.iter().find(|site| site.name == name).unwrap().clone()
}

/// The subject of a site, with what must never be by that code only.
fn about(name: &str, code: &str) -> (Subject, System, usize) {
    let subject = Subject::new(built_in(), &site(name)).unwrap();
    let at = subject.rulebook.machine.hazards.iter().position(|hazard| hazard.code == code).unwrap();
    let system = subject.only(&[at]);
    (subject, system, at)
}

/// The items on the machine on one site.
fn looked_at(rulebook: &Rulebook, name: &str, deep: bool) -> Vec<Item> {
    machine::items(rulebook, &[site(name)], deep, &mut |_, _, _| {})
}

/// The one item of a kind.
fn of_kind<'i>(items: &'i [Item], kind: &str) -> &'i Item {
    items.iter().find(|item| item.kind == kind).unwrap()
}

#[test]
fn a_guard_that_is_left_out_is_missed_by_a_way_that_the_concrete_machine_goes() {
    let (subject, mut system, at) = about("full-version", "tried-twice");
    let Outcome::Never(cubes) = prove(&system, &[], &no_images, 2_000) else { panic!("not proved") };
    assert!(confirms(&system, &cubes));
    let action = subject.rulebook.machine.action("migrate").unwrap();
    let guard = &subject.rulebook.machine.actions[action].guard;
    let conjunct = guard.iter().position(|one| one.requirement.code == "double-migration").unwrap();
    for (each, step) in system.moves.iter_mut().zip(&subject.moves.steps) {
        each.guard.retain(|(of, _)| step.action != action || *of != conjunct);
    }
    assert!(!confirms(&system, &cubes), "the proof rests on that guard");
    let Outcome::Way(way) = prove(&system, &[], &no_images, 4_000) else { panic!("no way was found") };
    let wrong = subject.replayed(&way, &|a, c| (a, c) != (action, conjunct)).expect("the other guards allow it");
    assert!(wrong.contains(&at));
    assert_eq!(subject.replayed(&way, &|_, _| true), None, "that guard forbids it");
}

#[test]
fn what_is_proved_is_true_of_every_state_that_is_really_reached() {
    let subject = Subject::new(built_in(), &site("same-version")).unwrap();
    let system = &subject.system;
    let at = subject.rulebook.machine.hazards.iter().position(|hazard| hazard.code == "set-up-before-authorizations").unwrap();
    let only = subject.only(&[at]);
    let Outcome::Never(cubes) = prove(&only, &[], &no_images, 2_000) else { panic!("not proved") };
    assert!(confirms(&only, &cubes));
    let (mut state, mut seed) = (system.start.clone(), 7_usize);
    for _ in 0..2_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let open: Vec<usize> = (0..system.moves.len()).filter(|at| system.allows(&state, *at)).collect();
        state = system.next(&state, open[(seed >> 33) % open.len()]);
        assert_eq!(only.wrong(&state), None);
        assert!(cubes.iter().all(|cube| !cube.iter().all(|(hole, is)| (state[*hole] != 0) == *is)));
    }
}

#[test]
fn a_proof_of_something_else_is_not_confirmed() {
    let (_, mut system, _) = about("same-version", "set-up-before-authorizations");
    assert!(confirms(&system, &[]));
    system.bad = vec![not(system.bad[0].clone())];
    assert!(!confirms(&system, &[]));
}

#[test]
fn what_was_not_run_is_unknown_and_counts_for_no_exit_code() {
    let items = looked_at(built_in(), "in-service", false);
    let of_guards: Vec<&Item> = items.iter().filter(|item| item.kind == "conjunct").collect();
    assert!(of_guards.len() > 100);
    assert!(of_guards.iter().all(|item| (item.verdict, item.assurance) == (Verdict::Unknown, Assurance::NotRun)));
    assert_eq!(Tally::of(of_guards.iter().copied()).unknown, 0);
    let goal = items.iter().find(|item| item.kind == "goal").unwrap();
    assert_eq!((goal.verdict, &*goal.sites), (Verdict::Holds, &["in-service".to_owned()][..]));
}

#[test]
fn the_manual_is_accounted_for_and_the_table_fits() {
    let (exit, out, _) = run(&["prove", "--section", "manual"], "");
    assert_eq!(exit, 0, "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let (exit, out, _) = run(&["prove", "cms-r3v11-ha", "--section", "manual", "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, report["summary"]["refuted"].as_u64()), (0, Some(1)), "that the printed procedure fails is no news");
    let items = report["items"].as_array().unwrap();
    let of_kind = |kind: &str| items.iter().filter(|item| item["kind"] == kind).collect::<Vec<_>>();
    assert_eq!((of_kind("contradiction").len(), of_kind("gap").len()), (40, 37));
    let procedures = of_kind("procedure");
    let verdicts: Vec<(&str, &str, bool)> = procedures
        .iter()
        .map(|item| (item["subject"].as_str().unwrap(), item["verdict"].as_str().unwrap(), item["known"].as_bool().unwrap()))
        .collect();
    assert_eq!(verdicts[0], ("as-printed", "refuted", true));
    assert!(verdicts[1..].iter().all(|(_, verdict, _)| *verdict == "holds"), "{verdicts:?}");
    let defects = procedures[0]["detail"].to_string();
    for defect in ["administration-from-wrong-tape", "left-in-single-user-mode", "against MIGA-01", "DER-17"] {
        assert!(defects.contains(defect), "{defect}: {defects}");
    }
    assert_eq!(run(&["prove", "no-such-rulebook"], "").0, 2);
}

#[test]
fn every_hazard_and_every_invariant_is_proved_on_the_site_with_one_switch() {
    let (exit, out, _) = run(&["prove", "--section", "machine", "--format", "json"], "");
    assert_eq!(exit, 0, "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let of_kind = |kind: &str| -> Vec<serde_json::Value> {
        report["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).cloned().collect()
    };
    let machine = &built_in().machine;
    let unreachable = of_kind("unreachable");
    assert_eq!(unreachable.len(), machine.hazards.len() + machine.invariants.len());
    let everywhere = serde_json::json!(["full-version", "in-service", "same-version"]);
    let is_proved = |item: &serde_json::Value| item["verdict"] == "holds" && item["assurance"] == "proved";
    assert!(unreachable.iter().all(|item| is_proved(item) && item["sites"] == everywhere), "{unreachable:?}");
    let (deadlock, goal, ends) = (of_kind("deadlock"), of_kind("goal"), of_kind("dead-end"));
    assert!(deadlock.iter().chain(&goal).all(is_proved), "{deadlock:?}");
    assert!(ends.iter().all(|item| item["assurance"] == "sampled"), "that walks find no more is not a proof: {ends:?}");
    let catalogue: Vec<String> = of_kind("catalogue").iter().map(|item| item["subject"].as_str().unwrap().to_owned()).collect();
    let all: Vec<String> = (1..=36).map(|number| format!("HZ-{number:02}")).collect();
    assert_eq!(catalogue, all, "each hazard of the catalogue has a row");
}

#[test]
fn effort_that_runs_out_leaves_a_bound_within_which_no_way_leads_there() {
    let (_, system, _) = about("full-version", "tried-twice");
    let mut bounds = Vec::new();
    for questions in [0, 1, 20, 60, 200] {
        match prove(&system, &[], &no_images, questions) {
            Outcome::GaveUp(bound) => bounds.push(bound),
            Outcome::Never(_) => break,
            Outcome::Way(way) => panic!("{way:?}"),
        }
    }
    assert_eq!(bounds[0], 0, "nothing was asked");
    assert!(bounds.is_sorted(), "{bounds:?}");
}

#[test]
fn a_dead_end_that_the_rulebook_does_not_name_is_refuted_with_the_way_there() {
    let told = looked_at(built_in(), "in-service", false);
    let known = of_kind(&told, "dead-end");
    assert_eq!((known.verdict, known.assurance), (Verdict::Holds, Assurance::Sampled));
    assert!(known.detail.iter().any(|line| line.contains("power-off { server: bow }")), "{known:?}");
    let mut silent = built_in().clone();
    silent.machine.dead_ends.clear();
    let news = looked_at(&silent, "in-service", false);
    let news = of_kind(&news, "dead-end");
    assert_eq!(news.verdict, Verdict::Refuted);
    assert!(news.detail.iter().any(|line| line.starts_with("after power-off { server: bow } nothing leads to: ")), "{news:?}");
}

#[test]
fn a_machine_that_can_only_be_switched_off_has_a_deadlock_and_few_enough_states_to_be_listed() {
    let mut rulebook = built_in().clone();
    rulebook.machine.actions.retain(|action| action.name == "power-off");
    let items = looked_at(&rulebook, "in-service", false);
    let deadlock = of_kind(&items, "deadlock");
    assert_eq!((deadlock.verdict, deadlock.assurance), (Verdict::Refuted, Assurance::Proved));
    assert!(deadlock.detail[0].starts_with("after power-off { server: "), "{deadlock:?}");
    let ends = of_kind(&items, "dead-end");
    assert_eq!((ends.verdict, ends.assurance), (Verdict::Refuted, Assurance::Proved));
    assert!(ends.detail[0].starts_with("all 3 states that can be reached were listed, 2 are dead ends"), "{ends:?}");
}

#[test]
fn each_guard_is_decided_when_everything_is_looked_at() {
    let mut rulebook = built_in().clone();
    rulebook.varied.clear();
    let items = looked_at(&rulebook, "in-service", true);
    assert!(items.iter().all(|item| item.kind != "legal-site"), "nothing is varied");
    let guards: Vec<&Item> = items.iter().filter(|item| item.kind == "conjunct").collect();
    assert!(guards.iter().all(|item| (item.verdict, item.assurance) == (Verdict::Holds, Assurance::Proved)), "{guards:?}");
    let on = |subject: &str| *guards.iter().find(|item| item.subject == subject).unwrap();
    let needed = on("power-off: last-collector-stopped");
    assert_eq!(needed.claim, "without it something forbidden is reached");
    assert_eq!(needed.detail[0], "it keeps `no-server-collects` away");
    assert!(
        on("cue-upgrade: upgrade-not-prepared").claim.contains("kept because"),
        "{:?}",
        on("cue-upgrade: upgrade-not-prepared")
    );
}

#[test]
fn readings_that_name_what_is_not_there_are_errors() {
    let wrong = "contradictions:
  - { id: CON-01, statements: [DAY-05, DAY-99], says: one, reading: other, modelled: [no-such-code] }
  - { id: CON-01, statements: [DAY-05], says: one, reading: other }
gaps:
  - { id: GAP-01, statements: [], says: nothing, reading: as it is, modelled: [double-migration], not_modelled: both }
";
    let replaced = |(name, text): &File<'static>| (*name, if *name == "contradictions.yaml" { wrong } else { text });
    let files: Vec<File<'_>> = embedded::files("cms-r3v11-ha").unwrap().iter().map(replaced).collect();
    let faults = readings(&load(&files).unwrap()).unwrap_err();
    let mut codes: Vec<&str> = faults.iter().flat_map(|fault| &fault.findings).map(|finding| &*finding.code).collect();
    codes.sort_unstable();
    let expected = [
        "duplicate-reading",
        "no-contradiction",
        "reading-in-no-state",
        "reading-in-no-state",
        "unknown-name",
        "unknown-statement",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_fact_without_listed_values_cannot_be_varied() {
    let head = include_str!("../spec/cms-r3v11-ha/rulebook.yaml").replace("[servers.platform,", "[servers.id, nobody.platform,");
    let replaced =
        |(name, text): &File<'static>| (*name, if *name == "rulebook.yaml" { head.clone() } else { (*text).to_owned() });
    let files: Vec<(&str, String)> = embedded::files("cms-r3v11-ha").unwrap().iter().map(replaced).collect();
    let files: Vec<File<'_>> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let faults = load(&files).unwrap_err();
    let messages: Vec<&str> = faults.iter().flat_map(|fault| &fault.findings).map(|finding| &*finding.message).collect();
    assert_eq!(messages, ["`servers.id` cannot be varied", "`nobody.platform` cannot be varied"]);
}
