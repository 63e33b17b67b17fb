//! For a plan that fails in some orders and not in the listed one: the smallest set of `after` edges that makes it hold.

use super::every_order::Engine;
use super::walk::{Cause, Walk, Walked};
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::term::FALSE;
use crate::model::plan::Plan;
use crate::source::finding::{Finding, Level};
use crate::source::text::{Span, printable};

/// Code of the finding that proposes edges.
pub const CODE: &str = "order-left-open";
/// Most edges that are proposed.
const EDGES_MAX: usize = 3;
/// Most times that a plan with edges added is walked.
const ROUNDS_MAX: usize = 60;

/// Most superfluous edges that are named.
const SUPERFLUOUS_MAX: usize = 5;

/// An edge: the first step before the second.
type Edge = (usize, usize);

/// The finding that proposes edges, verified; `None` where the listed order fails as well, or nothing fails.
///
/// # Errors
/// As for [`Engine::look`].
pub fn order(walk: &Walk<'_>, engine: Engine, walked: &Walked, at: Span) -> Result<Option<Finding>, Disagreement> {
    let fails = |walked: &Walked| {
        walked
            .problems
            .iter()
            .any(|problem| problem.instance.holds == FALSE && walk.requirement(problem.cause).level == Level::Error)
    };
    if !fails(walked) {
        return Ok(None);
    }
    let Some(listed) = listed_order(walk.plan) else { return Ok(None) };
    let chain: Vec<Edge> = listed.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if fails(&with(walk, engine, &chain)?) {
        return Ok(None);
    }
    // Each bad order must be broken by an edge that the listed order keeps.
    let mut to_break: Vec<Vec<Edge>> = bad_orders(walk, walked, &listed);
    for _ in 0..ROUNDS_MAX {
        let Some(edges) = smallest_hitting(&to_break) else { return Ok(None) };
        let next = with(walk, engine, &edges)?;
        if next.gave_up {
            return Ok(None);
        }
        if !fails(&next) {
            let words: Vec<String> =
                edges.iter().map(|(a, b)| format!("`{}` after `{}`", name(walk.plan, *b), name(walk.plan, *a))).collect();
            let message = format!("the plan fails in some orders that it allows, and holds with {}", words.join(" and "));
            let help =
                edges.iter().map(|(a, b)| format!("add `{}` to `after` of `{}`", name(walk.plan, *a), name(walk.plan, *b)));
            let help = help.chain(superfluous(&with_edges(walk.plan, &edges))).collect::<Vec<_>>().join("; ");
            let mut finding = Finding::error(CODE, at, message).help(help);
            for (_, b) in &edges {
                finding = finding.other(walk.plan.steps[*b].action_span, "too early in some orders");
            }
            return Ok(Some(finding));
        }
        let more = bad_orders(walk, &next, &listed);
        if more.iter().all(|order| to_break.contains(order)) {
            return Ok(None);
        }
        to_break.extend(more);
    }
    Ok(None)
}

fn name(plan: &Plan, step: usize) -> String {
    printable(&plan.steps[step].id)
}

/// The listed order, as far as the edges allow: always the first listed step that can come next.
fn listed_order(plan: &Plan) -> Option<Vec<usize>> {
    let before = plan.predecessors()?;
    let mut out: Vec<usize> = Vec::new();
    while out.len() < plan.steps.len() {
        let next = (0..plan.steps.len()).find(|s| !out.contains(s) && before[*s].iter().all(|b| out.contains(b)))?;
        out.push(next);
    }
    Some(out)
}

fn with_edges(plan: &Plan, edges: &[Edge]) -> Plan {
    let mut plan = plan.clone();
    for (first, second) in edges {
        plan.steps[*second].after.push(*first);
    }
    plan
}

/// The edges that say nothing new, because they follow from the others; in words, the first few.
fn superfluous(plan: &Plan) -> Vec<String> {
    let before = plan.predecessors().unwrap_or_default();
    let mut out = Vec::new();
    for (step, stated) in plan.steps.iter().enumerate() {
        let follows = |first: usize| stated.after.iter().any(|other| before[*other].contains(&first));
        out.extend(stated.after.iter().filter(|first| follows(**first)).map(|first| (*first, step)));
    }
    let words =
        |(first, step): &Edge| format!("`{}` in `after` of `{}` follows from the rest", name(plan, *first), name(plan, *step));
    out.iter().take(SUPERFLUOUS_MAX).map(words).collect()
}

/// What goes wrong in the plan with edges added.
fn with(walk: &Walk<'_>, engine: Engine, edges: &[Edge]) -> Result<Walked, Disagreement> {
    engine.look(&Walk { plan: &with_edges(walk.plan, edges), ..*walk })
}

/// For each error: the edges of the listed order that its way does not keep.
fn bad_orders(walk: &Walk<'_>, walked: &Walked, listed: &[usize]) -> Vec<Vec<Edge>> {
    let errors = walked.problems.iter().filter(|p| p.instance.holds == FALSE && walk.requirement(p.cause).level == Level::Error);
    let mut out = Vec::new();
    for problem in errors {
        let mut way = problem.trace.clone();
        if let Cause::Guard { step, .. } = problem.cause {
            way.push(step);
        }
        // What the way left out comes after what it did.
        let place = |step: &usize| way.iter().position(|done| done == step).unwrap_or(usize::MAX);
        let mut broken = Vec::new();
        for (n, first) in listed.iter().enumerate() {
            for second in &listed[n + 1..] {
                if place(second) < place(first) {
                    broken.push((*first, *second));
                }
            }
        }
        if !out.contains(&broken) {
            out.push(broken);
        }
    }
    out
}

/// A smallest set of edges with one of each order, first in listed order; `None` where it takes too many.
fn smallest_hitting(orders: &[Vec<Edge>]) -> Option<Vec<Edge>> {
    fn hit(orders: &[Vec<Edge>], chosen: &mut Vec<Edge>, left: usize) -> bool {
        let Some(open) = orders.iter().find(|order| !order.iter().any(|edge| chosen.contains(edge))) else { return true };
        if left == 0 {
            return false;
        }
        for edge in open {
            chosen.push(*edge);
            if hit(orders, chosen, left - 1) {
                return true;
            }
            chosen.pop();
        }
        false
    }
    (1..=EDGES_MAX).find_map(|size| {
        let mut chosen = Vec::new();
        hit(orders, &mut chosen, size).then_some(chosen)
    })
}
