//! What the documents say is true: the samples are run.

mod support;

use cutover::spec::rulebook::{File, load};
use std::fs;
use support::run;

/// The text of each fenced block of that kind.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn the_samples_in_the_rulebook_guide_are_a_rulebook_without_fault() {
    let guide = fs::read_to_string("spec/README.md").unwrap();
    let one = |kind: &str| {
        let blocks = blocks(&guide, &format!("yaml {kind}"));
        assert_eq!(blocks.len(), 1, "one sample of {kind}");
        blocks.into_iter().next().unwrap()
    };
    let (head, nouns, rule, statements) = (one("rulebook"), one("vocabulary"), one("rule"), one("statements"));
    let contradictions = one("contradictions");
    let (machine, action, hazard, goals) = (one("machine"), one("action"), one("hazard"), one("goals"));
    let files: Vec<File<'_>> = vec![
        ("rulebook.yaml", &head),
        ("vocabulary.yaml", &nouns),
        ("rules/pumps-do-not-fit.yaml", &rule),
        ("statements.yaml", &statements),
        ("contradictions.yaml", &contradictions),
        ("machine.yaml", &machine),
        ("actions/start.yaml", &action),
        ("hazards/two-run.yaml", &hazard),
        ("goals.yaml", &goals),
    ];
    let rulebook = load(&files).map_err(|faults| format!("{faults:#?}")).unwrap();
    assert_eq!(cutover::engine::verification::check::examples(&rulebook), Vec::<String>::new());
    rulebook.coverage().map_err(|faults| format!("{faults:#?}")).unwrap();
    assert_eq!(cutover::spec::contradiction::readings(&rulebook).map_err(|faults| format!("{faults:#?}")).unwrap().len(), 2);
}

#[test]
fn the_transcripts_in_the_readme_are_what_the_tool_prints() {
    let readme = fs::read_to_string("README.md").unwrap();
    let transcripts = blocks(&readme, "console");
    assert!(!transcripts.is_empty(), "the README shows no transcript");
    for transcript in transcripts {
        let (command, shown) = transcript.split_once('\n').unwrap();
        let command = command.strip_prefix("$ cutover ").expect("a transcript begins with `$ cutover`");
        let args: Vec<&str> = command.split_whitespace().collect();
        let (_, out, err) = run(&args, "");
        assert_eq!(format!("{out}{err}").trim(), shown.trim(), "cutover {command}");
    }
}
