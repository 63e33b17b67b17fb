//! `machine.yaml`, `actions/`, `hazards/` and `goals.yaml` to a [`Machine`] and the state variables of a vocabulary.

use super::expr::Range;
use super::machine::{Action, Conjunct, Effect, Fault, Hours, Machine, Moment, Outage, Parameter, Requirement, Stated, Window};
use super::parser;
use super::read_guidance;
use super::read_rule::{ranges, template, word};
use super::read_vocabulary::{definition, expression, field_type};
use super::reader::{Fields, Reader};
use super::template::Template;
use super::types::Type;
use super::typing::Typing;
use super::vocabulary::{StateVariable, Vocabulary};
use crate::source::finding::{Finding, Level, nearest};
use crate::source::yaml::Node;

/// The enumeration of those who do steps.
pub const ACTOR: &str = "actor";

/// Adds the state variables and definitions of `machine.yaml` to a vocabulary, and what else it says to a machine.
pub fn state(reader: &mut Reader<'_>, vocabulary: &mut Vocabulary, machine: &mut Machine, root: &Node<'_>) -> Option<()> {
    let fields = reader.fields(root, "a machine", &["state", "definitions", "outage", "dead_ends", "scenarios"])?;
    let node = reader.required(&fields, "a machine", "state")?;
    for (name, key, value) in reader.entries(node, "state")? {
        let taken = vocabulary.site_record().field(name).is_some() || vocabulary.relations.iter().any(|r| r.name == name);
        if taken {
            let finding =
                Finding::error("name-is-taken", key.span, format!("`{name}` is already the name of a fact or a relation"));
            reader.findings.push(finding.help("choose another name"));
        }
        let variable = variable(reader, vocabulary, name, value);
        vocabulary.state.extend(variable);
    }
    if let Some(node) = fields.get("definitions") {
        for (name, key, value) in reader.entries(node, "definitions")? {
            let definition = definition(reader, vocabulary, true, name, key, value);
            vocabulary.definitions.extend(definition);
        }
    }
    machine.outage = fields.get("outage").and_then(|node| outage(reader, vocabulary, node));
    machine.dead_ends = read_guidance::says(reader, vocabulary, &fields, "dead_ends");
    machine.scenarios = read_guidance::says(reader, vocabulary, &fields, "scenarios");
    Some(())
}

fn outage(reader: &mut Reader<'_>, vocabulary: &Vocabulary, node: &Node<'_>) -> Option<Outage> {
    let what = "`outage`";
    let fields = reader.fields(node, what, &["name", "doc", "is"])?;
    let (name, doc) = (reader.required_text(&fields, what, "name"), reader.required_text(&fields, what, "doc"));
    let is = reader.required(&fields, what, "is")?;
    let mut typing = Typing::new(vocabulary, Vec::new());
    typing.with_state = true;
    let is = typed(reader, is, &mut typing, &Type::Boolean)?;
    Some(Outage { name: name?, doc: doc?, is })
}

fn variable(reader: &mut Reader<'_>, vocabulary: &Vocabulary, name: &str, node: &Node<'_>) -> Option<StateVariable> {
    let what = format!("state variable `{name}`");
    let fields = reader.fields(node, &what, &["doc", "of", "type", "start"])?;
    let doc = reader.required_text(&fields, &what, "doc")?;
    let mut parameters = Vec::new();
    if let Some(of) = fields.get("of") {
        for (parameter, _, ty) in reader.entries(of, "of")? {
            let text = ty.scalar().unwrap_or_default();
            match vocabulary.record(text) {
                Some(record) => parameters.push((parameter.to_owned(), record)),
                None => {
                    let finding = Finding::error("unknown-type", ty.span, format!("no record is called `{text}`"));
                    reader.findings.push(finding.help(nearest(text, vocabulary.records.iter().map(|r| &*r.name))));
                    return None;
                }
            }
        }
    }
    let type_node = reader.required(&fields, &what, "type")?;
    let ty = field_type(reader, vocabulary, type_node, type_node.scalar().unwrap_or_default(), None)?;
    if matches!(ty, Type::List(..) | Type::Record(_)) {
        reader.wrong(type_node, "a state variable", "a single value or a set");
        return None;
    }
    let start_node = reader.required(&fields, &what, "start")?;
    let scope = parameters.iter().map(|(name, record)| (name.clone(), Type::Record(*record))).collect();
    let start = typed(reader, start_node, &mut Typing::new(vocabulary, scope), &ty)?;
    Some(StateVariable { name: name.to_owned(), doc, parameters, ty, start })
}

/// The expression of that type that a scalar holds.
fn typed(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>, ty: &Type) -> Option<super::expr::Expr> {
    let Some(text) = node.scalar() else {
        reader.wrong(node, "an expression", "text");
        return None;
    };
    let out = match parser::expression(text) {
        Ok(ast) => typing.typed(&ast, ty),
        Err(problem) => {
            reader.problem(node, 0, problem);
            None
        }
    };
    flush(reader, node, typing);
    out
}

fn flush(reader: &mut Reader<'_>, node: &Node<'_>, typing: &mut Typing<'_>) {
    for problem in std::mem::take(&mut typing.problems) {
        reader.problem(node, 0, problem);
    }
}

const ACTION: [&str; 13] = [
    "does",
    "by",
    "parameters",
    "guard",
    "effects",
    "faults",
    "procedure",
    "expect",
    "otherwise",
    "commands",
    "label",
    "page",
    "statements",
];

/// Adds the action in `node` to a machine.
pub fn action(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    machine: &mut Machine,
    name: &str,
    node: &Node<'_>,
) -> Option<()> {
    let what = format!("action `{name}`");
    let fields = reader.fields(node, &what, &ACTION)?;
    let does = reader.required_text(&fields, &what, "does").unwrap_or_default();
    let procedure = reader.required_text(&fields, &what, "procedure").unwrap_or_default();
    let page = reader.required_text(&fields, &what, "page").unwrap_or_default();
    let otherwise = fields.get("otherwise").and_then(|node| reader.text(node, "otherwise"));
    let by = actors(reader, vocabulary, &fields);
    let parameters = parameters(reader, vocabulary, &fields)?;
    let expect = read_guidance::shown(reader, vocabulary, &parameters, &fields);
    let commands = read_guidance::commands(reader, vocabulary, &parameters, &fields);
    let label = read_guidance::label(reader, vocabulary, &parameters, &fields);
    let scope = || parameters.iter().map(|p| (p.name.clone(), p.ty.clone())).collect::<Vec<_>>();
    let mut guard = Vec::new();
    for node in reader.items(&fields, "guard") {
        guard.extend(conjunct(reader, vocabulary, scope(), &parameters, node));
    }
    let mut effects = Vec::new();
    for node in reader.items(&fields, "effects") {
        effects.extend(effect(reader, vocabulary, scope(), node));
    }
    let faults = faults(reader, vocabulary, &scope(), &fields);
    let statements = reader.texts(&fields, "statements");
    machine.actions.push(Action {
        name: name.to_owned(),
        does,
        by,
        parameters,
        guard,
        effects,
        faults,
        procedure,
        expect,
        otherwise,
        commands,
        label,
        page,
        statements,
    });
    Some(())
}

/// How an action can fail. Two faults of one action may not share a name.
fn faults(reader: &mut Reader<'_>, vocabulary: &Vocabulary, scope: &[(String, Type)], fields: &Fields<'_, '_>) -> Vec<Fault> {
    let mut out: Vec<Fault> = Vec::new();
    for node in reader.items(fields, "faults") {
        let what = "a fault";
        let Some(stated) = reader.fields(node, what, &["name", "doc", "shows", "effects", "statements"]) else { continue };
        let (name, doc) = (reader.required_text(&stated, what, "name"), reader.required_text(&stated, what, "doc"));
        let mut effects = Vec::new();
        for node in reader.items(&stated, "effects") {
            effects.extend(effect(reader, vocabulary, scope.to_vec(), node));
        }
        let (shows, statements) = (reader.texts(&stated, "shows"), reader.texts(&stated, "statements"));
        let Some((name, doc)) = name.zip(doc) else { continue };
        if out.iter().any(|fault| fault.name == name) {
            let finding = Finding::error("duplicate-id", node.span, format!("two faults of this action are called `{name}`"));
            reader.findings.push(finding.help("give each a name of its own"));
        }
        out.push(Fault { name, doc, shows, effects, statements });
    }
    out
}

fn actors(reader: &mut Reader<'_>, vocabulary: &Vocabulary, fields: &Fields<'_, '_>) -> Vec<usize> {
    let actors = vocabulary.enumeration(ACTOR).map(|id| &vocabulary.enumerations[id]);
    let mut out = Vec::new();
    for node in reader.items(fields, "by") {
        let text = node.scalar().unwrap_or_default();
        match actors.and_then(|actors| actors.value(text)) {
            Some(value) => out.push(value),
            None => {
                let finding = Finding::error("unknown-value", node.span, format!("`{text}` is no {ACTOR}"));
                let known = actors.iter().flat_map(|actors| actors.values.iter().map(|v| &*v.name));
                reader.findings.push(finding.help(nearest(text, known)));
            }
        }
    }
    out
}

fn parameters(reader: &mut Reader<'_>, vocabulary: &Vocabulary, fields: &Fields<'_, '_>) -> Option<Vec<Parameter>> {
    let Some(node) = fields.get("parameters") else { return Some(Vec::new()) };
    let mut out = Vec::new();
    for (name, _, value) in reader.entries(node, "parameters")? {
        let what = format!("parameter `{name}`");
        let stated = reader.fields(value, &what, &["type", "absent", "use", "in", "doc"])?;
        let type_node = reader.required(&stated, &what, "type")?;
        let mut ty = field_type(reader, vocabulary, type_node, type_node.scalar().unwrap_or_default(), Some(64))?;
        let absent_is_all = match stated.get("absent") {
            None => false,
            Some(node) if node.scalar() == Some("all") => true,
            Some(node) => {
                reader.wrong(node, "absent", "`all`");
                false
            }
        };
        if absent_is_all && matches!(ty, Type::Record(_)) {
            ty = Type::List(Box::new(ty), 64);
        }
        let doc = reader.required_text(&stated, &what, "doc").unwrap_or_default();
        let medium = read_guidance::medium(reader, &out, &stated);
        out.push(Parameter { name: name.to_owned(), ty, absent_is_all, doc, medium });
    }
    Some(out)
}

const REQUIREMENT: [&str; 11] =
    ["code", "level", "each", "where", "must", "message", "help", "why", "page", "statements", "hazards"];

fn conjunct(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    scope: Vec<(String, Type)>,
    parameters: &[Parameter],
    node: &Node<'_>,
) -> Option<Conjunct> {
    let known: Vec<&str> = REQUIREMENT.into_iter().chain(["at", "window", "not_before", "outside", "same_day", "by"]).collect();
    let fields = reader.fields(node, "a guard", &known)?;
    let window = match fields.get("window") {
        Some(node) => Some(window(reader, node)?),
        None => None,
    };
    let at = match fields.get("at").map(|node| (node, node.scalar().unwrap_or_default())) {
        None => None,
        Some((node, name)) => {
            let found = parameters.iter().position(|parameter| parameter.name == name);
            if found.is_none() {
                let finding = Finding::error("unknown-name", node.span, format!("the action has no parameter `{name}`"));
                reader.findings.push(finding.help(nearest(name, parameters.iter().map(|p| &*p.name))));
            }
            found
        }
    };
    let not_before = match fields.get("not_before") {
        Some(node) => Some(moment(reader, node)?),
        None => None,
    };
    let outside = match fields.get("outside") {
        Some(node) => Some(hours(reader, vocabulary, &scope, node)?),
        None => None,
    };
    let stated = stated(reader, vocabulary, &fields);
    let without_state = outside.is_some() || stated.is_some();
    let of_plan = window.is_some() || not_before.is_some() || without_state;
    let requirement = requirement(reader, vocabulary, scope, "must", of_plan, None, &fields)?;
    if without_state && requirement.applies.as_ref().is_some_and(|condition| vocabulary.reads_state(condition)) {
        let span = fields.get("where").map_or(fields.span, |node| node.span);
        let finding = Finding::error("type-mismatch", span, "this is judged without a state, and its condition asks for one");
        reader.findings.push(finding.help("ask facts of the site only"));
    }
    if (window.is_some() || not_before.is_some()) && requirement.applies.is_some() {
        reader.findings.push(Finding::error("unknown-key", fields.span, "a window or a moment has no `where`"));
    }
    Some(Conjunct { requirement, at, window, not_before, outside, stated })
}

fn stated(reader: &mut Reader<'_>, vocabulary: &Vocabulary, fields: &Fields<'_, '_>) -> Option<Stated> {
    if fields.get("by").is_some() {
        return Some(Stated::By(actors(reader, vocabulary, fields)));
    }
    fields.get("same_day")?;
    let moments = reader.items(fields, "same_day").into_iter().filter_map(|node| moment(reader, node));
    Some(Stated::SameDay(moments.collect()))
}

fn hours(reader: &mut Reader<'_>, vocabulary: &Vocabulary, scope: &[(String, Type)], node: &Node<'_>) -> Option<Hours> {
    let fields = reader.fields(node, "hours", &["from", "to"])?;
    let mut hour = |key: &str| {
        let node = reader.required(&fields, "hours", key)?;
        let mut typing = Typing::new(vocabulary, scope.to_vec());
        typed(reader, node, &mut typing, &Type::Number { min: 0, max: 24 })
    };
    Some(Hours { from: hour("from")?, to: hour("to")? })
}

fn moment(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Moment> {
    let word = node.scalar().unwrap_or_default();
    let found = Moment::ALL.into_iter().find(|moment| moment.word() == word);
    if found.is_none() {
        let finding = Finding::error("unknown-name", node.span, format!("a plan states no moment `{word}`"));
        reader.findings.push(finding.help(nearest(word, Moment::ALL.map(Moment::word))));
    }
    found
}

fn window(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Window> {
    let fields = reader.fields(node, "a window", &["since", "same", "at_most"])?;
    let since = reader.required_text(&fields, "a window", "since")?;
    let at_most = reader.required(&fields, "a window", "at_most")?;
    let minutes = at_most.scalar().and_then(crate::spec::types::minutes);
    if minutes.is_none() {
        reader.wrong(at_most, "at_most", "a duration such as `24h` or `90m`");
    }
    Some(Window { since, same: reader.texts(&fields, "same"), at_most: minutes? })
}

/// The requirement in `fields`; its condition is under `key`. The code is stated, or is the file's name.
fn requirement(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    scope: Vec<(String, Type)>,
    key: &str,
    without_condition: bool,
    code: Option<&str>,
    fields: &Fields<'_, '_>,
) -> Option<Requirement> {
    let what = "a requirement";
    let code = match code {
        Some(code) => code.to_owned(),
        None => reader.required_text(fields, what, "code")?,
    };
    let level = word(reader, fields, "level", &["error", "warning", "note"]).and_then(Level::from_word)?;
    let mut typing = Typing::new(vocabulary, scope);
    typing.with_state = true;
    let each: Vec<Range> = ranges(reader, fields, &mut typing);
    let applies = fields.get("where").and_then(|node| expression(reader, node, &mut typing));
    let must = if without_condition {
        Some(super::expr::Expr { kind: super::expr::ExprKind::Boolean(true), ty: Type::Boolean, span: fields.span })
    } else {
        reader.required(fields, what, key).and_then(|node| expression(reader, node, &mut typing))
    };
    let message = reader.required(fields, what, "message").and_then(|node| template(reader, node, &mut typing));
    let help = reader.required(fields, what, "help").and_then(|node| template(reader, node, &mut typing));
    let why = reader.required_text(fields, what, "why").unwrap_or_default();
    let page = reader.required_text(fields, what, "page").unwrap_or_default();
    let (statements, hazards) = (reader.texts(fields, "statements"), reader.texts(fields, "hazards"));
    let claim = fields.get("claim").and_then(|node| reader.text(node, "claim")).unwrap_or_default();
    Some(Requirement {
        code,
        claim,
        level,
        each,
        applies,
        must: must?,
        message: message?,
        help: help?,
        why,
        page,
        statements,
        hazards,
    })
}

fn effect(reader: &mut Reader<'_>, vocabulary: &Vocabulary, scope: Vec<(String, Type)>, node: &Node<'_>) -> Option<Effect> {
    let fields = reader.fields(node, "an effect", &["each", "where", "set", "to"])?;
    let mut typing = Typing::new(vocabulary, scope);
    typing.with_state = true;
    let each = ranges(reader, &fields, &mut typing);
    let applies = fields.get("where").and_then(|node| expression(reader, node, &mut typing));
    let set = reader.required(&fields, "an effect", "set")?;
    let target = match parser::expression(set.scalar().unwrap_or_default()) {
        Ok(ast) => typing.target(&ast),
        Err(problem) => {
            reader.problem(set, 0, problem);
            None
        }
    };
    flush(reader, set, &mut typing);
    let (variable, arguments) = target?;
    let to = reader.required(&fields, "an effect", "to")?;
    let value = typed(reader, to, &mut typing, &vocabulary.state[variable].ty)?;
    Some(Effect { each, applies, variable, arguments, value })
}

/// Adds the hazard in `node` to a machine.
pub fn hazard(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    machine: &mut Machine,
    code: &str,
    node: &Node<'_>,
) -> Option<()> {
    let known = ["claim", "level", "each", "where", "never", "message", "help", "why", "page", "statements", "hazards"];
    let fields = reader.fields(node, "a hazard", &known)?;
    let hazard = requirement(reader, vocabulary, Vec::new(), "never", false, Some(code), &fields)?;
    machine.hazards.push(hazard);
    Some(())
}

/// Adds the invariant in `node` to a machine: what no state must be, that the guards alone keep away.
pub fn invariant(
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary,
    machine: &mut Machine,
    code: &str,
    node: &Node<'_>,
) -> Option<()> {
    let what = "an invariant";
    let fields = reader.fields(node, what, &["claim", "each", "where", "never", "why", "page", "statements", "hazards"])?;
    let (claim, why) = (reader.required_text(&fields, what, "claim"), reader.required_text(&fields, what, "why"));
    let mut typing = Typing::new(vocabulary, Vec::new());
    typing.with_state = true;
    let each: Vec<Range> = ranges(reader, &fields, &mut typing);
    let applies = fields.get("where").and_then(|node| expression(reader, node, &mut typing));
    let must = reader.required(&fields, what, "never").and_then(|node| expression(reader, node, &mut typing));
    let page = reader.required_text(&fields, what, "page").unwrap_or_default();
    let (statements, hazards) = (reader.texts(&fields, "statements"), reader.texts(&fields, "hazards"));
    machine.invariants.push(Requirement {
        code: code.to_owned(),
        claim: claim?,
        level: Level::Error,
        each,
        applies,
        must: must?,
        message: Template::default(),
        help: Template::default(),
        why: why?,
        page,
        statements,
        hazards,
    });
    Some(())
}

/// Adds the goals in `node` to a machine.
pub fn goals(reader: &mut Reader<'_>, vocabulary: &Vocabulary, machine: &mut Machine, node: &Node<'_>) {
    let Some(items) = node.items() else {
        reader.wrong(node, "goals.yaml", "a list");
        return;
    };
    for item in items {
        if let Some(fields) = reader.fields(item, "a goal", &REQUIREMENT) {
            machine.goals.extend(requirement(reader, vocabulary, Vec::new(), "must", false, None, &fields));
        }
    }
}
