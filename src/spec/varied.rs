//! Facts that proofs vary on the sites that stand for others: `varied` in `rulebook.yaml`.

use super::reader::Reader;
use super::types::{EnumerationId, RecordId, Type};
use super::vocabulary::Vocabulary;
use crate::source::finding::Finding;
use crate::source::yaml::Node;
use serde::{Deserialize, Serialize};

/// A fact of each record in a list of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Varied {
    /// The field of the site that is the list.
    pub list: String,
    /// The field of its records.
    pub field: String,
}

impl Varied {
    /// The fact that a path means, `list.field`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let (list, field) = path.split_once('.').unwrap_or((path, ""));
        Self { list: list.to_owned(), field: field.to_owned() }
    }

    /// The kind of the records in the list.
    #[must_use]
    pub fn kind(&self, vocabulary: &Vocabulary) -> Option<RecordId> {
        match &vocabulary.records[vocabulary.site].fields.iter().find(|field| field.name == self.list)?.ty {
            Type::List(inner, _) => match **inner {
                Type::Record(kind) => Some(kind),
                _ => None,
            },
            _ => None,
        }
    }

    /// The enumeration whose values it has, and whether it holds several of them; `None` if it has none, or is not there.
    #[must_use]
    pub fn values(&self, vocabulary: &Vocabulary) -> Option<(EnumerationId, bool)> {
        let fields = &vocabulary.records[self.kind(vocabulary)?].fields;
        match &fields.iter().find(|field| field.name == self.field)?.ty {
            Type::Enumeration(id) => Some((*id, false)),
            Type::Set(id) => Some((*id, true)),
            Type::List(inner, _) => match **inner {
                Type::Enumeration(id) => Some((id, true)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What messages call it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.{}", self.list, self.field)
    }
}

/// Adds a finding for each fact that cannot be varied.
pub fn check(reader: &mut Reader<'_>, vocabulary: &Vocabulary, root: &Node<'_>) {
    for node in root.get("varied").and_then(Node::items).unwrap_or_default() {
        let path = node.scalar().unwrap_or_default();
        if Varied::new(path).values(vocabulary).is_none() {
            let finding = Finding::error("unknown-fact", node.span, format!("`{path}` cannot be varied"));
            let help =
                "name a list of the site and a field of its records whose values are those of an enumeration: `list.field`";
            reader.findings.push(finding.help(help));
        }
    }
}
