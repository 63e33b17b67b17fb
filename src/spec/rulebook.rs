//! A whole rulebook out of its files; everything wrong with it in one go.

use super::expr::Expr;
use super::machine::Machine;
use super::read_machine;
use super::read_rule;
use super::read_vocabulary::{expression, vocabulary};
use super::reader::Reader;
use super::rule::Rule;
use super::statement::{Fate, Statement, statements};
use super::typing::Typing;
use super::varied::{self, Varied};
use super::vocabulary::Vocabulary;
use crate::source::finding::{Finding, nearest};
use crate::source::text::{Source, Span};
use crate::source::yaml;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything known about one product release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rulebook {
    /// Its name, as sites and plans give it.
    pub id: String,
    /// Its own version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// The manual it is taken from.
    pub manual: Manual,
    /// What it lacks.
    pub completeness: String,
    /// Hazards of the catalogue that no state, guard or goal speaks of, by id, each with what covers it instead, or why nothing does.
    pub told_elsewhere: Vec<(String, String)>,
    /// Facts that proofs vary on the sites that stand for others.
    pub varied: Vec<Varied>,
    /// Its nouns.
    pub vocabulary: Vocabulary,
    /// True of a site whose upgrade is over.
    pub finished: Expr,
    /// Its rules, by code.
    pub rules: Vec<Rule>,
    /// What steps of a plan do.
    pub machine: Machine,
    /// Sites that stand for those it is made for: proofs about its machine are made on them.
    pub sites: Vec<Representative>,
    /// Not part of what is packed: only a few commands need it.
    #[serde(skip, default = "unread")]
    statements_source: Source,
    /// Not part of what is packed, either.
    #[serde(skip, default = "none_read")]
    readings_source: Source,
}

/// A site that stands for others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Representative {
    /// Its name: that of its file.
    pub name: String,
    /// Whether it is looked at only when everything is.
    pub is_deep: bool,
    /// The text of its file.
    pub text: String,
}

/// The manual a rulebook is taken from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manual {
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: String,
    /// Its issue.
    pub issue: String,
    /// Year and month.
    pub date: String,
}

/// What covers a statement, or why nothing does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// By these rules and nouns.
    Covered(Vec<String>),
    /// Only these kinds of file can show it.
    TestedOn(Vec<String>),
    /// For this reason.
    NotModelled(String),
}

/// One file of a rulebook: its path inside the rulebook, and its text.
pub type File<'a> = (&'a str, &'a str);

/// The file of the manual's statements.
const STATEMENTS: &str = "statements.yaml";
/// The file of what the manual contradicts or leaves out.
const READINGS: &str = "contradictions.yaml";

/// A file, and what is wrong in it.
#[derive(Clone, Debug)]
pub struct Faulty {
    /// The file.
    pub source: Source,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// The rulebook that `files` are.
///
/// # Errors
/// Every file with something wrong in it.
pub fn load(files: &[File<'_>]) -> Result<Rulebook, Vec<Faulty>> {
    let mut faults = Faults::default();
    let texts: BTreeMap<&str, Source> = files.iter().map(|(path, text)| (*path, Source::new(path, text))).collect();
    let head = Head::read(&texts, &mut faults);
    let nouns = head.as_ref().and_then(|head| nouns(&texts, &head.site, &mut faults));
    let (Some(head), Some(mut nouns)) = (head, nouns) else { return Err(faults.files) };
    let source = &texts["rulebook.yaml"];
    let finished = yaml::parse(source).ok().and_then(|root| {
        let mut reader = Reader::new(source);
        varied::check(&mut reader, &nouns, &root);
        let out = expression(&mut reader, root.get("finished")?, &mut Typing::new(&nouns, Vec::new()));
        faults.take(reader);
        out
    });
    let mut rules = Vec::new();
    for (path, source) in &texts {
        let Some(code) = path.strip_prefix("rules/").and_then(|name| name.strip_suffix(".yaml")) else { continue };
        let mut reader = Reader::new(source);
        match yaml::parse(source) {
            Ok(root) => rules.extend(read_rule::rule(&mut reader, &nouns, code, &root)),
            Err(finding) => reader.findings.push(finding),
        }
        faults.take(reader);
    }
    let machine = machine(&texts, &mut nouns, &mut faults);
    let sites = representatives(files);
    let statements_source = texts.get(STATEMENTS).cloned().unwrap_or_else(unread);
    let readings_source = texts.get(READINGS).cloned().unwrap_or_else(none_read);
    match finished {
        Some(finished) if faults.files.is_empty() => {
            let Head { id, version, title, manual, completeness, told_elsewhere, varied, .. } = head;
            Ok(Rulebook {
                id,
                version,
                title,
                manual,
                completeness,
                told_elsewhere,
                varied,
                vocabulary: nouns,
                finished,
                rules,
                machine,
                sites,
                statements_source,
                readings_source,
            })
        }
        _ => Err(faults.files),
    }
}

/// The sites in `sites/`, and in `deep-sites/` those that are looked at only when everything is.
fn representatives(files: &[File<'_>]) -> Vec<Representative> {
    let one = |(path, text): &File<'_>| {
        let (folder, name) = path.strip_suffix(".site.yaml")?.split_once('/')?;
        let is_deep = folder == "deep-sites";
        (is_deep || folder == "sites").then(|| Representative { name: name.to_owned(), is_deep, text: (*text).to_owned() })
    };
    files.iter().filter_map(one).collect()
}

#[derive(Default)]
struct Faults {
    files: Vec<Faulty>,
}

impl Faults {
    fn take(&mut self, reader: Reader<'_>) {
        if !reader.findings.is_empty() {
            self.files.push(Faulty { source: reader.source.clone(), findings: reader.findings });
        }
    }

    fn missing(&mut self, file: &str) {
        let finding = Finding::error("missing-file", Span::default(), format!("a rulebook needs `{file}`"));
        let findings = vec![finding.help("see spec/README.md for what belongs in it")];
        self.files.push(Faulty { source: Source::new(file, ""), findings });
    }
}

struct Head {
    id: String,
    version: String,
    title: String,
    manual: Manual,
    completeness: String,
    told_elsewhere: Vec<(String, String)>,
    varied: Vec<Varied>,
    site: String,
}

impl Head {
    fn read(texts: &BTreeMap<&str, Source>, faults: &mut Faults) -> Option<Self> {
        let Some(source) = texts.get("rulebook.yaml") else {
            faults.missing("rulebook.yaml");
            return None;
        };
        let mut reader = Reader::new(source);
        let out = match yaml::parse(source) {
            Ok(root) => Self::fields(&mut reader, &root),
            Err(finding) => {
                reader.findings.push(finding);
                None
            }
        };
        faults.take(reader);
        out
    }

    fn fields(reader: &mut Reader<'_>, root: &yaml::Node<'_>) -> Option<Self> {
        let what = "a rulebook";
        let known = ["id", "version", "title", "manual", "completeness", "site", "finished", "told_elsewhere", "varied"];
        let fields = reader.fields(root, what, &known)?;
        let (id, version) = (reader.required_text(&fields, what, "id"), reader.required_text(&fields, what, "version"));
        let (title, site) = (reader.required_text(&fields, what, "title"), reader.required_text(&fields, what, "site"));
        reader.required(&fields, what, "finished");
        let completeness = fields.get("completeness").and_then(|node| reader.text(node, "completeness")).unwrap_or_default();
        let told = fields.get("told_elsewhere").and_then(|node| reader.entries(node, "told_elsewhere")).unwrap_or_default();
        let told_elsewhere = told.into_iter().filter_map(|(id, _, node)| Some((id.to_owned(), reader.text(node, id)?))).collect();
        let varied = reader.texts(&fields, "varied").iter().map(|path| Varied::new(path)).collect();
        let manual = reader.required(&fields, what, "manual")?;
        let stated = reader.fields(manual, "manual", &["title", "number", "issue", "date"])?;
        let mut part = |key| reader.required_text(&stated, "manual", key);
        let manual = Manual { title: part("title")?, number: part("number")?, issue: part("issue")?, date: part("date")? };
        Some(Self { id: id?, version: version?, title: title?, manual, completeness, told_elsewhere, varied, site: site? })
    }
}

fn nouns(texts: &BTreeMap<&str, Source>, site: &str, faults: &mut Faults) -> Option<Vocabulary> {
    let Some(source) = texts.get("vocabulary.yaml") else {
        faults.missing("vocabulary.yaml");
        return None;
    };
    let mut reader = Reader::new(source);
    let out = match yaml::parse(source) {
        Ok(root) => vocabulary(&mut reader, &root, site),
        Err(finding) => {
            reader.findings.push(finding);
            None
        }
    };
    let clean = reader.findings.is_empty();
    faults.take(reader);
    out.filter(|_| clean)
}

/// The machine of a rulebook, if it has one; its state variables go to the vocabulary.
fn machine(texts: &BTreeMap<&str, Source>, nouns: &mut Vocabulary, faults: &mut Faults) -> Machine {
    let mut out = Machine::default();
    let mut part = |name: &str, source: &Source, nouns: &mut Vocabulary, out: &mut Machine| {
        let mut reader = Reader::new(source);
        // What could not be read is in the reader's findings.
        let _read: Option<()> = match yaml::parse(source) {
            Ok(root) => match name.split_once('/') {
                None if name == "machine.yaml" => read_machine::state(&mut reader, nouns, out, &root),
                None => {
                    read_machine::goals(&mut reader, nouns, out, &root);
                    None
                }
                Some(("actions", file)) => read_machine::action(&mut reader, nouns, out, file.trim_end_matches(".yaml"), &root),
                Some(("invariants", file)) => {
                    read_machine::invariant(&mut reader, nouns, out, file.trim_end_matches(".yaml"), &root)
                }
                Some((_, file)) => read_machine::hazard(&mut reader, nouns, out, file.trim_end_matches(".yaml"), &root),
            },
            Err(finding) => {
                reader.findings.push(finding);
                None
            }
        };
        faults.take(reader);
    };
    let Some(source) = texts.get("machine.yaml") else { return out };
    part("machine.yaml", source, nouns, &mut out);
    for (name, source) in texts {
        if ["actions/", "hazards/", "invariants/"].iter().any(|part| name.starts_with(part)) || *name == "goals.yaml" {
            part(name, source, nouns, &mut out);
        }
    }
    out
}

/// The statements where there is no file of them.
fn unread() -> Source {
    Source::new(STATEMENTS, "[]")
}

/// The contradictions where there is no file of them.
fn none_read() -> Source {
    Source::new(READINGS, "{}")
}

impl Rulebook {
    /// All that was read, as bytes that [`Rulebook::unpacked`] takes back much faster than the files can be read again.
    ///
    /// # Errors
    /// None in practice: a rulebook is plain data.
    pub fn packed(&self) -> postcard::Result<Vec<u8>> {
        postcard::to_stdvec(self)
    }

    /// The rulebook that was packed, with those of its files that are not in the bytes.
    ///
    /// # Errors
    /// That the bytes are not those of a rulebook, or of another version of this program.
    pub fn unpacked(bytes: &[u8], files: &[File<'_>]) -> postcard::Result<Self> {
        let rulebook: Self = postcard::from_bytes(bytes)?;
        let read = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, text)| Source::new(name, text));
        let statements_source = read(STATEMENTS).unwrap_or_else(unread);
        Ok(Self { statements_source, readings_source: read(READINGS).unwrap_or_else(none_read), ..rulebook })
    }

    /// The file of what the manual contradicts or leaves out; an empty one where there is none.
    #[must_use]
    pub const fn readings_source(&self) -> &Source {
        &self.readings_source
    }

    /// The rule with that code.
    #[must_use]
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// The statements of the manual. Read when asked for: linting does not need them.
    ///
    /// # Errors
    /// What is wrong with `statements.yaml`.
    pub fn statements(&self) -> Result<Vec<Statement>, Faulty> {
        let source = &self.statements_source;
        let mut reader = Reader::new(source);
        let out = match yaml::parse(source) {
            Ok(root) => statements(&mut reader, &root),
            Err(finding) => {
                reader.findings.push(finding);
                Vec::new()
            }
        };
        if reader.findings.is_empty() { Ok(out) } else { Err(Faulty { source: source.clone(), findings: reader.findings }) }
    }

    /// Every statement with what covers it.
    ///
    /// # Errors
    /// Statements in no state or in two, ids that do not exist, pages that do not fit.
    pub fn coverage(&self) -> Result<Vec<(Statement, Coverage)>, Vec<Faulty>> {
        let statements = self.statements().map_err(|faulty| vec![faulty])?;
        let mut citing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, what) in self.vocabulary.embodied() {
            citing.entry(id).or_default().push(what);
        }
        for rule in &self.rules {
            for id in &rule.statements {
                citing.entry(id.clone()).or_default().push(rule.code.clone());
            }
        }
        for (id, what) in self.machine.embodied() {
            citing.entry(id).or_default().push(what);
        }
        let mut findings = self.dangling(&statements, &citing);
        let mut out = Vec::new();
        for statement in statements {
            let problem = match (citing.remove(&statement.id), &statement.fate) {
                (Some(by), None) => {
                    out.push((statement, Coverage::Covered(by)));
                    continue;
                }
                (None, Some(fate)) => {
                    let coverage = match fate.clone() {
                        Fate::TestedOn(on) => Coverage::TestedOn(on),
                        Fate::NotModelled(why) => Coverage::NotModelled(why),
                    };
                    out.push((statement, coverage));
                    continue;
                }
                (Some(by), Some(_)) => {
                    ("statement-in-two-states", format!("`{}` is cited by {}, and said not to be", statement.id, by.join(", ")))
                }
                (None, None) => ("statement-in-no-state", format!("nothing cites `{}`, and it does not say why", statement.id)),
            };
            let finding = Finding::error(problem.0, statement.span, problem.1);
            findings.push(finding.help("cite it in a rule, or say `tested_on` or `not_modelled`, not both"));
        }
        if findings.is_empty() { Ok(out) } else { Err(vec![Faulty { source: self.statements_source.clone(), findings }]) }
    }

    /// Citations of statements that do not exist, and pages that none of a rule's statements stands on.
    fn dangling(&self, statements: &[Statement], citing: &BTreeMap<String, Vec<String>>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (id, by) in citing {
            if statements.iter().all(|statement| statement.id != *id) {
                let message = format!("{} cites `{id}`, which does not exist", by.join(", "));
                let known = nearest(id, statements.iter().map(|s| &*s.id).filter(|known| known.get(..3) == id.get(..3)));
                findings.push(Finding::error("unknown-statement", Span::default(), message).help(known));
            }
        }
        for rule in &self.rules {
            let mut pages = statements.iter().filter(|s| rule.statements.contains(&s.id)).map(|s| &s.page);
            if !pages.any(|page| *page == rule.page) {
                let message = format!("rule `{}` gives page {}, where none of its statements stands", rule.code, rule.page);
                findings.push(Finding::error("wrong-page", Span::default(), message).help("give the page of one of them"));
            }
        }
        findings
    }
}
