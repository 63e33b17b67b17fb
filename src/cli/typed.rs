//! What is typed into a run: its commands, line by line.

use std::io::{self, BufRead, Read as _};

/// Longest line that is read, in bytes; the rest of it is dropped.
const LINE_BYTES_MAX: u64 = 4 << 10;
/// The commands of a run.
pub const COMMANDS: [&str; 16] = [
    "list", "show", "start", "again", "evidence", "unseen", "label", "done", "failed", "skip", "propose", "accept", "at", "as",
    "help", "quit",
];
/// What they do.
pub const HELP: &str = "\
  list                  what may be done now, and what is forbidden
  show STEP             who does it, what to type, what must appear
  start STEP            begin it
  evidence              paste what the screen shows; a line with a single `.` ends it
  unseen REASON         why there is nothing to paste
  label [NAME] TEXT     what stands on the cartridge
  done [STEP]           it is done
  failed [STEP] [FAULT] the attempt failed
  skip [STEP] REASON    it is left out
  again STEP REASON     begin a step once more that is done
  propose               after a failure: how the plan can go on
  accept [FILE]         write that as a plan beside this one, and go on with it
  at TIME               from now on it is 2002-10-22T06:15; `at now` for the clock
  as NAME               who is at the terminal
  quit                  stop here; run again to go on
";

/// The first word of a line, and what comes after it.
#[must_use]
pub fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()))
}

/// The next line, without its end, and no more of it than [`LINE_BYTES_MAX`]. `None` at the end.
///
/// # Errors
/// What the stream says.
pub fn line(input: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if input.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}
