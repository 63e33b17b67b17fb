//! The rules that the facts of a site decide by themselves, without a term: by the concrete meaning alone.
//!
//! The holes of the site are filled in some way, and what is read is watched. Where no hole was read, the answer is the
//! same however they are filled. Everything else is asked of the symbolic meaning, and so is every violation.

use super::instance::{Instance, each_choice, instance};
use super::sym::{Sym, constant};
use super::symbolic::Symbolic;
use super::term::{FALSE, TRUE};
use crate::model::eval::{Completion, Watch};
use crate::model::step::each_element;
use crate::spec::expr::Range;
use crate::spec::rule::Rule;
use crate::spec::types::Value;

/// A site whose facts are asked first.
pub struct Known<'a> {
    symbolic: Symbolic<'a>,
    filled: Vec<i64>,
    watch: Watch,
}

/// What comes of a rule on a site.
pub struct Told {
    /// Whether an instance was decided without a term to hold, where the rule has something to say.
    pub applied: bool,
    /// The instances that are violated or open, or were decided with terms, in file order.
    pub instances: Vec<Instance>,
    /// Whether the terms say that an instance holds which the facts violate: our bug.
    pub disagrees: bool,
}

impl<'a> Known<'a> {
    /// That site.
    #[must_use]
    pub fn new(symbolic: Symbolic<'a>) -> Self {
        let site = symbolic.site;
        let filled = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
        Self { symbolic, filled, watch: Watch::default() }
    }

    /// The site with its holes filled in that way; what is read of them is noted if `watched`.
    #[must_use]
    pub fn completion(&self, watched: bool) -> Completion<'_> {
        let watch = watched.then_some(&self.watch);
        Completion { vocabulary: self.symbolic.vocabulary, site: self.symbolic.site, filled: &self.filled, state: None, watch }
    }

    /// What the rule says. Only instances that it has something to say about are there.
    #[must_use]
    pub fn rule(&self, rule: &Rule) -> Told {
        let mut told = Told { applied: false, instances: Vec::new(), disagrees: false };
        self.each(rule, &rule.each, &mut Vec::new(), &mut told);
        told
    }

    /// What `read` finds, if it read no hole.
    fn without_holes<T>(&self, read: impl FnOnce(Completion<'_>) -> T) -> Option<T> {
        let found = read(self.completion(true));
        let mut holes = self.watch.holes.borrow_mut();
        if holes.is_empty() {
            return Some(found);
        }
        holes.clear();
        None
    }

    fn each(&self, rule: &Rule, ranges: &[Range], frame: &mut Vec<Value>, told: &mut Told) {
        let Some((each, inner)) = ranges.split_first() else { return self.one(rule, frame, told) };
        let Some(elements) = self.without_holes(|completion| completion.elements(&each.collection, frame)) else {
            let mut frame = symbols(frame);
            return each_choice(self.symbolic, ranges, TRUE, &mut frame, &mut |frame, present| {
                told.add(instance(self.symbolic, rule.applies.as_ref(), &rule.must, present, frame));
            });
        };
        each_element(each, &elements, frame, &mut |frame| self.each(rule, inner, frame, told));
    }

    fn one(&self, rule: &Rule, frame: &[Value], told: &mut Told) {
        let holds = self.without_holes(|completion| {
            let applies = rule.applies.as_ref().is_none_or(|condition| completion.holds(condition, frame));
            applies.then(|| completion.holds(&rule.must, frame))
        });
        match holds {
            // The rule has nothing to say.
            Some(None) => {}
            Some(Some(true)) => told.applied = true,
            Some(Some(false)) | None => {
                let instance = instance(self.symbolic, rule.applies.as_ref(), &rule.must, &TRUE, &symbols(frame));
                told.disagrees |= holds.is_some() && instance.holds == TRUE;
                told.add(instance);
            }
        }
    }
}

impl Told {
    fn add(&mut self, instance: Instance) {
        if instance.applies != FALSE {
            self.instances.push(instance);
        }
    }
}

fn symbols(frame: &[Value]) -> Vec<Sym> {
    frame.iter().map(constant).collect()
}
