//! Proofs about the machine of a rulebook.

mod support;

use cutover::engine::term::not;
use cutover::proof::certificate::confirms;
use cutover::proof::induction::{Outcome, no_images, prove};
use cutover::proof::item::{Assurance, Item, Tally, Verdict};
use cutover::proof::machine;
use cutover::proof::subject::Subject;
use cutover::proof::system::System;
use cutover::spec::rulebook::Representative;
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
    let items = machine::items(built_in(), &[site("same-version")], false);
    let of_guards: Vec<&Item> = items.iter().filter(|item| item.kind == "conjunct").collect();
    assert!(of_guards.len() > 100);
    assert!(of_guards.iter().all(|item| (item.verdict, item.assurance) == (Verdict::Unknown, Assurance::NotRun)));
    assert_eq!(Tally::of(of_guards.iter().copied()).unknown, 0);
    let goal = items.iter().find(|item| item.kind == "goal").unwrap();
    assert_eq!((goal.verdict, &*goal.sites), (Verdict::Holds, &["same-version".to_owned()][..]));
}

#[test]
fn the_manual_is_accounted_for_and_the_table_fits() {
    let (exit, out, _) = run(&["prove", "--section", "manual"], "");
    assert_eq!(exit, 0, "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let (exit, out, _) = run(&["prove", "cms-r3v11-ha", "--section", "manual", "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, report["summary"]["refuted"].as_u64()), (0, Some(0)));
    assert_eq!(run(&["prove", "no-such-rulebook"], "").0, 2);
}

#[test]
fn every_hazard_and_every_invariant_is_proved_on_the_site_with_one_switch() {
    let (exit, out, _) = run(&["prove", "--section", "machine", "--format", "json"], "");
    assert_eq!(exit, 0, "{out}");
    let (exit, out, _) = run(
        &["prove", "--section", "machine", "--site", "spec/cms-r3v11-ha/sites/full-version.site.yaml", "--format", "json"],
        "",
    );
    assert_eq!(exit, 0, "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let of_kind = |kind: &str| -> Vec<serde_json::Value> {
        report["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).cloned().collect()
    };
    let machine = &built_in().machine;
    let unreachable = of_kind("unreachable");
    assert_eq!(unreachable.len(), machine.hazards.len() + machine.invariants.len());
    assert!(unreachable.iter().all(|item| item["verdict"] == "holds" && item["assurance"] == "proved"), "{unreachable:?}");
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
