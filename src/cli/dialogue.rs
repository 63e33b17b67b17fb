//! The dialogue of `run`: one line a command. What counts is in the journal before the answer says so.

use super::accept::Accepting;
use super::exit::Exit;
use super::journal_file::{self, JournalFile, Trouble};
use super::typed::{COMMANDS, HELP, line, split};
use crate::engine::carry_out::progress::{Objection, Progress, Status};
use crate::model::evidence::{EVIDENCE_BYTES_MAX, kept, shows};
use crate::model::journal::{Event, Outcome};
use crate::model::time::Moment;
use crate::report::{continuation, steps};
use crate::source::finding::nearest;
use crate::source::text::printable;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

/// What was said of a step that is under way, and is not in the journal yet.
#[derive(Default)]
struct Said {
    labels: BTreeMap<String, String>,
    evidence: Option<String>,
    unseen: Option<String>,
}

/// How a dialogue ended.
pub enum Ended {
    /// With that code.
    With(Exit),
    /// The plan of that file takes the place of this one.
    Changed(PathBuf),
}

/// Who is at the terminal, and the time where it is not the clock's.
#[derive(Clone, Default)]
pub struct Saying {
    /// Who.
    pub person: Option<String>,
    /// The time.
    pub at: Option<Moment>,
}

/// Why a command was not followed.
enum Refused {
    /// In words; the dialogue goes on.
    Because(String),
    /// The journal cannot be written; the dialogue ends.
    Journal(Trouble),
    /// Nobody reads what is written.
    Stream(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

type Answer<T> = Result<T, Refused>;

fn no<T>(why: impl Into<String>) -> Answer<T> {
    Err(Refused::Because(why.into()))
}

/// A dialogue about one plan.
pub struct Dialogue<'d, 'a> {
    progress: Progress<'a>,
    file: &'d mut JournalFile,
    accepting: &'d Accepting<'d>,
    saying: &'d mut Saying,
    /// The plan that takes the place of this one.
    changed: Option<PathBuf>,
    /// Whether what is read is shown, because nobody typed it.
    echo: bool,
    out: &'d mut dyn Write,
    said: BTreeMap<usize, Said>,
}

impl<'d, 'a> Dialogue<'d, 'a> {
    /// A dialogue that goes on from there.
    #[must_use]
    pub fn new(
        progress: Progress<'a>,
        file: &'d mut JournalFile,
        (accepting, saying): (&'d Accepting<'d>, &'d mut Saying),
        echo: bool,
        out: &'d mut dyn Write,
    ) -> Self {
        Self { progress, file, accepting, saying, changed: None, echo, out, said: BTreeMap::new() }
    }

    /// Holds it until everything is done, nothing is left to read, or the journal cannot be written.
    ///
    /// # Errors
    /// What the streams say.
    pub fn hold(mut self, input: &mut dyn BufRead) -> io::Result<Result<Ended, Trouble>> {
        self.unfinished()?;
        self.list()?;
        loop {
            if self.progress.is_over() && self.progress.goals().iter().all(|goal| !goal.forbids()) {
                writeln!(self.out, "{}: the plan is carried out", steps::count(&self.progress))?;
                return Ok(Ok(Ended::With(Exit::Holds)));
            }
            self.prompt()?;
            let Some(line) = line(input)? else { break };
            if self.echo {
                writeln!(self.out, "{}", printable(&line))?;
            }
            let (word, rest) = split(&line);
            if word == "quit" {
                break;
            }
            match self.follow(word, rest, input) {
                Ok(()) => {
                    if let Some(path) = self.changed.take() {
                        return Ok(Ok(Ended::Changed(path)));
                    }
                }
                Err(Refused::Because(why)) => writeln!(self.out, "not recorded: {}", why.trim_end())?,
                Err(Refused::Journal(trouble)) => return Ok(Err(trouble)),
                Err(Refused::Stream(error)) => return Err(error),
            }
        }
        writeln!(self.out)?;
        let failing = if self.progress.is_over() { self.progress.goals() } else { Vec::new() };
        for goal in &failing {
            write!(self.out, "{}", steps::objection(goal))?;
        }
        writeln!(self.out, "not finished: {}; the journal is whole, run again to go on", steps::count(&self.progress))?;
        Ok(Ok(Ended::With(if failing.iter().any(Objection::forbids) { Exit::Violated } else { Exit::CannotTell })))
    }

    fn prompt(&mut self) -> io::Result<()> {
        if let Some(at) = self.saying.at {
            write!(self.out, "{at} ")?;
        }
        write!(self.out, "> ")?;
        self.out.flush()
    }

    fn now(&self) -> Moment {
        self.saying.at.unwrap_or_else(journal_file::now)
    }

    /// Steps that were begun in a run that ended before they did.
    fn unfinished(&mut self) -> io::Result<()> {
        for step in self.progress.under_way() {
            let Status::UnderWay(since) = self.progress.standing().statuses[step] else { continue };
            let id = printable(&self.progress.walk().plan.steps[step].id);
            writeln!(
                self.out,
                "`{id}` was begun at {since}, and how it ended is not in the journal: say `done {id}`, `failed {id}` or `skip {id}` and the reason"
            )?;
        }
        Ok(())
    }

    fn list(&mut self) -> io::Result<()> {
        let text = steps::list(&self.progress, self.now());
        write!(self.out, "{text}")
    }

    fn follow(&mut self, word: &str, rest: &str, input: &mut dyn BufRead) -> Answer<()> {
        match word {
            "" => Ok(()),
            "help" | "?" => Ok(write!(self.out, "{HELP}")?),
            "list" => Ok(self.list()?),
            "show" => {
                let step = self.named(rest)?;
                let text = steps::step(&self.progress, step);
                Ok(write!(self.out, "{text}")?)
            }
            "start" => {
                let step = self.named(rest)?;
                self.start(step, None)
            }
            "again" => {
                let (id, reason) = split(rest);
                let step = self.named(id)?;
                if reason.is_empty() {
                    return no("say why: `again STEP REASON`");
                }
                self.start(step, Some(reason.to_owned()))
            }
            "evidence" => self.evidence(rest, input),
            "unseen" if rest.is_empty() => no("say why nothing can be pasted: `unseen REASON`"),
            "unseen" => {
                let step = self.under_way("")?.0;
                self.said.entry(step).or_default().unseen = Some(rest.to_owned());
                Ok(())
            }
            "label" => self.label(rest),
            "done" => self.done(rest),
            "failed" => self.failed(rest),
            "skip" => self.skip(rest),
            "propose" => self.propose(),
            "accept" => self.accept(rest),
            "at" => self.set_time(rest),
            "as" if rest.is_empty() => no("say who: `as NAME`"),
            "as" => {
                self.saying.person = Some(rest.to_owned());
                Ok(())
            }
            other => no(format!("`{}` is no command; {}", printable(other), nearest(other, COMMANDS))),
        }
    }

    fn set_time(&mut self, text: &str) -> Answer<()> {
        self.saying.at = match text {
            "now" => None,
            text => match Moment::parse(text) {
                Some(at) => Some(at),
                None => return no("write a local date and time such as `at 2002-10-22T06:15`, or `at now`"),
            },
        };
        Ok(())
    }

    fn named(&self, id: &str) -> Answer<usize> {
        match self.progress.step(id) {
            Some(step) => Ok(step),
            None if id.is_empty() => no("name a step"),
            None => {
                let known = self.progress.next();
                let ids = known.iter().map(|&step| self.progress.walk().plan.steps[step].id.as_str());
                no(format!("no step is called `{}`; {}", printable(id), printable(&nearest(id, ids))))
            }
        }
    }

    /// The step that a command means: the one it names, or the only one under way; and the rest of the line.
    fn under_way<'l>(&self, rest: &'l str) -> Answer<(usize, &'l str)> {
        let (first, after) = split(rest);
        let (step, rest) = match (self.progress.step(first), self.progress.under_way().as_slice()) {
            (Some(step), _) => (step, after),
            (None, [step]) => (*step, rest),
            (None, []) => return no("no step is under way; `start STEP` begins one"),
            (None, _) => return no("several steps are under way: name the one you mean"),
        };
        if matches!(self.progress.standing().statuses[step], Status::UnderWay(_)) {
            return Ok((step, rest));
        }
        no(format!("`{}` is not under way; `start` it first", printable(&self.progress.walk().plan.steps[step].id)))
    }

    fn record(&mut self, event: Event) -> Answer<()> {
        let now = self.now();
        if let Some(last) = self.progress.last().filter(|last| now.seconds_since(last) < 0 && self.file.journal.entries.len() > 1)
        {
            return no(format!("it is {now}, and the last entry is of {last}; time does not go back"));
        }
        let shown = match self.file.add(now, self.saying.person.as_deref(), event.clone()) {
            Ok(()) => self.progress.advance(now, &event),
            Err(trouble) => return Err(Refused::Journal(trouble)),
        };
        match shown {
            Ok(()) => Ok(writeln!(self.out, "recorded: entry {}", self.file.journal.entries.len())?),
            Err(why) => no(why),
        }
    }

    fn start(&mut self, step: usize, again: Option<String>) -> Answer<()> {
        let id = self.progress.walk().plan.steps[step].id.clone();
        match (&self.progress.standing().statuses[step], &again) {
            (Status::UnderWay(_), _) => return no(format!("`{}` is under way", printable(&id))),
            (Status::Done | Status::Skipped, None) => {
                return no(format!("`{0}` is settled; `again {0} REASON` does it once more", printable(&id)));
            }
            _ => {}
        }
        let found = self.progress.objections(step, self.now());
        let text: String = found.iter().map(steps::objection).collect();
        if found.iter().any(Objection::forbids) {
            return no(format!("`{}` is forbidden now\n{text}", printable(&id)));
        }
        write!(self.out, "{text}")?;
        let despite = found.into_iter().map(|objection| objection.code).collect();
        self.record(Event::Started { step: id, again, despite })?;
        let text = steps::step(&self.progress, step);
        Ok(write!(self.out, "{text}")?)
    }

    /// Reads lines up to one with a single full stop.
    fn evidence(&mut self, rest: &str, input: &mut dyn BufRead) -> Answer<()> {
        let (mut text, mut is_long) = (String::new(), false);
        while let Some(line) = line(input)?.filter(|line| line.trim_end() != ".") {
            is_long |= text.len() + line.len() > EVIDENCE_BYTES_MAX;
            if !is_long {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let (step, _) = self.under_way(rest)?;
        if is_long {
            return no(format!("that is more than {EVIDENCE_BYTES_MAX} bytes; paste only what this step shows"));
        }
        let text = kept(&text);
        if let Some(why) = self.mismatch(step, &text) {
            // It may still show how the step failed.
            self.said.entry(step).or_default().evidence = Some(text);
            return no(format!("{why}; paste again, or say `failed`"));
        }
        self.said.entry(step).or_default().evidence = Some(text);
        Ok(writeln!(self.out, "this is what must appear; `done` records it")?)
    }

    /// Why the evidence does not show that a step is done.
    fn mismatch(&self, step: usize, evidence: &str) -> Option<String> {
        for fault in &self.progress.walk().action(step).faults {
            if let Some(words) = fault.shows.iter().find(|words| shows(words, evidence)) {
                return Some(format!("the screen shows `{words}`, as it does when `{}` has happened", fault.name));
            }
        }
        let missing = self.progress.expected(step).missing(evidence);
        let otherwise = self.progress.walk().action(step).otherwise.as_deref();
        let help = otherwise.map_or_else(String::new, |text| format!(" (if it never does: {})", printable(text.trim())));
        missing.map(|line| format!("the screen does not show `{}` where it must{help}", printable(&line)))
    }

    fn label(&mut self, rest: &str) -> Answer<()> {
        let step = self.under_way("")?.0;
        let media = self.progress.media(step);
        let (first, after) = split(rest);
        let (name, text) = match (media.iter().find(|(_, name)| name == first), media.as_slice()) {
            (Some((_, name)), _) if !after.is_empty() => (name.clone(), after),
            (_, [(_, name)]) => (name.clone(), rest),
            (_, []) => return no("nothing in this step has a label"),
            (_, _) => return no("say which: `label NAME TEXT`"),
        };
        if text.is_empty() || text.len() > 200 {
            return no("a label has 1 to 200 bytes");
        }
        match self.progress.label(&name) {
            Some(known) if known != text => {
                return no(format!("`{}` has the label `{}`: this is another one", printable(&name), printable(known)));
            }
            _ => {}
        }
        if let Some(other) = self.progress.labelled(text).filter(|other| *other != name) {
            return no(format!(
                "what is labelled `{}` is `{}`, and this step needs `{}`",
                printable(text),
                printable(other),
                printable(&name)
            ));
        }
        self.said.entry(step).or_default().labels.insert(name, text.to_owned());
        Ok(())
    }

    fn outcome(&mut self, step: usize) -> Outcome {
        let said = self.said.remove(&step).unwrap_or_default();
        let id = self.progress.walk().plan.steps[step].id.clone();
        Outcome { step: id, fault: None, labels: said.labels, evidence: said.evidence, unseen: said.unseen }
    }

    fn done(&mut self, rest: &str) -> Answer<()> {
        let (step, _) = self.under_way(rest)?;
        let nothing = Said::default();
        let said = self.said.get(&step).unwrap_or(&nothing);
        if let Some((kind, name)) = self.progress.media(step).iter().find(|(_, name)| !said.labels.contains_key(name)) {
            return no(format!("state what stands on the {kind} `{}`: `label TEXT`", printable(name)));
        }
        match (&said.evidence, &said.unseen) {
            (Some(evidence), _) => {
                if let Some(why) = self.mismatch(step, evidence) {
                    return no(format!("{why}; paste again, or say `failed`"));
                }
            }
            (None, None) if !self.progress.expected(step).is_empty() => {
                return no("paste what the screen shows: `evidence`; or `unseen REASON` if that cannot be done");
            }
            (None, _) => {}
        }
        let outcome = self.outcome(step);
        self.record(Event::Done(outcome))?;
        let person = self.saying.person.as_deref().unwrap_or_default();
        for (code, message) in self.progress.actor_differs(step, step, person) {
            writeln!(self.out, "warning [{code}]: {message}")?;
        }
        for hazard in self.progress.hazards().iter().filter(|hazard| hazard.forbids()) {
            write!(self.out, "{}", steps::objection(hazard))?;
        }
        if !self.progress.is_over() {
            return Ok(self.list()?);
        }
        for goal in self.progress.goals() {
            write!(self.out, "{}", steps::objection(&goal))?;
        }
        Ok(())
    }

    fn failed(&mut self, rest: &str) -> Answer<()> {
        let (step, name) = self.under_way(rest)?;
        let faults = &self.progress.walk().action(step).faults;
        let fault = match (faults.iter().find(|fault| fault.name == name), faults.as_slice()) {
            (Some(fault), _) => Some(fault.name.clone()),
            (None, []) => None,
            (None, [only]) if name.is_empty() => Some(only.name.clone()),
            (None, _) => {
                let mut known = String::new();
                for fault in faults {
                    known.push_str(&format!("  failed {}: {}\n", fault.name, printable(&fault.doc)));
                }
                return no(format!("say how it failed\n{known}"));
            }
        };
        let before = self.progress.clone();
        let outcome = Outcome { fault, ..self.outcome(step) };
        self.record(Event::Failed(outcome))?;
        let text = steps::failure(&before, &self.progress);
        write!(self.out, "{text}{}", continuation::text(&self.progress))?;
        Ok(self.list()?)
    }

    fn propose(&mut self) -> Answer<()> {
        if !self.progress.standing().statuses.iter().any(|status| matches!(status, Status::Failed(_))) {
            return no("nothing has failed, and the plan goes on as it is");
        }
        let text = continuation::text(&self.progress);
        Ok(write!(self.out, "{text}")?)
    }

    fn accept(&mut self, name: &str) -> Answer<()> {
        let (path, changed) = self.accepting.write(&self.progress, self.file, name).map_err(Refused::Because)?;
        self.record(Event::Changed(changed))?;
        self.changed = Some(path);
        Ok(())
    }

    fn skip(&mut self, rest: &str) -> Answer<()> {
        let (first, after) = split(rest);
        let (step, reason) = match self.progress.step(first) {
            Some(step) => (step, after),
            None => self.under_way(rest)?,
        };
        if reason.is_empty() {
            return no("say why: `skip STEP REASON`");
        }
        if matches!(self.progress.standing().statuses[step], Status::Done | Status::Skipped) {
            return no("that step is settled");
        }
        let event = Event::Skipped { step: self.progress.walk().plan.steps[step].id.clone(), reason: reason.to_owned() };
        self.said.remove(&step);
        let known = self.progress.ahead();
        self.record(event)?;
        for (at, found) in self.progress.ahead().into_iter().filter(|one| !known.contains(one)) {
            let at = at.map_or_else(
                || "at the end".to_owned(),
                |at| format!("`{}`", printable(&self.progress.walk().plan.steps[at].id)),
            );
            writeln!(self.out, "without it, {at}: {} [{}]", found.message, found.code)?;
        }
        Ok(self.list()?)
    }
}
