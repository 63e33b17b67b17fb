//! One order of a plan's steps, what can be done side by side by different people, and the times that follow from durations.

use crate::model::plan::Plan;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Unit};

/// Whether two steps, by index, cannot be done at the same time whatever their order.
pub type Apart<'a> = &'a dyn Fn(usize, usize) -> bool;

/// One order of a plan's steps, and when each of them comes.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// The steps, by index, in an order that the plan allows: of those that may be next, the first listed.
    pub order: Vec<usize>,
    /// For each step its row, from 0: below all that come before it, and below those before it that it is kept apart from.
    pub rows: Vec<usize>,
    /// For each step, which other steps neither come before it nor after it, and can be done at the same time.
    pub beside: Vec<Vec<usize>>,
    /// The times, if every step has a duration.
    pub times: Option<Times>,
    /// The steps that have no duration.
    pub untimed: Vec<usize>,
}

/// Times in minutes of a calendar without zones, or from the first step if the plan states no moment.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// Start and end of each step if each takes as long as it may, and starts as soon as it can.
    pub slowest: Vec<(i64, i64)>,
    /// Minutes from the first start to the last end if each step takes as little as it may.
    pub total_least: i64,
    /// The same if each takes as long as it may.
    pub total_most: i64,
    /// Whether they are those of a calendar.
    pub of_calendar: bool,
}

/// The schedule of a plan; `apart` says of two steps that they are not done at the same time, for they need the same person or
/// drive. `None` if its steps wait for each other in a circle.
#[must_use]
pub fn schedule(plan: &Plan, apart: Apart<'_>) -> Option<Schedule> {
    let before = plan.predecessors()?;
    let count = plan.steps.len();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < count {
        order.push((0..count).find(|step| !order.contains(step) && plan.steps[*step].after.iter().all(|b| order.contains(b)))?);
    }
    let mut rows = vec![0; count];
    for (place, &step) in order.iter().enumerate() {
        let own = order[..place].iter().filter(|other| apart(**other, step));
        rows[step] = plan.steps[step].after.iter().chain(own).map(|earlier| rows[*earlier] + 1).max().unwrap_or(0);
    }
    let free = |a: usize, b: usize| a != b && !apart(a, b) && !before[a].contains(&b) && !before[b].contains(&a);
    let beside = (0..count).map(|step| (0..count).filter(|other| free(step, *other)).collect()).collect();
    let untimed: Vec<usize> = order.iter().copied().filter(|step| plan.steps[*step].takes.is_none()).collect();
    let times = untimed.is_empty().then(|| times(plan, apart, &order));
    Some(Schedule { order, rows, beside, times, untimed })
}

fn times(plan: &Plan, apart: Apart<'_>, order: &[usize]) -> Times {
    // What comes before the first stated moment starts early enough for it, however long it takes.
    let free = stretch(plan, apart, order, None, true);
    let first = plan.steps.iter().zip(&free).filter_map(|(step, span)| Some(step.at? - span.0)).min();
    let run = |most: bool| match first {
        Some(first) => stretch(plan, apart, order, Some(first), most),
        None => stretch(plan, apart, order, None, most),
    };
    let total = |spans: &[(i64, i64)]| {
        let start = spans.iter().map(|span| span.0).min().unwrap_or(0);
        spans.iter().map(|span| span.1).max().unwrap_or(0) - start
    };
    let (quickest, slowest) = (run(false), run(true));
    Times { total_least: total(&quickest), total_most: total(&slowest), slowest, of_calendar: first.is_some() }
}

/// Start and end of each step of `order` when it starts as soon as those before it, its person and its drive allow; from that moment, and
/// not before its own, or from 0 if there is no moment.
fn stretch(plan: &Plan, apart: Apart<'_>, order: &[usize], first: Option<i64>, most: bool) -> Vec<(i64, i64)> {
    let from = first.unwrap_or(0);
    let mut spans = vec![(from, from); plan.steps.len()];
    for (place, &step) in order.iter().enumerate() {
        let of = &plan.steps[step];
        let own = order[..place].iter().filter(|other| apart(**other, step));
        let ended = of.after.iter().filter(|b| order.contains(b)).chain(own).map(|earlier| spans[*earlier].1);
        let start = ended.chain(of.at.filter(|_| first.is_some())).max().unwrap_or(from);
        let (least, longest) = of.takes.unwrap_or((0, 0));
        spans[step] = (start, start + if most { longest } else { least });
    }
    spans
}

/// Least and most minutes from the start of the first to the end of the last of these steps, which follow each other in an
/// order, if each starts as soon as it can; `None` if one has no duration.
#[must_use]
pub fn minutes_of(plan: &Plan, apart: Apart<'_>, steps: &[usize]) -> Option<(i64, i64)> {
    let first = *steps.first()?;
    if steps.iter().any(|step| plan.steps[*step].takes.is_none()) {
        return None;
    }
    // A moment within the stretch that its first step has none of leaves open how long they wait for it.
    let start = plan.steps[first].at;
    let fixed = start.is_some() || steps.iter().all(|step| plan.steps[*step].at.is_none());
    let from = start.unwrap_or(0);
    let last = |most| stretch(plan, apart, steps, start, most).iter().map(|span| span.1).max().unwrap_or(from) - from;
    fixed.then(|| (last(false), last(true)))
}

/// `2002-10-22 06:00` for minutes since 1970-01-01T00:00, local.
#[must_use]
pub fn clock(minutes: i64) -> String {
    let moment = DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(SignedDuration::from_mins(minutes));
    match moment.and_then(|moment| moment.round(Unit::Minute)) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => format!("minute {minutes}"),
    }
}

/// `45 min`, `2 h`, `1 h 30 min`.
#[must_use]
pub fn span(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `30 min`, or `2 h to 3 h`.
#[must_use]
pub fn interval((least, most): (i64, i64)) -> String {
    if least == most { span(least) } else { format!("{} to {}", span(least), span(most)) }
}
