//! What a plan was made from: digests of the rulebook's files and of each fact of the site, and who says that they changed.

use crate::source::finding::{Finding, nearest};
use crate::source::text::{Span, printable};
use crate::source::yaml::{Kind, Node};
use crate::spec::rulebook::File;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The key of a plan that states its origin.
pub const KEY: &str = "made_from";
/// Keys of a site that are no facts of it.
const HEAD: [&str; 2] = ["rulebook", "kind"];
/// Words that some readers of YAML take for something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
/// Bytes of a digest that are kept: 16 hexadecimal digits.
const DIGEST_BYTES: usize = 8;

/// What a plan was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The version of the program.
    pub cutover: String,
    /// A digest over the rulebook's files: 16 hexadecimal digits.
    pub rulebook: String,
    /// For each fact that the site states at its top: its name, and a digest of its value, in the order of names.
    pub site: BTreeMap<String, String>,
}

impl Origin {
    /// The origin of a plan that is made now, by this program, from that rulebook (see [`rulebook_digest`]) and site.
    #[must_use]
    pub fn of(rulebook: String, site: &Node<'_>) -> Self {
        let mut facts = BTreeMap::new();
        for (key, value) in site.entries().unwrap_or_default() {
            let Some(name) = key.scalar().filter(|name| !HEAD.contains(name)) else { continue };
            facts.entry(name.to_owned()).or_insert_with(|| value_digest(value));
        }
        Self { cutover: env!("CARGO_PKG_VERSION").to_owned(), rulebook, site: facts }
    }

    /// The origin that a plan's file states, and the place of its key. `None` if it states none, or states it wrongly:
    /// reading the plan reports that.
    #[must_use]
    pub fn stated(plan: &Node<'_>) -> Option<(Self, Span)> {
        let (key, value) = plan.entries()?.iter().find(|(key, _)| key.scalar() == Some(KEY))?;
        Some((read(value, &mut Vec::new())?, key.span))
    }

    /// Whether site and rulebook are the same: only then is what was verified about the plan still true of it.
    #[must_use]
    pub fn has_same_ground(&self, now: &Self) -> bool {
        self.rulebook == now.rulebook && self.site == now.site
    }

    /// What is different now, each in words; nothing if all is as it was.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, digest) in &self.site {
            match now.site.get(name) {
                None => out.push(format!("`{}` of the site has been removed", printable(name))),
                Some(other) if other != digest => out.push(format!("`{}` of the site has changed", printable(name))),
                Some(_) => {}
            }
        }
        for name in now.site.keys().filter(|name| !self.site.contains_key(*name)) {
            out.push(format!("`{}` of the site has been added", printable(name)));
        }
        if self.rulebook != now.rulebook {
            out.push(format!("the rulebook has changed (was {}, is {})", self.rulebook, now.rulebook));
        }
        if self.cutover != now.cutover {
            out.push(format!("it was written by cutover {}, and this is {}", printable(&self.cutover), now.cutover));
        }
        out
    }

    /// The lines of a plan's file that state it, the last one ended. Digests are quoted: some look like numbers.
    #[must_use]
    pub fn yaml(&self) -> String {
        let mut out = format!("{KEY}:\n  cutover: \"{}\"\n  rulebook: \"{}\"\n  site:\n", self.cutover, self.rulebook);
        for (name, digest) in &self.site {
            let plain = !WORDS.contains(&name.as_str())
                && name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let name = if plain { name.clone() } else { serde_json::Value::String(name.clone()).to_string() };
            let _ = writeln!(out, "    {name}: \"{digest}\"");
        }
        if self.site.is_empty() {
            out.truncate(out.len() - 1);
            out.push_str(" {}\n");
        }
        out
    }
}

/// The digest over the files of a rulebook that say what is right: their names and texts, in the order of names. Procedures of the
/// manual are not among them. 16 hexadecimal digits.
#[must_use]
pub fn rulebook_digest(files: &[File<'_>]) -> String {
    let mut files = files.to_vec();
    files.retain(|(name, _)| !name.starts_with("procedures/"));
    files.sort_unstable();
    let mut text = String::new();
    for (name, content) in files {
        text.push_str(&format!("{}:{name}{}:{content}", name.len(), content.len()));
    }
    digest(&text)
}

/// A digest that tells texts apart, and lists of them: 16 hexadecimal digits.
#[must_use]
pub fn texts_digest(texts: &[&str]) -> String {
    let mut all = String::new();
    for text in texts {
        all.push_str(&format!("{}:{text}", text.len()));
    }
    digest(&all)
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(DIGEST_BYTES).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The digest of a value as it was parsed: layout, comments, quotes and the order of keys do not matter.
fn value_digest(node: &Node<'_>) -> String {
    let mut text = String::new();
    canonical(node, &mut text);
    digest(&text)
}

/// A text that two values share only if they are equal: every part says what it is and how long.
fn canonical(node: &Node<'_>, out: &mut String) {
    match &node.kind {
        Kind::Scalar(..) if node.is_null() => out.push('~'),
        Kind::Scalar(text, _) => out.push_str(&format!("s{}:{text}", text.len())),
        Kind::Sequence(items) => {
            out.push_str(&format!("l{}:", items.len()));
            for item in items {
                canonical(item, out);
            }
        }
        Kind::Mapping(entries) => {
            let mut parts: Vec<String> = Vec::new();
            for (key, value) in entries {
                let mut part = String::new();
                canonical(key, &mut part);
                canonical(value, &mut part);
                parts.push(part);
            }
            parts.sort_unstable();
            out.push_str(&format!("m{}:{}", parts.len(), parts.concat()));
        }
    }
}

/// The origin in the value of a plan's key; what is wrong with it goes to `findings`.
pub fn read(node: &Node<'_>, findings: &mut Vec<Finding>) -> Option<Origin> {
    let before = findings.len();
    let mut out = Origin::default();
    let entries = mapping(node, "`made_from`", &["cutover", "rulebook", "site"], findings)?;
    for (name, value) in entries {
        match name {
            "cutover" => match value.scalar().filter(|version| !version.is_empty()) {
                Some(version) => version.clone_into(&mut out.cutover),
                None => wrong(value, "`cutover` should be a version", findings),
            },
            "rulebook" => out.rulebook = hexadecimal(value, name, findings).unwrap_or_default(),
            "site" => {
                for (fact, value) in mapping(value, "`site` in `made_from`", &[], findings)? {
                    out.site.insert(fact.to_owned(), hexadecimal(value, fact, findings).unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    for key in ["cutover", "rulebook", "site"].into_iter().filter(|key| node.get(key).is_none()) {
        let start = Span::new(node.span.start, node.span.start);
        let finding = Finding::error("missing-field", start, format!("`made_from` needs `{key}`"));
        findings.push(finding.help("have the plan written again, or remove `made_from`"));
    }
    (findings.len() == before).then_some(out)
}

/// Keys and values of a mapping.
type Entries<'n> = Vec<(&'n str, &'n Node<'n>)>;

/// The entries of a mapping with these keys, or with any if none are named. `None` and a finding where it is no mapping.
fn mapping<'n>(node: &'n Node<'_>, what: &str, known: &[&str], findings: &mut Vec<Finding>) -> Option<Entries<'n>> {
    let Some(entries) = node.entries() else {
        wrong(node, &format!("{what} should be a mapping, and is {}", node.describe()), findings);
        return None;
    };
    let mut out: Entries<'_> = Vec::new();
    for (key, value) in entries {
        let name = key.scalar().unwrap_or_default();
        if out.iter().any(|(earlier, _)| *earlier == name) {
            let finding = Finding::error("duplicate-key", key.span, format!("`{}` is stated twice", printable(name)));
            findings.push(finding.help("remove one of them"));
        } else if !known.is_empty() && !known.contains(&name) {
            let finding = Finding::error("unknown-field", key.span, format!("{what} has no field `{}`", printable(name)));
            findings.push(finding.help(nearest(name, known.iter().copied())));
        } else {
            out.push((name, value));
        }
    }
    Some(out)
}

fn hexadecimal(node: &Node<'_>, name: &str, findings: &mut Vec<Finding>) -> Option<String> {
    let is_digest = |text: &&str| text.len() == 2 * DIGEST_BYTES && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let found = node.scalar().filter(is_digest);
    if found.is_none() {
        wrong(node, &format!("`{}` should be 16 hexadecimal digits", printable(name)), findings);
    }
    found.map(str::to_owned)
}

fn wrong(node: &Node<'_>, message: &str, findings: &mut Vec<Finding>) {
    let finding = Finding::error("wrong-type", node.span, message);
    findings.push(finding.help("have the plan written again, or remove `made_from`"));
}
