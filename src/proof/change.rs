//! What one slip makes of an expression: a condition negated, a side left out, a value mistaken for its neighbour.

use crate::spec::expr::{Expr, ExprKind};
use crate::spec::syntax::Quantifier;
use crate::spec::types::Type;
use crate::spec::vocabulary::Vocabulary;

/// An expression with one slip in it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The expression; of the same type.
    pub to: Expr,
    /// The slip, in words.
    pub words: String,
}

/// Every expression that one slip can make of `expr`. `text` is the text that it was read from.
#[must_use]
pub fn changes(vocabulary: &Vocabulary, text: &str, expr: &Expr) -> Vec<Change> {
    let slips = Slips { vocabulary, text };
    slips.of(expr, false)
}

struct Slips<'a> {
    vocabulary: &'a Vocabulary,
    text: &'a str,
}

impl Slips<'_> {
    /// The slips in an expression and in all that it is made of. What stands under `not` is not negated once more.
    fn of(&self, expr: &Expr, negated: bool) -> Vec<Change> {
        let mut out = self.here(expr);
        if !negated && expr.ty == Type::Boolean && is_atom(&expr.kind) {
            let to = Expr { kind: ExprKind::Not(Box::new(expr.clone())), ..expr.clone() };
            out.push(Change { to, words: format!("{} negated", self.quoted(expr)) });
        }
        // The members of a set are left out one by one; what they are mistaken for says nothing more.
        let inner = if matches!(expr.kind, ExprKind::Set(_)) { 0 } else { expr.parts().len() };
        for (index, part) in expr.parts().into_iter().enumerate().take(inner) {
            for change in self.of(part, matches!(expr.kind, ExprKind::Not(_))) {
                let mut to = expr.clone();
                if let Some(slot) = to.parts_mut().into_iter().nth(index) {
                    *slot = change.to;
                }
                out.push(Change { to, words: change.words });
            }
        }
        out
    }

    /// The slips at the top of an expression, but for its negation.
    fn here(&self, expr: &Expr) -> Vec<Change> {
        let becomes = |kind: ExprKind, words: String| Change { to: Expr { kind, ..expr.clone() }, words };
        let only =
            |part: &Expr| Change { to: part.clone(), words: format!("{} reduced to {}", self.quoted(expr), self.quoted(part)) };
        let instead = |kind: ExprKind, new: &str| becomes(kind, format!("{} becomes `{new}`", self.quoted(expr)));
        match &expr.kind {
            ExprKind::Boolean(value) => vec![instead(ExprKind::Boolean(!value), if *value { "false" } else { "true" })],
            ExprKind::Number(number) => {
                let near = [number + 1, number - 1].into_iter().filter(|near| *near >= 0);
                near.map(|near| instead(ExprKind::Number(near), &near.to_string())).collect()
            }
            ExprKind::Version(code) => {
                let Type::Version(kind) = expr.ty else { return Vec::new() };
                let near = [code + 1, code - 1].into_iter().filter(|near| *near >= 0);
                near.map(|near| instead(ExprKind::Version(near), &self.vocabulary.versions[kind].display(near))).collect()
            }
            ExprKind::Enumeration(value) => {
                let Type::Enumeration(id) = expr.ty else { return Vec::new() };
                let values = &self.vocabulary.enumerations[id].values;
                let next = (value + 1) % values.len();
                if next == *value { Vec::new() } else { vec![instead(ExprKind::Enumeration(next), &values[next].name)] }
            }
            ExprKind::Set(items) => self.set(expr, items),
            ExprKind::Not(inner) => {
                vec![Change { to: (**inner).clone(), words: format!("{} negated", self.quoted(expr)) }]
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::If(_, a, b) | ExprKind::Union(a, b) | ExprKind::Plus(a, b) => {
                vec![only(a), only(b)]
            }
            ExprKind::Difference(a, _) => vec![only(a)],
            ExprKind::Implies(_, b) => vec![only(b)],
            ExprKind::Less(a, b) => {
                vec![becomes(ExprKind::AtMost(a.clone(), b.clone()), format!("{} also where both are equal", self.quoted(expr)))]
            }
            ExprKind::AtMost(a, b) => {
                vec![becomes(ExprKind::Less(a.clone(), b.clone()), format!("{} not where both are equal", self.quoted(expr)))]
            }
            ExprKind::Quantified { quantifier, first, pairs, collection, body } => {
                let (quantifier, words) = match quantifier {
                    Quantifier::All => (Quantifier::Exists, "for one instead of all"),
                    Quantifier::Exists => (Quantifier::All, "for all instead of one"),
                    Quantifier::Count => return Vec::new(),
                };
                let (collection, body) = (collection.clone(), body.clone());
                let kind = ExprKind::Quantified { quantifier, first: *first, pairs: *pairs, collection, body };
                vec![becomes(kind, format!("{} {words}", self.quoted(expr)))]
            }
            _ => Vec::new(),
        }
    }

    /// A set without each of its members; an empty one with a member.
    fn set(&self, expr: &Expr, items: &[Expr]) -> Vec<Change> {
        let with = |items: Vec<Expr>, words: String| Change { to: Expr { kind: ExprKind::Set(items), ..expr.clone() }, words };
        let Type::Set(id) = expr.ty else { return Vec::new() };
        if let (true, Some(value)) = (items.is_empty(), self.vocabulary.enumerations[id].values.first()) {
            let member = Expr { kind: ExprKind::Enumeration(0), ty: Type::Enumeration(id), span: expr.span };
            return vec![with(vec![member], format!("{} becomes `[{}]`", self.quoted(expr), value.name))];
        }
        let without = |index: usize| {
            let mut rest = items.to_vec();
            let left_out = rest.remove(index);
            with(rest, format!("{} without {}", self.quoted(expr), self.quoted(&left_out)))
        };
        (0..items.len()).map(without).collect()
    }

    /// The text of an expression.
    fn quoted(&self, expr: &Expr) -> String {
        let text = self.text.get(expr.span.start..expr.span.end).unwrap_or_default();
        format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Whether a boolean expression is made of no others that could be negated in its stead.
const fn is_atom(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Field(..)
            | ExprKind::Fact(..)
            | ExprKind::IsPrivate(_)
            | ExprKind::Equal(..)
            | ExprKind::Less(..)
            | ExprKind::AtMost(..)
            | ExprKind::In(..)
            | ExprKind::State(..)
            | ExprKind::Relation(..)
            | ExprKind::Definition(..)
    )
}
