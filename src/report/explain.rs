//! `explain CODE`: a rule as a page of text, with its smallest failing and passing site.

use crate::spec::machine::Requirement;
use crate::spec::rule::Rule;
use crate::spec::rule::{Outcome, When};
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
    cited(rulebook, &rule.statements, width, out)?;
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

/// The page of a requirement of the machine, which may belong to several actions.
///
/// # Errors
/// Only those of `out`.
pub fn requirement(rulebook: &Rulebook, code: &str, width: usize, out: &mut String) -> fmt::Result {
    let all: Vec<(String, &Requirement)> = rulebook.machine.requirements().filter(|(_, found)| found.code == code).collect();
    let Some((_, first)) = all.first() else { return Ok(()) };
    writeln!(out, "{}[{code}]", first.level.word())?;
    writeln!(out)?;
    paragraph(&first.why, width, out)?;
    writeln!(out)?;
    let owners: Vec<&str> = all.iter().map(|(owner, _)| owner.as_str()).collect();
    paragraph(&format!("Judged in a plan {}.", owners.join(", ")), width, out)?;
    writeln!(out, "Manual:      {}, issue {}, page {}", rulebook.manual.number, rulebook.manual.issue, first.page)?;
    if !first.hazards.is_empty() {
        writeln!(out, "Hazards:     {}", first.hazards.join(", "))?;
    }
    cited(rulebook, &first.statements, width, out)
}

fn cited(rulebook: &Rulebook, ids: &[String], width: usize, out: &mut String) -> fmt::Result {
    writeln!(out, "Statements:")?;
    let statements = rulebook.statements().unwrap_or_default();
    for id in ids {
        match statements.iter().find(|statement| statement.id == *id) {
            Some(statement) => paragraph(&format!("  {id} (p. {}): {}", statement.page, statement.says), width, out)?,
            None => writeln!(out, "  {id}")?,
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
