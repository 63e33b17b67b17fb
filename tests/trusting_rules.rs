//! What `prove` says of the rules, and which changes of a rulebook its examples notice. On made-up rulebooks with one fault
//! each, and on the built-in one.

mod support;

use std::fs;
use std::path::Path;
use support::run;

const HEAD: &str = "id: pump\nversion: 1.0.0\ntitle: Pumps\nmanual: { title: M, number: \"1\", issue: \"1\", date: 2002-10 }\n\
                    site: site\nfinished: \"true\"\n";
const NOUNS: &str = "enumerations:\n  maker: { doc: Makers., values: { acme: {}, bolt: {}, cog: {} } }\nrecords:\n  site:\n    doc: A cellar.\n\
                     \x20   fields:\n      maker: { type: maker, doc: Who made it. }\n      depth: { type: 0..9, doc: Metres. }\n\
                     \x20     wet: { type: boolean, doc: Whether it is wet. }\n";
const STATEMENTS: &str = "- { id: S-1, page: 1, says: Acme. }\n";

/// A rule that a site with `passes` keeps, and one with `fails` breaks.
struct Rule {
    code: &'static str,
    level: &'static str,
    applies: &'static str,
    must: &'static str,
    passes: &'static str,
    fails: &'static str,
}

impl Rule {
    fn text(&self) -> String {
        let Self { code, level, applies, must, passes, fails } = self;
        let at = must.split_whitespace().next().unwrap();
        format!(
            "claim: So it is.\nlevel: {level}\nwhen: always\nwhere: \"{applies}\"\nmust: \"{must}\"\nat: {at}\nmessage: no\nhelp: yes\nwhy: so\n\
             page: \"1\"\nstatements: [S-1]\npasses: \"rulebook: pump\\nkind: site\\n{passes}\\n\"\n\
             fails: \"rulebook: pump\\nkind: site\\n{fails} # {level}[{code}]\\n\"\n"
        )
    }
}

/// A rulebook of these rules, in a folder.
fn rulebook(rules: &[Rule]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    for (name, text) in [("rulebook.yaml", HEAD), ("vocabulary.yaml", NOUNS), ("statements.yaml", STATEMENTS)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for rule in rules {
        fs::write(folder.path().join(format!("rules/{}.yaml", rule.code)), rule.text()).unwrap();
    }
    folder
}

/// The exit code, and the items of a kind that are refuted: subject and detail.
fn refuted(folder: &Path, kind: &str) -> (u8, Vec<String>) {
    let (exit, out, err) = run(&["prove", folder.to_str().unwrap(), "--section", "rules", "--format", "json"], "");
    assert_eq!(err, "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let items = report["items"].as_array().unwrap().iter();
    let found = items.filter(|item| item["kind"] == kind && item["verdict"] == "refuted");
    (exit, found.map(|item| format!("{}: {}", item["subject"].as_str().unwrap(), item["detail"])).collect())
}

fn shallow(must: &'static str) -> Rule {
    Rule { code: "deep", level: "error", applies: "true", must, passes: "depth: 1", fails: "depth: 9" }
}

#[test]
fn a_rule_that_is_broken_only_where_another_one_is_is_named() {
    let rule = |code, must| Rule { code, level: "warning", applies: "true", must, passes: "depth: 1", fails: "depth: 9" };
    let folder = rulebook(&[rule("deep", "depth < 5"), rule("deeper", "depth < 9")]);
    assert_eq!(
        refuted(folder.path(), "implied"),
        (1, vec!["deeper: [\"every otherwise legal site that breaks it breaks `deep`\"]".to_owned()])
    );
}

#[test]
fn a_rule_that_no_site_can_break_and_one_that_only_an_illegal_site_can_are_named() {
    let dead = Rule { code: "dead", level: "error", applies: "true", must: "depth < 10", passes: "depth: 1", fails: "depth: 9" };
    let shadowed = Rule {
        code: "shadowed",
        level: "warning",
        applies: "depth > 5",
        must: "maker == acme",
        passes: "depth: 9",
        fails: "depth: 9",
    };
    let folder = rulebook(&[dead, shallow("depth < 5"), shadowed]);
    let (exit, found) = refuted(folder.path(), "alive");
    assert_eq!(exit, 1);
    assert_eq!(
        found,
        ["dead: [\"no site with lists of at most 2 breaks it\"]", "shadowed: [\"every site that breaks it breaks `deep`\"]"]
    );
}

#[test]
fn two_rules_that_cannot_both_be_kept_are_named() {
    let rule = |code, must, passes, fails| Rule { code, level: "warning", applies: "wet", must, passes, fails };
    let folder = rulebook(&[
        rule("not-acme", "maker == acme", "wet: true\\nmaker: acme", "wet: true\\nmaker: bolt"),
        rule("not-bolt", "maker == bolt", "wet: true\\nmaker: bolt", "wet: true\\nmaker: acme"),
    ]);
    let (exit, found) = refuted(folder.path(), "contradicts");
    assert_eq!((exit, found), (1, vec!["not-acme: [\"no legal site keeps it and `not-bolt` where both apply\"]".to_owned()]));
}

#[test]
fn a_value_that_no_legal_site_can_have_is_named() {
    let makers = Rule {
        code: "unknown-maker",
        level: "error",
        applies: "true",
        must: "maker in [acme, bolt]",
        passes: "maker: acme",
        fails: "maker: cog",
    };
    let folder = rulebook(&[makers]);
    let (exit, out, _) = run(&["prove", folder.path().to_str().unwrap(), "--section", "rules"], "");
    assert!(exit == 0 && out.contains("maker: of its 3 values no legal site has: cog"), "{exit}\n{out}");
}

#[test]
fn the_rules_of_the_built_in_rulebook_are_all_alive_and_say_nothing_twice() {
    let (exit, out, _) = run(&["prove", "--section", "rules", "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let items = report["items"].as_array().unwrap();
    let unwell: Vec<&serde_json::Value> = items.iter().filter(|item| item["verdict"] != "holds").collect();
    assert!(exit == 0 && unwell.is_empty(), "{unwell:#?}");
    let alive = items.iter().filter(|item| item["kind"] == "alive" && item["assurance"] == "proved");
    assert_eq!(alive.count(), support::built_in().rules.len());
    let rows = items.iter().find(|item| item["subject"] == "unsupported-platform-pair" && item["kind"] == "rows").unwrap();
    assert_eq!(rows["verdict"], "holds", "each supported pair is on a legal site");
}

fn check(folder: &Path, more: &[&str]) -> (u8, String) {
    let args = [&["rules", "--check", folder.to_str().unwrap()], more].concat();
    let (exit, out, err) = run(&args, "");
    assert_eq!(err, "");
    (exit, out)
}

#[test]
fn a_change_that_no_example_notices_is_listed_until_an_example_does_or_a_reason_is_given() {
    let folder = rulebook(&[shallow("depth < 5")]);
    let (exit, out) = check(folder.path(), &["--mutations"]);
    let unnoticed = "rules/deep.yaml:5: must: `5` becomes `4`";
    assert!(exit == 0 && out.contains(unnoticed), "{exit}\n{out}");

    let tests = folder.path().join("tests");
    fs::create_dir(&tests).unwrap();
    let reasons =
        |change: &str| format!("- because: nobody measures so well\n  changes:\n    - \"rules/deep.yaml: must: {change}\"\n");
    fs::write(tests.join("unnoticed.yaml"), reasons("`5` becomes `4`")).unwrap();
    let (exit, out) = check(folder.path(), &["--mutations"]);
    assert!(exit == 0 && out.contains(&format!("{unnoticed}\n  because nobody measures so well")), "{exit}\n{out}");

    fs::write(tests.join("four.site.yaml"), "rulebook: pump\nkind: site\ndepth: 4\n").unwrap();
    let (exit, out) = check(folder.path(), &["--mutations"]);
    let stale = "a reason is given for a change that does not go unnoticed: rules/deep.yaml: must: `5` becomes `4`";
    assert!(exit == 1 && out.contains(stale) && !out.contains(unnoticed), "{exit}\n{out}");
}

#[test]
fn a_finding_too_many_or_too_few_in_a_test_of_a_rulebook_is_told_with_its_line() {
    let folder = rulebook(&[shallow("depth < 5")]);
    let tests = folder.path().join("tests");
    fs::create_dir(&tests).unwrap();
    fs::write(tests.join("a.site.yaml"), "rulebook: pump\nkind: site\ndepth: 4 # error[deep]\n").unwrap();
    fs::write(tests.join("b.site.yaml"), "rulebook: pump\nkind: site\ndepth: 6\n").unwrap();
    let (exit, out) = check(folder.path(), &[]);
    assert_eq!(exit, 1);
    assert!(out.contains("a.site.yaml:3: error[deep] is expected here, and is not found"), "{out}");
    assert!(out.contains("b.site.yaml:3: error[deep] is found here, and no comment expects it"), "{out}");
}

#[test]
fn of_all_changes_of_the_built_in_rulebook_its_examples_notice_97_in_100_and_of_the_others_it_is_known_why() {
    let (exit, out) = check(Path::new("spec/cms-r3v11-ha"), &["--tests", "examples", "--mutations"]);
    assert_eq!(exit, 0, "{out}");
    let counts = out.lines().find(|line| line.contains("noticed by some example")).unwrap();
    let numbers: Vec<usize> = counts.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    assert!(numbers[0] >= 2_000 && numbers[1] * 100 >= numbers[0] * 97, "{counts}");
    let unexplained = out.split("unnoticed: ").skip(1).filter(|survivor| !survivor.contains("\n  because "));
    let unexplained: Vec<&str> = unexplained.collect();
    assert!(unexplained.is_empty(), "no reason is given for:\n{}", unexplained.join(""));
}
