//! What a plan goes on from: the plan before it, and the journal of that one up to some entry.

use crate::source::finding::{Finding, nearest};
use crate::source::text::Span;
use crate::source::yaml::Node;

/// The key of a plan that goes on from another one.
pub const KEY: &str = "continues";
const KEYS: [&str; 4] = ["plan", "journal", "entries", "digest"];
const HELP: &str = "`cutover run` writes such a plan when a step has failed; do not write it by hand";

/// What a plan goes on from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Continues {
    /// The file of the plan before it, relative to this one.
    pub plan: String,
    /// The file of the journal, relative to this one.
    pub journal: String,
    /// How many entries of the journal came before this plan.
    pub entries: usize,
    /// SHA-256 of the last of these lines, which stands for all of them: 64 hexadecimal digits.
    pub digest: String,
}

impl Continues {
    /// What a plan's file states, and where. `None` if it states nothing, or states it wrongly: reading the plan reports that.
    #[must_use]
    pub fn stated(plan: &Node<'_>) -> Option<(Self, Span)> {
        let (key, value) = plan.entries()?.iter().find(|(key, _)| key.scalar() == Some(KEY))?;
        Some((read(value, &mut Vec::new())?, key.span))
    }

    /// The lines of a plan's file that state it, the last one ended.
    #[must_use]
    pub fn yaml(&self) -> String {
        let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
        format!(
            "{KEY}:\n  plan: {}\n  journal: {}\n  entries: {}\n  digest: {}\n",
            quoted(&self.plan),
            quoted(&self.journal),
            self.entries,
            quoted(&self.digest)
        )
    }
}

/// What the value of a plan's key states; what is wrong with it goes to `findings`.
pub fn read(node: &Node<'_>, findings: &mut Vec<Finding>) -> Option<Continues> {
    let before = findings.len();
    let mut wrong = |span: Span, message: String, help: &str| {
        findings.push(Finding::error("wrong-type", span, message).help(help.to_owned()));
    };
    let Some(entries) = node.entries() else {
        wrong(node.span, format!("`{KEY}` should be a mapping, and is {}", node.describe()), HELP);
        return None;
    };
    let unknown = entries.iter().filter(|(key, _)| key.scalar().is_none_or(|name| !KEYS.contains(&name)));
    for (key, _) in unknown {
        let name = key.scalar().unwrap_or_default();
        wrong(key.span, format!("`{KEY}` has no field `{name}`"), &nearest(name, KEYS));
    }
    let mut text = |key: &str, is_right: &dyn Fn(&str) -> bool, what: &str| {
        let value = node.get(key);
        let found = value.and_then(Node::scalar).filter(|text| is_right(text));
        if found.is_none() {
            let span = value.map_or(Span::new(node.span.start, node.span.start), |value| value.span);
            wrong(span, format!("`{key}` in `{KEY}` should be {what}"), HELP);
        }
        found.map(str::to_owned)
    };
    let is_path = |text: &str| !text.is_empty();
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_count = |text: &str| text.parse::<usize>().is_ok_and(|count| count > 0);
    let plan = text("plan", &is_path, "the path of the plan before this one");
    let journal = text("journal", &is_path, "the path of its journal");
    let count = text("entries", &is_count, "how many entries of the journal came before");
    let digest = text("digest", &is_digest, "64 hexadecimal digits");
    let found = Continues { plan: plan?, journal: journal?, entries: count?.parse().ok()?, digest: digest? };
    (findings.len() == before).then_some(found)
}
