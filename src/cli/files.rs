//! The only file access: paths to texts.

use crate::source::finding::Finding;
use crate::source::text::{Source, Span};
use crate::source::yaml::{self, FILE_BYTES_MAX};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A path on the command line that leads to no file.
pub struct Unfound {
    /// The path as it was typed.
    pub path: PathBuf,
    /// Why, as a finding without a place.
    pub finding: Finding,
}

/// What a path on the command line stands for.
pub enum Input {
    /// A file to read.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// Nothing.
    Unfound(Unfound),
}

/// Endings of files that a directory is searched for.
const ENDINGS: [&str; 6] = [".site.yaml", ".site.yml", ".site.json", ".plan.yaml", ".plan.yml", ".plan.json"];
/// Deepest folder that is searched.
const FOLDER_DEPTH_MAX: usize = 32;

/// The files that the paths stand for, each once, in the order of the paths and then of names.
#[must_use]
pub fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let mut out = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for path in paths {
        if path.as_os_str() == "-" {
            if seen.insert(path.clone()) {
                out.push(Input::Stdin);
            }
        } else if path.is_dir() {
            let mut found = Vec::new();
            let problem = search(path, 0, &mut found).err();
            if found.is_empty() && problem.is_none() {
                let finding = Finding::error("no-files", Span::default(), "no site or plan in this directory");
                let finding = finding.help("it is searched for *.site.yaml and *.plan.yaml; name other files one by one");
                out.push(Input::Unfound(Unfound { path: path.clone(), finding }));
            }
            if let Some(error) = problem {
                out.push(Input::Unfound(Unfound { path: path.clone(), finding: unreadable(&error) }));
            }
            out.extend(found.into_iter().filter(|path| seen.insert(path.clone())).map(Input::File));
        } else if seen.insert(path.clone()) {
            out.push(Input::File(path.clone()));
        }
    }
    out
}

fn search(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> io::Result<()> {
    if depth > FOLDER_DEPTH_MAX {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') {
            search(&entry.path(), depth + 1, out)?;
        } else if !kind.is_dir() && ENDINGS.iter().any(|ending| name.ends_with(ending)) && !entry.path().is_dir() {
            out.push(entry.path());
        }
    }
    Ok(())
}

/// The text of a file, or a nameless text and why there is none.
///
/// # Errors
/// The source to show the finding on, and the finding.
pub fn read(path: &Path) -> Result<Source, (Source, Finding)> {
    let name = path.to_string_lossy();
    let nothing = || Source::new(&name, "");
    if path.is_dir() {
        return Err((nothing(), Finding::error("not-a-file", Span::default(), "this is a directory")));
    }
    let file = File::open(path).map_err(|error| (nothing(), unreadable(&error)))?;
    text(&name, file)
}

/// The text of standard input.
///
/// # Errors
/// The source to show the finding on, and the finding.
pub fn read_stdin(stdin: &mut dyn Read) -> Result<Source, (Source, Finding)> {
    text("<stdin>", stdin)
}

fn text(name: &str, from: impl Read) -> Result<Source, (Source, Finding)> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    from.take(limit).read_to_end(&mut bytes).map_err(|error| (Source::new(name, ""), unreadable(&error)))?;
    match yaml::decode(&bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(finding) if finding.code == "control-character" => Err((Source::new(name, &String::from_utf8_lossy(&bytes)), finding)),
        Err(finding) => Err((Source::new(name, ""), finding)),
    }
}

fn unreadable(error: &io::Error) -> Finding {
    let (code, help) = match error.kind() {
        io::ErrorKind::NotFound => ("no-such-file", "check the path"),
        io::ErrorKind::PermissionDenied => ("unreadable-file", "check its permissions"),
        _ => ("unreadable-file", "check that it is a readable file"),
    };
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or(&words).to_lowercase();
    Finding::error(code, Span::default(), format!("cannot be read: {words}")).help(help)
}

/// The files of a rulebook's folder: path inside it, and text.
///
/// # Errors
/// The first file that cannot be read.
pub fn rulebook(folder: &Path) -> Result<Vec<(String, String)>, (Source, Finding)> {
    let at = |path: &Path, error: &io::Error| (Source::new(&path.to_string_lossy(), ""), unreadable(error));
    let mut out = Vec::new();
    for name in ["rulebook.yaml", "vocabulary.yaml", "statements.yaml"] {
        let path = folder.join(name);
        if path.exists() || name == "rulebook.yaml" {
            out.push((name.to_owned(), read(&path)?.text.to_string()));
        }
    }
    let rules = folder.join("rules");
    if rules.is_dir() {
        let entries = fs::read_dir(&rules).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| at(&rules, &error))?;
        let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.ends_with(".yaml"));
        names.sort();
        for name in names {
            out.push((format!("rules/{name}"), read(&rules.join(&name))?.text.to_string()));
        }
    }
    Ok(out)
}

/// Writes a report of our own bug beside where we stand, whole or not at all.
///
/// # Errors
/// What the disk says.
pub fn bundle(text: &str) -> io::Result<PathBuf> {
    let path = PathBuf::from("cutover-bug-report.txt");
    let temporary = path.with_extension("txt.part");
    fs::write(&temporary, text)?;
    fs::rename(&temporary, &path)?;
    Ok(path)
}
