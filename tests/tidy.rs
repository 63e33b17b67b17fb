//! The shape of the source: layers, first lines, sizes, names. Reads the files as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 460;
const BANNED: [&str; 7] = ["util", "utils", "common", "helpers", "misc", "core", "manager"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules of a `mod.rs` or `lib.rs`, in their order.
fn declared(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// Every file as `layer/file`, numbered in the order of the architecture.
fn order() -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    for layer in declared(&root().join("lib.rs")) {
        for file in declared(&root().join(&layer).join("mod.rs")) {
            out.push((format!("{layer}/{file}"), root().join(&layer).join(format!("{file}.rs"))));
        }
    }
    out
}

/// What a file uses, as `layer/file`, by `crate::layer::file` and `super::file`, also inside braces.
fn used(layer: &str, text: &str) -> Vec<String> {
    let flat: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    for (start, _) in flat.match_indices("crate::") {
        let path = &flat[start + "crate::".len()..];
        let (layer, rest) = path.split_once("::").unwrap_or((path, ""));
        out.extend(heads(rest).into_iter().map(|file| format!("{layer}/{file}")));
    }
    for (start, _) in flat.match_indices("super::") {
        out.extend(heads(&flat[start + "super::".len()..]).into_iter().map(|file| format!("{layer}/{file}")));
    }
    out
}

/// The first names of a path: one, or those inside `{…}`.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    match path.strip_prefix('{') {
        Some(inner) => inner.split('}').next().unwrap_or("").split(',').map(|part| word(part.trim())).collect(),
        None => vec![word(path)],
    }
}

#[test]
fn a_file_uses_only_what_is_declared_above_it() {
    let order = order();
    let number: BTreeMap<&str, usize> = order.iter().enumerate().map(|(n, (name, _))| (name.as_str(), n)).collect();
    assert!(order.len() > 30, "the modules were not found");
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (name, path) in &order {
        let layer = name.split('/').next().unwrap();
        for target in used(layer, &fs::read_to_string(path).unwrap()) {
            let Some(&above) = number.get(target.as_str()) else { continue };
            arrows += 1;
            if above >= number[name.as_str()] {
                wrong.push(format!("{name} uses {target}"));
            }
        }
    }
    assert!(arrows > 100, "only {arrows} uses were found: the reading of `use` lines is broken");
    assert!(wrong.is_empty(), "upward imports: {wrong:#?}");
}

#[test]
fn an_upward_import_would_be_seen() {
    assert_eq!(
        used("engine", "use crate::report::{human, json};\n use super::z3;"),
        ["report/human", "report/json", "engine/z3"]
    );
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (name, path) in order() {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("//! "), "{name} does not begin with a `//!` line");
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{name} has {lines} lines; split it by meaning");
        let file = name.split('/').nth(1).unwrap();
        assert!(!BANNED.contains(&file), "{name}: a name that says nothing");
    }
}

#[test]
fn only_one_file_knows_the_solver_and_only_cli_touches_the_disk() {
    for (name, path) in order() {
        let text = fs::read_to_string(path).unwrap();
        let knows_z3 = text.contains("use z3::") || text.contains(" z3::Solver");
        assert_eq!(knows_z3, name == "engine/z3", "{name}: Z3 has one door, engine/z3.rs");
        let outside =
            ["std::fs", "std::env::", "Instant::now", "SystemTime::now", "Zoned::now"].iter().any(|word| text.contains(word));
        // A journal is not read and written like other files: it is locked, added to, and synced entry by entry.
        let is_door = ["cli/files", "cli/journal_file"].contains(&name.as_str());
        assert!(!outside || is_door, "{name}: the disk belongs to cli/files.rs and cli/journal_file.rs, the clock to the latter");
        assert!(!text.contains("HashMap") && !text.contains("HashSet"), "{name}: the order of a hash map would reach the output");
    }
}

#[test]
fn no_rust_file_knows_a_word_of_the_rulebook() {
    let words =
        ["ultra-5", "enterprise-3", "sun-fire", "sun-blade", "dds-4", "mammoth", "slr5", "isql", "odbc", "echi", "definity"];
    for (name, path) in order() {
        let text = fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in words {
                assert!(!line.to_lowercase().contains(word), "{name} knows `{word}`: {line}");
            }
        }
    }
}

#[test]
fn files_named_in_the_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "ARCHITECTURE.md", "spec/README.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for word in text.split(['`', '(', ')', ' ', '\n']) {
            let is_path = ["src/", "spec/", "tests/", "benches/", "examples/", "scripts/", "snapshots/"]
                .iter()
                .any(|p| word.starts_with(p));
            if is_path && !word.contains(['<', '*', '{', '…']) {
                let path = word.trim_end_matches(['.', ',', ':', ';', '/']);
                let path = path.split('#').next().unwrap();
                assert!(root.join(path).exists(), "{document} names `{word}`, which does not exist");
            }
        }
    }
}
