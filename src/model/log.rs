//! A log that people kept by hand, as CSV or as one JSON object a line, held against the steps of a plan.

use super::journal::{Broken, Event, Outcome};
use super::plan::{Plan, Step};
use super::read_plan;
use super::site::Site;
use super::time::Moment;
use crate::source::finding::nearest;
use crate::source::text::{Source, printable};
use crate::source::yaml;
use crate::spec::machine::Machine;
use crate::spec::types::{Type, Value};
use crate::spec::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// Columns that are no parameters of an action.
const COLUMNS: [&str; 11] =
    ["step", "do", "time", "started", "person", "label", "outcome", "fault", "reason", "evidence", "unseen"];
/// Most rows of a log: many times the steps of the longest plan.
const ROWS_MAX: usize = 2_000;
/// What separates the values of a list in one cell.
const SEPARATOR: char = ';';

/// A row of a log: its line, from 1, and what its cells say by column. Empty cells are left out.
pub type Row = (usize, BTreeMap<String, String>);

/// One thing that happened, and which step it was.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The line of the log, from 1.
    pub line: usize,
    /// When; nothing if the log does not say.
    pub time: Option<Moment>,
    /// Who; nothing if the log does not say.
    pub person: Option<String>,
    /// What happened. Its step is one of the plan's, or one that was made of what the log states.
    pub event: Event,
    /// The step of the plan that it stands for; `None` where the plan has none.
    pub planned: Option<usize>,
    /// Where that differs from the plan: each in words.
    pub differs: Vec<String>,
}

/// The rows of a log.
///
/// # Errors
/// The first line that is no row.
pub fn rows(text: &str) -> Result<Vec<Row>, Broken> {
    if text.trim_start().starts_with('{') { objects(text) } else { table(text) }
}

fn objects(text: &str) -> Result<Vec<Row>, Broken> {
    let mut out = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let broken = |why: String| Broken { line: at + 1, why };
        let object: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|error| broken(format!("it is no JSON object: {error}")))?;
        let mut row = BTreeMap::new();
        for (key, value) in object {
            let cell =
                cell(&value).ok_or_else(|| broken(format!("`{}` should be a text, or a list of texts", printable(&key))))?;
            row.insert(key, cell);
        }
        out.push((at + 1, row));
    }
    Ok(out)
}

fn cell(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Array(values) => {
            let cells: Option<Vec<String>> = values.iter().map(cell).collect();
            cells.map(|cells| cells.join(&SEPARATOR.to_string()))
        }
        _ => None,
    }
}

fn table(text: &str) -> Result<Vec<Row>, Broken> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| Broken {
        line: error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1)),
        why: printable(&error.to_string()),
    };
    let columns = reader.headers().map_err(wrong)?.clone();
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let line = record.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
        let cells = columns.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        out.push((line, cells.map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()));
    }
    Ok(out)
}

/// The rows as what happened, in their order. A step that the plan does not have as it was done is added at its end.
///
/// # Errors
/// The first row that names no step of the plan and no action, or says something that nobody can mean.
pub fn logged(
    rows: &[Row],
    vocabulary: &Vocabulary,
    machine: &Machine,
    site: &mut Site,
    plan: &mut Plan,
) -> Result<Vec<Logged>, Broken> {
    if let Some((line, _)) = rows.get(ROWS_MAX) {
        return Err(Broken { line: *line, why: format!("the log has more than {ROWS_MAX} rows") });
    }
    let mut reading = Reading { vocabulary, machine, site, planned: plan.steps.len(), plan, taken: Vec::new() };
    let mut out = Vec::new();
    for (line, row) in rows {
        out.extend(reading.row(*line, row).map_err(|why| Broken { line: *line, why })?);
    }
    Ok(out)
}

struct Reading<'r> {
    vocabulary: &'r Vocabulary,
    machine: &'r Machine,
    site: &'r mut Site,
    plan: &'r mut Plan,
    /// How many steps the plan has itself.
    planned: usize,
    /// Steps of the plan that rows without a step were found to be.
    taken: Vec<usize>,
}

impl Reading<'_> {
    fn row(&mut self, line: usize, row: &BTreeMap<String, String>) -> Result<Vec<Logged>, String> {
        let cell = |name: &str| row.get(name).filter(|cell| !cell.is_empty());
        let (step, planned, differs) = self.which(line, row)?;
        let id = self.plan.steps[step].id.clone();
        let moment = |name: &str| match cell(name) {
            None => Ok(None),
            Some(text) => Moment::parse(text)
                .map(Some)
                .ok_or_else(|| format!("`{}` is no local date and time such as 2002-10-22T06:15", printable(text))),
        };
        let (time, started) = (moment("time")?, moment("started")?);
        let labels = cell("label").map(|label| (self.labelled(step), label.clone()));
        let outcome = Outcome {
            step: id.clone(),
            fault: None,
            labels: labels.into_iter().filter_map(|(name, label)| Some((name?, label))).collect(),
            evidence: cell("evidence").cloned(),
            unseen: cell("unseen").cloned(),
        };
        let event = match cell("outcome").map_or("done", String::as_str) {
            "done" => Event::Done(outcome),
            "failed" => Event::Failed(Outcome { fault: self.fault(step, cell("fault"))?, ..outcome }),
            "skipped" => Event::Skipped { step: id.clone(), reason: cell("reason").cloned().unwrap_or_default() },
            other => return Err(format!("`{}` is no outcome; write done, failed or skipped", printable(other))),
        };
        let one = |time, event| Logged { line, time, person: cell("person").cloned(), event, planned, differs: Vec::new() };
        let mut out = Vec::new();
        if !matches!(event, Event::Skipped { .. }) {
            out.push(one(started.or(time), Event::Started { step: id, again: None, despite: Vec::new() }));
        }
        out.push(one(time, event));
        out[0].differs = differs;
        Ok(out)
    }

    fn fault(&self, step: usize, name: Option<&String>) -> Result<Option<String>, String> {
        let faults = &self.machine.actions[self.plan.steps[step].action].faults;
        match name {
            Some(name) if faults.iter().any(|fault| fault.name == *name) => Ok(Some(name.clone())),
            Some(name) => Err(format!(
                "the action knows no fault `{}`; {}",
                printable(name),
                nearest(name, faults.iter().map(|fault| &*fault.name))
            )),
            None if faults.len() > 1 => {
                Err(format!("say in `fault` how it failed; {}", nearest("", faults.iter().map(|f| &*f.name))))
            }
            None => Ok(faults.first().map(|fault| fault.name.clone())),
        }
    }

    /// The name of the first thing in a step that only the plan names.
    fn labelled(&self, step: usize) -> Option<String> {
        let record = self.plan.steps[step].arguments.iter().find_map(|argument| match argument.value {
            Value::Record(record) if self.is_of_plan(record) => Some(record),
            _ => None,
        })?;
        self.site.key_text(self.vocabulary, record).map(str::to_owned)
    }

    fn is_of_plan(&self, record: usize) -> bool {
        let kind = self.site.records[record].kind;
        let fields = &self.vocabulary.site_record().fields;
        fields.iter().any(|field| field.of_plan && matches!(&field.ty, Type::List(inner, _) if **inner == Type::Record(kind)))
    }

    /// The step a row is about, as it was done; the plan's step that it stands for; and how the two differ.
    fn which(&mut self, line: usize, row: &BTreeMap<String, String>) -> Result<(usize, Option<usize>, Vec<String>), String> {
        let named = match row.get("step") {
            Some(id) => {
                let found = self.plan.steps[..self.planned].iter().position(|step| step.id == *id);
                let known = || nearest(id, self.plan.steps[..self.planned].iter().map(|step| &*step.id));
                Some(found.ok_or_else(|| format!("the plan has no step `{}`; {}", printable(id), printable(&known())))?)
            }
            None => None,
        };
        let action = match (row.get("do"), named) {
            (Some(name), _) => {
                let known = || nearest(name, self.machine.actions.iter().map(|action| &*action.name));
                self.machine.action(name).ok_or_else(|| format!("`{}` is no action; {}", printable(name), known()))?
            }
            (None, Some(step)) => self.plan.steps[step].action,
            (None, None) => return Err("it names neither a `step` nor an action with `do`".to_owned()),
        };
        let done = self.as_done(line, row, action, named)?;
        let same = |step: &Step| {
            step.action == action && (0..done.arguments.len()).all(|i| step.arguments[i].value == done.arguments[i].value)
        };
        if let Some(step) = named {
            if same(&self.plan.steps[step]) {
                return Ok((step, named, Vec::new()));
            }
            let differs = self.differences(&self.plan.steps[step], &done);
            self.plan.steps.push(done);
            return Ok((self.plan.steps.len() - 1, named, differs));
        }
        if let Some(step) = (0..self.planned).find(|step| !self.taken.contains(step) && same(&self.plan.steps[*step])) {
            self.taken.push(step);
            return Ok((step, Some(step), Vec::new()));
        }
        self.plan.steps.push(done);
        Ok((self.plan.steps.len() - 1, None, vec!["the plan has no such step, or not so often".to_owned()]))
    }

    /// The step that a row states; what it does not say is as in the plan.
    fn as_done(
        &mut self,
        line: usize,
        row: &BTreeMap<String, String>,
        action: usize,
        named: Option<usize>,
    ) -> Result<Step, String> {
        let parameters = &self.machine.actions[action].parameters;
        let known: Vec<&str> = COLUMNS.into_iter().chain(parameters.iter().map(|p| &*p.name)).collect();
        if let Some(column) = row.keys().find(|column| !known.contains(&column.as_str())) {
            return Err(format!("`{}` says nothing about this step; {}", printable(column), nearest(column, known)));
        }
        let mut step = serde_json::Map::new();
        let id = format!("line {line}");
        step.insert("id".to_owned(), id.clone().into());
        step.insert("do".to_owned(), self.machine.actions[action].name.clone().into());
        step.insert("after".to_owned(), serde_json::Value::Array(Vec::new()));
        let planned = named.map(|step| &self.plan.steps[step]).filter(|step| step.action == action);
        for (index, parameter) in parameters.iter().enumerate() {
            let value = match (row.get(&parameter.name), planned) {
                (Some(text), _) => match text.split(SEPARATOR).map(str::trim).collect::<Vec<_>>().as_slice() {
                    [one] => (*one).into(),
                    several => several.to_vec().into(),
                },
                (None, Some(step)) if step.arguments[index].span.is_some() => {
                    self.json(&parameter.ty, &step.arguments[index].value)
                }
                _ => continue,
            };
            step.insert(parameter.name.clone(), value);
        }
        let text = serde_json::json!({ "steps": [step] }).to_string();
        let source = Source::new("log", &text);
        let root = yaml::parse(&source).map_err(|finding| finding.message)?;
        let (plan, findings) = read_plan::read(self.vocabulary, self.machine, self.site, &root);
        match (plan.steps.into_iter().next(), findings.first()) {
            (Some(step), None) => Ok(Step { by: None, ..step }),
            (_, Some(finding)) => Err(format!("{}; {}", finding.message, finding.help.as_deref().unwrap_or_default())),
            (None, None) => Err("it is no step".to_owned()),
        }
    }

    fn json(&self, ty: &Type, value: &Value) -> serde_json::Value {
        match (ty, value) {
            (Type::List(inner, _), Value::List(values)) => values.iter().map(|value| self.json(inner, value)).collect(),
            (Type::Set(_), Value::Set(_)) => {
                let text = self.site.display(self.vocabulary, ty, value);
                text.split(", ").filter(|one| !one.is_empty()).map(str::to_owned).collect()
            }
            _ => self.site.display(self.vocabulary, ty, value).into(),
        }
    }

    fn differences(&self, planned: &Step, done: &Step) -> Vec<String> {
        if planned.action != done.action {
            let name = |step: &Step| self.machine.actions[step.action].name.clone();
            return vec![format!("`{}` was done, the plan says `{}`", name(done), name(planned))];
        }
        let parameters = &self.machine.actions[done.action].parameters;
        let mut out = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            let (was, is) = (&planned.arguments[index].value, &done.arguments[index].value);
            if was != is {
                let words = |value: &Value| match self.json(&parameter.ty, value) {
                    serde_json::Value::String(text) => printable(&text),
                    other => printable(&other.to_string()),
                };
                out.push(format!("`{}` was {}, the plan says {}", parameter.name, words(is), words(was)));
            }
        }
        out
    }
}
