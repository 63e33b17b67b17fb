//! The order of a plan as a graph for Graphviz: a box for each step, coloured by person, an arrow for each direct edge; the
//! steps of the outage have a thick red frame.

use super::lanes::COLOURS;
use super::runbook_words::{in_gap, person};
use crate::engine::carry_out::runbook::Runbook;
use crate::source::text::printable;
use std::collections::BTreeSet;

/// The graph.
#[must_use]
pub fn write(runbook: &Runbook) -> String {
    let mut out = String::from("digraph plan {\n");
    out.push_str("  graph [rankdir=TB, fontname=\"Helvetica\", labelloc=t");
    if let Some(site) = &runbook.site {
        out.push_str(&format!(", label={}", quoted(site)));
    }
    out.push_str("];\n  node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=11];\n");
    out.push_str("  subgraph cluster_legend {\n    label=\"who\";\n");
    for index in 0..runbook.people.len() {
        out.push_str(&format!(
            "    person{index} [label={}, fillcolor=\"{}\"];\n",
            quoted(&person(runbook, index)),
            colour(index)
        ));
    }
    if let Some((name, _)) = runbook.outage.as_ref().filter(|_| !runbook.gaps.is_empty()) {
        out.push_str(&format!("    outage [label={}, fillcolor=white, {FRAME}];\n", quoted(name)));
    }
    out.push_str("  }\n");
    for (place, step) in runbook.steps.iter().enumerate() {
        let frame = if in_gap(runbook, place) { format!(", {FRAME}") } else { String::new() };
        let tip = quoted(&format!("{} ({})", step.does, person(runbook, step.person)));
        let (name, fill) = (quoted(&step.id), colour(step.person));
        out.push_str(&format!("  step{place} [label={name}, tooltip={tip}, fillcolor=\"{fill}\"{frame}];\n"));
    }
    for (before, place) in edges(runbook) {
        out.push_str(&format!("  step{before} -> step{place};\n"));
    }
    out.push_str("}\n");
    out
}

/// The edges of a plan's order, as places of its steps; none that follows from others.
#[must_use]
pub fn edges(runbook: &Runbook) -> Vec<(usize, usize)> {
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    let mut out = Vec::new();
    for (place, step) in runbook.steps.iter().enumerate() {
        // Steps come in an order that the plan allows, so those before this one are known.
        let earlier: BTreeSet<usize> =
            step.after.iter().flat_map(|one| before.get(*one).into_iter().flatten().copied()).collect();
        out.extend(step.after.iter().filter(|one| !earlier.contains(one)).map(|one| (*one, place)));
        before.push(earlier.into_iter().chain(step.after.iter().copied()).collect());
    }
    out
}

const FRAME: &str = "color=\"#c02020\", penwidth=3";

/// The colour of a person, light enough for dark text.
fn colour(person: usize) -> String {
    format!("{}50", COLOURS[person % COLOURS.len()])
}

/// A text as a quoted string that stands for itself: no escape of a label and no entity is left in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""))
}
