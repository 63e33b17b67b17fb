//! The one place where an instance of a rule becomes words and places.

use crate::engine::logic::instance::Instance;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::TRUE;
use crate::model::site::Datum;
use crate::source::finding::{Finding, Label, Level, Reference};
use crate::source::text::{Span, printable};
use crate::spec::expr::{Expr, ExprKind, Place};
use crate::spec::machine::Requirement;
use crate::spec::rule::Rule;
use crate::spec::rulebook::Rulebook;
use crate::spec::template::{Piece, Template};
use crate::spec::types::{Type, Value};
use crate::spec::vocabulary::FactValue;
use std::borrow::Cow;

/// The finding that an instance of a rule is violated.
#[must_use]
pub fn finding(rulebook: &Rulebook, symbolic: Symbolic<'_>, rule: &Rule, instance: &Instance) -> Finding {
    let frame = &instance.frame;
    let mut help = words(symbolic, &rule.help, frame);
    if let Some(cure) = &rule.cure {
        help.push_str(&format!("; in a plan: `{cure}`"));
    }
    let label = |label: &crate::spec::rule::RuleLabel| Label {
        span: span(symbolic, &label.at, frame),
        text: words(symbolic, &label.text, frame),
    };
    Finding {
        code: Cow::Owned(rule.code.clone()),
        level: level(symbolic, rule, instance),
        message: words(symbolic, &rule.message, frame),
        help: Some(help),
        primary: label(&rule.primary),
        others: rule.others.iter().map(label).collect(),
        reference: Some(reference(rulebook, rule)),
        trace: Vec::new(),
    }
}

/// That a requirement of the machine is not met at that place; its words are still to come.
#[must_use]
pub fn required(rulebook: &Rulebook, requirement: &Requirement, span: Span) -> Finding {
    let place = format!("{} p. {}", rulebook.manual.number, requirement.page);
    Finding {
        code: Cow::Owned(requirement.code.clone()),
        level: requirement.level,
        reference: Some(Reference { place, statements: requirement.statements.clone() }),
        ..Finding::error("", span, "")
    }
}

/// Where the manual says what a rule says.
#[must_use]
pub fn reference(rulebook: &Rulebook, rule: &Rule) -> Reference {
    Reference { place: format!("{} p. {}", rulebook.manual.number, rule.page), statements: rule.statements.clone() }
}

/// The level of a violation: the rule's, or its lower one where that is known to count.
fn level(symbolic: Symbolic<'_>, rule: &Rule, instance: &Instance) -> Level {
    match &rule.lower {
        Some((lower, condition)) if symbolic.holds(condition, &instance.frame) == TRUE => *lower,
        _ => rule.level,
    }
}

/// A message with its expressions filled in.
#[must_use]
pub fn words(symbolic: Symbolic<'_>, template: &Template, frame: &[Sym]) -> String {
    let mut out = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Value(expr) => out.push_str(&printable(&shown_or_unknown(symbolic, expr, frame))),
        }
    }
    out
}

/// The same as it is, with what cannot be printed: for a writer that escapes.
#[must_use]
pub fn plain_words(symbolic: Symbolic<'_>, template: &Template, frame: &[Sym]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Value(expr) => shown_or_unknown(symbolic, expr, frame),
    };
    template.pieces.iter().map(piece).collect()
}

fn shown_or_unknown(symbolic: Symbolic<'_>, expr: &Expr, frame: &[Sym]) -> String {
    shown(symbolic, expr, frame).unwrap_or_else(|| "unknown".to_owned())
}

/// What people call the value of an expression; nothing where a fact is missing.
#[must_use]
pub fn shown(symbolic: Symbolic<'_>, expr: &Expr, frame: &[Sym]) -> Option<String> {
    let vocabulary = symbolic.vocabulary;
    if let (ExprKind::Fact(base, fact), Type::Text { .. }) = (&expr.kind, &expr.ty) {
        let value = symbolic.eval(base, frame).value(&base.ty);
        let (Type::Enumeration(id), Some(Value::Enumeration(value))) = (&base.ty, value) else { return None };
        return Some(match &vocabulary.enumerations[*id].values[value].facts[*fact] {
            FactValue::Text(text) => text.clone(),
            FactValue::Boolean(yes) => yes.to_string(),
        });
    }
    let value = symbolic.eval(expr, frame).value(&expr.ty)?;
    Some(symbolic.site.display(vocabulary, &expr.ty, &value))
}

/// The bytes that a place means: the fact, the element of it, or the nearest thing that is in the file.
#[must_use]
pub fn span(symbolic: Symbolic<'_>, place: &Place, frame: &[Sym]) -> Span {
    let site = symbolic.site;
    let of_record = |record: Option<usize>| record.map_or_else(Span::default, |record| site.records[record].span);
    let ExprKind::Field(base, field) = &place.base.kind else {
        return of_record(symbolic.eval(&place.base, frame).record());
    };
    let Some(record) = symbolic.eval(base, frame).record() else {
        return nearest(symbolic, base, frame);
    };
    let fact = &site.records[record].facts[*field];
    let Some(whole) = fact.span else { return of_record(Some(record)) };
    let Some(element) = &place.element else { return whole };
    let Some(wanted) = symbolic.eval(element, frame).value(&element.ty) else { return whole };
    let found = match &fact.datum {
        Datum::Set(_, places) => places.iter().find(|(value, _)| Value::Enumeration(*value) == wanted).map(|(_, span)| *span),
        Datum::List(elements) => {
            let same = elements.iter().find(|e| matches!(&e.datum, Datum::Value(value) if *value == wanted));
            same.and_then(|element| element.span)
        }
        _ => None,
    };
    found.unwrap_or(whole)
}

/// The place of the innermost record of a path that is decided.
fn nearest(symbolic: Symbolic<'_>, expr: &Expr, frame: &[Sym]) -> Span {
    match (&expr.kind, symbolic.eval(expr, frame).record()) {
        (_, Some(record)) => symbolic.site.records[record].span,
        (ExprKind::Field(base, _), None) => nearest(symbolic, base, frame),
        _ => symbolic.site.records[0].span,
    }
}
