//! The times of a plan: when the upgrade starts, the cut-off, windows, and what cannot be told of them.

mod support;

use std::fs;
use std::path::Path;
use support::run;

/// What is found in the corrected procedure after these replacements: codes, with `?` before what cannot be told.
fn found(changes: &[(&str, &str)]) -> (String, serde_json::Value) {
    found_on("operation: 24x7", changes)
}

/// The same on a site that says this of its hours.
fn found_on(hours: &str, changes: &[(&str, &str)]) -> (String, serde_json::Value) {
    let procedures = Path::new("spec/cms-r3v11-ha/procedures");
    let mut text = fs::read_to_string(procedures.join("corrected.plan.yaml")).unwrap();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    let site = fs::read_to_string(procedures.join("conversion.site.yaml")).unwrap();
    assert_eq!(site.matches("operation: 24x7").count(), 1);
    fs::write(folder.path().join("conversion.site.yaml"), site.replace("operation: 24x7", hours)).unwrap();
    let plan = folder.path().join("x.plan.yaml");
    fs::write(&plan, text).unwrap();
    let (_, out, _) = run(&["lint", plan.to_str().unwrap(), "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let codes = |list: &str| report[list].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect::<Vec<_>>();
    let open = codes("undecided").into_iter().map(|code| format!("?{code}"));
    let all: Vec<String> = codes("findings").into_iter().map(str::to_owned).chain(open).collect();
    (all.join(" "), report)
}

const STARTS: (&str, &str) = ("starts: 2002-10-22T06:00\n", "");
const CUT_OFF: &str = "cut_off: 2002-10-22T06:00";
const FREEZE: &str = "by: customer, at: 2002-10-22T06:00 }";
const BACKUP: &str = ", at: 2002-10-22T06:15, takes: 15m..45m }";

#[test]
fn what_prepares_the_upgrade_may_come_before_it_starts_and_the_upgrade_itself_may_not() {
    assert_eq!(found(&[]).0, "", "both early backups are made the evening before");
    let early = [(FREEZE, "by: customer, at: 2002-10-22T05:00 }"), (CUT_OFF, "cut_off: 2002-10-22T05:00")];
    let backup = (BACKUP, ", at: 2002-10-22T05:30, takes: 15m..45m }");
    let (codes, report) = found(&[early[0], early[1], backup]);
    assert_eq!(codes, "begun-before-it-starts");
    assert_eq!(report["findings"][0]["message"], "the administration backup is made before the upgrade is to start");
    assert_eq!(found(&[early[0], early[1], backup, STARTS]).0, "", "where no start is stated, nothing is too early");
}

#[test]
fn a_cut_off_is_kept_broken_or_not_told_by_the_times_around_the_backup() {
    let untimed = (BACKUP, ", within: [{ of: full-old, at_most: 24h }, { of: cmsadm-old, at_most: 24h }] }");
    let freeze = (FREEZE, "by: customer }");
    assert_eq!(
        found(&[(BACKUP, ", at: 2002-10-22T06:15, takes: 15m..45m }"), (CUT_OFF, "cut_off: 2002-10-22T06:16")]).0,
        "administration-backup-before-cut-off"
    );
    assert_eq!(found(&[untimed]).0, "", "the freeze before it is at the cut-off");
    assert_eq!(found(&[untimed, freeze]).0, "", "it waits for the start of the upgrade, which is not before the cut-off");
    let (codes, report) = found(&[untimed, freeze, STARTS]);
    assert_eq!(codes, "?administration-backup-before-cut-off");
    assert_eq!(report["undecided"][0]["gave_up"], "nothing keeps `admin-old` from starting before `cut_off`; state its `at`");
    assert!(report["verdicts"].to_string().contains("cannot-tell"));
    // It has to be over when the next step with a time begins.
    let check = (
        "do: check-backup, server: old, tape: t3, by: technician }",
        "do: check-backup, server: old, tape: t3, by: technician, at: 2002-10-22T05:30 }",
    );
    assert_eq!(found(&[untimed, freeze, STARTS, check]).0, "administration-backup-before-cut-off");
}

#[test]
fn a_window_is_bounded_by_the_times_of_other_steps_too() {
    let untimed = (BACKUP, ", takes: 15m..45m }");
    let (codes, report) = found(&[untimed]);
    assert_eq!(codes, "?cmsadm-backup-older-than-24-hours ?full-backup-older-than-24-hours");
    assert_eq!(report["undecided"][0]["gave_up"], "nothing bounds the time between `cmsadm-old` and `admin-old`");
    let check = "do: check-backup, server: old, tape: t3, by: technician }";
    let at = |time: &str| format!("do: check-backup, server: old, tape: t3, by: technician, at: 2002-10-22T{time} }}");
    assert_eq!(found(&[untimed, (check, &at("08:00"))]).0, "");
    let (codes, report) = found(&[untimed, (check, &at("19:30"))]);
    assert_eq!(codes, "?cmsadm-backup-older-than-24-hours");
    assert_eq!(
        report["undecided"][0]["gave_up"],
        "as far as the plan says, up to 24 h 15 min may lie between `cmsadm-old` and `admin-old`"
    );
}

#[test]
fn times_that_no_course_of_events_can_meet_are_flagged_whichever_steps_state_them() {
    // The step between the two with times states none, and takes too long.
    let long = (FREEZE, "by: customer, takes: 10h..11h }");
    assert_eq!(found(&[long]).0, "impossible-times");
    let perhaps = (FREEZE, "by: customer, takes: 5h..9h }");
    assert_eq!(found(&[perhaps]).0, "times-too-tight");
    // Started, by `starts`, later than the step after it.
    let check = (
        "do: check-backup, server: old, tape: t3, by: technician }",
        "do: check-backup, server: old, tape: t3, by: technician, at: 2002-10-22T05:30 }",
    );
    let freeze = (FREEZE, "by: customer }");
    assert_eq!(found(&[(BACKUP, " }"), freeze, check]).0, "impossible-times");
    let soon = (BACKUP, ", at: 2002-10-22T06:15, within: { of: full-old, at_most: 1h } }");
    assert_eq!(found(&[soon]).0, "impossible-times", "it is hours after the full backup, and is to be within one");
}

#[test]
fn a_drive_is_replaced_after_hours_within_them_or_it_cannot_be_told() {
    let hours = "operation: business-hours\nbusiness_hours: { opens: 8, closes: 18 }";
    let replaced = |times: &str| {
        let step = [
            "drive: dds-4, by: sun-technician }\n  - { id: drive-ok",
            &format!("drive: dds-4, by: sun-technician{times} }}\n  - {{ id: drive-ok"),
        ];
        let (codes, report) = found_on(hours, &[(step[0], step[1])]);
        (codes, report["undecided"][0]["gave_up"].clone())
    };
    assert_eq!(replaced(", at: 2002-10-20T18:00, takes: 1h..3h").0, "");
    assert_eq!(replaced(", at: 2002-10-20T05:00, takes: 1h..3h").0, "", "it is over when they begin");
    assert_eq!(replaced(", at: 2002-10-20T17:59, takes: 1h..3h").0, "drive-replaced-in-business-hours");
    assert_eq!(replaced(", at: 2002-10-20T07:00, takes: 61m..3h").0, "drive-replaced-in-business-hours");
    let (codes, why) = replaced(", at: 2002-10-20T05:00, takes: 1h..4h");
    assert_eq!(codes, "?drive-replaced-in-business-hours", "it can last into them");
    assert_eq!(why, "nothing keeps `new-drive` out of these hours; state its `at` and `takes`");
    assert_eq!(replaced("").0, "?drive-replaced-in-business-hours");
    let (codes, report) = found_on("operation: business-hours", &[]);
    assert_eq!(codes, "?drive-replaced-in-business-hours");
    assert_eq!(report["undecided"][0]["facts"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(
        found_on("operation: 24x7\nbusiness_hours: { opens: 0, closes: 24 }", &[]).0,
        "",
        "there the loss cannot be avoided"
    );
}
