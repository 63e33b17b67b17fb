//! Where a manual contradicts itself, or says nothing where something is needed, and how a rulebook reads it: `contradictions.yaml`.

use super::reader::{Fields, Reader};
use super::rulebook::{Faulty, Rulebook};
use super::statement::Statement;
use crate::source::finding::{Finding, nearest};
use crate::source::text::Span;
use crate::source::yaml::{self, Node};
use std::collections::BTreeSet;

/// A place of the manual that had to be read one way or another.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its id, such as `CON-01`.
    pub id: String,
    /// Whether two statements contradict each other; else something is missing.
    pub is_contradiction: bool,
    /// The statements it is about.
    pub statements: Vec<String>,
    /// What does not go together, or what is missing.
    pub says: String,
    /// The reading that is taken.
    pub read_as: String,
    /// Where that is modelled: codes and names.
    pub modelled: Vec<String>,
    /// Why it is modelled nowhere.
    pub not_modelled: Option<String>,
    /// Where it stands in the file.
    pub span: Span,
}

/// What a rulebook says of them. Read when asked for.
///
/// # Errors
/// What is wrong with `contradictions.yaml`, or with `statements.yaml`.
pub fn readings(rulebook: &Rulebook) -> Result<Vec<Reading>, Vec<Faulty>> {
    let statements = rulebook.statements().map_err(|faulty| vec![faulty])?;
    let source = rulebook.readings_source();
    let mut reader = Reader::new(source);
    let out = match yaml::parse(source) {
        Ok(root) => all(&mut reader, &root, rulebook, &statements),
        Err(finding) => {
            reader.findings.push(finding);
            Vec::new()
        }
    };
    if reader.findings.is_empty() { Ok(out) } else { Err(vec![Faulty { source: source.clone(), findings: reader.findings }]) }
}

/// The readings in `root`, checked against the statements and everything that has a name in the rulebook.
fn all(reader: &mut Reader<'_>, root: &Node<'_>, rulebook: &Rulebook, statements: &[Statement]) -> Vec<Reading> {
    let mut out: Vec<Reading> = Vec::new();
    let Some(parts) = reader.fields(root, "contradictions.yaml", &["contradictions", "gaps"]) else { return out };
    for (key, is_contradiction) in [("contradictions", true), ("gaps", false)] {
        for node in reader.items(&parts, key) {
            let Some(reading) = reading(reader, node, is_contradiction) else { continue };
            if out.iter().any(|known| known.id == reading.id) {
                let finding = Finding::error("duplicate-reading", node.span, format!("`{}` is there already", reading.id));
                reader.findings.push(finding.help("ids are never reused"));
            }
            out.push(reading);
        }
    }
    let names = names(rulebook);
    for one in &out {
        for id in one.statements.iter().filter(|id| statements.iter().all(|statement| statement.id != **id)) {
            let message = format!("`{}` is about `{id}`, which does not exist", one.id);
            let known = nearest(id, statements.iter().map(|s| &*s.id).filter(|known| known.get(..3) == id.get(..3)));
            reader.findings.push(Finding::error("unknown-statement", one.span, message).help(known));
        }
        for name in one.modelled.iter().filter(|name| !names.contains(name.as_str())) {
            let message = format!("`{}` is said to be modelled in `{name}`, which does not exist", one.id);
            reader.findings.push(Finding::error("unknown-name", one.span, message).help(nearest(name, names.iter().copied())));
        }
    }
    out
}

fn reading(reader: &mut Reader<'_>, node: &Node<'_>, is_contradiction: bool) -> Option<Reading> {
    let what = if is_contradiction { "a contradiction" } else { "a gap" };
    let known = ["id", "statements", "says", "reading", "modelled", "not_modelled"];
    let fields: Fields<'_, '_> = reader.fields(node, what, &known)?;
    reader.required(&fields, what, "statements");
    let statements = reader.texts(&fields, "statements");
    let (id, says) = (reader.required_text(&fields, what, "id"), reader.required_text(&fields, what, "says"));
    let read_as = reader.required_text(&fields, what, "reading");
    let modelled = reader.texts(&fields, "modelled");
    let not_modelled = fields.get("not_modelled").and_then(|node| reader.text(node, "not_modelled"));
    let id = id?;
    if is_contradiction && statements.len() < 2 {
        let message = format!("`{id}` names {} of the statements that contradict each other", statements.len());
        reader
            .findings
            .push(Finding::error("no-contradiction", node.span, message).help("name at least two, or put it among the gaps"));
    }
    if modelled.is_empty() == not_modelled.is_none() {
        let message = format!("`{id}` has to say either where its reading is modelled, or why nowhere");
        let help = "list codes and names in `modelled`, or give a reason in `not_modelled`; not both";
        reader.findings.push(Finding::error("reading-in-no-state", node.span, message).help(help));
    }
    let (says, read_as, span) = (says?, read_as?, node.span);
    Some(Reading { id, is_contradiction, statements, says, read_as, modelled, not_modelled, span })
}

/// Everything in a rulebook that a reading can be modelled in.
fn names(rulebook: &Rulebook) -> BTreeSet<&str> {
    let (nouns, machine) = (&rulebook.vocabulary, &rulebook.machine);
    let rules = rulebook.rules.iter().map(|rule| &rule.code);
    let required = machine.requirements().map(|(_, requirement)| &requirement.code);
    let invariants = machine.invariants.iter().map(|one| &one.code);
    let actions = machine.actions.iter().map(|action| &action.name);
    let enumerations = nouns.enumerations.iter().map(|one| &one.name).chain(nouns.relations.iter().map(|one| &one.name));
    let definitions = nouns.definitions.iter().map(|one| &one.name).chain(nouns.state.iter().map(|one| &one.name));
    rules.chain(required).chain(invariants).chain(actions).chain(enumerations).chain(definitions).map(String::as_str).collect()
}
