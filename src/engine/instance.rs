//! A rule applied to one choice of what it ranges over.

use super::symbolic::{Sym, Symbolic};
use super::term::{self, Bool, FALSE, TRUE, and};
use crate::model::eval::Completion;
use crate::spec::rule::Rule;
use crate::spec::types::{Type, Value};
use crate::spec::typing::element_type;

/// A rule and the values of its variables.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The values of the rule's variables.
    pub frame: Vec<Sym>,
    /// That what it ranges over is there, and that the rule has something to say.
    pub applies: Bool,
    /// That the rule holds.
    pub holds: Bool,
    /// Whether it ranges over what an absent list could hold.
    pub phantom: bool,
}

/// The instances of a rule on a site, in file order. `due` is the condition that the rule is judged at all.
#[must_use]
pub fn instances(symbolic: Symbolic<'_>, rule: &Rule, due: &Bool) -> Vec<Instance> {
    let mut out = Vec::new();
    range(symbolic, rule, 0, due.clone(), &mut Vec::new(), &mut out);
    out
}

fn range(symbolic: Symbolic<'_>, rule: &Rule, depth: usize, present: Bool, frame: &mut Vec<Sym>, out: &mut Vec<Instance>) {
    if present == FALSE {
        return;
    }
    let Some(each) = rule.each.get(depth) else {
        out.push(instance(symbolic, rule, &present, frame));
        return;
    };
    let elements = symbolic.elements(&each.collection, frame);
    for (index, (there, element)) in elements.iter().enumerate() {
        let pairs = each.names.len() == 2;
        let seconds = if pairs { elements.get(index + 1..).unwrap_or_default() } else { &[(TRUE, Sym::Bool(TRUE))] };
        for (second_there, second) in seconds {
            frame.truncate(each.first);
            frame.push(element.clone());
            if pairs {
                frame.push(second.clone());
            }
            let present = and([present.clone(), there.clone(), second_there.clone()]);
            range(symbolic, rule, depth + 1, present, frame, out);
        }
    }
    frame.truncate(each.first);
}

fn instance(symbolic: Symbolic<'_>, rule: &Rule, present: &Bool, frame: &[Sym]) -> Instance {
    let condition = rule.applies.as_ref().map_or(TRUE, |condition| symbolic.holds(condition, frame));
    let applies = and([present.clone(), condition]);
    let holds = if applies == FALSE { TRUE } else { term::implies(applies.clone(), symbolic.holds(&rule.must, frame)) };
    let phantom = frame.iter().any(|sym| match sym {
        Sym::Record(choices) => choices.iter().any(|(_, record)| symbolic.site.records[*record].phantom),
        _ => false,
    });
    let phantom = phantom || matches!(present, Bool::Node(_));
    Instance { frame: frame.to_vec(), applies, holds, phantom }
}

/// Whether the instance holds when the holes are filled so, by the concrete meaning. Whether it is due is the caller's.
#[must_use]
pub fn replay(completion: &Completion<'_>, rule: &Rule, instance: &Instance) -> bool {
    let frame = concrete_frame(rule, instance, completion.filled);
    let there = rule.each.iter().all(|each| {
        let elements = completion.elements(&each.collection, &frame);
        (each.first..each.first + each.names.len()).all(|variable| elements.contains(&frame[variable]))
    });
    let applies = there && rule.applies.as_ref().is_none_or(|condition| completion.holds(condition, &frame));
    !applies || completion.holds(&rule.must, &frame)
}

/// The values of the rule's variables when the holes are filled so.
fn concrete_frame(rule: &Rule, instance: &Instance, filled: &[i64]) -> Vec<Value> {
    let mut types: Vec<Type> = Vec::new();
    for each in &rule.each {
        let element = element_type(&each.collection.ty).unwrap_or(Type::Boolean);
        types.extend(each.names.iter().map(|_| element.clone()));
    }
    instance.frame.iter().zip(&types).map(|(sym, ty)| sym.filled(ty, filled)).collect()
}
