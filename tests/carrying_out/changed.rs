//! A plan whose continuation takes its place in the same journal.

use super::answers::{Site, cellar};
use super::support::run;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The cellar, whose pump jams, and what is typed from then on: a group for each entry of the journal.
fn jammed() -> Site {
    let mut site = cellar();
    let shown = "label b1\n";
    let mut groups = site.groups[..3].to_vec();
    groups.push("at 2002-10-21T12:16\nfailed up jammed\n".to_owned());
    groups.push("at 2002-10-21T12:17\naccept\n".to_owned());
    let steps = [("prime-a", shown), ("up", "evidence\nLamp: green\n.\n"), ("down", ""), ("prime", shown)];
    for (place, (step, said)) in steps.into_iter().enumerate() {
        groups.push(format!("at 2002-10-21T12:{}\nstart {step}\n", 20 + 10 * place));
        groups.push(format!("at 2002-10-21T12:{}\n{said}done {step}\n", 26 + 10 * place));
    }
    site.groups = groups;
    site
}

fn second(site: &Site) -> PathBuf {
    site.folder().join("x-2.plan.yaml")
}

fn rulebook(site: &Site) -> String {
    site.folder().join("rulebook").to_str().unwrap().to_owned()
}

/// Exit code and output of `cutover`, with the site's rulebook.
fn told(site: &Site, args: &[&str]) -> (u8, String) {
    let rulebook = rulebook(site);
    let (exit, out, err) = run(&[args, &["--rulebook", &rulebook]].concat(), "");
    (exit, out + &err)
}

#[test]
fn an_accepted_continuation_is_a_plan_that_lint_runbook_run_and_audit_take() {
    let site = jammed();
    let (exit, out) = site.run(&site.groups[..5].concat());
    assert_eq!(exit, 3, "{out}");
    assert!(out.contains("x-2.plan.yaml; journal"), "{out}");
    let plan = second(&site);
    let path = plan.to_str().unwrap();
    let text = fs::read_to_string(&plan).unwrap();
    assert!(text.contains("continues:\n  plan: \"x.plan.yaml\"\n  journal: \"x.journal.jsonl\"\n  entries: 5\n"), "{text}");
    for engine in ["walk", "solver"] {
        let (exit, out) = told(&site, &["lint", path, "--engine", engine]);
        assert_eq!(exit, 0, "{engine}: {out}");
    }
    let (exit, out) = told(&site, &["runbook", path]);
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("The plan goes on from x.plan.yaml after entry 5 of x.journal.jsonl."), "{out}");
    let (exit, out) = site.run(&site.from(5));
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("which has taken the place of that plan"), "{out}");
    assert!(out.contains("4 of 4 steps done: the plan is carried out"), "{out}");
    let (exit, out) = told(&site, &["audit", &site.journal(), "--format", "json"]);
    let found: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    let codes: Vec<&str> = found["deviations"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!((exit, codes), (0, vec!["failed", "plan-changed"]), "{out}");
}

#[test]
fn a_step_that_only_the_actual_state_forbids_is_found_in_a_continuation() {
    let site = jammed();
    site.run(&site.groups[..5].concat());
    let text = fs::read_to_string(second(&site)).unwrap();
    let without: Vec<&str> = text.lines().filter(|line| !line.contains("id: prime-a")).collect();
    fs::write(second(&site), without.join("\n").replace("after: [prime-a]", "after: []")).unwrap();
    for engine in ["walk", "solver"] {
        let (exit, out) = told(&site, &["lint", second(&site).to_str().unwrap(), "--engine", engine]);
        assert_eq!(exit, 1, "{out}");
        assert!(out.contains("pump `a` is not primed"), "{out}");
    }
}

#[test]
fn a_journal_with_a_change_of_plan_is_gone_on_with_exactly_wherever_it_was_cut() {
    let site = jammed();
    let (exit, out) = site.run(&site.all());
    assert_eq!(exit, 0, "{out}");
    let (whole, plan) = (fs::read(site.journal()).unwrap(), fs::read(second(&site)).unwrap());
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    // Every byte from the entry before the change to the one after it, and some of all others.
    let near = |cut: &usize| (ends[3]..=ends[6]).contains(cut) || (*cut > ends[0] && cut % 41 == 0);
    for cut in (0..=whole.len()).filter(near) {
        fs::write(site.journal(), &whole[..cut]).unwrap();
        let kept = ends.iter().filter(|end| **end <= cut || **end == cut + 1).count();
        let (exit, out) = site.run(&site.from(kept - 1));
        assert_eq!(exit, 0, "cut at {cut}: {out}");
        assert!(fs::read(site.journal()).unwrap() == whole, "cut at {cut}: {out}");
        assert_eq!(fs::read(second(&site)).unwrap(), plan, "cut at {cut}");
    }
}

#[test]
fn a_continuation_that_was_written_and_not_recorded_is_taken_up_by_naming_it() {
    let site = jammed();
    site.run(&site.groups[..5].concat());
    let whole = fs::read_to_string(site.journal()).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(site.journal(), lines[..5].join("\n") + "\n").unwrap();
    fs::write(site.folder().join("answers.txt"), site.from(5)).unwrap();
    let answers = site.folder().join("answers.txt");
    let (exit, out) = told(&site, &["run", second(&site).to_str().unwrap(), "--answers", answers.to_str().unwrap()]);
    assert_eq!(exit, 0, "{out}");
    assert!(fs::read_to_string(site.journal()).unwrap().contains("\"event\":\"changed\",\"plan\":\"x-2.plan.yaml\""));
}

#[test]
fn a_continuation_is_refused_where_anything_before_it_is_not_what_it_was() {
    let changed = |change: &dyn Fn(&Site)| {
        let site = jammed();
        site.run(&site.groups[..5].concat());
        change(&site);
        let (exit, out) = told(&site, &["lint", second(&site).to_str().unwrap()]);
        assert_eq!(exit, 2, "{out}");
        assert!(out.contains("journal-does-not-fit"), "{out}");
        out.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    };
    let journal = |site: &Site, from: &str, to: &str| {
        let text = fs::read_to_string(site.journal()).unwrap();
        fs::write(site.journal(), text.replacen(from, to, 1)).unwrap();
    };
    let text = changed(&|site| journal(site, "jammed", "broken"));
    assert!(text.contains("line 6 of the journal `x.journal.jsonl` is not as it was written"), "{text}");
    let text = changed(&|site| {
        let whole = fs::read_to_string(site.journal()).unwrap();
        let lines: Vec<&str> = whole.lines().take(4).collect();
        fs::write(site.journal(), lines.join("\n") + "\n").unwrap();
    });
    assert!(text.contains("has 4 entries, and this plan goes on from entry 5"), "{text}");
    let text = changed(&|site| fs::write(site.plan(), fs::read_to_string(site.plan()).unwrap() + "# more\n").unwrap());
    assert!(text.contains("`x.plan.yaml` is not the plan that the journal is of"), "{text}");
    let text =
        changed(&|site| fs::write(site.site(), fs::read_to_string(site.site()).unwrap().replace("true", "false")).unwrap());
    assert!(text.contains("`pumps` of the site has changed"), "{text}");
    let text = changed(&|site| {
        let plan = fs::read_to_string(second(site)).unwrap();
        fs::write(second(site), plan.replace("entries: 5", "entries: 4")).unwrap();
    });
    assert!(text.contains("up to entry 4 the journal `x.journal.jsonl` is not the one"), "{text}");
}

#[test]
fn a_plan_in_the_way_and_a_continuation_of_nothing_are_refused_and_nothing_is_recorded() {
    let site = jammed();
    fs::write(second(&site), "mine\n").unwrap();
    let (exit, out) = site.run(&format!("{}accept\naccept ../y.plan.yaml\naccept y.plan.yaml\n", site.groups[..4].concat()));
    assert_eq!(exit, 3, "{out}");
    assert!(out.contains("is there already, and is another plan"), "{out}");
    assert!(out.contains("name a file without a folder"), "{out}");
    assert!(out.contains("y.plan.yaml; journal"), "{out}");
    assert_eq!(fs::read_to_string(second(&site)).unwrap(), "mine\n");
    let site = jammed();
    let (_, out) = site.run(&format!("{}accept\npropose\n", site.groups[..2].concat()));
    assert_eq!(out.matches("nothing has failed, and the plan goes on as it is").count(), 2, "{out}");
}
