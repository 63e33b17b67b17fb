//! What an audit found, for people and as JSON.

use super::steps;
use crate::engine::carry_out::audit::{Audited, Harm, Lost};
use crate::model::time::Moment;
use crate::source::finding::Level;
use crate::source::text::printable_json;
use serde::Serialize;

/// An audit with what it is about.
pub struct Audit<'a> {
    /// The log.
    pub journal: &'a str,
    /// The plan.
    pub plan: &'a str,
    /// Where the chain of the journal is broken: the line, and why.
    pub broken: Option<(usize, String)>,
    /// What is not as it was when the journal was begun.
    pub changes: Vec<String>,
    /// What was found.
    pub found: &'a Audited,
    /// The answer, as in exit codes: `holds`, `violated` or `cannot-tell`.
    pub verdict: &'static str,
}

/// For people.
#[must_use]
pub fn human(audit: &Audit<'_>) -> String {
    let found = audit.found;
    let mut out = format!("{} against {}\n", audit.journal, audit.plan);
    if let Some((line, why)) = &audit.broken {
        out.push_str(&format!(
            "the journal is not as it was written: line {line}: {why}; what follows rests on the lines that can be read\n"
        ));
    }
    for change in &audit.changes {
        out.push_str(&format!("not as it was when the journal was begun: {change}\n"));
    }
    match found.deviations.first() {
        None => out.push_str("what was done is what was planned\n"),
        Some(first) => {
            let step = first.step.as_ref().map_or_else(String::new, |step| format!(" `{step}`"));
            out.push_str(&format!("first deviation: line {}{step}: {} [{}]\n", first.line, first.message, first.code));
            out.push_str(harmful(found));
        }
    }
    if found.deviations.len() > 1 {
        out.push_str("further deviations:\n");
        for one in &found.deviations[1..] {
            let step = one.step.as_ref().map_or_else(String::new, |step| format!(" `{step}`"));
            out.push_str(&format!("  line {}{step}: {} [{}]\n", one.line, one.message, one.code));
        }
    }
    if !found.harm.is_empty() {
        out.push_str("held against what was really done:\n");
        for harm in &found.harm {
            let place = harm.line.map_or_else(|| "at the end".to_owned(), |line| format!("line {line}"));
            let step = harm.step.as_ref().map_or_else(String::new, |step| format!(" `{step}`"));
            out.push_str(&format!("  {place}{step}\n{}", steps::indent(&steps::objection(&harm.objection), "    ")));
        }
    }
    lost(found, &mut out);
    if !found.differences.is_empty() {
        out.push_str("different from what these steps leave when they are done as planned:\n");
        out.push_str(&steps::about(&found.differences));
    }
    if !found.unshown.is_empty() {
        out.push_str(&format!("nothing shows what the screen showed at: {}\n", found.unshown.join(", ")));
    }
    if !found.unfinished.is_empty() {
        out.push_str(&format!("not over: {} to come: {}\n", found.unfinished.len(), found.unfinished.join(", ")));
    }
    out.push_str(&format!("{}\n", audit.verdict));
    out
}

fn harmful(found: &Audited) -> &'static str {
    match (found.is_harmful(), found.harm.iter().any(|harm| harm.objection.level == Level::Error), found.unfinished.is_empty()) {
        (true, _, _) => "harmful: yes\n",
        (false, true, _) => "harmful: cannot tell, facts of the site are missing\n",
        (false, false, true) => "harmful: no; nothing forbidden was done, and at the end the goals hold\n",
        (false, false, false) => "harmful: not so far; nothing forbidden was done\n",
    }
}

fn lost(found: &Audited, out: &mut String) {
    let Some((name, doc)) = &found.outage else { return };
    if found.lost.is_empty() {
        return;
    }
    let end = |end: &Option<(String, Moment)>, word: &str| match end {
        Some((step, time)) => format!("{word} `{step}` ({time})"),
        None => String::new(),
    };
    out.push_str(&format!("lost: {doc}\n"));
    for one in &found.lost {
        let minutes = one.minutes().map_or_else(|| "no end yet".to_owned(), |minutes| format!("at most {minutes} min"));
        out.push_str(&format!("  {name}: {minutes},{}{}\n", end(&one.from, " from"), end(&one.to, " to")));
    }
    if found.lost.len() != found.lost_planned {
        out.push_str(&format!("  there were {} of them; the plan has {}\n", found.lost.len(), found.lost_planned));
    }
}

#[derive(Serialize)]
struct Document<'a> {
    journal: &'a str,
    plan: &'a str,
    verdict: &'a str,
    broken_at_line: Option<usize>,
    changes: &'a [String],
    harmful: bool,
    deviations: Vec<JsonDeviation<'a>>,
    violations: Vec<JsonHarm<'a>>,
    lost: Vec<JsonLost>,
    differences: Vec<JsonAbout<'a>>,
    unshown: &'a [String],
    unfinished: &'a [String],
}

#[derive(Serialize)]
struct JsonDeviation<'a> {
    line: usize,
    step: Option<&'a str>,
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonHarm<'a> {
    line: Option<usize>,
    step: Option<&'a str>,
    code: &'a str,
    level: Level,
    certain: bool,
    message: &'a str,
    help: &'a str,
}

#[derive(Serialize)]
struct JsonLost {
    from: Option<(String, Moment)>,
    to: Option<(String, Moment)>,
    minutes: Option<i64>,
}

#[derive(Serialize)]
struct JsonAbout<'a> {
    kind: &'a str,
    name: &'a str,
    now: Vec<(&'a str, &'a str)>,
}

/// As JSON with stable keys.
///
/// # Errors
/// That it cannot be written.
pub fn json(audit: &Audit<'_>) -> serde_json::Result<String> {
    let found = audit.found;
    let harm = |harm: &'_ Harm| -> (Option<usize>, Level) { (harm.line, harm.objection.level) };
    let violations = found.harm.iter().map(|one| {
        let (line, level) = harm(one);
        let objection = &one.objection;
        JsonHarm {
            line,
            step: one.step.as_deref(),
            code: &objection.code,
            level,
            certain: objection.is_certain,
            message: &objection.message,
            help: &objection.help,
        }
    });
    let document = Document {
        journal: audit.journal,
        plan: audit.plan,
        verdict: audit.verdict,
        broken_at_line: audit.broken.as_ref().map(|(line, _)| *line),
        changes: &audit.changes,
        harmful: found.is_harmful(),
        deviations: found
            .deviations
            .iter()
            .map(|one| JsonDeviation { line: one.line, step: one.step.as_deref(), code: one.code, message: &one.message })
            .collect(),
        violations: violations.collect(),
        lost: found
            .lost
            .iter()
            .map(|one: &Lost| JsonLost { from: one.from.clone(), to: one.to.clone(), minutes: one.minutes() })
            .collect(),
        differences: found
            .differences
            .iter()
            .map(|one| JsonAbout {
                kind: &one.kind,
                name: &one.name,
                now: one.lines.iter().map(|(doc, value)| (doc.as_str(), value.as_str())).collect(),
            })
            .collect(),
        unshown: &found.unshown,
        unfinished: &found.unfinished,
    };
    Ok(printable_json(&serde_json::to_string_pretty(&document)?) + "\n")
}
