//! The stable JSON of `lint --format json`.

use super::summary::Report;
use crate::source::finding::{Finding, Label, Level};
use crate::source::text::{Source, printable_json};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    findings: Vec<JsonFinding<'a>>,
    undecided: Vec<JsonUndecided<'a>>,
    verdicts: BTreeMap<&'a str, &'static str>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'a str,
    level: Level,
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manual: Option<&'a str>,
    statements: &'a [String],
    labels: Vec<JsonLabel<'a>>,
    trace: Vec<JsonStep<'a>>,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    step: &'a str,
    line: usize,
    column: usize,
    changes: &'a [String],
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonUndecided<'a> {
    code: &'a str,
    level: Level,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gave_up: Option<&'a str>,
    facts: Vec<JsonFact<'a>>,
}

#[derive(Serialize)]
struct JsonFact<'a> {
    name: &'a str,
    line: usize,
    column: usize,
}

fn label<'a>(source: &Source, label: &'a Label) -> JsonLabel<'a> {
    let (line, column) = source.line_column(label.span.start);
    let (end_line, end_column) = source.line_column(label.span.end);
    JsonLabel { line, column, end_line, end_column, text: &label.text }
}

fn finding<'a>(source: &'a Source, finding: &'a Finding) -> JsonFinding<'a> {
    let primary = label(source, &finding.primary);
    let reference = finding.reference.as_ref();
    JsonFinding {
        code: &finding.code,
        level: finding.level,
        message: &finding.message,
        file: &source.name,
        line: primary.line,
        column: primary.column,
        end_line: primary.end_line,
        end_column: primary.end_column,
        help: finding.help.as_deref(),
        manual: reference.map(|r| r.place.as_str()),
        statements: reference.map_or(&[], |r| &r.statements),
        labels: finding.others.iter().map(|other| label(source, other)).collect(),
        trace: finding
            .trace
            .iter()
            .map(|step| {
                let (line, column) = source.line_column(step.span.start);
                JsonStep { step: &step.step, line, column, changes: &step.changes }
            })
            .collect(),
    }
}

/// The whole report.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn write(report: &Report) -> serde_json::Result<String> {
    let mut document = Document { findings: Vec::new(), undecided: Vec::new(), verdicts: BTreeMap::new() };
    for file in &report.files {
        let source = &file.source;
        document.findings.extend(file.findings.iter().map(|f| finding(source, f)));
        document.undecided.extend(file.undecided.iter().map(|rule| {
            JsonUndecided {
                code: &rule.code,
                level: rule.level,
                file: &source.name,
                gave_up: rule.gave_up.as_deref(),
                facts: rule
                    .facts
                    .iter()
                    .map(|fact| {
                        let (line, column) = source.line_column(fact.span.start);
                        JsonFact { name: &fact.name, line, column }
                    })
                    .collect(),
            }
        }));
        document.verdicts.insert(&source.name, file.verdict.word());
    }
    Ok(printable_json(&serde_json::to_string_pretty(&document)?) + "\n")
}
