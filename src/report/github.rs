//! Workflow commands that GitHub shows on the lines of a pull request.

use super::summary::{FileReport, Run};
use crate::source::finding::Level;
use crate::source::text::printable;
use std::fmt::{self, Write as _};
use std::io;

/// Writes each file at once, one command a line.
#[derive(Debug, Default)]
pub struct Writer;

impl super::summary::Writer for Writer {
    type Part = String;

    fn part(&self, file: FileReport) -> io::Result<String> {
        let mut out = String::new();
        commands(&file, &mut out).map_err(io::Error::other)?;
        Ok(out)
    }

    fn add(&mut self, part: String, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(part.as_bytes())
    }

    fn end(self, _: Run, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}

fn commands(file: &FileReport, out: &mut String) -> fmt::Result {
    let name = property(&file.source.name);
    for finding in &file.findings {
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let (line, column) = file.source.line_column(finding.primary.span.start);
        let (end_line, end_column) = file.source.line_column(finding.primary.span.end);
        write!(out, "::{command} file={name},line={line},endLine={end_line},col={column},")?;
        let mut message = finding.message.clone();
        if let Some(help) = &finding.help {
            write!(message, "\nhelp: {help}")?;
        }
        if let Some(reference) = &finding.reference {
            write!(message, "\nmanual {} ({})", reference.place, reference.statements.join(", "))?;
        }
        writeln!(out, "endColumn={end_column},title={}::{}", property(&finding.code), data(&message))?;
    }
    for rule in &file.undecided {
        let facts: Vec<&str> = rule.facts.iter().map(|fact| fact.name.as_str()).collect();
        let line = rule.facts.first().map_or(1, |fact| file.source.line_column(fact.span.start).0);
        let message = format!(
            "cannot tell: state {}",
            if facts.is_empty() { "the facts that have errors".to_owned() } else { facts.join(", ") }
        );
        writeln!(out, "::notice file={name},line={line},title={}::{}", property(&rule.code), data(&message))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
