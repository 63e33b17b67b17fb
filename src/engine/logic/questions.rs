//! What a site is asked, with nothing decided beforehand: each rule as terms over *all* facts, and the facts that the file
//! states beside them. So another solver than ours does all the work again that folding spares us.

use super::instance::instances;
use super::symbolic::Symbolic;
use super::term::Bool;
use crate::model::site::{Datum, Domain, Hole, HoleId, Site};
use crate::source::finding::Level;
use crate::spec::rule::{Rule, When};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{Type, Value};
use crate::spec::vocabulary::Vocabulary;

/// The questions of a site.
pub struct Questions<'r> {
    /// The site with every fact a hole, but for the names of records and what refers to them.
    pub site: Site,
    /// What the file states: the hole, and the number that it is.
    pub stated: Vec<(HoleId, i64)>,
    /// The rules that have something to say, in the order of the rulebook.
    pub rules: Vec<Asked<'r>>,
}

/// A rule, on each choice of what it ranges over.
pub struct Asked<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// That it holds, for each choice.
    pub holds: Vec<Bool>,
}

impl Asked<'_> {
    /// Whether completions that violate it are not considered when others are judged.
    #[must_use]
    pub fn is_hard(&self) -> bool {
        self.rule.level == Level::Error && self.rule.when == When::Always
    }
}

/// The questions of a site.
#[must_use]
pub fn questions<'r>(rulebook: &'r Rulebook, site: &Site) -> Questions<'r> {
    let (site, stated) = forgotten(&rulebook.vocabulary, site);
    let symbolic = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let finished = symbolic.holds(&rulebook.finished, &[]);
    let mut rules = Vec::new();
    for rule in &rulebook.rules {
        let due = if rule.when == When::End { finished.clone() } else { super::term::TRUE };
        let holds: Vec<Bool> = instances(symbolic, rule, &due).into_iter().map(|instance| instance.holds).collect();
        if !holds.is_empty() {
            rules.push(Asked { rule, holds });
        }
    }
    Questions { site, stated, rules }
}

/// The site with every stated fact a hole, and what it was.
fn forgotten(vocabulary: &Vocabulary, site: &Site) -> (Site, Vec<(HoleId, i64)>) {
    let (mut out, mut stated) = (site.clone(), Vec::new());
    for record in 0..out.records.len() {
        let kind = &vocabulary.records[out.records[record].kind];
        for (field, about) in kind.fields.iter().enumerate().filter(|(field, _)| kind.key != Some(*field)) {
            let first = out.holes.len();
            let (domains, numbers, datum) = match &out.records[record].facts[field].datum {
                Datum::Value(value) => match single(vocabulary, &about.ty, value) {
                    Some((domain, number)) => (vec![domain], vec![number], Datum::Hole(first)),
                    None => continue,
                },
                Datum::Set(bits, _) => {
                    let Type::Set(id) = &about.ty else { continue };
                    let count = vocabulary.enumerations[*id].values.len();
                    let numbers = (0..count).map(|bit| i64::from(bits >> bit & 1 == 1)).collect();
                    (vec![Domain::Boolean; count], numbers, Datum::SetHoles(first, count))
                }
                Datum::Hole(_) | Datum::SetHoles(..) | Datum::List(_) | Datum::Record(_) => continue,
            };
            stated.extend((first..).zip(numbers));
            out.holes.extend(domains.into_iter().map(|domain| Hole { domain, record, field }));
            out.records[record].facts[field].datum = datum;
        }
    }
    (out, stated)
}

/// What a fact of that type can be, and the number of what it is.
fn single(vocabulary: &Vocabulary, ty: &Type, value: &Value) -> Option<(Domain, i64)> {
    let last = |count: usize| i64::try_from(count).unwrap_or(1) - 1;
    Some(match (ty, value) {
        (Type::Boolean, Value::Boolean(yes)) => (Domain::Boolean, i64::from(*yes)),
        (Type::Number { min, max }, Value::Number(number)) => (Domain::Range(*min, *max), *number),
        (Type::Text { optional }, Value::Text(number)) => (Domain::Text { optional: *optional }, *number),
        (Type::Subnet, Value::Subnet(number)) => (Domain::Subnet, *number),
        (Type::Enumeration(id), Value::Enumeration(number)) => {
            let count = vocabulary.enumerations[*id].values.len();
            (Domain::Range(0, last(count)), i64::try_from(*number).ok()?)
        }
        (Type::Version(id), Value::Version(number)) => (Domain::Range(0, vocabulary.versions[*id].code_max()), *number),
        _ => return None,
    })
}
