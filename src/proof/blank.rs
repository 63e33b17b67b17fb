//! A site of which nothing is known: every list as long as it likes up to a bound, every fact a hole. Every site with lists
//! no longer than that is one of its completions.

use crate::engine::logic::term::{Bool, TRUE, and, bool_hole};
use crate::model::read_site;
use crate::model::site::{Datum, Domain, HoleId, Site};
use crate::source::text::Span;
use crate::source::yaml::{Kind, Node};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{FRESH, FRESH_PUBLIC, FieldId, TEXT_NONE, Type, VERSION_BASE, Value};
use crate::spec::vocabulary::Vocabulary;
use std::collections::BTreeSet;

/// The rulebook with lists of at most `bound` elements.
#[must_use]
pub fn clipped(rulebook: &Rulebook, bound: usize) -> Rulebook {
    let mut out = rulebook.clone();
    for record in &mut out.vocabulary.records {
        for field in &mut record.fields {
            if let Type::List(_, at_most) = &mut field.ty {
                *at_most = bound.min(*at_most);
            }
        }
    }
    out
}

/// The site of which nothing is known.
#[must_use]
pub fn blank(vocabulary: &Vocabulary) -> Site {
    let nothing = Node { span: Span::default(), kind: Kind::Mapping(Vec::new()) };
    read_site::read(vocabulary, &nothing).0
}

/// The condition that a record is there.
#[must_use]
pub fn present(site: &Site, record: usize) -> Bool {
    let mut all = Vec::new();
    let mut at = record;
    while let Some((parent, field)) = site.records[at].parent {
        if let Datum::List(elements) = &site.records[parent].facts[field].datum {
            let element = elements.iter().find(|element| matches!(element.datum, Datum::Record(found) if found == at));
            all.push(element.and_then(|element| element.present).map_or(TRUE, bool_hole));
        }
        at = parent;
    }
    and(all)
}

/// The text of a site's file that states the facts in `stated`, filled so, and what a site cannot do without.
#[must_use]
pub fn text(rulebook: &Rulebook, site: &Site, filled: &[i64], stated: &BTreeSet<HoleId>) -> String {
    let writing = Writing { vocabulary: &rulebook.vocabulary, site, filled, stated };
    let mut out = format!("rulebook: {}\nkind: site\n", rulebook.id);
    for (name, value) in writing.fields(0) {
        match value {
            Text::Items(items) if !items.is_empty() => {
                out.push_str(&format!("{name}:\n"));
                for item in items {
                    out.push_str(&format!("  - {item}\n"));
                }
            }
            Text::Items(_) => out.push_str(&format!("{name}: []\n")),
            Text::Flow(text) => out.push_str(&format!("{name}: {text}\n")),
        }
    }
    out
}

/// How many facts such a text states.
#[must_use]
pub fn facts(root: &Node<'_>) -> usize {
    match &root.kind {
        Kind::Scalar(..) => 1,
        Kind::Sequence(items) => items.iter().map(facts).sum(),
        Kind::Mapping(entries) => entries.iter().map(|(_, value)| facts(value)).sum(),
    }
}

enum Text {
    Items(Vec<String>),
    Flow(String),
}

impl Text {
    fn flow(self) -> String {
        match self {
            Self::Items(items) => format!("[{}]", items.join(", ")),
            Self::Flow(text) => text,
        }
    }
}

struct Writing<'a> {
    vocabulary: &'a Vocabulary,
    site: &'a Site,
    filled: &'a [i64],
    stated: &'a BTreeSet<HoleId>,
}

impl Writing<'_> {
    fn fields(&self, record: usize) -> Vec<(&str, Text)> {
        let kind = &self.vocabulary.records[self.site.records[record].kind];
        let fields = kind.fields.iter().enumerate().filter(|(_, field)| !field.of_plan);
        fields.filter_map(|(id, field)| Some((field.name.as_str(), self.datum(record, id, &field.ty)?))).collect()
    }

    fn mapping(&self, record: usize) -> String {
        let fields: Vec<String> =
            self.fields(record).into_iter().map(|(name, value)| format!("{name}: {}", value.flow())).collect();
        format!("{{ {} }}", fields.join(", "))
    }

    fn datum(&self, record: usize, field: FieldId, ty: &Type) -> Option<Text> {
        let kind = &self.vocabulary.records[self.site.records[record].kind];
        let needed = kind.fields[field].required || kind.key == Some(field);
        match &self.site.records[record].facts[field].datum {
            Datum::Hole(_) if kind.key == Some(field) => Some(Text::Flow(self.key(record))),
            Datum::Hole(hole) => (needed || self.stated.contains(hole)).then(|| Text::Flow(self.value(ty, *hole))),
            Datum::SetHoles(first, count) => {
                let Type::Set(id) = ty else { return None };
                let is_stated = needed || (*first..first + count).any(|hole| self.stated.contains(&hole));
                let members = (0..*count).filter(|member| self.filled[first + member] != 0);
                let names = members.map(|member| self.vocabulary.enumerations[*id].values[member].name.clone());
                is_stated.then(|| Text::Flow(format!("[{}]", names.collect::<Vec<_>>().join(", "))))
            }
            Datum::List(elements) => {
                let Type::List(inner, _) = ty else { return None };
                if !needed && !elements.iter().any(|e| e.present.is_some_and(|hole| self.stated.contains(&hole))) {
                    return None;
                }
                let there = elements.iter().filter(|element| element.present.is_none_or(|hole| self.filled[hole] != 0));
                let items = there.filter_map(|element| match &element.datum {
                    Datum::Record(record) => Some(self.mapping(*record)),
                    Datum::Hole(hole) => Some(self.value(inner, *hole)),
                    _ => None,
                });
                Some(Text::Items(items.collect()))
            }
            Datum::Record(inner) => {
                let text = self.mapping(*inner);
                (text != "{  }").then_some(Text::Flow(text))
            }
            Datum::Value(_) | Datum::Set(..) => None,
        }
    }

    /// The name of a record: its kind, and which of them it is.
    fn key(&self, record: usize) -> String {
        let kind = self.site.records[record].kind;
        let number = self.site.of_kind(kind).position(|other| other == record).unwrap_or_default();
        format!("{}-{}", self.vocabulary.records[kind].name, number + 1)
    }

    fn value(&self, ty: &Type, hole: HoleId) -> String {
        let number = self.filled[hole];
        if let Domain::Record(_) = self.site.holes[hole].domain {
            return usize::try_from(number).map(|record| self.key(record)).unwrap_or_default();
        }
        let split = |number: i64| format!("{}.{}", number / VERSION_BASE % 256, number % 256);
        match ty {
            Type::Text { .. } if number == TEXT_NONE => "none".to_owned(),
            Type::Text { .. } => format!("text-{}", number - FRESH + 1),
            Type::Subnet if number >= FRESH_PUBLIC => format!("11.{}.0/24", split(number - FRESH_PUBLIC)),
            Type::Subnet => format!("10.{}.0/24", split(number - FRESH)),
            Type::Boolean => (number != 0).to_string(),
            Type::Enumeration(_) => {
                self.site.display(self.vocabulary, ty, &Value::Enumeration(usize::try_from(number).unwrap_or_default()))
            }
            Type::Version(_) => format!("\"{}\"", self.site.display(self.vocabulary, ty, &Value::Version(number))),
            _ => number.to_string(),
        }
    }
}
