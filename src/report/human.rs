//! For people: each finding on its source, then what is missing, then one line for each file.

use super::summary::{FileReport, Run, plural};
use crate::engine::lint::{Undecided, Verdict};
use crate::engine::stretch::Outage;
use crate::source::finding::{Finding, Level};
use crate::source::text::{Source, Span, is_unprintable, printable};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;
use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};

/// How it should look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// With line-drawing characters.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Writes the findings of each file at once, and the verdicts behind all of them.
pub struct Writer {
    look: Look,
    handler: GraphicalReportHandler,
    verdicts: String,
    /// Whether anything stands before the verdicts.
    begun: bool,
}

/// What is written of one file.
#[derive(Debug)]
pub struct Part {
    findings: String,
    verdict: String,
    begun: bool,
}

impl Writer {
    /// A writer of this look.
    #[must_use]
    pub fn new(look: Look) -> Self {
        let theme = match (look.unicode, look.colour) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme { styles: miette::ThemeStyles::none(), ..GraphicalTheme::ascii() },
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(look.width).with_links(false).with_context_lines(1);
        // Our sentences end their words at spaces; asking Unicode where a line can break took a tenth of a large run.
        let handler = handler.with_word_separator(WordSeparator::AsciiSpace).with_word_splitter(WordSplitter::NoHyphenation);
        Self { look, handler, verdicts: String::new(), begun: false }
    }

    fn shown(&self, file: &FileReport) -> Result<Part, fmt::Error> {
        let (mut findings, mut last) = (String::new(), String::new());
        if !file.findings.is_empty() {
            let source = Page { source: &file.source, name: printable(&file.source.name), text: visible(&file.source.text) };
            for finding in &file.findings {
                writeln!(findings)?;
                self.handler.render_report(&mut findings, &Shown { finding, source: &source })?;
            }
        }
        missing(file, self.look, &mut findings)?;
        verdict(file, self.look, &mut last)?;
        outages(file, self.look, &mut last)?;
        Ok(Part { findings, verdict: last, begun: !file.findings.is_empty() || !file.undecided.is_empty() })
    }
}

impl super::summary::Writer for Writer {
    type Part = Part;

    fn part(&self, file: FileReport) -> io::Result<Part> {
        self.shown(&file).map_err(io::Error::other)
    }

    fn add(&mut self, part: Part, out: &mut dyn io::Write) -> io::Result<()> {
        self.verdicts.push_str(&part.verdict);
        self.begun |= part.begun;
        out.write_all(part.findings.as_bytes())
    }

    fn end(self, _: Run, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n" } else { b"" })?;
        out.write_all(self.verdicts.as_bytes())
    }
}

/// The text with every unprintable character replaced by one that has as many bytes.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c.len_utf8() {
            _ if !is_unprintable(c) || (c == '\r' && rest.peek() == Some(&'\n')) => out.push(c),
            1 => out.push('?'),
            2 => out.push('\u{b7}'),
            3 => out.push('\u{fffd}'),
            _ => out.push_str("\u{fffd}?"),
        }
    }
    Cow::Owned(out)
}

/// What is not stated: first the facts that an error waits for, then the others.
fn missing(file: &FileReport, look: Look, out: &mut String) -> fmt::Result {
    if file.undecided.is_empty() {
        return Ok(());
    }
    let mut waiting: BTreeMap<(usize, &str), Vec<&Undecided>> = BTreeMap::new();
    for rule in &file.undecided {
        for fact in &rule.facts {
            waiting.entry((fact.span.start, &fact.name)).or_default().push(rule);
        }
    }
    let decides = |rules: &[&Undecided]| rules.iter().any(|rule| rule.level == Level::Error);
    let name = printable(&file.source.name);
    let first = format!("To decide the rest of {name}, state:");
    let second = if waiting.values().any(|rules| decides(rules)) { "and, for recommendations and notes:" } else { &*first };
    for (wanted, title) in [(true, &*first), (false, second)] {
        if waiting.values().any(|rules| decides(rules) == wanted) {
            writeln!(out, "\n{title}")?;
        }
        for ((at, fact), rules) in waiting.iter().filter(|(_, rules)| decides(rules) == wanted) {
            // A fact of the site itself belongs anywhere at the top level.
            let line = if fact.contains('[') { format!(" (line {})", file.source.line_column(*at).0) } else { String::new() };
            writeln!(out, "  {}{line}", printable(fact))?;
            let codes: Vec<&str> = rules.iter().map(|rule| rule.code.as_str()).collect();
            wrapped(&codes.join(", "), 6, look.width, out)?;
        }
    }
    for rule in file.undecided.iter().filter(|rule| rule.facts.is_empty()) {
        let why = rule
            .gave_up
            .as_deref()
            .map_or("waits for a fact that has an error above".to_owned(), |why| format!("the solver gave up ({why})"));
        writeln!(out, "  {}: {why}", rule.code)?;
    }
    Ok(())
}

fn wrapped(text: &str, indent: usize, width: usize, out: &mut String) -> fmt::Result {
    let margin = " ".repeat(indent);
    let look = textwrap::Options::new(width).initial_indent(&margin).subsequent_indent(&margin);
    let look = look
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    writeln!(out, "{}", textwrap::fill(text, look))
}

fn verdict(file: &FileReport, look: Look, out: &mut String) -> fmt::Result {
    let count = |level| file.findings.iter().filter(|finding| finding.level == level).count();
    let mut parts: Vec<String> = Vec::new();
    for (level, word) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "note")] {
        if count(level) > 0 {
            parts.push(plural(count(level), word));
        }
    }
    if !file.undecided.is_empty() {
        parts.push(format!("{} cannot be told", plural(file.undecided.len(), "rule")));
    }
    let (word, colour) = match file.verdict {
        _ if file.unusable => ("unusable", "31"),
        Verdict::Holds => ("holds", "32"),
        Verdict::Violated => ("violated", "31"),
        Verdict::CannotTell => ("cannot tell", "33"),
    };
    let word = if look.colour { format!("\u{1b}[1;{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
    let details = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let later = if file.due_later.is_empty() {
        String::new()
    } else {
        format!("; {} due at the end", plural(file.due_later.len(), "rule"))
    };
    let name = printable(&file.source.name);
    let one_line = name.chars().count() + 2 + word.len() + details.len() + later.len() <= look.width;
    if one_line {
        return writeln!(out, "{name}: {word}{details}{later}");
    }
    writeln!(out, "{name}: {word}")?;
    let rest = format!("{}{later}", details.trim().trim_start_matches('(').trim_end_matches(')'));
    wrapped(rest.trim_start_matches("; "), 4, look.width, out)
}

/// How long something is lost, at worst; a paragraph for each stretch.
fn outages(file: &FileReport, look: Look, out: &mut String) -> fmt::Result {
    for outage in &file.outages {
        wrapped(&outage_words(outage), 4, look.width, out)?;
    }
    Ok(())
}

/// `data-collection gap from `busy` to `start`: at most 35 min (busy, release, start)`.
fn outage_words(outage: &Outage) -> String {
    let step = |id: &Option<String>, none: &str| id.as_ref().map_or(none.to_owned(), |id| format!("`{}`", printable(id)));
    let names = |ids: &[String]| ids.iter().map(|id| printable(id)).collect::<Vec<_>>().join(", ");
    let words = match (outage.minutes, outage.untimed.as_slice()) {
        (Some((least, most)), _) => format!("at least {least} min and at most {most} min, by {}", names(&outage.bounded_by)),
        (None, []) => "no step bounds it".to_owned(),
        (None, untimed) => format!("cannot tell how long: no duration is stated for {}", names(untimed)),
    };
    format!("{} from {} to {}: {words}", outage.name, step(&outage.from, "the start"), step(&outage.to, "the end"))
}

struct Shown<'a> {
    finding: &'a Finding,
    source: &'a Page<'a>,
}

/// A file as it is drawn. Its columns count characters, as everywhere else; those of the library count bytes.
struct Page<'a> {
    source: &'a Source,
    name: String,
    text: Cow<'a, str>,
}

impl SourceCode for Page<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        // What is near is read, not the text from its start.
        let place = Span::new(span.offset(), span.offset() + span.len());
        let (window, skipped) = self.source.lines_around(place, before + 1, after + 1);
        let inner = SourceSpan::new((span.offset() - window.start).into(), span.len());
        let bytes = self.text.as_bytes().get(window.clone()).ok_or(MietteError::OutOfBounds)?;
        let read = bytes.read_span(&inner, before, after)?;
        let place = SourceSpan::new((read.span().offset() + window.start).into(), read.span().len());
        // Without context it is read for the place above the picture.
        let (line, column) = if before == 0 {
            let (line, column) = self.source.line_column(span.offset());
            (line - 1, column - 1)
        } else {
            (read.line() + skipped, read.column())
        };
        let lines = read.line_count() + skipped;
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), read.data(), place, line, column, lines)))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.finding.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{}[{}]", self.finding.level.word(), self.finding.code)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.finding.help.as_deref().map(printable);
        let reference = self.finding.reference.as_ref().map(|r| format!("manual {} ({})", r.place, r.statements.join(", ")));
        let parts: Vec<String> = [way(self.finding), help, reference].into_iter().flatten().collect();
        if parts.is_empty() { None } else { Some(Box::new(parts.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        if self.source.text.is_empty() { None } else { Some(self.source) }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let text = |text: &str| if text.is_empty() { None } else { Some(printable(text)) };
        let primary = &self.finding.primary;
        let length = (primary.span.end - primary.span.start).max(usize::from(primary.span.start < self.source.text.len()));
        let first = LabeledSpan::new_primary_with_span(text(&primary.text), (primary.span.start, length));
        let others = self.finding.others.iter();
        let others =
            others.map(move |label| LabeledSpan::new(text(&label.text), label.span.start, label.span.end - label.span.start));
        Some(Box::new(std::iter::once(first).chain(others)))
    }
}

/// The steps that led to a violation, in order; those that did not matter are folded.
fn way(finding: &Finding) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut folded = 0;
    for step in &finding.trace {
        if step.changes.is_empty() {
            folded += 1;
            continue;
        }
        if folded > 0 {
            parts.push(format!("({})", plural(std::mem::take(&mut folded), "other step")));
        }
        parts.push(format!("`{}`", printable(&step.step)));
    }
    if folded > 0 {
        parts.push(format!("({})", plural(folded, "other step")));
    }
    let matters = finding.trace.iter().any(|step| !step.changes.is_empty());
    matters.then(|| format!("the way there: {}", parts.join(", ")))
}

/// Findings in one file, and how many: for rulebooks.
///
/// # Errors
/// Only those of `out`.
pub fn findings(source: &Source, findings: &[Finding], look: Look, out: &mut String) -> fmt::Result {
    let file = FileReport {
        source: source.clone(),
        findings: findings.to_vec(),
        undecided: Vec::new(),
        due_later: Vec::new(),
        outages: Vec::new(),
        verdict: Verdict::Violated,
        unusable: false,
    };
    write_one(&file, look, out)
}

/// What was found in one file, with its verdict.
///
/// # Errors
/// Only those of `out`.
pub fn write_one(file: &FileReport, look: Look, out: &mut String) -> fmt::Result {
    let part = Writer::new(look).shown(file)?;
    write!(out, "{}{}{}", part.findings, if part.begun { "\n" } else { "" }, part.verdict)
}
