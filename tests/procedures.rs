//! The manual as a test: its procedure as printed and as corrected, and every hazard that a plan can state.

mod support;

use cutover::engine::verification::check::marks;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::{built_in, run};

const PROCEDURES: &str = "spec/cms-r3v11-ha/procedures";

/// The findings of some files as `level[code]`, and the verdicts.
fn linted(paths: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
    let args: Vec<&str> = ["lint", "--format", "json"].into_iter().chain(paths.iter().copied()).collect();
    let (_, out, err) = run(&args, "");
    assert_eq!(err, "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let found = report["findings"].as_array().unwrap().iter().map(|f| (word(&f["file"]), word(&f["code"]))).collect();
    (found, report["verdicts"].as_object().unwrap().values().map(word).collect())
}

#[test]
fn the_printed_procedure_is_flagged_for_its_own_defects_and_for_nothing_else() {
    let defects: [(&str, &[&str]); 8] = [
        (
            "the overview puts the CMSADM tape into the drive for the administration data",
            &["administration-from-wrong-tape", "administration-missing-at-the-end"],
        ),
        ("all links are released, that of the server not yet upgraded among them", &["link-released-to-unlike-version"]),
        ("three tape sets are to be enough", &["needed-tape-overwritten", "tape-reused-early"]),
        (
            "the backups are to be made about 24 hours before",
            &["cmsadm-backup-older-than-24-hours", "full-backup-older-than-24-hours"],
        ),
        ("the new server never leaves single-user mode", &["left-in-single-user-mode", "new-server-not-operational"]),
        ("non-CMS data is restored from a server that never had it", &["non-cms-data-not-on-new-server"]),
        ("no tape carries local administration data", &["local-administration-missing-at-the-end"]),
        ("users may change data before the last two backups", &["freeze-lifted-before-completion"]),
    ];
    let (found, verdicts) = linted(&[&format!("{PROCEDURES}/as-printed.plan.yaml")]);
    assert_eq!(verdicts, ["violated"]);
    let found: BTreeSet<&str> = found.iter().map(|(_, code)| code.as_str()).collect();
    for (defect, codes) in defects {
        assert!(codes.iter().all(|code| found.contains(code)), "not found: {defect}");
    }
    let known: BTreeSet<&str> = defects.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
    assert_eq!(found, known);
}

#[test]
fn the_corrected_procedure_holds_in_its_order_and_in_every_order_that_its_edges_leave_open() {
    for plan in ["corrected", "corrected-parallel"] {
        let (found, verdicts) = linted(&[&format!("{PROCEDURES}/{plan}.plan.yaml")]);
        assert!(found.is_empty(), "{plan}: {found:?}");
        assert_eq!(verdicts, ["holds"], "{plan}");
    }
}

/// The supported pairs of platforms, each in both directions.
fn pairs() -> BTreeSet<(String, String)> {
    let vocabulary = &built_in().vocabulary;
    let relation = vocabulary.relations.iter().find(|relation| relation.name == "supported-pair").unwrap();
    let name = |column: usize, value: usize| vocabulary.enumerations[relation.columns[column]].values[value].name.clone();
    relation.rows.iter().map(|row| (name(0, row[0]), name(1, row[1]))).collect()
}

/// The site of the corrected procedure with other platforms and so many ACDs.
fn site_of(template: &str, original: &str, new: &str, acds: usize) -> String {
    let names: Vec<String> = (1..=acds).map(|number| format!("acd{number}")).collect();
    let drive = if original == "enterprise-3000" { "14-gb" } else { "slr5" };
    let platform = |name: &str| format!("platform: {name}{}\n", if name == "ultra-5" { "\n    series: 3" } else { "" });
    // The new one first: no platform is named twice in the template.
    let out = template.replace("platform: sun-blade-100\n", "platform: NEW\n");
    let out = out.replace("platform: ultra-5\n    series: 3\n", &platform(original)).replace("platform: NEW\n", &platform(new));
    out.replace("tape_drives: [slr5]", &format!("tape_drives: [{drive}]"))
        .replace("acds: [acd1, acd2]", &format!("acds: [{}]", names.join(", ")))
}

#[test]
fn the_corrected_procedure_holds_for_all_ten_pairs_and_for_1_2_and_8_acds() {
    let plan = fs::read_to_string(format!("{PROCEDURES}/corrected.plan.yaml")).unwrap();
    let template = fs::read_to_string(format!("{PROCEDURES}/conversion.site.yaml")).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ten-pairs");
    fs::create_dir_all(&folder).unwrap();
    let pairs = pairs();
    let unordered: BTreeSet<_> = pairs.iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
    assert_eq!(unordered.len(), 10, "the manual supports ten pairs");
    let mut paths = Vec::new();
    for (original, new) in &pairs {
        for acds in [1, 2, 8] {
            let site = site_of(&template, original, new, acds);
            assert!(site.contains(original.as_str()) && site.contains(new.as_str()) && site.contains(&format!("acd{acds}]")));
            let name = format!("{original}-{new}-{acds}");
            fs::write(folder.join(format!("{name}.site.yaml")), site).unwrap();
            let path = folder.join(format!("{name}.plan.yaml"));
            fs::write(&path, plan.replace("conversion.site.yaml", &format!("{name}.site.yaml"))).unwrap();
            paths.push(path.to_str().unwrap().to_owned());
        }
    }
    let (found, verdicts) = linted(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(verdicts, vec!["holds"; 3 * pairs.len()]);
}

#[test]
fn every_switch_waits_for_its_own_archive_whichever_goes_first() {
    let listed = |text: &str| -> String {
        let without_edges = |line: &str| match line.split_once(", after: ") {
            Some((head, _)) => format!("{head} }}\n"),
            None => format!("{line}\n"),
        };
        text.lines().map(without_edges).collect()
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("four-switches");
    fs::create_dir_all(&folder).unwrap();
    fs::copy("examples/four-switches/continental.site.yaml", folder.join("continental.site.yaml")).unwrap();
    let plan = fs::read_to_string("examples/four-switches/continental.plan.yaml").unwrap();
    for switch in ["atlanta", "denver", "newark", "toronto"] {
        let text: String = listed(&plan)
            .lines()
            .filter(|line| !line.contains(&format!("id: archive-{switch}")))
            .map(|line| line.replace(&format!(", within: {{ of: archive-{switch}, at_most: 5m }}"), "") + "\n")
            .collect();
        let path = folder.join(format!("{switch}.plan.yaml"));
        fs::write(&path, text).unwrap();
        let (found, _) = linted(&[path.to_str().unwrap()]);
        let codes: Vec<&str> = found.iter().map(|(_, code)| code.as_str()).collect();
        assert_eq!(codes, ["busied-out-before-archive"], "{switch}");
    }
}

/// The codes that keep a hazard away.
fn codes_of(hazard: &str) -> BTreeSet<String> {
    let of_it = |required: &&cutover::spec::machine::Requirement| required.hazards.iter().any(|id| id == hazard);
    built_in().machine.requirements().map(|(_, required)| required).filter(of_it).map(|r| r.code.clone()).collect()
}

#[test]
fn every_hazard_is_reached_by_a_plan_or_has_the_reason_why_none_can_state_it() {
    let readme = fs::read_to_string("examples/hazards/README.md").unwrap();
    let mut reached = 0;
    for number in 1..=36 {
        let hazard = format!("HZ-{number:02}");
        let codes = codes_of(&hazard);
        let plans: Vec<(String, String)> = fs::read_dir("examples/hazards")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().ends_with(".plan.yaml"))
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
            .filter(|(_, text)| text.starts_with(&format!("# {hazard}: ")))
            .collect();
        for (name, text) in &plans {
            // That it finds what it marks is tests/examples.rs's to say.
            let found = marks(text).into_iter().find(|mark| codes.contains(&mark.code));
            let found = found.unwrap_or_else(|| panic!("{name} marks nothing that keeps {hazard} away: {codes:?}"));
            let row = readme.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
            assert!(row.is_some_and(|row| row.contains(&format!("`{}`", found.code))), "the README has no row for {name}");
        }
        let reason = readme.lines().any(|line| line.starts_with(&format!("* {hazard}, ")));
        assert!(!plans.is_empty() || reason, "{hazard} has neither a plan nor a reason");
        reached += usize::from(!plans.is_empty());
    }
    assert_eq!(reached, 34, "all but HZ-27 and HZ-33");
}

/// The corrected procedure with some of its lines changed, linted as JSON.
fn changed(name: &str, changes: &[(&str, &str)]) -> serde_json::Value {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changed");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(format!("{PROCEDURES}/conversion.site.yaml"), folder.join("conversion.site.yaml")).unwrap();
    let mut plan = fs::read_to_string(format!("{PROCEDURES}/corrected-parallel.plan.yaml")).unwrap();
    for (before, after) in changes {
        assert!(plan.contains(before), "{before}");
        plan = plan.replace(before, after);
    }
    let path = folder.join(format!("{name}.plan.yaml"));
    fs::write(&path, plan).unwrap();
    let (_, out, _) = run(&["lint", "--format", "json", path.to_str().unwrap()], "");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_worst_data_collection_gap_is_told_in_minutes_with_the_steps_that_bound_it() {
    let stated = [
        ("id: busy,", "id: busy, takes: 5m..10m,"),
        ("id: switch-r3v11,", "id: switch-r3v11, takes: 10m..40m,"),
        ("id: release-new,", "id: release-new, takes: 5m..5m,"),
        ("id: start-new,", "id: start-new, takes: 2m..15m,"),
    ];
    let gap = &changed("gap-open", &stated)["outages"][0];
    assert!(gap["minutes"].is_null(), "{gap}");
    assert_eq!(gap["untimed"], serde_json::json!(["storage-new"]), "its end waits for a step that may be late");
    let ready = ("after: [archive] }", "after: [archive, storage-new] }");
    let gap = &changed("gap", &[&stated[..], &[ready]].concat())["outages"][0];
    assert_eq!(gap["minutes"], serde_json::json!([22, 70]), "{gap}");
    assert_eq!(gap["bounded_by"], serde_json::json!(["busy", "switch-r3v11", "release-new", "start-new"]));
}

#[test]
fn an_administration_backup_before_the_cut_off_is_flagged() {
    let earlier = [
        ("by: customer, at: 2002-10-22T06:00", "by: customer, at: 2002-10-22T05:30"),
        ("at: 2002-10-22T06:15", "at: 2002-10-22T05:45"),
    ];
    let report = changed("early", &earlier);
    let codes: Vec<&str> = report["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"administration-backup-before-cut-off"), "{codes:?}");
}
