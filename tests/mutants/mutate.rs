//! Every single-step mutation of a totally ordered plan, made on its text: one step is one line.

use crate::support::built_in;

/// A plan as lines of text.
#[derive(Clone)]
pub(crate) struct Text {
    /// Everything up to `steps:`.
    head: String,
    /// The steps, without comments between them.
    pub(crate) steps: Vec<Fields>,
}

/// The fields of a step, in order.
pub(crate) type Fields = Vec<(String, String)>;

/// A plan with one change.
pub(crate) struct Mutant {
    /// Which, such as `drop busy` or `incr-old: tape t2`.
    pub(crate) name: String,
    /// The plan.
    pub(crate) text: Text,
    /// What kind of change.
    pub(crate) kind: Kind,
}

/// What was changed, and where.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// The step at this place is left out.
    Drop,
    /// This step and the next one change places.
    Swap(usize),
    /// An argument of the action.
    Argument,
    /// Who does this step.
    Actor(usize),
    /// A time or a bound on one.
    Time,
}

impl Text {
    /// Reads a plan whose steps are lines `- { key: value, … }`.
    pub(crate) fn read(text: &str) -> Self {
        let (head, rest) = text.split_once("steps:\n").unwrap();
        let lines = rest.lines().filter_map(|line| line.trim().strip_prefix("- { ")?.strip_suffix(" }"));
        Self { head: format!("{head}steps:\n"), steps: lines.map(fields).collect() }
    }

    /// The plan as YAML.
    pub(crate) fn write(&self) -> String {
        let mut out = self.head.clone();
        for step in &self.steps {
            let words: Vec<String> = step.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            out.push_str(&format!("  - {{ {} }}\n", words.join(", ")));
        }
        out
    }

    /// The line, from 1, of a step; of the key `steps` for none.
    pub(crate) fn line(&self, step: Option<usize>) -> usize {
        self.head.lines().count() + step.map_or(0, |step| step + 1)
    }

    fn with(&self, step: usize, key: &str, value: Option<&str>) -> Self {
        let mut out = self.clone();
        let fields = &mut out.steps[step];
        let place = fields.iter().position(|(known, _)| known == key);
        match (place, value) {
            (Some(place), Some(value)) => value.clone_into(&mut fields[place].1),
            (Some(place), None) => drop(fields.remove(place)),
            (None, Some(value)) => fields.push((key.to_owned(), value.to_owned())),
            (None, None) => {}
        }
        out
    }
}

/// Splits `a: b, c: [d, e]` at the commas outside brackets.
fn fields(line: &str) -> Fields {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in line.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&line[start..]);
    let pair = |part: &&str| part.split_once(": ").map(|(key, value)| (key.trim().to_owned(), value.to_owned())).unwrap();
    parts.iter().map(pair).collect()
}

/// The value of a field.
pub(crate) fn field<'f>(fields: &'f Fields, key: &str) -> Option<&'f str> {
    fields.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

/// The words of an enumeration of the rulebook.
fn words(enumeration: &str) -> Vec<String> {
    let vocabulary = &built_in().vocabulary;
    let id = vocabulary.enumeration(enumeration).unwrap();
    vocabulary.enumerations[id].values.iter().map(|value| value.name.clone()).collect()
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// What a field could say instead. Empty for a field that is not changed.
fn others(step: &Fields, key: &str, tapes: &[String]) -> Vec<String> {
    let list = field(step, key).is_some_and(|value| value.starts_with('['));
    let mut out = match key {
        "tape" => tapes.to_vec(),
        "server" => owned(&["old", "new"]),
        "state" => words("cms-state"),
        "drive" => words("tape-drive"),
        "data" if list => owned(&[
            "[historical]",
            "[non-cms]",
            "[historical, non-cms, system-administration]",
            "[historical, non-cms, agent-call-center-administration]",
        ]),
        "data" => words("data-type"),
        "version" => owned(&["r3v9", "r3v10", "r3v11"]),
        "load" => owned(&["ab.2", "ab.3"]),
        "release" => owned(&["\"8.0\"", "\"8.1\"", "\"9.6\""]),
        _ => Vec::new(),
    };
    out.retain(|word| field(step, key) != Some(word));
    out
}

/// All single-step mutations of a plan.
pub(crate) fn mutants(plan: &Text) -> Vec<Mutant> {
    let mut out = Vec::new();
    let mut tapes: Vec<String> = plan.steps.iter().filter_map(|step| field(step, "tape").map(str::to_owned)).collect();
    tapes.sort();
    tapes.dedup();
    for (at, step) in plan.steps.iter().enumerate() {
        let id = field(step, "id").unwrap();
        out.push(without(plan, at));
        if at + 1 < plan.steps.len() {
            let mut text = plan.clone();
            text.steps.swap(at, at + 1);
            let name = format!("swap {id} {}", field(&plan.steps[at + 1], "id").unwrap());
            out.push(Mutant { name, text, kind: Kind::Swap(at) });
        }
        let mut change = |key: &str, value: Option<&str>, kind: Kind| {
            let name = value.map_or_else(|| format!("{id}: no {key}"), |value| format!("{id}: {key} {value}"));
            out.push(Mutant { name, text: plan.with(at, key, value), kind });
        };
        for (key, _) in step {
            others(step, key, &tapes).iter().for_each(|value| change(key, Some(value), Kind::Argument));
        }
        let action = &built_in().machine.actions[built_in().machine.action(field(step, "do").unwrap()).unwrap()];
        for parameter in action.parameters.iter().filter(|parameter| parameter.absent_is_all) {
            match (parameter.name.as_str(), field(step, &parameter.name)) {
                ("acds", None) => change("acds", Some("[acd1]"), Kind::Argument),
                (name, Some(_)) => change(name, None, Kind::Argument),
                ("server", None) => ["old", "new"].iter().for_each(|one| change("server", Some(one), Kind::Argument)),
                _ => {}
            }
        }
        for actor in words("actor").iter().filter(|actor| field(step, "by") != Some(actor)) {
            change("by", Some(actor), Kind::Actor(at));
        }
        for (key, value) in times(step) {
            change(key, value.as_deref(), Kind::Time);
        }
    }
    out
}

/// The plan without a step, and without bounds on the time since it.
fn without(plan: &Text, at: usize) -> Mutant {
    let mut text = plan.clone();
    let id = field(&text.steps.remove(at), "id").unwrap().to_owned();
    for step in &mut text.steps {
        step.retain(|(key, value)| !(key == "within" && value.contains(&format!("of: {id},"))));
    }
    Mutant { name: format!("drop {id}"), text, kind: Kind::Drop }
}

/// Other times of a step that states some: earlier and later by an hour, by half a day and by a day; none.
fn times(step: &Fields) -> Vec<(&'static str, Option<String>)> {
    let mut out = Vec::new();
    if let Some(at) = field(step, "at") {
        let at: jiff::civil::DateTime = at.parse().unwrap();
        for hours in [-24_i64, -12, -1, 1, 12, 24] {
            out.push((
                "at",
                Some(at.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap().strftime("%Y-%m-%dT%H:%M").to_string()),
            ));
        }
        out.push(("at", None));
    }
    if field(step, "takes").is_some() {
        out.extend([("takes", None), ("takes", Some("0m..5m".to_owned())), ("takes", Some("6h..12h".to_owned()))]);
    }
    if let Some(within) = field(step, "within") {
        out.push(("within", None));
        for bound in ["1m", "6m", "24h"] {
            out.push(("within", Some(within.replace("5m", bound))));
        }
    }
    out
}
