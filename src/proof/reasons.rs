//! Why changes of a rulebook go unnoticed, as its author says: `tests/unnoticed.yaml` beside it.

use crate::source::finding::Finding;
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::reader::Reader;

/// A reason, and the changes that go unnoticed because of it.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The reason, as a sentence.
    pub because: String,
    /// Names of changes.
    pub changes: Vec<String>,
}

/// The reasons in a file.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(source: &Source) -> Result<Vec<Reason>, Finding> {
    let root = yaml::parse(source)?;
    let mut reader = Reader::new(source);
    let mut out = Vec::new();
    if root.items().is_none() {
        reader.wrong(&root, "the file of reasons", "a list");
    }
    for item in root.items().unwrap_or_default() {
        let Some(fields) = reader.fields(item, "a reason", &["because", "changes"]) else { continue };
        let because = reader.required_text(&fields, "a reason", "because").unwrap_or_default();
        reader.required(&fields, "a reason", "changes");
        out.push(Reason { because, changes: reader.texts(&fields, "changes") });
    }
    match reader.findings.into_iter().next() {
        Some(finding) => Err(finding),
        None => Ok(out),
    }
}
