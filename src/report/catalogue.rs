//! `rules`: every rule, and every statement of the manual with what covers it. As a table or as JSON.

use super::summary::plural;
use crate::spec::contradiction::Reading;
use crate::spec::rulebook::{Coverage, Rulebook};
use crate::spec::statement::Statement;
use serde_json::{Value, json};
use std::fmt::{self, Write as _};

/// The rules as a table.
///
/// # Errors
/// Only those of `out`.
pub fn table(rulebook: &Rulebook, coverage: &[(Statement, Coverage)], width: usize, out: &mut String) -> fmt::Result {
    let manual = &rulebook.manual;
    writeln!(out, "{} {}: {}", rulebook.id, rulebook.version, rulebook.title)?;
    writeln!(out, "from {} {}, issue {}, {}", manual.title, manual.number, manual.issue, manual.date)?;
    if !rulebook.completeness.is_empty() {
        writeln!(out, "{}", rulebook.completeness)?;
    }
    writeln!(out)?;
    let code_width = rulebook.rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    for rule in &rulebook.rules {
        let head = format!("{:7} {:code_width$} {:6}  ", rule.level.word(), rule.code, rule.when.word());
        let statements = rule.statements.join(" ");
        if head.len() + statements.len() <= width {
            writeln!(out, "{head}{statements}")?;
        } else {
            writeln!(out, "{}", head.trim_end())?;
            writeln!(out, "        {statements}")?;
        }
    }
    let count = |wanted: fn(&Coverage) -> bool| coverage.iter().filter(|(statement, c)| !statement.derived && wanted(c)).count();
    let covered = count(|c| matches!(c, Coverage::Covered(_)));
    let tested = count(|c| matches!(c, Coverage::TestedOn(_)));
    let left = count(|c| matches!(c, Coverage::NotModelled(_)));
    writeln!(out)?;
    writeln!(
        out,
        "{}; of {} of the manual {covered} are covered, {tested} can only be tested on a plan or a log, {left} are not modelled",
        plural(rulebook.rules.len(), "rule"),
        plural(covered + tested + left, "statement"),
    )
}

/// Contradictions of the manual, or gaps in it, with the reading that is taken.
fn readings_json(readings: &[Reading], contradictions: bool) -> Vec<Value> {
    let of_kind = readings.iter().filter(|one| one.is_contradiction == contradictions);
    let one = |one: &Reading| {
        json!({
            "id": one.id,
            "statements": one.statements,
            "says": one.says,
            "reading": one.read_as,
            "modelled": one.modelled,
            "reason": one.not_modelled,
        })
    };
    of_kind.map(one).collect()
}

/// Rules and statements as JSON, with what the manual contradicts and leaves out.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn json(rulebook: &Rulebook, coverage: &[(Statement, Coverage)], readings: &[Reading]) -> serde_json::Result<String> {
    let manual = &rulebook.manual;
    let rules: Vec<Value> = rulebook
        .rules
        .iter()
        .map(|rule| {
            json!({
                "code": rule.code,
                "level": rule.level,
                "when": rule.when.word(),
                "claim": rule.claim,
                "cure": rule.cure,
                "page": rule.page,
                "statements": rule.statements,
            })
        })
        .collect();
    let statements: Vec<Value> = coverage
        .iter()
        .map(|(statement, coverage)| {
            let (state, by, why) = match coverage {
                Coverage::Covered(by) => ("covered", by.clone(), None),
                Coverage::TestedOn(on) => ("tested-on", on.clone(), None),
                Coverage::NotModelled(why) => ("not-modelled", Vec::new(), Some(why)),
            };
            json!({
                "id": statement.id,
                "page": statement.page,
                "says": statement.says,
                "derived": statement.derived,
                "state": state,
                "by": by,
                "reason": why,
            })
        })
        .collect();
    let document = json!({
        "rulebook": { "id": rulebook.id, "version": rulebook.version, "title": rulebook.title, "completeness": rulebook.completeness },
        "manual": { "title": manual.title, "number": manual.number, "issue": manual.issue, "date": manual.date },
        "rules": rules,
        "statements": statements,
        "contradictions": readings_json(readings, true),
        "gaps": readings_json(readings, false),
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
