//! A YAML tree to a [`Plan`], with the names of its site; everything that does not fit is a finding.

use super::continues;
use super::origin;
use super::plan::{Argument, Past, Plan, Step};
use super::site::Site;
use crate::source::finding::{Finding, nearest};
use crate::source::text::Span;
use crate::source::yaml::Node;
use crate::spec::machine::{Machine, Moment, Parameter};
use crate::spec::types::{RecordId, Type, Value, interval, minutes};
use crate::spec::vocabulary::Vocabulary;
use jiff::civil::DateTime;

const PLAN_KEYS: [&str; 8] = ["rulebook", "kind", "site", origin::KEY, continues::KEY, "starts", "cut_off", "steps"];
const STEP_KEYS: [&str; 7] = ["id", "do", "by", "after", "at", "takes", "within"];
/// Most steps of a plan.
const STEPS_MAX: usize = 120;

/// The path of the plan's site, as stated.
#[must_use]
pub fn site_path<'n>(root: &'n Node<'_>) -> Option<(&'n str, Span)> {
    let node = root.get("site")?;
    node.scalar().filter(|path| !path.is_empty()).map(|path| (path, node.span))
}

/// The plan that `root` is, on `site`, which gains the records that only a plan names; and what is wrong with its words.
pub fn read(vocabulary: &Vocabulary, machine: &Machine, site: &mut Site, root: &Node<'_>) -> (Plan, Vec<Finding>) {
    read_on(vocabulary, machine, site, Vec::new(), root)
}

/// The same for a plan before which something was done.
pub fn read_on(
    vocabulary: &Vocabulary,
    machine: &Machine,
    site: &mut Site,
    past: Vec<Past>,
    root: &Node<'_>,
) -> (Plan, Vec<Finding>) {
    let plan = Plan { past, ..Plan::default() };
    let mut reading = Reading { vocabulary, machine, site, findings: Vec::new(), plan };
    reading.plan(root);
    (reading.plan, reading.findings)
}

struct Reading<'v> {
    vocabulary: &'v Vocabulary,
    machine: &'v Machine,
    site: &'v mut Site,
    findings: Vec<Finding>,
    plan: Plan,
}

impl Reading<'_> {
    fn wrong(&mut self, span: Span, message: String, help: impl Into<String>) {
        self.findings.push(Finding::error("wrong-type", span, message).help(help));
    }

    fn plan(&mut self, root: &Node<'_>) {
        self.keys(root, "a plan", &PLAN_KEYS);
        if let Some((path, span)) = site_path(root) {
            self.plan.site = (path.to_owned(), span);
        }
        self.plan.made_from = root.get(origin::KEY).and_then(|node| origin::read(node, &mut self.findings));
        self.plan.continues = root.get(continues::KEY).and_then(|node| continues::read(node, &mut self.findings));
        for moment in Moment::ALL {
            let stated = root.get(moment.word()).and_then(|node| self.moment(node, moment.word()));
            self.plan.moments.extend(stated.map(|minutes| (moment, minutes)));
        }
        let Some(steps) = root.get("steps") else {
            let finding = Finding::error("missing-field", Span::new(root.span.start, root.span.start), "a plan needs `steps`");
            self.findings.push(finding.help("add `steps:` and a list"));
            return;
        };
        self.plan.span = steps.span;
        let Some(items) = steps.items() else {
            self.wrong(
                steps.span,
                format!("`steps` should be a list, and is {}", steps.describe()),
                "write one `- { id: …, do: … }` for each step",
            );
            return;
        };
        if items.len() > STEPS_MAX {
            let message = format!("the plan has {} steps; the limit is {STEPS_MAX}", items.len());
            self.findings.push(Finding::error("too-many-items", items[STEPS_MAX].span, message).help("split the plan"));
            return;
        }
        let ids: Vec<Option<(&str, Span)>> =
            items.iter().map(|item| item.get("id").and_then(|id| Some((id.scalar()?, id.span)))).collect();
        for (index, id) in ids.iter().enumerate() {
            let Some((id, span)) = id else { continue };
            if let Some((_, first)) = ids[..index].iter().flatten().find(|(earlier, _)| earlier == id) {
                let finding = Finding::error("duplicate-id", *span, format!("two steps are called `{id}`"));
                self.findings.push(finding.label("again here").other(*first, "first here").help("give each a name of its own"));
            }
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(step) = self.step(index, item, &ids) {
                self.plan.steps.push(step);
            }
        }
        self.refuse_circle(items);
    }

    fn refuse_circle(&mut self, items: &[Node<'_>]) {
        if self.plan.steps.len() == items.len() && self.plan.predecessors().is_none() {
            let stuck: Vec<usize> = (0..items.len()).filter(|&s| self.reaches(s, s, &mut Vec::new())).collect();
            let names: Vec<&str> = stuck.iter().map(|&s| self.plan.steps[s].id.as_str()).collect();
            let message = format!("the steps {} wait for each other in a circle", names.join(", "));
            let span = stuck.first().map_or(self.plan.span, |&s| items[s].get("after").map_or(items[s].span, |node| node.span));
            self.findings.push(Finding::error("circular-after", span, message).help("take one of the `after` edges out"));
        }
    }

    /// Whether `goal` comes, directly or not, before `from`.
    fn reaches(&self, from: usize, goal: usize, seen: &mut Vec<usize>) -> bool {
        self.plan.steps[from].after.iter().any(|&before| {
            before == goal
                || (!seen.contains(&before) && {
                    seen.push(before);
                    self.reaches(before, goal, seen)
                })
        })
    }

    fn keys(&mut self, node: &Node<'_>, what: &str, known: &[&str]) {
        for (index, (key, _)) in node.entries().unwrap_or_default().iter().enumerate() {
            let name = key.scalar().unwrap_or_default();
            let earlier = node.entries().unwrap_or_default()[..index].iter().find(|(k, _)| k.scalar() == Some(name));
            if let Some((first, _)) = earlier {
                let finding = Finding::error("duplicate-key", key.span, format!("`{name}` is stated twice"));
                self.findings.push(finding.label("again here").other(first.span, "first here").help("remove one of them"));
            } else if !known.contains(&name) {
                let finding = Finding::error("unknown-field", key.span, format!("{what} has no field `{name}`"));
                self.findings.push(finding.help(nearest(name, known.iter().copied())));
            }
        }
    }

    fn step(&mut self, index: usize, node: &Node<'_>, ids: &[Option<(&str, Span)>]) -> Option<Step> {
        if node.entries().is_none() {
            self.wrong(node.span, format!("a step should be a mapping, and is {}", node.describe()), "write `{ id: …, do: … }`");
            return None;
        }
        let before = self.findings.len();
        for key in ["id", "do"] {
            if node.get(key).and_then(Node::scalar).is_none() {
                let span = Span::new(node.span.start, node.span.start + 1);
                self.findings
                    .push(Finding::error("missing-field", span, format!("a step needs `{key}`")).help(format!("add `{key}: …`")));
            }
        }
        let (id, action_node) = (node.get("id")?.scalar()?, node.get("do")?);
        let name = action_node.scalar()?;
        let Some(action) = self.machine.action(name) else {
            let finding = Finding::error("unknown-action", action_node.span, format!("`{name}` is no action"));
            let help = nearest(name, self.machine.actions.iter().map(|a| &*a.name));
            self.findings.push(finding.help(help));
            return None;
        };
        let machine = self.machine;
        let parameters = &machine.actions[action].parameters;
        let known: Vec<&str> = STEP_KEYS.into_iter().chain(parameters.iter().map(|p| &*p.name)).collect();
        self.keys(node, &format!("the action `{name}`"), &known);
        let arguments: Vec<Option<Argument>> = parameters.iter().map(|p| self.argument(name, p, node)).collect();
        let by =
            node.get("by").and_then(|by| self.enumeration(crate::spec::read_machine::ACTOR, by).map(|value| (value, by.span)));
        let after = self.after(index, node, ids);
        let at = node.get("at").and_then(|at| self.moment(at, "at"));
        let takes = node.get("takes").and_then(|takes| self.interval(takes));
        let bounds = node.get("within").map_or(&[][..], |within| within.items().unwrap_or(std::slice::from_ref(within)));
        let (mut within, mut since) = (Vec::new(), Vec::new());
        for bound in bounds {
            match self.past_bound(bound, ids) {
                Some(bound) => since.push(bound),
                None => within.extend(self.within(bound, ids)),
            }
        }
        if self.findings[before..].iter().any(|finding| finding.code != "unknown-field") {
            return None;
        }
        let arguments = arguments.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Step { id: id.to_owned(), action, arguments, by, after, at, takes, within, since, action_span: action_node.span })
    }

    fn after(&mut self, index: usize, node: &Node<'_>, ids: &[Option<(&str, Span)>]) -> Vec<usize> {
        let Some(after) = node.get("after") else { return index.checked_sub(1).into_iter().collect() };
        let Some(items) = after.items() else {
            self.wrong(after.span, "`after` should be a list of steps".to_owned(), "write `after: [id, id]`, or `after: []`");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.named_step(item, ids)).collect()
    }

    fn named_step(&mut self, node: &Node<'_>, ids: &[Option<(&str, Span)>]) -> Option<usize> {
        let name = node.scalar().unwrap_or_default();
        let found = ids.iter().position(|id| id.is_some_and(|(id, _)| id == name));
        if found.is_none() {
            let finding = Finding::error("dangling-reference", node.span, format!("no step is called `{name}`"));
            self.findings.push(finding.help(nearest(name, ids.iter().flatten().map(|(id, _)| *id))));
        }
        found
    }

    /// A bound on the time since something that was done before the plan begins, and whose name no step of it has.
    fn past_bound(&mut self, node: &Node<'_>, ids: &[Option<(&str, Span)>]) -> Option<(usize, i64)> {
        let name = node.get("of")?.scalar()?;
        let at_most = node.get("at_most")?.scalar().and_then(minutes)?;
        let is_here = ids.iter().flatten().any(|(id, _)| *id == name);
        let past = self.plan.past.iter().rposition(|past| past.is_done && past.step.id == name).filter(|_| !is_here)?;
        self.keys(node, "`within`", &["of", "at_most"]);
        Some((past, at_most))
    }

    fn within(&mut self, node: &Node<'_>, ids: &[Option<(&str, Span)>]) -> Option<(usize, i64)> {
        self.keys(node, "`within`", &["of", "at_most"]);
        let of = self.named_step(node.get("of")?, ids)?;
        let at_most = node.get("at_most")?;
        let bound = at_most.scalar().and_then(minutes);
        if bound.is_none() {
            self.wrong(at_most.span, "`at_most` should be a duration".to_owned(), "write one such as `24h` or `90m`");
        }
        Some((of, bound?))
    }

    /// `2h..3h` or `30m`, in minutes.
    fn interval(&mut self, node: &Node<'_>) -> Option<(i64, i64)> {
        let text = node.scalar().unwrap_or_default();
        let found = interval(text);
        if found.is_none() {
            self.wrong(node.span, format!("`{text}` is no duration"), "write `30m`, or `2h..3h` for at least and at most");
        }
        found
    }

    /// `2002-10-21T20:00` in minutes since a fixed day.
    fn moment(&mut self, node: &Node<'_>, what: &str) -> Option<i64> {
        let found = node.scalar().and_then(moment);
        if found.is_none() {
            self.wrong(node.span, format!("`{what}` should be a local date and time"), "write one such as `2002-10-22T06:00`");
        }
        found
    }

    fn enumeration(&mut self, name: &str, node: &Node<'_>) -> Option<usize> {
        let enumeration = &self.vocabulary.enumerations[self.vocabulary.enumeration(name)?];
        let word = node.scalar().unwrap_or_default();
        let found = enumeration.value(word);
        if found.is_none() {
            let finding = Finding::error("unknown-value", node.span, format!("`{word}` is no {}", enumeration.name));
            let help = match enumeration.refused.iter().find(|(known, _)| known == word) {
                Some((_, why)) => why.clone(),
                None => nearest(word, enumeration.values.iter().map(|v| &*v.name)),
            };
            self.findings.push(finding.help(help));
        }
        found
    }

    fn argument(&mut self, action: &str, parameter: &Parameter, step: &Node<'_>) -> Option<Argument> {
        let Some(node) = step.get(&parameter.name).filter(|node| !node.is_null()) else {
            if parameter.absent_is_all {
                return Some(Argument { value: self.site.all(self.vocabulary, &parameter.name, &parameter.ty), span: None });
            }
            let at = step.get("do").map_or(step.span, |node| node.span);
            let finding = Finding::error("missing-field", at, format!("the action `{action}` needs `{}`", parameter.name));
            self.findings.push(finding.help(format!("add `{}: …`: {}", parameter.name, parameter.doc)));
            return None;
        };
        let value = match &parameter.ty {
            Type::List(inner, _) => match node.items() {
                Some(items) => Value::List(items.iter().map(|item| self.value(inner, parameter, item)).collect::<Option<_>>()?),
                None => Value::List(vec![self.value(inner, parameter, node)?]),
            },
            Type::Set(id) => {
                let name = self.vocabulary.enumerations[*id].name.clone();
                let items = node.items().unwrap_or(std::slice::from_ref(node));
                let values: Option<Vec<usize>> = items.iter().map(|item| self.enumeration(&name, item)).collect();
                Value::Set(values?.into_iter().fold(0, |bits, value| bits | 1 << value))
            }
            ty => self.value(ty, parameter, node)?,
        };
        Some(Argument { value, span: Some(node.span) })
    }

    fn value(&mut self, ty: &Type, parameter: &Parameter, node: &Node<'_>) -> Option<Value> {
        let Some(word) = node.scalar() else {
            self.wrong(
                node.span,
                format!("`{}` should be a single value, and is {}", parameter.name, node.describe()),
                "write one value",
            );
            return None;
        };
        match ty {
            Type::Record(kind) => self.named_record(*kind, node, word).map(Value::Record),
            Type::Enumeration(id) => {
                let name = self.vocabulary.enumerations[*id].name.clone();
                self.enumeration(&name, node).map(Value::Enumeration)
            }
            Type::Version(id) => match self.vocabulary.versions[*id].parse(word) {
                Ok((low, high)) if low == high => Some(Value::Version(low)),
                _ => {
                    let kind = &self.vocabulary.versions[*id];
                    let message = format!("`{word}` is no {}", kind.name);
                    self.wrong(node.span, message, "write it in full");
                    None
                }
            },
            Type::Number { min, max } => {
                let number = word.parse::<i64>().ok().filter(|number| (min..=max).contains(&number));
                if number.is_none() {
                    self.wrong(node.span, format!("`{}` should be {min} to {max}", parameter.name), "write a whole number");
                }
                number.map(Value::Number)
            }
            Type::Boolean => Some(Value::Boolean(word == "true")),
            _ => Some(Value::Text(self.site.text_code(word))),
        }
    }

    /// The record of that kind that is called so. One of a kind that only plans name is made.
    fn named_record(&mut self, kind: RecordId, node: &Node<'_>, name: &str) -> Option<usize> {
        let known =
            |reading: &Self| reading.site.of_kind(kind).find(|&r| reading.site.key_text(reading.vocabulary, r) == Some(name));
        if let Some(record) = known(self) {
            return Some(record);
        }
        let Some(list) = self.vocabulary.list_of_plan(kind) else {
            let finding = Finding::error(
                "dangling-reference",
                node.span,
                format!("no {} of the site is called `{name}`", self.vocabulary.records[kind].name),
            );
            let keys: Vec<&str> = self.site.of_kind(kind).filter_map(|r| self.site.key_text(self.vocabulary, r)).collect();
            let help = nearest(name, keys);
            self.findings.push(finding.help(help));
            return None;
        };
        let index = self.site.add_object(self.vocabulary, list, kind, name, node.span);
        Some(index)
    }
}

/// `2002-10-21T20:00` in minutes since 1970-01-01T00:00, local.
fn moment(text: &str) -> Option<i64> {
    let moment: DateTime = text.parse().ok().filter(|_| text.contains('T'))?;
    Some(moment.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_mins())
}

#[cfg(test)]
mod tests {
    #[test]
    fn minutes_between_moments_are_those_of_the_calendar() {
        let minutes = |text| super::moment(text).unwrap();
        assert_eq!(minutes("1970-01-01T00:00"), 0);
        assert_eq!(minutes("2002-10-22T06:00") - minutes("2002-10-21T20:00"), 600);
        assert_eq!(minutes("2004-03-01T00:00") - minutes("2004-02-28T00:00"), 2 * 24 * 60);
        assert_eq!(minutes("2001-01-01T00:00") - minutes("2000-01-01T00:00"), 366 * 24 * 60);
        for wrong in ["2002-10-22", "2002-13-01T00:00", "2001-02-29T00:00", "2002-10-22T24:00", "T"] {
            assert_eq!(super::moment(wrong), None, "{wrong}");
        }
    }
}
