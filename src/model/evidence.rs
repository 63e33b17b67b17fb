//! What a screen showed against what it must show. White space and case do not count.

use crate::source::text::printable;

/// Longest evidence, in bytes.
pub const EVIDENCE_BYTES_MAX: usize = 64 << 10;
/// Characters of a line of evidence that are looked at: many times the width of a screen.
const LINE_CHARACTERS_MAX: usize = 1_000;

/// A piece of an expected line.
enum Piece {
    /// These words; whether they begin and end where words do.
    Words { words: String, opens: bool, closes: bool },
    /// `<word>`: something, within one line. `<...>`: something or nothing.
    Anything { may_be_empty: bool },
    /// `(empty)`: nothing up to the end of the line.
    Nothing,
}

/// The first line of `expect` that the evidence does not show, after those before it; `None` if it shows them all.
///
/// A line of `expect` is words, `<something>`, and remarks in parentheses, which are for people; white space in it stands
/// for any white space, line ends too. Between the lines anything may stand.
#[must_use]
pub fn missing_line(expect: &str, evidence: &str) -> Option<String> {
    let lines = evidence.lines().map(|line| line.chars().take(LINE_CHARACTERS_MAX).flat_map(char::to_lowercase));
    let evidence: Vec<char> = lines.flat_map(|line| line.chain(['\n'])).collect();
    let mut from = 0;
    for line in expect.lines() {
        let pieces = pieces(line);
        if pieces.is_empty() {
            continue;
        }
        // What begins with anything begins as well at the beginning of its line.
        let anywhere = !matches!(pieces.first(), Some(Piece::Anything { .. }));
        let mut starts = (from..=evidence.len()).filter(|&at| anywhere || at == from || evidence.get(at - 1) == Some(&'\n'));
        match starts.find_map(|start| after(&evidence, start, &pieces)) {
            Some(end) => from = end,
            None => return Some(line.trim().to_owned()),
        }
    }
    None
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

fn pieces(line: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut words = String::new();
    let mut rest = line.trim();
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
            push_words(&mut out, &mut words, false);
        }
        // Two in a row are one.
        if !matches!((out.last(), &piece), (Some(Piece::Anything { .. }), Some(Piece::Anything { .. }))) {
            out.extend(piece);
        }
        rest = &rest[end + 1..];
    }
    push_words(&mut out, &mut words, true);
    out
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
    let inside =
        |a: Option<&char>, b: Option<char>| a.is_some_and(|a| a.is_alphanumeric()) && b.is_some_and(char::is_alphanumeric);
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
    use super::{kept, missing_line, shows};

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
