//! How a rulebook stands to its manual: what becomes of each statement, how contradictions and gaps are read, and what is wrong
//! with the manual's own procedures.

use super::item::{Assurance, Item, Section, Verdict};
use super::procedures;
use crate::spec::contradiction::{Reading, readings};
use crate::spec::rulebook::{Coverage, File, Rulebook};

/// The items on the manual. `files` are those of the rulebook, its procedures among them.
#[must_use]
pub fn items(rulebook: &Rulebook, files: &[File<'_>]) -> Vec<Item> {
    let item = |kind, subject: &str, claim: String, verdict, detail| Item {
        section: Section::Manual,
        kind,
        subject: subject.to_owned(),
        claim,
        verdict,
        assurance: Assurance::Proved,
        sites: Vec::new(),
        detail,
        known: false,
    };
    let coverage = match rulebook.coverage() {
        Ok(coverage) => coverage,
        Err(faults) => {
            let findings = faults.into_iter().flat_map(|fault| fault.findings);
            let detail = findings.map(|finding| finding.message).collect();
            let claim = "each statement is covered, or it says why not".to_owned();
            return vec![item("coverage", "statements", claim, Verdict::Refuted, detail)];
        }
    };
    let (mut covered, mut tested, mut left) = (0, Vec::new(), Vec::new());
    let (mut derived, mut stated) = (Vec::new(), 0);
    for (statement, coverage) in &coverage {
        match coverage {
            Coverage::Covered(_) => covered += 1,
            Coverage::TestedOn(on) => tested.push(format!("{}: only on a {}", statement.id, on.join(" or a "))),
            Coverage::NotModelled(why) => left.push(format!("{}: {why}", statement.id)),
        }
        if statement.derived {
            derived.push(format!("{}: {}", statement.id, statement.says));
        } else {
            stated += 1;
        }
    }
    let count = format!(
        "of {} statements {covered} are covered, {} can only be tested on a plan or a log, {} are left out with a reason",
        coverage.len(),
        tested.len(),
        left.len()
    );
    let mut out = vec![item("coverage", "statements", count, Verdict::Holds, tested.into_iter().chain(left).collect())];
    if !derived.is_empty() {
        let claim =
            format!("beyond {stated} statements of the manual, {} readings that follow from it are marked", derived.len());
        out.push(item("readings", "derived statements", claim, Verdict::Holds, derived));
    }
    match readings(rulebook) {
        Ok(all) => out.extend(all.into_iter().map(|one| {
            let kind = if one.is_contradiction { "contradiction" } else { "gap" };
            let claim = format!("{} Read as: {}", one.says, one.read_as);
            item(kind, &one.id, claim, Verdict::Holds, where_modelled(&one))
        })),
        Err(faults) => {
            let detail = faults.into_iter().flat_map(|fault| fault.findings).map(|finding| finding.message).collect();
            let claim = "each has a reading, and what it names exists".to_owned();
            out.push(item("contradiction", "contradictions.yaml", claim, Verdict::Refuted, detail));
        }
    }
    out.extend(procedures::items(rulebook, files));
    if !rulebook.completeness.is_empty() {
        let claim = "what the rulebook lacks is said".to_owned();
        out.push(item("gaps", "completeness", claim, Verdict::Holds, vec![rulebook.completeness.clone()]));
    }
    out
}

/// Which statements a reading is about, and where it is modelled.
fn where_modelled(one: &Reading) -> Vec<String> {
    let about = (!one.statements.is_empty()).then(|| format!("statements {}", one.statements.join(", ")));
    let modelled = match &one.not_modelled {
        Some(why) => format!("modelled nowhere: {why}"),
        None => format!("modelled in {}", one.modelled.join(", ")),
    };
    about.into_iter().chain([modelled]).collect()
}
