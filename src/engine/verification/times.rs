//! The times that a plan states: against its order, against the windows of its machine, and against the moments that it
//! states itself. What they leave open is *cannot tell*, never *holds*.

use super::lint::{Judgement, Undecided, missing};
use super::timetable::{Event, Timetable};
use super::walk::Walk;
use super::wording;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::term::{Bool, FALSE, Int, TRUE, and, at_most};
use crate::model::plan::{Past, Plan, Step};
use crate::source::finding::{Finding, Label, Level};
use crate::source::text::printable;
use crate::spec::expr::Expr;
use crate::spec::machine::{Hours, Moment, Requirement, Stated, Window};

/// Minutes of an hour.
const HOUR: i64 = 60;
/// Minutes of a day.
const DAY: i64 = 24 * HOUR;

/// What is wrong with the times of a plan, and what cannot be told of them.
pub fn times(walk: &Walk<'_>, out: &mut Judgement) {
    let Some(before) = walk.plan.predecessors() else { return };
    let table = Timetable::new(walk.plan, &begun(walk));
    let judging = Judging { walk, table, before };
    let against_order = judging.order();
    let contradiction = judging.table.contradiction();
    if let Some(step) = contradiction.filter(|_| against_order.is_empty()) {
        let it = judging.step(step);
        let message = format!("the times of the plan contradict each other at `{}`", printable(&it.id));
        let help = "look at `starts`, and at `at`, `takes` and `within` of the steps before and after it";
        out.findings.push(Finding::error("impossible-times", it.action_span, message).help(help));
    }
    out.findings.extend(against_order);
    out.findings.extend(drives(walk, &judging.before));
    // Nothing can be said of windows by times that cannot be.
    if contradiction.is_some() {
        return;
    }
    for (step, it) in walk.plan.steps.iter().enumerate() {
        for guard in &walk.rulebook.machine.actions[it.action].guard {
            if let Some(window) = &guard.window {
                judging.window(step, &guard.requirement, window, out);
            }
            if let Some(moment) = guard.not_before {
                judging.moment(step, &guard.requirement, moment, out);
            }
            if let Some(hours) = &guard.outside {
                judging.outside(step, &guard.requirement, hours, out);
            }
            if let Some(Stated::SameDay(moments)) = &guard.stated {
                judging.same_day(step, &guard.requirement, moments, out);
            }
        }
    }
}

/// The steps that wait for `starts` because they state no time themselves, with that moment.
fn begun(walk: &Walk<'_>) -> Vec<(usize, i64)> {
    let Some(starts) = stated(walk.plan, Moment::Starts) else { return Vec::new() };
    let waits = |step: &usize| {
        let guard = &walk.action(*step).guard;
        walk.plan.steps[*step].at.is_none() && guard.iter().any(|guard| guard.not_before == Some(Moment::Starts))
    };
    (0..walk.plan.steps.len()).filter(waits).map(|step| (step, starts)).collect()
}

fn stated(plan: &Plan, moment: Moment) -> Option<i64> {
    plan.moments.iter().find(|(known, _)| *known == moment).map(|(_, minutes)| *minutes)
}

/// `26 h 0 min`.
fn span(minutes: i64) -> String {
    format!("{} h {} min", minutes / 60, minutes % 60)
}

fn undecided(requirement: &Requirement, why: String, out: &mut Judgement) {
    let (code, level) = (requirement.code.clone(), requirement.level);
    out.undecided.push(Undecided { code, level, facts: Vec::new(), gave_up: Some(why) });
}

struct Judging<'a> {
    walk: &'a Walk<'a>,
    table: Timetable,
    before: Vec<Vec<usize>>,
}

impl Judging<'_> {
    fn step(&self, step: usize) -> &Step {
        &self.walk.plan.steps[step]
    }

    /// Steps that state a start at which a step before them cannot be over, or need not be. A step that states no start
    /// starts when those before it are over; one that does not say how long it takes may take no time at all.
    fn order(&self) -> Vec<Finding> {
        let mut ends: Vec<Option<(i64, i64)>> = vec![None; self.before.len()];
        let mut out = Vec::new();
        for step in self.walk.plan.order() {
            let it = self.step(step);
            let earlier = it.after.iter().filter_map(|before| ends[*before]);
            let ready = earlier.reduce(|one, other| (one.0.max(other.0), one.1.max(other.1)));
            let (least, most) = it.takes.unwrap_or_default();
            ends[step] = it.at.map(|at| (at, at)).or(ready).map(|(soonest, latest)| (soonest + least, latest + most));
            out.extend(it.at.and_then(|start| self.late(step, start, &ends)));
        }
        out
    }

    /// That a step starts before the one that ends last of those before it is over.
    fn late(&self, step: usize, start: i64, ends: &[Option<(i64, i64)>]) -> Option<Finding> {
        let ended = self.before[step].iter().filter_map(|earlier| ends[*earlier].map(|ends| (*earlier, ends)));
        let last = ended.filter(|(_, (_, latest))| *latest > start);
        let (earlier, (soonest, latest)) =
            last.max_by_key(|(earlier, (soonest, latest))| (*soonest > start, *latest, self.step(*earlier).at.is_some()))?;
        let (it, earlier) = (self.step(step), self.step(earlier));
        let (id, other) = (printable(&it.id), printable(&earlier.id));
        let (code, message, words, late) = if soonest > start {
            let message = format!("`{id}` is to start before `{other}`, which comes before it, can be over");
            ("impossible-times", message, "at least", soonest - start)
        } else {
            ("times-too-tight", format!("`{other}` may not be over when `{id}` is to start"), "up to", latest - start)
        };
        let finding = Finding::error(code, it.action_span, message)
            .label(format!("{words} {} too early", span(late)))
            .other(earlier.action_span, "comes before it")
            .help(format!("start `{id}` later, `{other}` earlier, or change their order"));
        Some(finding)
    }

    /// A window is kept if no times that the plan allows are further apart.
    fn window(&self, step: usize, requirement: &Requirement, window: &Window, out: &mut Judgement) {
        let Some(since) = self.since(step, window) else { return self.window_of_past(step, requirement, window, out) };
        let (it, from) = (self.step(step), self.step(since));
        let most = self.table.most(Event::End(since), Event::Start(step));
        if most.is_some_and(|most| most <= window.at_most) {
            return;
        }
        let least = self.table.most(Event::Start(step), Event::End(since)).map_or(0, |minutes| -minutes);
        let by_their_times = it.at.is_some() && from.at.is_some() && from.takes.is_some();
        if let Some(most) = most.filter(|_| by_their_times || least > window.at_most) {
            let mut finding = self.finding(step, requirement);
            finding.primary.text = format!("starts up to {} after the end of `{}`", span(most), printable(&from.id));
            finding.others.push(Label { span: from.action_span, text: "ends here at the earliest".to_owned() });
            out.findings.push(finding);
            return;
        }
        let (id, other) = (printable(&it.id), printable(&from.id));
        let why = match most {
            Some(most) => format!("as far as the plan says, up to {} may lie between `{other}` and `{id}`", span(most)),
            None => format!("nothing bounds the time between `{other}` and `{id}`"),
        };
        undecided(requirement, why, out);
    }

    /// A window that was opened before the plan begins: kept by a bound that the plan states, as long as it has not passed.
    fn window_of_past(&self, step: usize, requirement: &Requirement, window: &Window, out: &mut Judgement) {
        let (it, past) = (self.step(step), &self.walk.plan.past);
        let fits = |one: &Past| one.is_done && one.step.opens(&self.walk.rulebook.machine, window, it);
        let Some(since) = past.iter().rposition(fits) else { return };
        let from = &past[since];
        let minutes = past.last().map_or(0, |last| last.ended.seconds_since(&from.ended)) / 60;
        let (id, of) = (printable(&it.id), printable(&from.step.id));
        if minutes > window.at_most {
            let mut finding = self.finding(step, requirement);
            finding.primary.text = format!("`{of}` ended at {}, {} before this plan begins", from.ended, span(minutes));
            out.findings.push(finding);
        } else if !it.since.iter().any(|(of, bound)| *of == since && *bound <= window.at_most) {
            undecided(
                requirement,
                format!("nothing bounds the time between the end of `{of}` at {} and `{id}`", from.ended),
                out,
            );
        }
    }

    /// A moment is kept if the step cannot start before it at any times that the plan allows.
    fn moment(&self, step: usize, requirement: &Requirement, moment: Moment, out: &mut Judgement) {
        let Some(minutes) = stated(self.walk.plan, moment) else { return };
        if self.table.earliest_start(step).is_some_and(|earliest| earliest >= minutes) {
            return;
        }
        let early = self.table.latest_start(step).map(|latest| minutes - latest).filter(|early| *early > 0);
        let Some(early) = early else {
            let id = printable(&self.step(step).id);
            let why = format!("nothing keeps `{id}` from starting before `{}`; state its `at`", moment.word());
            return undecided(requirement, why, out);
        };
        let mut finding = self.finding(step, requirement);
        finding.primary.text = format!("starts {} before `{}`", span(early), moment.word());
        out.findings.push(finding);
    }

    /// Hours are kept free if the step is not under way in them on any day, at any times that the plan allows.
    fn outside(&self, step: usize, requirement: &Requirement, hours: &Hours, out: &mut Judgement) {
        let (base, frame) = (self.walk.base, self.walk.arguments(step));
        let applies = requirement.applies.as_ref().map_or(TRUE, |condition| base.holds(condition, &frame));
        let hour = |expr: &Expr| if let Sym::Int(hour) = base.eval(expr, &frame) { hour } else { Int::Const(0) };
        let hours = match (&applies, hour(&hours.from), hour(&hours.to)) {
            (Bool::Const(false), ..) => return,
            (Bool::Const(true), Int::Const(from), Int::Const(to)) => Daily { from: from * HOUR, to: to * HOUR },
            (_, from, to) => {
                let facts = missing(base.site, base, &and([applies.clone(), at_most(from, to)]));
                let (code, level) = (requirement.code.clone(), requirement.level);
                return out.undecided.push(Undecided { code, level, facts, gave_up: None });
            }
        };
        let (it, starts) = (self.step(step), (self.table.earliest_start(step), self.table.latest_start(step)));
        if starts.0.zip(self.table.most(Event::Calendar, Event::End(step))).is_some_and(|(start, end)| !hours.meet(start, end)) {
            return;
        }
        let least = it.takes.unwrap_or_default().0;
        let certain = |(first, last): (i64, i64)| last - first < DAY && (first..=last).all(|at| hours.meet(at, at + least));
        if !starts.0.zip(starts.1).is_some_and(certain) {
            let why = format!("nothing keeps `{}` out of these hours; state its `at` and `takes`", printable(&it.id));
            return undecided(requirement, why, out);
        }
        let mut finding = self.finding(step, requirement);
        finding.primary.text = format!("is under way between {}:00 and {}:00", hours.from / HOUR, hours.to / HOUR);
        out.findings.push(finding);
    }

    /// Moments are on one day if all of them that the plan states are.
    fn same_day(&self, step: usize, requirement: &Requirement, moments: &[Moment], out: &mut Judgement) {
        let (base, frame) = (self.walk.base, self.walk.arguments(step));
        let applies = requirement.applies.as_ref().map_or(TRUE, |condition| base.holds(condition, &frame));
        let mut days = moments.iter().filter_map(|moment| stated(self.walk.plan, *moment)).map(|minutes| minutes.div_euclid(DAY));
        let first = days.next();
        if applies == FALSE || days.all(|day| Some(day) == first) {
            return;
        }
        if applies == TRUE {
            let mut finding = self.finding(step, requirement);
            let names: Vec<String> = moments.iter().map(|moment| format!("`{}`", moment.word())).collect();
            finding.primary.text = format!("{} are on different days", names.join(" and "));
            return out.findings.push(finding);
        }
        let facts = missing(base.site, base, &applies);
        out.undecided.push(Undecided { code: requirement.code.clone(), level: requirement.level, facts, gave_up: None });
    }

    fn finding(&self, step: usize, requirement: &Requirement) -> Finding {
        let mut finding = wording::required(self.walk.rulebook, requirement, self.step(step).action_span);
        let frame = self.walk.arguments(step);
        finding.message = wording::words(self.walk.base, &requirement.message, &frame);
        finding.help = Some(wording::words(self.walk.base, &requirement.help, &frame));
        finding
    }

    /// The last step of the window's action before a step, with the same parameters.
    fn since(&self, step: usize, window: &Window) -> Option<usize> {
        let fits = |earlier: usize| self.step(earlier).opens(&self.walk.rulebook.machine, window, self.step(step));
        let earlier = self.before[step].iter().copied().filter(|earlier| fits(*earlier));
        earlier.max_by_key(|earlier| (self.step(*earlier).at, *earlier))
    }
}

/// The same hours of each day, in minutes since midnight.
#[derive(Clone, Copy)]
struct Daily {
    from: i64,
    to: i64,
}

impl Daily {
    /// Whether what goes on from `start` to `end`, at least a minute, goes on in them on some day.
    fn meet(self, start: i64, end: i64) -> bool {
        let length = if self.to < self.from { self.to + DAY - self.from } else { self.to - self.from };
        let mut days = start.div_euclid(DAY) - 1..=end.div_euclid(DAY);
        days.any(|day| start < day * DAY + self.from + length && end.max(start + 1) > day * DAY + self.from)
    }
}

/// Steps without an order between them that state times at which both would have the same drive, however short they are.
fn drives(walk: &Walk<'_>, before: &[Vec<usize>]) -> Vec<Finding> {
    let mut out = Vec::new();
    for (index, step) in walk.plan.steps.iter().enumerate() {
        let Some(start) = step.at else { continue };
        for (other, earlier) in walk.plan.steps.iter().enumerate() {
            let ordered = other == index || before[index].contains(&other) || before[other].contains(&index);
            let Some(((at, (least, _)), false)) = earlier.at.zip(earlier.takes).map(|times| (times, ordered)) else { continue };
            if (at, other) > (start, index) || at + least <= start || !step.shares_drive(&walk.rulebook.machine, earlier) {
                continue;
            }
            let (id, of) = (printable(&step.id), printable(&earlier.id));
            let mut finding =
                Finding::error("drive-in-use", step.action_span, format!("`{id}` is to start while `{of}` has its drive"));
            finding.level = Level::Warning;
            out.push(
                finding
                    .label(format!("at least {} too early", span(at + least - start)))
                    .other(earlier.action_span, "has the drive")
                    .help(format!("start `{id}` later, or `{of}` earlier")),
            );
        }
    }
    out
}
