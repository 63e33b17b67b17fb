//! `cutover plan`: for every site that the manual supports a plan is found, it holds by both engines, and it is the same
//! plan every time; where there is none, it says why.

mod support;

use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use support::{built_in, run};

const TEMPLATE: &str = "spec/cms-r3v11-ha/procedures/conversion.site.yaml";

/// How long the steps of the gap take, as a site states it.
const DURATIONS: &str = "durations: { busy-out: 5m, readminister-switch: 10m..20m, release: 5m, start-collection: 10m }\n";

/// All pairs × ACDs × switches × drives, not only one case of each pair.
fn all() -> bool {
    std::env::var("CUTOVER_SYNTHESIS").is_ok_and(|wanted| wanted == "all")
}

/// The supported pairs of platforms, the original server's first.
fn pairs() -> Vec<(String, String)> {
    let vocabulary = &built_in().vocabulary;
    let relation = vocabulary.relations.iter().find(|relation| relation.name == "supported-pair").unwrap();
    let name = |column: usize, value: usize| vocabulary.enumerations[relation.columns[column]].values[value].name.clone();
    let mut out: Vec<_> = relation.rows.iter().map(|row| (name(1, row[1]), name(0, row[0]))).collect();
    out.sort();
    out.dedup();
    out
}

/// The drives of the original and of the new server that are legal for a pair: the same model on both, a model that gives way to
/// a DDS-4, and what the rulebook's tables of required checks name.
fn drives(original: &str, new: &str) -> Vec<(String, String)> {
    let vocabulary = &built_in().vocabulary;
    let enumeration = |name: &str| vocabulary.enumerations.iter().find(|one| one.name == name).unwrap();
    let models = || enumeration("tape-drive").values.iter().map(|value| value.name.clone());
    let mut out: Vec<(String, String)> = models().map(|model| (model.clone(), model)).collect();
    out.extend(models().map(|model| (model, "dds-4".to_owned())));
    for relation in vocabulary.relations.iter().filter(|relation| relation.name.ends_with("-check-required")) {
        let name =
            |row: &[usize], column: usize| vocabulary.enumerations[relation.columns[column]].values[row[column]].name.clone();
        let rows = relation.rows.iter().filter(|row| name(row, 0) == original && name(row, 2) == new);
        out.extend(rows.map(|row| (name(row, 1), name(row, 3))));
    }
    out.sort();
    out.dedup();
    out
}

/// The conversion of such a pair, with so many ACDs on each of so many switches.
fn site(original: &str, new: &str, acds: usize, switches: usize) -> String {
    let drive = if original == "enterprise-3000" { "14-gb" } else { "slr5" };
    site_with(original, new, (drive, "dds-4"), acds, switches)
}

/// The same with the drives of both servers.
fn site_with(original: &str, new: &str, drives: (&str, &str), acds: usize, switches: usize) -> String {
    let text = fs::read_to_string(TEMPLATE).unwrap();
    let platform = |name: &str| format!("platform: {name}{}\n", if name == "ultra-5" { "\n    series: 3" } else { "" });
    let text = text.replace("platform: sun-blade-100\n", "platform: NEW\n");
    let text = text.replace("platform: ultra-5\n    series: 3\n", &platform(original)).replace("platform: NEW\n", &platform(new));
    let text = text.replace("tape_drives: [dds-4]", &format!("tape_drives: [{}] ", drives.1));
    let text = text.replace("tape_drives: [slr5]", &format!("tape_drives: [{}]", drives.0));
    let (start, rest) = text.split_once("switches:\n").unwrap();
    let (switch, end) = rest.split_once("custom_features").unwrap();
    let mut out = format!("{start}switches:\n");
    for number in 1..=switches {
        let names: Vec<String> = (1..=acds).map(|acd| format!("acd{number}{acd}")).collect();
        let acds = format!("acds: [{}]", names.join(", "));
        out += &switch.replace("id: sw1", &format!("id: sw{number}")).replace("acds: [acd1, acd2]", &acds);
    }
    format!("{out}custom_features{end}")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn planned(path: &Path) -> (u8, String, String) {
    run(&["plan", path.to_str().unwrap()], "")
}

#[test]
fn every_supported_pair_gets_a_plan_that_both_engines_find_to_hold_and_whose_gap_is_proved_to_be_the_shortest() {
    let folder = folder("synthesis");
    let mut cases = Vec::new();
    for (index, (original, new)) in pairs().into_iter().enumerate() {
        let drives = drives(&original, &new);
        assert!(drives.len() >= 7, "{original} and {new}: {drives:?}");
        for (number, drives) in drives.into_iter().enumerate() {
            for (size, (acds, switches)) in [(1, 1), (1, 2), (2, 1), (2, 2), (8, 1), (8, 2)].into_iter().enumerate() {
                // One case of each pair shows every size and every kind of drives somewhere.
                if all() || (number, size) == (index % 7, index % 6) {
                    cases.push((original.clone(), new.clone(), drives.clone(), acds, switches));
                }
            }
        }
    }
    assert!(cases.len() >= 10, "the manual supports ten pairs");
    cases.par_iter().for_each(|(original, new, drives, acds, switches)| {
        let name = format!("{original}-{}-{new}-{}-{acds}-{switches}", drives.0, drives.1);
        let path = folder.join(format!("{name}.site.yaml"));
        let text = site_with(original, new, (&drives.0, &drives.1), *acds, *switches);
        fs::write(&path, format!("{text}{DURATIONS}")).unwrap();
        let (exit, plan, err) = planned(&path);
        assert_eq!(exit, 0, "{name}: {err}");
        // With one switch of the minutes, however much is done side by side; with two of the steps, one after the other.
        let optimal = "optimal among all plans with at most 7 tape sets";
        let proved = match switches {
            1 => format!("at most 40 min ({optimal}): 4 steps, "),
            _ => format!("at most 40 min (not proved to be the least): 4 steps ({optimal}), "),
        };
        assert!(
            plan.contains(&format!("\n# Data-collection gap: {proved}")),
            "{name}: the gap is not proved to be the shortest\n{plan}"
        );
        assert!(!plan.contains("# Advised against"), "{name}: the manual's own procedure does without\n{plan}");
        let has = |word: &str| plan.contains(word);
        assert_eq!(has("do: replace-drive"), drives.0 != drives.1, "{name}: drives are replaced where they differ\n{plan}");
        let plan_path = folder.join(format!("{name}.plan.yaml"));
        fs::write(&plan_path, &plan).unwrap();
        for engine in ["walk", "solver"] {
            let (_, out, _) = run(&["lint", "--engine", engine, "--format", "json", plan_path.to_str().unwrap()], "");
            let report: serde_json::Value = serde_json::from_str(&out).unwrap();
            let verdict = report["verdicts"].as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
            // A plan can be too wide to be walked, never wrong.
            let accepted: &[&str] = if engine == "walk" { &["holds", "cannot-tell"] } else { &["holds"] };
            assert!(accepted.contains(&verdict.as_str()), "{name} by {engine}: {verdict}\n{out}");
            assert_eq!(report["findings"], serde_json::json!([]), "{name} by {engine}");
        }
    });
}

#[test]
fn a_plan_has_only_steps_that_the_site_needs_and_is_the_same_every_time() {
    let folder = folder("synthesis-needed");
    let path = folder.join("denver.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 2, 1)).unwrap();
    let (exit, plan, err) = planned(&path);
    assert_eq!(exit, 0, "{err}");
    assert_eq!(planned(&path).1, plan, "the same site gave another plan");
    for needed in ["do: replace-drive", "do: verify-drive", "do: contact-pso", "do: print-log", "do: transfer-non-cms"] {
        assert!(plan.contains(needed), "{needed} is missing:\n{plan}");
    }
    for idle in ["do: upgrade-switch", "do: make-alternate-boot-device", "do: admin-change"] {
        assert!(!plan.contains(idle), "{idle} is not needed:\n{plan}");
    }
    // Both servers with the same drive, and nothing made for this customer: less has to be done.
    let simple = site("ultra-5", "sun-blade-100", 2, 1)
        .replace("tape_drives: [slr5]", "tape_drives: [dds-4]")
        .replace("custom_features: [custom reports]", "custom_features: []")
        .replace("custom_tables: true", "custom_tables: false");
    fs::write(&path, simple).unwrap();
    let (exit, plan, err) = planned(&path);
    assert_eq!(exit, 0, "{err}");
    for idle in ["do: replace-drive", "do: verify-drive", "do: transfer-non-cms"] {
        assert!(!plan.contains(idle), "{idle} is not needed:\n{plan}");
    }
}

#[test]
fn nobody_collects_only_from_the_busy_out_to_the_start_of_collection() {
    let folder = folder("synthesis-gap");
    let path = folder.join("denver.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1)).unwrap();
    let (_, plan, _) = planned(&path);
    let gap = plan.lines().find(|line| line.starts_with("# Data-collection gap")).unwrap();
    let words = "4 steps (optimal among all plans with at most 7 tape sets), busy-out, readminister-switch, release";
    assert!(gap.contains(words), "{gap}");
    assert!(gap.contains("start-collection-new"), "{gap}");
    assert!(gap.contains("cannot tell in minutes"), "{gap}");
}

#[test]
fn durations_that_are_given_stand_on_the_steps_and_lint_says_the_minutes_of_the_header() {
    let folder = folder("synthesis-given");
    let path = folder.join("denver.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1)).unwrap();
    let given = ["full-backup=2h..3h", "busy-out=5m", "readminister-switch=10m..20m", "release=5m", "start-collection=10m"];
    let plan_with = |given: &[&str], file: &str| {
        let output = folder.join(file);
        let mut args = vec!["plan", path.to_str().unwrap(), "-o", output.to_str().unwrap()];
        args.extend(given.iter().flat_map(|one| ["--given", one]));
        let (exit, _, err) = run(&args, "");
        assert_eq!(exit, 0, "{err}");
        (fs::read_to_string(&output).unwrap(), run(&["lint", "--format", "json", output.to_str().unwrap()], "").1)
    };
    let (plan, report) = plan_with(&given, "all.plan.yaml");
    let step = |action: &str| plan.lines().find(|line| line.contains(&format!("do: {action},"))).unwrap().to_owned();
    assert!(step("full-backup").contains(", takes: 2h..3h"), "{plan}");
    assert!(step("busy-out").contains(", takes: 5m"), "{plan}");
    assert!(!step("power-off").contains("takes:"), "nobody said how long it takes:\n{plan}");
    let gap = plan.lines().find(|line| line.starts_with("# Data-collection gap")).unwrap();
    assert!(gap.contains("at most 40 min (optimal among all plans with at most 7 tape sets): 4 steps, busy-out"), "{gap}");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["outages"][0]["minutes"], serde_json::json!([30, 40]), "{report}");
    // Without one of them nobody can tell, and it says which.
    let (plan, _) = plan_with(&given[..4], "most.plan.yaml");
    let gap = plan.lines().find(|line| line.starts_with("# Data-collection gap")).unwrap();
    assert!(gap.ends_with("; cannot tell in minutes: no duration is stated for start-collection-new"), "{gap}");
}

#[test]
fn durations_that_a_site_states_are_judged_with_it_and_count_for_its_plan() {
    let folder = folder("synthesis-durations");
    let path = folder.join("denver.site.yaml");
    let text = site("ultra-5", "sun-blade-100", 1, 1);
    for (durations, code) in [
        ("durations: { ful-backup: 3h }\n", "unknown-action"),
        ("durations: { full-backup: 3x }\n", "wrong-type"),
        ("durations: [3h]\n", "wrong-type"),
    ] {
        fs::write(&path, format!("{text}{durations}")).unwrap();
        let (exit, out, err) = run(&["lint", path.to_str().unwrap()], "");
        assert_eq!(exit, 1, "{durations}: {err}");
        assert!(out.contains(&format!("error[{code}]")), "{durations}: {out}");
        assert_eq!(planned(&path).0, 1, "{durations}");
    }
    fs::write(&path, format!("{text}{DURATIONS}")).unwrap();
    let (exit, plan, err) = planned(&path);
    assert_eq!(exit, 0, "{err}");
    assert!(plan.contains("# Data-collection gap: at most 40 min (optimal among all plans"), "{plan}");
    // What is given goes before it.
    let (exit, plan, err) = run(&["plan", path.to_str().unwrap(), "--given", "release=1h"], "");
    assert_eq!(exit, 0, "{err}");
    assert!(plan.contains("# Data-collection gap: at most 95 min ("), "{plan}");
}

#[test]
fn a_duration_that_cannot_be_read_is_refused_and_one_that_fits_no_plan_is_no_bug_of_ours() {
    let folder = folder("synthesis-given-wrong");
    let path = folder.join("denver.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1)).unwrap();
    let given = |given: &[&str]| {
        let mut args = vec!["plan", path.to_str().unwrap()];
        args.extend(given.iter().flat_map(|one| ["--given", one]));
        run(&args, "")
    };
    for (wrong, why) in [
        (&["ful-backup=3h"][..], "no action is called `ful-backup`; did you mean `full-backup`?"),
        (&["full-backup"], "`full-backup` gives no duration; write"),
        (&["full-backup=3x"], "`3x` is no duration; write"),
        (&["full-backup=3h..2h"], "`3h..2h` is no duration; write"),
        (&["full-backup=3h", "full-backup=2h"], "the duration of `full-backup` is given twice"),
    ] {
        let (exit, out, err) = given(wrong);
        assert_eq!((exit, out.as_str()), (2, ""), "{wrong:?}: {err}");
        assert!(err.contains(why), "{wrong:?}: {err}");
    }
    // The CMSADM backup comes before it and may be 24 hours old when the upgrade begins.
    let (exit, out, err) = given(&["full-backup=30h"]);
    assert_eq!((exit, out.as_str()), (1, ""), "{err}");
    assert!(
        err.contains("impossible-times") && err.contains("with these durations the plan that was found does not hold"),
        "{err}"
    );
}

#[test]
fn no_tape_set_is_written_twice_while_there_is_another_and_what_is_proved_of_their_number_is_said() {
    let folder = folder("synthesis-tapes");
    let path = folder.join("denver.site.yaml");
    for (tapes, among) in [("tapes: 7", "at most 7 tape sets"), ("tapes: 9", "at most 9 tape sets")] {
        fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1).replace("tapes: 7", tapes)).unwrap();
        let (exit, plan, err) = planned(&path);
        assert_eq!(exit, 0, "{err}");
        let line = plan.lines().find(|line| line.starts_with("# Tape sets: ")).unwrap();
        assert!(line.starts_with("# Tape sets: ") && line.contains(" (none is written twice; "), "{line}");
        let is_proved = line.ends_with("with fewer one would be)");
        assert!(is_proved || line.contains("not proved to be the fewest, every plan writes one at least "), "{line}");
        assert!(plan.contains(&format!("(optimal among all plans with {among})")), "{plan}");
    }
}

#[test]
fn a_site_that_no_plan_can_help_is_refused_with_the_reason() {
    let folder = folder("synthesis-refused");
    let path = folder.join("wrong.site.yaml");
    let pair = site("ultra-5", "sun-blade-100", 1, 1).replace("platform: sun-blade-100", "platform: sun-fire-v880");
    fs::write(&path, pair).unwrap();
    let (exit, out, err) = planned(&path);
    assert_eq!((exit, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("no action cures unsupported-platform-pair"), "{err}");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1).replace("tapes: 7", "tapes: 1")).unwrap();
    let (exit, out, err) = planned(&path);
    assert_eq!((exit, out.as_str()), (1, ""), "{err}");
}

#[test]
fn a_plan_that_hangs_on_a_missing_fact_is_not_written() {
    let folder = folder("synthesis-open");
    let path = folder.join("open.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1).replace(", custom_tables: true", "")).unwrap();
    let (exit, out, err) = planned(&path);
    assert_eq!((exit, out.as_str()), (3, ""), "{err}");
    assert!(err.contains("pso.custom_tables"), "{err}");
}

#[test]
fn the_plans_of_all_ten_pairs_and_their_runbooks_are_on_record() {
    let folder = folder("synthesis-record");
    let mut sites: Vec<PathBuf> = fs::read_dir("examples/ten-pairs").unwrap().map(|entry| entry.unwrap().path()).collect();
    sites.retain(|path| path.to_str().unwrap().ends_with(".site.yaml"));
    sites.sort();
    assert_eq!(sites.len(), 10);
    let written: Vec<(String, String, String)> = sites
        .par_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().replace(".site.yaml", "");
            let site = folder.join(format!("{name}.site.yaml"));
            fs::copy(path, &site).unwrap();
            let plan = folder.join(format!("{name}.plan.yaml"));
            let (exit, _, err) = run(&["plan", site.to_str().unwrap(), "-o", plan.to_str().unwrap()], "");
            assert_eq!(exit, 0, "{name}: {err}");
            let (exit, book, err) = run(&["runbook", plan.to_str().unwrap()], "");
            assert_eq!(exit, 0, "{name}: {err}");
            (name, fs::read_to_string(&plan).unwrap(), book.replace(folder.to_str().unwrap(), "plans"))
        })
        .collect();
    for (name, plan, book) in written {
        record(&name, &plan);
        record(&format!("{name}-runbook"), &book);
    }
}

/// Digests change with every change of the rulebook; they are not what is on record.
fn record(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../snapshots/plans"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter("\"?[0-9a-f]{16}\"?", "(digest)");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn facts_that_are_missing_are_no_proof_that_there_is_no_plan() {
    let (exit, out, err) = planned(Path::new("examples/half-filled/half-filled.site.yaml"));
    assert_eq!((exit, out.as_str()), (3, ""), "{err}");
    assert!(err.contains("cannot tell whether there is a plan"), "{err}");
}

#[test]
fn a_pair_that_is_finished_gets_a_plan_without_steps_and_is_told_so() {
    let (exit, out, err) = planned(Path::new("examples/finished-pair/harbor.site.yaml"));
    assert_eq!(exit, 0, "{err}");
    assert!(out.ends_with("steps: []\n") && err.contains("nothing is left to do"), "{out}{err}");
}

#[test]
fn a_plan_goes_beside_its_site_or_above_it_and_never_half_written() {
    let folder = folder("synthesis-output");
    fs::create_dir_all(folder.join("sites")).unwrap();
    let path = folder.join("sites/denver.site.yaml");
    fs::write(&path, site("ultra-5", "sun-blade-100", 1, 1)).unwrap();
    let output = folder.join("denver.plan.yaml");
    let (exit, _, err) = run(&["plan", path.to_str().unwrap(), "-o", output.to_str().unwrap()], "");
    assert_eq!(exit, 0, "{err}");
    let plan = fs::read_to_string(&output).unwrap();
    assert!(plan.contains("\nsite: sites/denver.site.yaml\n"), "{plan}");
    assert_eq!(run(&["lint", output.to_str().unwrap()], "").0, 0);
    let elsewhere = folder.join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    let (exit, _, err) = run(&["plan", path.to_str().unwrap(), "-o", elsewhere.join("p.yaml").to_str().unwrap()], "");
    assert_eq!(exit, 2);
    assert!(err.contains("in the folder of its site"), "{err}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}
