//! `vocabulary.yaml` to a [`Vocabulary`].

use super::parser;
use super::reader::Reader;
use super::types::Type;
use super::typing::{Typing, fact_type};
use super::vocabulary::{Definition, Enumeration, EnumerationValue, FactValue, Field, Record, Relation, VersionKind, Vocabulary};
use crate::source::finding::{Finding, nearest};
use crate::source::yaml::Node;

/// Most values of an enumeration: a set of them is one machine word.
const VALUES_MAX: usize = 64;

/// The vocabulary in `node`; `site` names the record that a site is.
pub fn vocabulary(reader: &mut Reader<'_>, node: &Node<'_>, site: &str) -> Option<Vocabulary> {
    let known = ["versions", "enumerations", "relations", "records", "definitions"];
    let fields = reader.fields(node, "a vocabulary", &known)?;
    let mut out = Vocabulary::default();
    if let Some(node) = fields.get("versions") {
        for (name, _, value) in reader.entries(node, "versions")? {
            out.versions.extend(version(reader, name, value));
        }
    }
    if let Some(node) = fields.get("enumerations") {
        for (name, _, value) in reader.entries(node, "enumerations")? {
            out.enumerations.extend(enumeration(reader, name, value));
        }
    }
    if let Some(node) = fields.get("relations") {
        for (name, _, value) in reader.entries(node, "relations")? {
            let relation = relation(reader, &out, name, value);
            out.relations.extend(relation);
        }
    }
    let records = reader.required(&fields, "a vocabulary", "records")?;
    let entries = reader.entries(records, "records")?;
    for (name, ..) in &entries {
        out.records.push(Record { name: (*name).to_owned(), doc: String::new(), fields: Vec::new(), key: None });
    }
    out.site = out.record(site).or_else(|| {
        let finding = Finding::error("unknown-type", records.span, format!("no record is called `{site}`"));
        reader.findings.push(finding.help("`site` in rulebook.yaml names the record that a site is"));
        None
    })?;
    // The site first: references name its fields.
    let site_first = |at: &usize| usize::from(*at != out.site);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(site_first);
    let mut references = Vec::new();
    for at in order {
        record(reader, &mut out, at, entries[at].2, &mut references);
    }
    for (at, (name, key, _)) in entries.iter().enumerate() {
        if holds(&out, at, at, &mut Vec::new()) {
            let finding =
                Finding::error("circular-record", key.span, format!("a record `{name}` holds another `{name}`, without end"));
            reader.findings.push(finding.help("make one of its fields a `reference to` a list of the site"));
        }
    }
    for (record, field, node) in references {
        resolve_reference(reader, &mut out, record, field, node);
    }
    if let Some(node) = fields.get("definitions") {
        for (name, key, value) in reader.entries(node, "definitions")? {
            let definition = definition(reader, &out, false, name, key, value);
            out.definitions.extend(definition);
        }
    }
    Some(out)
}

/// Whether a record holds one of that kind, in its fields or in theirs. References are not read yet.
fn holds(vocabulary: &Vocabulary, record: usize, kind: usize, seen: &mut Vec<usize>) -> bool {
    let inner = |ty: &Type| match ty {
        Type::Record(record) => Some(*record),
        Type::List(inner, _) => {
            if let Type::Record(record) = **inner {
                Some(record)
            } else {
                None
            }
        }
        _ => None,
    };
    let held: Vec<usize> = vocabulary.records[record].fields.iter().filter_map(|field| inner(&field.ty)).collect();
    held.into_iter().any(|held| {
        held == kind
            || (!seen.contains(&held) && {
                seen.push(held);
                holds(vocabulary, held, kind, seen)
            })
    })
}

fn version(reader: &mut Reader<'_>, name: &str, node: &Node<'_>) -> Option<VersionKind> {
    let fields = reader.fields(node, "a kind of version", &["doc", "prefix", "parts", "statements"])?;
    let doc = reader.required_text(&fields, "a kind of version", "doc")?;
    let parts_node = reader.required(&fields, "a kind of version", "parts")?;
    let Some(parts @ 1..=3) = parts_node.scalar().and_then(|text| text.parse::<usize>().ok()) else {
        reader.wrong(parts_node, "parts", "a number from 1 to 3");
        return None;
    };
    let prefix = fields.get("prefix").and_then(|node| reader.text(node, "prefix")).unwrap_or_default();
    Some(VersionKind { name: name.to_owned(), doc, prefix, parts, statements: reader.texts(&fields, "statements") })
}

fn enumeration(reader: &mut Reader<'_>, name: &str, node: &Node<'_>) -> Option<Enumeration> {
    let what = format!("enumeration `{name}`");
    let fields = reader.fields(node, &what, &["doc", "statements", "facts", "values", "refused"])?;
    let doc = reader.required_text(&fields, &what, "doc")?;
    let mut facts = Vec::new();
    if let Some(node) = fields.get("facts") {
        for (fact, _, ty) in reader.entries(node, "facts")? {
            match ty.scalar() {
                Some("boolean") => facts.push((fact.to_owned(), Type::Boolean)),
                Some("text") => facts.push((fact.to_owned(), Type::Text { optional: false })),
                _ => reader.wrong(ty, fact, "`boolean` or `text`"),
            }
        }
    }
    let values_node = reader.required(&fields, &what, "values")?;
    let mut values = Vec::new();
    for (value, _, node) in reader.entries(values_node, "values")? {
        let names: Vec<&str> = facts.iter().map(|(fact, _)| fact.as_str()).collect();
        let value_what = format!("{name} `{value}`");
        let Some(stated) = reader.fields(node, &value_what, &names) else { continue };
        let mut known = Vec::new();
        for (fact, ty) in &facts {
            let Some(node) = reader.required(&stated, &value_what, fact) else { continue };
            let fact_value = match (ty, node.scalar()) {
                (Type::Boolean, Some(word @ ("true" | "false"))) => FactValue::Boolean(word == "true"),
                (Type::Text { .. }, Some(text)) => FactValue::Text(text.to_owned()),
                _ => {
                    reader.wrong(node, fact, if *ty == Type::Boolean { "`true` or `false`" } else { "text" });
                    continue;
                }
            };
            debug_assert_eq!(fact_type(&fact_value), *ty, "the branch above decides by the type");
            known.push(fact_value);
        }
        if known.len() == facts.len() {
            values.push(EnumerationValue { name: value.to_owned(), facts: known });
        }
    }
    if values.len() > VALUES_MAX {
        reader.wrong(values_node, "values", &format!("at most {VALUES_MAX} values"));
        return None;
    }
    let mut refused = Vec::new();
    if let Some(node) = fields.get("refused") {
        for (word, _, why) in reader.entries(node, "refused")? {
            refused.extend(reader.text(why, word).map(|why| (word.to_owned(), why)));
        }
    }
    Some(Enumeration { name: name.to_owned(), doc, facts, values, refused, statements: reader.texts(&fields, "statements") })
}

fn relation(reader: &mut Reader<'_>, vocabulary: &Vocabulary, name: &str, node: &Node<'_>) -> Option<Relation> {
    let what = format!("relation `{name}`");
    let fields = reader.fields(node, &what, &["doc", "of", "symmetric", "statements", "rows"])?;
    let doc = reader.required_text(&fields, &what, "doc")?;
    let mut columns = Vec::new();
    for node in reader.items(&fields, "of") {
        let column = node.scalar().unwrap_or_default();
        match vocabulary.enumeration(column) {
            Some(id) => columns.push(id),
            None => {
                let finding = Finding::error("unknown-type", node.span, format!("no enumeration is called `{column}`"));
                reader.findings.push(finding.help(nearest(column, vocabulary.enumerations.iter().map(|e| &*e.name))));
                return None;
            }
        }
    }
    let symmetric = reader.flag(&fields, "symmetric");
    if symmetric && (columns.len() != 2 || columns[0] != columns[1]) {
        reader.wrong(node, &what, "of two equal columns to be symmetric");
    }
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for node in reader.items(&fields, "rows") {
        let Some(row) = relation_row(reader, vocabulary, &columns, node) else { continue };
        let mut forms = vec![row.clone()];
        if symmetric {
            forms.push(row.iter().rev().copied().collect());
        }
        if rows.contains(&row) {
            let finding = Finding::error("duplicate-row", node.span, "this row is there already");
            reader.findings.push(finding.help("remove it"));
        }
        for form in forms {
            if !rows.contains(&form) {
                rows.push(form);
            }
        }
    }
    Some(Relation { name: name.to_owned(), doc, columns, symmetric, rows, statements: reader.texts(&fields, "statements") })
}

fn relation_row(reader: &mut Reader<'_>, vocabulary: &Vocabulary, columns: &[usize], node: &Node<'_>) -> Option<Vec<usize>> {
    let items = node.items().filter(|items| items.len() == columns.len());
    let Some(items) = items else {
        reader.wrong(node, "a row", &format!("a list of {} values", columns.len()));
        return None;
    };
    let mut row = Vec::new();
    for (item, column) in items.iter().zip(columns) {
        let word = item.scalar().unwrap_or_default();
        let enumeration = &vocabulary.enumerations[*column];
        match enumeration.value(word) {
            Some(value) => row.push(value),
            None => {
                let finding = Finding::error("unknown-value", item.span, format!("`{word}` is no {}", enumeration.name));
                reader.findings.push(finding.help(nearest(word, enumeration.values.iter().map(|v| &*v.name))));
                return None;
            }
        }
    }
    Some(row)
}

type Unresolved<'n, 'a> = (usize, usize, &'n Node<'a>);

fn record<'n, 'a>(
    reader: &mut Reader<'_>,
    out: &mut Vocabulary,
    at: usize,
    node: &'n Node<'a>,
    references: &mut Vec<Unresolved<'n, 'a>>,
) {
    let name = out.records[at].name.clone();
    let Some(fields) = reader.fields(node, &format!("record `{name}`"), &["doc", "fields"]) else { return };
    out.records[at].doc = reader.required_text(&fields, "a record", "doc").unwrap_or_default();
    let Some(list) = reader.required(&fields, "a record", "fields") else { return };
    for (field_name, key_node, value) in reader.entries(list, "fields").unwrap_or_default() {
        let what = format!("field `{name}.{field_name}`");
        let known = ["type", "at_most", "required", "plan", "key", "doc", "statements"];
        let Some(stated) = reader.fields(value, &what, &known) else { continue };
        let Some(type_node) = reader.required(&stated, &what, "type") else { continue };
        let at_most = stated.get("at_most").and_then(|n| n.scalar()?.parse::<usize>().ok());
        let text = type_node.scalar().unwrap_or_default();
        let ty = if text.starts_with("reference to ") {
            references.push((at, out.records[at].fields.len(), type_node));
            Some(Type::Boolean)
        } else {
            field_type(reader, out, type_node, text, at_most)
        };
        let Some(ty) = ty else { continue };
        if reader.flag(&stated, "key") {
            if ty != (Type::Text { optional: false }) {
                reader.wrong(type_node, "a key", "`text`");
            }
            out.records[at].key = Some(out.records[at].fields.len());
        }
        let doc = reader.required_text(&stated, &what, "doc").unwrap_or_default();
        if field_name.contains('-') {
            let finding = Finding::error("bad-name", key_node.span, "a field's name has `_`, not `-`");
            reader.findings.push(finding.help("values have `-`, fields have `_`"));
        }
        let statements = reader.texts(&stated, "statements");
        let required = reader.flag(&stated, "required");
        let of_plan = reader.flag(&stated, "plan");
        if of_plan && (at != out.site || !matches!(ty, Type::List(..))) {
            reader.wrong(type_node, "a field that a plan fills", "a list of the site");
        }
        out.records[at].fields.push(Field { name: field_name.to_owned(), ty, required, of_plan, doc, statements });
    }
}

pub(super) fn field_type(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    node: &Node<'_>,
    text: &str,
    at_most: Option<usize>,
) -> Option<Type> {
    if let Some(inner) = text.strip_prefix("list of ") {
        let Some(at_most) = at_most.filter(|n| (1..=64).contains(n)) else {
            reader.wrong(node, "a list", "bounded: add `at_most: N`, 1 to 64");
            return None;
        };
        let inner = field_type(reader, vocabulary, node, inner, None)?;
        if matches!(inner, Type::List(..) | Type::Set(_)) {
            reader.wrong(node, "the type of a list's items", "a single value or a record");
            return None;
        }
        return Some(Type::List(Box::new(inner), at_most));
    }
    if let Some(name) = text.strip_prefix("set of ")
        && let Some(id) = vocabulary.enumeration(name)
    {
        return Some(Type::Set(id));
    }
    if let Some((min, max)) = text.split_once("..")
        && let (Ok(min), Ok(max)) = (min.parse::<i64>(), max.parse::<i64>())
        && (0..=1_000_000).contains(&min)
        && (min..=1_000_000).contains(&max)
    {
        return Some(Type::Number { min, max });
    }
    let simple = match text {
        "boolean" => Some(Type::Boolean),
        "text" => Some(Type::Text { optional: false }),
        "text or none" => Some(Type::Text { optional: true }),
        "subnet" => Some(Type::Subnet),
        _ => None,
    };
    let named = || vocabulary.enumeration(text).map(Type::Enumeration).or_else(|| vocabulary.version(text).map(Type::Version));
    simple.or_else(named).or_else(|| vocabulary.record(text).map(Type::Record)).or_else(|| {
        let known = ["boolean", "text", "text or none", "subnet"].into_iter();
        let known = known.chain(vocabulary.enumerations.iter().map(|e| &*e.name));
        let known = known.chain(vocabulary.versions.iter().map(|v| &*v.name)).chain(vocabulary.records.iter().map(|r| &*r.name));
        let help = nearest(text, known);
        reader.findings.push(Finding::error("unknown-type", node.span, format!("unknown type `{text}`")).help(help));
        None
    })
}

fn resolve_reference(reader: &mut Reader<'_>, out: &mut Vocabulary, record: usize, field: usize, node: &Node<'_>) {
    let target = node.scalar().unwrap_or_default().trim_start_matches("reference to ").to_owned();
    let list = out.site_record().field(&target);
    let ty = list.and_then(|list| match &out.site_record().fields[list].ty {
        Type::List(inner, _) => match **inner {
            Type::Record(id) if out.records[id].key.is_some() => Some(Type::Reference { list, record: id }),
            _ => None,
        },
        _ => None,
    });
    match ty {
        Some(ty) => out.records[record].fields[field].ty = ty,
        None => {
            let message = format!("`{target}` is no list of the site whose records have a key");
            let lists = out.site_record().fields.iter().filter(|f| matches!(f.ty, Type::List(..))).map(|f| &*f.name);
            let finding = Finding::error("unknown-type", node.span, message).help(nearest(&target, lists));
            reader.findings.push(finding);
        }
    }
}

/// A definition; `with_state` where it may use state variables.
pub(super) fn definition(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    with_state: bool,
    name: &str,
    key: &Node<'_>,
    node: &Node<'_>,
) -> Option<Definition> {
    let what = format!("definition `{name}`");
    let fields = reader.fields(node, &what, &["of", "is", "doc"])?;
    let mut parameters = Vec::new();
    if let Some(node) = fields.get("of") {
        for (parameter, _, ty) in reader.entries(node, "of")? {
            let text = ty.scalar().unwrap_or_default();
            parameters.push((parameter.to_owned(), field_type(reader, vocabulary, ty, text, Some(64))?));
        }
    }
    let body = reader.required(&fields, &what, "is")?;
    let mut typing = Typing::new(vocabulary, parameters.clone());
    typing.with_state = with_state;
    let body = expression(reader, body, &mut typing)?;
    Some(Definition { name: name.to_owned(), parameters, body, span: key.span })
}

/// The boolean expression that a scalar holds; problems become findings.
pub fn expression(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>) -> Option<super::expr::Expr> {
    let Some(text) = node.scalar() else {
        reader.wrong(node, "an expression", "text");
        return None;
    };
    let out = match parser::expression(text) {
        Ok(ast) => typing.boolean(&ast),
        Err(problem) => {
            reader.problem(node, 0, problem);
            None
        }
    };
    for problem in std::mem::take(&mut typing.problems) {
        reader.problem(node, 0, problem);
    }
    out
}
