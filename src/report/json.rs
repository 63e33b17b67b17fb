//! The stable JSON of `lint --format json`.

use super::summary::{FileReport, Run};
use crate::engine::verification::lint::Undecided;
use crate::engine::verification::stretch::Outage;
use crate::source::finding::{Finding, Label, Level};
use crate::source::text::{Source, printable_json};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

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

/// How long something is lost in a plan.
#[derive(Serialize)]
struct JsonOutage<'a> {
    file: &'a str,
    #[serde(flatten)]
    outage: &'a Outage,
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

/// Writes the findings of each file at once, and behind them what cannot be told and the verdicts.
#[derive(Debug, Default)]
pub struct Writer {
    /// Whether a finding was written.
    begun: bool,
    undecided: String,
    outages: String,
    verdicts: BTreeMap<String, &'static str>,
}

/// What is written of one file: the lists' items as they stand in the document.
#[derive(Debug)]
pub struct Part {
    findings: String,
    undecided: String,
    outages: String,
    name: String,
    verdict: &'static str,
}

impl super::summary::Writer for Writer {
    type Part = Part;

    fn part(&self, file: FileReport) -> io::Result<Part> {
        let source = &file.source;
        let findings: Vec<JsonFinding<'_>> = file.findings.iter().map(|f| finding(source, f)).collect();
        let undecided: Vec<JsonUndecided<'_>> = file.undecided.iter().map(|rule| waiting(source, rule)).collect();
        let lost = |outage| JsonOutage { file: &source.name, outage };
        let outages: Vec<JsonOutage<'_>> = file.outages.iter().map(lost).collect();
        let (findings, undecided, outages) = (inside(&findings)?, inside(&undecided)?, inside(&outages)?);
        Ok(Part { findings, undecided, outages, name: source.name.to_string(), verdict: file.verdict.word() })
    }

    fn add(&mut self, part: Part, out: &mut dyn Write) -> io::Result<()> {
        if !part.findings.is_empty() {
            out.write_all(if self.begun { b"," } else { b"{\n  \"findings\": [" })?;
            out.write_all(part.findings.as_bytes())?;
            self.begun = true;
        }
        if !part.undecided.is_empty() {
            self.undecided.push_str(if self.undecided.is_empty() { "" } else { "," });
            self.undecided.push_str(&part.undecided);
        }
        if !part.outages.is_empty() {
            self.outages.push_str(if self.outages.is_empty() { "" } else { "," });
            self.outages.push_str(&part.outages);
        }
        self.verdicts.insert(part.name, part.verdict);
        Ok(())
    }

    fn end(self, _: Run, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n  ]" } else { b"{\n  \"findings\": []" })?;
        out.write_all(b",\n  \"undecided\": [")?;
        out.write_all(self.undecided.as_bytes())?;
        out.write_all(if self.undecided.is_empty() { b"]" } else { b"\n  ]" })?;
        if !self.outages.is_empty() {
            write!(out, ",\n  \"outages\": [{}\n  ]", self.outages)?;
        }
        out.write_all(b",\n  \"verdicts\": {")?;
        out.write_all(inside(&self.verdicts)?.as_bytes())?;
        out.write_all(if self.verdicts.is_empty() { b"}\n}\n" } else { b"\n  }\n}\n" })
    }
}

fn waiting<'a>(source: &'a Source, rule: &'a Undecided) -> JsonUndecided<'a> {
    let facts = rule.facts.iter().map(|fact| {
        let (line, column) = source.line_column(fact.span.start);
        JsonFact { name: &fact.name, line, column }
    });
    JsonUndecided {
        code: &rule.code,
        level: rule.level,
        file: &source.name,
        gave_up: rule.gave_up.as_deref(),
        facts: facts.collect(),
    }
}

/// What stands between the brackets of a list or an object that is an entry of the document.
fn inside(value: &impl Serialize) -> serde_json::Result<String> {
    // Inside a list of one, everything is indented as it is inside the document.
    let json = serde_json::to_string_pretty(&[value])?;
    let inner = json.strip_prefix("[\n  [").and_then(|rest| rest.strip_suffix("\n  ]\n]"));
    let inner = inner.or_else(|| json.strip_prefix("[\n  {").and_then(|rest| rest.strip_suffix("\n  }\n]")));
    Ok(inner.map(printable_json).unwrap_or_default())
}
