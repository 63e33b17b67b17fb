//! For people: how a plan comes to fail, a line for each step that matters; and a line of a file that is wider than the terminal.

use super::summary::plural;
use crate::source::finding::{Finding, Label};
use crate::source::text::{Source, printable};
use std::fmt::{self, Write as _};
use std::ops::Range;
use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};

/// Most further findings of one code that are told in a line each.
const ALSO_MAX: usize = 6;

/// Writes how it came to a finding: what each step changed that matters, and how many did not; else its other places.
///
/// # Errors
/// Only those of `out`.
pub fn write(source: &Source, finding: &Finding, width: usize, out: &mut String) -> fmt::Result {
    let line = |at: usize| source.line_column(at).0.to_string();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut folded = 0;
    for step in &finding.trace {
        if step.changes.is_empty() {
            folded += 1;
            continue;
        }
        if folded > 0 {
            lines.push((String::new(), format!("({})", plural(std::mem::take(&mut folded), "other step"))));
        }
        lines.push((line(step.span.start), printable(&format!("{}: {}", step.step, step.changes.join("; ")))));
    }
    let title = if lines.is_empty() { "see also:" } else { "the way there:" };
    if lines.is_empty() {
        let other = |label: &Label| (line(label.span.start), printable(&label.text));
        lines.extend(finding.others.iter().map(other));
    } else if folded > 0 {
        lines.push((String::new(), format!("({})", plural(folded, "other step"))));
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {title}")?;
    let digits = lines.iter().map(|(number, _)| number.len()).max().unwrap_or_default();
    for (number, words) in lines {
        let mut told = String::new();
        wrapped(&words, digits + 6, width, &mut told)?;
        write!(out, "    {number:>digits$}  {}", told.trim_start())?;
    }
    Ok(())
}

/// Writes further findings of a code that was just shown, a line each.
///
/// # Errors
/// Only those of `out`.
pub fn also<'a>(source: &Source, others: impl Iterator<Item = &'a Finding>, width: usize, out: &mut String) -> fmt::Result {
    let others: Vec<&Finding> = others.collect();
    for finding in others.iter().take(ALSO_MAX) {
        let line = source.line_column(finding.primary.span.start).0;
        let mut told = String::new();
        wrapped(&format!("also on line {line}: {}", printable(&finding.message)), 4, width, &mut told)?;
        write!(out, "  {}", told.trim_start())?;
    }
    if others.len() > ALSO_MAX {
        writeln!(out, "  and {} more; `--format json` lists all", others.len() - ALSO_MAX)?;
    }
    Ok(())
}

/// Writes words in lines of that width, each indented.
///
/// # Errors
/// Only those of `out`.
pub fn wrapped(text: &str, indent: usize, width: usize, out: &mut String) -> fmt::Result {
    let margin = " ".repeat(indent);
    if let Some(lines) = lines(text, width.saturating_sub(indent)) {
        return lines.split('\n').try_for_each(|line| writeln!(out, "{margin}{line}"));
    }
    let look = textwrap::Options::new(width).initial_indent(&margin).subsequent_indent(&margin);
    let look = look
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    writeln!(out, "{}", textwrap::fill(text, look))
}

/// A text with its lines broken at spaces, as [`wrapped`] breaks them; `None` where that takes more than looking for spaces.
#[must_use]
pub fn lines(text: &str, columns: usize) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        out.push_str(if number > 0 { "\n" } else { "" });
        let mut column = 0;
        for word in line.split(' ') {
            if word.is_empty() || word.len() > columns || word.bytes().any(|byte| byte.is_ascii_control()) {
                return None;
            }
            if column > 0 {
                let fits = column + 1 + word.len() <= columns;
                out.push(if fits { ' ' } else { '\n' });
                column = if fits { column + 1 } else { 0 };
            }
            out.push_str(word);
            column += word.len();
        }
    }
    Some(out)
}

/// The part of a line that is shown in so many columns, with `mark` where it is cut off, and where `place` then is.
#[must_use]
pub fn cut(line: &str, place: Range<usize>, columns: usize, mark: &str) -> (String, Range<usize>) {
    let is_end = |at: usize| line.get(..at).map_or(0, |text| text.chars().count());
    let (start, end, all) = (is_end(place.start), is_end(place.end), line.chars().count());
    if all <= columns {
        return (line.to_owned(), place);
    }
    let marked = mark.chars().count();
    let room = columns.saturating_sub(2 * marked).max(1);
    // The place itself in full where it fits, with more of what is before it than of what is after it.
    let from =
        if end <= columns.saturating_sub(marked) { 0 } else { start.saturating_sub(room.saturating_sub(end - start) * 2 / 3) };
    let from = from.min(all.saturating_sub(room));
    let to = if from == 0 { columns.saturating_sub(marked) } else { (from + room).min(all) };
    let mut out = if from > 0 { mark.to_owned() } else { String::new() };
    let before = out.len();
    let kept: String = line.chars().skip(from).take(to - from).collect();
    let offset = |at: usize| before + kept.chars().take(at.clamp(from, to) - from).map(char::len_utf8).sum::<usize>();
    let (first, last) = (offset(start), offset(end));
    out.push_str(&kept);
    if to < all {
        out.push_str(mark);
    }
    (out, first..last)
}

#[cfg(test)]
mod tests {
    use super::{cut, lines};
    use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

    #[test]
    fn lines_are_broken_where_the_library_breaks_them() {
        let words = [
            "a",
            "tape",
            "of",
            "`new`,",
            "administration-data",
            "x y",
            "manual\n585-215-514",
            "(PRI-04,",
            "no  gap",
            "\u{fc}ber",
        ];
        let (mut laid_out, mut seed) = (0, 1_usize);
        for length in 1..400 {
            let mut text = String::new();
            for _ in 0..length % 40 + 1 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(words[(seed >> 33) % (words.len() - if length % 3 == 0 { 0 } else { 2 })]);
            }
            let columns = length % 60 + 4;
            let options = Options::new(columns).word_separator(WordSeparator::AsciiSpace);
            let options = options.word_splitter(WordSplitter::NoHyphenation).wrap_algorithm(WrapAlgorithm::FirstFit);
            if let Some(lines) = lines(&text, columns) {
                assert_eq!(lines, textwrap::fill(&text, options), "{columns}: {text}");
                laid_out += 1;
            }
        }
        assert!(laid_out > 100, "{laid_out}");
    }

    #[test]
    fn the_place_of_a_finding_is_shown_however_long_its_line_is() {
        let line = "- { id: a, do: migrate, server: new, data: system-administration, tape: one, by: technician }";
        for word in ["id", "migrate", "one", "technician", "}"] {
            let at = line.find(word).unwrap();
            for columns in 20..120 {
                let (shown, place) = cut(line, at..at + word.len(), columns, "...");
                assert_eq!(&shown[place], word, "{columns}: {shown}");
                assert!(shown.chars().count() <= columns.max(line.len().min(columns)), "{columns}: {shown}");
            }
        }
        let (shown, place) = cut("über über über", 0..5, 8, "…");
        assert_eq!((shown.as_str(), place), ("über üb…", 0..5));
    }
}
