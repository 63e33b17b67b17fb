//! A rule applied to one choice of what it ranges over.

use super::sym::Sym;
use super::symbolic::Symbolic;
use super::term::{self, Bool, FALSE, TRUE, and};
use crate::model::eval::Completion;
use crate::spec::expr::{Expr, Range};
use crate::spec::rule::Rule;
use crate::spec::types::{Type, Value};
use crate::spec::typing::element_type;

/// A rule and the values of its variables.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The values of the rule's variables.
    pub frame: Vec<Sym>,
    /// That what it ranges over is there, and that the rule is due.
    pub present: Bool,
    /// That it is present, and that the rule has something to say.
    pub applies: Bool,
    /// That the rule holds.
    pub holds: Bool,
    /// Whether it ranges over what an absent list could hold.
    pub phantom: bool,
}

/// The instances of a rule on a site that it has something to say about, in file order. `due` is the condition that the rule is judged at all.
#[must_use]
pub fn instances(symbolic: Symbolic<'_>, rule: &Rule, due: &Bool) -> Vec<Instance> {
    let mut out = Vec::new();
    each_choice(symbolic, &rule.each, due.clone(), &mut Vec::new(), &mut |frame, present| {
        let instance = instance(symbolic, rule.applies.as_ref(), &rule.must, present, frame);
        if instance.applies != FALSE {
            out.push(instance);
        }
    });
    out
}

/// Every choice of what is ranged over, in file order: the values of the variables, and the condition that all are there.
pub fn each_choice(
    symbolic: Symbolic<'_>,
    ranges: &[Range],
    present: Bool,
    frame: &mut Vec<Sym>,
    found: &mut dyn FnMut(&[Sym], &Bool),
) {
    if present == FALSE {
        return;
    }
    let Some((each, inner)) = ranges.split_first() else {
        found(frame, &present);
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
            each_choice(symbolic, inner, present, frame, found);
        }
    }
    frame.truncate(each.first);
}

/// One instance of a condition that must hold where it applies.
#[must_use]
pub fn instance(symbolic: Symbolic<'_>, applies: Option<&Expr>, must: &Expr, present: &Bool, frame: &[Sym]) -> Instance {
    let condition = applies.map_or(TRUE, |condition| symbolic.holds(condition, frame));
    let applies = and([present.clone(), condition]);
    let holds = if applies == FALSE { TRUE } else { term::implies(applies.clone(), symbolic.holds(must, frame)) };
    let phantom = frame.iter().any(|sym| match sym {
        Sym::Record(choices) => choices.iter().any(|(_, record)| symbolic.site.records[*record].phantom),
        _ => false,
    });
    let phantom = phantom || matches!(present, Bool::Node(_));
    Instance { frame: frame.to_vec(), present: present.clone(), applies, holds, phantom }
}

/// Whether the instance holds when the holes are filled so, by the concrete meaning. Whether it is due is the caller's.
///
/// An element that is not there can equal one that is (two texts of an absent list); which of them the instance is
/// about, only its own condition tells.
#[must_use]
pub fn replay(completion: &Completion<'_>, rule: &Rule, instance: &Instance) -> bool {
    if !term::truth(&instance.present, completion.filled) {
        return true;
    }
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
