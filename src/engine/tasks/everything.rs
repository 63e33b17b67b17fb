//! Everything that can be done on a site, as steps of a plan in no order. Says nothing of when it can be done.

use crate::engine::logic::symbolic::Symbolic;
use crate::model::eval::Completion;
use crate::model::ground::ground;
use crate::model::plan::{Argument, Plan, Step};
use crate::model::site::{Datum, HoleId, Site};
use crate::model::state::Layout;
use crate::model::step;
use crate::spec::machine::Requirement;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;

/// The different things that the steps of a plan do, and for each step which.
#[must_use]
pub fn distinct(plan: &Plan) -> (Plan, Vec<usize>) {
    let (mut out, mut which) = (Plan { past: plan.past.clone(), ..Plan::default() }, Vec::new());
    let same = |a: &Step, b: &Step| {
        a.action == b.action && a.arguments.iter().map(|one| &one.value).eq(b.arguments.iter().map(|one| &one.value))
    };
    for step in &plan.steps {
        let known = out.steps.iter().position(|other| same(other, step));
        which.push(known.unwrap_or(out.steps.len()));
        if known.is_none() {
            out.steps.push(step.clone());
        }
    }
    (out, which)
}

/// Everything that can be done on a site, each as a step. Those of `plan` come first.
#[must_use]
pub fn everything(rulebook: &Rulebook, site: &Site, plan: &Plan) -> Plan {
    let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
    let completion = Completion { vocabulary: &rulebook.vocabulary, site, filled: &filled, state: None, watch: None };
    let layout = Layout::new(&rulebook.vocabulary, site);
    let start = step::start(&completion, &layout);
    let objects: Vec<usize> =
        (0..site.records.len()).filter(|record| rulebook.vocabulary.list_of_plan(site.records[*record].kind).is_some()).collect();
    let mut all = plan.clone();
    let possible = |requirement: &Requirement, arguments: &[Value]| step::satisfied(&completion, requirement, arguments, false);
    for one in ground(rulebook, &completion, &layout, &start, &objects, &possible) {
        let arguments = one.arguments.into_iter().map(|value| Argument { value, span: None }).collect();
        all.steps.push(Step { action: one.action, arguments, ..Step::default() });
    }
    distinct(&all).0
}

/// The site with the facts that these holes belong to as the search for plans takes them: each hole the first that it can be.
#[must_use]
pub fn supposed(base: Symbolic<'_>, holes: &[HoleId]) -> Site {
    let mut site = base.site.clone();
    let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
    let completion = Completion { vocabulary: base.vocabulary, site: base.site, filled: &filled, state: None, watch: None };
    for hole in holes {
        let (record, field) = (site.holes[*hole].record, site.holes[*hole].field);
        let ty = &base.vocabulary.records[site.records[record].kind].fields[field].ty;
        let value = completion.datum(ty, &base.site.records[record].facts[field].datum);
        site.records[record].facts[field].datum = Datum::Value(value);
    }
    site
}
