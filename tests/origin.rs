//! What a plan was made from: what counts as a change, and who says so.

mod support;

use cutover::model::origin::{Origin, rulebook_digest};
use cutover::source::text::Source;
use cutover::source::yaml;
use std::fs;
use std::path::Path;
use support::run;

const SITE: &str = "rulebook: cms-r3v11-ha\nkind: site\nname: Denver\nservers:\n  - { id: old, standing: original }\n";

fn origin(site: &str) -> Origin {
    Origin::of(rulebook_digest(&[("rulebook.yaml", "id: x")]), &yaml::parse(&Source::new("site", site)).unwrap())
}

#[test]
fn layout_comments_quotes_and_the_order_of_keys_are_no_change_of_a_site() {
    let other = "# Denver\nservers:\n- standing: \"original\"\n  id: 'old'   # in service\nname: >-\n  Denver\nkind: site\nrulebook: cms-r3v11-ha\n";
    assert_eq!(origin(SITE), origin(other));
    assert_eq!(origin(SITE).changes(&origin(other)), Vec::<String>::new());
}

#[test]
fn each_fact_that_changed_came_or_went_is_named_and_no_other() {
    let now = origin("rulebook: cms-r3v11-ha\nkind: site\nservers:\n  - { id: old, standing: new }\ntapes: 7\n");
    let expected =
        ["`name` of the site has been removed", "`servers` of the site has changed", "`tapes` of the site has been added"];
    assert_eq!(origin(SITE).changes(&now), expected);
    assert!(!origin(SITE).has_same_ground(&now));
}

#[test]
fn values_that_look_alike_are_told_apart() {
    let tapes = |text: &str| origin(&format!("tapes: {text}\n"));
    let forms = ["8.1", "8.10", "[8.1]", "[[8.1]]", "{ a: b }", "[a, b]", "", "[]", "\"\"", "[ab]", "{ ab: \"\" }"];
    for (index, one) in forms.iter().enumerate() {
        for other in &forms[index + 1..] {
            assert_ne!(tapes(one), tapes(other), "{one} and {other}");
        }
    }
}

#[test]
fn another_program_or_rulebook_is_named_but_only_the_rulebook_is_ground() {
    let here = origin(SITE);
    let mut older = here.clone();
    older.cutover = "0.0.9".to_owned();
    assert_eq!(older.changes(&here), [format!("it was written by cutover 0.0.9, and this is {}", env!("CARGO_PKG_VERSION"))]);
    assert!(older.has_same_ground(&here));
    let mut other = here.clone();
    other.rulebook = rulebook_digest(&[("rulebook.yaml", "id: xy")]);
    assert!(other.changes(&here)[0].starts_with("the rulebook has changed (was "), "{:?}", other.changes(&here));
    assert!(!other.has_same_ground(&here));
    assert_ne!(rulebook_digest(&[("a", "bc")]), rulebook_digest(&[("ab", "c")]));
}

#[test]
fn what_is_written_reads_back_here_and_with_another_reader() {
    let site = "name: x\n\"1e5\": 2\n\"two words\": 3\n\"true\": 4\n";
    for origin in [origin(SITE), origin(site), origin("{}")] {
        let text = origin.yaml();
        let source = Source::new("plan", &text);
        assert_eq!(Origin::stated(&yaml::parse(&source).unwrap()).map(|(origin, _)| origin), Some(origin.clone()), "{text}");
        let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let facts = value["made_from"]["site"].as_mapping().unwrap();
        let read: Vec<(&str, &str)> = facts.iter().map(|(k, v)| (k.as_str().unwrap(), v.as_str().unwrap())).collect();
        assert_eq!(read, origin.site.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), "{text}");
    }
}

/// The corrected procedure in a folder of its own, with these lines added and this made of its site.
fn procedure(folder: &Path, made_from: &str, site: impl Fn(String) -> String) -> String {
    let from = Path::new("spec/cms-r3v11-ha/procedures");
    let text = fs::read_to_string(from.join("conversion.site.yaml")).unwrap();
    fs::write(folder.join("conversion.site.yaml"), site(text)).unwrap();
    let plan = fs::read_to_string(from.join("corrected.plan.yaml")).unwrap();
    fs::write(folder.join("a.plan.yaml"), plan.replace("\nstarts:", &format!("\n{made_from}starts:"))).unwrap();
    folder.join("a.plan.yaml").to_string_lossy().into_owned()
}

/// The origin of a plan that the program as it is would make for the site in that folder.
fn origin_now(folder: &Path) -> Origin {
    let site = fs::read_to_string(folder.join("conversion.site.yaml")).unwrap();
    let digest = rulebook_digest(cutover::spec::embedded::files("cms-r3v11-ha").unwrap());
    Origin::of(digest, &yaml::parse(&Source::new("site", &site)).unwrap())
}

#[test]
fn lint_of_a_plan_notes_what_changed_since_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    procedure(folder.path(), "", |site| site);
    let made_from = origin_now(folder.path()).yaml();
    let plan = procedure(folder.path(), &made_from, |site| format!("# a comment\n{site}"));
    let (code, out, _) = run(&["lint", &plan], "");
    assert!(code == 0 && !out.contains("site-changed"), "{out}");
    let plan = procedure(folder.path(), &made_from, |site| site.replace("tapes: ", "tapes: 1"));
    let (code, out, _) = run(&["lint", "--format", "json", &plan], "");
    assert!(code == 0 && out.contains("note") && out.contains("site-changed"), "{out}");
    assert!(out.contains("`tapes` of the site has changed"), "{out}");
    assert!(!out.contains("`servers` of"), "{out}");
}

#[test]
fn an_origin_that_cannot_be_read_is_an_error_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("made_from: yes\n", "should be a mapping"),
        ("made_from: { cutover: 0.1.0, rulebook: 00112233445566gg, site: {} }\n", "`rulebook` should be 16 hexadecimal digits"),
        ("made_from: { cutover: 0.1.0, rulebook: 0011223344556677 }\n", "`made_from` needs `site`"),
        ("made_from: { cutover: 0.1.0, rulebook: 0011223344556677, site: { name: 1 } }\n", "`name` should be 16 hexadecimal"),
        ("made_from: { cutovr: 0.1.0, rulebook: 0011223344556677, site: {} }\n", "did you mean `cutover`?"),
    ];
    for (text, expected) in cases {
        let plan = procedure(folder.path(), text, |site| site);
        let (code, out, err) = run(&["lint", "--format", "json", &plan], "");
        assert!(code == 1 && out.contains(expected), "{text}: {code} {out} {err}");
    }
}
