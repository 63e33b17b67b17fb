//! Random typed expressions over any vocabulary.

use super::expression::{Compare, E, Quantifier};
use super::nouns::Definition;
use super::random::Random;
use super::world::version;
use cutover::spec::types::Type;
use cutover::spec::typing::element_type;
use cutover::spec::vocabulary::Vocabulary;

/// Most fields of a path.
const PATH_MAX: usize = 3;

/// Makes expressions.
pub(crate) struct Generator<'a> {
    vocabulary: &'a Vocabulary,
    definitions: &'a [Definition],
    random: &'a mut Random,
    scope: Vec<(String, Type)>,
    /// How many quantifiers may be opened inside each other from here.
    nesting: usize,
    /// For each kind of record, what its paths lead to.
    paths: Vec<Vec<(Vec<usize>, Type)>>,
}

impl<'a> Generator<'a> {
    /// Expressions with these variables.
    pub(crate) fn new(
        vocabulary: &'a Vocabulary,
        definitions: &'a [Definition],
        random: &'a mut Random,
        scope: Vec<(String, Type)>,
        nesting: usize,
    ) -> Self {
        let paths = (0..vocabulary.records.len()).map(|kind| paths(vocabulary, kind, PATH_MAX)).collect();
        Self { vocabulary, definitions, random, scope, nesting, paths }
    }

    /// A boolean expression of at most this depth.
    pub(crate) fn boolean(&mut self, depth: usize) -> E {
        for _ in 0..20 {
            let made = if depth == 0 { self.atom(0) } else { self.compound(depth - 1) };
            if let Some(e) = made {
                return e;
            }
        }
        E::Boolean(self.random.percent(50))
    }

    /// Up to so many ranges; their variables stay in scope.
    pub(crate) fn ranges(&mut self, most: usize) -> Vec<(Vec<String>, E)> {
        let mut out = Vec::new();
        for _ in 0..=self.random.below(most) {
            let Some((collection, ty)) = self.path(|ty| matches!(ty, Type::Set(_) | Type::List(..))) else { continue };
            out.push((self.bind(&ty), collection));
        }
        out
    }

    /// One or two new variables for elements of that list or set.
    fn bind(&mut self, collection: &Type) -> Vec<String> {
        let first = self.scope.len();
        let count = if self.random.percent(35) { 2 } else { 1 };
        let names: Vec<String> = (first..first + count).map(|n| format!("v{n}")).collect();
        let element = element_type(collection).expect("is a list or a set");
        self.scope.extend(names.iter().map(|name| (name.clone(), element.clone())));
        names
    }

    fn compound(&mut self, depth: usize) -> Option<E> {
        let choice = self.random.below(20);
        let mut two = |make: fn(Box<E>, Box<E>) -> E| Some(make(Box::new(self.boolean(depth)), Box::new(self.boolean(depth))));
        match choice {
            0..=2 => two(E::And),
            3..=5 => two(E::Or),
            6 | 7 => two(E::Implies),
            8 => two(|a, b| E::Compare(Compare::Equal, a, b)),
            9 => two(|a, b| E::Compare(Compare::Unequal, a, b)),
            10 | 11 => Some(E::Not(Box::new(self.boolean(depth)))),
            12..=15 => self.quantified(depth, *[Quantifier::All, Quantifier::Exists].get(choice % 2)?),
            16 => self.definition(depth),
            _ => self.atom(depth),
        }
    }

    fn atom(&mut self, depth: usize) -> Option<E> {
        match self.random.below(20) {
            0 if self.random.percent(30) => Some(E::Boolean(self.random.percent(50))),
            0..=3 => self.known(depth, |ty| *ty == Type::Boolean).map(|(e, _)| e),
            4 | 5 => self.fact(depth),
            6 => Some(E::IsPrivate(Box::new(self.known(depth, |ty| *ty == Type::Subnet)?.0))),
            7 | 8 => self.relation(),
            9..=11 => self.order(depth),
            12..=14 => self.membership(depth),
            _ => self.equality(depth),
        }
    }

    /// A path to something of a type that is wanted; rather one from a variable than one from the site.
    fn path(&mut self, wanted: impl Fn(&Type) -> bool) -> Option<(E, Type)> {
        let mut found: Vec<(Option<usize>, &[usize], &Type)> = Vec::new();
        for (index, (_, ty)) in self.scope.iter().enumerate() {
            match ty {
                _ if wanted(ty) => found.push((Some(index), &[], ty)),
                Type::Record(kind) => {
                    found.extend(
                        self.paths[*kind]
                            .iter()
                            .filter(|(_, ty)| wanted(ty))
                            .map(|(path, ty)| (Some(index), path.as_slice(), ty)),
                    );
                }
                _ => {}
            }
        }
        if found.is_empty() || self.random.percent(35) {
            found.extend(
                self.paths[self.vocabulary.site]
                    .iter()
                    .filter(|(_, ty)| wanted(ty))
                    .map(|(path, ty)| (None, path.as_slice(), ty)),
            );
        }
        if found.is_empty() {
            return None;
        }
        // Short paths as often as all long ones together.
        let longest = 1 + self.random.below(PATH_MAX);
        let short: Vec<_> = found.iter().filter(|(_, path, _)| path.len() <= longest).collect();
        let (base, path, ty) = if short.is_empty() { self.random.pick(&found) } else { self.random.pick(&short) };
        let ty = (*ty).clone();
        let (mut e, mut kind, path) = match base {
            Some(index) => {
                let (name, ty) = &self.scope[*index];
                let kind = if let Type::Record(kind) = ty { *kind } else { 0 };
                (E::Variable(*index, name.clone()), kind, *path)
            }
            None => {
                let field = &self.vocabulary.site_record().fields[path[0]];
                (E::Site(path[0], field.name.clone()), record_of(&field.ty).unwrap_or(0), &path[1..])
            }
        };
        for field in path {
            let described = &self.vocabulary.records[kind].fields[*field];
            e = E::Field(Box::new(e), *field, described.name.clone());
            kind = record_of(&described.ty).unwrap_or(0);
        }
        Some((e, ty))
    }

    /// Something of a type that is wanted, which says itself of what type it is: mostly a path.
    fn known(&mut self, depth: usize, wanted: impl Fn(&Type) -> bool) -> Option<(E, Type)> {
        let (e, ty) = self.path(wanted)?;
        let often = if matches!(ty, Type::Set(_)) { 45 } else { 20 };
        if depth == 0 || !self.random.percent(often) {
            return Some((e, ty));
        }
        let made = match (&ty, self.random.below(4)) {
            (Type::Set(_), 0) => E::Union(Box::new(e), Box::new(self.of_type(&ty, depth - 1)?)),
            (Type::Set(_), 1 | 2) => E::Difference(Box::new(e), Box::new(self.of_type(&ty, depth - 1)?)),
            _ => E::If(Box::new(self.boolean(depth - 1)), Box::new(e), Box::new(self.of_type(&ty, depth - 1)?)),
        };
        Some((made, ty))
    }

    fn fact(&mut self, depth: usize) -> Option<E> {
        let vocabulary = self.vocabulary;
        let flags = |id: usize| vocabulary.enumerations[id].facts.iter().enumerate().filter(|(_, (_, ty))| *ty == Type::Boolean);
        let (base, ty) = self.known(depth, |ty| matches!(ty, Type::Enumeration(id) if flags(*id).next().is_some()))?;
        let Type::Enumeration(id) = ty else { return None };
        let known: Vec<_> = flags(id).collect();
        let (fact, (name, _)) = *self.random.pick(&known);
        Some(E::Fact(Box::new(base), id, fact, name.clone()))
    }

    fn relation(&mut self) -> Option<E> {
        let id = self.random.below(self.vocabulary.relations.len());
        let relation = &self.vocabulary.relations[id];
        let arguments: Option<Vec<E>> =
            relation.columns.iter().map(|column| self.of_type(&Type::Enumeration(*column), 0)).collect();
        Some(E::Relation(id, relation.name.clone(), arguments?))
    }

    fn definition(&mut self, depth: usize) -> Option<E> {
        if self.definitions.is_empty() {
            return None;
        }
        let id = self.random.below(self.definitions.len());
        let definition = &self.definitions[id];
        let arguments: Option<Vec<E>> = definition.parameters.iter().map(|ty| self.of_type(ty, depth)).collect();
        Some(E::Definition(id, definition.name.clone(), arguments?))
    }

    fn order(&mut self, depth: usize) -> Option<E> {
        let how = *self.random.pick(&[Compare::Less, Compare::AtMost, Compare::Greater, Compare::AtLeast]);
        if self.random.percent(55) {
            return Some(E::Compare(how, Box::new(self.number(depth)), Box::new(self.number(depth))));
        }
        let (left, ty) = self.known(depth, |ty| matches!(ty, Type::Version(_)))?;
        let right = self.of_type(&ty, depth)?;
        Some(self.either_way(how, left, right))
    }

    fn equality(&mut self, depth: usize) -> Option<E> {
        let how = *self.random.pick(&[Compare::Equal, Compare::Unequal]);
        if self.random.percent(15) {
            return Some(E::Compare(how, Box::new(self.number(depth)), Box::new(self.number(depth))));
        }
        let class = self.random.below(8);
        let (left, ty) = self.known(depth, |ty| {
            class
                == match ty {
                    Type::Boolean => 0,
                    Type::Enumeration(_) => 1,
                    Type::Version(_) => 2,
                    Type::Text { .. } => 3,
                    Type::Subnet => 4,
                    Type::Set(_) => 5,
                    Type::Record(_) => 6,
                    Type::Number { .. } => 7,
                    Type::List(..) | Type::Reference { .. } => 8,
                }
        })?;
        let right = self.of_type(&ty, depth)?;
        Some(self.either_way(how, left, right))
    }

    /// A comparison as it is, or with its sides swapped.
    fn either_way(&mut self, how: Compare, left: E, right: E) -> E {
        // A word that is also a field of the site is that field unless the other side says what is expected.
        let is_field = matches!(&right, E::Value(_, word) if self.vocabulary.site_record().field(word).is_some());
        if is_field || self.random.percent(60) {
            return E::Compare(how, Box::new(left), Box::new(right));
        }
        E::Compare(how, Box::new(right), Box::new(left))
    }

    fn membership(&mut self, depth: usize) -> Option<E> {
        let turned = self.random.percent(40);
        let made = |element: E, collection: E| Some(E::In(turned, Box::new(element), Box::new(collection)));
        if self.random.percent(30) {
            let (element, ty) = self.known(depth, |ty| matches!(ty, Type::Enumeration(_)))?;
            let Type::Enumeration(id) = ty else { return None };
            return made(element, self.set(id));
        }
        let (collection, ty) = self.known(depth, |ty| matches!(ty, Type::Set(_) | Type::List(..)))?;
        let element = self.of_type(&element_type(&ty)?, depth)?;
        made(element, collection)
    }

    fn set(&mut self, enumeration: usize) -> E {
        let count = self.random.below(4);
        E::Set((0..count).filter_map(|_| self.of_type(&Type::Enumeration(enumeration), 0)).collect())
    }

    fn number(&mut self, depth: usize) -> E {
        let made = match self.random.below(8) {
            0 | 1 => None,
            2 if depth > 0 => {
                let (a, b) = (self.number(depth - 1), self.number(depth - 1));
                Some(E::Plus(Box::new(a), Box::new(b)))
            }
            3 => self.known(depth, |ty| matches!(ty, Type::Set(_) | Type::List(..))).map(|(e, _)| E::Count(Box::new(e))),
            4 | 5 if depth > 0 => self.quantified(depth - 1, Quantifier::Count),
            _ => self.known(depth, |ty| matches!(ty, Type::Number { .. })).map(|(e, _)| e),
        };
        made.unwrap_or_else(|| E::Number(self.random.within(0, 5)))
    }

    fn quantified(&mut self, depth: usize, quantifier: Quantifier) -> Option<E> {
        if self.nesting == 0 {
            return None;
        }
        let (collection, ty) = self.known(depth, |ty| matches!(ty, Type::Set(_) | Type::List(..)))?;
        let first = self.scope.len();
        let names = self.bind(&ty);
        self.nesting -= 1;
        let body = self.boolean(depth);
        self.nesting += 1;
        self.scope.truncate(first);
        Some(E::Quantified(quantifier, names, Box::new(collection), Box::new(body)))
    }

    /// An expression of that type: a word that stands for a value, or a path.
    fn of_type(&mut self, ty: &Type, depth: usize) -> Option<E> {
        let word = self.random.percent(45);
        match ty {
            Type::Boolean => Some(self.boolean(depth.min(1))),
            Type::Number { .. } => Some(self.number(depth)),
            Type::Enumeration(id) if word => {
                let values: Vec<(usize, String)> = self.vocabulary.enumerations[*id]
                    .values
                    .iter()
                    .map(|v| v.name.clone())
                    .enumerate()
                    .filter(|(_, name)| is_word(name))
                    .collect();
                let (value, name) = self.random.pick(&values).clone();
                Some(E::Value(value, name))
            }
            Type::Version(id) if word => {
                let kind = &self.vocabulary.versions[*id];
                let parts = version(kind.parts, self.random);
                let digits: Vec<String> = parts.iter().map(i64::to_string).collect();
                Some(E::Version(parts, format!("{}{}", kind.prefix, digits.join("."))))
            }
            Type::Text { .. } if word => Some(E::None),
            Type::Set(id) if word => Some(self.set(*id)),
            Type::Text { .. } => self.known(depth, |found| matches!(found, Type::Text { .. })).map(|(e, _)| e),
            _ => self.known(depth, |found| found == ty).map(|(e, _)| e),
        }
    }
}

/// Whether a value of an enumeration can be written as one word.
fn is_word(name: &str) -> bool {
    let digit_first = name.starts_with(|c: char| c.is_ascii_digit());
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || (digit_first && c == '.'))
}

fn record_of(ty: &Type) -> Option<usize> {
    match ty {
        Type::Record(kind) | Type::Reference { record: kind, .. } => Some(*kind),
        _ => None,
    }
}

/// What paths of at most so many fields lead to, from a record of that kind.
fn paths(vocabulary: &Vocabulary, kind: usize, longest: usize) -> Vec<(Vec<usize>, Type)> {
    let mut out = Vec::new();
    for (field, description) in vocabulary.records[kind].fields.iter().enumerate() {
        match record_of(&description.ty) {
            Some(inner) => {
                out.push((vec![field], Type::Record(inner)));
                if longest > 1 {
                    out.extend(
                        paths(vocabulary, inner, longest - 1).into_iter().map(|(rest, ty)| ([vec![field], rest].concat(), ty)),
                    );
                }
            }
            None => out.push((vec![field], description.ty.clone())),
        }
    }
    out
}
