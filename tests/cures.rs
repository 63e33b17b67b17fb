//! What must hold before the upgrade may be established by a plan, but not too late: for each action that cures a rule,
//! a plan in which it comes last, or may come last, is flagged by the step that needed it.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::{built_in, run};

/// The cure, a step of the corrected procedure that is one, and what its coming too late is called.
const CURES: [(&str, &str, &str); 10] = [
    ("contact-pso", "pso", "pso-contacted-too-late"),
    ("upgrade-switch", "switch-release", "switch-upgraded-on-the-day"),
    ("administer-switch", "switch-r3v9", "administered-for-version-not-in-service"),
    ("replace-drive", "new-drive", "drive-changed-after-first-backup"),
    ("designate-roles", "roles", "roles-not-decided"),
    ("administer-printer", "printer-new", "printer-not-administered-on-new"),
    ("set-storage", "storage-new", "collection-before-setup"),
    ("set-authorizations", "auth-new", "setup-before-authorizations"),
    ("set-up-lan", "lan-new", "lan-set-up-while-cms-runs"),
    ("readminister-switch", "switch-r3v11", "link-released-before-readministration"),
];

/// The codes that are found in a plan on a site.
fn codes(site: (&str, &str), plan: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(site.0), site.1).unwrap();
    let path = folder.path().join("x.plan.yaml");
    fs::write(&path, plan).unwrap();
    let (_, out, _) = run(&["lint", path.to_str().unwrap(), "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let codes = report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(path)).unwrap()
}

/// The plan with a step after all others, and the plan with it in no order to the others.
fn late(plan: &str, id: &str) -> (String, String) {
    let lines: Vec<&str> = plan.lines().collect();
    let is_step = |line: &&str| line.trim_start().starts_with("- {");
    let at = lines.iter().position(|line| line.contains(&format!("id: {id},"))).unwrap();
    let last = [&lines[..at], &lines[at + 1..], &lines[at..=at]].concat().join("\n");
    let named = |line: &str| line.split("id: ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let before = lines[..at].iter().rev().find(|line| is_step(line)).map_or(String::new(), |line| named(line));
    let next = at + 1 + lines[at + 1..].iter().position(|line| is_step(&line)).unwrap();
    let with = |line: &str, after: &str| line.replacen(" }", &format!(", after: [{after}] }}"), 1);
    let mut free: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    free[at] = with(lines[at], "");
    free[next] = with(lines[next], &before);
    (last, free.join("\n"))
}

#[test]
fn a_cure_that_comes_or_may_come_too_late_is_flagged_by_the_step_that_needed_it() {
    let cures: BTreeSet<&str> = built_in().rules.iter().filter_map(|rule| rule.cure.as_deref()).collect();
    assert_eq!(cures, CURES.iter().map(|(cure, _, _)| *cure).collect(), "each action that cures a rule has a case here");
    let plan = read("spec/cms-r3v11-ha/procedures/corrected.plan.yaml");
    let site = read("spec/cms-r3v11-ha/procedures/conversion.site.yaml");
    let site = ("conversion.site.yaml", &*site);
    assert_eq!(codes(site, &plan), BTreeSet::new());
    for (cure, id, code) in CURES {
        let (last, free) = late(&plan, id);
        assert!(plan.contains(&format!("id: {id}, do: {cure},")));
        assert!(codes(site, &last).contains(code), "{cure} as the last step: {:?}", codes(site, &last));
        assert!(codes(site, &free).contains(code), "{cure} in no order: {:?}", codes(site, &free));
    }
}

#[test]
fn where_no_version_changes_the_new_server_waits_for_what_must_come_first() {
    let plan = read("examples/hazards/done-right-without-a-new-version.plan.yaml");
    let site = read("examples/hazards/same-version.site.yaml");
    for (stated, instead, action, code) in [
        ("pso: { contacted: true,", "pso: { contacted: false,", "contact-pso", "pso-contacted-too-late"),
        ("roles_agreed: true", "roles_agreed: false", "designate-roles", "roles-not-decided"),
    ] {
        let site = site.replace(stated, instead).replace("custom_features: []", "custom_features: [reports]");
        let site = ("same-version.site.yaml", &*site);
        let step = format!("  - {{ id: it, do: {action}, by: customer }}\n");
        assert_eq!(codes(site, &plan.replace("steps:\n", &format!("steps:\n{step}"))), BTreeSet::new());
        assert_eq!(codes(site, &format!("{plan}{step}")), BTreeSet::from([code.to_owned()]));
    }
}

#[test]
fn a_switch_or_a_drive_is_not_cured_by_work_on_another_or_by_too_little_of_it() {
    let plan = read("spec/cms-r3v11-ha/procedures/corrected.plan.yaml");
    let site = read("spec/cms-r3v11-ha/procedures/conversion.site.yaml");
    let old = site.replace("release: \"9.5\"", "release: \"8.0\"");
    assert_eq!(codes(("conversion.site.yaml", &old), &plan), BTreeSet::new());
    let to_8_0 = plan.replace("release: \"9.5\"", "release: \"8.0\"");
    assert!(codes(("conversion.site.yaml", &old), &to_8_0).contains("switch-release-too-early"));
    let second = "  - { id: sw2, family: definity-ecs, release: \"8.0\", administered_for: r3v9, acds: [acd3], links: [{ server: old, transport: ethernet }, { server: new, transport: c-lan }] }\n";
    let two = old.replace("custom_features:", &format!("{second}custom_features:"));
    assert!(codes(("conversion.site.yaml", &two), &plan).contains("lan-before-switch-release"));
    let other_drive = plan
        .replace("do: replace-drive, server: old, drive: dds-4", "do: replace-drive, server: new, drive: slr5")
        .replace("do: verify-drive, server: old, drive: dds-4", "do: verify-drive, server: new, drive: slr5");
    assert_eq!(codes(("conversion.site.yaml", &site), &other_drive), BTreeSet::from(["drive-of-new-server-replaced".to_owned()]));
}
