//! One parsed file to a judgement: which rulebook, which kind, and for a plan which site.

use super::files;
use super::history::History;
use super::rulebooks::{Rulebooks, unknown};
use crate::engine::lint::{Judgement, Selection, Verdict, lint};
use crate::engine::verify::verify_on;
use crate::model::origin::Origin;
use crate::model::plan::Past;
use crate::model::read_plan::site_path;
use crate::model::read_site;
use crate::model::site::Site;
use crate::source::finding::{Finding, Level};
use crate::source::text::{Source, Span, printable};
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::Rulebook;
use std::sync::Arc;

/// The judgement on a file.
///
/// # Errors
/// Why it is neither a site nor a plan.
pub fn judge(
    rulebooks: &Rulebooks,
    selection: &Selection,
    source: &Source,
    root: &Node<'_>,
) -> Result<(Arc<Rulebook>, Judgement), Finding> {
    let head = Head::read(root)?;
    let rulebook = rulebooks.get(head.rulebook).map_err(|why| unknown(&printable(head.rulebook), head.rulebook_span, why))?;
    let judgement = match head.kind {
        "site" => lint(&rulebook, root, selection),
        "plan" => plan(rulebooks, &rulebook, selection, source, root, head.kind_span)?,
        other => {
            let message = format!("`{}` is no kind of file", printable(other));
            return Err(Finding::error("unknown-kind", head.kind_span, message).help("write `kind: site` or `kind: plan`"));
        }
    };
    Ok((rulebook, judgement))
}

/// The two keys that open every file.
struct Head<'n> {
    rulebook: &'n str,
    rulebook_span: Span,
    kind: &'n str,
    kind_span: Span,
}

impl<'n> Head<'n> {
    fn read(root: &'n Node<'_>) -> Result<Self, Finding> {
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

/// The judgement on a plan, with its site. A site with errors does not hide the plan's own.
fn plan(
    rulebooks: &Rulebooks,
    rulebook: &Rulebook,
    selection: &Selection,
    source: &Source,
    root: &Node<'_>,
    at: Span,
) -> Result<Judgement, Finding> {
    let (site_source, span) = site_source(rulebook, source, root, at)?;
    let site_root = site_root(rulebook, &site_source, span)?;
    let now = Origin::of(rulebooks.digest(&rulebook.id), &site_root);
    let history = History::read(rulebook, &now, &source.name, root, &site_root)?;
    Ok(on_site(rulebooks, rulebook, selection, root, (&site_root, history), span))
}

/// The file of the site that a plan names, and the place where it is named. `at` is where the plan says that it is one.
///
/// # Errors
/// That the rulebook knows no plans, or why there is no such file.
fn site_source(rulebook: &Rulebook, source: &Source, root: &Node<'_>, at: Span) -> Result<(Source, Span), Finding> {
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
fn site_root<'s>(rulebook: &Rulebook, site: &'s Source, span: Span) -> Result<Node<'s>, Finding> {
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

/// A site that was read and judged, for a command that goes on with it.
pub struct JudgedSite<'s> {
    /// The rulebook.
    pub rulebook: Arc<Rulebook>,
    /// Its tree.
    pub root: Node<'s>,
    /// Its facts.
    pub site: Site,
    /// What a plan that is made now is made from.
    pub now: Origin,
    /// What is wrong with it, as `lint` says it.
    pub judgement: Judgement,
}

/// A site, judged as by `lint`.
///
/// # Errors
/// Why it is none, or why its rulebook knows no plans.
pub fn judged_site<'s>(rulebooks: &Rulebooks, source: &'s Source) -> Result<JudgedSite<'s>, Finding> {
    let root = yaml::parse(source)?;
    let head = Head::read(&root)?;
    let rulebook = rulebooks.get(head.rulebook).map_err(|why| unknown(&printable(head.rulebook), head.rulebook_span, why))?;
    if head.kind != "site" || rulebook.machine.actions.is_empty() {
        let message = format!("a plan is made for a site of a rulebook that knows plans, and this is a {}", printable(head.kind));
        return Err(Finding::error("unknown-kind", head.kind_span, message).help("name a file that says `kind: site`"));
    }
    let (site, _) = read_site::read(&rulebook.vocabulary, &root);
    let judgement = lint(&rulebook, &root, &Selection::default());
    let now = Origin::of(rulebooks.digest(&rulebook.id), &root);
    Ok(JudgedSite { rulebook, root, site, now, judgement })
}

/// The judgement on a plan on its site, after what was before it; `span` is where the plan names the site.
#[must_use]
pub fn on_site(
    rulebooks: &Rulebooks,
    rulebook: &Rulebook,
    selection: &Selection,
    root: &Node<'_>,
    (site_root, history): (&Node<'_>, History),
    span: Span,
) -> Judgement {
    let name = |past: &Past| rulebook.machine.actions[past.step.action].name.as_str();
    let done: Vec<&str> = history.past.iter().filter(|past| past.is_done).map(name).collect();
    let mut judgement = verify_on(rulebook, history.site, history.past.clone(), root, selection.engine);
    judgement.findings.retain(|finding| selection.wants(&finding.code));
    judgement.undecided.retain(|rule| selection.wants(&rule.code));
    about_site(rulebook, &lint(rulebook, site_root, &only_errors(rulebook, selection)), (root, &done), span, &mut judgement);
    if let Some((stated, span)) = Origin::stated(root).filter(|_| selection.wants(SITE_CHANGED)) {
        let changes = stated.changes(&Origin::of(rulebooks.digest(&rulebook.id), site_root));
        judgement.findings.extend(changed(&changes, span));
        judgement.findings.sort_by_key(|finding| finding.primary.span);
    }
    judgement
}

/// What is asked about the site of a plan: whether it has errors. For the rest the site is linted by itself.
fn only_errors(rulebook: &Rulebook, selection: &Selection) -> Selection {
    let lower = rulebook.rules.iter().filter(|rule| rule.level != Level::Error).map(|rule| rule.code.clone());
    Selection { ignore: selection.ignore.iter().cloned().chain(lower).collect(), ..selection.clone() }
}

/// A plan that was read and judged, for a command that goes on with it.
pub struct JudgedPlan<'s> {
    /// The rulebook.
    pub rulebook: Arc<Rulebook>,
    /// The tree of the plan.
    pub root: Node<'s>,
    /// What was before it.
    pub history: History,
    /// The tree of its site.
    pub site_root: Node<'s>,
    /// What the plan says it was made from.
    pub stated: Option<Origin>,
    /// What is there now.
    pub now: Origin,
    /// What is wrong with the plan, as `lint` says it.
    pub judgement: Judgement,
}

/// The source of the site of a plan; first half of [`judged_plan`], so that the tree can live in it.
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
    /// What was before it.
    pub history: History,
    /// What there is now.
    pub now: Origin,
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
    let now = Origin::of(rulebooks.digest(&rulebook.id), &site_root);
    let history = History::read(&rulebook, &now, &source.name, &root, &site_root)?;
    Ok(PlanTrees { rulebook, root, site_root, history, now })
}

/// A plan, judged as by `lint`, on the site that [`site_of`] read.
///
/// # Errors
/// Why the plan or its site is none.
pub fn judged_plan<'s>(rulebooks: &Rulebooks, source: &'s Source, site: &'s Source) -> Result<JudgedPlan<'s>, Finding> {
    let PlanTrees { rulebook, root, site_root, history, now } = plan_trees(rulebooks, source, site)?;
    let span = site_path(&root).map_or(root.span, |(_, span)| span);
    let judgement = on_site(rulebooks, &rulebook, &Selection::default(), &root, (&site_root, history.clone()), span);
    let stated = Origin::stated(&root).map(|(origin, _)| origin);
    Ok(JudgedPlan { rulebook, root, history, site_root, stated, now, judgement })
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

/// Code of the finding that a plan was made from something else than what is there now.
pub const SITE_CHANGED: &str = "site-changed";

/// That a plan is older than what it rests on. A note: it is judged against the site and the rulebook of today anyway.
fn changed(changes: &[String], span: Span) -> Option<Finding> {
    if changes.is_empty() {
        return None;
    }
    let mut finding =
        Finding::error(SITE_CHANGED, span, format!("this plan was made from something else: {}", changes.join("; ")));
    finding.level = Level::Note;
    Some(finding.label("not what is there now").help("have the plan made again, or `made_from` brought up to date"))
}

/// Adds what is wrong with the site that no step of the plan cures.
fn about_site(rulebook: &Rulebook, site: &Judgement, (root, before): (&Node<'_>, &[&str]), span: Span, out: &mut Judgement) {
    let steps = root.get("steps").and_then(Node::items).unwrap_or_default();
    let done = steps.iter().filter_map(|step| step.get("do")?.scalar());
    let done: Vec<&str> = done.chain(before.iter().copied()).collect();
    let cured = |code: &str| rulebook.rule(code).and_then(|rule| rule.cure.as_deref()).is_some_and(|cure| done.contains(&cure));
    let left: Vec<&str> = site.findings.iter().filter(|f| f.level == Level::Error && !cured(&f.code)).map(|f| &*f.code).collect();
    if !left.is_empty() {
        let message = format!("the site has errors that no step of this plan cures: {}", left.join(", "));
        let finding = Finding::error("site-has-errors", span, message).help("lint the site by itself for their places");
        out.findings.insert(0, finding);
        out.verdict = Verdict::Violated;
    }
    out.disagreements.extend(site.disagreements.iter().cloned());
}
