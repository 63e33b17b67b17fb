//! Logs against plans: where they part, whether it did harm, what was lost.

use super::answers::{Site, corrected};
use super::support::run;
use serde_json::Value;
use std::fs;

/// A log kept by hand: a line for each step, with these lines changed; `None` takes a line out.
fn by_hand(site: &Site, change: impl Fn(&str) -> Option<String>) -> String {
    let mut out = "step,do,started,time,person,tape,label,outcome,fault,reason,evidence,unseen\n".to_owned();
    for group in site.groups.chunks(2) {
        let line = |group: &str, word: &str| {
            group.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_default().trim().to_owned()
        };
        let (id, label) = (line(&group[0], "start "), line(&group[1], "label "));
        let row = format!("{id},,{},{},,,{label},done,,,,on paper", line(&group[0], "at "), line(&group[1], "at "));
        if let Some(row) = change(&row) {
            out.push_str(&row);
            out.push('\n');
        }
    }
    out
}

fn audited(site: &Site, log: &str) -> (u8, Value) {
    let path = site.folder().join("log.csv");
    fs::write(&path, log).unwrap();
    let (exit, out, err) = run(&["audit", path.to_str().unwrap(), "--plan", &site.plan(), "--format", "json"], "");
    (exit, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

fn codes(report: &Value, what: &str) -> Vec<String> {
    let all = report[what].as_array().unwrap();
    all.iter().map(|one| format!("{}:{}", one["step"].as_str().unwrap_or("end"), one["code"].as_str().unwrap())).collect()
}

#[test]
fn a_log_kept_by_hand_that_follows_the_plan_holds() {
    let site = corrected();
    let (exit, report) = audited(&site, &by_hand(&site, |row| Some(row.to_owned())));
    assert_eq!((exit, report["verdict"].as_str()), (0, Some("holds")), "{report}");
    assert_eq!(codes(&report, "deviations"), Vec::<String>::new());
    assert_eq!(report["lost"][0]["minutes"], 36);
    assert_eq!(report["unshown"][0], "drive-ok (on paper)");
}

#[test]
fn the_wrong_tape_in_a_log_is_the_first_deviation_and_harmful() {
    let site = corrected();
    let wrong = |row: &str| Some(if row.starts_with("system-new,") { row.replace(",,t3,", ",t2,t2,") } else { row.to_owned() });
    let (exit, report) = audited(&site, &by_hand(&site, wrong));
    assert_eq!((exit, report["harmful"].as_bool()), (1, Some(true)), "{report}");
    assert_eq!(report["deviations"][0]["message"], "`tape` was t2, the plan says t3");
    assert!(codes(&report, "violations").starts_with(&["system-new:administration-from-wrong-tape".to_owned()]), "{report}");
    assert!(codes(&report, "violations").contains(&"end:administration-missing-at-the-end".to_owned()), "{report}");
    assert!(report["differences"].to_string().contains("unknown, from a wrong tape"), "{report}");
}

#[test]
fn another_order_that_does_no_harm_is_told_apart_from_one_that_loses_history() {
    let site = corrected();
    let rows = by_hand(&site, |row| Some(row.to_owned()));
    let mut lines: Vec<String> = rows.lines().map(str::to_owned).collect();
    let at = |lines: &[String], id: &str| lines.iter().position(|line| line.starts_with(&format!("{id},"))).unwrap();
    // Two steps that do not depend on each other, each with the other's times.
    let (a, b) = (at(&lines, "aom-new"), at(&lines, "printer-new"));
    let (x, y) = (lines[a].replace("aom-new", "printer-new"), lines[b].replace("printer-new", "aom-new"));
    (lines[a], lines[b]) = (x, y);
    let (exit, report) = audited(&site, &(lines.join("\n") + "\n"));
    assert_eq!((exit, report["harmful"].as_bool()), (0, Some(false)), "{report}");
    assert_eq!(codes(&report, "deviations"), ["printer-new:out-of-order"]);
    // Without the incremental backup the upgrade erases what no tape has.
    let (exit, report) = audited(
        &site,
        &by_hand(&site, |row| (!row.starts_with("incr-old,") && !row.starts_with("incr-new,")).then(|| row.to_owned())),
    );
    assert_eq!(exit, 1);
    assert!(codes(&report, "violations").contains(&"cue:history-lost".to_owned()), "{report}");
    assert!(codes(&report, "violations").contains(&"cue:upgrade-erases-history".to_owned()), "{report}");
    assert_eq!(report["unfinished"].as_array().unwrap().len(), 2);
}

#[test]
fn actions_without_a_step_are_found_in_the_plan_or_are_not_of_it() {
    let site = corrected();
    let lines = [
        r#"{"do":"contact-pso","time":"2002-10-20T08:00","person":"customer"}"#,
        r#"{"do":"upgrade-switch","switch":"sw1","release":"9.5","time":"2002-10-20T09:00","person":"technician"}"#,
        r#"{"do":"full-backup","server":"old","tape":"t9","time":"2002-10-20T10:00","outcome":"failed","fault":"backup-failed"}"#,
    ];
    let (exit, report) = audited(&site, &lines.join("\n"));
    assert_eq!(exit, 1);
    let found = codes(&report, "deviations");
    assert_eq!(
        found,
        [
            "switch-release:out-of-order",
            "switch-release:other-actor",
            "switch-release:wrong-actor",
            "line 3:not-in-plan",
            "line 3:failed"
        ],
        "{report}"
    );
    assert_eq!(codes(&report, "violations"), ["line 3:drives-not-compared", "line 3:backup-before-drive-replacement"]);
}

#[test]
fn a_log_that_cannot_be_read_is_refused_at_its_line() {
    let site = corrected();
    let path = site.folder().join("log.csv");
    for (log, what) in [
        ("step,time\nnope,2002-10-20T08:00\n", "line 2 of the log: the plan has no step `nope`"),
        ("step,time\npso,yesterday\n", "line 2 of the log: `yesterday` is no local date and time"),
        ("step,colour\npso,red\n", "line 2 of the log: `colour` says nothing about this step"),
        ("step\nMANY", "line 2002 of the log: the log has more than 2000 rows"),
        ("step,outcome\npso,maybe\n", "`maybe` is no outcome"),
        ("step,outcome\nfull-old,failed\n", "say in `fault` how it failed"),
        ("{\"step\":\"pso\"}\n{\"step\":{}}\n", "line 2 of the log: `step` should be a text"),
        ("{\"step\":\"pso\"}\nnonsense\n", "line 2 of the log: it is no JSON object"),
        ("person\nAnn\n", "it names neither a `step` nor an action"),
        ("do,server\nfull-backup,\u{1b}[2J\n", "no server of the site is called"),
    ] {
        fs::write(&path, log.replace("MANY", &"pso\n".repeat(2_001))).unwrap();
        let (exit, _, err) = run(&["audit", path.to_str().unwrap(), "--plan", &site.plan()], "");
        assert_eq!(exit, 2, "{log}: {err}");
        assert!(err.contains(what) && !err.contains('\u{1b}'), "{log}: {err}");
    }
    assert_eq!(run(&["audit", path.to_str().unwrap()], "").0, 2, "a log names no plan");
    assert_eq!(run(&["audit", "no-such-journal"], "").0, 2);
}

#[test]
fn a_journal_that_was_changed_is_told_at_its_line_and_read_on() {
    let site = corrected();
    site.run(&site.groups[..20].concat());
    let text = fs::read_to_string(site.journal()).unwrap();
    fs::write(site.journal(), text.replacen("2002-10-21T12:06:00", "2002-10-21T12:05:00", 1)).unwrap();
    let (exit, out, _) = run(&["audit", &site.journal()], "");
    assert_eq!(exit, 1, "{out}");
    assert!(out.contains("the journal is not as it was written: line 4: its digest is not that of the line before it"), "{out}");
    assert!(out.contains("not over: 58 to come"), "{out}");
}
