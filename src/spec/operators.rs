//! Types of operators, calls and quantifiers: the second half of `typing`.

use super::expr::{Expr, ExprKind};
use super::lexer::Problem;
use super::syntax::{Ast, AstKind, Binding, Operator, Quantifier};
use super::types::Type;
use super::typing::{Typing, agree, element_type, is_name};
use crate::source::finding::nearest;
use crate::source::text::Span;

impl Typing<'_> {
    pub(super) fn call(&mut self, name: &str, span: Span, arguments: &[Ast], whole: Span) -> Option<Expr> {
        let typed = |kind, ty| Some(Expr { kind, ty, span: whole });
        let vocabulary = self.vocabulary;
        if name == "count" {
            let [argument] = arguments else { return self.arity(name, span, 1, arguments.len()) };
            let collection = self.collection(argument)?;
            let max = match &collection.ty {
                Type::List(_, max) => i64::try_from(*max).unwrap_or(i64::MAX),
                _ => 64,
            };
            return typed(ExprKind::Count(Box::new(collection)), Type::Number { min: 0, max });
        }
        if name == "is_private" {
            let [argument] = arguments else { return self.arity(name, span, 1, arguments.len()) };
            return typed(ExprKind::IsPrivate(Box::new(self.of_type(argument, &Type::Subnet)?)), Type::Boolean);
        }
        if let Some(id) = vocabulary.relations.iter().position(|r| r.name == name) {
            let columns = &vocabulary.relations[id].columns;
            if columns.len() != arguments.len() {
                return self.arity(name, span, columns.len(), arguments.len());
            }
            let typed_arguments: Vec<Option<Expr>> =
                arguments.iter().zip(columns).map(|(a, column)| self.of_type(a, &Type::Enumeration(*column))).collect();
            return typed(ExprKind::Relation(id, typed_arguments.into_iter().collect::<Option<_>>()?), Type::Boolean);
        }
        if self.with_state
            && let Some(id) = vocabulary.state.iter().position(|variable| variable.name == name)
        {
            return self.state(id, span, arguments, whole);
        }
        let visible = self.definitions_visible;
        if let Some(id) = vocabulary.definitions.iter().take(visible).position(|d| d.name == name) {
            let definition = &vocabulary.definitions[id];
            if definition.parameters.len() != arguments.len() {
                return self.arity(name, span, definition.parameters.len(), arguments.len());
            }
            let typed_arguments: Vec<Option<Expr>> =
                arguments.iter().zip(&definition.parameters).map(|(a, (_, ty))| self.of_type(a, ty)).collect();
            return typed(
                ExprKind::Definition(id, typed_arguments.into_iter().collect::<Option<_>>()?),
                definition.body.ty.clone(),
            );
        }
        let known = ["all", "exists", "count", "is_private"].into_iter();
        let known = known.chain(vocabulary.relations.iter().map(|r| &*r.name));
        let known = known.chain(vocabulary.state.iter().filter(|_| self.with_state).map(|v| &*v.name));
        let known = nearest(name, known.chain(vocabulary.definitions.iter().take(visible).map(|d| &*d.name)));
        self.problem(Problem::new(span, format!("unknown relation or definition `{name}`")).help(known))
    }

    pub(super) fn arity(&mut self, name: &str, span: Span, wanted: usize, given: usize) -> Option<Expr> {
        self.problem(Problem::new(span, format!("`{name}` takes {wanted} argument(s), not {given}")))
    }

    pub(super) fn binary(&mut self, operator: Operator, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
        let boolean = |kind| Some(Expr { kind, ty: Type::Boolean, span });
        match operator {
            Operator::And | Operator::Or | Operator::Implies => {
                let (left, right) = (self.boolean(left), self.boolean(right));
                let (left, right) = (Box::new(left?), Box::new(right?));
                boolean(match operator {
                    Operator::And => ExprKind::And(left, right),
                    Operator::Or => ExprKind::Or(left, right),
                    _ => ExprKind::Implies(left, right),
                })
            }
            Operator::In | Operator::NotIn => {
                let member = self.membership(left, right, span)?;
                if operator == Operator::NotIn { boolean(ExprKind::Not(Box::new(member))) } else { Some(member) }
            }
            _ => self.comparison(operator, left, right, span),
        }
    }

    /// A sum of numbers, or a union or difference of sets.
    pub(super) fn sum(
        &mut self,
        operator: Operator,
        left: &Ast,
        right: &Ast,
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let wanted = expected.filter(|ty| matches!(ty, Type::Set(_)));
        let left = self.infer(left, wanted)?;
        let wanted = left.ty.clone();
        let right = self.of_type(right, &wanted)?;
        let (a, b) = (Box::new(left), Box::new(right));
        let (kind, ty) = match (&a.ty, &b.ty, operator) {
            (Type::Set(_), _, Operator::Plus) => (ExprKind::Union(a, b), wanted),
            (Type::Set(_), ..) => (ExprKind::Difference(a, b), wanted),
            (Type::Number { min: a_min, max: a_max }, Type::Number { min: b_min, max: b_max }, Operator::Plus) => {
                let ty = Type::Number { min: a_min.saturating_add(*b_min), max: a_max.saturating_add(*b_max) };
                (ExprKind::Plus(a, b), ty)
            }
            _ => {
                let message = format!("{} has no sum or difference", self.described(&wanted));
                return self.problem(Problem::new(span, message).help("`+` is for numbers and sets, `-` for sets"));
            }
        };
        Some(Expr { kind, ty, span })
    }

    pub(super) fn conditional(&mut self, span: Span, arguments: &[Ast], whole: Span, expected: Option<&Type>) -> Option<Expr> {
        let [condition, a, b] = arguments else { return self.arity("if", span, 3, arguments.len()) };
        let condition = self.boolean(condition);
        let (a, b) = match expected {
            Some(ty) => (self.of_type(a, ty)?, self.of_type(b, ty)?),
            None => {
                let (a, b) = self.two_sides(a, b)?;
                if !agree(&a.ty, &b.ty) {
                    let message = format!("{} on one side, {} on the other", self.described(&a.ty), self.described(&b.ty));
                    return self.problem(Problem::new(whole, message));
                }
                (a, b)
            }
        };
        let ty = match (&a.ty, &b.ty) {
            (Type::Number { min: c, max: d }, Type::Number { min: e, max: f }) => Type::Number { min: *c.min(e), max: *d.max(f) },
            (ty, _) => ty.clone(),
        };
        Some(Expr { kind: ExprKind::If(Box::new(condition?), Box::new(a), Box::new(b)), ty, span: whole })
    }

    /// A state variable of these records.
    pub(super) fn state(&mut self, id: usize, span: Span, arguments: &[Ast], whole: Span) -> Option<Expr> {
        let vocabulary = self.vocabulary;
        let variable = &vocabulary.state[id];
        if variable.parameters.len() != arguments.len() {
            return self.arity(&variable.name, span, variable.parameters.len(), arguments.len());
        }
        let typed: Vec<Option<Expr>> =
            arguments.iter().zip(&variable.parameters).map(|(a, (_, record))| self.of_type(a, &Type::Record(*record))).collect();
        let kind = ExprKind::State(id, typed.into_iter().collect::<Option<_>>()?);
        Some(Expr { kind, ty: variable.ty.clone(), span: whole })
    }

    pub(super) fn comparison(&mut self, operator: Operator, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
        let boolean = |kind| Expr { kind, ty: Type::Boolean, span };
        let (left, right) = self.two_sides(left, right)?;
        let ordered = !matches!(operator, Operator::Equal | Operator::Unequal);
        if !agree(&left.ty, &right.ty) {
            let message = format!("{} cannot be compared with {}", self.described(&left.ty), self.described(&right.ty));
            return self.problem(Problem::new(span, message));
        }
        if is_name(&left) || is_name(&right) {
            return self.problem(Problem::new(span, "names are for messages").help("compare the values themselves"));
        }
        if matches!(left.ty, Type::List(..)) || (ordered && !matches!(left.ty, Type::Number { .. } | Type::Version(_))) {
            let message = format!("{} {} be compared this way", self.described(&left.ty), "cannot");
            return self.problem(Problem::new(span, message).help("order is defined for whole numbers and versions"));
        }
        let (a, b) = (Box::new(left), Box::new(right));
        Some(match operator {
            Operator::Equal => boolean(ExprKind::Equal(a, b)),
            Operator::Unequal => boolean(ExprKind::Not(Box::new(boolean(ExprKind::Equal(a, b))))),
            Operator::Less => boolean(ExprKind::Less(a, b)),
            Operator::AtMost => boolean(ExprKind::AtMost(a, b)),
            Operator::Greater => boolean(ExprKind::Less(b, a)),
            _ => boolean(ExprKind::AtMost(b, a)),
        })
    }

    /// Both sides, the one that needs the other's type last.
    pub(super) fn two_sides(&mut self, left: &Ast, right: &Ast) -> Option<(Expr, Expr)> {
        if self.needs_type(left) && !self.needs_type(right) {
            let right = self.infer(right, None)?;
            let left = self.infer(left, Some(&right.ty))?;
            return Some((left, right));
        }
        let left = self.infer(left, None)?;
        let right = self.infer(right, Some(&left.ty))?;
        Some((left, right))
    }

    pub(super) fn needs_type(&self, ast: &Ast) -> bool {
        match &ast.kind {
            AstKind::Word(word) => {
                let is_state = self.with_state && self.vocabulary.state.iter().any(|variable| variable.name == *word);
                let is_state = is_state || self.vocabulary.definitions.iter().any(|d| d.name == *word && d.parameters.is_empty());
                self.scope.iter().all(|(name, _)| name != word)
                    && self.vocabulary.site_record().field(word).is_none()
                    && !is_state
            }
            AstKind::Number(_) | AstKind::Set(_) => true,
            _ => false,
        }
    }

    pub(super) fn membership(&mut self, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
        let (element, collection) = if matches!(right.kind, AstKind::Set(_)) {
            let element = self.infer(left, None)?;
            let Type::Enumeration(id) = element.ty else {
                let message = format!("this is {}, and a set holds values of an enumeration", self.described(&element.ty));
                return self.problem(Problem::new(left.span, message));
            };
            let collection = self.of_type(right, &Type::Set(id))?;
            (element, collection)
        } else {
            let collection = self.collection(right)?;
            let wanted = element_type(&collection.ty)?;
            (self.of_type(left, &wanted)?, collection)
        };
        Some(Expr { kind: ExprKind::In(Box::new(element), Box::new(collection)), ty: Type::Boolean, span })
    }

    pub(super) fn quantified(&mut self, quantifier: Quantifier, binding: &Binding, body: &Ast, span: Span) -> Option<Expr> {
        let collection = self.collection(&binding.collection)?;
        let element = element_type(&collection.ty)?;
        let first = self.scope.len();
        for (name, span) in &binding.names {
            self.bind(name, *span, element.clone());
        }
        let body = self.boolean(body);
        self.scope.truncate(first);
        let ty = match (quantifier, &collection.ty) {
            (Quantifier::Count, Type::List(_, max)) => Type::Number { min: 0, max: i64::try_from(max * max).unwrap_or(i64::MAX) },
            (Quantifier::Count, _) => Type::Number { min: 0, max: 64 * 64 },
            _ => Type::Boolean,
        };
        let pairs = binding.names.len() == 2;
        let kind = ExprKind::Quantified { quantifier, first, pairs, collection: Box::new(collection), body: Box::new(body?) };
        Some(Expr { kind, ty, span })
    }
}
