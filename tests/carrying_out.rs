//! Carrying out a plan: `run` and its journal, and what survives.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // tests outside `#[test]` functions

#[path = "carrying_out/answers.rs"]
mod answers;
#[path = "carrying_out/audit.rs"]
mod audit;
#[path = "carrying_out/changed.rs"]
mod changed;
#[path = "carrying_out/disk.rs"]
mod disk;
mod support;

use answers::{Site, cellar, corrected};
use cutover::engine::logic::sym::Sym;
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::verification::walk::Walk;
use cutover::model::eval::Completion;
use cutover::model::state::Layout;
use cutover::model::{read_plan, read_site, step};
use cutover::source::text::Source;
use cutover::source::yaml;
use std::fs;
use support::run;

#[test]
fn the_corrected_procedure_is_led_through_to_the_end_and_audited() {
    let site = corrected();
    let (exit, out) = site.run(&site.all());
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("68 of 68 steps done: the plan is carried out"), "{out}");
    let (exit, out, err) = run(&["audit", &site.journal()], "");
    assert_eq!(exit, 0, "{out}{err}");
    assert!(out.contains("what was done is what was planned"), "{out}");
    assert!(
        out.contains(
            "data-collection gap: at most 36 min, from `busy` (2002-10-21T16:50:00) to `start-new` (2002-10-21T17:26:00)"
        ),
        "{out}"
    );
    let (again, said) = site.run("");
    assert_eq!((again, said.contains("the plan is carried out")), (0, true), "{said}");
}

#[test]
fn a_journal_cut_at_any_byte_is_gone_on_with_exactly() {
    let site = cellar();
    let (exit, out) = site.run(&site.all());
    assert_eq!(exit, 0, "{out}");
    let whole = fs::read(site.journal()).unwrap();
    let opened = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in 0..=whole.len() {
        fs::write(site.journal(), &whole[..cut]).unwrap();
        let kept = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        // A line that lacks only its end counts.
        let kept = kept + usize::from(whole.get(cut) == Some(&b'\n'));
        let (exit, out) = site.run(&site.from(kept.saturating_sub(1)));
        assert_eq!(exit, 0, "cut at {cut}: {out}");
        let now = fs::read(site.journal()).unwrap();
        if cut + 1 >= opened {
            assert!(now == whole, "cut at {cut}: {}", String::from_utf8_lossy(&now));
        } else {
            assert_eq!(now.iter().filter(|byte| **byte == b'\n').count(), site.groups.len() + 1, "cut at {cut}");
        }
        let torn = cut > 0 && kept == whole[..cut].iter().filter(|byte| **byte == b'\n').count() && whole[cut - 1] != b'\n';
        assert_eq!(out.contains("was not written to its end"), torn, "cut at {cut}: {out}");
    }
    // What was put aside is what was cut off, under a name of its own.
    let asides = fs::read_dir(site.folder()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".torn-")
    });
    assert!(asides.count() > whole.len() / 2);
}

#[test]
fn the_corrected_procedure_goes_on_after_a_cut_inside_its_journal() {
    let site = corrected();
    site.run(&site.all());
    let whole = fs::read(site.journal()).unwrap();
    for part in 1..8 {
        let cut = whole.len() * part / 8;
        fs::write(site.journal(), &whole[..cut]).unwrap();
        let kept = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        let (exit, out) = site.run(&site.from(kept - 1));
        assert_eq!(exit, 0, "{out}");
        assert!(fs::read(site.journal()).unwrap() == whole, "cut at {cut}");
    }
}

#[test]
fn a_step_that_was_begun_when_the_run_was_killed_is_asked_for() {
    let site = cellar();
    let (exit, _) = site.run(&site.groups[..3].concat());
    assert_eq!(exit, 3);
    let (exit, out) = site.run("");
    assert_eq!(exit, 3);
    assert!(out.contains("`up` was begun at 2002-10-21T12:10:00, and how it ended is not in the journal"), "{out}");
    assert!(out.contains("not finished: 1 of 4 steps done"), "{out}");
    assert_eq!(site.run(&site.from(3)).0, 0);
}

#[test]
fn a_failed_migration_says_what_is_left_and_forbids_a_second_attempt() {
    let site = corrected();
    let until = site.upto("system-new");
    let (exit, out) = site.run(&format!(
        "{until}{}label t3\nfailed\nfailed broke-off\nstart system-new\nstart acd-new\n",
        site.start("system-new")
    ));
    assert_eq!(exit, 3, "{out}");
    assert!(out.contains("say how it failed\n  failed broke-off: "), "{out}");
    let left = out.split("the failed attempt has left:").nth(1).unwrap_or_else(|| panic!("{out}"));
    assert!(left.contains("How often migrating system administration data was tried since CMS was set up: 1"), "{left}");
    assert!(left.contains("Which backup is on it: the administration backup of the original server"), "{left}");
    assert!(left.contains("server `old`\n    The state of its CMS software: multi-user\n    Its CMS system administration data: the original server's own"), "{left}");
    assert!(
        left.contains("`system-new`: System Administration data is migrated onto `new` a second time [double-migration]"),
        "{left}"
    );
    assert!(left.contains("forbidden [double-migration]"), "{left}");
    assert!(left.contains("help: turn CMS off and set it up a second time before any further attempt"), "{left}");
    assert!(left.contains("`system-new` failed, and comes before it"), "{left}");
    assert!(left.contains("how to go on, in this order: 3 steps new, 45 as approved, 0 left out"), "{left}");
    let (exit, out, _) = run(&["audit", &site.journal()], "");
    assert_eq!(exit, 3, "{out}");
    assert!(out.contains("`system-new`: the attempt failed: broke-off [failed]\nharmful: not so far"), "{out}");
}

#[test]
fn a_screen_that_lacks_one_of_the_sites_acds_shows_neither_a_good_tape_nor_a_finished_archive() {
    let site = corrected();
    let full = site.done("admin-ok");
    assert!(full.contains("\nacd1\nacd2\n"), "{full}");
    for (screen, missing) in [
        (full.replace("acd1\nacd2\n", "acd2\nacd1\n"), None),
        (full.replace("acd1\nacd2\n", "  acd1, acd2\n"), None),
        (full.replace("acd1\n", ""), Some("acd1")),
        (full.replace("acd2\n", "acd1\n"), Some("acd2")),
        (full.replace("acd2\n", "acd22\n"), Some("acd2")),
    ] {
        let (exit, out) = site.run(&format!("{}{}{screen}", site.upto("admin-ok"), site.start("admin-ok")));
        assert_eq!(exit, 3, "{out}");
        let refused = missing.map(|acd| format!("the screen does not show `{acd}` where it must"));
        assert_eq!(refused.as_ref().is_some_and(|words| out.contains(words)), missing.is_some(), "{screen}: {out}");
        assert_eq!(out.contains("not recorded"), missing.is_some(), "{screen}: {out}");
        fs::remove_file(site.journal()).unwrap();
    }
    let archive = site.done("archive").replace("acd2  Interval  Finished", "acd2  Interval  Running");
    let (_, out) = site.run(&format!("{}{}{archive}", site.upto("archive"), site.start("archive")));
    assert!(out.contains("the screen does not show `acd2  Interval  Finished  <date>  <time>  <time>` where it must"), "{out}");
}

#[test]
fn a_restore_that_ends_with_an_error_is_not_taken_for_harmless_where_reports_have_tables() {
    let site = corrected();
    let error = "evidence\nErrors: Initialization errors. See Error Log.\n.\n";
    let (_, out) = site.run(&format!("{}{}{error}", site.upto("restore-old"), site.start("restore-old")));
    assert!(out.contains("the screen does not show `Errors: (empty)` where it must"), "{out}");
}

#[test]
fn both_meanings_agree_on_what_every_fault_leaves_at_every_step() {
    let (rulebook, plan_text, site_text) = answers::corrected_texts();
    let site_source = Source::new("site", &site_text);
    let (mut site, _) = read_site::read(&rulebook.vocabulary, &yaml::parse(&site_source).unwrap());
    let plan_source = Source::new("plan", &plan_text);
    let (plan, _) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &yaml::parse(&plan_source).unwrap());
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let walk = Walk { rulebook, base, layout: &layout, plan: &plan };
    let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole)[0].0).collect();
    let completion = Completion { vocabulary: &rulebook.vocabulary, site: &site, filled: &filled, state: None, watch: None };
    let types: Vec<_> = (0..layout.count).map(|place| rulebook.vocabulary.state[layout.at(place).0].ty.clone()).collect();
    let concrete = |values: &[Sym]| values.iter().zip(&types).map(|(value, ty)| value.filled(ty, &filled)).collect::<Vec<_>>();
    let (mut values, mut faults, mut changing) = (walk.start(), 0, 0);
    for (index, one) in plan.steps.iter().enumerate() {
        let before = concrete(&values);
        let completion = Completion { state: Some((&layout, &before)), ..completion };
        for fault in &walk.action(index).faults {
            let after = step::fail(&completion, Some(fault), one);
            assert_eq!(after, concrete(&walk.changed(&values, index, &fault.effects)), "{}: {}", one.id, fault.name);
            (faults, changing) = (faults + 1, changing + usize::from(after != before));
        }
        assert_eq!(step::fail(&completion, None, one), before);
        values = walk.apply(&values, index);
    }
    assert!(faults > 25 && changing > 12, "{faults} faults, {changing} change something");
}

#[test]
fn evidence_of_something_else_is_refused_as_done_and_can_be_given_again() {
    let site = corrected();
    let until = site.upto("system-new");
    let paste = |text: &str| format!("evidence\n{text}\n.\ndone\n");
    let said =
        [paste("Status: 45%"), paste("Status: failed, no success"), "done\n".to_owned(), paste("Status:   100%\n success")]
            .concat();
    let (_, out) = site.run(&format!("{until}{}label t3\ndone\n{said}", site.start("system-new")));
    let said = out.split("start system-new").nth(1).unwrap();
    assert!(said.contains("paste what the screen shows: `evidence`; or `unseen REASON`"), "{said}");
    assert!(said.contains("the screen does not show `Status: <...> success<...>`"), "{said}");
    assert!(said.contains("the screen shows `fail`, as it does when `broke-off` has happened"), "{said}");
    assert_eq!(said.matches("\nrecorded: entry").count(), 2, "the start, and what was done after the last evidence: {said}");
    assert!(said.trim_end().ends_with("24 of 68 steps done; the journal is whole, run again to go on"), "{said}");
}

#[test]
fn hostile_evidence_and_names_reach_neither_terminal_nor_journal_raw() {
    let site = corrected();
    let until = site.upto("cmsadm-old");
    let megabytes = "x".repeat(3 << 20);
    let many = "line\n".repeat(200_000);
    let hostile = format!(
        "as \u{1b}]0;owned\u{7}Eve\nlabel \u{1b}[2J\nevidence\n\u{1b}[31mred\u{0}\u{202e}\n.\nevidence\n{megabytes}\n.\nevidence\n{many}.\nstart {megabytes}\nfailed nothing-written\nstart cmsadm-old\nlabel \u{1b}[2J\nunseen \u{9b}31m\u{202e}\ndone\n"
    );
    let (exit, out) = site.run(&format!("{until}{}{hostile}", site.start("cmsadm-old")));
    assert_eq!(exit, 3);
    assert!(out.contains("that is more than 65536 bytes"), "the many lines are refused");
    let journal = fs::read_to_string(site.journal()).unwrap();
    for (what, text) in [("terminal", &out), ("journal", &journal)] {
        assert!(!text.contains(['\u{1b}', '\u{0}', '\u{7}', '\u{202e}', '\u{9b}']), "{what}");
    }
    assert!(journal.contains("\\u009b31m\\u202e") && out.matches("\nrecorded: entry").count() > 14, "{out}");
    assert!(journal.lines().all(|line| line.len() < 200_000), "no entry holds megabytes");
    assert_eq!(run(&["audit", &site.journal()], "").0, 3);
}

#[test]
fn windows_of_time_are_held_against_the_clock_and_an_older_step_can_be_repeated() {
    let site = corrected();
    let until = site.upto("busy");
    let late = "at 2002-10-21T17:00\nstart busy\nagain archive a quarter of an hour has passed\n";
    let evidence = site.done("archive");
    let (exit, out) = site.run(&format!("{until}{late}{evidence}at 2002-10-21T17:04\nstart busy\n"));
    assert_eq!(exit, 3);
    assert!(
        out.contains("forbidden [window-passed]: the plan allows 5 min, and 0 h 14 min have passed since the end of `archive`"),
        "{out}"
    );
    assert!(out.contains("help: repeat it: `again archive` and the reason"), "{out}");
    assert!(out.contains("2002-10-21T17:04:00 > start busy\nrecorded: entry"), "{out}");
    let site = corrected();
    let until = site.upto("admin-old");
    let (_, out) = site.run(&format!("{until}at 2002-10-23T09:00\nstart admin-old\n"));
    assert!(out.contains("forbidden [full-backup-older-than-24-hours]"), "{out}");
    let (_, out) = site.run("at 2002-10-20T00:00\nskip admin-old because\n");
    assert!(out.contains("time does not go back"), "{out}");
}

#[test]
fn a_step_done_by_another_than_the_plan_says_is_told_and_recorded() {
    let site = corrected();
    let (_, out) = site.run(&format!("{}as Bob (technician)\ndone\n", site.groups[0]));
    assert!(out.contains("warning [other-actor]: the technician did it, the plan gives it to the customer"), "{out}");
    assert!(out.contains("recorded: entry 3"), "{out}");
    let (_, out, _) = run(&["audit", &site.journal()], "");
    assert!(out.contains("first deviation: line 3 `pso`: the technician did it"), "{out}");
}

#[test]
fn the_wrong_cartridge_is_noticed_by_its_label() {
    let site = corrected();
    let until = site.upto("system-new");
    let (_, out) = site.run(&format!("{until}{}done\nlabel t2\nlabel unknown\n", site.start("system-new")));
    assert!(out.contains("state what stands on the tape-set `t3`: `label TEXT`"), "{out}");
    assert!(out.contains("`t3` has the label `t3`: this is another one"), "{out}");
    let first = corrected();
    let until = first.upto("full-old");
    let (_, out) = first.run(&format!("{until}{}label t1\n", first.start("full-old")));
    assert!(out.contains("what is labelled `t1` is `t1`, and this step needs `t2`"), "{out}");
}

#[test]
fn a_step_left_out_is_told_with_what_it_makes_impossible() {
    let site = corrected();
    let until = site.upto("full-old");
    let (_, out) = site.run(&format!("{until}skip full-old\nskip full-old no time\nskip full-old again\n"));
    assert!(out.contains("not recorded: say why"), "{out}");
    assert!(
        out.contains("without it, `admin-old`: the upgrade is begun without a full backup of `old` [full-backup-not-made]"),
        "{out}"
    );
    assert!(out.contains("that step is settled"), "{out}");
    let told =
        |out: &str| out.lines().filter(|line| line.starts_with("without it") && line.contains("[full-backup-not-made]")).count();
    let (_, again) = site.run("skip cut-off no need\n");
    assert!(told(&out) > 0 && told(&again) == 0, "what was told is not told again: {again}");
}

#[test]
fn plans_that_do_not_hold_and_plans_of_which_it_cannot_be_told_are_not_begun() {
    let site = corrected();
    let plan = fs::read_to_string(site.plan()).unwrap();
    fs::write(site.plan(), plan.replace("tape: t3, by: technician }", "tape: t2, by: technician }")).unwrap();
    let (exit, out) = site.run("");
    assert_eq!(exit, 1, "{out}");
    assert!(out.contains("administration-from-wrong-tape") && out.contains("the plan does not hold"), "{out}");
    assert!(!fs::exists(site.journal()).unwrap());
    fs::write(site.plan(), plan.replace(", at: 2002-10-22T06:15, takes: 15m..45m", "")).unwrap();
    let (exit, out) = site.run("");
    assert_eq!(exit, 3, "{out}");
    assert!(!fs::exists(site.journal()).unwrap());
    let (exit, out) = site.run_with(&["--accept-unknown"], "");
    assert_eq!(exit, 3);
    assert!(out.contains("accepted although it cannot be told: "), "{out}");
    assert!(fs::read_to_string(site.journal()).unwrap().contains("full-backup-older-than-24-hours"), "{out}");
}

#[test]
fn a_plan_or_site_that_was_changed_meanwhile_is_refused_and_the_change_is_named() {
    let site = corrected();
    assert_eq!(site.run(&site.groups[..4].concat()).0, 3);
    let journal = fs::read(site.journal()).unwrap();
    let text = fs::read_to_string(site.site()).unwrap();
    fs::write(site.site(), text.replace("switch_over: manual", "switch_over: none")).unwrap();
    let (exit, out) = site.run("");
    assert_eq!(exit, 2, "{out}");
    assert!(out.contains("`switch_over` of the site has changed"), "{out}");
    fs::write(site.site(), text).unwrap();
    let plan = fs::read_to_string(site.plan()).unwrap();
    fs::write(site.plan(), format!("{plan}# a remark\n")).unwrap();
    let (exit, out) = site.run("");
    assert_eq!((exit, out.contains("the text of the plan has changed")), (2, true), "{out}");
    assert_eq!(fs::read(site.journal()).unwrap(), journal, "the journal is left alone");
    // On first use, by what the plan says it was made from.
    fs::remove_file(site.journal()).unwrap();
    let digest = "0123456789abcdef";
    let origin = format!("made_from:\n  cutover: \"0.1.0\"\n  rulebook: \"{digest}\"\n  site: {{ tapes: \"{digest}\" }}\n");
    fs::write(site.plan(), plan.replace("starts:", &format!("{origin}starts:"))).unwrap();
    let (exit, out) = site.run("");
    assert_eq!(exit, 2, "{out}");
    assert!(out.contains("`tapes` of the site has changed") && out.contains("the rulebook has changed"), "{out}");
}

impl Site {
    /// The answers of all steps before one.
    fn upto(&self, id: &str) -> String {
        let at = self.groups.iter().position(|group| group.contains(&format!("start {id}\n"))).unwrap();
        self.groups[..at].concat()
    }

    fn start(&self, id: &str) -> String {
        self.groups.iter().find(|group| group.contains(&format!("start {id}\n"))).unwrap().clone()
    }

    /// What ends a step, without its time.
    fn done(&self, id: &str) -> String {
        let at = self.groups.iter().position(|group| group.contains(&format!("start {id}\n"))).unwrap();
        self.groups[at + 1].split_once('\n').unwrap().1.to_owned()
    }
}

#[test]
fn two_steps_at_one_tape_drive_at_the_same_time_are_told_by_lint_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let example = |name: &str| fs::read_to_string(format!("examples/failed-migration/{name}")).unwrap();
    fs::write(path("denver.site.yaml"), example("denver.site.yaml")).unwrap();
    let plan = example("denver.plan.yaml")
        .replace("at: 2002-10-21T20:30, takes: 2h..3h }", "at: 2002-10-21T18:30, takes: 2h..3h, after: [roles] }")
        .replace("do: freeze,", "do: freeze, after: [keep-cmsadm-old, full-old],");
    fs::write(path("denver.plan.yaml"), plan).unwrap();
    let (exit, out, _) = run(&["lint", &path("denver.plan.yaml"), "--format", "json"], "");
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("`full-old` is to start while `cmsadm-old` has its drive"), "{out}");
    let answers = example("before-the-switch-over.answers.txt");
    let until = answers.find("start cmsadm-old\n").unwrap();
    fs::write(path("a.txt"), format!("{}start cmsadm-old\nstart full-old\n", &answers[..until])).unwrap();
    let (_, out, _) = run(&["run", &path("denver.plan.yaml"), "--answers", &path("a.txt")], "");
    assert!(out.contains("warning [drive-in-use]: `cmsadm-old` is under way, and has the same drive"), "{out}");
}
