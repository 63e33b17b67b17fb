//! `schema site` and `schema plan`: the vocabulary and the machine as JSON Schemas (draft 7, which editors' YAML servers read).

use crate::model::durations;
use crate::spec::machine::Action;
use crate::spec::read_machine::ACTOR;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Type;
use crate::spec::vocabulary::{Record, Vocabulary};
use serde_json::{Map, Value, json};

/// `45m`, or `2h..3h`.
const INTERVAL: &str = "^([0-9]+[mhd])+(\\.\\.([0-9]+[mhd])+)?$";

/// The schema of a site file.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn site(rulebook: &Rulebook) -> serde_json::Result<String> {
    let vocabulary = &rulebook.vocabulary;
    let mut schema = record(vocabulary, vocabulary.site_record());
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let facts = std::mem::take(properties);
        properties.insert(
            "rulebook".to_owned(),
            json!({ "const": rulebook.id, "description": "The rulebook the site is held against." }),
        );
        properties.insert("kind".to_owned(), json!({ "const": "site", "description": "What this file is." }));
        properties.extend(facts);
        if !rulebook.machine.actions.is_empty() {
            properties.insert(durations::KEY.to_owned(), durations_of(rulebook));
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.insert(0, json!("rulebook"));
        required.insert(1, json!("kind"));
    }
    let mut document = Map::new();
    document.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    document.insert("title".to_owned(), json!(format!("{}: a site", rulebook.title)));
    if let Value::Object(schema) = schema {
        document.extend(schema);
    }
    let definitions = vocabulary.records.iter().filter(|r| r.name != vocabulary.site_record().name);
    let definitions: Map<String, Value> = definitions.map(|r| (r.name.clone(), record(vocabulary, r))).collect();
    document.insert("definitions".to_owned(), Value::Object(definitions));
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn durations_of(rulebook: &Rulebook) -> Value {
    let time = json!({ "type": "string", "pattern": INTERVAL });
    let actions: Map<String, Value> = rulebook.machine.actions.iter().map(|action| (action.name.clone(), time.clone())).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": actions,
        "description": "How long actions take at this site: `45m`, or at least and at most: `2h..3h`. `cutover plan` goes by it.",
    })
}

/// The schema of a plan file: each action has keys of its own.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn plan(rulebook: &Rulebook) -> serde_json::Result<String> {
    let moment = || json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$" });
    let described = |mut schema: Value, description: &str| {
        schema["description"] = json!(description);
        schema
    };
    let document = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("{}: a plan", rulebook.title),
        "description": "The steps of an upgrade, and the order that they need.",
        "type": "object",
        "additionalProperties": false,
        "required": ["rulebook", "kind", "site", "steps"],
        "properties": {
            "rulebook": { "const": rulebook.id, "description": "The rulebook the plan is held against." },
            "kind": { "const": "plan", "description": "What this file is." },
            "site": { "type": "string", "description": "The file of the site, relative to this one and not above it." },
            "made_from": { "type": "object", "description": "What the plan was made from; `cutover plan` writes it." },
            "continues": continues(),
            "starts": described(moment(), "When the upgrade starts, local. What prepares it may come before; a step of the upgrade that states no `at` waits for it."),
            "cut_off": described(moment(), "From when on nobody changes administration data, local. What copies this data does not start before it."),
            "steps": { "type": "array", "items": { "$ref": "#/definitions/step" }, "description": "In this order, where `after` says nothing else." },
        },
        "definitions": { "step": step(rulebook, &moment) },
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn continues() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "object",
        "description": "The plan and the entries of its journal that this one goes on from; `cutover run` writes it.",
        "additionalProperties": false,
        "required": ["plan", "journal", "entries", "digest"],
        "properties": {
            "plan": text,
            "journal": text,
            "entries": { "type": "integer", "minimum": 1 },
            "digest": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
        },
    })
}

fn step(rulebook: &Rulebook, moment: &dyn Fn() -> Value) -> Value {
    let vocabulary = &rulebook.vocabulary;
    let duration = "^([0-9]+[mhd])+$";
    let within = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["of", "at_most"],
        "properties": { "of": name(), "at_most": { "type": "string", "pattern": duration } },
    });
    let actions: Vec<&str> = rulebook.machine.actions.iter().map(|action| action.name.as_str()).collect();
    let mut properties = json!({
        "id": name(),
        "do": { "enum": actions, "description": "The action." },
        "after": { "type": "array", "items": name(), "description": "The steps that come before it; the one listed before it if absent." },
        "at": moment(),
        "takes": { "type": "string", "pattern": INTERVAL, "description": "How long it takes: `45m`, or at least and at most: `2h..3h`." },
        "within": { "anyOf": [within, { "type": "array", "items": within }], "description": "How long after the end of another step it may start." },
    });
    properties["id"]["description"] = json!("A name of your choice.");
    properties["at"]["description"] = json!("When it starts, local.");
    if let Some(id) = vocabulary.enumeration(ACTOR) {
        properties["by"] = of_type(vocabulary, &Type::Enumeration(id));
        properties["by"]["description"] = json!("Who does it.");
    }
    let mut own: Vec<String> = properties.as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default();
    own.sort();
    let cases: Vec<Value> = rulebook.machine.actions.iter().map(|action| case(vocabulary, action, &own)).collect();
    json!({ "type": "object", "required": ["id", "do"], "properties": properties, "allOf": cases })
}

/// What the keys of a step are when it does an action.
fn case(vocabulary: &Vocabulary, action: &Action, own: &[String]) -> Value {
    let mut properties = Map::new();
    for key in own {
        properties.insert(key.clone(), json!(true));
    }
    for parameter in &action.parameters {
        let mut schema = match &parameter.ty {
            Type::Record(_) => name(),
            Type::List(inner, _) if matches!(**inner, Type::Record(_)) => {
                json!({ "anyOf": [name(), { "type": "array", "items": name() }] })
            }
            ty => of_type(vocabulary, ty),
        };
        schema["description"] = json!(parameter.doc);
        properties.insert(parameter.name.clone(), schema);
    }
    let required: Vec<&str> = action.parameters.iter().filter(|p| !p.absent_is_all).map(|p| p.name.as_str()).collect();
    json!({
        "if": { "properties": { "do": { "const": action.name } }, "required": ["do"] },
        "then": { "description": action.does, "required": required, "properties": properties, "additionalProperties": false },
    })
}

/// A name, which a YAML reader may take for a number.
fn name() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn record(vocabulary: &Vocabulary, record: &Record) -> Value {
    let mut properties = Map::new();
    for field in record.fields.iter().filter(|field| !field.of_plan) {
        let mut schema = of_type(vocabulary, &field.ty);
        // Beside `$ref` draft 7 ignores other keys, so the description goes around it.
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        schema["description"] = json!(field.doc);
        properties.insert(field.name.clone(), schema);
    }
    let required: Vec<&str> = record.fields.iter().filter(|f| f.required).map(|f| f.name.as_str()).collect();
    json!({
        "type": "object",
        "description": record.doc,
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn of_type(vocabulary: &Vocabulary, ty: &Type) -> Value {
    match ty {
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        // A name such as `12` or `9.5` is a number to a YAML reader, and a text to us.
        Type::Text { .. } | Type::Reference { .. } => json!({ "type": ["string", "number", "boolean"] }),
        Type::Subnet => json!({ "type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$", "examples": ["192.168.10.0/24"] }),
        Type::Enumeration(id) => {
            let enumeration = &vocabulary.enumerations[*id];
            let names: Vec<&str> = enumeration.values.iter().map(|v| v.name.as_str()).collect();
            json!({ "enum": names })
        }
        Type::Version(id) => {
            let kind = &vocabulary.versions[*id];
            let part = "[0-9]{1,3}";
            let more = format!("(\\.{part}){{0,{}}}", kind.parts - 1);
            let pattern = format!("^{}{part}{more}$", kind.prefix);
            if kind.prefix.is_empty() {
                json!({ "type": ["string", "number"], "pattern": pattern })
            } else {
                json!({ "type": "string", "pattern": pattern })
            }
        }
        Type::Set(id) => {
            let mut schema = json!({ "type": "array", "uniqueItems": true });
            schema["items"] = of_type(vocabulary, &Type::Enumeration(*id));
            schema
        }
        Type::List(inner, at_most) => {
            let mut schema = json!({ "type": "array", "maxItems": at_most });
            schema["items"] = of_type(vocabulary, inner);
            schema
        }
        Type::Record(id) => json!({ "$ref": format!("#/definitions/{}", vocabulary.records[*id].name) }),
    }
}
