//! Which facts of a site rule out every plan: a smallest set of them, found by making one after the other loose.

use super::folded::Folded;
use super::relaxed::out_of_reach;
use super::synthesise::{Ground, OBJECTS_MAX};
use crate::model::site::{Datum, Domain, Hole, Site};
use crate::source::finding::Level;
use crate::source::text::Span;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{FieldId, Type, Value};
use crate::spec::vocabulary::Vocabulary;

/// Most other values of one fact that are named.
const OTHERS_MAX: usize = 8;

/// A fact that, with others, rules out every plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What it is called.
    pub name: String,
    /// Where its value stands.
    pub span: Span,
    /// The value, as a file states it.
    pub value: String,
    /// Other values that it can have, as a file states them; the nearest ones first where they are numbers.
    pub others: Vec<String>,
}

/// Facts of a site such that no plan exists whatever all its other single values and sets are; each of them is needed for that.
/// Nothing if the rulebook rules out a plan for every such site. What records the site has counts as given.
///
/// The question behind it is the loose one of [`out_of_reach`], so that a plan may be ruled out by fewer facts than these.
#[must_use]
pub fn ruled_out(rulebook: &Rulebook, site: &Site, cures: &[usize]) -> Vec<Ruling> {
    let vocabulary = &rulebook.vocabulary;
    let mut facts: Vec<(Span, usize, FieldId)> = Vec::new();
    for (record, stated) in site.records.iter().enumerate().filter(|(_, stated)| !stated.phantom) {
        for (field, fact) in stated.facts.iter().enumerate() {
            let known = &vocabulary.records[stated.kind].fields[field];
            if vocabulary.records[stated.kind].key != Some(field)
                && domain(vocabulary, &known.ty).is_some()
                && matches!(fact.datum, Datum::Value(_) | Datum::Set(..))
            {
                facts.extend(fact.span.map(|span| (span, record, field)));
            }
        }
    }
    facts.sort_unstable();
    let mut loosening = Loosening { rulebook, cures, site: site.clone(), needed: Vec::new() };
    loosening.loosen(&facts);
    loosening.needed.iter().map(|fact| ruling(vocabulary, site, *fact)).collect()
}

struct Loosening<'a> {
    rulebook: &'a Rulebook,
    cures: &'a [usize],
    site: Site,
    needed: Vec<(Span, usize, FieldId)>,
}

impl Loosening<'_> {
    /// Makes all of these loose that need not be as they are. With more of them loose more is possible, so that a fact that was
    /// needed once stays so.
    fn loosen(&mut self, facts: &[(Span, usize, FieldId)]) {
        let mut looser = self.site.clone();
        for (_, record, field) in facts {
            loose(&self.rulebook.vocabulary, &mut looser, *record, *field);
        }
        if facts.is_empty() || self.has_no_plan(&looser) {
            self.site = looser;
        } else if let [fact] = facts {
            self.needed.push(*fact);
        } else {
            let (first, second) = facts.split_at(facts.len() / 2);
            self.loosen(first);
            self.loosen(second);
        }
    }

    fn has_no_plan(&self, site: &Site) -> bool {
        (0..=OBJECTS_MAX).rev().all(|objects| {
            let ground = Ground::new(self.rulebook, site.clone(), objects);
            let task = ground.task(self.rulebook, self.cures, Level::Warning);
            out_of_reach(&Folded::new(&task, &task.actions), None).is_some()
        })
    }
}

fn domain(vocabulary: &Vocabulary, ty: &Type) -> Option<Domain> {
    let last = |count: usize| i64::try_from(count).unwrap_or(i64::MAX) - 1;
    match ty {
        Type::Boolean | Type::Set(_) => Some(Domain::Boolean),
        Type::Number { min, max } => Some(Domain::Range(*min, *max)),
        Type::Enumeration(id) => Some(Domain::Range(0, last(vocabulary.enumerations[*id].values.len()))),
        Type::Version(id) => Some(Domain::Range(0, vocabulary.versions[*id].code_max())),
        Type::Text { .. } | Type::Subnet | Type::List(..) | Type::Record(_) | Type::Reference { .. } => None,
    }
}

fn loose(vocabulary: &Vocabulary, site: &mut Site, record: usize, field: FieldId) {
    let ty = &vocabulary.records[site.records[record].kind].fields[field].ty;
    let Some(domain) = domain(vocabulary, ty) else { return };
    let (first, count) = match ty {
        Type::Set(id) => (site.holes.len(), vocabulary.enumerations[*id].values.len()),
        _ => (site.holes.len(), 1),
    };
    site.holes.extend((0..count).map(|_| Hole { domain: domain.clone(), record, field }));
    site.records[record].facts[field].datum = match ty {
        Type::Set(_) => Datum::SetHoles(first, count),
        _ => Datum::Hole(first),
    };
}

fn ruling(vocabulary: &Vocabulary, site: &Site, (span, record, field): (Span, usize, FieldId)) -> Ruling {
    let ty = &vocabulary.records[site.records[record].kind].fields[field].ty;
    let value = match &site.records[record].facts[field].datum {
        Datum::Value(value) => value.clone(),
        Datum::Set(bits, _) => Value::Set(*bits),
        _ => Value::Boolean(false),
    };
    let words = |value: &Value| {
        let text = site.display(vocabulary, ty, value);
        if matches!(value, Value::Set(_)) { format!("[{text}]") } else { text }
    };
    let others = others(vocabulary, ty, &value).iter().take(OTHERS_MAX).map(words).collect();
    Ruling { name: site.fact_name(vocabulary, record, field), span, value: words(&value), others }
}

/// Other values of a fact. Of versions none: which ones there are is not in the rulebook.
fn others(vocabulary: &Vocabulary, ty: &Type, value: &Value) -> Vec<Value> {
    match (ty, value) {
        (Type::Boolean, Value::Boolean(yes)) => vec![Value::Boolean(!yes)],
        (Type::Enumeration(id), Value::Enumeration(known)) => {
            let all = 0..vocabulary.enumerations[*id].values.len();
            all.filter(|other| other != known).map(Value::Enumeration).collect()
        }
        (Type::Number { min, max }, Value::Number(known)) => {
            let near = (1..=max - min).flat_map(|far| [known + far, known - far]);
            near.filter(|other| (min..=max).contains(&other)).take(OTHERS_MAX).map(Value::Number).collect()
        }
        (Type::Set(id), Value::Set(bits)) => {
            (0..vocabulary.enumerations[*id].values.len()).map(|one| Value::Set(bits ^ (1 << one))).collect()
        }
        _ => Vec::new(),
    }
}
