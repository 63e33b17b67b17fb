//! A state of the machine in words: what each record of the site has, from the rulebook's own descriptions.

use crate::engine::logic::sym::Sym;
use crate::engine::verification::walk::Walk;
use crate::source::text::printable;
use crate::spec::types::{EnumerationId, Type, Value};
use crate::spec::vocabulary::FactValue;

/// What is so of one record, or of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The record: its kind and name; the name is empty for the site.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is so: a description, and the value.
    pub lines: Vec<(String, String)>,
}

/// What is so in `values` and was not in `before`, record by record.
#[must_use]
pub fn differences(walk: &Walk<'_>, before: &[Sym], values: &[Sym]) -> Vec<About> {
    select(walk, values, &|place| before.get(place) != values.get(place))
}

/// What is so in `values`, record by record. Left out is what is as before the first step and says nothing: a boolean, a
/// number, an empty set, the first value of an enumeration.
#[must_use]
pub fn state(walk: &Walk<'_>, values: &[Sym]) -> Vec<About> {
    let start = walk.first();
    let says_something = |place: usize| {
        let ty = &walk.base.vocabulary.state[walk.layout.at(place).0].ty;
        match (ty, values[place].value(ty)) {
            (Type::Enumeration(_), Some(Value::Enumeration(value))) => value > 0,
            (Type::Set(_), Some(Value::Set(bits))) => bits > 0,
            _ => false,
        }
    };
    select(walk, values, &|place| start.get(place) != values.get(place) || says_something(place))
}

fn select(walk: &Walk<'_>, values: &[Sym], is_meant: &dyn Fn(usize) -> bool) -> Vec<About> {
    let vocabulary = walk.base.vocabulary;
    let mut out: Vec<About> = Vec::new();
    for place in (0..walk.layout.count).filter(|&place| place < values.len() && is_meant(place)) {
        let Some(value) = values.get(place) else { continue };
        let (variable, records) = walk.layout.at(place);
        let variable = &vocabulary.state[variable];
        let called = |record: usize| {
            let kind = &vocabulary.records[walk.base.site.records[record].kind].name;
            (kind.clone(), printable(&walk.base.site.record_name(vocabulary, record)))
        };
        let (kind, name) = records.first().map_or(("site".to_owned(), String::new()), |record| called(*record));
        let others: Vec<String> =
            records.iter().skip(1).map(|record| called(*record)).map(|(kind, name)| format!("{kind} `{name}`")).collect();
        let doc = variable.doc.split(". ").next().unwrap_or_default().trim_end_matches('.');
        let about = if others.is_empty() { doc.to_owned() } else { format!("{doc} ({})", others.join(", ")) };
        let line = (printable(&about), words(walk, &variable.ty, value));
        match out.iter_mut().find(|known| known.kind == kind && known.name == name) {
            Some(known) => known.lines.push(line),
            None => out.push(About { kind, name, lines: vec![line] }),
        }
    }
    out
}

/// A value in words: an enumeration's `name` where it has that fact.
fn words(walk: &Walk<'_>, ty: &Type, value: &Sym) -> String {
    let Some(value) = value.value(ty) else { return "unknown".to_owned() };
    let text = match (ty, &value) {
        (_, Value::Boolean(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (Type::Enumeration(id), Value::Enumeration(value)) => named(walk, *id, *value),
        (Type::Set(_), Value::Set(0)) => "none".to_owned(),
        (Type::Set(id), Value::Set(bits)) => {
            let values = (0..walk.base.vocabulary.enumerations[*id].values.len()).filter(|bit| bits >> bit & 1 == 1);
            values.map(|value| named(walk, *id, value)).collect::<Vec<_>>().join("; ")
        }
        _ => walk.base.site.display(walk.base.vocabulary, ty, &value),
    };
    printable(&text)
}

fn named(walk: &Walk<'_>, id: EnumerationId, value: usize) -> String {
    let enumeration = &walk.base.vocabulary.enumerations[id];
    let fact = enumeration.facts.iter().position(|(name, ty)| name == "name" && matches!(ty, Type::Text { .. }));
    let value = &enumeration.values[value];
    match fact.and_then(|fact| value.facts.get(fact)) {
        Some(FactValue::Text(text)) => text.clone(),
        _ => value.name.clone(),
    }
}
