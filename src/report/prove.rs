//! `prove`: what is known of a rulebook, as a table for people that fits the terminal, and as JSON.

use crate::proof::item::{Assurance, Item, Section, Tally, Verdict};
use crate::source::text::{printable, printable_json};
use crate::spec::rulebook::Rulebook;
use serde_json::json;
use std::collections::BTreeSet;

/// Columns of verdict and assurance.
const HEAD: usize = 22;
/// Columns in which a claim can still be read.
const TEXT_MIN: usize = 30;

/// Claims that are alike and hold, from how many on they are one row.
const ALIKE_MIN: usize = 4;

/// The table. Items that hold are a row each, those that are alike one row with their number; of the others the detail is shown.
#[must_use]
pub fn human(rulebook: &Rulebook, items: &[Item], width: usize) -> String {
    let mut out = format!("{} {}: {}\n", rulebook.id, rulebook.version, rulebook.title);
    for section in Section::ALL {
        let of_section: Vec<&Item> = items.iter().filter(|item| item.section == section).collect();
        if of_section.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{}: {}\n", section.word(), summary(Tally::of(of_section.iter().copied()))));
        let (left, looked_at): (Vec<&Item>, Vec<&Item>) =
            of_section.into_iter().partition(|item| item.assurance == Assurance::NotRun && item.detail.is_empty());
        let alike = |a: &Item, b: &Item| {
            a.verdict == Verdict::Holds
                && (a.kind, &a.claim, a.verdict, a.assurance, &a.sites) == (b.kind, &b.claim, b.verdict, b.assurance, &b.sites)
        };
        for (index, item) in looked_at.iter().enumerate() {
            let count = looked_at.iter().filter(|other| alike(other, item)).count();
            if count < ALIKE_MIN {
                row(item, &item.subject, width, &mut out);
            } else if !looked_at[..index].iter().any(|other| alike(other, item)) {
                row(item, &format!("of {count} of them, such as {}", item.subject), width, &mut out);
            }
        }
        let kinds: BTreeSet<&str> = left.iter().map(|item| item.kind).collect();
        for kind in kinds {
            let count = left.iter().filter(|item| item.kind == kind).count();
            wrapped("unknown  not-run", &format!("{count} claims of the kind `{kind}`; --deep looks at them"), width, &mut out);
        }
    }
    out.push_str(&format!("\nin all: {}; `--format json` lists each\n", summary(Tally::of(items))));
    out
}

fn row(item: &Item, subject: &str, width: usize, out: &mut String) {
    let mut text = format!("{subject}: {}", item.claim);
    if !item.sites.is_empty() {
        text.push_str(&format!(" [{}]", item.sites.join(", ")));
    }
    if item.known {
        text.push_str(" (no news: the rulebook says itself what is wrong)");
    }
    let head = format!("{:8} {:12} ", item.verdict.word(), item.assurance.words());
    wrapped(&head, &printable(&text), width, out);
    if item.verdict != Verdict::Holds && item.assurance != Assurance::NotRun {
        for line in &item.detail {
            wrapped("", &printable(line), width, out);
        }
    }
}

/// A text in the columns behind the head.
fn wrapped(head: &str, text: &str, width: usize, out: &mut String) {
    let columns = width.saturating_sub(HEAD).max(TEXT_MIN);
    let (mut line, mut first) = (String::new(), true);
    let mut flush = |line: &mut String| {
        let head = if first { head } else { "" };
        first = false;
        out.push_str(format!("{head:HEAD$}{line}").trim_end());
        out.push('\n');
        line.clear();
    };
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > columns {
            flush(&mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    flush(&mut line);
}

fn summary(tally: Tally) -> String {
    let counts = [(tally.holds, "hold"), (tally.refuted, "refuted"), (tally.unknown, "unknown"), (tally.not_run, "not run")];
    let said: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if said.is_empty() { "nothing to prove".to_owned() } else { said.join(", ") }
}

/// All items as JSON, and their counts.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn json(rulebook: &Rulebook, items: &[Item]) -> serde_json::Result<String> {
    let sections: serde_json::Map<String, serde_json::Value> = Section::ALL
        .into_iter()
        .filter(|section| items.iter().any(|item| item.section == *section))
        .map(|section| {
            let tally = Tally::of(items.iter().filter(|item| item.section == section));
            (section.word().to_owned(), json!(tally))
        })
        .collect();
    let document = json!({
        "rulebook": { "id": rulebook.id, "version": rulebook.version, "title": rulebook.title },
        "summary": Tally::of(items),
        "sections": sections,
        "items": items,
    });
    Ok(printable_json(&(serde_json::to_string_pretty(&document)? + "\n")))
}
