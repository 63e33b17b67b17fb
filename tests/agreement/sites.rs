//! Sites as text, with facts left out; and the ways to fill what is left out.

use super::random::Random;
use super::world::{SUBNETS, Thing, World};
use cutover::model::site::{Datum, Domain, Hole, Site};
use cutover::spec::types::{FRESH, FRESH_PUBLIC, Subnet, Type};
use cutover::spec::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// The site as text; each fact is left out, or left vague, so many times in a hundred.
pub(crate) fn yaml(vocabulary: &Vocabulary, rulebook: &str, world: &World, left_out: usize, random: &mut Random) -> String {
    let mut out = Writing { vocabulary, world, left_out, random, out: format!("{{ rulebook: {rulebook}, kind: site") };
    out.facts(0, 0, false);
    out.out
}

struct Writing<'a> {
    vocabulary: &'a Vocabulary,
    world: &'a World,
    left_out: usize,
    random: &'a mut Random,
    out: String,
}

impl Writing<'_> {
    fn facts(&mut self, record: usize, depth: usize, mut first: bool) {
        let entry = &self.world.entries[record];
        for (description, thing) in self.vocabulary.records[entry.kind].fields.iter().zip(&entry.facts) {
            let is_reference = matches!(description.ty, Type::Reference { .. });
            let unnamed = matches!(thing, Thing::Record(target) if is_reference && !self.is_listed(&description.ty, *target));
            if description.of_plan || unnamed || self.random.percent(self.left_out) {
                continue;
            }
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            let line = if depth == 0 { "\n  " } else { " " };
            self.out.push_str(&format!("{comma}{line}{}: ", description.name));
            if self.left_out > 0 && self.random.percent(4) {
                self.out.push_str(self.random.pick::<&str>(&["~", "null"]));
            } else {
                self.thing(&description.ty, thing, depth);
            }
        }
        self.out.push_str(" }");
    }

    fn is_listed(&self, ty: &Type, target: usize) -> bool {
        let Type::Reference { list, .. } = ty else { return false };
        matches!(&self.world.entries[0].facts[*list], Thing::List(things) if things.contains(&Thing::Record(target)))
    }

    fn thing(&mut self, ty: &Type, thing: &Thing, depth: usize) {
        let vocabulary = self.vocabulary;
        let text = match (ty, thing) {
            (_, Thing::Boolean(value)) => value.to_string(),
            (_, Thing::Number(number)) => number.to_string(),
            (Type::Enumeration(id), Thing::Value(value)) => quoted(&vocabulary.enumerations[*id].values[*value].name),
            (Type::Version(id), Thing::Version(parts)) => {
                let vague = self.random.percent(self.left_out);
                let stated = if vague { 1 + self.random.below(parts.len()) } else { parts.len() };
                let digits: Vec<String> = parts[..stated].iter().map(i64::to_string).collect();
                format!("{}{}", vocabulary.versions[*id].prefix, digits.join("."))
            }
            (_, Thing::Text(None)) => "none".to_owned(),
            (_, Thing::Text(Some(text))) => quoted(text),
            (_, Thing::Subnet(index)) => quoted(SUBNETS[*index].0),
            (Type::Set(id), Thing::Set(values)) => {
                let names: Vec<String> =
                    values.iter().map(|value| quoted(&vocabulary.enumerations[*id].values[*value].name)).collect();
                format!("[{}]", names.join(", "))
            }
            (Type::List(inner, _), Thing::List(things)) => {
                self.out.push('[');
                for (index, thing) in things.iter().enumerate() {
                    self.out.push_str(if index == 0 { "" } else { ", " });
                    self.thing(inner, thing, depth + 1);
                }
                "]".to_owned()
            }
            (Type::Record(_), Thing::Record(record)) => {
                self.out.push('{');
                self.facts(*record, depth + 1, true);
                String::new()
            }
            (Type::Reference { .. }, Thing::Record(record)) => {
                quoted(self.world.key(vocabulary, *record).expect("targets have keys"))
            }
            other => panic!("{other:?} do not belong together"),
        };
        self.out.push_str(&text);
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Any way to fill the holes of a site.
pub(crate) fn completion(site: &Site, random: &mut Random) -> Vec<i64> {
    let mut filled: Vec<i64> = (0..site.holes.len())
        .map(|hole| {
            let ranges = site.ranges(hole);
            assert!(!ranges.is_empty(), "hole {hole} can be nothing: {:?}", site.holes[hole]);
            let (min, max) = *random.pick(&ranges);
            // Few new texts and subnets, so that some are equal.
            random.within(min, if min >= FRESH { max.min(min + 2) } else { max })
        })
        .collect();
    for &(later, earlier) in &site.ordered {
        filled[later] &= filled[earlier];
    }
    filled
}

/// Whether a site can be so at all.
pub(crate) fn is_possible(site: &Site, filled: &[i64]) -> bool {
    let in_range = |hole: usize| site.ranges(hole).iter().any(|(min, max)| (*min..=*max).contains(&filled[hole]));
    filled.len() == site.holes.len()
        && (0..filled.len()).all(in_range)
        && site.ordered.iter().all(|&(later, earlier)| filled[later] == 0 || filled[earlier] != 0)
}

/// The way to fill the holes of a site that makes it the world it was cut out of. What the world does not say
/// (elements that are not there) is filled anyhow.
pub(crate) fn of_world(vocabulary: &Vocabulary, site: &Site, world: &World, random: &mut Random) -> Vec<i64> {
    let filled = completion(site, random);
    let mut filling = Filling { vocabulary, site, world, filled, records: BTreeMap::new(), new: Vec::new() };
    filling.pair(0, 0);
    for (list, entry) in &world.stand_ins {
        // Nothing in a list is such a record: the first that references can name stands for it.
        let domain = |hole: &Hole| match vocabulary.records[site.records[hole.record].kind].fields[hole.field].ty {
            Type::Reference { list: named, .. } if named == *list => Some(hole.domain.clone()),
            _ => None,
        };
        if let Some(Domain::Record(candidates)) = site.holes.iter().find_map(domain) {
            filling.pair(*entry, candidates[0]);
        }
    }
    let pairs: Vec<(usize, usize)> = filling.records.iter().map(|(entry, record)| (*entry, *record)).collect();
    for (entry, record) in pairs {
        for field in 0..world.entries[entry].facts.len() {
            let ty = &vocabulary.records[world.entries[entry].kind].fields[field].ty;
            filling.fill(ty, &world.entries[entry].facts[field], &site.records[record].facts[field].datum);
        }
    }
    filling.filled
}

struct Filling<'a> {
    vocabulary: &'a Vocabulary,
    site: &'a Site,
    world: &'a World,
    filled: Vec<i64>,
    /// Which record of the site each of the world's is.
    records: BTreeMap<usize, usize>,
    /// Texts and subnets that the site does not name.
    new: Vec<Thing>,
}

impl Filling<'_> {
    fn pair(&mut self, entry: usize, record: usize) {
        self.records.insert(entry, record);
        let kind = &self.vocabulary.records[self.world.entries[entry].kind];
        for (field, thing) in self.world.entries[entry].facts.iter().enumerate() {
            match (&kind.fields[field].ty, thing, &self.site.records[record].facts[field].datum) {
                (Type::Record(_), Thing::Record(inner), Datum::Record(datum)) => self.pair(*inner, *datum),
                (Type::List(..), Thing::List(things), Datum::List(elements)) => {
                    for (thing, element) in things.iter().zip(elements) {
                        if let (Thing::Record(inner), Datum::Record(datum)) = (thing, &element.datum) {
                            self.pair(*inner, *datum);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn fill(&mut self, ty: &Type, thing: &Thing, datum: &Datum) {
        match (thing, datum) {
            (_, Datum::Hole(hole)) => {
                if let (Type::Reference { .. }, Thing::Record(target)) = (ty, thing) {
                    self.filled[*hole] = i64::try_from(self.records[target]).unwrap();
                } else {
                    self.filled[*hole] = self.code(thing);
                }
            }
            (Thing::Set(values), Datum::SetHoles(first, count)) => {
                for value in 0..*count {
                    self.filled[first + value] = i64::from(values.contains(&value));
                }
            }
            (Thing::List(things), Datum::List(elements)) => {
                let Type::List(inner, _) = ty else { return };
                for (index, element) in elements.iter().enumerate() {
                    if let Some(hole) = element.present {
                        self.filled[hole] = i64::from(index < things.len());
                    }
                    if let Some(thing) = things.get(index) {
                        self.fill(inner, thing, &element.datum);
                    }
                }
            }
            _ => {}
        }
    }

    /// The number that stands for a value.
    fn code(&mut self, thing: &Thing) -> i64 {
        let number = |n: usize| i64::try_from(n).unwrap();
        match thing {
            Thing::Boolean(value) => i64::from(*value),
            Thing::Number(n) => *n,
            Thing::Value(value) => number(*value),
            Thing::Version(parts) => parts.iter().fold(0, |code, part| code * 1_000 + part),
            Thing::Text(None) => 0,
            Thing::Text(Some(text)) => match self.site.texts.iter().position(|known| known == text) {
                Some(index) => number(index) + 1,
                None => FRESH + number(self.newcomer(thing)),
            },
            Thing::Subnet(index) => {
                let (text, private) = SUBNETS[*index];
                let subnet = Subnet::parse(text).unwrap();
                match self.site.subnets.iter().position(|known| *known == subnet) {
                    Some(index) => number(index),
                    None => number(self.newcomer(thing)) + if private { FRESH } else { FRESH_PUBLIC },
                }
            }
            other => panic!("{other:?} is no single value"),
        }
    }

    fn newcomer(&mut self, thing: &Thing) -> usize {
        self.new.iter().position(|known| known == thing).unwrap_or_else(|| {
            self.new.push(thing.clone());
            self.new.len() - 1
        })
    }
}
