//! The streams of a run, and what is known of the terminal.

use super::args::Colour;
use crate::report::human::Look;
use std::io::{Read, Write};

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
}
