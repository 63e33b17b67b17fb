//! `schema site`: the vocabulary as a JSON Schema (draft 7, which editors' YAML servers read).

use crate::spec::rulebook::Rulebook;
use crate::spec::types::Type;
use crate::spec::vocabulary::{Record, Vocabulary};
use serde_json::{Map, Value, json};

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
