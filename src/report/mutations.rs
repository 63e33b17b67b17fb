//! The mutation score of a rulebook, for its author.

use super::summary::plural;
use crate::proof::reasons::Reason;
use crate::proof::score::{Score, percent};
use crate::source::text::printable;
use std::fmt::{Result, Write};

/// Writes how many changes were noticed, and those that were not, each with its place and the reason that is given for it.
///
/// # Errors
/// None in practice: text goes to a string.
pub fn write(score: &Score, reasons: &[Reason], out: &mut String) -> Result {
    let (noticed, all) = score.total();
    writeln!(out, "{}, {noticed} noticed by some example: {}", plural(all, "change"), percent(noticed, all))?;
    for (kind, (noticed, all)) in &score.kinds {
        writeln!(out, "  {kind:<12} {noticed:>5} of {all:>5}   {:>6}", percent(*noticed, *all))?;
    }
    for name in &score.too_wide {
        writeln!(out, "not asked, because it leaves open too many orders: {}", printable(name))?;
    }
    for survivor in &score.survivors {
        writeln!(out, "unnoticed: {}:{}: {}", survivor.file, survivor.line, printable(&survivor.words))?;
        let name = survivor.name();
        if let Some(reason) = reasons.iter().find(|reason| reason.changes.contains(&name)) {
            writeln!(out, "  because {}", printable(&reason.because))?;
        }
    }
    Ok(())
}
