//! The order of a plan as a Mermaid flowchart, which Markdown pages show as a drawing: a box for each step, coloured by
//! person, an arrow for each direct edge; the steps of the outage have a thick red frame.

use super::dot::edges;
use super::lanes::COLOURS;
use super::runbook_words::{in_gap, person};
use crate::engine::carry_out::runbook::Runbook;
use crate::source::text::printable;

/// The flowchart.
#[must_use]
pub fn write(runbook: &Runbook) -> String {
    let mut out = String::from("flowchart TB\n");
    for index in 0..runbook.people.len() {
        out.push_str(&format!("  classDef person{index} fill:{}50,stroke:#333,color:#111\n", COLOURS[index % COLOURS.len()]));
    }
    out.push_str("  classDef outage stroke:#c02020,stroke-width:4px\n");
    out.push_str("  subgraph legend [\"who\"]\n");
    for index in 0..runbook.people.len() {
        out.push_str(&format!("    person{index}[\"{}\"]:::person{index}\n", quoted(&person(runbook, index))));
    }
    if let Some((name, _)) = runbook.outage.as_ref().filter(|_| !runbook.gaps.is_empty()) {
        out.push_str(&format!("    gap[\"{}\"]:::outage\n", quoted(name)));
    }
    out.push_str("  end\n");
    for (place, step) in runbook.steps.iter().enumerate() {
        out.push_str(&format!("  step{place}[\"{}\"]:::person{}\n", quoted(&step.id), step.person));
    }
    for (before, place) in edges(runbook) {
        out.push_str(&format!("  step{before} --> step{place}\n"));
    }
    let lost: Vec<String> =
        (0..runbook.steps.len()).filter(|place| in_gap(runbook, *place)).map(|place| format!("step{place}")).collect();
    if !lost.is_empty() {
        out.push_str(&format!("  class {} outage\n", lost.join(",")));
    }
    out
}

/// A text within quotes that stands for itself: what is no letter, digit or plain mark is written as its number.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | ',' | '(' | ')' | ':') {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}
