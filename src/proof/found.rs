//! What is found out about a machine, thing by thing and site by site, and how that becomes items.

use super::certificate::confirms;
use super::induction::{Cube, clause};
use super::item::{Assurance, Item, Section, Verdict};
use super::subject::Subject;
use super::system::System;
use crate::engine::logic::term::{Bool, not};
use std::collections::BTreeMap;

/// Kinds of claims that are made of some site, not of every one.
const OF_SOME: [&str; 3] = ["needed", "possible", "conjunct"];

/// What was found out about something on one site.
pub type Found = (Verdict, Assurance, Vec<String>);

/// Kind, subject and claim of an item.
type Claimed = (&'static str, String, String);

/// What is found, thing by thing.
#[derive(Default)]
pub struct Collected {
    /// What was found on which site.
    found: BTreeMap<Claimed, Vec<(String, Found)>>,
}

impl Collected {
    /// Adds what was found on a site about a claim: its kind, its subject, and what is claimed.
    pub fn add(&mut self, site: &str, (kind, subject, claim): (&'static str, &str, &str), found: Found) {
        self.found.entry((kind, subject.to_owned(), claim.to_owned())).or_default().push((site.to_owned(), found));
    }

    /// One item for each thing: what is claimed of every site is as bad as on the worst of them, what is claimed of some as good
    /// as on the best.
    #[must_use]
    pub fn items(self) -> Vec<Item> {
        let mut out = Vec::new();
        for ((kind, subject, claim), on) in self.found {
            let of_some = OF_SOME.contains(&kind);
            let rank = |found: &Found| {
                let rests = match found.1 {
                    Assurance::Bounded(bound) => (false, bound),
                    other => (other == Assurance::NotRun, u64::MAX),
                };
                match (found.0, of_some) {
                    _ if found.1 == Assurance::Disagreement => (0, rests),
                    (Verdict::Refuted, false) | (Verdict::Holds, true) => (1, rests),
                    (Verdict::Unknown, _) => (2, rests),
                    (Verdict::Holds, false) | (Verdict::Refuted, true) => (3, rests),
                }
            };
            let Some((_, worst)) = on.iter().min_by_key(|(_, found)| rank(found)).cloned() else { continue };
            let same = on.iter().filter(|(_, found)| (found.0, found.1) == (worst.0, worst.1));
            let sites = same.map(|(site, _)| site.clone()).collect();
            let (mut verdict, assurance, detail) = worst;
            let mut claim = claim;
            if kind == "conjunct" && verdict == Verdict::Refuted {
                verdict = Verdict::Holds;
                claim = format!("no hazard and no invariant needs it; kept because: {}", detail.join(" "));
            }
            out.push(Item { section: Section::Machine, kind, subject, claim, verdict, assurance, sites, detail, known: false });
        }
        let order = ["unreachable", "needed", "deadlock", "dead-end", "goal", "legal-site", "possible", "conjunct"];
        out.sort_by_key(|item| order.iter().position(|kind| *kind == item.kind));
        out
    }
}

/// A way to what is bad in a system, as a finding; `kept` is what of the guards it keeps to.
#[must_use]
pub fn witnessed(
    subject: &Subject,
    way: &[usize],
    bad: Option<usize>,
    kept: &dyn Fn(usize, usize) -> bool,
    then: Verdict,
) -> Found {
    match subject.replayed(way, kept) {
        Some(wrong) if bad.is_none_or(|bad| wrong.contains(&bad)) => (then, Assurance::Proved, vec![subject.way(way)]),
        _ => disagreement(subject, way),
    }
}

/// A way that the concrete machine does not go.
#[must_use]
pub fn disagreement(subject: &Subject, way: &[usize]) -> Found {
    let lines = vec!["a way was found that the concrete machine does not go: a bug of ours".to_owned(), subject.way(way)];
    (Verdict::Unknown, Assurance::Disagreement, lines)
}

/// The effort ran out. That nothing leads there holds up to the bound; that something does cannot be told.
#[must_use]
pub fn gave_up(bound: usize, within: Verdict) -> Found {
    let verdict = if bound == 0 { Verdict::Unknown } else { within };
    let line = format!("the solver's effort ran out; no way of at most {bound} steps leads there");
    (verdict, Assurance::Bounded(u64::try_from(bound).unwrap_or(u64::MAX)), vec![line])
}

/// What is true of all states that are reached, shown by one-step induction, taken together.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Facts that are never so together.
    pub cubes: Vec<Cube>,
    /// Hazards and invariants, by index, that are never broken.
    pub kept: Vec<usize>,
}

impl Known {
    /// All of it as terms: first what the cubes say, then the hazards and invariants.
    #[must_use]
    pub fn terms(&self, system: &System) -> Vec<Bool> {
        let bad = self.kept.iter().map(|at| not(system.bad[*at].clone()));
        self.cubes.iter().map(clause).chain(bad).collect()
    }

    /// Whether it is confirmed that the same is true of a system, and with these cubes that something else is never reached.
    #[must_use]
    pub fn confirms(&self, system: &System, cubes: &[Cube], bad: Option<Bool>) -> bool {
        let all: Vec<Cube> = self.cubes.iter().chain(cubes).cloned().collect();
        let bad = self.kept.iter().map(|at| system.bad[*at].clone()).chain(bad).collect();
        confirms(&System { bad, ..system.clone() }, &all)
    }
}
