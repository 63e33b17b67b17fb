//! The only file access: paths to texts.

use crate::source::finding::Finding;
use crate::source::text::{Source, Span, first_invisible, first_line_over, printable, wide_encoding};
use crate::source::yaml::FILE_BYTES_MAX;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
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
    Unfound(Box<Unfound>),
}

/// Endings of files that a directory is searched for.
const ENDINGS: [&str; 6] = [".site.yaml", ".site.yml", ".site.json", ".plan.yaml", ".plan.yml", ".plan.json"];
/// Where a path may lead to something else than a file: `/dev/stdin`, `/dev/fd/63`.
const PIPE_FOLDERS: [&str; 2] = ["/dev", "/proc/self/fd"];
/// Longest rulebook, all its files together, in bytes.
const RULEBOOK_BYTES_MAX: usize = 16 << 20;
/// Longest line, in bytes: a line that holds a finding is shown whole.
const LINE_BYTES_MAX: usize = 64 << 10;
/// Deepest folder that is searched.
const FOLDER_DEPTH_MAX: usize = 32;

/// The files that the paths stand for, each once, in the order of the paths and then of names.
#[must_use]
pub fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        if path.as_os_str() == "-" {
            if seen.insert(path.clone()) {
                out.push(Input::Stdin);
            }
        } else if path.is_dir() {
            let mut found = Vec::new();
            search(path, 0, &mut found);
            if found.is_empty() {
                let finding = Finding::error("no-files", Span::default(), "no site or plan in this directory");
                found.push(unfound(
                    path,
                    finding.help("it is searched for *.site.yaml and *.plan.yaml; name other files one by one"),
                ));
            }
            // One folder holds each file once.
            out.extend(found.into_iter().filter(|input| match input {
                Input::File(path) => paths.len() == 1 || seen.insert(path.clone()),
                Input::Stdin | Input::Unfound(_) => true,
            }));
        } else if seen.insert(path.clone()) {
            out.push(Input::File(path.clone()));
        }
    }
    out
}

fn unfound(path: &Path, finding: Finding) -> Input {
    Input::Unfound(Box::new(Unfound { path: path.to_owned(), finding }))
}

/// Adds the files of a folder and of those below it, in the order of names, and the folders that cannot be searched.
fn search(folder: &Path, depth: usize, out: &mut Vec<Input>) {
    if depth > FOLDER_DEPTH_MAX {
        let message = format!("more than {FOLDER_DEPTH_MAX} folders deep: not searched");
        return out.push(unfound(
            folder,
            Finding::error("folder-too-deep", Span::default(), message).help("name it on the command line"),
        ));
    }
    let named = |entry: io::Result<fs::DirEntry>| entry.map(|entry| (entry.file_name(), entry));
    let mut entries = match fs::read_dir(folder).and_then(|entries| entries.map(named).collect::<io::Result<Vec<_>>>()) {
        Ok(entries) => entries,
        Err(error) => return out.push(unfound(folder, unreadable(&error))),
    };
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, entry) in entries {
        let name = name.to_string_lossy();
        let kind = entry.file_type();
        let is_folder = kind.as_ref().is_ok_and(fs::FileType::is_dir);
        let is_file = kind.as_ref().is_ok_and(fs::FileType::is_file);
        if is_folder && !name.starts_with('.') {
            search(&entry.path(), depth + 1, out);
        } else if !is_folder && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            // A link may lead to a folder.
            let path = entry.path();
            if is_file || !path.is_dir() {
                out.push(Input::File(path));
            }
        }
    }
}

/// The text of a file, or a nameless text and why there is none.
///
/// # Errors
/// The source to show the finding on, and the finding.
pub fn read(path: &Path) -> Result<Source, (Source, Finding)> {
    let name = path.to_string_lossy();
    let refused = |finding| (Source::new(&name, ""), finding);
    let kind = fs::metadata(path).map_err(|error| refused(unreadable(&error)))?;
    if kind.is_dir() {
        return Err(refused(Finding::error("not-a-file", Span::default(), "this is a directory").help("name a file")));
    }
    // Opening a pipe waits for its writer, perhaps for ever; the shell's own pipes stand under /dev and have one.
    if !kind.is_file() && !PIPE_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        let finding = Finding::error("not-a-file", Span::default(), "this is a pipe, a socket or a device");
        return Err(refused(finding.help("name a file, or write `-` and redirect standard input")));
    }
    let file = File::open(path).map_err(|error| refused(unreadable(&error)))?;
    text(&name, file, usize::try_from(kind.len()).unwrap_or(FILE_BYTES_MAX))
}

/// The text of a file that another one names by a path relative to itself. The path must stay below that file's folder.
///
/// # Errors
/// The finding, without a place.
pub fn read_beside(file: &str, path: &str) -> Result<Source, Finding> {
    read(&beside(file, path)?).map_err(|(_, finding)| finding)
}

/// The path of a file that another one names by a path relative to itself. It must stay below that file's folder.
///
/// # Errors
/// The finding, without a place.
pub fn beside(file: &str, path: &str) -> Result<PathBuf, Finding> {
    let relative = Path::new(path);
    let below = relative.components().all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if !below {
        let finding = Finding::error("path-leaves-folder", Span::default(), "the path leads out of the folder of this file");
        return Err(finding.help("keep a plan and what it names together, and name that by a relative path"));
    }
    let folder = if file == "<stdin>" { Path::new("") } else { Path::new(file).parent().unwrap_or_else(|| Path::new("")) };
    Ok(folder.join(relative))
}

/// The text of standard input.
///
/// # Errors
/// The source to show the finding on, and the finding.
pub fn read_stdin(stdin: &mut dyn Read) -> Result<Source, (Source, Finding)> {
    text("<stdin>", stdin, 0)
}

/// The text of what is read; `size` bytes are expected.
fn text(name: &str, from: impl Read, size: usize) -> Result<Source, (Source, Finding)> {
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    // With a byte more than the file has, its end is found without another piece of memory.
    let mut bytes = Vec::with_capacity(size.min(FILE_BYTES_MAX) + 1);
    from.take(limit).read_to_end(&mut bytes).map_err(|error| (Source::new(name, ""), unreadable(&error)))?;
    match decode(&bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err((shown, finding)) => Err((Source::new(name, &shown), finding)),
    }
}

/// The text of a file, or why its bytes are none, and as much of the text as that can be shown on.
///
/// # Errors
/// When the bytes are too many or too long a line, are not UTF-8, or hold what cannot be seen.
fn decode(bytes: &[u8]) -> Result<&str, (Cow<'_, str>, Finding)> {
    let nowhere =
        |code, message: String, help: &str| (Cow::Borrowed(""), Finding::error(code, Span::default(), message).help(help));
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("the file is longer than {FILE_BYTES_MAX} bytes");
        return Err(nowhere("file-too-large", message, "split it into one file per site"));
    }
    if let Some(encoding) = wide_encoding(bytes) {
        return Err(nowhere("not-utf-8", format!("the file is {encoding}"), "save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
            let (at, line) = (before.len(), before.matches('\n').count() + 1);
            let finding = Finding::error("not-utf-8", Span::new(at, at + 3), format!("the file is not UTF-8 (line {line})"));
            let shown = if first_line_over(LINE_BYTES_MAX, &before).is_some() {
                Cow::Borrowed("")
            } else {
                Cow::Owned(format!("{before}\u{fffd}"))
            };
            return Err((shown, finding.help("save it as UTF-8")));
        }
    };
    if let Some((start, length)) = first_line_over(LINE_BYTES_MAX, text) {
        let end = text.char_indices().map(|(at, _)| at).find(|&at| at > start + 40).unwrap_or(start);
        let message = format!("a line of {length} bytes; the limit is {LINE_BYTES_MAX}");
        let finding = Finding::error("line-too-long", Span::new(start, start), message).help("break the line");
        return Err((Cow::Borrowed(text.get(..end).unwrap_or_default()), finding));
    }
    match first_invisible(text) {
        None => Ok(text),
        Some((at, c)) => {
            let message = format!("the file holds the character U+{:04X}, which cannot be seen", u32::from(c));
            let help = match c {
                '\r' => "end lines with a line feed, or with a carriage return and a line feed".to_owned(),
                '\0' => "remove it".to_owned(),
                _ => format!("remove it; where a name needs it, write it in double quotes as \"\\U{:08X}\"", u32::from(c)),
            };
            Err((Cow::Borrowed(text), Finding::error("control-character", Span::new(at, at + c.len_utf8()), message).help(help)))
        }
    }
}

fn unreadable(error: &io::Error) -> Finding {
    let (code, help) = match error.kind() {
        io::ErrorKind::NotFound => ("no-such-file", "check the path"),
        io::ErrorKind::PermissionDenied => ("unreadable-file", "check its permissions"),
        _ => ("unreadable-file", "check that it is a readable file"),
    };
    Finding::error(code, Span::default(), format!("cannot be read: {}", in_words(error))).help(help)
}

/// What the disk says, in words.
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    printable(&words.split(" (os error").next().unwrap_or(&words).to_lowercase())
}

/// The files of a rulebook's folder: path inside it, and text.
///
/// # Errors
/// The first file that cannot be read.
pub fn rulebook(folder: &Path) -> Result<Vec<(String, String)>, (Source, Finding)> {
    let refused = |path: &Path, finding| (Source::new(&path.to_string_lossy(), ""), finding);
    let mut names = vec!["rulebook.yaml".to_owned()];
    names.extend(
        ["vocabulary.yaml", "statements.yaml", "contradictions.yaml", "machine.yaml", "goals.yaml"]
            .map(str::to_owned)
            .into_iter()
            .filter(|name| folder.join(name).symlink_metadata().is_ok()),
    );
    for part in ["rules", "actions", "hazards", "invariants", "sites", "deep-sites", "procedures"] {
        let parts = folder.join(part);
        if !parts.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&parts).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|error| refused(&parts, unreadable(&error)))?;
        let mut found: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        found.retain(|name| Path::new(name).extension().is_some_and(|ending| ending == "yaml"));
        found.sort();
        names.extend(found.into_iter().map(|name| format!("{part}/{name}")));
    }
    let (mut out, mut bytes) = (Vec::new(), 0);
    for name in names {
        let text = read(&folder.join(&name))?.text.to_string();
        bytes += text.len();
        if bytes > RULEBOOK_BYTES_MAX {
            let message = format!("the rulebook is longer than {RULEBOOK_BYTES_MAX} bytes");
            return Err(refused(folder, Finding::error("file-too-large", Span::default(), message).help("split it")));
        }
        out.push((name, text));
    }
    Ok(out)
}

/// Writes a file, whole or not at all: into a temporary one beside it, which then takes its name.
///
/// # Errors
/// What the disk says.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_os_string();
    // A device or a pipe cannot be replaced by a file.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return File::options().write(true).open(path)?.write_all(text.as_bytes());
    }
    name.push(".part");
    let temporary = path.with_file_name(name);
    // What is left of an earlier run; a link of that name is not followed.
    let _ = fs::remove_file(&temporary);
    let mut file = File::create_new(&temporary)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Writes files into a folder, which is made if it is not there.
///
/// # Errors
/// What the disk says.
pub fn write_all(folder: &Path, files: &[(&str, String)]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    files.iter().try_for_each(|(name, text)| write(&folder.join(name), text))
}

/// Writes a report of our own bug beside where we stand, whole or not at all.
///
/// # Errors
/// What the disk says.
pub fn bundle(text: &str) -> io::Result<PathBuf> {
    let path = PathBuf::from("cutover-bug-report.txt");
    write(&path, text)?;
    Ok(path)
}
