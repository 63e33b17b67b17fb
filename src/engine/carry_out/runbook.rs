//! A plan as the people who execute it need it: steps in one order with all their words, tapes, times, and what is lost.
//! Knows no format: texts are as they are in the files, and each writer escapes them.

use super::schedule::{Apart, Schedule, minutes_of, schedule};
use super::screen::screen;
use crate::engine::logic::instance::each_choice;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::{FALSE, TRUE};
use crate::engine::verification::doers::allowed;
use crate::engine::verification::walk::Walk;
use crate::engine::verification::wording;
use crate::model::evidence::Screen;
use crate::model::site::Datum;
use crate::source::finding::Level;
use crate::spec::machine::{Action, Medium, Says};
use crate::spec::read_machine::ACTOR;
use crate::spec::types::{Type, Value};
use crate::spec::vocabulary::{Enumeration, FactValue};
use std::collections::BTreeSet;

/// A plan, ready to be written down for people.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// What the site is called, if it says so.
    pub site: Option<String>,
    /// What the plan is for, in words; nothing if no scenario applies or it cannot be told.
    pub scenario: Option<String>,
    /// Title of the rulebook.
    pub rulebook: String,
    /// The manual: title, number, issue and date in one line.
    pub manual: String,
    /// Number of the manual, for pages.
    pub manual_number: String,
    /// The people, by the first step that each does.
    pub people: Vec<Person>,
    /// The steps, in one order that the plan allows.
    pub steps: Vec<RunStep>,
    /// The media, such as tape sets, in the order of their first use.
    pub media: Vec<MediumUses>,
    /// What media are called: the name of their kind of record.
    pub media_kind: String,
    /// Rows, times, and what has none. Its indices are those of the plan; see [`RunStep::index`].
    pub schedule: Schedule,
    /// What a stretch of the outage is called, and what it means.
    pub outage: Option<(String, String)>,
    /// The stretches of the outage in the order of the steps.
    pub gaps: Vec<Gap>,
}

/// One of those who do steps.
#[derive(Clone, Debug)]
pub struct Person {
    /// The plan's word for them; `None` for steps that are nobody's yet.
    pub word: Option<String>,
    /// What people call them.
    pub name: String,
    /// Their steps: places in [`Runbook::steps`].
    pub steps: Vec<usize>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct RunStep {
    /// Its index in the plan.
    pub index: usize,
    /// Its name in the plan.
    pub id: String,
    /// The action's word.
    pub action: String,
    /// What it does, in a sentence.
    pub does: String,
    /// Its person: an index of [`Runbook::people`].
    pub person: usize,
    /// Who may do it by the manual, in words.
    pub may: Vec<String>,
    /// What it is done at: kind of record and names.
    pub places: Vec<(String, String)>,
    /// What else the step states: name and value.
    pub details: Vec<(String, String)>,
    /// Lines of menus and commands.
    pub procedure: String,
    /// What must appear on the screen.
    pub expect: Screen,
    /// What to do if it does not, where the manual says.
    pub otherwise: Option<String>,
    /// Where it does not: the error-level requirements that apply, each with its code and the way out.
    pub requirements: Vec<(String, String)>,
    /// Commands that a script can run.
    pub commands: Vec<RunCommand>,
    /// What goes into a drive.
    pub media: Vec<MediumUse>,
    /// The manual's page.
    pub page: String,
    /// Ids of the statements it rests on.
    pub statements: Vec<String>,
    /// When it starts, in minutes of a calendar without zones.
    pub at: Option<i64>,
    /// The least and greatest minutes it takes.
    pub takes: Option<(i64, i64)>,
    /// The steps from whose end it must start within so many minutes: their places, and the minutes.
    pub within: Vec<(usize, i64)>,
    /// The steps directly before it: places in [`Runbook::steps`].
    pub after: Vec<usize>,
    /// Steps of other people, at other drives, that may be done at the same time: places in [`Runbook::steps`].
    pub beside: Vec<usize>,
    /// Whether the outage lasts when it is done.
    pub leaves_outage: bool,
}

/// A command of a shell, with its values put in.
#[derive(Clone, Debug)]
pub struct RunCommand {
    /// The program and its arguments, as they are.
    pub words: Vec<String>,
    /// The machine on whose console it is typed.
    pub on: String,
    /// Whether it talks with the person at the terminal.
    pub is_dialogue: bool,
    /// Lines of input, in their order.
    pub answers: Vec<String>,
    /// Minutes after which it counts as hanging.
    pub at_most: i64,
    /// Whether a value put in could be taken for an option or the program; then no script runs it.
    pub is_doubtful: bool,
}

/// A medium in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediumUse {
    /// Its name.
    pub name: String,
    /// The step: a place in [`Runbook::steps`].
    pub step: usize,
    /// Whether it is written (true) or read (false) there, and the machine whose drive it is in; `None` where it goes into none.
    pub drive: Option<(bool, String)>,
    /// What to write on it.
    pub label: Option<String>,
}

/// A medium, and what becomes of it.
#[derive(Clone, Debug)]
pub struct MediumUses {
    /// Its name.
    pub name: String,
    /// Its uses, in the order of the steps.
    pub uses: Vec<MediumUse>,
}

/// A stretch of the outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The step that brings it about: a place in [`Runbook::steps`]; `None` if it is there from the start.
    pub opens: Option<usize>,
    /// The step that ends it; `None` if it is there at the end.
    pub closes: Option<usize>,
    /// Whether it is certain, whatever the site does not state.
    pub is_certain: bool,
    /// Least and most minutes from the start of the first to the end of the last step, if all between have durations.
    pub minutes: Option<(i64, i64)>,
    /// Steps of the stretch without a duration.
    pub untimed: Vec<usize>,
}

/// The runbook of a plan. `None` if its steps wait for each other in a circle.
#[must_use]
pub fn runbook(walk: &Walk<'_>) -> Option<Runbook> {
    let (names, person) = people(walk);
    let (machine, stated) = (&walk.rulebook.machine, &walk.plan.steps);
    let apart = |a: usize, b: usize| person[a] == person[b] || stated[a].shares_drive(machine, &stated[b]);
    let schedule = schedule(walk.plan, &apart)?;
    let states = walk.states(&schedule.order);
    let mut writing = Writing { walk, schedule: &schedule, states: &states, person: &person, apart: &apart };
    let steps: Vec<RunStep> = (0..schedule.order.len()).map(|place| writing.step(place)).collect();
    let people = names.into_iter().enumerate().map(|(index, name)| {
        let own = (0..steps.len()).filter(|place| steps[*place].person == index);
        let name = name.map(|value| (value, actor(walk, value)));
        let (word, name) = name.map_or((None, String::new()), |(value, name)| (actor_word(walk, value), name));
        Person { word, name, steps: own.collect() }
    });
    let people = people.collect();
    let mut media: Vec<MediumUses> = Vec::new();
    for used in steps.iter().flat_map(|step| &step.media) {
        match media.iter_mut().find(|known| known.name == used.name) {
            Some(known) => known.uses.push(used.clone()),
            None => media.push(MediumUses { name: used.name.clone(), uses: vec![used.clone()] }),
        }
    }
    let rulebook = walk.rulebook;
    let manual = &rulebook.manual;
    Some(Runbook {
        site: writing.site_name(),
        scenario: writing.scenario(),
        rulebook: rulebook.title.clone(),
        manual: format!("{}, {}, Issue {}, {}", manual.title, manual.number, manual.issue, manual.date),
        manual_number: manual.number.clone(),
        people,
        gaps: writing.gaps(),
        steps,
        media,
        media_kind: writing.media_kind(),
        outage: rulebook.machine.outage.as_ref().map(|outage| (outage.name.clone(), outage.doc.clone())),
        schedule,
    })
}

/// Who does steps, by their first one in the plan, and for each step which of them. Where it is not stated, the only one who
/// may; else nobody yet.
fn people(walk: &Walk<'_>) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut names: Vec<Option<usize>> = Vec::new();
    let mut person = Vec::new();
    for (index, step) in walk.plan.steps.iter().enumerate() {
        let only = match allowed(walk, index)[..] {
            [only] => Some(only),
            _ => None,
        };
        let name = step.by.map(|(value, _)| value).or(only);
        let known = names.iter().position(|known| *known == name);
        person.push(known.unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        }));
    }
    (names, person)
}

fn actor(walk: &Walk<'_>, value: usize) -> String {
    let vocabulary = walk.base.vocabulary;
    vocabulary.enumeration(ACTOR).map_or_else(String::new, |id| called(&vocabulary.enumerations[id], value))
}

fn actor_word(walk: &Walk<'_>, value: usize) -> Option<String> {
    let vocabulary = walk.base.vocabulary;
    vocabulary.enumeration(ACTOR).map(|id| vocabulary.enumerations[id].values[value].name.clone())
}

/// What people call a value: its fact `name` where the rulebook gives one, else its word.
fn called(enumeration: &Enumeration, value: usize) -> String {
    let fact = enumeration.facts.iter().position(|(name, _)| name == "name");
    match fact.map(|fact| &enumeration.values[value].facts[fact]) {
        Some(FactValue::Text(text)) => text.clone(),
        _ => enumeration.values[value].name.clone(),
    }
}

struct Writing<'a> {
    walk: &'a Walk<'a>,
    schedule: &'a Schedule,
    states: &'a [Vec<Sym>],
    person: &'a [usize],
    apart: Apart<'a>,
}

impl Writing<'_> {
    fn place(&self, step: usize) -> usize {
        self.schedule.order.iter().position(|other| *other == step).unwrap_or_default()
    }

    fn places(&self, steps: &[usize]) -> Vec<usize> {
        let out: BTreeSet<usize> = steps.iter().map(|step| self.place(*step)).collect();
        out.into_iter().collect()
    }

    fn step(&mut self, place: usize) -> RunStep {
        let index = self.schedule.order[place];
        let (step, action) = (&self.walk.plan.steps[index], self.walk.action(index));
        let before = self.walk.at(&self.states[place], None);
        let after = self.walk.at(&self.states[place + 1], None);
        let frame = self.walk.arguments(index);
        let vocabulary = before.vocabulary;
        let (mut places, mut details, mut media) = (Vec::new(), Vec::new(), Vec::new());
        for (parameter, argument) in action.parameters.iter().zip(&step.arguments) {
            let all = argument.span.is_none();
            let words = self.words_of(&parameter.ty, &argument.value);
            match record_kind(&parameter.ty) {
                Some(kind) if self.is_of_plan(kind) => {
                    let drive = parameter.medium.as_ref().map(|medium: &Medium| {
                        let machine = &step.arguments[medium.drive].value;
                        (medium.is_written, self.words_of(&action.parameters[medium.drive].ty, machine))
                    });
                    let label = action.label.as_ref().filter(|_| drive.as_ref().is_some_and(|drive| drive.0));
                    let label = label.map(|label| wording::plain_words(after, label, &frame));
                    media.push(MediumUse { name: words, step: place, drive, label });
                }
                Some(kind) => places.push((vocabulary.records[kind].name.clone(), words)),
                None if all => {}
                None => details.push((parameter.name.clone(), words)),
            }
        }
        let otherwise = action.otherwise.clone();
        let requirements = if otherwise.is_none() { requirements(before, action, &frame) } else { Vec::new() };
        RunStep {
            index,
            id: step.id.clone(),
            action: action.name.clone(),
            does: action.does.clone(),
            person: self.person[index],
            may: allowed(self.walk, index).into_iter().map(|value| actor(self.walk, value)).collect(),
            places,
            details,
            procedure: action.procedure.trim_end().to_owned(),
            expect: screen(before, action, &frame, false),
            otherwise,
            requirements,
            commands: self.commands(before, index, &frame),
            media,
            page: action.page.clone(),
            statements: action.statements.clone(),
            at: step.at,
            takes: step.takes,
            within: step.within.iter().map(|(of, minutes)| (self.place(*of), *minutes)).collect(),
            after: self.places(&step.after),
            beside: self.places(&self.schedule.beside[index]),
            leaves_outage: self.is_outage(place + 1) != Some(false),
        }
    }

    fn commands(&self, before: Symbolic<'_>, index: usize, frame: &[Sym]) -> Vec<RunCommand> {
        let (step, action) = (&self.walk.plan.steps[index], self.walk.action(index));
        let command = |command: &crate::spec::machine::Command| {
            let words: Vec<String> = command.words.iter().map(|word| wording::plain_words(before, word, frame)).collect();
            let starts_with_value = |word: &crate::spec::template::Template| {
                matches!(word.pieces.first(), Some(crate::spec::template::Piece::Value(_)))
            };
            let doubtful = words.iter().zip(&command.words).enumerate().any(|(place, (word, template))| {
                starts_with_value(template) && (place == 0 || word.starts_with('-')) || word.contains('\0')
            });
            let on = self.words_of(&action.parameters[command.on].ty, &step.arguments[command.on].value);
            RunCommand {
                words,
                on,
                is_dialogue: command.is_dialogue,
                answers: command.answers.clone(),
                at_most: command.at_most,
                is_doubtful: doubtful,
            }
        };
        action.commands.iter().map(command).collect()
    }

    /// What people call a value, or each in a list.
    fn words_of(&self, ty: &Type, value: &Value) -> String {
        let (vocabulary, site) = (self.walk.base.vocabulary, self.walk.base.site);
        match (ty, value) {
            (Type::List(inner, _), Value::List(items)) => {
                items.iter().map(|item| self.words_of(inner, item)).collect::<Vec<_>>().join(" and ")
            }
            (Type::Enumeration(id), Value::Enumeration(value)) => called(&vocabulary.enumerations[*id], *value),
            _ => site.display(vocabulary, ty, value),
        }
    }

    fn is_of_plan(&self, kind: usize) -> bool {
        let fields = &self.walk.base.vocabulary.site_record().fields;
        fields.iter().any(|field| field.of_plan && record_kind(&field.ty) == Some(kind))
    }

    fn media_kind(&self) -> String {
        let vocabulary = self.walk.base.vocabulary;
        let kind = vocabulary.site_record().fields.iter().filter(|field| field.of_plan).find_map(|field| record_kind(&field.ty));
        kind.map_or_else(String::new, |kind| vocabulary.records[kind].name.replace('-', " "))
    }

    /// The site's `name`, where the rulebook has such a field and the site states it.
    fn site_name(&self) -> Option<String> {
        let site = self.walk.base.site;
        let field = self.walk.base.vocabulary.site_record().field("name")?;
        match site.records.first()?.facts[field].datum {
            Datum::Value(Value::Text(code)) => site.text(code).map(str::to_owned),
            _ => None,
        }
    }

    /// The first scenario that applies in the state before the first step, unless one before it cannot be told.
    fn scenario(&self) -> Option<String> {
        let start = self.walk.at(&self.states[0], None);
        let holds = |says: &Says| says.applies.as_ref().map_or(TRUE, |condition| start.holds(condition, &[]));
        let first = self.walk.rulebook.machine.scenarios.iter().find(|says| holds(says) != FALSE)?;
        (holds(first) == TRUE).then(|| first.text.trim_end().to_owned())
    }

    /// Whether the outage lasts before the step at that place of the order; `None` if that cannot be told.
    fn is_outage(&self, place: usize) -> Option<bool> {
        let Some(outage) = &self.walk.rulebook.machine.outage else { return Some(false) };
        match self.walk.at(&self.states[place], None).holds(&outage.is, &[]) {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }

    fn gaps(&self) -> Vec<Gap> {
        let mut out: Vec<Gap> = Vec::new();
        let mut open: Option<Gap> = None;
        for place in 0..self.states.len() {
            let here = self.is_outage(place);
            match (&mut open, here) {
                (None, Some(false)) => {}
                (None, _) => {
                    let opens = place.checked_sub(1);
                    let gap = Gap { opens, closes: None, is_certain: here.is_some(), minutes: None, untimed: Vec::new() };
                    open = Some(gap);
                }
                (Some(gap), Some(false)) => {
                    gap.closes = place.checked_sub(1);
                    out.extend(open.take());
                }
                (Some(gap), _) => gap.is_certain &= here.is_some(),
            }
        }
        out.extend(open);
        for gap in &mut out {
            let last = gap.closes.unwrap_or(self.states.len().saturating_sub(2));
            let steps = self.schedule.order.get(gap.opens.unwrap_or(0)..=last).unwrap_or_default();
            gap.minutes = minutes_of(self.walk.plan, self.apart, steps);
            gap.untimed = self.places(&self.schedule.untimed.iter().copied().filter(|s| steps.contains(s)).collect::<Vec<_>>());
        }
        out
    }
}

/// The kind of a record, or of the records in a list.
fn record_kind(ty: &Type) -> Option<usize> {
    match ty {
        Type::Record(kind) => Some(*kind),
        Type::List(inner, _) => record_kind(inner),
        _ => None,
    }
}

/// What an action needs at the level of an error where it applies: code and way out.
fn requirements(symbolic: Symbolic<'_>, action: &Action, frame: &[Sym]) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for guard in action.guard.iter().map(|guard| &guard.requirement).filter(|guard| guard.level == Level::Error) {
        each_choice(symbolic, &guard.each, TRUE, &mut frame.to_vec(), &mut |frame, _| {
            let applies = guard.applies.as_ref().is_none_or(|condition| symbolic.holds(condition, frame) != FALSE);
            if applies && out.iter().all(|(code, _)| *code != guard.code) {
                out.push((guard.code.clone(), wording::plain_words(symbolic, &guard.help, frame)));
            }
        });
    }
    out
}
