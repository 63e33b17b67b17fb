//! Ground actions: everything that a step could do on a site, each action with each choice of its arguments.

use super::eval::Completion;
use super::state::Layout;
use crate::spec::expr::{Expr, ExprKind};
use crate::spec::machine::{Parameter, Requirement};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{Type, Value};

/// Most numbers of a range that are tried as an argument.
const NUMBERS_MAX: i64 = 16;
/// Most values of an enumeration whose subsets are tried as an argument.
const MEMBERS_MAX: usize = 5;

/// An action with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroundAction {
    /// The action, by index.
    pub action: usize,
    /// One for each parameter.
    pub arguments: Vec<Value>,
    /// The records among them that only plans name: bit `i` is number `i` of [`ground`]'s `objects`.
    pub objects: u64,
}

/// All ground actions of a machine on a site, in the rulebook's order. Left out are those with a requirement that does not depend
/// on the state and of which `possible` says that these arguments cannot meet it. `start` is the state before the first step,
/// `objects` are the records that only plans name.
#[must_use]
pub fn ground(
    rulebook: &Rulebook,
    site: &Completion<'_>,
    layout: &Layout,
    start: &[Value],
    objects: &[usize],
    possible: &dyn Fn(&Requirement, &[Value]) -> bool,
) -> Vec<GroundAction> {
    let grounding = Grounding { rulebook, site, layout, start };
    let mut out = Vec::new();
    for (index, action) in rulebook.machine.actions.iter().enumerate() {
        let choices: Vec<Vec<Value>> = action.parameters.iter().map(|parameter| grounding.choices(parameter)).collect();
        let fixed: Vec<&Requirement> = action
            .guard
            .iter()
            .filter(|conjunct| conjunct.window.is_none() && grounding.is_fixed(&conjunct.requirement))
            .map(|conjunct| &conjunct.requirement)
            .collect();
        each_row(&choices, &mut Vec::new(), &mut |arguments| {
            if fixed.iter().all(|requirement| possible(requirement, arguments)) {
                let named = |value: &Value| match value {
                    Value::Record(record) => objects.iter().position(|object| object == record),
                    _ => None,
                };
                let objects = arguments.iter().filter_map(named).fold(0, |bits, object| bits | 1 << object);
                out.push(GroundAction { action: index, arguments: arguments.to_vec(), objects });
            }
        });
    }
    out
}

fn each_row(choices: &[Vec<Value>], row: &mut Vec<Value>, found: &mut dyn FnMut(&[Value])) {
    let Some((first, rest)) = choices.split_first() else {
        found(row);
        return;
    };
    for value in first {
        row.push(value.clone());
        each_row(rest, row, found);
        row.pop();
    }
}

struct Grounding<'a> {
    rulebook: &'a Rulebook,
    site: &'a Completion<'a>,
    layout: &'a Layout,
    start: &'a [Value],
}

impl Grounding<'_> {
    /// Whether a requirement asks only about facts and arguments.
    fn is_fixed(&self, requirement: &Requirement) -> bool {
        let ranges = requirement.each.iter().map(|range| &range.collection);
        let mut all = ranges.chain(&requirement.applies).chain([&requirement.must]);
        !all.any(|expr| self.rulebook.vocabulary.reads_state(expr))
    }

    fn choices(&self, parameter: &Parameter) -> Vec<Value> {
        let vocabulary = &self.rulebook.vocabulary;
        if parameter.absent_is_all {
            let all = self.site.site.all(vocabulary, &parameter.name, &parameter.ty);
            let alone: Vec<Value> = match &all {
                Value::List(records) if records.len() > 1 => {
                    let records = records.iter().filter(|value| matches!(value, Value::Record(_)));
                    records.map(|record| Value::List(vec![record.clone()])).collect()
                }
                _ => Vec::new(),
            };
            return [all].into_iter().chain(alone).collect();
        }
        match &parameter.ty {
            Type::List(inner, _) => match **inner {
                Type::Enumeration(id) => {
                    let values = vocabulary.enumerations[id].values.len().min(MEMBERS_MAX);
                    let member = |bits: usize| (0..values).filter(move |value| bits >> value & 1 == 1).map(Value::Enumeration);
                    (1..1 << values).map(|bits: usize| Value::List(member(bits).collect())).collect()
                }
                _ => vec![self.site.site.all(vocabulary, &parameter.name, &parameter.ty)],
            },
            Type::Record(kind) | Type::Reference { record: kind, .. } => {
                self.site.site.of_kind(*kind).map(Value::Record).collect()
            }
            Type::Enumeration(id) => (0..vocabulary.enumerations[*id].values.len()).map(Value::Enumeration).collect(),
            Type::Boolean => vec![Value::Boolean(false), Value::Boolean(true)],
            Type::Number { min, max } => (*min..=*max.min(&(min + NUMBERS_MAX))).map(Value::Number).collect(),
            ty => self.known_values(ty),
        }
    }

    /// Values of a type without end: those that the state begins with, and those that the machine mentions.
    fn known_values(&self, ty: &Type) -> Vec<Value> {
        let mut out: Vec<Value> = Vec::new();
        let mut add = |value: Value| {
            if !out.contains(&value) {
                out.push(value);
            }
        };
        for (place, value) in self.start.iter().enumerate() {
            if same_kind(&self.rulebook.vocabulary.state[self.layout.at(place).0].ty, ty) {
                add(value.clone());
            }
        }
        let machine = &self.rulebook.machine;
        let requirements = machine.requirements().map(|(_, requirement)| requirement);
        let conditions: Vec<&Expr> = requirements.flat_map(|one| one.applies.iter().chain([&one.must])).collect();
        for condition in conditions {
            condition.visit(&mut |part| {
                if let ExprKind::Version(code) = part.kind
                    && part.ty == *ty
                {
                    add(Value::Version(code));
                }
            });
        }
        out
    }
}

fn same_kind(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Text { .. }, Type::Text { .. }) | (Type::Subnet, Type::Subnet)) || a == b
}
