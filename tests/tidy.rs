//! The shape of the source: layers, first lines, sizes, names. Reads the files as text.

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

/// Every file by its path in the modules, `engine/logic/term`, in the order of the architecture: that of the `mod` lines.
fn order() -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    for layer in declared(&root().join("lib.rs")) {
        below(&layer, &mut out);
    }
    out
}

fn below(folder: &str, out: &mut Vec<(String, PathBuf)>) {
    for name in declared(&root().join(folder).join("mod.rs")) {
        let name = format!("{folder}/{name}");
        if root().join(&name).is_dir() {
            below(&name, out);
        } else {
            let file = root().join(format!("{name}.rs"));
            out.push((name, file));
        }
    }
}

/// What a file in a folder uses, as paths in the modules: by `crate::` and `super::`, also inside braces.
fn used(folder: &str, text: &str) -> Vec<String> {
    let flat: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let starts = flat.match_indices("crate::").map(|(at, word)| (String::new(), at + word.len()));
    let starts = starts.chain(flat.match_indices("super::").map(|(at, word)| (format!("{folder}/"), at + word.len())));
    starts.flat_map(|(before, at)| paths(&flat[at..]).into_iter().map(move |path| format!("{before}{path}"))).collect()
}

/// The names at the start of a path, as `layer/folder/file/item`; one for each of those inside `{…}`.
fn paths(text: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut before = String::new();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('{') {
            let names = inner.split('}').next().unwrap_or("").split(',');
            return names.map(|part| format!("{before}{}", word(part.trim()))).collect();
        }
        let name = word(rest);
        rest = &rest[name.len()..];
        before.push_str(&name);
        match rest.strip_prefix("::") {
            Some(next) => {
                before.push('/');
                rest = next;
            }
            None => return vec![before],
        }
    }
}

/// The file that a path leads to or into.
fn file_of<'a>(order: &'a [(String, PathBuf)], path: &str) -> Option<(usize, &'a str)> {
    let leads = |name: &str| path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    order.iter().enumerate().find(|(_, (name, _))| leads(name)).map(|(number, (name, _))| (number, name.as_str()))
}

#[test]
fn a_file_uses_only_what_is_declared_above_it() {
    let order = order();
    assert!(order.len() > 30, "the modules were not found");
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (number, (name, path)) in order.iter().enumerate() {
        let folder = name.rsplit_once('/').unwrap().0;
        for target in used(folder, &fs::read_to_string(path).unwrap()) {
            // `super::` in the tests of a file is the file itself, and names no other.
            let Some((above, target)) = file_of(&order, &target) else { continue };
            arrows += 1;
            if above >= number {
                wrong.push(format!("{name} uses {target}"));
            }
        }
    }
    assert!(arrows > 500, "only {arrows} uses were found: the reading of `use` lines is broken");
    assert!(wrong.is_empty(), "upward imports: {wrong:#?}");
}

#[test]
fn an_upward_import_would_be_seen() {
    assert_eq!(
        used("engine/logic", "use crate::report::{human, json};\n use crate::cli::run::run;\n use super::z3;"),
        ["report/human", "report/json", "cli/run/run", "engine/logic/z3"]
    );
    assert_eq!(file_of(&order(), "engine/logic/z3/Z3").map(|(_, name)| name), Some("engine/logic/z3"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (name, path) in order() {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("//! "), "{name} does not begin with a `//!` line");
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{name} has {lines} lines; split it by meaning");
        let file = name.rsplit('/').next().unwrap();
        assert!(!BANNED.contains(&file), "{name}: a name that says nothing");
    }
}

#[test]
fn only_one_file_knows_the_solver_and_only_cli_touches_the_disk() {
    for (name, path) in order() {
        let text = fs::read_to_string(path).unwrap();
        let knows_z3 = text.contains("use z3::") || text.contains(" z3::Solver");
        assert_eq!(knows_z3, name == "engine/logic/z3", "{name}: Z3 has one door, engine/logic/z3.rs");
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
