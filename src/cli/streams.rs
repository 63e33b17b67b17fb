//! The streams of a run, and what is known of the terminal.

use super::args::Colour;
use super::exit::Exit;
use super::files;
use crate::report::human::Look;
use crate::source::text::printable;
use std::io::{Read, Write};
use std::path::Path;

/// The streams of a run, and what is known of the terminal.
pub struct Streams<'a> {
    /// Standard input.
    pub input: &'a mut dyn Read,
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether colours are wanted where it is not said.
    pub colour: bool,
    /// Whether line-drawing characters can be shown.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether somebody looks at standard error while it is written.
    pub watched: bool,
}

impl Streams<'_> {
    /// How output for people should look.
    #[must_use]
    pub fn look(&self, colour: Colour) -> Look {
        let colour = match colour {
            Colour::Auto => self.colour,
            Colour::Always => true,
            Colour::Never => false,
        };
        Look { colour, unicode: self.unicode, width: self.width }
    }

    /// Tells whoever watches how many of something have been done: on one line, which is empty again when all have.
    ///
    /// # Errors
    /// What the stream says.
    pub fn progress(&mut self, what: &str, done: usize, all: usize) -> std::io::Result<()> {
        if self.watched {
            let line = if done < all { format!("{what}: {done} of {all}") } else { String::new() };
            write!(self.err, "\r\u{1b}[K{line}")?;
            self.err.flush()?;
        }
        Ok(())
    }

    /// Writes a document to a file, whole or not at all, or to standard output if none is named.
    ///
    /// # Errors
    /// What the streams say; that the file cannot be written is told, and is an exit code.
    pub fn document(&mut self, output: Option<&Path>, text: &str) -> std::io::Result<Exit> {
        let Some(path) = output else {
            return self.out.write_all(text.as_bytes()).map(|()| Exit::Holds);
        };
        if let Err(error) = files::write(path, text) {
            let shown = printable(&path.to_string_lossy());
            writeln!(self.err, "error: `{shown}` cannot be written: {}", files::in_words(&error))?;
            writeln!(self.err, "  help: what was there is as it was; make room, or name another place with --output")?;
            return Ok(Exit::Unusable);
        }
        Ok(Exit::Holds)
    }
}
