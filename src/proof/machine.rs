//! What can be said of a machine on the sites that stand for others: what is never reached, what can happen, what each
//! conjunct of a guard is for.

use super::certificate::confirms;
use super::induction::{Cube, Outcome, clause, prove};
use super::item::{Assurance, Item, Section, Verdict};
use super::subject::Subject;
use super::system::System;
use crate::engine::term::{Bool, and, not, or};
use crate::source::finding::Level;
use crate::spec::machine::Requirement;
use crate::spec::rulebook::{Representative, Rulebook};
use std::collections::{BTreeMap, BTreeSet};

/// Most questions to the solver for one proof.
const QUESTIONS: usize = 4_000;
/// Most questions for something that should be easy to show.
const QUESTIONS_FEW: usize = 600;

/// What was found out about something on one site.
type Found = (Verdict, Assurance, Vec<String>);

/// The items on the machine, on these sites. Without `deep`, conjuncts of guards are not looked at one by one.
#[must_use]
pub fn items(rulebook: &Rulebook, sites: &[Representative], deep: bool) -> Vec<Item> {
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
        conjuncts(&subject, &known.kept, deep, &mut found);
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

/// Kind, subject and claim of an item.
type Claimed = (&'static str, String, String);

/// What is found, thing by thing.
#[derive(Default)]
struct Collected {
    /// What was found on which site.
    found: BTreeMap<Claimed, Vec<(String, Found)>>,
}

impl Collected {
    fn add(&mut self, site: &str, (kind, subject, claim): (&'static str, &str, &str), found: Found) {
        self.found.entry((kind, subject.to_owned(), claim.to_owned())).or_default().push((site.to_owned(), found));
    }

    /// One item for each thing: what is claimed of every site is as bad as on the worst of them, what is claimed of some as good
    /// as on the best.
    fn items(self) -> Vec<Item> {
        let mut out = Vec::new();
        for ((kind, subject, claim), on) in self.found {
            let of_some = ["needed", "possible", "conjunct"].contains(&kind);
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
            out.push(Item { section: Section::Machine, kind, subject, claim, verdict, assurance, sites, detail });
        }
        let order = ["unreachable", "needed", "goal", "possible", "conjunct"];
        out.sort_by_key(|item| order.iter().position(|kind| *kind == item.kind));
        out
    }
}

/// A way to what is bad in a system, as a finding; `kept` is what of the guards it keeps to.
fn witnessed(subject: &Subject, way: &[usize], bad: Option<usize>, kept: &dyn Fn(usize, usize) -> bool, then: Verdict) -> Found {
    match subject.replayed(way, kept) {
        Some(wrong) if bad.is_none_or(|bad| wrong.contains(&bad)) => (then, Assurance::Proved, vec![subject.way(way)]),
        _ => {
            let lines = vec!["a way was found that the concrete machine does not go: a bug of ours".to_owned(), subject.way(way)];
            (Verdict::Unknown, Assurance::Disagreement, lines)
        }
    }
}

/// The effort ran out. That nothing leads there holds up to the bound; that something does cannot be told.
fn gave_up(bound: usize, within: Verdict) -> Found {
    let verdict = if bound == 0 { Verdict::Unknown } else { within };
    let line = format!("the solver's effort ran out; no way of at most {bound} steps leads there");
    (verdict, Assurance::Bounded(u64::try_from(bound).unwrap_or(u64::MAX)), vec![line])
}

/// What is true of all states that are reached.
#[derive(Default)]
struct Known {
    /// Shown by one-step induction, taken together.
    all: Vec<Bool>,
    cubes: Vec<Cube>,
    /// Hazards and invariants, by index, that are never broken.
    kept: Vec<usize>,
}

/// That no hazard and nothing that an invariant forbids is ever reached. Each is proved with the help of those before it.
fn unreachable(subject: &Subject, found: &mut Collected) -> Known {
    let hazards = &subject.rulebook.machine.hazards;
    let (mut known, mut found_here) = (Known::default(), Vec::new());
    // Invariants say what guards do in detail, and hazards follow from that.
    for at in (0..hazards.len()).rev() {
        let system = System { bad: vec![subject.system.bad[at].clone()], ..subject.system.clone() };
        match prove(&system, &known.all, &|cube| subject.images(cube), QUESTIONS) {
            Outcome::Never(cubes) => {
                known.all.extend(cubes.iter().map(clause).chain([not(system.bad[0].clone())]));
                known.cubes.extend(cubes);
                known.kept.push(at);
            }
            Outcome::Way(way) => found_here.push((at, witnessed(subject, &way, Some(at), &|_, _| true, Verdict::Refuted))),
            Outcome::GaveUp(bound) => found_here.push((at, gave_up(bound, Verdict::Holds))),
        }
    }
    let system = subject.only(&known.kept);
    let confirmed = confirms(&system, &known.cubes);
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

/// What each conjunct of a guard keeps away.
fn conjuncts(subject: &Subject, kept: &[usize], deep: bool, found: &mut Collected) {
    for (index, action) in subject.rulebook.machine.actions.iter().enumerate() {
        for (conjunct, one) in action.guard.iter().enumerate() {
            if one.window.is_some() || one.not_before.is_some() || one.requirement.level != Level::Error {
                continue;
            }
            let name = format!("{}: {}", action.name, one.requirement.code);
            let result =
                if deep { without(subject, kept, index, conjunct) } else { (Verdict::Unknown, Assurance::NotRun, Vec::new()) };
            found.add(&subject.name, ("conjunct", &name, "without it something forbidden is reached"), result);
        }
    }
}

/// What is reached without a conjunct of a guard, of what is kept away with it.
fn without(subject: &Subject, kept: &[usize], action: usize, conjunct: usize) -> Found {
    let mut system = subject.only(kept);
    for (each, step) in system.moves.iter_mut().zip(&subject.moves.steps) {
        each.guard.retain(|(of, _)| step.action != action || *of != conjunct);
    }
    let why = &subject.rulebook.machine.actions[action].guard[conjunct].requirement.why;
    match prove(&system, &[], &|cube| subject.images(cube), QUESTIONS_FEW) {
        Outcome::Way(way) => {
            let (kept_away, kept) = (kept, |a: usize, c: usize| (a, c) != (action, conjunct));
            let bad = subject.replayed(&way, &kept).and_then(|wrong| wrong.into_iter().find(|at| kept_away.contains(at)));
            let mut out = witnessed(subject, &way, bad, &kept, Verdict::Holds);
            if let Some(bad) = bad {
                out.2.insert(0, format!("it keeps `{}` away", subject.rulebook.machine.hazards[bad].code));
            }
            out
        }
        Outcome::Never(_) => {
            // One that nothing needs on any site holds for the reason that the rulebook gives, see `Collected::items`.
            (Verdict::Refuted, Assurance::Proved, vec![why.clone()])
        }
        Outcome::GaveUp(bound) => gave_up(bound, Verdict::Unknown),
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
        out.push(Item { section, kind, subject, claim, verdict, assurance, sites, detail });
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
    }));
    out.sort_by(|a, b| a.subject.cmp(&b.subject));
    out
}
