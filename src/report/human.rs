//! For people: each finding on its source, then what is missing, then one line for each file.

use super::story::{self, wrapped};
use super::summary::{FileReport, Run, plural};
use crate::engine::verification::lint::{Undecided, Verdict};
use crate::engine::verification::stretch::Outage;
use crate::source::finding::{Finding, Level};
use crate::source::text::{Source, Span, is_plain, is_unprintable, printable};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;
use std::ops::Range;
use textwrap::{WordSeparator, WordSplitter};

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
    /// Draws findings whose lines are laid out here.
    laid_out: Drawing,
    /// Draws all others.
    wrapping: Drawing,
    verdicts: String,
    /// Whether anything stands before the verdicts.
    begun: bool,
}

/// What draws a finding.
struct Drawing {
    /// On its lines, with what is around them.
    around: GraphicalReportHandler,
    /// On one line.
    close: GraphicalReportHandler,
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
        let drawing = |around: GraphicalReportHandler| Drawing { close: around.clone().with_context_lines(0), around };
        let (wrapping, laid_out) = (drawing(handler.clone()), drawing(handler.with_wrap_lines(false)));
        Self { look, laid_out, wrapping, verdicts: String::new(), begun: false }
    }

    fn shown(&self, file: &FileReport) -> Result<Part, fmt::Error> {
        let (mut findings, mut last) = (String::new(), String::new());
        if !file.findings.is_empty() {
            let source = Page { source: &file.source, name: printable(&file.source.name), text: visible(&file.source.text) };
            for (index, finding) in file.findings.iter().enumerate() {
                // Of several ways to fail alike the first is told in full.
                let alike = |other: &&Finding| is_story(other) && is_story(finding) && other.code == finding.code;
                if !file.findings[..index].iter().any(|other| alike(&other)) {
                    writeln!(findings)?;
                    self.one(finding, &source, &mut findings)?;
                    story::also(&file.source, file.findings[index + 1..].iter().filter(alike), self.look.width, &mut findings)?;
                }
            }
        }
        missing(file, self.look, &mut findings)?;
        verdict(file, self.look, &mut last)?;
        outages(file, self.look, &mut last)?;
        Ok(Part { findings, verdict: last, begun: !file.findings.is_empty() || !file.undecided.is_empty() })
    }

    /// One finding: on its lines, or on one line and with its story.
    fn one(&self, finding: &Finding, source: &Page<'_>, out: &mut String) -> fmt::Result {
        let (message, help) = (printable(&finding.message), help(finding));
        let lines = story::lines(&message, self.look.width.saturating_sub(MESSAGE_MARGIN));
        let help_lines = help.as_ref().map(|help| story::lines(help, self.look.width.saturating_sub(HELP_MARGIN)));
        let (message, help, drawing) = match (lines, help_lines) {
            (Some(message), None) => (message, None, &self.laid_out),
            (Some(message), Some(Some(help))) => (message, Some(help), &self.laid_out),
            _ => (message, help, &self.wrapping),
        };
        let shown = Shown { finding, message, help, source, excerpt: None };
        let excerpt = Excerpt::new(finding, source, self.look);
        let Some(excerpt) = excerpt.filter(|excerpt| excerpt.is_cut || is_story(finding)) else {
            return drawing.around.render_report(out, &shown);
        };
        drawing.close.render_report(out, &Shown { excerpt: Some(excerpt), ..shown })?;
        story::write(source.source, finding, self.look.width, out)
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

/// What the library puts around each line of a finding's sentence.
const MESSAGE_MARGIN: usize = 6;
/// The same of its help.
const HELP_MARGIN: usize = 10;

/// What to do, and where the manual says so.
fn help(finding: &Finding) -> Option<String> {
    let help = finding.help.as_deref().map(printable);
    let reference = finding.reference.as_ref().map(|r| format!("manual {} ({})", r.place, r.statements.join(", ")));
    match (help, reference) {
        (Some(help), Some(reference)) => Some(format!("{help}\n{reference}")),
        (help, reference) => help.or(reference),
    }
}

/// Whether a finding tells of the steps that led to it.
fn is_story(finding: &Finding) -> bool {
    !finding.trace.is_empty()
}

/// The text with every unprintable character replaced by one that has as many bytes.
fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_unprintable) {
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
    if waiting.is_empty() {
        writeln!(out, "\nWhat cannot be told of {name}:")?;
    }
    for rule in file.undecided.iter().filter(|rule| rule.facts.is_empty()) {
        let why = rule.gave_up.as_deref().unwrap_or("waits for a fact that has an error above");
        writeln!(out, "  {}:", rule.code)?;
        wrapped(why, 6, look.width, out)?;
    }
    Ok(())
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
    /// Its sentence.
    message: String,
    /// What to do, and where the manual says so.
    help: Option<String>,
    source: &'a Page<'a>,
    excerpt: Option<Excerpt>,
}

/// The line that a finding is about, as much of it as there are columns for.
struct Excerpt {
    name: String,
    text: String,
    place: Range<usize>,
    line: usize,
    column: usize,
    is_cut: bool,
}

impl Excerpt {
    /// `None` where the place of the finding is not on one line.
    fn new(finding: &Finding, page: &Page<'_>, look: Look) -> Option<Self> {
        let span = finding.primary.span;
        let (line, column) = page.source.line_column(span.start);
        let start = page.text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
        let end = page.text.get(span.start..)?.find('\n').map_or(page.text.len(), |at| span.start + at);
        let whole = page.text.get(start..end)?.trim_end_matches('\r');
        if span.end > start + whole.len() {
            return None;
        }
        let columns = look.width.saturating_sub(line.to_string().len() + 5);
        let mark = if look.unicode { "\u{2026}" } else { "..." };
        let (text, place) = story::cut(whole, span.start - start..span.end - start, columns, mark);
        let is_cut = text != whole;
        Some(Self { name: page.name.clone(), text, place, line: line - 1, column: column - 1, is_cut })
    }
}

impl SourceCode for Excerpt {
    fn read_span<'b>(&'b self, _: &SourceSpan, _: usize, _: usize) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let whole = SourceSpan::new(0.into(), self.text.len());
        let data = self.text.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, whole, self.line, self.column, 1)))
    }
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
        // Without context it is read for the place above the picture.
        if before == 0 && after == 0 {
            let (line, column) = self.source.line_column(span.offset());
            let data = self.text.as_bytes().get(span.offset()..span.offset() + span.len()).unwrap_or_default();
            return Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, *span, line - 1, column - 1, 1)));
        }
        let place = Span::new(span.offset(), span.offset() + span.len());
        if let Some((window, skipped)) = self.whole_lines(place, before, after) {
            let data = self.text.as_bytes().get(window.clone()).ok_or(MietteError::OutOfBounds)?;
            let lines = data.split(|byte| *byte == b'\n').count() - 1;
            let window = SourceSpan::new(window.start.into(), window.len());
            return Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, window, skipped, 0, lines)));
        }
        // What is near is read, not the text from its start.
        let (window, skipped) = self.source.lines_around(place, before + 1, after + 1);
        let inner = SourceSpan::new((span.offset() - window.start).into(), span.len());
        let bytes = self.text.as_bytes().get(window.clone()).ok_or(MietteError::OutOfBounds)?;
        let read = bytes.read_span(&inner, before, after)?;
        let place = SourceSpan::new((read.span().offset() + window.start).into(), read.span().len());
        // So many lines are read; the library takes pictures together that touch.
        let lines = read.data().split(|byte| *byte == b'\n').count() - 1;
        let (line, column) = (read.line() + skipped, read.column());
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), read.data(), place, line, column, lines)))
    }
}

impl Page<'_> {
    /// Where the lines around a place on one line are, and how many stand before them, where no line ends otherwise than with
    /// a line feed. What the library finds byte by byte is known then.
    fn whole_lines(&self, place: Span, before: usize, after: usize) -> Option<(Range<usize>, usize)> {
        let (window, skipped) = self.source.lines_around(place, before, after);
        let there = self.text.as_bytes().get(place.start..place.end)?;
        let all = self.text.as_bytes().get(window.clone())?;
        (!there.is_empty() && !there.contains(&b'\n') && !all.contains(&b'\r')).then_some((window, skipped))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
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
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display + 'a>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match &self.excerpt {
            _ if self.source.text.is_empty() => None,
            Some(excerpt) => Some(excerpt),
            None => Some(self.source),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let text = |text: &str| if text.is_empty() { None } else { Some(printable(text)) };
        let primary = &self.finding.primary;
        if let Some(Excerpt { place, .. }) = &self.excerpt {
            let one = LabeledSpan::new_primary_with_span(text(&primary.text), (place.start, place.len().max(1)));
            return Some(Box::new(std::iter::once(one)));
        }
        let length = (primary.span.end - primary.span.start).max(usize::from(primary.span.start < self.source.text.len()));
        let first = LabeledSpan::new_primary_with_span(text(&primary.text), (primary.span.start, length));
        let others = self.finding.others.iter();
        let others =
            others.map(move |label| LabeledSpan::new(text(&label.text), label.span.start, label.span.end - label.span.start));
        Some(Box::new(std::iter::once(first).chain(others)))
    }
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
