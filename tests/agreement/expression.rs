//! Expressions as they are made: trees with the names that the text needs. Knows nothing of how they are read.

use super::random::Random;

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum E {
    Boolean(bool),
    Number(i64),
    /// A value of an enumeration, and its word.
    Value(usize, String),
    /// The parts of a version, and its word.
    Version(Vec<i64>, String),
    None,
    Set(Vec<E>),
    Variable(usize, String),
    /// A field of the site.
    Site(usize, String),
    Field(Box<E>, usize, String),
    /// A fact of a value of that enumeration.
    Fact(Box<E>, usize, usize, String),
    IsPrivate(Box<E>),
    Not(Box<E>),
    And(Box<E>, Box<E>),
    Or(Box<E>, Box<E>),
    Implies(Box<E>, Box<E>),
    Compare(Compare, Box<E>, Box<E>),
    /// Membership, turned round or not.
    In(bool, Box<E>, Box<E>),
    Plus(Box<E>, Box<E>),
    Union(Box<E>, Box<E>),
    Difference(Box<E>, Box<E>),
    If(Box<E>, Box<E>, Box<E>),
    Relation(usize, String, Vec<E>),
    Definition(usize, String, Vec<E>),
    Quantified(Quantifier, Vec<String>, Box<E>, Box<E>),
    Count(Box<E>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Exists,
    Count,
}

impl AsRef<E> for E {
    fn as_ref(&self) -> &E {
        self
    }
}

impl E {
    /// The boolean expressions inside, those in which no further variable is bound.
    pub(crate) fn inside(&self) -> Vec<E> {
        match self {
            Self::Not(a) => vec![(**a).clone()],
            Self::And(a, b) | Self::Or(a, b) | Self::Implies(a, b) => vec![(**a).clone(), (**b).clone()],
            _ => Vec::new(),
        }
    }

    /// The same with each boolean part in turn made simpler.
    pub(crate) fn simpler(&self) -> Vec<E> {
        let mut out = self.inside();
        let mut two = |a: &E, b: &E, make: fn(Box<E>, Box<E>) -> E| {
            out.extend(a.simpler().into_iter().map(|a| make(Box::new(a), Box::new(b.clone()))));
            out.extend(b.simpler().into_iter().map(|b| make(Box::new(a.clone()), Box::new(b))));
        };
        match self {
            Self::And(a, b) => two(a, b, E::And),
            Self::Or(a, b) => two(a, b, E::Or),
            Self::Implies(a, b) => two(a, b, E::Implies),
            Self::Not(a) => out.extend(a.simpler().into_iter().map(|a| E::Not(Box::new(a)))),
            Self::Compare(how, a, b) => {
                let make = |a: E, b: E| E::Compare(*how, Box::new(a), Box::new(b));
                out.extend(a.simpler().into_iter().map(|a| make(a, (**b).clone())));
                out.extend(b.simpler().into_iter().map(|b| make((**a).clone(), b)));
            }
            Self::Plus(a, b) | Self::Union(a, b) | Self::Difference(a, b) => out.extend([(**a).clone(), (**b).clone()]),
            Self::If(condition, a, b) => {
                out.extend([(**a).clone(), (**b).clone()]);
                out.extend(condition.simpler().into_iter().map(|c| E::If(Box::new(c), a.clone(), b.clone())));
            }
            Self::Quantified(quantifier, names, collection, body) => {
                let make = |body: E| E::Quantified(*quantifier, names.clone(), collection.clone(), Box::new(body));
                out.extend([E::Boolean(true), E::Boolean(false)].map(make));
                out.extend(body.simpler().into_iter().map(make));
            }
            _ => {}
        }
        out
    }
}

/// The text of an expression: brackets where they are needed, and now and then where they are not.
pub(crate) fn render(e: &E, random: &mut Random) -> String {
    let mut out = String::new();
    write(e, 1, random, &mut out);
    out
}

/// How strongly it binds, weakest first: `implies`, `or`, `and`, `not`, comparison and `in`, `+`, the rest.
fn strength(e: &E) -> u8 {
    match e {
        E::Implies(..) => 1,
        E::Or(..) => 2,
        E::And(..) => 3,
        E::Not(_) => 4,
        E::Compare(..) | E::In(..) => 5,
        E::Plus(..) | E::Union(..) | E::Difference(..) => 6,
        _ => 7,
    }
}

fn write(e: &E, at_least: u8, random: &mut Random, out: &mut String) {
    let bare = matches!(e, E::Set(_) | E::Number(_) | E::Variable(..) | E::Site(..));
    if strength(e) < at_least || (!bare && random.percent(6)) {
        out.push('(');
        plain(e, random, out);
        out.push(')');
    } else {
        plain(e, random, out);
    }
}

fn plain(e: &E, random: &mut Random, out: &mut String) {
    let mut infix = |a: &E, left: u8, word: &str, b: &E, right: u8, out: &mut String| {
        write(a, left, random, out);
        out.push_str(&format!(" {word} "));
        write(b, right, random, out);
    };
    match e {
        E::Boolean(value) => out.push_str(&value.to_string()),
        E::Number(number) => out.push_str(&number.to_string()),
        E::Value(_, word) | E::Version(_, word) | E::Variable(_, word) | E::Site(_, word) => out.push_str(word),
        E::None => out.push_str("none"),
        E::Implies(a, b) => infix(a, 2, "implies", b, 1, out),
        E::Or(a, b) => infix(a, 2, "or", b, 3, out),
        E::And(a, b) => infix(a, 3, "and", b, 4, out),
        E::Compare(how, a, b) => infix(a, 6, mark(*how), b, 6, out),
        E::In(turned, a, b) => infix(a, 6, if *turned { "not in" } else { "in" }, b, 6, out),
        E::Plus(a, b) | E::Union(a, b) => infix(a, 6, "+", b, 7, out),
        E::Difference(a, b) => infix(a, 6, "-", b, 7, out),
        E::If(condition, a, b) => list("if(", &[condition, a, b], ")", random, out),
        E::Not(a) => {
            out.push_str("not ");
            write(a, 4, random, out);
        }
        E::Field(base, _, name) | E::Fact(base, _, _, name) => {
            write(base, 7, random, out);
            out.push_str(&format!(".{name}"));
        }
        E::Set(items) => list("[", items, "]", random, out),
        E::IsPrivate(a) => list("is_private(", &[a], ")", random, out),
        E::Relation(_, name, arguments) | E::Definition(_, name, arguments) => {
            list(&format!("{name}("), arguments, ")", random, out)
        }
        E::Count(collection) => {
            out.push_str("count(");
            // Bare, so that it cannot be taken for `count(x in …)`.
            plain(collection, random, out);
            out.push(')');
        }
        E::Quantified(quantifier, names, collection, body) => {
            let word = match quantifier {
                Quantifier::All => "all",
                Quantifier::Exists => "exists",
                Quantifier::Count => "count",
            };
            out.push_str(&format!("{word}({} in ", names.join(", ")));
            write(collection, 6, random, out);
            out.push_str(", ");
            write(body, 1, random, out);
            out.push(')');
        }
    }
}

fn list<T: AsRef<E>>(open: &str, items: &[T], close: &str, random: &mut Random, out: &mut String) {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        write(item.as_ref(), 1, random, out);
    }
    out.push_str(close);
}

fn mark(how: Compare) -> &'static str {
    match how {
        Compare::Equal => "==",
        Compare::Unequal => "!=",
        Compare::Less => "<",
        Compare::AtMost => "<=",
        Compare::Greater => ">",
        Compare::AtLeast => ">=",
    }
}
