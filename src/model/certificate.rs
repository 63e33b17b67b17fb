//! A certificate: that a plan keeps all its obligations in every order, slice by slice, so that it can be confirmed without
//! a solver. It is believed in nothing: what it says is walked again by [`super::slice`], and every obligation is looked for.

use super::slice::{COMPLETIONS_MAX, Demand, Obligation, Refusal, STATES_MAX, Slicing};
use crate::source::text::printable;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A certificate as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of the format.
    pub certificate: u32,
    /// The version of the program that wrote it.
    pub cutover: String,
    /// What it is about.
    pub about: About,
    /// What decides the obligations.
    pub slices: Vec<Slice>,
}

/// What a certificate is about: nothing else is confirmed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The id of the rulebook.
    pub rulebook: String,
    /// The digest of its files, see [`super::origin::rulebook_digest`].
    pub rulebook_digest: String,
    /// The name of the plan's file, in the folder of the certificate.
    pub plan: String,
    /// SHA-256 of the plan's file.
    pub plan_digest: String,
    /// SHA-256 of its site's file.
    pub site_digest: String,
}

/// Variables, and what they decide whatever the others are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The variables, as in messages: `cms_state(new)`.
    pub variables: Vec<String>,
    /// How many states the steps that set them can lead to, over all completions of the site.
    pub states: usize,
    /// What they decide.
    pub decides: Vec<Named>,
}

/// An obligation by its names; where several share them, all of these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// What kind.
    pub kind: Kind,
    /// The step, if it is a guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Its code.
    pub code: String,
    /// Of what it ranges over, which, by number from 1; all, if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<usize>,
}

/// Kinds of obligations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a step needs when it starts.
    Guard,
    /// What is never to be.
    Hazard,
    /// What is to be at the end.
    Goal,
}

impl Named {
    /// The names of an obligation.
    #[must_use]
    pub fn of(slicing: &Slicing<'_>, Obligation { demand, choice }: Obligation) -> Self {
        let (kind, step) = match demand {
            Demand::Guard { step, .. } => (Kind::Guard, Some(slicing.plan.steps[step].id.clone())),
            Demand::Hazard(_) => (Kind::Hazard, None),
            Demand::Goal(_) => (Kind::Goal, None),
        };
        Self { kind, step, code: slicing.requirement(demand).code.clone(), choice: choice.map(|choice| choice + 1) }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let code = printable(&self.code);
        let choice = self.choice.map(|choice| format!(" (choice {choice})")).unwrap_or_default();
        match (self.kind, &self.step) {
            (Kind::Guard, step) => format!("`{code}`{choice} of step `{}`", printable(step.as_deref().unwrap_or_default())),
            (Kind::Hazard, _) => format!("the hazard `{code}`{choice}"),
            (Kind::Goal, _) => format!("the goal `{code}`{choice}"),
        }
    }
}

/// What was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// How many obligations.
    pub obligations: usize,
    /// How many slices decide them.
    pub slices: usize,
    /// How many states these have together.
    pub states: usize,
}

/// What people call each variable of a plan's machine, by place. `None` if two have one name.
#[must_use]
pub fn variable_names(slicing: &Slicing<'_>) -> Option<Vec<String>> {
    let vocabulary = &slicing.rulebook.vocabulary;
    let name = |place: usize| {
        let (variable, records) = slicing.layout.at(place);
        let names: Vec<String> = records.iter().map(|record| slicing.site.record_name(vocabulary, *record)).collect();
        let name = &vocabulary.state[variable].name;
        if names.is_empty() { name.clone() } else { format!("{name}({})", names.join(", ")) }
    };
    let names: Vec<String> = (0..slicing.layout.count).map(name).collect();
    (names.iter().collect::<BTreeSet<_>>().len() == names.len()).then_some(names)
}

/// Confirms a certificate for a plan: that it is about this one, that each slice decides what it says, and that nothing is
/// left undecided. `about` is what is there now.
///
/// # Errors
/// Why it is refuted, in words.
pub fn confirm(certificate: &Certificate, about: &About, slicing: &Slicing<'_>) -> Result<Confirmed, String> {
    if certificate.certificate != VERSION {
        return Err(format!(
            "it has version {} of the format, and this program reads version {VERSION}",
            certificate.certificate
        ));
    }
    same_ground(&certificate.about, about)?;
    let names = variable_names(slicing).ok_or("two variables of the machine have the same name")?;
    let places: BTreeMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut owed: BTreeMap<Named, Vec<Obligation>> = BTreeMap::new();
    for obligation in slicing.obligations() {
        owed.entry(Named::of(slicing, obligation)).or_default().push(obligation);
    }
    let mut confirmed = Confirmed { obligations: owed.values().map(Vec::len).sum(), slices: certificate.slices.len(), states: 0 };
    let all = owed.clone();
    for (number, slice) in (1..).zip(&certificate.slices) {
        let mut inside = BTreeSet::new();
        for name in &slice.variables {
            let place = places.get(name.as_str());
            inside.insert(*place.ok_or_else(|| format!("slice {number}: no variable is called `{}`", printable(name)))?);
        }
        let mut decides = Vec::new();
        for named in &slice.decides {
            let obligations = all.get(named).ok_or_else(|| format!("slice {number}: {} is not owed", named.words()))?;
            decides.extend(obligations);
            owed.remove(named);
        }
        let states = slicing.confirm(&inside, &decides).map_err(|refusal| words(slicing, &names, number, &refusal))?;
        if states != slice.states {
            return Err(format!("slice {number}: it has {states} states, and not {}", slice.states));
        }
        confirmed.states += states;
    }
    match owed.keys().next() {
        None => Ok(confirmed),
        Some(named) => Err(format!("no slice decides {}", named.words())),
    }
}

fn same_ground(then: &About, now: &About) -> Result<(), String> {
    let changed = |what: &str| Err(format!("{what} is not the one that it was made for"));
    if then.rulebook != now.rulebook || then.rulebook_digest != now.rulebook_digest {
        return changed("the rulebook");
    }
    if then.plan_digest != now.plan_digest {
        return changed("the plan");
    }
    if then.site_digest != now.site_digest {
        return changed("the site");
    }
    Ok(())
}

fn words(slicing: &Slicing<'_>, names: &[String], number: usize, refusal: &Refusal) -> String {
    let what = match refusal {
        Refusal::Leaves(places) => {
            let read: Vec<String> = places.iter().map(|place| format!("`{}`", printable(&names[*place]))).collect();
            format!("what it decides depends on {} as well", read.join(", "))
        }
        Refusal::Fails(obligation, trace) => {
            let ids: Vec<String> = trace.iter().map(|step| format!("`{}`", printable(&slicing.plan.steps[*step].id))).collect();
            let once = if ids.is_empty() { "at the start".to_owned() } else { format!("after {}", ids.join(", ")) };
            format!("{} fails {once}", Named::of(slicing, *obligation).words())
        }
        Refusal::TooWide | Refusal::TooOpen(_) => limit(slicing, refusal),
    };
    format!("slice {number}: {what}")
}

/// Which limit a refusal is about, in words; nothing for the others.
#[must_use]
pub fn limit(slicing: &Slicing<'_>, refusal: &Refusal) -> String {
    match refusal {
        Refusal::TooWide => format!("the steps that bear on it lead to more than {STATES_MAX} states"),
        Refusal::TooOpen(hole) => {
            let hole = &slicing.site.holes[*hole];
            let fact = slicing.site.fact_name(&slicing.rulebook.vocabulary, hole.record, hole.field);
            format!(
                "it depends on facts that the site does not state in more than {COMPLETIONS_MAX} ways; `{}` is one",
                printable(&fact)
            )
        }
        Refusal::Leaves(_) | Refusal::Fails(..) => String::new(),
    }
}
