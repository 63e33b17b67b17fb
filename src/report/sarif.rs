//! SARIF 2.1.0 (OASIS). Errors, warnings and notes are results of kind `fail`; what cannot be told is of kind `open`.

use super::summary::{FileReport, Run};
use crate::source::finding::{Finding, Label, Level};
use crate::source::text::{Source, printable_json};
use crate::spec::rule::Rule;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Schema of the format.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Keeps all files: the head of the document lists the rules of all results.
#[derive(Debug, Default)]
pub struct Writer {
    files: Vec<FileReport>,
}

impl super::summary::Writer for Writer {
    type Part = FileReport;

    fn part(&self, file: FileReport) -> io::Result<FileReport> {
        Ok(file)
    }

    fn add(&mut self, part: FileReport, _: &mut dyn Write) -> io::Result<()> {
        self.files.push(part);
        Ok(())
    }

    fn end(self, run: Run, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(document(&self.files, &run)?.as_bytes())
    }
}

fn document(files: &[FileReport], run: &Run) -> serde_json::Result<String> {
    let exit_code = run.exit_code;
    let (rules, index) = rules(files, run);
    let mut results = Vec::new();
    for file in files {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        results.extend(file.findings.iter().map(|finding| result(file, finding, &index, &mut seen)));
        results.extend(file.undecided.iter().map(|rule| {
            let facts: Vec<&str> = rule.facts.iter().map(|fact| fact.name.as_str()).collect();
            let place = Label { span: rule.facts.first().map(|fact| fact.span).unwrap_or_default(), text: String::new() };
            json!({
                "ruleId": rule.code,
                "ruleIndex": index.get(rule.code.as_str()),
                "kind": "open",
                "level": "none",
                "message": { "text": format!("cannot tell: state {}", if facts.is_empty() { "the facts that have errors".to_owned() } else { facts.join(", ") }) },
                "locations": [{ "physicalLocation": physical(&file.source, &place) }],
                "partialFingerprints": { "cutoverRule/v1": fingerprint(&[&file.source.name, &rule.code, "open"]) },
            })
        }));
    }
    let notifications: Vec<Value> = files
        .iter()
        .filter(|file| file.unusable)
        .flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
        .map(|(file, finding)| {
            json!({
                "level": "error",
                "message": { "text": format!("{}: {}", file.source.name, finding.message) },
                "locations": [{ "physicalLocation": physical(&file.source, &finding.primary) }],
            })
        })
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cutover",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty() && exit_code != 70,
                "exitCode": exit_code,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": { "verdicts": files.iter().map(|file| (file.source.name.to_string(), json!(file.verdict.word()))).collect::<serde_json::Map<_, _>>() },
        }],
    });
    Ok(printable_json(&serde_json::to_string_pretty(&document)?) + "\n")
}

/// Every code that occurs, described, and its place in the list.
fn rules<'a>(files: &'a [FileReport], run: &Run) -> (Vec<Value>, BTreeMap<&'a str, usize>) {
    let findings = files.iter().flat_map(|file| file.findings.iter().map(|f| (&*f.code, f.level)));
    let undecided = files.iter().flat_map(|file| file.undecided.iter().map(|u| (u.code.as_str(), u.level)));
    let codes: BTreeMap<&str, Level> = findings.chain(undecided).collect();
    let mut rules = Vec::new();
    let mut index = BTreeMap::new();
    for (code, level) in codes {
        index.insert(code, rules.len());
        let rule = run.rulebooks.iter().find_map(|rulebook| rulebook.rule(code).map(|rule| (rulebook, rule)));
        rules.push(match rule {
            Some((rulebook, rule)) => described(rule, &rulebook.manual.number),
            None => json!({
                "id": code,
                "shortDescription": { "text": code.replace('-', " ") },
                "defaultConfiguration": { "level": level.word() },
            }),
        });
    }
    (rules, index)
}

fn described(rule: &Rule, manual: &str) -> Value {
    let place = format!("manual {manual} p. {} ({})", rule.page, rule.statements.join(", "));
    json!({
        "id": rule.code,
        "name": rule.code.split('-').map(capitalised).collect::<String>(),
        "shortDescription": { "text": rule.claim },
        "fullDescription": { "text": rule.why },
        "help": { "text": format!("{} See {place}.", rule.why), "markdown": format!("{}\n\nSee {place}.", escaped(&rule.why)) },
        "defaultConfiguration": { "level": rule.level.word() },
        "properties": { "tags": rule.statements, "page": rule.page },
    })
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Text as Markdown that shows it and nothing else.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '-') { vec!['\\', c] } else { vec![c] })
        .collect()
}

fn result(file: &FileReport, finding: &Finding, index: &BTreeMap<&str, usize>, seen: &mut BTreeMap<String, usize>) -> Value {
    let source = &file.source;
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str(&format!(". Help: {help}"));
    }
    let mut location = json!({ "physicalLocation": physical(source, &finding.primary) });
    if !finding.primary.text.is_empty() {
        location["message"] = json!({ "text": finding.primary.text });
    }
    let related: Vec<Value> = finding
        .others
        .iter()
        .enumerate()
        .map(|(id, label)| json!({ "id": id, "physicalLocation": physical(source, label), "message": { "text": label.text } }))
        .collect();
    // Lines may be added above: what identifies a finding is its code, its line's text, and which of the same it is.
    let line = source.line_text(finding.primary.span.start).split('#').next().unwrap_or("").trim().to_owned();
    let nth = seen.entry(format!("{}\u{0}{line}", finding.code)).or_default();
    *nth += 1;
    let mut out = json!({
        "ruleId": finding.code,
        "ruleIndex": index.get(&*finding.code),
        "kind": "fail",
        "level": finding.level.word(),
        "message": { "text": text },
        "locations": [location],
        "relatedLocations": related,
        "partialFingerprints": { "cutoverLine/v1": fingerprint(&[&source.name, &finding.code, &line, &nth.to_string()]) },
    });
    if !finding.trace.is_empty() {
        out["codeFlows"] = json!([{ "threadFlows": [{ "locations": flow(source, finding) }] }]);
    }
    out
}

/// The way of a plan to a violation: a place for each step that was done, then the place of the violation.
fn flow(source: &Source, finding: &Finding) -> Vec<Value> {
    let at = |label: &Label, text: &str, importance: &str| {
        let location = json!({ "physicalLocation": physical(source, label), "message": { "text": text } });
        json!({ "location": location, "importance": importance })
    };
    let steps = finding.trace.iter().map(|step| {
        let changes = step.changes.join("; ");
        let text = if changes.is_empty() { step.step.clone() } else { format!("{}: {changes}", step.step) };
        let importance = if changes.is_empty() { "unimportant" } else { "important" };
        at(&Label { span: step.span, text: String::new() }, &text, importance)
    });
    steps.chain([at(&finding.primary, &finding.message, "essential")]).collect()
}

fn physical(source: &Source, label: &Label) -> Value {
    let (start_line, start_column) = source.line_column(label.span.start);
    let (end_line, end_column) = source.line_column(label.span.end);
    let mut region =
        json!({ "startLine": start_line, "startColumn": start_column, "endLine": end_line, "endColumn": end_column });
    if label.span.end > label.span.start
        && let Some(snippet) = source.text.get(label.span.start..label.span.end)
    {
        region["snippet"] = json!({ "text": snippet });
    }
    json!({ "artifactLocation": { "uri": uri(&source.name) }, "region": region })
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    if path.starts_with('/') { format!("file://{out}") } else { out }
}

/// FNV-1a, 64 bits: stable, and no secret depends on it.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
