//! The rules of a rulebook on every site with short lists: each can be broken and can be kept, none follows from another
//! or forbids another, the hard ones leave room for each row of their tables, and each value has a use.
//!
//! What can be is shown by a site that is written, read and linted like a stranger's; what cannot be rests on the bound.

use super::blank::{blank, clipped, facts, present, text};
use super::item::{Assurance, Item, Section, Verdict};
use super::question::Asker;
use crate::engine::logic::instance::{Instance, instances};
use crate::engine::logic::solver::Answer;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::{self, Bool, Int, and, not, or};
use crate::engine::verification::lint::{Selection, lint};
use crate::model::site::{Datum, Site};
use crate::source::finding::Level;
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::expr::ExprKind;
use crate::spec::rule::{Outcome, Rule, When};
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Type;
use std::collections::BTreeSet;

/// The longest list that is looked at.
const BOUND: usize = 2;
/// A generated site may be so many times smaller than the rule's own example, in facts, before that is worth a word.
const MUCH_LARGER: usize = 2;

/// The items on the rules.
#[must_use]
pub fn items(rulebook: &Rulebook) -> Vec<Item> {
    let bounded = clipped(rulebook, BOUND);
    let site = blank(&bounded.vocabulary);
    let symbolic = Symbolic { vocabulary: &bounded.vocabulary, site: &site, state: None };
    let finished = symbolic.holds(&bounded.finished, &[]);
    let judged = |rule| {
        let due = if matches!(rule, &Rule { when: When::End, .. }) { finished.clone() } else { term::TRUE };
        let instances = instances(symbolic, rule, &due);
        let holds = and(instances.iter().map(|instance| instance.holds.clone()));
        let applies = or(instances.iter().map(|instance| instance.applies.clone()));
        Judged { rule, instances, holds, applies }
    };
    let rules = bounded.rules.iter().map(judged).collect();
    let mut proving = Proving {
        original: rulebook,
        rulebook: &bounded,
        symbolic,
        rules,
        asker: Asker::new(&site),
        broken: Vec::new(),
        kept: Vec::new(),
    };
    let mut out: Vec<Item> = (0..bounded.rules.len()).map(|rule| proving.alone(rule)).collect();
    out.extend(proving.implied());
    out.extend(proving.contradictions());
    out.extend(proving.tables());
    out.extend(proving.values());
    out
}

/// A rule on the site of which nothing is known.
struct Judged<'r> {
    rule: &'r Rule,
    instances: Vec<Instance>,
    /// That it is kept everywhere.
    holds: Bool,
    /// That it has something to say.
    applies: Bool,
}

impl Judged<'_> {
    /// Whether it asks for something; a note only tells.
    fn demands(&self) -> bool {
        self.rule.level != Level::Note
    }

    fn is_hard(&self) -> bool {
        self.rule.level == Level::Error && self.rule.when == When::Always
    }
}

struct Proving<'a> {
    /// As it was given.
    original: &'a Rulebook,
    /// With short lists.
    rulebook: &'a Rulebook,
    symbolic: Symbolic<'a>,
    rules: Vec<Judged<'a>>,
    asker: Asker<'a>,
    /// For each rule: an otherwise legal site that breaks it.
    broken: Vec<Option<Vec<i64>>>,
    /// Legal sites that keep some rule where it applies.
    kept: Vec<Vec<i64>>,
}

/// What was found out about a claim.
enum Found {
    /// It is so; these lines show it.
    Shown(Vec<String>),
    /// It is not.
    Not(Vec<String>),
    /// The solver gave up, or our own two meanings differ.
    Unknown(String),
}

impl<'a> Proving<'a> {
    fn item(kind: &'static str, subject: &str, claim: String, found: Found) -> Item {
        let (verdict, assurance, detail) = match found {
            Found::Shown(lines) => (Verdict::Holds, Assurance::Proved, lines),
            Found::Not(lines) => (Verdict::Refuted, Assurance::Bounded(BOUND as u64), lines),
            Found::Unknown(why) => (Verdict::Unknown, Assurance::Bounded(BOUND as u64), vec![why]),
        };
        let subject = subject.to_owned();
        Item { section: Section::Rules, kind, subject, claim, verdict, assurance, sites: Vec::new(), detail, known: false }
    }

    fn site(&self) -> &'a Site {
        self.symbolic.site
    }

    /// The hard rules but for these.
    fn legal(&self, without: &[usize]) -> Vec<Bool> {
        let hard = self.rules.iter().enumerate().filter(|(index, rule)| rule.is_hard() && !without.contains(index));
        hard.map(|(_, rule)| rule.holds.clone()).collect()
    }

    /// Whether a condition can hold on a site that keeps `background`.
    fn ask(&mut self, condition: &Bool, background: &[Bool]) -> Answer {
        let background: Vec<&Bool> = background.iter().collect();
        self.asker.ask(&[condition], &background, &mut BTreeSet::new())
    }

    /// That a rule can be broken on an otherwise legal site, and be kept where it has something to say.
    fn alone(&mut self, index: usize) -> Item {
        let code = self.rules[index].rule.code.clone();
        let broken = self.one(index, false);
        let kept = self.one(index, true);
        let claim = "it can be broken on an otherwise legal site, and kept where it has something to say".to_owned();
        let found = match (broken, kept) {
            (Found::Shown(mut lines), Found::Shown(more)) => {
                lines.extend(more);
                Found::Shown(lines)
            }
            (Found::Not(lines), _) | (_, Found::Not(lines)) => Found::Not(lines),
            (Found::Unknown(why), _) | (_, Found::Unknown(why)) => Found::Unknown(why),
        };
        Self::item("alive", &code, claim, found)
    }

    /// The smallest site that breaks a rule, or that keeps it where it applies, replayed from its text.
    fn one(&mut self, index: usize, keeps: bool) -> Found {
        let background = self.legal(&[index]);
        let mut gave_up = None;
        for number in 0..self.rules[index].instances.len() {
            let (instance, holds) = (&self.rules[index].instances[number], &self.rules[index].holds);
            let condition = if keeps { and([instance.applies.clone(), holds.clone()]) } else { not(instance.holds.clone()) };
            let mut about = BTreeSet::new();
            term::holes(&condition, &mut about);
            // What says that a list is longer comes first: the fewer records, the smaller the site.
            let mut order: Vec<usize> = about.iter().copied().collect();
            order.sort_by_key(|hole| !self.is_presence(*hole));
            let refs: Vec<&Bool> = background.iter().collect();
            match self.asker.least(&condition, &refs, &order) {
                Answer::Possible(filled) => {
                    let lines = self.replayed(index, &filled, &about, keeps);
                    if keeps {
                        self.kept.push(filled);
                    } else {
                        self.broken.push(Some(filled));
                    }
                    return lines;
                }
                Answer::Impossible => {}
                Answer::Unknown(why) => gave_up = Some(why),
            }
        }
        if !keeps {
            self.broken.push(None);
        }
        match gave_up {
            Some(why) => Found::Unknown(format!("the solver gave up: {why}")),
            None => Found::Not(self.why_not(index, keeps)),
        }
    }

    fn is_presence(&self, hole: usize) -> bool {
        let fact = &self.site().holes[hole];
        let Datum::List(elements) = &self.site().records[fact.record].facts[fact.field].datum else { return false };
        elements.iter().any(|element| element.present == Some(hole))
    }

    /// Lints the text of the site, which states only the facts in `about`, and holds it against the rule's own examples.
    fn replayed(&self, index: usize, filled: &[i64], about: &BTreeSet<usize>, keeps: bool) -> Found {
        let rule = self.rules[index].rule;
        let text = text(self.rulebook, self.site(), filled, about);
        let source = Source::new("smallest", &text);
        let Ok(root) = yaml::parse(&source) else { return Found::Unknown(format!("this site cannot be read: {text}")) };
        let only = vec![rule.code.clone()];
        let judgement = lint(self.original, &root, &Selection { only, ..Selection::default() });
        let fires = judgement.findings.iter().any(|finding| finding.code == rule.code);
        let open = judgement.undecided.iter().any(|open| open.code == rule.code);
        let agrees = if keeps { !fires && !open && judgement.applied(self.original, &rule.code) } else { fires };
        if !agrees {
            return Found::Unknown(format!("linted, this site comes out otherwise than the solver said: {text}"));
        }
        let mut lines =
            vec![if keeps { "the smallest site that keeps it:" } else { "the smallest site that breaks it:" }.to_owned()];
        lines.extend(text.lines().skip(2).map(|line| format!("  {line}")));
        lines.extend(Self::compared(rule, facts(&root), keeps));
        Found::Shown(lines)
    }

    /// A word where the rule's own examples are all much larger.
    fn compared(rule: &Rule, least: usize, keeps: bool) -> Option<String> {
        let outcome = if keeps { Outcome::Passes } else { Outcome::Fails };
        let sizes = rule.examples.iter().filter(|example| example.outcome == outcome).filter_map(|example| {
            let source = Source::new("example", &example.text);
            yaml::parse(&source).ok().map(|root| facts(&root))
        });
        let smallest = sizes.min().filter(|own| *own > MUCH_LARGER * least)?;
        Some(format!("the rule's own example states {smallest} facts, this site {least}"))
    }

    /// Why a rule cannot be broken, or not be kept.
    fn why_not(&mut self, index: usize, keeps: bool) -> Vec<String> {
        let rule = &self.rules[index];
        let condition = if keeps { and([rule.applies.clone(), rule.holds.clone()]) } else { not(rule.holds.clone()) };
        let what = if keeps { "keeps it where it applies" } else { "breaks it" };
        if self.ask(&condition, &[]) == Answer::Impossible {
            return vec![format!("no site with lists of at most {BOUND} {what}")];
        }
        for other in 0..self.rules.len() {
            if other != index && self.rules[other].is_hard() {
                let background = [self.rules[other].holds.clone()];
                if self.ask(&condition, &background) == Answer::Impossible {
                    return vec![format!("every site that {what} breaks `{}`", self.rules[other].rule.code)];
                }
            }
        }
        vec![format!("every site that {what} breaks one of the other hard rules")]
    }

    /// Rules that are broken only where another one is. A note demands nothing: that it comes only beside another finding
    /// is told, and is no fault.
    fn implied(&mut self) -> Vec<Item> {
        let (mut out, mut told, mut asked) = (Vec::new(), Vec::new(), 0);
        for one in 0..self.rules.len() {
            let Some(filled) = self.broken[one].clone() else { continue };
            for other in (0..self.rules.len()).filter(|other| *other != one) {
                asked += 1;
                if term::truth(&self.rules[other].holds, &filled) {
                    continue;
                }
                let condition = and([not(self.rules[one].holds.clone()), self.rules[other].holds.clone()]);
                let background = self.legal(&[one, other]);
                let (code, by) = (self.rules[one].rule.code.clone(), self.rules[other].rule.code.clone());
                let found = match self.ask(&condition, &background) {
                    Answer::Possible(_) => continue,
                    Answer::Impossible if !self.rules[one].demands() => {
                        told.push(format!("the note `{code}` comes only beside `{by}`"));
                        continue;
                    }
                    Answer::Impossible => Found::Not(vec![format!("every otherwise legal site that breaks it breaks `{by}`")]),
                    Answer::Unknown(why) => Found::Unknown(format!("the solver gave up on `{by}`: {why}")),
                };
                out.push(Self::item("implied", &code, format!("it can be broken where `{by}` is kept"), found));
            }
        }
        let claim = "each can be broken where the other is kept".to_owned();
        out.push(Self::pairs("implied", asked, &out, told, &claim));
        out
    }

    /// Rules that cannot both be kept where both have something to say; those that demand something.
    fn contradictions(&mut self) -> Vec<Item> {
        let (mut out, mut asked) = (Vec::new(), 0);
        let kept_in = |rule: &Judged<'_>, filled: &[i64]| term::truth(&rule.applies, filled) && term::truth(&rule.holds, filled);
        let demanding: Vec<usize> = (0..self.rules.len()).filter(|rule| self.rules[*rule].demands()).collect();
        for (at, &one) in demanding.iter().enumerate() {
            for &other in &demanding[at + 1..] {
                asked += 1;
                let (a, b) = (&self.rules[one], &self.rules[other]);
                if self.kept.iter().any(|filled| kept_in(a, filled) && kept_in(b, filled)) {
                    continue;
                }
                let (code, by) = (a.rule.code.clone(), b.rule.code.clone());
                let both = and([a.applies.clone(), b.applies.clone()]);
                let kept = and([both.clone(), a.holds.clone(), b.holds.clone()]);
                let background = self.legal(&[one, other]);
                let found = match self.ask(&kept, &background) {
                    Answer::Possible(filled) => {
                        self.kept.push(filled);
                        continue;
                    }
                    Answer::Unknown(why) => Found::Unknown(format!("the solver gave up on `{by}`: {why}")),
                    // Where they never speak of the same site they do not contradict each other.
                    Answer::Impossible => match self.ask(&both, &background) {
                        Answer::Impossible => continue,
                        Answer::Possible(_) => Found::Not(vec![format!("no legal site keeps it and `{by}` where both apply")]),
                        Answer::Unknown(why) => Found::Unknown(format!("the solver gave up on `{by}`: {why}")),
                    },
                };
                out.push(Self::item("contradicts", &code, format!("it can be kept together with `{by}`"), found));
            }
        }
        let claim = "both can be kept wherever both apply".to_owned();
        out.push(Self::pairs("contradicts", asked, &out, Vec::new(), &claim));
        out
    }

    /// What was found of all pairs but those that have an item of their own.
    fn pairs(kind: &'static str, asked: usize, own: &[Item], detail: Vec<String>, claim: &str) -> Item {
        let claim = match own.len() {
            0 => format!("in {asked} pairs, {claim}"),
            some => format!("in {asked} pairs but the {some} above, {claim}"),
        };
        Item { assurance: Assurance::Bounded(BOUND as u64), ..Self::item(kind, "pairs of rules", claim, Found::Shown(detail)) }
    }

    /// That a legal site can use each row of a table that a hard rule demands.
    fn tables(&mut self) -> Vec<Item> {
        let mut out = Vec::new();
        for index in 0..self.rules.len() {
            let ExprKind::Relation(id, arguments) = &self.rules[index].rule.must.kind else { continue };
            if !self.rules[index].is_hard() {
                continue;
            }
            let relation = &self.rulebook.vocabulary.relations[*id];
            let (mut unused, mut gave_up) = (Vec::new(), None);
            for row in &relation.rows {
                let is_row = |instance: &Instance| {
                    let values = arguments.iter().zip(row).map(|(argument, value)| {
                        let Sym::Int(number) = self.symbolic.eval(argument, &instance.frame) else { return term::FALSE };
                        term::equal(number, Int::Const(i64::try_from(*value).unwrap_or(i64::MAX)))
                    });
                    and(values.chain([instance.applies.clone()]))
                };
                let condition = or(self.rules[index].instances.iter().map(is_row).collect::<Vec<_>>());
                let background = self.legal(&[]);
                let names = row.iter().zip(&relation.columns);
                let names: Vec<&str> =
                    names.map(|(value, id)| self.rulebook.vocabulary.enumerations[*id].values[*value].name.as_str()).collect();
                match self.ask(&condition, &background) {
                    Answer::Possible(_) => {}
                    Answer::Impossible => unused.push(names.join(", ")),
                    Answer::Unknown(why) => gave_up = Some(why),
                }
            }
            let claim = format!("on some legal site each of the {} rows of `{}` is there", relation.rows.len(), relation.name);
            let found = match (unused.is_empty(), gave_up) {
                (false, _) => Found::Not(unused.iter().map(|row| format!("on no legal site: {row}")).collect()),
                (true, Some(why)) => Found::Unknown(format!("the solver gave up: {why}")),
                (true, None) => Found::Shown(Vec::new()),
            };
            out.push(Self::item("rows", &self.rules[index].rule.code.clone(), claim, found));
        }
        out
    }

    /// That some legal site uses each value of each enumeration that a site's facts have.
    fn values(&mut self) -> Vec<Item> {
        let mut out = Vec::new();
        let background = self.legal(&[]);
        for (id, enumeration) in self.rulebook.vocabulary.enumerations.iter().enumerate() {
            let (mut unused, mut gave_up, mut uses) = (Vec::new(), None, false);
            for (value, described) in enumeration.values.iter().enumerate() {
                let terms = self.terms(id, value);
                uses |= !terms.is_empty();
                match self.ask(&or(terms), &background) {
                    Answer::Possible(_) => {}
                    Answer::Impossible => unused.push(described.name.clone()),
                    Answer::Unknown(why) => gave_up = Some(why),
                }
            }
            let count = enumeration.values.len();
            out.push(match (unused.is_empty(), gave_up) {
                _ if !uses => continue,
                (_, Some(why)) => {
                    let claim = format!("which of its {count} values can be on a legal site");
                    Self::item("values", &enumeration.name, claim, Found::Unknown(format!("the solver gave up: {why}")))
                }
                // A value may be there to be refused; it is named, so that its author can tell.
                (false, None) => {
                    let claim = format!("of its {count} values no legal site has: {}", unused.join(", "));
                    let assurance = Assurance::Bounded(BOUND as u64);
                    Item { assurance, ..Self::item("values", &enumeration.name, claim, Found::Shown(Vec::new())) }
                }
                (true, None) => {
                    let claim = format!("each of its {count} values can be on a legal site");
                    Self::item("values", &enumeration.name, claim, Found::Shown(Vec::new()))
                }
            });
        }
        out
    }

    /// For each fact of the site: that it is there, and has that value.
    fn terms(&self, enumeration: usize, value: usize) -> Vec<Bool> {
        let mut out = Vec::new();
        for (index, record) in self.site().records.iter().enumerate() {
            let fields = &self.rulebook.vocabulary.records[record.kind].fields;
            for (field, fact) in fields.iter().zip(&record.facts) {
                let term = match (&field.ty, &fact.datum) {
                    (Type::Enumeration(id), datum @ Datum::Hole(_)) if *id == enumeration => {
                        match self.symbolic.datum(&field.ty, datum) {
                            Sym::Int(number) => term::equal(number, Int::Const(i64::try_from(value).unwrap_or(i64::MAX))),
                            _ => continue,
                        }
                    }
                    (Type::Set(id), Datum::SetHoles(first, count)) if *id == enumeration && value < *count => {
                        term::bool_hole(first + value)
                    }
                    _ => continue,
                };
                out.push(and([present(self.site(), index), term]));
            }
        }
        out
    }
}
