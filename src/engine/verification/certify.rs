//! A certificate for a plan that holds: for each obligation the variables that decide it, found by looking with too few and
//! adding what was read besides. What is found is not believed: `model::certificate` confirms it.

use crate::model::certificate::{Named, Slice, limit, variable_names};
use crate::model::slice::{Obligation, Refusal, Slicing};
use std::collections::{BTreeMap, BTreeSet};

/// Slices that decide all obligations of a plan.
///
/// # Errors
/// Why there is no certificate, in words.
pub fn certify(slicing: &Slicing<'_>) -> Result<Vec<Slice>, String> {
    let names = variable_names(slicing).ok_or("two variables of the machine have the same name")?;
    let mut owed: BTreeMap<Named, Vec<Obligation>> = BTreeMap::new();
    for obligation in slicing.obligations() {
        owed.entry(Named::of(slicing, obligation)).or_default().push(obligation);
    }
    let mut found: BTreeMap<BTreeSet<usize>, Vec<Named>> = BTreeMap::new();
    for (named, obligations) in &owed {
        let places = closed(slicing, obligations).map_err(|refusal| match refusal {
            Refusal::Fails(..) => format!("{} fails where the facts that the site does not state are so or so", named.words()),
            other => format!("{}: {}", named.words(), limit(slicing, &other)),
        })?;
        found.entry(places).or_default().push(named.clone());
    }
    let mut out = Vec::new();
    for (places, decides) in merged(found) {
        let obligations: Vec<Obligation> = decides.iter().filter_map(|named| owed.get(named)).flatten().copied().collect();
        let states = slicing.confirm(&places, &obligations).map_err(|refusal| limit(slicing, &refusal))?;
        let variables = places.iter().map(|place| names[*place].clone()).collect();
        out.push(Slice { variables, states, decides });
    }
    Ok(out)
}

/// The places that decide obligations: a set that looking does not leave.
fn closed(slicing: &Slicing<'_>, obligations: &[Obligation]) -> Result<BTreeSet<usize>, Refusal> {
    let mut places = BTreeSet::new();
    loop {
        match slicing.confirm(&places, obligations) {
            Ok(_) => return Ok(places),
            Err(Refusal::Leaves(more)) => places.extend(more),
            Err(refusal) => return Err(refusal),
        }
    }
}

/// What a smaller set decides, a larger one that is looked at anyway decides as well.
fn merged(found: BTreeMap<BTreeSet<usize>, Vec<Named>>) -> Vec<(BTreeSet<usize>, Vec<Named>)> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(places, _)| std::cmp::Reverse(places.len()));
    let mut out: Vec<(BTreeSet<usize>, Vec<Named>)> = Vec::new();
    for (places, mut decides) in found {
        match out.iter_mut().find(|(larger, _)| places.is_subset(larger)) {
            Some((_, known)) => known.append(&mut decides),
            None => out.push((places, decides)),
        }
    }
    for (_, decides) in &mut out {
        decides.sort();
    }
    out
}
