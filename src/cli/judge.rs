//! One parsed file to a judgement: which rulebook, which kind, and for a plan which site.

use super::history::History;
use super::rulebooks::{Rulebooks, unknown};
use super::trees::{Head, PlanTrees, plan_trees, site_root, site_source};
use crate::engine::verification::lint::{Judgement, Selection, Verdict, lint};
use crate::engine::verification::verify::verify_on;
use crate::model::durations;
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
    let now = || Origin::of(rulebooks.digest(&rulebook.id), &site_root);
    let history = History::read(rulebook, now, &source.name, root, &site_root)?;
    Ok(on_site(rulebooks, rulebook, selection, root, (&site_root, history), span))
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
    let (mut site, _) = read_site::read(&rulebook.vocabulary, &root);
    site.durations = durations::read(&rulebook.machine, &root).0;
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

/// A plan, judged as by `lint`, on the site that [`site_of`] read.
///
/// # Errors
/// Why the plan or its site is none.
pub fn judged_plan<'s>(rulebooks: &Rulebooks, source: &'s Source, site: &'s Source) -> Result<JudgedPlan<'s>, Finding> {
    let trees = plan_trees(rulebooks, source, site)?;
    let (history, now) = History::of(rulebooks, &trees, source)?;
    let PlanTrees { rulebook, root, site_root } = trees;
    let span = site_path(&root).map_or(root.span, |(_, span)| span);
    let judgement = on_site(rulebooks, &rulebook, &Selection::default(), &root, (&site_root, history.clone()), span);
    let stated = Origin::stated(&root).map(|(origin, _)| origin);
    Ok(JudgedPlan { rulebook, root, history, site_root, stated, now, judgement })
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
