//! Reads mappings, lists and words out of a rulebook's YAML; every slip is a finding, none stops the reading.

use super::lexer::Problem;
use crate::source::align;
use crate::source::finding::{Finding, nearest};
use crate::source::text::{Source, Span};
use crate::source::yaml::Node;

/// One file being read, and what is wrong with it.
pub struct Reader<'s> {
    /// The file.
    pub source: &'s Source,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// The entries of a mapping whose keys were checked.
pub struct Fields<'n, 'a> {
    /// The mapping.
    pub span: Span,
    entries: Vec<(&'n Node<'a>, &'n Node<'a>)>,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        self.entries.iter().find(|(k, _)| k.scalar() == Some(key)).map(|(_, v)| *v)
    }
}

impl<'s> Reader<'s> {
    /// A reader of that file.
    #[must_use]
    pub const fn new(source: &'s Source) -> Self {
        Self { source, findings: Vec::new() }
    }

    /// The entries of a mapping. `None` and a finding where it is none.
    pub fn entries<'n, 'a>(&mut self, node: &'n Node<'a>, what: &str) -> Option<Vec<(&'n str, &'n Node<'a>, &'n Node<'a>)>> {
        let Some(entries) = node.entries() else {
            self.wrong(node, what, "a mapping");
            return None;
        };
        let mut out: Vec<(&str, &Node<'_>, &Node<'_>)> = Vec::new();
        for (key, value) in entries {
            let Some(name) = key.scalar() else { continue };
            if let Some((_, first, _)) = out.iter().find(|(known, ..)| *known == name) {
                let finding = Finding::error("duplicate-key", key.span, format!("`{name}` is stated twice"));
                self.findings.push(finding.label("again here").other(first.span, "first here").help("remove one of them"));
                continue;
            }
            out.push((name, key, value));
        }
        Some(out)
    }

    /// The entries of a mapping that has only these keys.
    pub fn fields<'n, 'a>(&mut self, node: &'n Node<'a>, what: &str, known: &[&str]) -> Option<Fields<'n, 'a>> {
        let entries = self.entries(node, what)?;
        let mut out = Vec::new();
        for (name, key, value) in entries {
            if known.contains(&name) {
                out.push((key, value));
            } else {
                let finding = Finding::error("unknown-key", key.span, format!("{what} has no key `{name}`"));
                self.findings.push(finding.help(nearest(name, known.iter().copied())));
            }
        }
        Some(Fields { span: node.span, entries: out })
    }

    /// The value of a key that must be there.
    pub fn required<'n, 'a>(&mut self, fields: &Fields<'n, 'a>, what: &str, key: &str) -> Option<&'n Node<'a>> {
        let found = fields.get(key).filter(|node| !node.is_null());
        if found.is_none() {
            let at = Span::new(fields.span.start, fields.span.start);
            self.findings
                .push(Finding::error("missing-key", at, format!("{what} needs `{key}`")).help(format!("add `{key}: …`")));
        }
        found
    }

    /// The text of a scalar.
    pub fn text(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        match node.scalar() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong(node, what, "text");
                None
            }
        }
    }

    /// The text of a key that must be there.
    pub fn required_text(&mut self, fields: &Fields<'_, '_>, what: &str, key: &str) -> Option<String> {
        let node = self.required(fields, what, key)?;
        self.text(node, key)
    }

    /// `true` or `false`, `false` where absent.
    pub fn flag(&mut self, fields: &Fields<'_, '_>, key: &str) -> bool {
        match fields.get(key).map(|node| (node, node.scalar())) {
            None | Some((_, Some("false"))) => false,
            Some((_, Some("true"))) => true,
            Some((node, _)) => {
                self.wrong(node, key, "`true` or `false`");
                false
            }
        }
    }

    /// The items of a list, empty where absent.
    pub fn items<'n, 'a>(&mut self, fields: &Fields<'n, 'a>, key: &str) -> Vec<&'n Node<'a>> {
        match fields.get(key) {
            None => Vec::new(),
            Some(node) => match node.items() {
                Some(items) => items.iter().collect(),
                None => {
                    self.wrong(node, key, "a list");
                    Vec::new()
                }
            },
        }
    }

    /// A list of texts, empty where absent.
    pub fn texts(&mut self, fields: &Fields<'_, '_>, key: &str) -> Vec<String> {
        self.items(fields, key).into_iter().filter_map(|node| self.text(node, key)).collect()
    }

    /// One text or a list of them, with their nodes.
    pub fn one_or_more<'n, 'a>(&mut self, fields: &Fields<'n, 'a>, key: &str) -> Vec<&'n Node<'a>> {
        match fields.get(key) {
            Some(node) if node.scalar().is_some() => vec![node],
            _ => self.items(fields, key),
        }
    }

    /// Something is not what it should be.
    pub fn wrong(&mut self, node: &Node<'_>, what: &str, wanted: &str) {
        let finding = Finding::error("wrong-type", node.span, format!("{what} should be {wanted}, and is {}", node.describe()));
        self.findings.push(finding);
    }

    /// A problem inside an expression that a scalar holds, `offset` bytes into its text.
    pub fn problem(&mut self, node: &Node<'_>, offset: usize, problem: Problem) {
        let inner = Span::new(problem.span.start + offset, problem.span.end + offset);
        let span = align::inside(&self.source.text, node, inner);
        let mut finding = Finding::error("bad-expression", span, problem.message);
        finding.help = problem.help;
        self.findings.push(finding);
    }
}
