//! Sites that differ from those in the rulebook's `sites/` in the facts that it calls `varied`: every combination of their values
//! that is legal. On each of them a plan has to lead to the goals, and the concrete machine has to go it.

use super::found::{Collected, Found};
use super::item::{Assurance, Verdict};
use super::subject::cures;
use crate::engine::synthesis::drafting::Draft;
use crate::engine::synthesis::random::Random;
use crate::engine::synthesis::synthesise::{Synthesised, carries_over, synthesise};
use crate::engine::verification::lint::{Selection, lint};
use crate::model::read_site;
use crate::model::site::Site;
use crate::source::text::Source;
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::{Representative, Rulebook};
use crate::spec::varied::Varied;
use std::collections::BTreeSet;

/// How many combinations are looked at without `--deep`.
const TRIED: usize = 160;
/// Most combinations that are looked at with it.
const ALL: usize = 50_000;
/// Most sites that are told.
const TOLD: usize = 5;

/// A fact that is varied: where its value stands in the text, what is written around it, and the values.
struct Dimension {
    name: String,
    at: std::ops::Range<usize>,
    before: String,
    after: String,
    is_set: bool,
    values: Vec<String>,
}

/// What is known of the sites so far.
#[derive(Default)]
struct Tally {
    /// Legal ones.
    legal: usize,
    /// Legal ones from which no plan leads to the goals; what is out of reach.
    without: Vec<String>,
    /// Legal ones for which none was found, or one that the concrete machine does not go.
    unsolved: Vec<String>,
    /// Plans that were found; most do for many sites.
    plans: Vec<Draft>,
}

/// That the goals can be reached from every legal site of the kind.
pub fn legal_sites(
    rulebook: &Rulebook,
    given: &Representative,
    deep: bool,
    told: &mut dyn FnMut(usize, usize),
    found: &mut Collected,
) {
    if rulebook.varied.is_empty() {
        return;
    }
    let names: Vec<String> = rulebook.varied.iter().map(Varied::path).collect();
    let claim = format!("they can be reached from every legal site that differs only in {}", names.join(", "));
    let one = varied(rulebook, given, deep, told);
    found.add(&given.name, ("legal-site", "goals", &claim), one);
}

fn varied(rulebook: &Rulebook, given: &Representative, deep: bool, told: &mut dyn FnMut(usize, usize)) -> Found {
    let source = Source::new(&given.name, &given.text);
    let root = match yaml::parse(&source) {
        Ok(root) => root,
        Err(finding) => return (Verdict::Unknown, Assurance::Proved, vec![finding.message.clone()]),
    };
    let dimensions = dimensions(rulebook, &source.text, &root);
    let count = dimensions.iter().fold(1_usize, |count, one| count.saturating_mul(one.values.len()));
    let all = deep && count <= ALL;
    let chosen: Vec<usize> = if all || count <= TRIED {
        (0..count).collect()
    } else {
        let (mut random, mut some) = (Random::new(0), BTreeSet::new());
        let most = if deep { ALL } else { TRIED };
        // Those that differ from the given site in one fact first: of others only few are legal.
        let own = number_of(&dimensions, &source.text);
        for at in 0..dimensions.len() {
            let size: usize = dimensions[..at].iter().map(|one| one.values.len()).product();
            let digit = own / size % dimensions[at].values.len();
            some.extend((0..dimensions[at].values.len()).map(|value| own + value * size - digit * size));
        }
        while some.len() < most.min(count) {
            some.insert(random.below(count));
        }
        some.into_iter().collect()
    };
    let mut tally = Tally::default();
    for (done, number) in chosen.iter().enumerate() {
        tally.look(rulebook, given, &dimensions, *number);
        if deep {
            told(done + 1, chosen.len());
        }
    }
    tally.found(chosen.len(), count)
}

/// The facts of a site that are varied.
fn dimensions(rulebook: &Rulebook, text: &str, root: &Node<'_>) -> Vec<Dimension> {
    let vocabulary = &rulebook.vocabulary;
    let mut out = Vec::new();
    for varied in &rulebook.varied {
        let (Some((id, is_set)), Some(kind)) = (varied.values(vocabulary), varied.kind(vocabulary)) else { continue };
        let key = vocabulary.records[kind].key.map(|key| vocabulary.records[kind].fields[key].name.as_str());
        let (list, field) = (varied.list.as_str(), varied.field.as_str());
        let values: Vec<String> = vocabulary.enumerations[id].values.iter().map(|value| value.name.clone()).collect();
        for item in root.get(list).and_then(Node::items).unwrap_or_default() {
            let named = key.and_then(|key| item.get(key)?.scalar()).unwrap_or_default();
            let first = item.entries().and_then(|entries| entries.first()).map_or(item.span.start, |(key, _)| key.span.start);
            let column = text[..first].chars().rev().take_while(|c| *c != '\n').count();
            let is_flow = text[item.span.start..].starts_with('{');
            let (at, before, after) = match item.get(field) {
                Some(value) => (value.span.start..value.span.end, String::new(), String::new()),
                None if is_flow => (first..first, format!("{field}: "), ", ".to_owned()),
                None => (first..first, format!("{field}: "), format!("\n{}", " ".repeat(column))),
            };
            out.push(Dimension { name: format!("{field} of `{named}`"), at, before, after, is_set, values: values.clone() });
        }
    }
    out
}

impl Dimension {
    fn written(&self, value: &str) -> String {
        let value = if self.is_set { format!("[{value}]") } else { value.to_owned() };
        format!("{}{value}{}", self.before, self.after)
    }
}

/// For each fact, the number of its value in a combination.
fn digits(dimensions: &[Dimension], number: usize) -> Vec<usize> {
    let mut rest = number;
    let mut next = |one: &Dimension| {
        let digit = rest % one.values.len();
        rest /= one.values.len();
        digit
    };
    dimensions.iter().map(&mut next).collect()
}

/// The combination that a text has; where it says nothing, the first value.
fn number_of(dimensions: &[Dimension], text: &str) -> usize {
    let (mut out, mut size) = (0, 1);
    for one in dimensions {
        let digit = one.values.iter().position(|value| one.before.is_empty() && text[one.at.clone()] == one.written(value));
        out += digit.unwrap_or_default() * size;
        size *= one.values.len();
    }
    out
}

impl Tally {
    /// Looks at one combination.
    fn look(&mut self, rulebook: &Rulebook, given: &Representative, dimensions: &[Dimension], number: usize) {
        let digits = digits(dimensions, number);
        let mut edits: Vec<(&Dimension, &str)> =
            dimensions.iter().zip(&digits).map(|(one, digit)| (one, one.values[*digit].as_str())).collect();
        let words: Vec<String> = edits.iter().map(|(one, value)| format!("{} {value}", one.name)).collect();
        let mut text = given.text.clone();
        edits.sort_by_key(|(one, _)| std::cmp::Reverse(one.at.start));
        for (one, value) in edits {
            text.replace_range(one.at.clone(), &one.written(value));
        }
        let source = Source::new(&given.name, &text);
        let Ok(root) = yaml::parse(&source) else { return };
        let (site, findings) = read_site::read(&rulebook.vocabulary, &root);
        let judgement = lint(rulebook, &root, &Selection::default());
        let Ok(cures) = cures(rulebook, &judgement) else { return };
        if !findings.is_empty() {
            return;
        }
        self.legal += 1;
        self.plan(rulebook, &site, &cures, words.join(", "));
    }

    /// Looks for a plan for a site: first among those for other sites.
    fn plan(&mut self, rulebook: &Rulebook, site: &Site, cures: &[usize], words: String) {
        if self.plans.iter().any(|plan| carries_over(rulebook, site, cures, plan)) {
            return;
        }
        match synthesise(rulebook, site, cures) {
            Synthesised::Draft(draft) if carries_over(rulebook, site, cures, &draft) => self.plans.push(*draft),
            Synthesised::Nothing(codes) => self.without.push(format!("{words}: out of reach is {}", codes.join(", "))),
            Synthesised::Draft(_) | Synthesised::GaveUp | Synthesised::Disagreement(_) => self.unsolved.push(words),
        }
    }

    fn found(self, tried: usize, count: usize) -> Found {
        let Self { legal, without, unsolved, plans } = self;
        let line = format!(
            "of {count} combinations {tried} were looked at, {legal} of them are sites that break no rule but such as a step cures; {} plans, step by step on the concrete \
             machine, lead from {} of these to the goals",
            plans.len(),
            legal - without.len() - unsolved.len()
        );
        let mut detail = vec![line];
        detail.extend(without.iter().take(TOLD).cloned());
        detail.extend(unsolved.iter().take(TOLD).map(|words| format!("{words}: no plan was found")));
        let rests =
            if tried == count { Assurance::Bounded(u64::try_from(legal).unwrap_or(u64::MAX)) } else { Assurance::Sampled };
        match (without.is_empty(), unsolved.is_empty() && legal > 0) {
            (false, _) => (Verdict::Refuted, Assurance::Proved, detail),
            (true, false) => (Verdict::Unknown, rests, detail),
            (true, true) => (Verdict::Holds, rests, detail),
        }
    }
}
