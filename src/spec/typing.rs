//! Resolves names and checks types: syntax tree to [`Expr`]. Collects every problem.

use super::expr::{Expr, ExprKind, Place, Range};
use super::lexer::Problem;
use super::syntax::{Ast, AstKind, Binding, Operator, Quantifier};
use super::types::Type;
use super::vocabulary::{FactValue, Vocabulary};
use crate::source::finding::nearest;
use crate::source::text::Span;

/// Variables in scope, and where problems go.
pub struct Typing<'v> {
    vocabulary: &'v Vocabulary,
    scope: Vec<(String, Type)>,
    /// How many definitions may be used: those above the one being read.
    definitions_visible: usize,
    /// What was found wrong so far.
    pub problems: Vec<Problem>,
}

impl<'v> Typing<'v> {
    /// Typing with these variables, numbered from 0.
    #[must_use]
    pub fn new(vocabulary: &'v Vocabulary, scope: Vec<(String, Type)>) -> Self {
        Self { vocabulary, scope, definitions_visible: vocabulary.definitions.len(), problems: Vec::new() }
    }

    fn problem(&mut self, problem: Problem) -> Option<Expr> {
        self.problems.push(problem);
        None
    }

    /// The names of the variables in scope.
    #[must_use]
    pub fn scope(&self) -> &[(String, Type)] {
        &self.scope
    }

    /// An expression that must be boolean.
    pub fn boolean(&mut self, ast: &Ast) -> Option<Expr> {
        self.of_type(ast, &Type::Boolean)
    }

    /// Ranges of a rule; their variables stay in scope.
    pub fn ranges(&mut self, bindings: &[Binding]) -> Option<Vec<Range>> {
        let mut out = Vec::new();
        for binding in bindings {
            let collection = self.collection(&binding.collection)?;
            let element = element_type(&collection.ty)?;
            let first = self.scope.len();
            for (name, span) in &binding.names {
                self.bind(name, *span, element.clone());
            }
            out.push(Range { names: binding.names.iter().map(|(n, _)| n.clone()).collect(), first, collection });
        }
        Some(out)
    }

    /// A place: a path of variables and fields, perhaps with an element.
    pub fn place(&mut self, ast: &Ast) -> Option<Place> {
        let (base, element) = match &ast.kind {
            AstKind::Element(base, element) => (&**base, Some(&**element)),
            _ => (ast, None),
        };
        let base_expr = self.infer(base, None)?;
        if !is_path(&base_expr) {
            self.problem(Problem::new(base.span, "a place is a path such as `s.platform`"));
            return None;
        }
        let element = match element {
            None => None,
            Some(ast) => match element_type(&base_expr.ty) {
                Some(ty) => Some(self.of_type(ast, &ty)?),
                None => {
                    self.problem(Problem::new(ast.span, "only a list or a set has elements"));
                    return None;
                }
            },
        };
        Some(Place { base: base_expr, element })
    }

    /// Any expression that can be shown in a message.
    pub fn shown(&mut self, ast: &Ast) -> Option<Expr> {
        let expr = self.infer(ast, None)?;
        if matches!(expr.ty, Type::List(..)) {
            return self.problem(Problem::new(ast.span, "a list cannot be shown in a message").help("name one of its elements, or count it"));
        }
        Some(expr)
    }

    fn bind(&mut self, name: &str, span: Span, ty: Type) {
        if self.scope.iter().any(|(known, _)| known == name) {
            self.problem(Problem::new(span, format!("`{name}` is already the name of a variable")).help("choose another name"));
        } else if self.vocabulary.site_record().field(name).is_some() {
            self.problem(Problem::new(span, format!("`{name}` is a field of the site")).help("choose another name"));
        }
        self.scope.push((name.to_owned(), ty));
    }

    fn of_type(&mut self, ast: &Ast, wanted: &Type) -> Option<Expr> {
        let expr = self.infer(ast, Some(wanted))?;
        if !agree(&expr.ty, wanted) {
            let message = format!("this is {}, not {}", self.described(&expr.ty), self.described(wanted));
            return self.problem(Problem::new(ast.span, message));
        }
        Some(expr)
    }

    fn described(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean => "a boolean".to_owned(),
            Type::Number { .. } => "a whole number".to_owned(),
            Type::Record(_) | Type::Reference { .. } => format!("a record `{}`", self.vocabulary.type_name(ty)),
            _ => format!("`{}`", self.vocabulary.type_name(ty)),
        }
    }

    fn collection(&mut self, ast: &Ast) -> Option<Expr> {
        let expr = self.infer(ast, None)?;
        if element_type(&expr.ty).is_none() {
            let message = format!("this is {}, not a list or a set", self.described(&expr.ty));
            return self.problem(Problem::new(ast.span, message));
        }
        Some(expr)
    }

    /// The expression, with `expected` to resolve words that stand alone.
    fn infer(&mut self, ast: &Ast, expected: Option<&Type>) -> Option<Expr> {
        let typed = |kind, ty| Some(Expr { kind, ty, span: ast.span });
        match &ast.kind {
            AstKind::Number(number) => self.number(*number, ast.span, expected),
            AstKind::Word(word) => self.word(word, ast.span, expected),
            AstKind::Set(items) => self.set(items, ast.span, expected),
            AstKind::Field(base, name, span) => self.field(base, name, *span, ast.span),
            AstKind::Element(base, _) => {
                let help = "only a place (`at`) may name an element";
                self.problem(Problem::new(Span::new(base.span.end, ast.span.end), "`[` begins nothing here").help(help))
            }
            AstKind::Not(inner) => typed(ExprKind::Not(Box::new(self.boolean(inner)?)), Type::Boolean),
            AstKind::Call(name, span, arguments) => self.call(name, *span, arguments, ast.span),
            AstKind::Binary(operator, left, right) => self.binary(*operator, left, right, ast.span),
            AstKind::Quantified(quantifier, binding, body) => self.quantified(*quantifier, binding, body, ast.span),
        }
    }

    fn number(&mut self, number: i64, span: Span, expected: Option<&Type>) -> Option<Expr> {
        if let Some(Type::Version(_)) = expected {
            return self.word(&number.to_string(), span, expected);
        }
        Some(Expr { kind: ExprKind::Number(number), ty: Type::Number { min: number, max: number }, span })
    }

    fn word(&mut self, word: &str, span: Span, expected: Option<&Type>) -> Option<Expr> {
        let typed = |kind, ty| Some(Expr { kind, ty, span });
        if let Some(index) = self.scope.iter().rposition(|(name, _)| name == word) {
            return typed(ExprKind::Variable(index), self.scope[index].1.clone());
        }
        let vocabulary = self.vocabulary;
        if let Some(Type::Enumeration(id)) = expected {
            if let Some(value) = vocabulary.enumerations[*id].value(word) {
                return typed(ExprKind::Enumeration(value), Type::Enumeration(*id));
            }
        }
        if let Some(field) = vocabulary.site_record().field(word) {
            let site = Expr { kind: ExprKind::Site, ty: Type::Record(vocabulary.site), span };
            return typed(ExprKind::Field(Box::new(site), field), as_expression(&vocabulary.site_record().fields[field].ty));
        }
        match (word, expected) {
            ("true" | "false", _) => typed(ExprKind::Boolean(word == "true"), Type::Boolean),
            ("none", Some(Type::Text { .. })) => typed(ExprKind::None, Type::Text { optional: true }),
            (_, Some(Type::Enumeration(id))) => {
                let enumeration = &vocabulary.enumerations[*id];
                let known = nearest(word, enumeration.values.iter().map(|v| &*v.name));
                self.problem(Problem::new(span, format!("`{word}` is no {}", enumeration.name)).help(known))
            }
            (_, Some(Type::Version(id))) => {
                let kind = &vocabulary.versions[*id];
                match kind.parse(word) {
                    Ok((low, high)) if low == high => typed(ExprKind::Version(low), Type::Version(*id)),
                    Ok((low, _)) => {
                        let help = format!("write `{}`", kind.display(low));
                        self.problem(Problem::new(span, format!("`{word}` is only part of a {}", kind.name)).help(help))
                    }
                    Err(why) => self.problem(Problem::new(span, format!("`{word}` is no {}: {why}", kind.name))),
                }
            }
            _ => {
                let fields = vocabulary.site_record().fields.iter().map(|f| &*f.name);
                let known = nearest(word, self.scope.iter().map(|(name, _)| &**name).chain(fields));
                self.problem(Problem::new(span, format!("unknown name `{word}`")).help(known))
            }
        }
    }

    fn set(&mut self, items: &[Ast], span: Span, expected: Option<&Type>) -> Option<Expr> {
        let Some(Type::Set(id)) = expected else {
            let help = "a set stands on the right of `in`, or beside another set";
            return self.problem(Problem::new(span, "a set of what?").help(help));
        };
        let items: Option<Vec<Expr>> = items.iter().map(|item| self.of_type(item, &Type::Enumeration(*id))).collect();
        Some(Expr { kind: ExprKind::Set(items?), ty: Type::Set(*id), span })
    }

    fn field(&mut self, base: &Ast, name: &str, span: Span, whole: Span) -> Option<Expr> {
        let base = self.infer(base, None)?;
        let vocabulary = self.vocabulary;
        match &base.ty {
            Type::Record(id) => {
                let record = &vocabulary.records[*id];
                match record.field(name) {
                    Some(field) => {
                        let ty = as_expression(&record.fields[field].ty);
                        Some(Expr { kind: ExprKind::Field(Box::new(base), field), ty, span: whole })
                    }
                    None => {
                        let message = format!("a {} has no field `{name}`", record.name);
                        let known = nearest(name, record.fields.iter().map(|f| &*f.name));
                        self.problem(Problem::new(span, message).help(known))
                    }
                }
            }
            Type::Enumeration(id) => {
                let enumeration = &vocabulary.enumerations[*id];
                match enumeration.facts.iter().position(|(fact, _)| fact == name) {
                    Some(fact) => {
                        let ty = enumeration.facts[fact].1.clone();
                        Some(Expr { kind: ExprKind::Fact(Box::new(base), fact), ty, span: whole })
                    }
                    None => {
                        let message = format!("nothing called `{name}` is known of a {}", enumeration.name);
                        let known = nearest(name, enumeration.facts.iter().map(|(fact, _)| &**fact));
                        self.problem(Problem::new(span, message).help(known))
                    }
                }
            }
            ty => {
                let message = format!("this is {}, which has no fields", self.described(ty));
                self.problem(Problem::new(base.span, message))
            }
        }
    }

    fn call(&mut self, name: &str, span: Span, arguments: &[Ast], whole: Span) -> Option<Expr> {
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
        let visible = self.definitions_visible;
        if let Some(id) = vocabulary.definitions.iter().take(visible).position(|d| d.name == name) {
            let definition = &vocabulary.definitions[id];
            if definition.parameters.len() != arguments.len() {
                return self.arity(name, span, definition.parameters.len(), arguments.len());
            }
            let typed_arguments: Vec<Option<Expr>> =
                arguments.iter().zip(&definition.parameters).map(|(a, (_, ty))| self.of_type(a, ty)).collect();
            return typed(ExprKind::Definition(id, typed_arguments.into_iter().collect::<Option<_>>()?), definition.body.ty.clone());
        }
        let known = ["all", "exists", "count", "is_private"].into_iter();
        let known = known.chain(vocabulary.relations.iter().map(|r| &*r.name));
        let known = nearest(name, known.chain(vocabulary.definitions.iter().take(visible).map(|d| &*d.name)));
        self.problem(Problem::new(span, format!("unknown relation or definition `{name}`")).help(known))
    }

    fn arity(&mut self, name: &str, span: Span, wanted: usize, given: usize) -> Option<Expr> {
        self.problem(Problem::new(span, format!("`{name}` takes {wanted} argument(s), not {given}")))
    }

    fn binary(&mut self, operator: Operator, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
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
            Operator::Plus => {
                let any = Type::Number { min: i64::MIN, max: i64::MAX };
                let (left, right) = (self.of_type(left, &any)?, self.of_type(right, &any)?);
                let (Type::Number { min: a, max: b }, Type::Number { min: c, max: d }) = (&left.ty, &right.ty) else { return None };
                let ty = Type::Number { min: a.saturating_add(*c), max: b.saturating_add(*d) };
                Some(Expr { kind: ExprKind::Plus(Box::new(left), Box::new(right)), ty, span })
            }
            _ => self.comparison(operator, left, right, span),
        }
    }

    fn comparison(&mut self, operator: Operator, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
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
    fn two_sides(&mut self, left: &Ast, right: &Ast) -> Option<(Expr, Expr)> {
        if self.needs_type(left) && !self.needs_type(right) {
            let right = self.infer(right, None)?;
            let left = self.infer(left, Some(&right.ty))?;
            return Some((left, right));
        }
        let left = self.infer(left, None)?;
        let right = self.infer(right, Some(&left.ty))?;
        Some((left, right))
    }

    fn needs_type(&self, ast: &Ast) -> bool {
        match &ast.kind {
            AstKind::Word(word) => {
                self.scope.iter().all(|(name, _)| name != word) && self.vocabulary.site_record().field(word).is_none()
            }
            AstKind::Number(_) | AstKind::Set(_) => true,
            _ => false,
        }
    }

    fn membership(&mut self, left: &Ast, right: &Ast, span: Span) -> Option<Expr> {
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

    fn quantified(&mut self, quantifier: Quantifier, binding: &Binding, body: &Ast, span: Span) -> Option<Expr> {
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

/// The type an expression has that reads a field of type `ty`.
fn as_expression(ty: &Type) -> Type {
    match ty {
        Type::Reference { record, .. } => Type::Record(*record),
        _ => ty.clone(),
    }
}

/// The type of the elements of a list or set.
#[must_use]
pub fn element_type(ty: &Type) -> Option<Type> {
    match ty {
        Type::List(inner, _) => Some(as_expression(inner)),
        Type::Set(id) => Some(Type::Enumeration(*id)),
        _ => None,
    }
}

fn agree(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Number { .. }, Type::Number { .. }) | (Type::Text { .. }, Type::Text { .. })) || a == b
}

/// Whether the expression is a text that the rulebook states of an enumeration's value.
fn is_name(expr: &Expr) -> bool {
    matches!((&expr.kind, &expr.ty), (ExprKind::Fact(..), Type::Text { .. }))
}

fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Variable(_) | ExprKind::Site => true,
        ExprKind::Field(base, _) => is_path(base),
        _ => false,
    }
}

/// The type of a fact's value.
#[must_use]
pub fn fact_type(value: &FactValue) -> Type {
    match value {
        FactValue::Boolean(_) => Type::Boolean,
        FactValue::Text(_) => Type::Text { optional: false },
    }
}
