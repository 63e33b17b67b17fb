//! What can be said of a machine on the sites that stand for others: what is never reached, what can happen, what each
//! conjunct of a guard is for.

use super::found::{Collected, Found, Known, gave_up, witnessed};
use super::guards::conjuncts;
use super::induction::{Outcome, prove};
use super::inductive::{Inductive, inductive};
use super::item::{Assurance, Item, Section, Verdict};
use super::onward::{dead_ends, deadlock};
use super::subject::Subject;
use super::system::System;
use super::variety::legal_sites;
use crate::engine::logic::term::{and, or};
use crate::spec::machine::Requirement;
use crate::spec::rulebook::{Representative, Rulebook};
use std::collections::{BTreeMap, BTreeSet};

/// Most questions for something that should be easy to show.
const QUESTIONS_FEW: usize = 600;

/// The items on the machine, on these sites. Without `deep`, conjuncts of guards are not looked at one by one. Whoever watches is
/// told what is being looked at, and how far it has come.
#[must_use]
pub fn items(rulebook: &Rulebook, sites: &[Representative], deep: bool, told: &mut dyn FnMut(&str, usize, usize)) -> Vec<Item> {
    let mut found = Collected::default();
    for site in sites {
        let subject = match Subject::new(rulebook, site) {
            Ok(subject) => subject,
            Err(why) => {
                found.add(&site.name, ("goal", "goals", "they can be reached"), (Verdict::Unknown, Assurance::Proved, why));
                continue;
            }
        };
        let line = format!("by {} steps, with {} objects that only plans name", subject.planned, subject.objects);
        found.add(&site.name, ("goal", "goals", "they can be reached"), (Verdict::Holds, Assurance::Proved, vec![line]));
        let known = unreachable(&subject, &mut found);
        needed(&subject, &mut found);
        possible(&subject, &mut found);
        deadlock(&subject, &known, &mut found);
        dead_ends(rulebook, &subject, deep, &mut found);
        legal_sites(rulebook, site, deep, &mut |done, all| told("sites looked at", done, all), &mut found);
        conjuncts(&subject, &known, deep, &mut |done, all| told("guards looked at", done, all), &mut found);
    }
    let mut out = found.items();
    out.extend(catalogue(rulebook, &out));
    out
}

/// Of these items only those that say of each hazard and each invariant that it is never reached: what other programs are asked
/// with `export --to smv` and `--to horn`.
#[must_use]
pub fn hazards(rulebook: &Rulebook, sites: &[Representative]) -> Vec<Item> {
    let mut found = Collected::default();
    for site in sites {
        match Subject::new(rulebook, site) {
            Ok(subject) => drop(unreachable(&subject, &mut found)),
            Err(why) => {
                let all = rulebook.machine.hazards.iter().chain(&rulebook.machine.invariants);
                for one in all {
                    let claim = ("unreachable", one.code.as_str(), claim(one));
                    found.add(&site.name, claim, (Verdict::Unknown, Assurance::NotRun, why.clone()));
                }
            }
        }
    }
    found.items()
}

/// What is claimed of a hazard or an invariant.
fn claim(one: &Requirement) -> &str {
    if one.claim.is_empty() { "it is never reached" } else { &one.claim }
}

/// That no hazard and nothing that an invariant forbids is ever reached. Each is proved with the help of those before it.
fn unreachable(subject: &Subject, found: &mut Collected) -> Known {
    let hazards = &subject.rulebook.machine.hazards;
    let Inductive { known, left } = inductive(subject);
    let in_place = |(at, outcome): (usize, Outcome)| match outcome {
        Outcome::Way(way) => Some((at, witnessed(subject, &way, Some(at), &|_, _| true, Verdict::Refuted))),
        Outcome::GaveUp(bound) => Some((at, gave_up(bound, Verdict::Holds))),
        Outcome::Never(_) => None,
    };
    let mut found_here: Vec<(usize, Found)> = left.into_iter().filter_map(in_place).collect();
    let confirmed = known.confirms(&subject.system, &[], None);
    for at in &known.kept {
        let line = "by one-step induction; what it rests on was asked again, action by action".to_owned();
        let unconfirmed = "the proof that was found was not confirmed".to_owned();
        let one = if confirmed {
            (Verdict::Holds, Assurance::Proved, vec![line])
        } else {
            (Verdict::Unknown, Assurance::Proved, vec![unconfirmed])
        };
        found_here.push((*at, one));
    }
    for (at, one) in found_here {
        found.add(&subject.name, ("unreachable", &hazards[at].code, claim(&hazards[at])), one);
    }
    if confirmed { known } else { Known::default() }
}

/// That each hazard and each invariant is worth having: without guards it is reached.
fn needed(subject: &Subject, found: &mut Collected) {
    let mut free = subject.system.clone();
    free.moves.iter_mut().for_each(|each| each.guard.clear());
    for (at, hazard) in subject.rulebook.machine.hazards.iter().enumerate() {
        free.bad = vec![subject.system.bad[at].clone()];
        let one = match prove(&free, &[], &|cube| subject.images(cube), QUESTIONS_FEW) {
            Outcome::Way(way) => witnessed(subject, &way, Some(at), &|_, _| false, Verdict::Holds),
            Outcome::Never(_) => {
                (Verdict::Refuted, Assurance::Proved, vec!["nothing leads there, with or without guards".to_owned()])
            }
            Outcome::GaveUp(bound) => gave_up(bound, Verdict::Unknown),
        };
        found.add(&subject.name, ("needed", &hazard.code, "without guards it would be broken"), one);
    }
}

/// That each action can happen.
fn possible(subject: &Subject, found: &mut Collected) {
    let machine = &subject.rulebook.machine;
    let steps = &subject.moves.steps;
    for (index, action) in machine.actions.iter().enumerate() {
        let moves = (0..steps.len()).filter(|at| steps[*at].action == index);
        let one = if steps[..subject.planned].iter().any(|step| step.action == index) {
            (Verdict::Holds, Assurance::Proved, vec!["it is a step of the plan that was found".to_owned()])
        } else {
            let can = or(moves.map(|at| and(subject.system.moves[at].guard.iter().map(|(_, condition)| condition.clone()))));
            let system = System { bad: vec![can], ..subject.system.clone() };
            match prove(&system, &[], &|cube| subject.images(cube), QUESTIONS_FEW) {
                Outcome::Way(way) => witnessed(subject, &way, None, &|_, _| true, Verdict::Holds),
                Outcome::Never(_) => (Verdict::Refuted, Assurance::Proved, vec!["its guard is never met".to_owned()]),
                Outcome::GaveUp(bound) => gave_up(bound, Verdict::Unknown),
            }
        };
        found.add(&subject.name, ("possible", &action.name, "it can be done"), one);
    }
}

/// For each hazard of the catalogue, what keeps it away.
fn catalogue(rulebook: &Rulebook, items: &[Item]) -> Vec<Item> {
    let machine = &rulebook.machine;
    let mut by: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<String>)> = BTreeMap::new();
    for one in machine.hazards.iter().chain(&machine.invariants) {
        one.hazards.iter().for_each(|id| _ = by.entry(id).or_default().0.insert(&one.code));
    }
    for action in &machine.actions {
        for one in &action.guard {
            let name = format!("{} of {}", one.requirement.code, action.name);
            one.requirement.hazards.iter().for_each(|id| _ = by.entry(id).or_default().1.insert(name.clone()));
        }
    }
    for goal in &machine.goals {
        goal.hazards.iter().for_each(|id| _ = by.entry(id).or_default().1.insert(format!("goal {}", goal.code)));
    }
    let mut out = Vec::new();
    for (id, (states, asked)) in by {
        let of = |code: &&str| items.iter().find(|item| item.kind == "unreachable" && item.subject == **code);
        let judged: Vec<&Item> = states.iter().filter_map(of).collect();
        let worst = judged.iter().map(|item| (item.verdict, item.assurance)).max_by_key(|(verdict, assurance)| match verdict {
            Verdict::Holds => u8::from(*assurance != Assurance::Proved),
            Verdict::Unknown => 2,
            Verdict::Refuted => 3,
        });
        let (claim, (verdict, assurance)) = match worst {
            Some(worst) => (format!("kept away, as {} say", states.into_iter().collect::<Vec<_>>().join(", ")), worst),
            None => {
                let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
                (format!("not said of states; asked by {}", asked.join(", ")), (Verdict::Holds, Assurance::Proved))
            }
        };
        let detail = asked.into_iter().collect();
        let (section, kind, subject, sites) = (Section::Machine, "catalogue", id.to_owned(), Vec::new());
        out.push(Item { section, kind, subject, claim, verdict, assurance, sites, detail, known: false });
    }
    out.extend(rulebook.told_elsewhere.iter().map(|(id, what)| Item {
        section: Section::Machine,
        kind: "catalogue",
        subject: id.clone(),
        claim: format!("not said of states or steps: {what}"),
        verdict: Verdict::Holds,
        assurance: Assurance::Proved,
        sites: Vec::new(),
        detail: Vec::new(),
        known: false,
    }));
    out.sort_by(|a, b| a.subject.cmp(&b.subject));
    out
}
