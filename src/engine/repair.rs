//! For a plan that fails in some orders and not in the listed one: the smallest set of `after` edges that makes it hold.

use super::term::FALSE;
use super::walk::{Cause, Walk, Walked};
use crate::model::plan::Plan;
use crate::source::finding::{Finding, Level};
use crate::source::text::{Span, printable};

/// Most edges that are proposed.
const EDGES_MAX: usize = 3;
/// Most times that a plan with edges added is walked.
const ROUNDS_MAX: usize = 60;

/// An edge: the first step before the second.
type Edge = (usize, usize);

/// The finding that proposes edges, verified; `None` where the listed order fails as well, or nothing fails.
#[must_use]
pub fn order(walk: &Walk<'_>, walked: &Walked, at: Span) -> Option<Finding> {
    let fails = |walked: &Walked| {
        walked
            .problems
            .iter()
            .any(|problem| problem.instance.holds == FALSE && walk.requirement(problem.cause).level == Level::Error)
    };
    if !fails(walked) {
        return None;
    }
    let listed = listed_order(walk.plan)?;
    let chain: Vec<Edge> = listed.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if fails(&with(walk, &chain)) {
        return None;
    }
    // Each bad order must be broken by an edge that the listed order keeps.
    let mut to_break: Vec<Vec<Edge>> = bad_orders(walk, walked, &listed);
    for _ in 0..ROUNDS_MAX {
        let edges = smallest_hitting(&to_break)?;
        let next = with(walk, &edges);
        if next.gave_up {
            return None;
        }
        if !fails(&next) {
            let words: Vec<String> =
                edges.iter().map(|(a, b)| format!("`{}` after `{}`", name(walk.plan, *b), name(walk.plan, *a))).collect();
            let message = format!("the plan fails in some orders that it allows, and holds with {}", words.join(" and "));
            let help =
                edges.iter().map(|(a, b)| format!("add `{}` to `after` of `{}`", name(walk.plan, *a), name(walk.plan, *b)));
            let mut finding = Finding::error("order-left-open", at, message).help(help.collect::<Vec<_>>().join("; "));
            for (_, b) in &edges {
                finding = finding.other(walk.plan.steps[*b].action_span, "too early in some orders");
            }
            return Some(finding);
        }
        let more = bad_orders(walk, &next, &listed);
        if more.iter().all(|order| to_break.contains(order)) {
            return None;
        }
        to_break.extend(more);
    }
    None
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

/// The plan with edges added, walked.
fn with(walk: &Walk<'_>, edges: &[Edge]) -> Walked {
    let mut plan = walk.plan.clone();
    for (first, second) in edges {
        plan.steps[*second].after.push(*first);
    }
    Walk { rulebook: walk.rulebook, base: walk.base, layout: walk.layout, plan: &plan }.walk()
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
