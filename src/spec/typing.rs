//! Resolves names and checks types: syntax tree to [`Expr`]. Collects every problem.

use super::expr::{Expr, ExprKind, Place, Range};
use super::lexer::Problem;
use super::syntax::{Ast, AstKind, Binding, Operator};
use super::types::Type;
use super::vocabulary::{FactValue, Vocabulary};
use crate::source::finding::nearest;
use crate::source::text::Span;

/// Variables in scope, and where problems go.
pub struct Typing<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    pub(super) scope: Vec<(String, Type)>,
    /// How many definitions may be used: those above the one being read.
    pub(super) definitions_visible: usize,
    /// What was found wrong so far.
    pub problems: Vec<Problem>,
    /// Whether state variables may be used.
    pub with_state: bool,
}

impl<'v> Typing<'v> {
    /// Typing with these variables, numbered from 0.
    #[must_use]
    pub fn new(vocabulary: &'v Vocabulary, scope: Vec<(String, Type)>) -> Self {
        Self { vocabulary, scope, definitions_visible: vocabulary.definitions.len(), problems: Vec::new(), with_state: false }
    }

    pub(super) fn problem(&mut self, problem: Problem) -> Option<Expr> {
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
            return self.problem(
                Problem::new(ast.span, "a list cannot be shown in a message").help("name one of its elements, or count it"),
            );
        }
        Some(expr)
    }

    pub(super) fn bind(&mut self, name: &str, span: Span, ty: Type) {
        if self.scope.iter().any(|(known, _)| known == name) {
            self.problem(Problem::new(span, format!("`{name}` is already the name of a variable")).help("choose another name"));
        } else if self.vocabulary.site_record().field(name).is_some() {
            self.problem(Problem::new(span, format!("`{name}` is a field of the site")).help("choose another name"));
        }
        self.scope.push((name.to_owned(), ty));
    }

    pub(super) fn of_type(&mut self, ast: &Ast, wanted: &Type) -> Option<Expr> {
        let expr = self.infer(ast, Some(wanted))?;
        if !agree(&expr.ty, wanted) {
            let message = format!("this is {}, not {}", self.described(&expr.ty), self.described(wanted));
            return self.problem(Problem::new(ast.span, message));
        }
        if is_name(&expr) {
            return self.problem(Problem::new(ast.span, "names are for messages").help("compare the values themselves"));
        }
        Some(expr)
    }

    pub(super) fn described(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean => "a boolean".to_owned(),
            Type::Number { .. } => "a whole number".to_owned(),
            Type::Record(_) | Type::Reference { .. } => format!("a record `{}`", self.vocabulary.type_name(ty)),
            _ => format!("`{}`", self.vocabulary.type_name(ty)),
        }
    }

    pub(super) fn collection(&mut self, ast: &Ast) -> Option<Expr> {
        let expr = self.infer(ast, None)?;
        if element_type(&expr.ty).is_none() {
            let message = format!("this is {}, not a list or a set", self.described(&expr.ty));
            return self.problem(Problem::new(ast.span, message));
        }
        Some(expr)
    }

    /// The expression, with `expected` to resolve words that stand alone.
    pub(super) fn infer(&mut self, ast: &Ast, expected: Option<&Type>) -> Option<Expr> {
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
            AstKind::Call(name, span, arguments) if name == "if" => self.conditional(*span, arguments, ast.span, expected),
            AstKind::Call(name, span, arguments) => self.call(name, *span, arguments, ast.span),
            AstKind::Binary(operator @ (Operator::Plus | Operator::Minus), left, right) => {
                self.sum(*operator, left, right, ast.span, expected)
            }
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
        if let Some(Type::Enumeration(id)) = expected
            && let Some(value) = vocabulary.enumerations[*id].value(word)
        {
            return typed(ExprKind::Enumeration(value), Type::Enumeration(*id));
        }
        if let Some(field) = vocabulary.site_record().field(word) {
            let site = Expr { kind: ExprKind::Site, ty: Type::Record(vocabulary.site), span };
            return typed(ExprKind::Field(Box::new(site), field), as_expression(&vocabulary.site_record().fields[field].ty));
        }
        if self.with_state {
            let nullary = vocabulary.state.iter().position(|variable| variable.name == word && variable.parameters.is_empty());
            if let Some(id) = nullary {
                return typed(ExprKind::State(id, Vec::new()), vocabulary.state[id].ty.clone());
            }
        }
        let definitions = vocabulary.definitions.iter().take(self.definitions_visible);
        if let Some((id, definition)) = definitions.enumerate().find(|(_, d)| d.name == word && d.parameters.is_empty()) {
            return typed(ExprKind::Definition(id, Vec::new()), definition.body.ty.clone());
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

    /// The state variable that an effect sets, with its arguments.
    pub fn target(&mut self, ast: &Ast) -> Option<(usize, Vec<Expr>)> {
        let expr = self.infer(ast, None)?;
        match expr.kind {
            ExprKind::State(id, arguments) => Some((id, arguments)),
            _ => {
                self.problem(Problem::new(ast.span, "only a state variable can be set"));
                None
            }
        }
    }

    /// An expression that must be of that type.
    pub fn typed(&mut self, ast: &Ast, wanted: &Type) -> Option<Expr> {
        self.of_type(ast, wanted)
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

pub(super) fn agree(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Number { .. }, Type::Number { .. }) | (Type::Text { .. }, Type::Text { .. }) => true,
        (Type::List(a, _), Type::List(b, _)) => agree(a, b),
        _ => a == b,
    }
}

/// Whether the expression is a text that the rulebook states of an enumeration's value.
pub(super) fn is_name(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Fact(..) => matches!(expr.ty, Type::Text { .. }),
        ExprKind::If(_, a, b) => is_name(a) || is_name(b),
        _ => false,
    }
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
