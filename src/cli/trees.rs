//! Files to trees: which rulebook and kind a file says it is, and for a plan its site. Judges nothing.

use super::files;
use super::rulebooks::{Rulebooks, unknown};
use crate::model::read_plan::site_path;
use crate::source::finding::Finding;
use crate::source::text::{Source, Span, printable};
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::Rulebook;
use std::sync::Arc;

/// The two keys that open every file.
pub struct Head<'n> {
    /// The rulebook's id.
    pub rulebook: &'n str,
    /// Where it stands.
    pub rulebook_span: Span,
    /// `site`, `plan` or something unknown.
    pub kind: &'n str,
    /// Where that stands.
    pub kind_span: Span,
}

impl<'n> Head<'n> {
    /// The two keys of a file.
    ///
    /// # Errors
    /// What is missing.
    pub fn read(root: &'n Node<'_>) -> Result<Self, Finding> {
        let start = Span::new(root.span.start, root.span.start);
        let Some(entries) = root.entries() else {
            let finding =
                Finding::error("not-a-site", start, format!("a site is a mapping of facts, and this is {}", root.describe()));
            return Err(finding.help("begin with `rulebook: cms-r3v11-ha` and `kind: site`"));
        };
        let word = |key: &str, help: &str| {
            let node = entries.iter().find(|(k, _)| k.scalar() == Some(key)).map(|(_, value)| value);
            let found = node.filter(|node| !node.is_null()).and_then(|node| node.scalar().map(|text| (text, node.span)));
            found.ok_or_else(|| {
                let span = node.map_or(start, |node| node.span);
                let message = match node.filter(|node| !node.is_null()) {
                    Some(node) => format!("`{key}` should be a single value, and is {}", node.describe()),
                    None => format!("the file does not say `{key}`"),
                };
                Finding::error("missing-key", span, message).help(help.to_owned())
            })
        };
        let (rulebook, rulebook_span) =
            word("rulebook", "begin with `rulebook: ` and the rulebook's id, such as `cms-r3v11-ha`")?;
        let (kind, kind_span) = word("kind", "the second line says `kind: site` or `kind: plan`")?;
        Ok(Self { rulebook, rulebook_span, kind, kind_span })
    }
}

/// The file of the site that a plan names, and the place where it is named. `at` is where the plan says that it is one.
///
/// # Errors
/// That the rulebook knows no plans, or why there is no such file.
pub fn site_source(rulebook: &Rulebook, source: &Source, root: &Node<'_>, at: Span) -> Result<(Source, Span), Finding> {
    if rulebook.machine.actions.is_empty() {
        let finding = Finding::error("unknown-kind", at, format!("the rulebook `{}` knows no plans", rulebook.id));
        return Err(finding.help("nothing in this file was checked"));
    }
    let Some((path, span)) = site_path(root) else {
        let finding = Finding::error("missing-key", Span::new(root.span.start, root.span.start), "a plan names its site");
        return Err(finding.help("add `site: ` and the path of the site's file, relative to this one"));
    };
    let site_source = files::read_beside(&source.name, path).map_err(|mut finding| {
        finding.primary.span = span;
        finding
    })?;
    Ok((site_source, span))
}

/// The tree of a plan's site; `span` is where the plan names it.
///
/// # Errors
/// Why it is no site of that rulebook.
pub fn site_root<'s>(rulebook: &Rulebook, site: &'s Source, span: Span) -> Result<Node<'s>, Finding> {
    let path = printable(&site.name);
    let unusable = |finding: &Finding| {
        let message = format!("the site `{path}` cannot be used: {}", finding.message);
        Finding::error("unusable-site", span, message).help(format!("run `cutover lint {path}`"))
    };
    let root = yaml::parse(site).map_err(|finding| unusable(&finding))?;
    let head = Head::read(&root).map_err(|finding| unusable(&finding))?;
    if head.kind != "site" || head.rulebook != rulebook.id {
        let message = format!("`{path}` is no site of the rulebook `{}`", rulebook.id);
        return Err(Finding::error("unusable-site", span, message).help("name the file of the site that this plan is for"));
    }
    Ok(root)
}

/// The source of the site of a plan; first half of [`plan_trees`], so that the tree can live in it.
///
/// # Errors
/// Why the plan is none, or why its site cannot be read.
pub fn site_of(rulebooks: &Rulebooks, source: &Source) -> Result<Source, Finding> {
    let root = yaml::parse(source)?;
    let (rulebook, head) = plan_head(rulebooks, &root)?;
    Ok(site_source(&rulebook, source, &root, head.kind_span)?.0)
}

/// Whether a file says that it is a plan.
///
/// # Errors
/// Why it is no such file at all.
pub fn is_plan(source: &Source) -> Result<bool, Finding> {
    let root = yaml::parse(source)?;
    Ok(Head::read(&root)?.kind == "plan")
}

/// A plan and its site as trees, not judged.
pub struct PlanTrees<'s> {
    /// The rulebook.
    pub rulebook: Arc<Rulebook>,
    /// The tree of the plan.
    pub root: Node<'s>,
    /// The tree of its site.
    pub site_root: Node<'s>,
}

/// A plan on the site that [`site_of`] read, not judged.
///
/// # Errors
/// Why the plan or its site is none.
pub fn plan_trees<'s>(rulebooks: &Rulebooks, source: &'s Source, site: &'s Source) -> Result<PlanTrees<'s>, Finding> {
    let root = yaml::parse(source)?;
    let (rulebook, _) = plan_head(rulebooks, &root)?;
    let span = site_path(&root).map_or(root.span, |(_, span)| span);
    let site_root = site_root(&rulebook, site, span)?;
    Ok(PlanTrees { rulebook, root, site_root })
}

fn plan_head<'n>(rulebooks: &Rulebooks, root: &'n Node<'_>) -> Result<(Arc<Rulebook>, Head<'n>), Finding> {
    let head = Head::read(root)?;
    let rulebook = rulebooks.get(head.rulebook).map_err(|why| unknown(&printable(head.rulebook), head.rulebook_span, why))?;
    if head.kind != "plan" {
        let finding = Finding::error("unknown-kind", head.kind_span, "a plan is needed, and this file is none");
        return Err(finding.help("name a file that says `kind: plan`"));
    }
    Ok((rulebook, head))
}

/// The tree of a file that is a site, and its rulebook.
///
/// # Errors
/// Why it is none.
pub fn site_tree<'s>(rulebooks: &Rulebooks, source: &'s Source) -> Result<(Arc<Rulebook>, Node<'s>), Finding> {
    let root = yaml::parse(source)?;
    let head = Head::read(&root)?;
    let rulebook = rulebooks.get(head.rulebook).map_err(|why| unknown(&printable(head.rulebook), head.rulebook_span, why))?;
    if head.kind != "site" {
        let finding = Finding::error("unknown-kind", head.kind_span, "a site is needed, and this file is none");
        return Err(finding.help("name a file that says `kind: site`"));
    }
    Ok((rulebook, root))
}
