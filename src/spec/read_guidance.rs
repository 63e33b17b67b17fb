//! What an action tells the people who do it, out of its YAML: commands, what must appear, labels, what goes into a drive.

use super::machine::{Command, Medium, Parameter, Says, Shown};
use super::read_rule::{ranges, template};
use super::read_vocabulary::expression;
use super::reader::{Fields, Reader};
use super::template::Template;
use super::types::{Type, minutes};
use super::typing::Typing;
use super::vocabulary::Vocabulary;
use crate::source::finding::{Finding, nearest};
use crate::source::yaml::Node;

/// Minutes after which a command counts as hanging where nothing else is said.
const AT_MOST: i64 = 10;

fn typing<'v>(vocabulary: &'v Vocabulary, parameters: &[Parameter]) -> Typing<'v> {
    let mut typing = Typing::new(vocabulary, parameters.iter().map(|p| (p.name.clone(), p.ty.clone())).collect());
    typing.with_state = true;
    typing
}

/// The words under `key`: a list of `{ where: …, text: … }`.
pub fn says(reader: &mut Reader<'_>, vocabulary: &Vocabulary, fields: &Fields<'_, '_>, key: &str) -> Vec<Says> {
    let mut out = Vec::new();
    for node in reader.items(fields, key) {
        let what = format!("an item of `{key}`");
        let Some(stated) = reader.fields(node, &what, &["where", "text"]) else { continue };
        let mut typing = typing(vocabulary, &[]);
        let applies = stated.get("where").and_then(|node| expression(reader, node, &mut typing));
        out.extend(reader.required_text(&stated, &what, "text").map(|text| Says { applies, text }));
    }
    out
}

/// What must appear on the screen: a text, or a list of `{ each: …, where: …, text: … }`.
pub fn shown(reader: &mut Reader<'_>, vocabulary: &Vocabulary, parameters: &[Parameter], fields: &Fields<'_, '_>) -> Vec<Shown> {
    if let Some(node) = fields.get("expect").filter(|node| node.scalar().is_some()) {
        let text = template(reader, node, &mut typing(vocabulary, parameters));
        return text.into_iter().map(|text| Shown { each: Vec::new(), applies: None, text }).collect();
    }
    let mut out = Vec::new();
    for node in reader.items(fields, "expect") {
        let what = "an item of `expect`";
        let Some(stated) = reader.fields(node, what, &["each", "where", "text"]) else { continue };
        let mut typing = typing(vocabulary, parameters);
        let each = ranges(reader, &stated, &mut typing);
        let applies = stated.get("where").and_then(|node| expression(reader, node, &mut typing));
        let Some(node) = reader.required(&stated, what, "text") else { continue };
        if !each.is_empty() && node.scalar().is_some_and(|text| text.trim_end().contains('\n')) {
            reader.wrong(node, "text", "one line, where there is `each`");
        }
        out.extend(template(reader, node, &mut typing).map(|text| Shown { each, applies, text }));
    }
    out
}

/// The words to write on a tape.
pub fn label(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    parameters: &[Parameter],
    fields: &Fields<'_, '_>,
) -> Option<Template> {
    let node = fields.get("label")?;
    template(reader, node, &mut typing(vocabulary, parameters))
}

/// The commands of a shell.
pub fn commands(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    parameters: &[Parameter],
    fields: &Fields<'_, '_>,
) -> Vec<Command> {
    let mut out = Vec::new();
    for node in reader.items(fields, "commands") {
        out.extend(command(reader, vocabulary, parameters, node));
    }
    out
}

fn command(reader: &mut Reader<'_>, vocabulary: &Vocabulary, parameters: &[Parameter], node: &Node<'_>) -> Option<Command> {
    let fields = reader.fields(node, "a command", &["run", "on", "dialogue", "answers", "at_most"])?;
    let run = reader.required(&fields, "a command", "run")?;
    let mut words = Vec::new();
    for item in reader.items(&fields, "run") {
        words.push(template(reader, item, &mut typing(vocabulary, parameters))?);
    }
    if words.is_empty() {
        reader.wrong(run, "`run`", "a list of words: the program and its arguments");
        return None;
    }
    let on = reader.required(&fields, "a command", "on")?;
    let on = record_parameter(reader, parameters, on)?;
    let at_most = match fields.get("at_most") {
        None => AT_MOST,
        Some(node) => match node.scalar().and_then(minutes).filter(|minutes| *minutes > 0) {
            Some(minutes) => minutes,
            None => {
                reader.wrong(node, "at_most", "a duration such as `2m` or `6h`");
                return None;
            }
        },
    };
    let (is_dialogue, answers) = (reader.flag(&fields, "dialogue"), reader.texts(&fields, "answers"));
    Some(Command { words, on, is_dialogue, answers, at_most })
}

/// The index of the parameter that `node` names; its value must be one record.
fn record_parameter(reader: &mut Reader<'_>, parameters: &[Parameter], node: &Node<'_>) -> Option<usize> {
    let name = node.scalar().unwrap_or_default();
    let found = parameters.iter().position(|parameter| parameter.name == name && matches!(parameter.ty, Type::Record(_)));
    if found.is_none() {
        let finding =
            Finding::error("unknown-name", node.span, format!("no parameter above that is one record is called `{name}`"));
        let known = parameters.iter().filter(|parameter| matches!(parameter.ty, Type::Record(_)));
        reader.findings.push(finding.help(nearest(name, known.map(|parameter| &*parameter.name))));
    }
    found
}

/// What becomes of a parameter's value in a drive: `use: read` or `use: write`, and `in` the drive of a parameter above.
pub fn medium(reader: &mut Reader<'_>, above: &[Parameter], fields: &Fields<'_, '_>) -> Option<Medium> {
    let node = fields.get("use")?;
    let is_written = match node.scalar() {
        Some("write") => true,
        Some("read") => false,
        _ => {
            reader.wrong(node, "use", "`read` or `write`");
            return None;
        }
    };
    let drive = reader.required(fields, "a parameter with `use`", "in")?;
    Some(Medium { is_written, drive: record_parameter(reader, above, drive)? })
}
