//! The statements of a manual, and what becomes of each.

use super::reader::Reader;
use crate::source::finding::Finding;
use crate::source::text::Span;
use crate::source::yaml::Node;

/// A sentence of the manual that a checker could hold someone to.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id, such as `PLAT-01`.
    pub id: String,
    /// The manual's page.
    pub page: String,
    /// A short paraphrase.
    pub says: String,
    /// Whether it follows from the manual rather than standing in it.
    pub derived: bool,
    /// What its author says becomes of it, where nothing cites it.
    pub fate: Option<Fate>,
    /// Where it stands in the file.
    pub span: Span,
}

/// What becomes of a statement that nothing cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Only these kinds of file can show it: `plan`, `log`.
    TestedOn(Vec<String>),
    /// Left out, for this reason.
    NotModelled(String),
}

/// The statements in `node`.
pub fn statements(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Statement> {
    let Some(items) = node.items() else {
        reader.wrong(node, "statements.yaml", "a list");
        return Vec::new();
    };
    let mut out: Vec<Statement> = Vec::new();
    for item in items {
        let Some(statement) = statement(reader, item) else { continue };
        if out.iter().any(|known| known.id == statement.id) {
            let finding = Finding::error("duplicate-statement", item.span, format!("`{}` is there already", statement.id));
            reader.findings.push(finding.help("ids are never reused"));
        }
        out.push(statement);
    }
    out
}

fn statement(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Statement> {
    let fields = reader.fields(node, "a statement", &["id", "page", "says", "derived", "tested_on", "not_modelled"])?;
    let id = reader.required_text(&fields, "a statement", "id")?;
    let page = reader.required_text(&fields, "a statement", "page")?;
    let says = reader.required_text(&fields, "a statement", "says")?;
    let tested_on = fields.get("tested_on").map(|_| reader.texts(&fields, "tested_on"));
    if let (Some(words), Some(node)) = (&tested_on, fields.get("tested_on"))
        && (words.is_empty() || words.iter().any(|word| word != "plan" && word != "log"))
    {
        reader.wrong(node, "tested_on", "a list of `plan` and `log`");
    }
    let not_modelled = fields.get("not_modelled").and_then(|node| reader.text(node, "not_modelled"));
    let fate = match (tested_on, not_modelled) {
        (Some(_), Some(_)) => {
            let finding =
                Finding::error("statement-in-two-states", node.span, format!("`{id}` has both `tested_on` and `not_modelled`"));
            reader.findings.push(finding.help("keep one of them"));
            None
        }
        (Some(on), None) => Some(Fate::TestedOn(on)),
        (None, why) => why.map(Fate::NotModelled),
    };
    Some(Statement { id, page, says, derived: reader.flag(&fields, "derived"), fate, span: node.span })
}
