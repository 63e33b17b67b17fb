//! `cutover certify` and `check-cert`: every plan that holds has a certificate or the reason why it has none, and no plan
//! that does not hold can have one, whoever writes it.

#[path = "mutants/mutate.rs"]
#[allow(dead_code, reason = "what kind of mutant it is matters elsewhere")]
mod mutate;
mod support;

use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::verification::certify::certify;
use cutover::engine::verification::walk::Walk;
use cutover::model::certificate::{About, Certificate, Slice, VERSION, confirm};
use cutover::model::read_plan;
use cutover::model::site::Site;
use cutover::model::slice::Slicing;
use cutover::model::state::Layout;
use cutover::source::finding::Level;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::Rulebook;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::cellar::{SITE, cellar, random_plan, site_of};
use support::gates::{chains, gates, random_plan as random_gates, site};
use support::{built_in, run};

const PROCEDURES: &str = "spec/cms-r3v11-ha/procedures";

/// One mutant in so many is certified; `CUTOVER_MUTANTS=all` takes all.
const MUTANTS_EACH: usize = 7;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn plans() -> Vec<String> {
    let folders = ["examples/hazards", "examples/four-switches", "examples/failed-migration", PROCEDURES];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut out: Vec<String> = files.map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect();
    out.retain(|path| path.ends_with(".plan.yaml"));
    out.sort();
    out
}

/// What becomes of a plan when it is ready to be looked at.
fn ready<T>(rulebook: &Rulebook, mut site: Site, text: &str, judge: impl FnOnce(&Slicing<'_>, &Walk<'_>) -> T) -> T {
    let source = Source::new("plan", text);
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let slicing = Slicing::new(rulebook, &site, &layout, &plan).unwrap();
    judge(&slicing, &Walk { rulebook, base, layout: &layout, plan: &plan })
}

fn about() -> About {
    let word = String::new;
    About { rulebook: word(), rulebook_digest: word(), plan: word(), plan_digest: word(), site_digest: word() }
}

fn certificate(slices: Vec<Slice>) -> Certificate {
    Certificate { certificate: VERSION, cutover: String::new(), about: about(), slices }
}

/// Whether the walk finds no error in any order.
fn holds(walk: &Walk<'_>) -> bool {
    let walked = walk.walk();
    assert!(!walked.gave_up);
    walked.problems.iter().all(|problem| walk.requirement(problem.cause).level != Level::Error)
}

#[test]
fn every_example_that_holds_has_a_certificate_that_is_confirmed_and_no_other_has_one() {
    let folder = folder("examples");
    let file = folder.join("plan.cert.json");
    let file = file.to_str().unwrap();
    let mut holding = 0;
    for plan in plans() {
        let (lint, ..) = run(&["lint", &plan], "");
        let (exit, out, err) = run(&["certify", &plan, "-o", file], "");
        assert_eq!((exit, out.as_str()), (lint, ""), "{plan}: {err}");
        if exit == 0 {
            holding += 1;
            let (exit, out, err) = run(&["check-cert", file, "--plan", &plan], "");
            assert_eq!((exit, err.as_str()), (0, ""), "{plan}: {out}");
            assert!(out.starts_with("confirmed: in every order that "), "{out}");
        }
    }
    assert!(holding >= 9, "only {holding} plans hold");
}

#[test]
fn a_certificate_is_refused_for_another_plan_another_site_or_another_rulebook() {
    let folder = folder("other");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for name in ["corrected.plan.yaml", "conversion.site.yaml"] {
        fs::copy(format!("{PROCEDURES}/{name}"), path(name)).unwrap();
    }
    let certificate = path("corrected.cert.json");
    assert_eq!(run(&["certify", &path("corrected.plan.yaml"), "-o", &certificate], "").0, 0);
    let check = |expected: &str, code: u8| {
        let (exit, out, err) = run(&["check-cert", &certificate], "");
        assert_eq!(exit, code, "{out}{err}");
        assert!(format!("{out}{err}").contains(expected), "{out}{err}");
    };
    check("confirmed", 0);
    for (name, what) in [("corrected.plan.yaml", "the plan"), ("conversion.site.yaml", "the site")] {
        let text = fs::read_to_string(path(name)).unwrap();
        fs::write(path(name), text.clone() + "# one more line\n").unwrap();
        check(&format!("refuted: {what} is not the one that it was made for"), 1);
        fs::write(path(name), text).unwrap();
    }
    let text = fs::read_to_string(&certificate).unwrap();
    let digest = text.split("\"rulebook_digest\": \"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(&certificate, text.replace(digest, "0123456789abcdef")).unwrap();
    check("refuted: the rulebook is not the one that it was made for", 1);
    fs::write(&certificate, text.replace("\"certificate\": 1", "\"certificate\": 2")).unwrap();
    check("refuted: it has version 2 of the format", 1);
    fs::write(&certificate, text.replace("\"corrected.plan.yaml\"", "\"../corrected.plan.yaml\"")).unwrap();
    check("leads out of the folder", 2);
    fs::write(&certificate, &text[..text.len() / 2]).unwrap();
    check("is no certificate", 2);
    fs::write(&certificate, text).unwrap();
    fs::remove_file(path("corrected.plan.yaml")).unwrap();
    check("error", 2);
}

#[test]
fn a_certificate_in_which_anything_is_left_out_or_changed_is_refused() {
    let rulebook = built_in();
    let site = site_of(rulebook, &fs::read_to_string(format!("{PROCEDURES}/conversion.site.yaml")).unwrap());
    let text = fs::read_to_string(format!("{PROCEDURES}/corrected-parallel.plan.yaml")).unwrap();
    ready(rulebook, site, &text, |slicing, _| {
        let slices = certify(slicing).unwrap();
        assert!(confirm(&certificate(slices.clone()), &about(), slicing).is_ok());
        let refused = |changed: Vec<Slice>, what: &str| {
            let answer = confirm(&certificate(changed), &about(), slicing);
            assert!(answer.as_ref().is_err_and(|why| why.contains(what)), "{answer:?}, not {what}");
        };
        let (mut spare, mut all) = (0, 0);
        for number in 0..slices.len() {
            let changed = |change: &dyn Fn(&mut Slice)| {
                let mut slices = slices.clone();
                change(&mut slices[number]);
                slices
            };
            let mut fewer = slices.clone();
            fewer.remove(number);
            refused(fewer, "no slice decides");
            refused(changed(&|slice| slice.states += 1), "states, and not");
            refused(changed(&|slice| slice.variables.push("moon".to_owned())), "no variable is called `moon`");
            refused(changed(&|slice| slice.decides[0].code.push('x')), "is not owed");
            for decided in 0..slices[number].decides.len() {
                refused(changed(&|slice| drop(slice.decides.remove(decided))), "no slice decides");
            }
            for variable in 0..slices[number].variables.len() {
                // One that was read on the way to the slice, and is not needed in it, can go: then it is confirmed without it.
                let without = changed(&|slice| drop(slice.variables.remove(variable)));
                match confirm(&certificate(without), &about(), slicing) {
                    Ok(_) => spare += 1,
                    Err(why) => assert!(why.contains("depends on") || why.contains("states, and not"), "{why}"),
                }
                all += 1;
            }
        }
        assert!(all > 100 && spare * 20 < all, "{spare} of {all} variables can be left out");
        assert!(confirm(&certificate(Vec::new()), &about(), slicing).is_err());
    });
}

/// Of the mutants of the corrected procedure, exactly those hold whose certificate can be made; the certificate of the
/// procedure itself, with whatever digests, is refused for each mutant that does not.
#[test]
fn of_mutants_exactly_those_that_hold_can_be_certified() {
    let rulebook = built_in();
    let site = || site_of(rulebook, &fs::read_to_string(format!("{PROCEDURES}/conversion.site.yaml")).unwrap());
    let text = fs::read_to_string(format!("{PROCEDURES}/corrected.plan.yaml")).unwrap();
    let own = ready(rulebook, site(), &text, |slicing, _| certify(slicing).unwrap());
    let every = mutate::mutants(&mutate::Text::read(&text));
    assert!(every.len() >= 500, "only {} mutants", every.len());
    let step = if std::env::var("CUTOVER_MUTANTS").is_ok_and(|word| word == "all") { 1 } else { MUTANTS_EACH };
    // Who does a step is no part of a certificate.
    let every = every.iter().filter(|mutant| !matches!(mutant.kind, mutate::Kind::Actor(_)));
    let every: Vec<_> = every.step_by(step).collect();
    let bad = every.par_iter().filter(|mutant| {
        ready(rulebook, site(), &mutant.text.write(), |slicing, walk| {
            let holds = holds(walk);
            let found = certify(slicing);
            assert_eq!(found.is_ok(), holds, "{}: {found:?}", mutant.name);
            match found {
                Ok(slices) => assert!(confirm(&certificate(slices), &about(), slicing).is_ok(), "{}", mutant.name),
                Err(_) => assert!(confirm(&certificate(own.clone()), &about(), slicing).is_err(), "{}", mutant.name),
            }
            !holds
        })
    });
    assert!(bad.count() * 3 > every.len());
}

#[test]
fn random_plans_on_sites_with_missing_facts_are_certified_where_the_walk_says_that_they_hold() {
    let open = SITE.replace(", strong: false", "").replace(", strong: true", "");
    let (lit, dark) = (site(2), site(2).replace("lit: true", "lit: false"));
    let unknown = lit.replace("lit: true\n", "").replace(", oiled: false", "");
    let (cellar, gates) = (cellar(), gates());
    let (mut certified, mut refused) = (0, 0);
    for seed in 0..300 {
        for (rulebook, text, plan) in [
            (&cellar, SITE, random_plan(seed)),
            (&cellar, &open, random_plan(seed)),
            (&gates, &lit, random_gates(seed)),
            (&gates, &dark, random_gates(seed)),
            (&gates, &unknown, random_gates(seed)),
        ] {
            ready(rulebook, site_of(rulebook, text), &plan, |slicing, walk| match (certify(slicing), holds(walk)) {
                (Ok(slices), true) => {
                    certified += 1;
                    assert!(confirm(&certificate(slices), &about(), slicing).is_ok());
                }
                (Err(_), false) => refused += 1,
                (found, holds) => panic!("seed {seed}: {found:?}, and the walk says {holds}:\n{text}{plan}"),
            });
        }
    }
    assert!(certified > 50 && refused > 500, "{certified} certified and {refused} refused: that says too little");
}

/// A plan with these steps.
fn text(steps: &[String]) -> String {
    format!("steps:\n{}", steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect::<String>())
}

#[test]
fn a_plan_that_is_too_wide_to_walk_is_certified_slice_by_slice_or_the_reason_is_said() {
    let rulebook = gates();
    let oils = (1..16).map(|gate| format!("id: oil{gate}, do: oil, gate: g{gate}, after: []"));
    let steps: Vec<String> = chains(1, 4).into_iter().chain(oils).collect();
    ready(&rulebook, site_of(&rulebook, &site(16)), &text(&steps), |slicing, walk| {
        assert!(walk.walk().gave_up, "not wide: the walk can tell");
        let slices = certify(slicing).unwrap();
        let states: usize = slices.iter().map(|slice| slice.states).sum();
        assert!(states < 1_000, "{states} states");
        assert!(confirm(&certificate(slices), &about(), slicing).is_ok());
    });
    // All gates bear on the goal that none is left open, so that its slice is as wide as the plan.
    ready(&rulebook, site_of(&rulebook, &site(14)), &text(&chains(14, 4)), |slicing, _| {
        let why = certify(slicing).unwrap_err();
        assert!(why.contains("lead to more than") && why.starts_with("the goal `"), "{why}");
    });
}

/// The modules that a file uses, as `layer/file`.
fn uses(file: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("src/{file}.rs")).unwrap();
    let own = file.split('/').next().unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    for (start, prefix) in code.match_indices("super::").chain(code.match_indices("crate::")) {
        let path = &code[start + prefix.len()..];
        let (layer, rest) = if prefix == "super::" { (own, path) } else { path.split_once("::").unwrap() };
        let names = rest.strip_prefix('{').map_or(rest, |inner| inner.split('}').next().unwrap());
        let all = if rest.starts_with('{') { names.split(',').collect() } else { vec![names] };
        let word = |name: &str| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        out.extend(all.into_iter().map(|name| format!("{layer}/{}", word(name))));
    }
    out
}

#[test]
fn the_check_of_a_certificate_rests_on_no_file_of_the_engine() {
    // Laid out by `report`, and named by `args` and `streams`: none of them has a part in the answer.
    let outside = |file: &str| file.starts_with("report/") || ["cli/args", "cli/streams"].contains(&file);
    let (mut found, mut left) = (BTreeSet::new(), vec!["cli/check_certificate".to_owned()]);
    while let Some(file) = left.pop() {
        if !outside(&file) && Path::new(&format!("src/{file}.rs")).exists() && found.insert(file.clone()) {
            left.extend(uses(&file));
        }
    }
    for needed in ["model/certificate", "model/slice", "model/step", "model/eval", "spec/rulebook", "cli/trees"] {
        assert!(found.contains(needed), "`{needed}` was not found in {found:?}");
    }
    let engine: Vec<&String> = found.iter().filter(|file| file.starts_with("engine/")).collect();
    assert!(engine.is_empty(), "{engine:?}");
}
