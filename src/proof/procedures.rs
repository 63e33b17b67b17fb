//! The procedures of the manual as plans, `procedures/` of a rulebook: what `lint` says of each, and which statements that is
//! against. A file that marks all its defects in comments says what it is there for.

use super::item::{Assurance, Item, Section, Verdict};
use crate::engine::verification::check::{found, marks};
use crate::engine::verification::every_order::Engine;
use crate::engine::verification::lint::{Selection, Verdict as Judged, lint};
use crate::engine::verification::verify::verify;
use crate::model::read_site;
use crate::source::finding::{Finding, Level};
use crate::source::text::Source;
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::{File, Rulebook};
use std::collections::BTreeMap;

/// The folder.
const FOLDER: &str = "procedures/";

/// One item for each plan among the files of a rulebook.
#[must_use]
pub fn items(rulebook: &Rulebook, files: &[File<'_>]) -> Vec<Item> {
    let plans = files.iter().filter_map(|(path, text)| Some((path.strip_prefix(FOLDER)?.strip_suffix(".plan.yaml")?, *text)));
    plans.map(|(name, text)| procedure(rulebook, files, name, text)).collect()
}

fn procedure(rulebook: &Rulebook, files: &[File<'_>], name: &str, text: &str) -> Item {
    let (verdict, detail, known) = match judged(rulebook, files, name, text) {
        Ok(judged) => judged,
        Err(why) => (Verdict::Unknown, vec![why], false),
    };
    Item {
        section: Section::Manual,
        kind: "procedure",
        subject: name.to_owned(),
        claim: "in every order that it leaves open, it keeps all rules and reaches the goals".to_owned(),
        verdict,
        assurance: Assurance::Proved,
        sites: Vec::new(),
        detail,
        known,
    }
}

/// What is said of a plan, in lines, and whether its own comments expect exactly that.
fn judged(rulebook: &Rulebook, files: &[File<'_>], name: &str, text: &str) -> Result<(Verdict, Vec<String>, bool), String> {
    let source = Source::new(&format!("{name}.plan.yaml"), text);
    let root = yaml::parse(&source).map_err(|finding| finding.message.clone())?;
    let path = root.get("site").and_then(Node::scalar).ok_or("it names no site")?;
    let site_text = files.iter().find(|(known, _)| known.strip_prefix(FOLDER) == Some(path));
    let (_, site_text) = site_text.ok_or_else(|| format!("`{path}` is not beside it"))?;
    let site_source = Source::new(path, site_text);
    let site_root = yaml::parse(&site_source).map_err(|finding| finding.message.clone())?;
    let (site, unread) = read_site::read(&rulebook.vocabulary, &site_root);
    if let Some(finding) = unread.first() {
        return Err(finding.message.clone());
    }
    let steps = root.get("steps").and_then(Node::items).unwrap_or_default();
    let done: Vec<&str> = steps.iter().filter_map(|step| step.get("do")?.scalar()).collect();
    let cured = |code: &str| rulebook.rule(code).and_then(|rule| rule.cure.as_deref()).is_some_and(|cure| done.contains(&cure));
    let of_site = lint(rulebook, &site_root, &Selection::default()).findings;
    let left: Vec<&Finding> = of_site.iter().filter(|one| one.level == Level::Error && !cured(&one.code)).collect();
    let judgement = verify(rulebook, site, &root, Engine::default());
    let verdict = match judgement.verdict {
        Judged::Violated => Verdict::Refuted,
        _ if !left.is_empty() => Verdict::Refuted,
        Judged::CannotTell => Verdict::Unknown,
        Judged::Holds => Verdict::Holds,
    };
    let known = left.is_empty() && marks(text) == found(&source, &judgement);
    let mut detail: Vec<String> = left.iter().map(|finding| format!("of the site: {}", finding.message)).collect();
    let mut by_code: BTreeMap<(Level, &str), (Vec<usize>, &Finding)> = BTreeMap::new();
    for finding in &judgement.findings {
        let line = source.line_column(finding.primary.span.start).0;
        by_code.entry((finding.level, &finding.code)).or_insert_with(|| (Vec::new(), finding)).0.push(line);
    }
    for ((level, code), (mut lines, finding)) in by_code.into_iter().rev() {
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let against = finding.reference.as_ref().map(|reference| reference.statements.join(", ")).unwrap_or_default();
        let against = if against.is_empty() { String::new() } else { format!(", against {against}") };
        detail.push(format!("{}[{code}] line {}: {}{against}", level.word(), lines.join(", "), finding.message));
    }
    detail.extend(judgement.undecided.iter().map(|open| format!("`{}` cannot be told", open.code)));
    Ok((verdict, detail, known))
}
