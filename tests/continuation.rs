//! How a plan goes on after a step of it failed, and how an existing plan is completed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // tests outside `#[test]` functions

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::run;
use tempfile::TempDir;

const EXAMPLE: &str = "examples/failed-migration";

/// What a run of the example's plan prints that is answered so, from the failure on.
fn proposal(answers: &str, site: impl Fn(String) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(Path::new(EXAMPLE).join("denver.site.yaml")).unwrap();
    fs::write(folder.path().join("denver.site.yaml"), site(text)).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::copy(Path::new(EXAMPLE).join("denver.plan.yaml"), path("denver.plan.yaml")).unwrap();
    fs::write(path("answers.txt"), answers).unwrap();
    let (exit, out, err) = run(&["run", &path("denver.plan.yaml"), "--as", "Ann Lee", "--answers", &path("answers.txt")], "");
    assert_eq!(exit, 3, "{out}{err}");
    let at = out.find("the failed attempt has left").unwrap_or_else(|| panic!("{out}"));
    out[at..].to_owned()
}

fn answers(name: &str) -> String {
    fs::read_to_string(Path::new(EXAMPLE).join(name)).unwrap()
}

fn new_steps(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("  new: ")?.split(' ').next()).collect()
}

fn record(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/commands");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn before_the_switch_over_a_failed_migration_is_mended_by_cms_off_and_a_second_setup() {
    let text = proposal(&answers("before-the-switch-over.answers.txt"), |site| site);
    assert_eq!(new_steps(&text), ["set-state", "set-up-cms", "set-state"], "{text}");
    assert!(text.contains("server new, state off") && text.contains("server new, state single-user"), "{text}");
    assert!(text.contains("as approved: `system-new`, which failed, to `complete`, 45 steps in their order"), "{text}");
    assert!(text.contains("45 as approved, 0 left out"), "{text}");
    record("go-on-before-the-switch-over", &text);
}

#[test]
fn after_the_switch_over_a_backup_of_what_only_the_new_server_has_comes_first_and_all_is_migrated_again() {
    let text = proposal(&answers("after-the-switch-over.answers.txt"), |site| site);
    let steps = new_steps(&text);
    assert_eq!(steps[..3], ["full-backup", "set-state", "set-up-cms"], "{text}");
    for again in ["restore", "start-collection", "verify-collection"] {
        assert!(steps.contains(&again), "{again}: {text}");
    }
    assert!(text.contains("server new, tape t8"), "the other tape sets are needed: {text}");
    assert!(
        text.contains("data system-administration, tape t3") && text.contains("data agent-call-center-administration"),
        "{text}"
    );
    assert!(text.contains("`incr-new`, which failed, to `complete`, 19 steps in their order"), "{text}");
    assert!(text.contains("advised against [full-backup-before-history]"), "{text}");
    record("go-on-after-the-switch-over", &text);
}

#[test]
fn a_failure_that_changed_nothing_is_followed_by_the_plan_as_it_is() {
    let all = answers("before-the-switch-over.answers.txt");
    let at = all.find("start admin-old").unwrap();
    let text = format!("{}start admin-old\nfailed nothing-written\n", &all[..at]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["denver.site.yaml", "denver.plan.yaml"] {
        fs::copy(Path::new(EXAMPLE).join(name), path(name)).unwrap();
    }
    fs::write(path("answers.txt"), text).unwrap();
    let (_, out, _) = run(&["run", &path("denver.plan.yaml"), "--answers", &path("answers.txt")], "");
    assert!(out.contains("0 steps new, 56 as approved, 0 left out"), "{out}");
    assert!(out.contains("`admin-old` must begin within 1440 min of the end of `full-old`"), "{out}");
}

/// The corrected procedure without the steps of these names, and what `plan --keep` makes of it.
fn completed(without: &[&str]) -> (u8, String, String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::copy(Path::new(EXAMPLE).join("denver.site.yaml"), path("denver.site.yaml")).unwrap();
    let plan = answers("denver.plan.yaml");
    let is_kept = |line: &&str| without.iter().all(|id| !line.contains(&format!("id: {id},")));
    fs::write(path("half.plan.yaml"), plan.lines().filter(is_kept).collect::<Vec<_>>().join("\n")).unwrap();
    let (exit, out, err) = run(&["plan", &path("denver.site.yaml"), "--keep", &path("half.plan.yaml")], "");
    fs::write(path("whole.plan.yaml"), &out).unwrap();
    (exit, out, err, folder)
}

#[test]
fn a_half_written_plan_keeps_its_steps_with_names_people_tapes_and_times() {
    let (exit, out, err, folder) = completed(&["single-new", "admin-ok"]);
    assert_eq!(exit, 0, "{err}");
    assert!(out.contains("# Made of half.plan.yaml, of which 66 steps are kept."), "{out}");
    assert!(out.contains("\n# Added: ") && out.contains("check-backup-old") && out.contains("\n# Left out: nothing\n"), "{out}");
    assert!(out.contains("id: admin-old, do: admin-backup, server: old, tape: t3, by: technician"), "{out}");
    assert!(out.contains("at: 2002-10-21T18:00, takes: 1h..2h"), "{out}");
    let whole: PathBuf = folder.path().join("whole.plan.yaml");
    assert_eq!(run(&["lint", whole.to_str().unwrap()], "").0, 0);
}

#[test]
fn a_plan_that_holds_already_is_kept_as_it_is() {
    let (exit, out, err, _) = completed(&[]);
    assert_eq!(exit, 0, "{err}");
    assert!(out.contains("of which 68 steps are kept.\n# Added: nothing\n# Left out: nothing\n"), "{out}");
}

#[test]
fn a_site_without_a_plan_is_told_with_the_fact_the_place_and_the_way_out() {
    let (exit, out, err) = run(&["plan", "examples/no-plan/two-tape-sets.site.yaml"], "");
    assert_eq!((exit, out.as_str()), (1, ""), "{err}");
    assert!(err.ends_with("error: no plan: no action cures too-few-tapes (line 50)\n"), "{err}");
    record("plan-no-plan", &err);
}

/// What `cutover plan` says of a cellar with these pumps, whose pumps can only be started where they are strong.
fn cellar_plan(pumps: &str) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("rulebook");
    for (name, text) in support::cellar::files() {
        let guard = "  - { code: too-weak, level: error, must: pump.strong, message: it is weak, help: take a strong one, why: Only a strong pump lifts the water., page: \"3\", statements: [P-1] }\n";
        let text = if name == "actions/start.yaml" {
            text.replacen("guard:\n", &format!("guard:\n{guard}"), 1)
        } else {
            text.to_owned()
        };
        fs::create_dir_all(home.join(name).parent().unwrap()).unwrap();
        fs::write(home.join(name), text).unwrap();
    }
    let site = folder.path().join("x.site.yaml");
    fs::write(&site, format!("rulebook: cellar\nkind: site\npumps:\n{pumps}")).unwrap();
    let (exit, _, err) = run(&["plan", site.to_str().unwrap(), "--rulebook", home.to_str().unwrap()], "");
    (exit, err.replace(folder.path().to_str().unwrap(), "."))
}

#[test]
fn where_no_plan_exists_the_facts_that_rule_it_out_are_shown_with_values_by_which_there_is_one() {
    let (exit, err) = cellar_plan("  - { id: a, strong: false }\n  - { id: b, strong: false }\n");
    assert_eq!(exit, 1, "{err}");
    let flat = err.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(flat.contains("no plan exists for this site because of 2 facts together"), "{err}");
    assert!(flat.contains("`pumps[a].strong` is false") && flat.contains("`pumps[b].strong` is false"), "{err}");
    assert!(flat.contains("whatever is done, these are never met: Then why come (never-ran, p. 1)"), "{err}");
    assert!(flat.contains("with `pumps[a].strong: true`, or with `pumps[b].strong: true` instead there is a plan"), "{err}");
    record("plan-no-plan-exists", &err);
    let (exit, err) = cellar_plan("  - { id: a, strong: false }\n  - { id: b, strong: true }\n");
    assert_eq!(exit, 0, "{err}");
}
