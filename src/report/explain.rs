//! `explain CODE`: a rule as a page of text, with its smallest failing and passing site.

use crate::spec::rule::{Outcome, When};
use crate::spec::rule::Rule;
use crate::spec::rulebook::Rulebook;
use std::fmt::{self, Write as _};

/// The page.
///
/// # Errors
/// Only those of `out`.
pub fn write(rulebook: &Rulebook, rule: &Rule, width: usize, out: &mut String) -> fmt::Result {
    writeln!(out, "{}[{}]", rule.level.word(), rule.code)?;
    writeln!(out)?;
    paragraph(&rule.claim, width, out)?;
    writeln!(out)?;
    paragraph(&rule.why, width, out)?;
    writeln!(out)?;
    let when = match rule.when {
        When::Always => "at every moment",
        When::Before => "when the upgrade starts",
        When::End => "when the upgrade is over",
    };
    writeln!(out, "Holds:       {when}")?;
    if let Some(cure) = &rule.cure {
        writeln!(out, "Cured by:    {cure}, in a plan")?;
    }
    writeln!(out, "Manual:      {}, issue {}, page {}", rulebook.manual.number, rulebook.manual.issue, rule.page)?;
    writeln!(out, "Statements:")?;
    let statements = rulebook.statements().unwrap_or_default();
    for id in &rule.statements {
        match statements.iter().find(|statement| statement.id == *id) {
            Some(statement) => paragraph(&format!("  {id} (p. {}): {}", statement.page, statement.says), width, out)?,
            None => writeln!(out, "  {id}")?,
        }
    }
    for (outcome, title) in [(Outcome::Fails, "Fails"), (Outcome::Passes, "Passes"), (Outcome::Undecided, "Cannot be told")] {
        let smallest = rule.examples.iter().filter(|example| example.outcome == outcome).min_by_key(|example| example.text.len());
        if let Some(example) = smallest {
            writeln!(out)?;
            writeln!(out, "{title}:")?;
            writeln!(out)?;
            for line in example.text.lines() {
                writeln!(out, "{}", format!("    {line}").trim_end())?;
            }
        }
    }
    Ok(())
}

/// Text wrapped at spaces; continued lines keep the indentation of the first.
fn paragraph(text: &str, width: usize, out: &mut String) -> fmt::Result {
    let indent = text.len() - text.trim_start().len();
    let hanging = if indent > 0 { indent + 2 } else { 0 };
    let mut line = " ".repeat(indent);
    for word in text.split_whitespace() {
        let filled = line.trim_start().is_empty();
        if !filled && line.chars().count() + 1 + word.chars().count() > width.max(20) {
            writeln!(out, "{line}")?;
            line = " ".repeat(hanging);
        }
        if !line.trim_start().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{line}")
}
