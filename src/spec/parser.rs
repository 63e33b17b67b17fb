//! Tokens to a syntax tree, by precedence climbing.

use super::lexer::{Problem, Token, TokenKind, tokens};
use super::syntax::{Ast, AstKind, Binding, Operator, Quantifier};
use crate::source::text::Span;

/// Deepest nesting of an expression.
const DEPTH_MAX: usize = 48;

/// Most words and marks of an expression: a chain of operators is as deep as it is long.
const TOKENS_MAX: usize = 2_000;

/// The expression that `text` is.
///
/// # Errors
/// The first place where it is none.
pub fn expression(text: &str) -> Result<Ast, Problem> {
    whole(text, Parser::implication)
}

/// The bindings that `text` is: `s in servers, p in s.ethernet`.
///
/// # Errors
/// The first place where it is none.
pub fn bindings(text: &str) -> Result<Vec<Binding>, Problem> {
    whole(text, |parser| {
        let mut out = vec![parser.binding()?];
        while parser.take(",") {
            out.push(parser.binding()?);
        }
        Ok(out)
    })
}

fn whole<T>(text: &str, rule: impl FnOnce(&mut Parser) -> Result<T, Problem>) -> Result<T, Problem> {
    let tokens = tokens(text)?;
    if let Some(token) = tokens.get(TOKENS_MAX) {
        return Err(Problem::new(token.span, format!("more than {TOKENS_MAX} words and marks")));
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let out = rule(&mut parser)?;
    match parser.peek().kind {
        TokenKind::End => Ok(out),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Mark(m) if m == mark);
        self.at += usize::from(found);
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().kind, TokenKind::Word(w) if w == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<Span, Problem> {
        if matches!(self.peek().kind, TokenKind::Mark(m) if m == mark) {
            return Ok(self.next().span);
        }
        Err(self.unexpected(&format!("`{mark}`")))
    }

    fn unexpected(&self, wanted: &str) -> Problem {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Number(number) => format!("`{number}`"),
            TokenKind::Mark(mark) => format!("`{mark}`"),
            TokenKind::End => "the end".to_owned(),
        };
        Problem::new(token.span, format!("expected {wanted}, found {found}"))
    }

    fn implication(&mut self) -> Result<Ast, Problem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Problem::new(self.peek().span, format!("nested more than {DEPTH_MAX} levels deep")));
        }
        let left = self.disjunction()?;
        let out = if self.take_word("implies") { binary(Operator::Implies, left, self.implication()?) } else { left };
        self.depth -= 1;
        Ok(out)
    }

    fn disjunction(&mut self) -> Result<Ast, Problem> {
        let mut left = self.conjunction()?;
        while self.take_word("or") {
            left = binary(Operator::Or, left, self.conjunction()?);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Ast, Problem> {
        let mut left = self.negation()?;
        while self.take_word("and") {
            left = binary(Operator::And, left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Ast, Problem> {
        let start = self.peek().span.start;
        let mut negations = 0;
        while self.take_word("not") {
            negations += 1;
        }
        let mut inner = self.comparison()?;
        for _ in 0..negations {
            inner = Ast { span: Span::new(start, inner.span.end), kind: AstKind::Not(Box::new(inner)) };
        }
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Ast, Problem> {
        let left = self.sum()?;
        let Some(operator) = self.comparison_operator() else { return Ok(left) };
        let right = self.sum()?;
        let span = self.peek().span;
        if self.comparison_operator().is_some() {
            return Err(
                Problem::new(span, "comparisons cannot be chained").help("use `and` between two comparisons, or brackets")
            );
        }
        Ok(binary(operator, left, right))
    }

    fn comparison_operator(&mut self) -> Option<Operator> {
        let operator = match &self.peek().kind {
            TokenKind::Mark("==") => Operator::Equal,
            TokenKind::Mark("!=") => Operator::Unequal,
            TokenKind::Mark("<") => Operator::Less,
            TokenKind::Mark("<=") => Operator::AtMost,
            TokenKind::Mark(">") => Operator::Greater,
            TokenKind::Mark(">=") => Operator::AtLeast,
            TokenKind::Word(word) if word == "in" => Operator::In,
            TokenKind::Word(word) if word == "not" => {
                self.at += 1;
                if self.take_word("in") {
                    return Some(Operator::NotIn);
                }
                self.at -= 1;
                return None;
            }
            _ => return None,
        };
        self.at += 1;
        Some(operator)
    }

    fn sum(&mut self) -> Result<Ast, Problem> {
        let mut left = self.postfix()?;
        loop {
            if self.take("+") {
                left = binary(Operator::Plus, left, self.postfix()?);
            } else if self.take("-") {
                left = binary(Operator::Minus, left, self.postfix()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn postfix(&mut self) -> Result<Ast, Problem> {
        let mut out = self.primary()?;
        loop {
            if self.take(".") {
                let name = self.name("a field")?;
                out = Ast { span: Span::new(out.span.start, name.1.end), kind: AstKind::Field(Box::new(out), name.0, name.1) };
            } else if self.take("[") {
                let inner = self.implication()?;
                let end = self.expect("]")?;
                out = Ast { span: Span::new(out.span.start, end.end), kind: AstKind::Element(Box::new(out), Box::new(inner)) };
            } else {
                return Ok(out);
            }
        }
    }

    fn name(&mut self, what: &str) -> Result<(String, Span), Problem> {
        let token = self.peek().clone();
        match token.kind {
            TokenKind::Word(word) => {
                self.at += 1;
                Ok((word, token.span))
            }
            _ => Err(self.unexpected(what)),
        }
    }

    fn binding(&mut self) -> Result<Binding, Problem> {
        let mut names = vec![self.name("a name")?];
        if self.take(",") {
            names.push(self.name("a name")?);
        }
        if !self.take_word("in") {
            return Err(self.unexpected("`in`"));
        }
        Ok(Binding { names, collection: Box::new(self.sum()?) })
    }

    fn primary(&mut self) -> Result<Ast, Problem> {
        let token = self.peek().clone();
        match token.kind {
            TokenKind::Number(number) => {
                self.at += 1;
                Ok(Ast { span: token.span, kind: AstKind::Number(number) })
            }
            TokenKind::Word(word) if !matches!(&*word, "and" | "or" | "implies" | "in") => {
                self.at += 1;
                if self.take("(") { self.call(word, token.span) } else { Ok(Ast { span: token.span, kind: AstKind::Word(word) }) }
            }
            TokenKind::Mark("(") => {
                self.at += 1;
                let inner = self.implication()?;
                let end = self.expect(")")?;
                Ok(Ast { span: Span::new(token.span.start, end.end), kind: inner.kind })
            }
            TokenKind::Mark("[") => {
                self.at += 1;
                let mut items = Vec::new();
                while !matches!(self.peek().kind, TokenKind::Mark("]")) {
                    items.push(self.implication()?);
                    if !self.take(",") {
                        break;
                    }
                }
                let end = self.expect("]")?;
                Ok(Ast { span: Span::new(token.span.start, end.end), kind: AstKind::Set(items) })
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn call(&mut self, name: String, span: Span) -> Result<Ast, Problem> {
        let quantifier = match &*name {
            "all" => Some(Quantifier::All),
            "exists" => Some(Quantifier::Exists),
            "count" if self.counts_where() => Some(Quantifier::Count),
            _ => None,
        };
        if let Some(quantifier) = quantifier {
            let binding = self.binding()?;
            self.expect(",")?;
            let body = self.implication()?;
            let end = self.expect(")")?;
            return Ok(Ast {
                span: Span::new(span.start, end.end),
                kind: AstKind::Quantified(quantifier, binding, Box::new(body)),
            });
        }
        let mut arguments = Vec::new();
        while !matches!(self.peek().kind, TokenKind::Mark(")")) {
            arguments.push(self.implication()?);
            if !self.take(",") {
                break;
            }
        }
        let end = self.expect(")")?;
        Ok(Ast { span: Span::new(span.start, end.end), kind: AstKind::Call(name, span, arguments) })
    }

    /// Whether `count(` goes on as `x in …` or `x, y in …`.
    fn counts_where(&self) -> bool {
        let word = |n: usize| matches!(self.tokens.get(self.at + n).map(|t| &t.kind), Some(TokenKind::Word(_)));
        let is_in = |n: usize| matches!(self.tokens.get(self.at + n).map(|t| &t.kind), Some(TokenKind::Word(w)) if w == "in");
        let comma = |n: usize| matches!(self.tokens.get(self.at + n).map(|t| &t.kind), Some(TokenKind::Mark(",")));
        word(0) && (is_in(1) || (comma(1) && word(2) && is_in(3)))
    }
}

fn binary(operator: Operator, left: Ast, right: Ast) -> Ast {
    Ast { span: Span::new(left.span.start, right.span.end), kind: AstKind::Binary(operator, Box::new(left), Box::new(right)) }
}
