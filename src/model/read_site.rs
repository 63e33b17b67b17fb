//! A YAML tree to a [`Site`]; everything that does not fit the vocabulary is a finding, and then unknown.

use super::durations;
use super::site::{Datum, Domain, Element, Fact, Hole, Record, Site};
use crate::source::finding::{Finding, nearest};
use crate::source::text::Span;
use crate::source::yaml::{Kind, Node, Style};
use crate::spec::types::{FieldId, RecordId, Subnet, TEXT_NONE, Type, Value};
use crate::spec::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// Keys of a site file that are no facts.
const FILE_KEYS: [&str; 3] = ["rulebook", "kind", durations::KEY];

/// The site that `root` is, and what is wrong with its words.
#[must_use]
pub fn read(vocabulary: &Vocabulary, root: &Node<'_>) -> (Site, Vec<Finding>) {
    let mut reading = Reading { vocabulary, site: Site::default(), findings: Vec::new(), references: Vec::new() };
    let span = root.entries().and_then(|entries| entries.first()).map_or(root.span, |(key, _)| key.span);
    reading.record(vocabulary.site, Some(root), span, None, false);
    reading.resolve_references();
    (reading.site, bounded(reading.findings))
}

/// Most findings about the words of one file: nobody reads more, and a hostile file may hold very many.
const FINDINGS_MAX: usize = 100;

/// The first findings, and one that says that there are more.
fn bounded(mut findings: Vec<Finding>) -> Vec<Finding> {
    if let Some(next) = findings.get(FINDINGS_MAX) {
        let message = format!("{} more words that do not fit, from here on", findings.len() - FINDINGS_MAX);
        let more = Finding::error("too-many-findings", next.primary.span, message).help("correct the others first");
        findings.truncate(FINDINGS_MAX);
        findings.push(more);
    }
    findings
}

struct Reading<'v, 'n, 'a> {
    vocabulary: &'v Vocabulary,
    site: Site,
    findings: Vec<Finding>,
    /// References, to be resolved when all records are known.
    references: Vec<(usize, FieldId, Option<&'n Node<'a>>)>,
}

impl<'n, 'a> Reading<'_, 'n, 'a> {
    /// Adds a record: of a mapping, or all unknown.
    fn record(
        &mut self,
        kind: RecordId,
        node: Option<&'n Node<'a>>,
        span: Span,
        parent: Option<(usize, FieldId)>,
        phantom: bool,
    ) -> usize {
        let vocabulary = self.vocabulary;
        let described = &vocabulary.records[kind];
        let entries = node.map(|node| self.entries(kind, node, parent.is_none())).unwrap_or_default();
        let entry = |field: FieldId| entries.get(field).copied().flatten();
        let key_span = described.key.and_then(entry).map(|(_, value)| value.span);
        let span = key_span.unwrap_or(span);
        let index = self.site.records.len();
        self.site.records.push(Record { kind, facts: Vec::with_capacity(described.fields.len()), span, parent, phantom });
        for (field, description) in described.fields.iter().enumerate() {
            if description.of_plan {
                self.site.records[index].facts.push(Fact { datum: Datum::List(Vec::new()), span: None, faulty: false });
                continue;
            }
            let entry = entry(field);
            if entry.is_none() && description.required && node.is_some() {
                let message = format!("a {} needs `{}`", described.name, description.name);
                let finding = Finding::error("missing-field", span, message);
                self.findings.push(finding.help(format!("add `{}: …`: {}", description.name, lower_first(&description.doc))));
            }
            let stated = entry.map(|(_, value)| value).filter(|value| !value.is_null());
            let fact_span = stated.map(|value| value.span);
            let before = self.findings.len();
            let key_span = entry.map(|(key, _)| key.span);
            let datum = self.datum(index, field, &description.ty, stated, key_span.unwrap_or(span));
            let faulty = self.findings.len() > before || (entry.is_none() && description.required && node.is_some());
            self.site.records[index].facts.push(Fact { datum, span: fact_span, faulty });
        }
        index
    }

    /// The key and value of each field in a mapping, if it is there; unknown and repeated keys are findings.
    fn entries(&mut self, kind: RecordId, node: &'n Node<'a>, is_root: bool) -> Vec<Option<(&'n Node<'a>, &'n Node<'a>)>> {
        let described = &self.vocabulary.records[kind];
        let Some(entries) = node.entries() else {
            let message = format!("a {} should be a mapping of facts, and is {}", described.name, node.describe());
            self.findings.push(Finding::error("wrong-type", node.span, message).help("write `key: value`"));
            return Vec::new();
        };
        let mut out: Vec<Option<(&Node<'_>, &Node<'_>)>> = vec![None; described.fields.len()];
        let mut seen: BTreeMap<&str, &Node<'_>> = BTreeMap::new();
        let mut next = 0;
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            let field = described.field_from(next, name).filter(|field| !described.fields[*field].of_plan);
            next = field.map_or(next, |field| field + 1);
            let first = match field {
                Some(field) => out[field].map(|(key, _)| key),
                None => {
                    let first = seen.get(name).copied();
                    seen.entry(name).or_insert(key);
                    first
                }
            };
            if let Some(first) = first {
                let finding = Finding::error("duplicate-key", key.span, format!("`{name}` is stated twice"));
                self.findings.push(finding.label("again here").other(first.span, "first here").help("remove one of them"));
                continue;
            }
            if let Some(field) = field {
                out[field] = Some((key, value));
            } else if !(is_root && FILE_KEYS.contains(&name)) {
                let message = format!("a {} has no field `{name}`", described.name);
                let help = nearest(name, described.fields.iter().map(|f| &*f.name));
                self.findings.push(Finding::error("unknown-field", key.span, message).help(help));
            }
        }
        out
    }

    fn hole(&mut self, domain: Domain, record: usize, field: FieldId) -> Datum {
        self.site.holes.push(Hole { domain, record, field });
        Datum::Hole(self.site.holes.len() - 1)
    }

    fn datum(&mut self, record: usize, field: FieldId, ty: &Type, node: Option<&'n Node<'a>>, span: Span) -> Datum {
        match (ty, node) {
            (Type::Record(kind), _) => Datum::Record(self.record(*kind, node, span, Some((record, field)), false)),
            (Type::List(inner, at_most), None) => self.absent_list(record, field, inner, *at_most, span),
            (Type::List(inner, at_most), Some(node)) => self.list(record, field, inner, *at_most, node),
            (Type::Set(id), node) => {
                let known = node.and_then(|node| self.set(*id, node));
                known.unwrap_or_else(|| self.unknown_set(*id, record, field))
            }
            (Type::Reference { .. }, _) => {
                self.references.push((record, field, node));
                Datum::Record(0)
            }
            (_, None) => self.unknown(record, field, ty),
            (_, Some(node)) => self.scalar(record, field, ty, node),
        }
    }

    fn unknown(&mut self, record: usize, field: FieldId, ty: &Type) -> Datum {
        let last = |count: usize| i64::try_from(count).unwrap_or(1) - 1;
        let domain = match ty {
            Type::Number { min, max } => Domain::Range(*min, *max),
            Type::Text { optional } => Domain::Text { optional: *optional },
            Type::Subnet => Domain::Subnet,
            Type::Enumeration(id) => Domain::Range(0, last(self.vocabulary.enumerations[*id].values.len())),
            Type::Version(id) => Domain::Range(0, self.vocabulary.versions[*id].code_max()),
            Type::Boolean | Type::Set(_) | Type::List(..) | Type::Record(_) | Type::Reference { .. } => Domain::Boolean,
        };
        self.hole(domain, record, field)
    }

    fn unknown_set(&mut self, enumeration: usize, record: usize, field: FieldId) -> Datum {
        let first = self.site.holes.len();
        let count = self.vocabulary.enumerations[enumeration].values.len();
        for _ in 0..count {
            self.site.holes.push(Hole { domain: Domain::Boolean, record, field });
        }
        Datum::SetHoles(first, count)
    }

    fn absent_list(&mut self, record: usize, field: FieldId, inner: &Type, at_most: usize, span: Span) -> Datum {
        let mut elements: Vec<Element> = Vec::new();
        for _ in 0..at_most {
            let Datum::Hole(present) = self.hole(Domain::Boolean, record, field) else { continue };
            if let Some(before) = elements.last().and_then(|e| e.present) {
                self.site.ordered.push((present, before));
            }
            let datum = match inner {
                Type::Record(kind) => Datum::Record(self.record(*kind, None, span, Some((record, field)), true)),
                _ => self.unknown(record, field, inner),
            };
            elements.push(Element { present: Some(present), datum, span: None });
        }
        Datum::List(elements)
    }

    fn list(&mut self, record: usize, field: FieldId, inner: &Type, at_most: usize, node: &'n Node<'a>) -> Datum {
        let name = &self.vocabulary.records[self.site.records[record].kind].fields[field].name;
        let Some(items) = node.items() else {
            let message = format!("`{name}` should be a list, and is {}", node.describe());
            self.findings.push(Finding::error("wrong-type", node.span, message).help(format!("write `{name}: [ … ]`")));
            return self.absent_list(record, field, inner, at_most, node.span);
        };
        if let Some(extra) = items.get(at_most) {
            let message = format!("`{name}` holds {} items; the limit is {at_most}", items.len());
            self.findings
                .push(Finding::error("too-many-items", extra.span, message).help("the items from here on were not checked"));
        }
        let mut elements: Vec<Element> = Vec::new();
        for item in items.iter().take(at_most) {
            let datum = match inner {
                Type::Record(kind) => {
                    let span = item.entries().and_then(|entries| entries.first()).map_or(item.span, |(key, _)| key.span);
                    let index = self.record(*kind, Some(item), span, Some((record, field)), false);
                    self.refuse_second_id(&elements, index);
                    Datum::Record(index)
                }
                _ => self.scalar(record, field, inner, item),
            };
            elements.push(Element { present: None, datum, span: Some(item.span) });
        }
        Datum::List(elements)
    }

    fn refuse_second_id(&mut self, elements: &[Element], index: usize) {
        let Some(key) = self.site.key_text(self.vocabulary, index) else { return };
        let earlier = elements.iter().find_map(|element| match element.datum {
            Datum::Record(r) if self.site.key_text(self.vocabulary, r) == Some(key) => Some(self.site.records[r].span),
            _ => None,
        });
        if let Some(first) = earlier {
            let message = format!("two records are called `{key}`");
            let finding = Finding::error("duplicate-id", self.site.records[index].span, message);
            self.findings.push(finding.label("again here").other(first, "first here").help("give each a name of its own"));
        }
    }

    fn set(&mut self, id: usize, node: &'n Node<'a>) -> Option<Datum> {
        let enumeration = &self.vocabulary.enumerations[id];
        let Some(items) = node.items() else {
            let message = format!("a set of {} is written as a list", enumeration.name);
            let help = format!("write `[{}]`", node.scalar().unwrap_or("…"));
            self.findings.push(Finding::error("wrong-type", node.span, message).help(help));
            return None;
        };
        let mut bits = 0_u64;
        let mut places: Vec<(usize, Span)> = Vec::new();
        let mut all_known = true;
        for item in items {
            let Some(value) = self.enumeration_value(id, item) else {
                all_known = false;
                continue;
            };
            if let Some((_, first)) = places.iter().find(|(known, _)| *known == value) {
                let finding = Finding::error(
                    "duplicate-value",
                    item.span,
                    format!("`{}` is listed twice", self.vocabulary.enumerations[id].values[value].name),
                );
                self.findings.push(finding.other(*first, "first here").help("remove one of them"));
                continue;
            }
            bits |= 1 << value;
            places.push((value, item.span));
        }
        all_known.then_some(Datum::Set(bits, places))
    }

    fn enumeration_value(&mut self, id: usize, node: &Node<'_>) -> Option<usize> {
        let enumeration = &self.vocabulary.enumerations[id];
        let word = self.word(node, || enumeration.name.clone())?;
        if let Some(value) = enumeration.value(word) {
            return Some(value);
        }
        let refused = enumeration.refused.iter().find(|(known, _)| known == word);
        let finding = match refused {
            Some((_, why)) => {
                Finding::error("refused-value", node.span, format!("`{word}` is not used for a {}", enumeration.name))
                    .help(why.clone())
            }
            None => {
                let help = nearest(&word.to_ascii_lowercase(), enumeration.values.iter().map(|v| &*v.name));
                Finding::error("unknown-value", node.span, format!("`{word}` is no {}", enumeration.name)).help(help)
            }
        };
        self.findings.push(finding);
        None
    }

    fn word<'m>(&mut self, node: &'m Node<'_>, what: impl FnOnce() -> String) -> Option<&'m str> {
        let word = node.scalar();
        if word.is_none() {
            let message = format!("a {} should be a single value, and is {}", what(), node.describe());
            self.findings.push(Finding::error("wrong-type", node.span, message).help("write one value"));
        }
        word
    }

    fn scalar(&mut self, record: usize, field: FieldId, ty: &Type, node: &'n Node<'a>) -> Datum {
        match self.scalar_value(record, field, ty, node) {
            Some(datum) => datum,
            None => self.unknown(record, field, ty),
        }
    }

    fn scalar_value(&mut self, record: usize, field: FieldId, ty: &Type, node: &'n Node<'a>) -> Option<Datum> {
        if let Type::Enumeration(id) = ty {
            return self.enumeration_value(*id, node).map(|value| Datum::Value(Value::Enumeration(value)));
        }
        let name = &self.vocabulary.records[self.site.records[record].kind].fields[field].name;
        let text = self.word(node, || format!("`{name}`"))?;
        let plain = matches!(node.kind, Kind::Scalar(_, Style::Plain));
        let wrong = |message: String, help: String| Finding::error("wrong-type", node.span, message).help(help);
        let finding = match ty {
            Type::Boolean => match text {
                "true" | "false" => return Some(Datum::Value(Value::Boolean(text == "true"))),
                _ => wrong(format!("`{name}` should be true or false, and is `{text}`"), "write `true` or `false`".to_owned()),
            },
            Type::Number { min, max } => match text.parse::<i64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())) {
                Some(number) if (*min..=*max).contains(&number) => return Some(Datum::Value(Value::Number(number))),
                Some(_) => {
                    Finding::error("number-out-of-range", node.span, format!("`{name}` should be {min} to {max}, and is {text}"))
                        .help("check the number; if it is right, this rulebook cannot judge it")
                }
                None => wrong(
                    format!("`{name}` should be a whole number, and is `{text}`"),
                    format!("write a number from {min} to {max}"),
                ),
            },
            Type::Text { optional: true } if plain && text == "none" => return Some(Datum::Value(Value::Text(TEXT_NONE))),
            Type::Text { .. } if text.trim().is_empty() => {
                wrong(format!("`{name}` is empty"), "write a name, or leave the line out".to_owned())
            }
            Type::Text { .. } => {
                let code = self.site.text_code(text);
                return Some(Datum::Value(Value::Text(code)));
            }
            Type::Subnet => match Subnet::parse(text) {
                Ok(subnet) => return Some(Datum::Value(Value::Subnet(self.site.subnet_code(subnet)))),
                Err(why) => {
                    wrong(format!("`{text}` is no block of addresses: {why}"), "write one such as `192.168.10.0/24`".to_owned())
                }
            },
            Type::Version(id) => {
                let kind = &self.vocabulary.versions[*id];
                match kind.parse(text) {
                    Ok((low, high)) if low == high => return Some(Datum::Value(Value::Version(low))),
                    Ok((low, high)) => return Some(self.hole(Domain::Range(low, high), record, field)),
                    Err(why) => wrong(
                        format!("`{text}` is no {}: {why}", kind.name),
                        format!("{} such as `{}`", kind.doc.trim_end_matches('.'), kind.display(example(kind.parts))),
                    ),
                }
            }
            Type::Enumeration(_) | Type::Set(_) | Type::List(..) | Type::Record(_) | Type::Reference { .. } => return None,
        };
        self.findings.push(finding);
        None
    }

    /// Gives every reference its record, now that all are known.
    fn resolve_references(&mut self) {
        // What stands for a record of an empty list has references of its own: one for each list, so that this ends.
        let mut stand_ins: BTreeMap<FieldId, usize> = BTreeMap::new();
        let mut at = 0;
        while let Some(&(record, field, node)) = self.references.get(at) {
            at += 1;
            let Type::Reference { list, record: kind } = self.vocabulary.records[self.site.records[record].kind].fields[field].ty
            else {
                continue;
            };
            let targets: Vec<usize> = match &self.site.records[0].facts[list].datum {
                Datum::List(elements) => {
                    elements.iter().filter_map(|e| if let Datum::Record(r) = e.datum { Some(r) } else { None }).collect()
                }
                _ => Vec::new(),
            };
            let list_name = &self.vocabulary.site_record().fields[list].name;
            let name = node.and_then(|node| self.word(node, || "reference".to_owned()));
            let found =
                name.and_then(|name| targets.iter().copied().find(|&r| self.site.key_text(self.vocabulary, r) == Some(name)));
            let list_is_absent = targets.iter().any(|&r| self.site.records[r].phantom);
            if let (Some(name), Some(node), None, false) = (name, node, found, list_is_absent) {
                let keys: Vec<&str> = targets.iter().filter_map(|&r| self.site.key_text(self.vocabulary, r)).collect();
                let finding =
                    Finding::error("dangling-reference", node.span, format!("nothing in `{list_name}` is called `{name}`"));
                self.findings.push(finding.help(nearest(name, keys)));
                self.site.records[record].facts[field].faulty = true;
            }
            let datum = match found {
                Some(found) => Datum::Record(found),
                None => {
                    let candidates = if targets.is_empty() {
                        let span = self.site.records[record].span;
                        let known = stand_ins.get(&list).copied();
                        let stand_in = known.unwrap_or_else(|| self.record(kind, None, span, Some((0, list)), true));
                        stand_ins.insert(list, stand_in);
                        vec![stand_in]
                    } else {
                        targets
                    };
                    self.hole(Domain::Record(candidates), record, field)
                }
            };
            self.site.records[record].facts[field].datum = datum;
        }
    }
}

/// A code whose parts are 9, 5, 1 as far as there are parts.
fn example(parts: usize) -> i64 {
    [9, 5, 1].iter().take(parts).fold(0, |code, part| code * crate::spec::types::VERSION_BASE + part)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
