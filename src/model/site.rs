//! A site: records of facts, some of them holes. A hole is a fact that the file does not state.

use crate::source::text::Span;
use crate::spec::types::{FRESH, FRESH_PUBLIC, FieldId, RecordId, Subnet, TEXT_NONE, Type, Value};
use crate::spec::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// Index of a hole in its site.
pub type HoleId = usize;

/// A site as its file states it.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// All records; the first is the site itself.
    pub records: Vec<Record>,
    /// All facts that are not stated.
    pub holes: Vec<Hole>,
    /// Where the first hole is true, the second is: elements of an absent list come in order.
    pub ordered: Vec<(HoleId, HoleId)>,
    /// Texts named in the site; code `i + 1`.
    pub texts: Vec<String>,
    /// Subnets named in the site; code `i`.
    pub subnets: Vec<Subnet>,
    /// How long actions take there, by their index: least and most minutes. [`super::durations`] reads them.
    pub durations: BTreeMap<usize, (i64, i64)>,
}

/// A record of a site.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its kind.
    pub kind: RecordId,
    /// One for each field of its kind.
    pub facts: Vec<Fact>,
    /// Its key in the file, or the nearest thing that is in the file.
    pub span: Span,
    /// The record and field that hold it.
    pub parent: Option<(usize, FieldId)>,
    /// Whether it only stands for what an absent list could hold.
    pub phantom: bool,
}

/// A fact, stated or not.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What is known.
    pub datum: Datum,
    /// Where its value stands, if it is stated.
    pub span: Option<Span>,
    /// Whether what stands there is unusable and was reported.
    pub faulty: bool,
}

/// What is known of a fact.
#[derive(Clone, Debug)]
pub enum Datum {
    /// Nothing, or not everything.
    Hole(HoleId),
    /// A single value.
    Value(Value),
    /// A set: its bits, and where each element stands.
    Set(u64, Vec<(usize, Span)>),
    /// A set of which nothing is known: one boolean hole for each value, from this one.
    SetHoles(HoleId, usize),
    /// A list.
    List(Vec<Element>),
    /// A record inside this one, or one that is referred to.
    Record(usize),
}

/// An element of a list.
#[derive(Clone, Debug)]
pub struct Element {
    /// Whether it is there; always, if there is no hole.
    pub present: Option<HoleId>,
    /// What is known of it.
    pub datum: Datum,
    /// Where it stands.
    pub span: Option<Span>,
}

/// A fact that is not stated.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What it can be.
    pub domain: Domain,
    /// The record it belongs to.
    pub record: usize,
    /// The field of that record.
    pub field: FieldId,
}

/// What a hole can be. Every value is a number: see [`Value`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// True or false.
    Boolean,
    /// A number in this range: a number, a value of an enumeration, a version's code.
    Range(i64, i64),
    /// A text: one of the site's, or one of as many others as there are holes.
    Text {
        /// Whether it can be `none`.
        optional: bool,
    },
    /// A subnet: one of the site's, or one of as many private or public others as there are holes.
    Subnet,
    /// One of these records.
    Record(Vec<usize>),
}

impl Site {
    /// The records of a kind, in file order.
    pub fn of_kind(&self, kind: RecordId) -> impl Iterator<Item = usize> + '_ {
        (0..self.records.len()).filter(move |&record| self.records[record].kind == kind)
    }

    /// What a parameter that is absent stands for: all records of a kind, or all texts in the fields called like it.
    #[must_use]
    pub fn all(&self, vocabulary: &Vocabulary, name: &str, ty: &Type) -> Value {
        let Type::List(inner, _) = ty else { return Value::List(Vec::new()) };
        if let Type::Record(kind) = **inner {
            return Value::List(self.of_kind(kind).map(Value::Record).collect());
        }
        let mut out = Vec::new();
        for record in &self.records {
            let Some(field) = vocabulary.records[record.kind].field(name) else { continue };
            let Datum::List(elements) = &record.facts[field].datum else { continue };
            out.extend(elements.iter().filter_map(|element| match &element.datum {
                Datum::Value(value @ Value::Text(_)) => Some(value.clone()),
                _ => None,
            }));
        }
        Value::List(out)
    }

    /// Adds a record that only a plan names, to that list of the site. Its facts are its name.
    pub fn add_object(&mut self, vocabulary: &Vocabulary, list: FieldId, kind: RecordId, name: &str, span: Span) -> usize {
        let code = self.text_code(name);
        let fact = || Fact { datum: Datum::Value(Value::Text(code)), span: None, faulty: false };
        let facts = vocabulary.records[kind].fields.iter().map(|_| fact()).collect();
        let index = self.records.len();
        self.records.push(Record { kind, facts, span, parent: Some((0, list)), phantom: false });
        if let Datum::List(elements) = &mut self.records[0].facts[list].datum {
            elements.push(Element { present: None, datum: Datum::Record(index), span: Some(span) });
        }
        index
    }

    /// The code of a text, new or known.
    pub fn text_code(&mut self, text: &str) -> i64 {
        let index = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        i64::try_from(index).map_or(FRESH, |index| index + 1)
    }

    /// The code of a subnet, new or known.
    pub fn subnet_code(&mut self, subnet: Subnet) -> i64 {
        let index = self.subnets.iter().position(|known| *known == subnet).unwrap_or_else(|| {
            self.subnets.push(subnet);
            self.subnets.len() - 1
        });
        i64::try_from(index).unwrap_or(FRESH)
    }

    /// Whether the subnet of that code is private.
    #[must_use]
    pub fn is_private(&self, code: i64) -> bool {
        match usize::try_from(code).ok().and_then(|index| self.subnets.get(index)) {
            Some(subnet) => subnet.is_private(),
            None => (FRESH..FRESH_PUBLIC).contains(&code),
        }
    }

    /// The inclusive ranges of numbers that a hole can be.
    #[must_use]
    pub fn ranges(&self, hole: HoleId) -> Vec<(i64, i64)> {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let others = count(self.holes.len());
        let mut out = match &self.holes[hole].domain {
            Domain::Boolean => vec![(0, 1)],
            Domain::Range(min, max) => vec![(*min, *max)],
            Domain::Text { optional } => {
                vec![(if *optional { TEXT_NONE } else { 1 }, count(self.texts.len())), (FRESH, FRESH + others)]
            }
            Domain::Subnet => {
                vec![(0, count(self.subnets.len()) - 1), (FRESH, FRESH + others), (FRESH_PUBLIC, FRESH_PUBLIC + others)]
            }
            Domain::Record(records) => records.iter().map(|&r| (count(r), count(r))).collect(),
        };
        out.retain(|(min, max)| min <= max);
        out
    }

    /// What people call a fact: `servers[old].cms.version`. An element of an absent list is called by the list.
    #[must_use]
    pub fn fact_name(&self, vocabulary: &Vocabulary, record: usize, field: FieldId) -> String {
        let (record, field) = self.stated_owner(record, field);
        let name = &vocabulary.records[self.records[record].kind].fields[field].name;
        match self.path(vocabulary, record) {
            path if path.is_empty() => name.clone(),
            path => format!("{path}.{name}"),
        }
    }

    /// What people call a record: its key, or where it stands if it has none: `switches[sw1].links[0]`.
    #[must_use]
    pub fn record_name(&self, vocabulary: &Vocabulary, record: usize) -> String {
        self.key_text(vocabulary, record).map_or_else(|| self.path(vocabulary, record), str::to_owned)
    }

    /// Where a record stands; nothing for the site itself.
    fn path(&self, vocabulary: &Vocabulary, record: usize) -> String {
        let mut parts = Vec::new();
        let mut at = record;
        while let Some((parent, field)) = self.records[at].parent {
            let name = &vocabulary.records[self.records[parent].kind].fields[field].name;
            parts.push(match self.key_text(vocabulary, at) {
                Some(key) => format!("{name}[{key}]"),
                None => match self.position(parent, field, at) {
                    Some(index) => format!("{name}[{index}]"),
                    None => name.clone(),
                },
            });
            at = parent;
        }
        parts.reverse();
        parts.join(".")
    }

    /// The fact itself, or the absent list that the record only stands for an element of.
    #[must_use]
    pub fn stated_owner(&self, record: usize, field: FieldId) -> (usize, FieldId) {
        let mut out = (record, field);
        let mut at = record;
        while let Some((parent, field)) = self.records[at].parent {
            if self.records[at].phantom {
                out = (parent, field);
            }
            at = parent;
        }
        out
    }

    /// The text of a record's key.
    #[must_use]
    pub fn key_text(&self, vocabulary: &Vocabulary, record: usize) -> Option<&str> {
        let record = &self.records[record];
        let key = vocabulary.records[record.kind].key?;
        match record.facts[key].datum {
            Datum::Value(Value::Text(code)) => self.text(code),
            _ => None,
        }
    }

    /// The words of a text's code.
    #[must_use]
    pub fn text(&self, code: i64) -> Option<&str> {
        usize::try_from(code - 1).ok().and_then(|index| self.texts.get(index)).map(String::as_str)
    }

    fn position(&self, parent: usize, field: FieldId, record: usize) -> Option<usize> {
        match &self.records[parent].facts[field].datum {
            Datum::List(elements) => elements.iter().position(|e| matches!(e.datum, Datum::Record(r) if r == record)),
            _ => None,
        }
    }

    /// What people call a value of that type.
    #[must_use]
    pub fn display(&self, vocabulary: &Vocabulary, ty: &Type, value: &Value) -> String {
        match (ty, value) {
            (_, Value::Boolean(yes)) => yes.to_string(),
            (Type::Version(kind), Value::Version(code)) => vocabulary.versions[*kind].display(*code),
            (_, Value::Number(number) | Value::Version(number)) => number.to_string(),
            (_, Value::Text(TEXT_NONE)) => "none".to_owned(),
            (_, Value::Text(code)) => self.text(*code).unwrap_or("another text").to_owned(),
            (_, Value::Subnet(code)) => match usize::try_from(*code).ok().and_then(|index| self.subnets.get(index)) {
                Some(subnet) => subnet.display(),
                None => "another subnet".to_owned(),
            },
            (Type::Enumeration(id), Value::Enumeration(value)) => vocabulary.enumerations[*id].values[*value].name.clone(),
            (Type::Set(id), Value::Set(bits)) => {
                let values = vocabulary.enumerations[*id].values.iter().enumerate();
                let names = values.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, value)| value.name.as_str());
                names.collect::<Vec<_>>().join(", ")
            }
            (_, Value::Record(record)) => self.record_name(vocabulary, *record),
            (_, Value::Enumeration(_) | Value::Set(_) | Value::List(_)) => String::new(),
        }
    }
}
