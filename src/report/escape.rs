//! Text from a file as harmless text in HTML, Markdown and a shell. Every character that cannot be seen is spelled out.

use crate::source::text::{is_unprintable, printable};

/// The text in HTML, in content and in quoted attributes; line ends stay.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The text within a line of Markdown (CommonMark, and tables of GFM); line ends become spaces.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let always = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '@');
        let starts_block = out.is_empty() && matches!(c, '#' | '+' | '-' | '=');
        let starts_list = matches!(c, '.' | ')') && !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit());
        // `x://` and `www.` become links by themselves.
        let starts_link = c == ':' && rest.peek() == Some(&'/') || c == '.' && out.to_ascii_lowercase().ends_with("www");
        if always || starts_block || starts_list || starts_link {
            out.push('\\');
        }
        if c != ' ' || !out.is_empty() {
            out.push(c);
        }
    }
    out.trim_end().to_owned()
}

/// The lines as a fenced block of Markdown, each line of it behind `indent`.
#[must_use]
pub fn fenced(text: &str, indent: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = format!("{indent}{fence}text\n");
    for line in text.lines() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out.push_str(&format!("{indent}{fence}\n"));
    out
}

/// The text as one word of a POSIX shell, whatever is in it. NUL, which no word can hold, is left out.
#[must_use]
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

/// The text with characters that cannot be seen spelled out; line ends stay, tabs are spaces.
#[must_use]
pub fn visible(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| printable(line.trim_end_matches('\r'))).collect();
    debug_assert!(!lines.iter().any(|line| line.chars().any(is_unprintable)), "printable leaves nothing unprintable");
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{fenced, html, markdown, shell};

    #[test]
    fn nothing_that_means_something_elsewhere_is_left() {
        assert_eq!(html("<b a='1'>\"&\u{202e}"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;\\u{202e}");
        assert_eq!(markdown("# a *b* [c](d)\n1. e"), "\\# a \\*b\\* \\[c\\](d) 1. e");
        assert_eq!(markdown("1. e"), "1\\. e");
        assert_eq!(markdown("http://x www.y.z"), "http\\://x www\\.y.z");
        assert_eq!(fenced("a\n````\n", ""), "`````text\na\n````\n`````\n");
        assert_eq!(shell("$(x) `y` 'z'\n-"), "'$(x) `y` '\\''z'\\''\n-'");
    }
}
