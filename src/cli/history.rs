//! What was before a plan: the facts of its site, and for a plan that goes on from another one, what its journal says was done.

use super::files;
use super::journal_file;
use super::rulebooks::Rulebooks;
use super::trees::PlanTrees;
use crate::engine::carry_out::progress::Progress;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::walk::Walk;
use crate::model::continues::Continues;
use crate::model::journal::{Journal, Opened, digest};
use crate::model::origin::Origin;
use crate::model::plan::{Past, Plan};
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::model::{read_plan, read_site};
use crate::source::finding::Finding;
use crate::source::text::{Source, Span, printable};
use crate::source::yaml::{self, Node};
use crate::spec::rulebook::Rulebook;

/// What was before a plan.
#[derive(Clone)]
pub struct History {
    /// The facts of the site, and the records that earlier plans name.
    pub site: Site,
    /// What was done, in that order.
    pub past: Vec<Past>,
    /// The earlier plans, the first one first.
    pub plans: Vec<Earlier>,
}

/// A plan that another one took the place of.
#[derive(Clone)]
pub struct Earlier {
    /// Its site, with the records that it names.
    pub site: Site,
    /// The plan.
    pub plan: Plan,
}

impl History {
    /// What was before a plan that goes on from nothing.
    #[must_use]
    pub fn none(rulebook: &Rulebook, site_root: &Node<'_>) -> Self {
        Self { site: read_site::read(&rulebook.vocabulary, site_root).0, past: Vec::new(), plans: Vec::new() }
    }

    /// What was before a plan, and what its site and its rulebook are now.
    ///
    /// # Errors
    /// Why the journal that it goes on from does not tell it.
    pub fn of(rulebooks: &Rulebooks, trees: &PlanTrees<'_>, plan: &Source) -> Result<(Self, Origin), Finding> {
        let now = Origin::of(rulebooks.digest(&trees.rulebook.id), &trees.site_root);
        let history = Self::read(&trees.rulebook, || now.clone(), &plan.name, &trees.root, &trees.site_root)?;
        Ok((history, now))
    }

    /// What was before the plan of that file. `now` works out what site and rulebook are now; it is not asked without
    /// need, because it goes over the whole rulebook.
    ///
    /// # Errors
    /// Why the journal that it goes on from does not tell it.
    pub fn read(
        rulebook: &Rulebook,
        now: impl FnOnce() -> Origin,
        file: &str,
        root: &Node<'_>,
        site_root: &Node<'_>,
    ) -> Result<Self, Finding> {
        let Some((continues, span)) = Continues::stated(root) else { return Ok(Self::none(rulebook, site_root)) };
        let place = |mut finding: Finding| {
            finding.primary.span = span;
            finding
        };
        Reading { rulebook, now: &now(), site_root }.before(file, &continues).map_err(place)
    }
}

struct Reading<'r> {
    rulebook: &'r Rulebook,
    now: &'r Origin,
    site_root: &'r Node<'r>,
}

impl Reading<'_> {
    fn before(&self, file: &str, continues: &Continues) -> Result<History, Finding> {
        let path = files::beside(file, &continues.journal)?;
        let bytes = journal_file::log(&path).map_err(|trouble| refused(trouble.message, &trouble.help))?;
        let shown = printable(&continues.journal);
        let journal = Journal::read(&bytes).map_err(|broken| {
            let message =
                format!("line {} of the journal `{shown}` is not as it was written: {}", broken.line, printable(&broken.why));
            refused(message, "`cutover audit` says what it still tells")
        })?;
        let n = continues.entries;
        match journal.digest(n) {
            None => {
                let message =
                    format!("the journal `{shown}` has {} entries, and this plan goes on from entry {n}", journal.entries.len());
                return Err(refused(message, "name the journal that this plan was made from"));
            }
            Some(found) if found != continues.digest => {
                let message = format!("up to entry {n} the journal `{shown}` is not the one that this plan goes on from");
                return Err(refused(message, "name the journal that this plan was made from"));
            }
            Some(_) => {}
        }
        if let Some(changes) = journal.opened().map(|then| changes(then, self.now)).filter(|changes| !changes.is_empty()) {
            let message = format!("the journal `{shown}` is of another state of things: {}", changes.join("; "));
            return Err(refused(message, "put back what was changed"));
        }
        self.replayed(file, continues, &journal)
    }

    /// The plan before, and what the journal says was done in it.
    fn replayed(&self, file: &str, continues: &Continues, journal: &Journal) -> Result<History, Finding> {
        let source = files::read_beside(file, &continues.plan)?;
        let shown = printable(&continues.plan);
        let other =
            || refused(format!("`{shown}` is not the plan that the journal is of, as it was"), "put back what was changed");
        let Some((_, _, since)) =
            journal.plan_at(continues.entries).filter(|(_, known, _)| *known == digest(source.text.as_bytes()))
        else {
            return Err(other());
        };
        let root = yaml::parse(&source).map_err(|_| other())?;
        let mut history = match Continues::stated(&root) {
            None if since == 1 => History::none(self.rulebook, self.site_root),
            // Each plan of a chain goes on from fewer entries than the next one.
            Some((earlier, _)) if earlier.entries + 1 == since => self.before(&source.name, &earlier)?,
            _ => return Err(other()),
        };
        let (vocabulary, machine) = (&self.rulebook.vocabulary, &self.rulebook.machine);
        let (plan, findings) = read_plan::read_on(vocabulary, machine, &mut history.site, history.past, &root);
        if findings.iter().any(|finding| finding.code != "unknown-field") {
            return Err(other());
        }
        let layout = Layout::new(vocabulary, &history.site);
        let base = Symbolic { vocabulary, site: &history.site, state: None };
        let mut progress = Progress::new(Walk { rulebook: self.rulebook, base, layout: &layout, plan: &plan });
        for entry in journal.entries.get(since..continues.entries).unwrap_or_default() {
            let fits = progress.advance(entry.time, &entry.event);
            fits.map_err(|why| {
                refused(format!("entry {} of the journal does not fit its plan: {why}", entry.n), "put back what was changed")
            })?;
        }
        history.past = progress.past();
        history.plans.push(Earlier { site: history.site.clone(), plan });
        Ok(history)
    }
}

fn refused(message: String, help: &str) -> Finding {
    Finding::error("journal-does-not-fit", Span::default(), message).help(help.to_owned())
}

/// What has changed in site and rulebook since a journal was begun, each in words.
#[must_use]
pub fn changes(then: &Opened, now: &Origin) -> Vec<String> {
    let then = Origin { cutover: now.cutover.clone(), rulebook: then.rulebook_digest.clone(), site: then.site.clone() };
    then.changes(now)
}
