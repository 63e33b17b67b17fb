//! A rulebook's own examples: each rule on the smallest sites that pass it, fail it, or leave it open.

use super::lint::{Judgement, Selection, lint};
use crate::source::finding::Level;
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::rule::{Example, Outcome, Rule};
use crate::spec::rulebook::Rulebook;
use rayon::prelude::*;

/// A finding that a file expects of itself: `# error[code]` at the end of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line, from 1.
    pub line: usize,
    /// The level.
    pub level: Level,
    /// The code.
    pub code: String,
}

/// The findings that a text expects of itself.
#[must_use]
pub fn marks(text: &str) -> Vec<Mark> {
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for comment in line.split('#').skip(1) {
            for part in comment.split_whitespace() {
                let Some((level, code)) = part.strip_suffix(']').and_then(|part| part.split_once('[')) else { continue };
                if let Some(level) = Level::from_word(level) {
                    out.push(Mark { line: index + 1, level, code: code.to_owned() });
                }
            }
        }
    }
    out.sort();
    out
}

/// What is found in a file, in the form of marks.
#[must_use]
pub fn found(source: &Source, judgement: &Judgement) -> Vec<Mark> {
    let mark = |finding: &crate::source::finding::Finding| Mark {
        line: source.line_column(finding.primary.span.start).0,
        level: finding.level,
        code: finding.code.to_string(),
    };
    let mut out: Vec<Mark> = judgement.findings.iter().map(mark).collect();
    out.sort();
    out
}

/// Runs all examples of all rules. One line for each that does not do what it should.
#[must_use]
pub fn examples(rulebook: &Rulebook) -> Vec<String> {
    let all: Vec<(&Rule, usize, &Example)> =
        rulebook.rules.iter().flat_map(|rule| rule.examples.iter().enumerate().map(move |(n, e)| (rule, n, e))).collect();
    all.par_iter()
        .filter_map(|(rule, n, e)| {
            example(rulebook, rule, e, false).err().map(|why| format!("{} example {}: {why}", rule.code, n + 1))
        })
        .collect()
}

/// Runs an example of a rule; of what is found only what this rule says, if `alone`.
///
/// # Errors
/// What the example says, and what is the case instead.
pub fn example(rulebook: &Rulebook, rule: &Rule, example: &Example, alone: bool) -> Result<(), String> {
    let source = Source::new("example", &example.text);
    let root = yaml::parse(&source).map_err(|finding| format!("is no YAML: {}", finding.message))?;
    for (key, wanted) in [("rulebook", rulebook.id.as_str()), ("kind", "site")] {
        if root.get(key).and_then(yaml::Node::scalar) != Some(wanted) {
            return Err(format!("does not say `{key}: {wanted}`"));
        }
    }
    let only = if alone { vec![rule.code.clone()] } else { Vec::new() };
    let judgement = lint(rulebook, &root, &Selection { only, ..Selection::default() });
    let (mut wanted, found) = (marks(&example.text), found(&source, &judgement));
    wanted.retain(|mark| !alone || mark.code == rule.code);
    let listed = |marks: &[Mark]| {
        let words: Vec<String> = marks.iter().map(|m| format!("{}[{}] on line {}", m.level.word(), m.code, m.line)).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    };
    if wanted != found {
        return Err(format!("should find {}, and finds {}", listed(&wanted), listed(&found)));
    }
    let fires = wanted.iter().any(|mark| mark.code == rule.code);
    let open = judgement.undecided.iter().any(|rule_open| rule_open.code == rule.code);
    match example.outcome {
        Outcome::Fails if !fires => Err("should mark the line where the rule fails".to_owned()),
        Outcome::Passes if fires => Err("should pass, and marks a failure".to_owned()),
        Outcome::Passes if open => Err("should pass, and cannot be told".to_owned()),
        Outcome::Passes if !judgement.applied(rulebook, &rule.code) => {
            Err("should pass, and the rule has nothing to say of it".to_owned())
        }
        Outcome::Undecided if !open => Err("should be undecided, and is decided".to_owned()),
        _ => Ok(()),
    }
}
