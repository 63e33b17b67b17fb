//! Sites with nothing left out, and the third meaning of the language: what spec/README.md says, on plain values,
//! written without the code under test.

use super::expression::{Compare, E, Quantifier};
use super::nouns::Nouns;
use super::random::Random;
use cutover::spec::types::Type;
use cutover::spec::vocabulary::{FactValue, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};

/// Texts that are used; few, so that many are equal. `none` as a text differs from there being none.
const TEXTS: [&str; 8] = ["k0", "k1", "k2", "k3", "none", "14", "Ü b", "true"];

/// Subnets, and whether all of their addresses are private.
pub(crate) const SUBNETS: [(&str, bool); 10] = [
    ("10.1.0.0/16", true),
    ("10.0.0.0/8", true),
    ("10.0.0.0/7", false),
    ("172.16.0.0/12", true),
    ("172.32.0.0/16", false),
    ("192.168.7.0/24", true),
    ("192.169.7.0/24", false),
    ("8.8.8.0/24", false),
    ("fd00:1::/48", true),
    ("2001:db8::/32", false),
];

/// A value. Records are the same only if they are one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Boolean(bool),
    Number(i64),
    Value(usize),
    Version(Vec<i64>),
    /// A text, or that there is none.
    Text(Option<String>),
    /// Index in [`SUBNETS`].
    Subnet(usize),
    Set(BTreeSet<usize>),
    List(Vec<Thing>),
    Record(usize),
}

/// A record.
pub(crate) struct Entry {
    pub(crate) kind: usize,
    pub(crate) facts: Vec<Thing>,
}

/// A site with nothing left out; record 0 is the site.
pub(crate) struct World {
    pub(crate) entries: Vec<Entry>,
    /// For lists (fields of the site) that are empty: what references to them name, a record in no list.
    pub(crate) stand_ins: BTreeMap<usize, usize>,
}

impl World {
    /// A random one.
    pub(crate) fn new(vocabulary: &Vocabulary, random: &mut Random) -> Self {
        let mut world = Self { entries: Vec::new(), stand_ins: BTreeMap::new() };
        let mut references = Vec::new();
        world.record(vocabulary, vocabulary.site, random, &mut references);
        // A stand-in can have references itself.
        while let Some((record, field)) = references.pop() {
            let Type::Reference { list, record: kind } = vocabulary.records[world.entries[record].kind].fields[field].ty else {
                continue;
            };
            let targets: Vec<Thing> = match &world.entries[0].facts[list] {
                Thing::List(elements) => elements.clone(),
                _ => Vec::new(),
            };
            let target = if targets.is_empty() {
                let stand_in = world.stand_ins.get(&list).copied().unwrap_or(world.entries.len());
                if world.stand_ins.insert(list, stand_in).is_none() {
                    world.record(vocabulary, kind, random, &mut references);
                }
                Thing::Record(stand_in)
            } else {
                random.pick(&targets).clone()
            };
            world.entries[record].facts[field] = target;
        }
        world
    }

    fn record(
        &mut self,
        vocabulary: &Vocabulary,
        kind: usize,
        random: &mut Random,
        references: &mut Vec<(usize, usize)>,
    ) -> Thing {
        let index = self.entries.len();
        self.entries.push(Entry { kind, facts: Vec::new() });
        for (field, description) in vocabulary.records[kind].fields.iter().enumerate() {
            if matches!(description.ty, Type::Reference { .. }) {
                references.push((index, field));
            }
            let thing = if description.of_plan {
                Thing::List(Vec::new())
            } else {
                self.thing(vocabulary, &description.ty, random, references)
            };
            self.entries[index].facts.push(thing);
        }
        Thing::Record(index)
    }

    fn thing(&mut self, vocabulary: &Vocabulary, ty: &Type, random: &mut Random, references: &mut Vec<(usize, usize)>) -> Thing {
        match ty {
            Type::Boolean => Thing::Boolean(random.percent(50)),
            Type::Number { min, max } => Thing::Number(random.within(*min, *max)),
            Type::Text { optional } => {
                let none = *optional && random.percent(30);
                Thing::Text((!none).then(|| (*random.pick(&TEXTS)).to_owned()))
            }
            Type::Subnet => Thing::Subnet(random.below(SUBNETS.len())),
            Type::Enumeration(id) => Thing::Value(random.below(vocabulary.enumerations[*id].values.len())),
            Type::Version(id) => Thing::Version(version(vocabulary.versions[*id].parts, random)),
            Type::Set(id) => {
                let density = *random.pick(&[0, 30, 50, 100]);
                Thing::Set((0..vocabulary.enumerations[*id].values.len()).filter(|_| random.percent(density)).collect())
            }
            Type::List(inner, at_most) => {
                let length = if random.percent(15) { 0 } else { random.below((*at_most).min(3)) + 1 };
                let things: Vec<Thing> = (0..length).map(|_| self.thing(vocabulary, inner, random, references)).collect();
                if let Type::Record(kind) = **inner {
                    self.name_apart(vocabulary, kind, &things, random);
                }
                Thing::List(things)
            }
            Type::Record(kind) => self.record(vocabulary, *kind, random, references),
            Type::Reference { .. } => Thing::Record(0),
        }
    }

    /// Gives each record of a list a key of its own.
    fn name_apart(&mut self, vocabulary: &Vocabulary, kind: usize, things: &[Thing], random: &mut Random) {
        let Some(key) = vocabulary.records[kind].key else { return };
        let shift = random.below(TEXTS.len());
        for (index, thing) in things.iter().enumerate() {
            let Thing::Record(record) = thing else { continue };
            self.entries[*record].facts[key] = Thing::Text(Some(TEXTS[(index + shift) % TEXTS.len()].to_owned()));
        }
    }

    /// The text by which references name a record.
    pub(crate) fn key(&self, vocabulary: &Vocabulary, record: usize) -> Option<&str> {
        let entry = &self.entries[record];
        match &entry.facts[vocabulary.records[entry.kind].key?] {
            Thing::Text(text) => text.as_deref(),
            _ => None,
        }
    }

    /// The value of an expression with these values of its variables.
    pub(crate) fn value(&self, nouns: &Nouns, e: &E, frame: &[Thing]) -> Thing {
        let of = |e: &E| self.value(nouns, e, frame);
        let holds = |e: &E| self.holds(nouns, e, frame);
        let vocabulary = &nouns.rulebook.vocabulary;
        match e {
            E::Boolean(value) => Thing::Boolean(*value),
            E::Number(number) => Thing::Number(*number),
            E::Value(value, _) => Thing::Value(*value),
            E::Version(parts, _) => Thing::Version(parts.clone()),
            E::None => Thing::Text(None),
            E::Set(items) => Thing::Set(items.iter().map(|item| as_value(&of(item))).collect()),
            E::Variable(index, _) => frame[*index].clone(),
            E::Site(field, _) => self.entries[0].facts[*field].clone(),
            E::Field(base, field, _) => match of(base) {
                Thing::Record(record) => self.entries[record].facts[*field].clone(),
                other => panic!("{other:?} has no fields"),
            },
            E::Fact(base, enumeration, fact, _) => {
                let value = as_value(&of(base));
                Thing::Boolean(vocabulary.enumerations[*enumeration].values[value].facts[*fact] == FactValue::Boolean(true))
            }
            E::IsPrivate(net) => match of(net) {
                Thing::Subnet(index) => Thing::Boolean(SUBNETS[index].1),
                other => panic!("{other:?} is no subnet"),
            },
            E::Not(a) => Thing::Boolean(!holds(a)),
            E::And(a, b) => Thing::Boolean(holds(a) & holds(b)),
            E::Or(a, b) => Thing::Boolean(holds(a) | holds(b)),
            E::Implies(a, b) => Thing::Boolean(!(holds(a) & !holds(b))),
            E::Compare(how, a, b) => Thing::Boolean(compare(*how, &of(a), &of(b))),
            E::In(turned, a, b) => {
                let wanted = of(a);
                Thing::Boolean(elements(of(b)).contains(&wanted) != *turned)
            }
            E::Plus(a, b) => Thing::Number(as_number(&of(a)) + as_number(&of(b))),
            E::Union(a, b) => Thing::Set(as_set(of(a)).union(&as_set(of(b))).copied().collect()),
            E::Difference(a, b) => Thing::Set(as_set(of(a)).difference(&as_set(of(b))).copied().collect()),
            E::If(condition, a, b) => {
                let (a, b) = (of(a), of(b));
                if holds(condition) { a } else { b }
            }
            E::Relation(id, _, arguments) => {
                let row: Vec<usize> = arguments.iter().map(|a| as_value(&of(a))).collect();
                let relation = &vocabulary.relations[*id];
                let reversed: Vec<usize> = row.iter().rev().copied().collect();
                Thing::Boolean(relation.rows.iter().any(|known| *known == row || (relation.symmetric && *known == reversed)))
            }
            E::Definition(id, _, arguments) => {
                let inner: Vec<Thing> = arguments.iter().map(of).collect();
                self.value(nouns, &nouns.definitions[*id].body, &inner)
            }
            E::Quantified(quantifier, names, collection, body) => {
                self.quantified(nouns, *quantifier, names.len(), of(collection), body, frame)
            }
            E::Count(collection) => Thing::Number(i64::try_from(elements(of(collection)).len()).unwrap()),
        }
    }

    /// Whether a boolean expression is true.
    pub(crate) fn holds(&self, nouns: &Nouns, e: &E, frame: &[Thing]) -> bool {
        match self.value(nouns, e, frame) {
            Thing::Boolean(value) => value,
            other => panic!("{other:?} is no boolean"),
        }
    }

    fn quantified(
        &self,
        nouns: &Nouns,
        quantifier: Quantifier,
        names: usize,
        collection: Thing,
        body: &E,
        frame: &[Thing],
    ) -> Thing {
        let elements = elements(collection);
        let mut asked: Vec<Vec<Thing>> = Vec::new();
        for (index, first) in elements.iter().enumerate() {
            if names == 1 {
                asked.push(vec![first.clone()]);
            } else {
                asked.extend(elements[index + 1..].iter().map(|second| vec![first.clone(), second.clone()]));
            }
        }
        let holds = |chosen: &Vec<Thing>| {
            let frame: Vec<Thing> = frame.iter().chain(chosen).cloned().collect();
            self.holds(nouns, body, &frame)
        };
        match quantifier {
            Quantifier::All => Thing::Boolean(asked.iter().all(holds)),
            Quantifier::Exists => Thing::Boolean(asked.iter().any(holds)),
            Quantifier::Count => Thing::Number(i64::try_from(asked.iter().filter(|chosen| holds(chosen)).count()).unwrap()),
        }
    }
}

/// Parts of a version.
pub(crate) fn version(parts: usize, random: &mut Random) -> Vec<i64> {
    (0..parts).map(|_| *random.pick(&[0, 1, 2, 2, 9, 10, 999])).collect()
}

/// The elements of a list or set.
pub(crate) fn elements(collection: Thing) -> Vec<Thing> {
    match collection {
        Thing::List(things) => things,
        Thing::Set(values) => values.into_iter().map(Thing::Value).collect(),
        other => panic!("{other:?} has no elements"),
    }
}

fn as_value(thing: &Thing) -> usize {
    match thing {
        Thing::Value(value) => *value,
        other => panic!("{other:?} is no value of an enumeration"),
    }
}

fn as_set(thing: Thing) -> BTreeSet<usize> {
    match thing {
        Thing::Set(values) => values,
        other => panic!("{other:?} is no set"),
    }
}

fn as_number(thing: &Thing) -> i64 {
    match thing {
        Thing::Number(number) => *number,
        other => panic!("{other:?} is no number"),
    }
}

fn compare(how: Compare, a: &Thing, b: &Thing) -> bool {
    let order = || match (a, b) {
        (Thing::Number(a), Thing::Number(b)) => a.cmp(b),
        (Thing::Version(a), Thing::Version(b)) => a.cmp(b),
        other => panic!("{other:?} have no order"),
    };
    match how {
        Compare::Equal => a == b,
        Compare::Unequal => a != b,
        Compare::Less => order().is_lt(),
        Compare::AtMost => order().is_le(),
        Compare::Greater => order().is_gt(),
        Compare::AtLeast => order().is_ge(),
    }
}
