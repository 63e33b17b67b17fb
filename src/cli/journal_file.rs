//! The journal's file: locked for one run, every entry on the disk before anyone is told; and the clock on the wall.

use super::files::in_words;
use crate::model::journal::{Event, JOURNAL_BYTES_MAX, Journal, digest};
use crate::model::time::Moment;
use crate::source::text::printable;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Longest file of answers, in bytes.
const ANSWERS_BYTES_MAX: u64 = 64 << 20;

/// Why there is no going on, and a way out.
#[derive(Debug)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Trouble {
    fn new(message: impl Into<String>, help: &str) -> Self {
        Self { message: message.into(), help: help.to_owned() }
    }
}

/// A journal that only this run writes, until it is dropped.
pub struct JournalFile {
    file: File,
    path: PathBuf,
    /// What it holds.
    pub journal: Journal,
    /// What was put in order on opening, for people.
    pub notes: Vec<String>,
}

/// Gives the lock back by name: a process that is just being started on another thread may still have the file open for a moment.
impl Drop for JournalFile {
    fn drop(&mut self) {
        // What fails here, the end of the process does.
        drop(self.file.unlock());
    }
}

impl JournalFile {
    /// Opens and locks the journal, or begins one. An entry whose writing broke off is put aside, in a file beside it.
    ///
    /// # Errors
    /// Another run has it; it cannot be written; it is no journal.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let shown = printable(&path.to_string_lossy());
        let is_new = fs::symlink_metadata(path).is_err();
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            return Err(Trouble::new(format!("`{shown}` is no file"), "name a file with --journal"));
        }
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(path);
        let cannot = |error: &io::Error| {
            Trouble::new(
                format!("the journal `{shown}` cannot be written: {}", in_words(error)),
                "name another place with --journal",
            )
        };
        let mut file = opened.map_err(|error| cannot(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Trouble::new(format!("another run has the journal `{shown}`"), "go on in that one, or end it first"));
            }
            Err(TryLockError::Error(error)) => {
                let message = format!("the journal `{shown}` cannot be locked: {}", in_words(&error));
                return Err(Trouble::new(message, "keep it on a disk of this machine"));
            }
        }
        let bytes = contents(&mut file).map_err(|error| cannot(&error))?;
        let journal = Journal::read(&bytes).map_err(|broken| {
            let message =
                format!("line {} of the journal `{shown}` is not as it was written: {}", broken.line, printable(&broken.why));
            Trouble::new(message, "`cutover audit` says what it still tells; begin another with --journal")
        })?;
        let mut out = Self { file, path: path.to_owned(), journal, notes: Vec::new() };
        out.mend(&bytes).map_err(|error| cannot(&error))?;
        if is_new {
            sync_folder(path);
        }
        Ok(out)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts aside what comes after the last whole entry, and ends that entry's line.
    fn mend(&mut self, bytes: &[u8]) -> io::Result<()> {
        let torn = bytes.get(self.journal.whole..).unwrap_or_default();
        if !torn.is_empty() {
            let aside = beside(&self.path, &format!(".torn-{}", &digest(torn)[..8]));
            // The same piece may have been put aside by a run that was killed before it went on.
            if !fs::read(&aside).is_ok_and(|known| known == torn) {
                let mut file = File::create(&aside)?;
                file.write_all(torn)?;
                file.sync_all()?;
                sync_folder(&aside);
            }
            self.cut()?;
            self.notes.push(format!(
                "the last entry was not written to its end: its {} bytes are now in `{}`, and what it was to say has to be said again",
                torn.len(),
                printable(&aside.to_string_lossy())
            ));
        }
        if self.journal.lacks_end {
            self.file.write_all(b"\n")?;
            self.file.sync_all()?;
            self.journal.lacks_end = false;
            self.journal.whole += 1;
            self.notes.push("the last entry lacked only the end of its line, and counts".to_owned());
        }
        Ok(())
    }

    fn cut(&self) -> io::Result<()> {
        self.file.set_len(u64::try_from(self.journal.whole).unwrap_or(u64::MAX))?;
        self.file.sync_all()
    }

    /// Adds an entry. When this returns, it is on the disk.
    ///
    /// # Errors
    /// What the disk says. The journal then holds what it held.
    pub fn add(&mut self, time: Moment, person: Option<&str>, event: Event) -> Result<(), Trouble> {
        let help = "nothing of this entry was kept, and the journal is whole; make room, and run again";
        let (entry, line) = self
            .journal
            .next(time, person, event)
            .map_err(|error| Trouble::new(format!("the entry cannot be written: {error}"), help))?;
        if self.journal.whole + line.len() > JOURNAL_BYTES_MAX {
            return Err(Trouble::new(format!("the journal would have more than {JOURNAL_BYTES_MAX} bytes"), help));
        }
        if let Err(error) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()) {
            let help =
                if self.cut().is_ok() { help } else { "part of the entry may be in the journal; the next run puts it aside" };
            let message =
                format!("the journal `{}` cannot be written: {}", printable(&self.path.to_string_lossy()), in_words(&error));
            return Err(Trouble::new(message, help));
        }
        self.journal.written(entry, &line);
        Ok(())
    }
}

/// The bytes of a log, no more than a journal may have.
///
/// # Errors
/// Why it cannot be read.
pub fn log(path: &Path) -> Result<Vec<u8>, Trouble> {
    let shown = printable(&path.to_string_lossy());
    let cannot = |error: &io::Error| Trouble::new(format!("`{shown}` cannot be read: {}", in_words(error)), "check the path");
    let about = fs::metadata(path).map_err(|error| cannot(&error))?;
    // Opening a pipe waits for its writer, perhaps for ever; the shell's own stand in these folders and have one.
    if !about.is_file() && (about.is_dir() || !["/dev", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder))) {
        return Err(Trouble::new(format!("`{shown}` is no file"), "name the journal's file"));
    }
    contents(&mut File::open(path).map_err(|error| cannot(&error))?).map_err(|error| cannot(&error))
}

fn contents(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(JOURNAL_BYTES_MAX).unwrap_or(u64::MAX);
    // A pipe cannot be rewound, and need not be.
    let _ = file.rewind();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > JOURNAL_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {JOURNAL_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// The lines that a person would type, from a file.
///
/// # Errors
/// Why it cannot be read.
pub fn answers(path: &Path) -> Result<impl Read, Trouble> {
    let file = File::open(path).map_err(|error| {
        Trouble::new(
            format!("`{}` cannot be read: {}", printable(&path.to_string_lossy()), in_words(&error)),
            "check the path of --answers",
        )
    })?;
    Ok(file.take(ANSWERS_BYTES_MAX))
}

/// Where the journal of a plan is kept if nobody says: beside it, `denver.plan.yaml` with `denver.journal.jsonl`.
#[must_use]
pub fn default_path(plan: &Path) -> PathBuf {
    let name = plan.file_name().unwrap_or_default().to_string_lossy();
    let stem = [".plan.yaml", ".plan.yml", ".plan.json", ".yaml", ".yml", ".json"].iter().find_map(|end| name.strip_suffix(end));
    plan.with_file_name(format!("{}.journal.jsonl", stem.unwrap_or(&name)))
}

/// The time on this machine's clock, with its distance from UTC.
#[must_use]
pub fn now() -> Moment {
    let now = jiff::Zoned::now();
    Moment::new(now.datetime(), Some(now.offset()))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Makes a new name in a folder last. A disk that cannot do that has no say in whether the run goes on.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::JournalFile;

    #[test]
    fn a_journal_that_is_let_go_can_be_opened_while_a_process_that_is_being_started_still_has_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.journal.jsonl");
        let first = JournalFile::open(&path).unwrap();
        assert!(JournalFile::open(&path).is_err(), "two runs have it");
        let inherited = first.file.try_clone().unwrap();
        drop(first);
        assert!(JournalFile::open(&path).is_ok());
        drop(inherited);
    }
}
