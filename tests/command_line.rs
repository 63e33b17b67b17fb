//! What people type, and what comes back: exit codes, selections, formats, places.

mod support;

use serde_json::Value;
use std::fs;
use support::{run, run_wide};

const GOOD: &str = "examples/ten-pairs/ultra-5-ultra-5.site.yaml";
const OPEN: &str = "examples/half-filled/half-filled.site.yaml";
const BAD: &str = "examples/many-mistakes/many-mistakes.site.yaml";

fn json(args: &[&str], input: &str) -> (u8, Value) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let (exit, out, err) = run(&args, input);
    (exit, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn site(facts: &str) -> String {
    format!("rulebook: cms-r3v11-ha\nkind: site\n{facts}")
}

#[test]
fn exit_codes_tell_the_four_answers_apart() {
    assert_eq!(run(&["lint", GOOD], "").0, 0);
    assert_eq!(run(&["lint", BAD], "").0, 1);
    assert_eq!(run(&["lint", "no-such-file.site.yaml"], "").0, 2);
    assert_eq!(run(&["lint", OPEN], "").0, 3);
    assert_eq!(run(&["lint", GOOD, OPEN], "").0, 3, "what cannot be told outweighs what holds");
    assert_eq!(run(&["lint", GOOD, OPEN, BAD], "").0, 1, "an error outweighs both");
    assert_eq!(run(&["lint", BAD, "no-such-file.site.yaml"], "").0, 2, "unusable input outweighs all");
    assert_eq!(run(&["lint"], "").0, 2);
    assert_eq!(run(&["lint", "--frmat", "json", GOOD], "").0, 2);
}

#[test]
fn an_unsupported_pair_is_flagged_at_the_platform_with_page_and_statements() {
    let text = site("servers:\n  - id: a\n    platform: ultra-5\n  - id: b\n    platform: sun-fire-v880\n");
    let (exit, report) = json(&["lint", "-"], &text);
    assert_eq!(exit, 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "unsupported-platform-pair");
    assert_eq!(
        (finding["line"].as_u64(), finding["column"].as_u64(), finding["end_column"].as_u64()),
        (Some(7), Some(15), Some(28))
    );
    assert_eq!(finding["manual"], "585-215-514 p. 6");
    assert!(finding["statements"].as_array().unwrap().contains(&Value::from("PLAT-11")));
    assert_eq!(report["verdicts"]["<stdin>"], "violated");
}

#[test]
fn a_version_is_read_from_the_text_so_8_10_is_not_8_1() {
    let switch = |release: &str| {
        site(&format!(
            "servers: [{{ id: a }}, {{ id: b }}]\nswitches:\n  - {{ id: s, family: definity-ecs, release: {release} }}\n"
        ))
    };
    let said = |release: &str| {
        let (_, report) = json(&["lint", "-", "--only", "switch-release-8-0,unsupported-switch-release"], &switch(release));
        (codes(&report).join(","), report["undecided"].as_array().unwrap().len())
    };
    assert_eq!(said("8.10"), (String::new(), 0));
    assert_eq!(said("8.0"), ("switch-release-8-0".to_owned(), 0));
    assert_eq!(said("8"), (String::new(), 1), "8 may be 8.0 or 8.1: it cannot be told");
    assert_eq!(said("9"), (String::new(), 0), "every 9.x is fine");
    assert_eq!(said("11.0"), ("unsupported-switch-release".to_owned(), 0));
}

#[test]
fn a_missing_series_cannot_be_told_and_is_named() {
    let text = site(
        "servers:\n  - { id: a, role: primary, platform: ultra-5, series: 2 }\n  - { id: b, role: secondary, platform: ultra-5 }\n",
    );
    let (_, report) = json(&["lint", "-", "--only", "older-ultra-5-primary"], &text);
    assert_eq!(report["undecided"][0]["facts"][0]["name"], "servers[b].series");
    assert_eq!(report["undecided"][0]["facts"][0]["line"], 5);
    let text = text.replace("series: 2", "series: 4");
    let (exit, report) = json(&["lint", "-", "--only", "older-ultra-5-primary"], &text);
    assert_eq!(
        (exit, codes(&report).len(), report["undecided"].as_array().unwrap().len()),
        (0, 0, 0),
        "series 4 is primary beside any"
    );
}

#[test]
fn a_rule_that_every_completion_violates_is_violated_with_holes() {
    let text = site("servers:\n  - { id: a, role: secondary, packages: [icc] }\n  - { id: b, packages: [icc] }\n");
    let (exit, report) = json(&["lint", "-", "--only", "icc-on-secondary"], &text);
    assert_eq!((exit, codes(&report)), (1, vec!["icc-on-secondary"]));
}

#[test]
fn rules_that_no_completion_satisfies_together_are_told_together() {
    // Whichever of the two is secondary has Internet Call Center.
    let text = site("servers:\n  - { id: a, packages: [icc] }\n  - { id: b, packages: [icc] }\n");
    let (exit, report) = json(&["lint", "-"], &text);
    assert_eq!((exit, codes(&report)), (1, vec!["no-legal-completion"]));
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("icc-on-secondary") && message.contains("two-primaries"), "{message}");
}

#[test]
fn slips_in_the_words_of_a_site_are_findings_of_their_own_all_in_one_run() {
    let text = site(
        "tapes: 700\ntapes: 7\nnmae: Denver\nswitch_over: automatic\ncustom_features: reports\n\
         servers:\n  - { id: a, role: primry, mirrored: yes, packages: [echi, echi] }\n  - { id: a, platform: sun-blade }\n  - { id: c }\n\
         switches:\n  - { id: s, links: [{ server: nobody }, { transport: ethernet }] }\n",
    );
    let (exit, report) = json(&["lint", "-"], &text);
    assert_eq!(exit, 1);
    let codes = codes(&report);
    for code in [
        "number-out-of-range",
        "duplicate-key",
        "unknown-field",
        "refused-value",
        "wrong-type",
        "unknown-value",
        "duplicate-value",
        "duplicate-id",
        "too-many-items",
        "dangling-reference",
        "missing-field",
    ] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    for finding in report["findings"].as_array().unwrap() {
        assert!(finding["help"].as_str().is_some_and(|help| !help.is_empty()), "no way out: {finding}");
        assert!(finding["line"].as_u64().unwrap() > 0);
    }
}

#[test]
fn warnings_count_as_errors_only_when_denied() {
    let text = site(
        "servers:\n  - { id: a, ethernet: [{ port: built-in }] }\n  - { id: b, ethernet: [{ port: built-in }, { port: second }] }\n",
    );
    let only = ["lint", "-", "--only", "one-ethernet-port"];
    let (exit, report) = json(&only, &text);
    assert_eq!((exit, report["findings"][0]["level"].as_str()), (0, Some("warning")));
    let denied: Vec<&str> = only.into_iter().chain(["--deny", "warnings"]).collect();
    let (exit, report) = json(&denied, &text);
    assert_eq!((exit, report["findings"][0]["level"].as_str()), (1, Some("error")));
    let ignored: Vec<&str> = ["lint", "-", "--ignore", "one-ethernet-port", "--deny", "warnings"].to_vec();
    assert!(!codes(&json(&ignored, &text).1).contains(&"one-ethernet-port"));
}

#[test]
fn a_mistyped_code_is_refused_with_the_nearest_one() {
    let (exit, _, err) = run(&["lint", GOOD, "--only", "icc-on-secondry"], "");
    assert_eq!(exit, 2);
    assert!(err.contains("did you mean `icc-on-secondary`?"), "{err}");
}

#[test]
fn every_rule_can_be_explained() {
    for rule in &support::built_in().rules {
        let (exit, out, _) = run(&["explain", &rule.code], "");
        assert_eq!(exit, 0);
        for part in ["Manual:", "Statements:", "Fails:", "Passes:"] {
            assert!(out.contains(part), "{}: no {part}", rule.code);
        }
        assert!(out.lines().all(|line| line.chars().count() <= 80 || line.starts_with("    ")), "{}: wider than 80", rule.code);
    }
}

#[test]
fn output_fits_a_narrow_terminal() {
    let (_, out, _) = run_wide(&["lint", OPEN, BAD], b"", 60);
    let prose = out
        .lines()
        .filter(|line| !line.contains(['│', '·', '╭', '╰']) && !line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    for line in prose {
        let is_one_word = !line.trim().contains(' ');
        assert!(line.chars().count() <= 60 || is_one_word || line.contains("examples/"), "{line}");
    }
}

#[test]
fn fingerprints_survive_lines_added_above() {
    let text = fs::read_to_string(BAD).unwrap();
    let prints = |text: &str| -> Vec<String> {
        let (_, out, _) = run(&["lint", "-", "--format", "sarif"], text);
        let log: Value = serde_json::from_str(&out).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        results.filter_map(|result| result["partialFingerprints"]["cutoverLine/v1"].as_str().map(str::to_owned)).collect()
    };
    let before = prints(&text);
    assert!(before.len() > 8);
    assert_eq!(before, prints(&format!("# a comment\n\n{text}")));
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), before.len(), "two findings share a fingerprint");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let one = run(&["lint", "--jobs", "1", "--format", "json", "examples"], "");
    assert_eq!(one, run(&["lint", "--jobs", "2", "--format", "json", "examples"], ""));
}

#[test]
fn a_rulebook_from_disk_is_used_and_its_faults_are_shown_with_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("rules")).unwrap();
    fs::write(
        path("rulebook.yaml"),
        "id: pumps\nversion: 1.0.0\ntitle: Pumps\nmanual: { title: P, number: \"1\", issue: \"1\", date: 2002-10 }\nsite: site\nfinished: \"true\"\n",
    )
    .unwrap();
    let nouns = "records:\n  site:\n    doc: A cellar.\n    fields:\n      depth: { type: 0..40, doc: Metres. }\n";
    fs::write(path("vocabulary.yaml"), nouns).unwrap();
    fs::write(path("statements.yaml"), "- { id: P-1, page: \"1\", says: Not too deep. }\n").unwrap();
    let rule = "claim: A cellar is not deeper than ten metres.\nlevel: error\nwhen: always\nmust: depth <= 10\nat: depth\nmessage: too deep, {depth} metres\nhelp: fill it up\nwhy: Pumps suck no higher.\npage: \"1\"\nstatements: [P-1]\npasses: |\n  rulebook: pumps\n  kind: site\n  depth: 9\nfails: |\n  rulebook: pumps\n  kind: site\n  depth: 11 # error[too-deep]\n";
    fs::write(path("rules/too-deep.yaml"), rule).unwrap();
    let folder_name = folder.path().to_str().unwrap();
    let (exit, out, _) = run(&["rules", "--check", folder_name], "");
    assert_eq!((exit, out.as_str()), (0, "pumps: 1 rule, 2 examples, 0 tests: all as they should be\n"));
    let (exit, out, _) =
        run(&["lint", "--rulebook", folder_name, "-", "--format", "github"], "rulebook: pumps\nkind: site\ndepth: 12\n");
    assert_eq!(exit, 1);
    assert!(out.contains("line=3,endLine=3,col=8,endColumn=10,title=too-deep::too deep, 12 metres"), "{out}");
    // Three faults in one rule, all told at once, each at its place.
    let broken = rule.replace("depth <= 10", "dept <= 10").replace("level: error", "level: fatal").replace("{depth}", "{deth}");
    fs::write(path("rules/too-deep.yaml"), broken).unwrap();
    let (exit, out, _) = run(&["rules", "--check", folder_name], "");
    assert_eq!(exit, 1);
    for words in [
        "unknown name `dept`",
        "did you mean `depth`?",
        "one of error, warning, note",
        "unknown name `deth`",
        "too-deep.yaml:4:7",
    ] {
        assert!(out.contains(words), "`{words}` is not in {out}");
    }
}

#[test]
fn the_schema_accepts_every_example_key_that_the_linter_accepts() {
    let (_, out, _) = run(&["schema", "site"], "");
    let schema: Value = serde_json::from_str(&out).unwrap();
    let vocabulary = &support::built_in().vocabulary;
    for record in &vocabulary.records {
        let properties =
            if record.name == "site" { &schema["properties"] } else { &schema["definitions"][&record.name]["properties"] };
        for field in record.fields.iter().filter(|field| !field.of_plan) {
            assert!(properties[&field.name]["description"].is_string(), "{}.{} is not described", record.name, field.name);
        }
    }
}
