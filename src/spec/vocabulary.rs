//! The nouns of a rulebook: enumerations, versions, relations, records, definitions. Plain data, as read.

use super::expr::{Expr, ExprKind};
use super::types::{EnumerationId, FieldId, RecordId, Type, VERSION_BASE, VersionId};
use crate::source::text::Span;
use serde::{Deserialize, Serialize};

/// All nouns of a rulebook.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Kinds of versions.
    pub versions: Vec<VersionKind>,
    /// Enumerations.
    pub enumerations: Vec<Enumeration>,
    /// Relations.
    pub relations: Vec<Relation>,
    /// Records.
    pub records: Vec<Record>,
    /// Definitions.
    pub definitions: Vec<Definition>,
    /// The record that a site is.
    pub site: RecordId,
    /// State variables of the machine; none in a rulebook without one.
    pub state: Vec<StateVariable>,
}

/// Something that steps of a plan change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StateVariable {
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// Names and kinds of the records it belongs to.
    pub parameters: Vec<(String, RecordId)>,
    /// Its type: a single value or a set.
    pub ty: Type,
    /// Its value before the first step; parameter `i` is variable `i`.
    pub start: Expr,
}

/// A kind of version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionKind {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// What stands before the first part, such as `r3v`.
    pub prefix: String,
    /// How many parts a full version has, 1 to 3.
    pub parts: usize,
    /// Statements it embodies.
    pub statements: Vec<String>,
}

impl VersionKind {
    /// The codes of the versions that `text` can mean: one for a full version, a range for a partial one.
    ///
    /// # Errors
    /// What is wrong with the text, as the end of a sentence.
    pub fn parse(&self, text: &str) -> Result<(i64, i64), String> {
        let lower = text.to_ascii_lowercase();
        let digits =
            lower.strip_prefix(self.prefix.as_str()).ok_or_else(|| format!("it does not begin with `{}`", self.prefix))?;
        let parts: Vec<&str> = digits.split('.').collect();
        if parts.len() > self.parts {
            return Err(format!("it has more than {} part{}", self.parts, if self.parts == 1 { "" } else { "s" }));
        }
        let (mut low, mut high) = (0, 0);
        for index in 0..self.parts {
            let (least, most) = match parts.get(index) {
                Some(part) => {
                    let plain = !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
                    let number = part
                        .parse::<i64>()
                        .ok()
                        .filter(|_| plain)
                        .ok_or_else(|| format!("`{part}` is no number from 0 to 999"))?;
                    (number, number)
                }
                None => (0, VERSION_BASE - 1),
            };
            low = low * VERSION_BASE + least;
            high = high * VERSION_BASE + most;
        }
        Ok((low, high))
    }

    /// The version of a code, as people write it.
    #[must_use]
    pub fn display(&self, code: i64) -> String {
        let mut parts = Vec::new();
        let mut rest = code;
        for _ in 0..self.parts {
            parts.push((rest % VERSION_BASE).to_string());
            rest /= VERSION_BASE;
        }
        parts.reverse();
        format!("{}{}", self.prefix, parts.join("."))
    }

    /// The greatest code.
    #[must_use]
    pub fn code_max(&self) -> i64 {
        (0..self.parts).fold(0, |code, _| code * VERSION_BASE + VERSION_BASE - 1)
    }
}

/// A closed list of words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enumeration {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// What is known of every value.
    pub facts: Vec<(String, Type)>,
    /// The values, at most 64.
    pub values: Vec<EnumerationValue>,
    /// Words that are turned down, with the reason.
    pub refused: Vec<(String, String)>,
    /// Statements it embodies.
    pub statements: Vec<String>,
}

/// One value of an enumeration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnumerationValue {
    /// As it is written in files.
    pub name: String,
    /// One for each fact of the enumeration.
    pub facts: Vec<FactValue>,
}

/// What is known of a value of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactValue {
    /// Yes or no.
    Boolean(bool),
    /// Words.
    Text(String),
}

impl Enumeration {
    /// The index of a value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<usize> {
        self.values.iter().position(|value| value.name == name)
    }
}

/// A table of values that belong together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// What it says.
    pub doc: String,
    /// The enumeration of each column.
    pub columns: Vec<EnumerationId>,
    /// Whether a row holds in either order. Two columns only.
    pub symmetric: bool,
    /// The rows, as indices of values; closed under symmetry.
    pub rows: Vec<Vec<usize>>,
    /// Statements it embodies.
    pub statements: Vec<String>,
}

/// A kind of record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// The field that names a record in messages.
    pub key: Option<FieldId>,
}

impl Record {
    /// The index of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.field_from(0, name)
    }

    /// The same; looked for from field `first` on, since files mostly state fields in their order.
    #[must_use]
    pub fn field_from(&self, first: FieldId, name: &str) -> Option<FieldId> {
        let named = |fields: &[Field]| fields.iter().position(|field| field.name == name);
        let (before, after) = self.fields.split_at_checked(first)?;
        named(after).map(|at| first + at).or_else(|| named(before))
    }
}

/// A field of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// Whether a plan fills it, not a site's file.
    pub of_plan: bool,
    /// What it means.
    pub doc: String,
    /// Statements it embodies.
    pub statements: Vec<String>,
}

/// A named expression.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Names and types of its parameters.
    pub parameters: Vec<(String, Type)>,
    /// Its meaning; parameter `i` is variable `i`.
    pub body: Expr,
    /// Where its name stands in the vocabulary file.
    pub span: Span,
}

impl Vocabulary {
    /// The list of the site that holds the records of a kind that only plans name; `None` for any other kind.
    #[must_use]
    pub fn list_of_plan(&self, kind: RecordId) -> Option<FieldId> {
        let fields = self.site_record().fields.iter();
        fields.clone().position(|f| f.of_plan && matches!(&f.ty, Type::List(inner, _) if **inner == Type::Record(kind)))
    }

    /// Whether the value of an expression depends on the state of the machine.
    #[must_use]
    pub fn reads_state(&self, expr: &Expr) -> bool {
        let mut out = false;
        expr.visit(&mut |part| {
            out |= match &part.kind {
                ExprKind::State(..) => true,
                ExprKind::Definition(id, _) => self.reads_state(&self.definitions[*id].body),
                _ => false,
            };
        });
        out
    }

    /// The kind of record a site is.
    #[must_use]
    pub fn site_record(&self) -> &Record {
        &self.records[self.site]
    }

    /// The name of a type, as an author writes it.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean => "boolean".to_owned(),
            Type::Number { min, max } => format!("{min}..{max}"),
            Type::Text { optional: false } => "text".to_owned(),
            Type::Text { optional: true } => "text or none".to_owned(),
            Type::Subnet => "subnet".to_owned(),
            Type::Enumeration(id) => self.enumerations[*id].name.clone(),
            Type::Version(id) => self.versions[*id].name.clone(),
            Type::Set(id) => format!("set of {}", self.enumerations[*id].name),
            Type::List(inner, _) => format!("list of {}", self.type_name(inner)),
            Type::Record(id) => self.records[*id].name.clone(),
            Type::Reference { list, .. } => format!("reference to {}", self.site_record().fields[*list].name),
        }
    }

    /// Index of an enumeration.
    #[must_use]
    pub fn enumeration(&self, name: &str) -> Option<EnumerationId> {
        self.enumerations.iter().position(|e| e.name == name)
    }

    /// Index of a kind of version.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<VersionId> {
        self.versions.iter().position(|v| v.name == name)
    }

    /// Index of a record.
    #[must_use]
    pub fn record(&self, name: &str) -> Option<RecordId> {
        self.records.iter().position(|r| r.name == name)
    }

    /// Everything that is covered by being built in: statement id and what embodies it.
    #[must_use]
    pub fn embodied(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut add = |statements: &[String], what: String| {
            out.extend(statements.iter().map(|id| (id.clone(), what.clone())));
        };
        self.versions.iter().for_each(|v| add(&v.statements, format!("version {}", v.name)));
        self.enumerations.iter().for_each(|e| add(&e.statements, format!("enumeration {}", e.name)));
        self.relations.iter().for_each(|r| add(&r.statements, format!("relation {}", r.name)));
        for record in &self.records {
            record.fields.iter().for_each(|f| add(&f.statements, format!("field {}.{}", record.name, f.name)));
        }
        out
    }
}
