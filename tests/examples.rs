//! The examples: every site and plan finds exactly what its comments say, and every format's bytes are on record.

mod support;

use cutover::cli::judge::judge;
use cutover::cli::rulebooks::Rulebooks;
use cutover::engine::verification::check::{found, marks};
use cutover::engine::verification::lint::{Selection, lint};
use cutover::source::text::Source;
use cutover::source::yaml;
use std::fs;
use std::path::{Path, PathBuf};
use support::{built_in, run};

const FORMATS: [&str; 5] = ["human", "json", "sarif", "github", "junit"];
/// Most files of a folder that is on record in every format.
const FILES_MAX: usize = 20;

/// Every site under `examples/`, as paths from the repository's root.
fn sites() -> Vec<PathBuf> {
    files("examples", ".site.")
}

/// Every file under a folder whose name has this part.
fn files(folder: &str, part: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().contains(part) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

#[test]
fn the_built_in_rulebook_does_what_its_own_examples_say() {
    let problems = cutover::engine::verification::check::examples(built_in());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_statement_of_the_manual_is_in_one_state() {
    let coverage = built_in().coverage().map_err(|faults| format!("{faults:#?}")).unwrap();
    let of_the_manual = coverage.iter().filter(|(statement, _)| !statement.derived).count();
    assert_eq!(of_the_manual, 304, "the manual has 304 checkable statements");
    assert_eq!(coverage.len() - of_the_manual, 26, "and 26 follow from it");
}

#[test]
fn each_site_finds_exactly_what_its_comments_say() {
    let sites = sites();
    assert!(sites.len() >= 17, "only {} sites", sites.len());
    for path in sites {
        let source = Source::new(path.to_str().unwrap(), &fs::read_to_string(&path).unwrap());
        let root = yaml::parse(&source).unwrap();
        let judgement = lint(built_in(), &root, &Selection::default());
        if path.extension().is_some_and(|extension| extension == "json") {
            assert!(judgement.findings.is_empty(), "{}: JSON has no comments to mark findings", path.display());
            continue;
        }
        assert_eq!(found(&source, &judgement), marks(&source.text), "{}", path.display());
        assert!(judgement.disagreements.is_empty(), "{}", path.display());
    }
}

#[test]
fn each_plan_finds_exactly_what_its_comments_say() {
    let mut plans = files("examples", ".plan.");
    assert!(plans.len() >= 47, "only {} plans", plans.len());
    plans.extend(files("spec/cms-r3v11-ha/procedures", ".plan."));
    let rulebooks = Rulebooks::open(None).map_err(|faults| format!("{faults:#?}")).unwrap();
    for path in plans {
        let source = Source::new(path.to_str().unwrap(), &fs::read_to_string(&path).unwrap());
        let root = yaml::parse(&source).unwrap();
        let (_, judgement) = judge(&rulebooks, &Selection::default(), &source, &root).unwrap();
        assert_eq!(found(&source, &judgement), marks(&source.text), "{}", path.display());
        assert!(judgement.undecided.is_empty(), "{}: {:?}", path.display(), judgement.undecided);
        assert!(judgement.disagreements.is_empty(), "{}", path.display());
    }
}

#[test]
fn a_fully_known_site_never_starts_the_solver() {
    for path in sites().into_iter().filter(|path| path.starts_with("examples/ten-pairs")) {
        let (_, _, err) = run(&["lint", "--trace-solver", path.to_str().unwrap()], "");
        assert!(err.contains("the solver was not started"), "{}: {err}", path.display());
    }
}

#[test]
fn all_ten_pairs_done_right_hold_without_a_word() {
    let (exit, out, _) = run(&["lint", "--format", "json", "--deny", "warnings", "examples/ten-pairs"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(exit, 0, "{out}");
    assert_eq!(report["verdicts"].as_object().unwrap().len(), 10);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["undecided"].as_array().unwrap().len(), 0);
}

#[test]
fn every_format_of_every_example_is_on_record() {
    let mut folders: Vec<PathBuf> = fs::read_dir("examples").unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        // Of a folder with many files two are enough: the other formats say the same, and are on record for the rest.
        let many = fs::read_dir(folder).unwrap().count() > FILES_MAX;
        for format in if many { &FORMATS[..2] } else { &FORMATS[..] } {
            let (exit, out, err) = run(&["lint", "--format", format, folder.to_str().unwrap()], "");
            assert_eq!(err, "", "{name} as {format}");
            record(name, format, &format!("exit code {exit}\n{out}"));
        }
    }
    // A snapshot that no example owns would never be looked at again.
    for entry in fs::read_dir("snapshots").unwrap() {
        let path = entry.unwrap().path();
        let owner = Path::new("examples").join(path.file_name().unwrap());
        let other = ["commands", "export", "mutants", "plans", "runbook"].contains(&path.file_name().unwrap().to_str().unwrap());
        assert!(other || owner.is_dir(), "{} belongs to no example", path.display());
    }
}

#[test]
fn what_commands_print_is_on_record() {
    for (name, args) in [
        ("rules", vec!["rules"]),
        ("rules-json", vec!["rules", "--format", "json"]),
        ("schema-site", vec!["schema", "site"]),
        ("schema-plan", vec!["schema", "plan"]),
        ("explain", vec!["explain", "older-ultra-5-primary"]),
        ("help", vec!["--help"]),
        ("help-lint", vec!["lint", "--help"]),
        ("help-runbook", vec!["runbook", "--help"]),
        ("mistyped", vec!["explain", "ic-on-secondary"]),
    ] {
        let (exit, out, err) = run(&args, "");
        record("commands", name, &format!("exit code {exit}\n{out}{err}"));
    }
}

fn record(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
