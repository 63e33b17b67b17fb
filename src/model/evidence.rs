//! What a screen showed against what it must show. White space and case do not count.

use crate::source::text::printable;

/// Longest evidence, in bytes.
pub const EVIDENCE_BYTES_MAX: usize = 64 << 10;
/// Characters of a line of evidence that are looked at: many times the width of a screen.
const LINE_CHARACTERS_MAX: usize = 1_000;

/// A piece of an expected line.
#[derive(Clone, Debug)]
enum Piece {
    /// These words; whether they begin and end where words do.
    Words { words: String, opens: bool, closes: bool },
    /// `<word>`: something, within one line. `<...>`: something or nothing.
    Anything { may_be_empty: bool },
    /// `(empty)`: nothing up to the end of the line.
    Nothing,
}

/// A part of a line that must appear.
pub enum Part<'t> {
    /// Words, `<something>`, and remarks in parentheses, which are for people.
    Pattern(&'t str),
    /// A value, which means itself whatever is in it.
    Value(&'t str),
}

/// A line that must appear. White space in it stands for any white space, line ends too.
#[derive(Clone, Debug)]
pub struct Line {
    text: String,
    pieces: Vec<Piece>,
}

impl Line {
    /// The line of these parts.
    #[must_use]
    pub fn new(parts: &[Part<'_>]) -> Self {
        let text = parts.iter().map(|part| match part {
            Part::Pattern(words) => (*words).to_owned(),
            Part::Value(value) => value.split_whitespace().collect::<Vec<_>>().join(" "),
        });
        Self { text: text.collect::<String>().trim_end().to_owned(), pieces: pieces(parts) }
    }

    /// Where it stands in the evidence, first places first.
    fn places<'a>(&'a self, evidence: &'a [char], from: usize) -> impl Iterator<Item = (usize, usize)> + 'a {
        // What begins with anything begins as well at the beginning of its line.
        let anywhere = !matches!(self.pieces.first(), Some(Piece::Anything { .. }));
        let starts = (from..=evidence.len()).filter(move |&at| anywhere || at == from || evidence.get(at - 1) == Some(&'\n'));
        starts.filter_map(move |at| after(evidence, at, &self.pieces).map(|end| (at, end)))
    }
}

/// What a screen must show. Between the lines anything may stand.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    groups: Vec<Group>,
}

/// Lines that follow each other, or lines in any order.
#[derive(Clone, Debug)]
struct Group {
    lines: Vec<Line>,
    in_order: bool,
}

impl Group {
    /// Those that ask for something, the longest first where they have no order: a short one could stand within a long one.
    fn asked(&self) -> Vec<&Line> {
        let mut out: Vec<&Line> = self.lines.iter().filter(|line| !line.pieces.is_empty()).collect();
        if !self.in_order {
            out.sort_by_key(|line| std::cmp::Reverse(line.text.chars().count()));
        }
        out
    }
}

impl Screen {
    /// Adds lines below those that are there. Of lines in any order no two are the same.
    pub fn add(&mut self, lines: Vec<Line>, in_order: bool) {
        if self.groups.last().is_none_or(|group| group.in_order != in_order) {
            self.groups.push(Group { lines: Vec::new(), in_order });
        }
        let Some(group) = self.groups.last_mut() else { return };
        for line in lines {
            if in_order || group.lines.iter().all(|other| other.text != line.text) {
                group.lines.push(line);
            }
        }
    }

    /// Whether nothing is said of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.lines.is_empty())
    }

    /// All its lines, for people.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.groups.iter().flat_map(|group| &group.lines);
        lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The lines that ask for something, each with whether it keeps its place in the order.
    pub fn asked(&self) -> impl Iterator<Item = (bool, &str)> {
        let groups = self.groups.iter();
        groups.flat_map(|group| group.asked().into_iter().map(|line| (group.in_order, line.text.as_str())))
    }

    /// A line that the evidence does not show, after those before it; `None` if it shows them all.
    #[must_use]
    pub fn missing(&self, evidence: &str) -> Option<String> {
        let lines = evidence.lines().map(|line| line.chars().take(LINE_CHARACTERS_MAX).flat_map(char::to_lowercase));
        let evidence: Vec<char> = lines.flat_map(|line| line.chain(['\n'])).collect();
        let mut from = 0;
        for group in &self.groups {
            // No two lines in any order may be the same place on the screen.
            let mut taken: Vec<(usize, usize)> = Vec::new();
            for line in group.asked() {
                let mut places = line.places(&evidence, from);
                let is_free = |place: &(usize, usize)| taken.iter().all(|other| place.1 <= other.0 || other.1 <= place.0);
                match places.find(is_free) {
                    Some(place) if group.in_order => from = place.1,
                    Some(place) => taken.push(place),
                    None => return Some(line.text.trim().to_owned()),
                }
            }
            from = taken.iter().map(|place| place.1).max().unwrap_or(from);
        }
        None
    }
}

/// Whether the evidence shows these words.
#[must_use]
pub fn shows(words: &str, evidence: &str) -> bool {
    let flat = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    flat(evidence).contains(&flat(words))
}

/// The evidence as it is kept: without what a terminal would obey, line ends as they were.
#[must_use]
pub fn kept(evidence: &str) -> String {
    evidence.lines().map(|line| printable(line.trim_end())).collect::<Vec<_>>().join("\n")
}

fn pieces(parts: &[Part<'_>]) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut words = String::new();
    for part in parts {
        match part {
            Part::Pattern(text) => pattern(text, &mut out, &mut words),
            Part::Value(value) => words.extend(value.chars().flat_map(char::to_lowercase)),
        }
    }
    push_words(&mut out, &mut words, true);
    out
}

/// Reads a part of a line; the words at its end, which may go on, stay in `words`.
fn pattern(text: &str, out: &mut Vec<Piece>, words: &mut String) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let closes = match first {
            '<' => rest.find('>'),
            '(' if words.is_empty() || words.ends_with(' ') => {
                rest.find(')').filter(|end| rest[end + 1..].chars().next().is_none_or(char::is_whitespace))
            }
            _ => None,
        };
        let Some(end) = closes else {
            words.extend(first.to_lowercase());
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let inner = &rest[1..end];
        let piece = match (first, inner) {
            ('<', "...") => Some(Piece::Anything { may_be_empty: true }),
            ('<', _) => Some(Piece::Anything { may_be_empty: false }),
            (_, "empty") => Some(Piece::Nothing),
            _ => None,
        };
        if piece.is_some() || words.trim().is_empty() {
            push_words(out, words, false);
        }
        // Two in a row are one.
        if !matches!((out.last(), &piece), (Some(Piece::Anything { .. }), Some(Piece::Anything { .. }))) {
            out.extend(piece);
        }
        rest = &rest[end + 1..];
    }
}

fn push_words(out: &mut Vec<Piece>, words: &mut String, is_last: bool) {
    let (opens, closes) = (out.is_empty() || words.starts_with(' '), is_last || words.ends_with(' '));
    let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.clear();
    if !flat.is_empty() {
        out.push(Piece::Words { words: flat, opens, closes });
    }
}

/// Where the evidence goes on after `pieces`, which stand at `at`.
fn after(evidence: &[char], at: usize, pieces: &[Piece]) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else {
        return Some(at);
    };
    match piece {
        Piece::Words { words, opens, closes } => {
            after(evidence, words_at(evidence, skip_white(evidence, at), words, *opens, *closes)?, rest)
        }
        Piece::Nothing => {
            let end = line_end(evidence, at);
            let is_empty = evidence[at..end].iter().all(|c| c.is_whitespace());
            if is_empty { after(evidence, end, rest) } else { None }
        }
        Piece::Anything { may_be_empty } => {
            let end = line_end(evidence, at);
            let first = (at..end).find(|&i| !evidence[i].is_whitespace());
            let least = if *may_be_empty { at } else { first? + 1 };
            if rest.is_empty() { Some(end) } else { (least..=end).find_map(|next| after(evidence, next, rest)) }
        }
    }
}

fn line_end(evidence: &[char], at: usize) -> usize {
    (at..evidence.len()).find(|&i| evidence[i] == '\n').unwrap_or(evidence.len())
}

fn skip_white(evidence: &[char], mut at: usize) -> usize {
    while evidence.get(at).is_some_and(|c| c.is_whitespace()) {
        at += 1;
    }
    at
}

/// The end of these words at `at`. Where they open or close, not inside a word or a number.
fn words_at(evidence: &[char], at: usize, words: &str, opens: bool, closes: bool) -> Option<usize> {
    // A name with a hyphen is one word.
    let inside = |a: Option<&char>, b: Option<char>| {
        a.is_some_and(|a| a.is_alphanumeric() || matches!(a, '-' | '_')) && b.is_some_and(char::is_alphanumeric)
    };
    if opens && inside(at.checked_sub(1).and_then(|before| evidence.get(before)), words.chars().next()) {
        return None;
    }
    let mut end = at;
    for c in words.chars() {
        if c == ' ' {
            let next = skip_white(evidence, end);
            if next == end {
                return None;
            }
            end = next;
        } else if evidence.get(end) == Some(&c) {
            end += 1;
        } else {
            return None;
        }
    }
    (!closes || !inside(evidence.get(end), words.chars().last())).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{Line, Part, Screen, kept, shows};

    fn missing_line(expect: &str, evidence: &str) -> Option<String> {
        let mut screen = Screen::default();
        screen.add(expect.lines().map(|line| Line::new(&[Part::Pattern(line)])).collect(), true);
        screen.missing(evidence)
    }

    /// A heading, these names in any order, and a last line.
    fn named(names: &[&str]) -> Screen {
        let line = |part: Part<'_>| vec![Line::new(&[part])];
        let mut screen = Screen::default();
        screen.add(line(Part::Pattern("Names:")), true);
        names.iter().for_each(|name| screen.add(line(Part::Value(name)), false));
        screen.add(line(Part::Pattern("End")), true);
        screen
    }

    #[test]
    fn every_name_of_a_list_is_looked_for_in_any_order_and_none_within_another() {
        let screen = named(&["acd1", "acd10", "acd-1"]);
        assert_eq!(screen.missing("Names: ACD10, acd-1, acd1\nEnd"), None);
        assert_eq!(screen.missing("Names:\nacd-1 (acd1)\nacd10\nEnd"), None);
        assert_eq!(screen.missing("Names: acd10 acd-1\nEnd").as_deref(), Some("acd1"));
        assert_eq!(screen.missing("acd1 Names: acd10 acd-1\nEnd").as_deref(), Some("acd1"));
        assert_eq!(screen.missing("Names: acd1 acd10 acd-1-b\nEnd").as_deref(), Some("acd-1"));
        assert_eq!(screen.missing("Names: acd1 acd10 End acd-1").as_deref(), Some("End"));
        let twice = named(&["1", "1 2"]);
        assert_eq!(twice.missing("Names: 1 2\nEnd").as_deref(), Some("1"));
        assert_eq!(twice.missing("Names: 1 1 2\nEnd"), None);
        assert_eq!(named(&["a", "a"]).missing("Names: a\nEnd"), None);
    }

    #[test]
    fn a_value_means_itself_whatever_is_in_it() {
        let screen = named(&["<...>", "(empty)", "a\n b"]);
        assert_eq!(screen.text(), "Names:\n<...>\n(empty)\na b\nEnd");
        assert_eq!(screen.missing("Names: <...> (empty) a  B End"), None);
        assert_eq!(screen.missing("Names: something (empty) a b End").as_deref(), Some("<...>"));
        assert_eq!(screen.missing("Names: <...> a b End").as_deref(), Some("(empty)"));
    }

    #[test]
    fn white_space_and_case_do_not_count_and_a_number_is_whole() {
        let expect = "sense key(0x0)= No Additional Sense\nresidual= 0   retries= 0   file no= 0   block no= 0\n";
        let screen = "# mt -f /dev/rmt/0 status\n  sense key(0x0)= no  Additional\n Sense   residual= 0\tretries= 0\r\nfile no= 0 block no= 0\n#";
        assert_eq!(missing_line(expect, screen), None);
        let other = screen.replace("block no= 0", "block no= 07");
        assert_eq!(missing_line(expect, &other).as_deref(), Some("residual= 0   retries= 0   file no= 0   block no= 0"));
        assert!(missing_line(expect, "").is_some());
    }

    #[test]
    fn placeholders_stay_in_their_line_and_empty_means_empty() {
        let expect = "Errors: (empty)\nStatus: Last backup finished <date> <time>.\n(a remark)\n";
        assert_eq!(missing_line(expect, "Errors:\nStatus: Last backup finished 01/10/2000 11:56:02.\n"), None);
        assert_eq!(missing_line(expect, "Errors: disk\nStatus: Last backup finished 1 2.").as_deref(), Some("Errors: (empty)"));
        let unfinished = missing_line(expect, "Errors:\nStatus: Last backup finished\n1.");
        assert_eq!(unfinished.as_deref(), Some("Status: Last backup finished <date> <time>."));
        assert_eq!(missing_line("Status: <...> success<...>", "Status: Success"), None);
        assert_eq!(missing_line("Status: <...> success<...>", "Status: 100% successful."), None);
        assert!(missing_line("Status: <...> success<...>", "Status: unsuccessful").is_some());
        assert!(missing_line("Status: <...> success<...>", "Status: 45%").is_some());
        assert_eq!(missing_line("<ACD>  Interval  Finished  <date>", "acd2 Interval Finished 1/12/00"), None);
        assert_eq!(
            missing_line("<number> blocks\nTape Verification\n<number> blocks", "71 blocks\nTape Verification\n71 blocks"),
            None
        );
        assert!(missing_line("<number> blocks\nTape Verification\n<number> blocks", "71 blocks\nTape Verification").is_some());
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_kept() {
        assert_eq!(kept("a\u{1b}[2Jb  \nc\r\n"), "a\\u{1b}[2Jb\nc");
        assert!(shows("not   Ready", "device\nnot ready") && !shows("fail", "success"));
    }
}
