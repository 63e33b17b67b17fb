//! `rules/<code>.yaml` to a [`Rule`].

use super::expr::{Expr, Place, Range};
use super::parser;
use super::read_vocabulary::expression;
use super::reader::{Fields, Reader};
use super::rule::{Example, Outcome, Rule, RuleLabel, When};
use super::template::Template;
use super::typing::Typing;
use super::vocabulary::Vocabulary;
use crate::source::finding::{Finding, Level};
use crate::source::yaml::Node;

const KEYS: [&str; 19] = [
    "claim",
    "level",
    "when",
    "each",
    "where",
    "must",
    "at",
    "label",
    "labels",
    "message",
    "help",
    "lower",
    "cure",
    "why",
    "page",
    "statements",
    "passes",
    "fails",
    "undecided",
];

/// The rule in `node`.
pub fn rule(reader: &mut Reader<'_>, vocabulary: &Vocabulary, code: &str, node: &Node<'_>) -> Option<Rule> {
    let fields = reader.fields(node, "a rule", &KEYS)?;
    let before = reader.findings.len();
    let claim = reader.required_text(&fields, "a rule", "claim").unwrap_or_default();
    let why = reader.required_text(&fields, "a rule", "why").unwrap_or_default();
    let page = reader.required_text(&fields, "a rule", "page").unwrap_or_default();
    let level = word(reader, &fields, "level", &["error", "warning", "note"]).and_then(Level::from_word);
    let when = word(reader, &fields, "when", &["always", "before", "end"]).map(|word| match word {
        "always" => When::Always,
        "before" => When::Before,
        _ => When::End,
    });
    let mut typing = Typing::new(vocabulary, Vec::new());
    let each = ranges(reader, &fields, &mut typing);
    let applies = fields.get("where").and_then(|node| expression(reader, node, &mut typing));
    let must = reader.required(&fields, "a rule", "must").and_then(|node| expression(reader, node, &mut typing));
    let at = reader.required(&fields, "a rule", "at").and_then(|node| place(reader, node, &mut typing));
    let label = fields.get("label").and_then(|node| template(reader, node, &mut typing)).unwrap_or_default();
    let others = labels(reader, &fields, &mut typing);
    let message = reader.required(&fields, "a rule", "message").and_then(|node| template(reader, node, &mut typing));
    let help = reader.required(&fields, "a rule", "help").and_then(|node| template(reader, node, &mut typing));
    let lower = fields.get("lower").and_then(|node| lower(reader, node, &mut typing));
    let cure = fields.get("cure").and_then(|node| reader.text(node, "cure"));
    if let (Some(_), Some(node), Some(when)) = (&cure, fields.get("cure"), when)
        && when != When::Before
    {
        let finding = Finding::error("cure-without-before", node.span, "only a rule with `when: before` can be cured by a plan");
        reader.findings.push(finding.help("remove `cure`, or write `when: before`"));
    }
    let statements = reader.texts(&fields, "statements");
    if statements.is_empty() {
        reader.required(&fields, "a rule", "statements");
    }
    let examples = examples(reader, &fields);
    if reader.findings.len() > before {
        return None;
    }
    Some(Rule {
        code: code.to_owned(),
        claim,
        level: level?,
        when: when?,
        each,
        applies,
        must: must?,
        primary: RuleLabel { at: at?, text: label },
        others,
        message: message?,
        help: help?,
        lower,
        cure,
        why,
        page,
        statements,
        examples,
    })
}

/// One of these words.
pub(super) fn word<'n>(reader: &mut Reader<'_>, fields: &Fields<'n, '_>, key: &str, known: &[&str]) -> Option<&'n str> {
    let node = reader.required(fields, "a rule", key)?;
    let found = node.scalar().filter(|word| known.contains(word));
    if found.is_none() {
        reader.wrong(node, key, &format!("one of {}", known.join(", ")));
    }
    found
}

/// What a rule ranges over.
pub(super) fn ranges(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, typing: &mut Typing<'_>) -> Vec<Range> {
    let Some(node) = fields.get("each") else { return Vec::new() };
    let Some(text) = node.scalar() else {
        reader.wrong(node, "each", "text such as `s in servers`");
        return Vec::new();
    };
    let out = match parser::bindings(text) {
        Ok(bindings) => typing.ranges(&bindings).unwrap_or_default(),
        Err(problem) => {
            reader.problem(node, 0, problem);
            Vec::new()
        }
    };
    for problem in std::mem::take(&mut typing.problems) {
        reader.problem(node, 0, problem);
    }
    out
}

fn place(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>) -> Option<Place> {
    let Some(text) = node.scalar() else {
        reader.wrong(node, "a place", "text such as `s.platform`");
        return None;
    };
    let out = match parser::expression(text) {
        Ok(ast) => typing.place(&ast),
        Err(problem) => {
            reader.problem(node, 0, problem);
            None
        }
    };
    for problem in std::mem::take(&mut typing.problems) {
        reader.problem(node, 0, problem);
    }
    out
}

/// A message.
pub(super) fn template(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>) -> Option<Template> {
    let Some(text) = node.scalar() else {
        reader.wrong(node, "a message", "text");
        return None;
    };
    let out = Template::read(text.trim_end(), typing);
    for problem in std::mem::take(&mut typing.problems) {
        reader.problem(node, 0, problem);
    }
    out
}

fn labels(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, typing: &mut Typing<'_>) -> Vec<RuleLabel> {
    let mut out = Vec::new();
    for item in reader.items(fields, "labels") {
        let Some(stated) = reader.fields(item, "a label", &["at", "text"]) else { continue };
        let at = reader.required(&stated, "a label", "at").and_then(|node| place(reader, node, typing));
        let text = reader.required(&stated, "a label", "text").and_then(|node| template(reader, node, typing));
        if let (Some(at), Some(text)) = (at, text) {
            out.push(RuleLabel { at, text });
        }
    }
    out
}

fn lower(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>) -> Option<(Level, Expr)> {
    let fields = reader.fields(node, "lower", &["to", "where"])?;
    let level = word(reader, &fields, "to", &["warning", "note"]).and_then(Level::from_word)?;
    let condition = reader.required(&fields, "lower", "where")?;
    Some((level, expression(reader, condition, typing)?))
}

fn examples(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> Vec<Example> {
    let mut out = Vec::new();
    for (key, outcome) in [("fails", Outcome::Fails), ("passes", Outcome::Passes), ("undecided", Outcome::Undecided)] {
        let nodes = reader.one_or_more(fields, key);
        if nodes.is_empty() && outcome != Outcome::Undecided {
            reader.required(fields, "a rule", key);
        }
        for node in nodes {
            out.extend(reader.text(node, key).map(|text| Example { outcome, text }));
        }
    }
    out
}
