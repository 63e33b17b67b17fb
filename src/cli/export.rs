//! `export`: a plan or a site as other programs read it.

use super::args::{Export as Arguments, ExportFormat};
use super::exit::Exit;
use super::files;
use super::history::History;
use super::judge::{JudgedSite, judged_site};
use super::lint::{bug, report_bug};
use super::models::{asked_about, is_model, model};
use super::plan::{cures, show, unusable};
use super::rulebooks::{Rulebooks, show_faults, unknown};
use super::streams::Streams;
use super::trees::{is_plan, plan_trees, site_of, site_tree};
use crate::engine::carry_out::runbook::runbook;
use crate::engine::logic::questions::questions;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::synthesis::synthesise::{Synthesised, synthesise};
use crate::engine::tasks::everything::{self, distinct, everything};
use crate::engine::tasks::lower_bound::enough;
use crate::engine::tasks::planning::{self, Obstacle, Task};
use crate::engine::tasks::splitting::{FEW_CASES, MANY_CASES, abstraction, strips};
use crate::engine::verification::lint::{Judgement, Selection, lint};
use crate::engine::verification::obligations::obligations;
use crate::engine::verification::walk::Walk;
use crate::model::site::HoleId;
use crate::model::state::Layout;
use crate::model::{read_plan, read_site};
use crate::proof::inductive::inductive;
use crate::proof::subject::Subject;
use crate::report::{self, dot, mermaid, pddl, smt2, smt2_machine};
use crate::source::finding::{Finding, Level, nearest};
use crate::source::text::{Source, Span, printable};
use crate::spec::rulebook::Representative;

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    if args.to == ExportFormat::Pddl && args.output.is_none() {
        writeln!(streams.err, "error: a planning task is three files; name the directory for them with --output")?;
        return Ok(Exit::Unusable);
    }
    if (args.hazard.is_some() || args.part.is_some()) && !is_model(args.to) {
        writeln!(streams.err, "error: `--hazard` and `--part` are for `--to smv` and `--to horn` only")?;
        return Ok(Exit::Unusable);
    }
    if let Some(code) = args.rule.as_ref().filter(|_| args.to != ExportFormat::Smt2) {
        writeln!(streams.err, "error: the rule `{}` by itself is written with `--to smt2` only", printable(code))?;
        return Ok(Exit::Unusable);
    }
    if args.machine && args.to != ExportFormat::Smt2 {
        writeln!(streams.err, "error: `--machine` is a form of `--to smt2` only")?;
        return Ok(Exit::Unusable);
    }
    if (args.strips || args.lower_bound) && args.to != ExportFormat::Pddl {
        writeln!(streams.err, "error: `--strips` and `--lower-bound` are forms of `--to pddl` only")?;
        return Ok(Exit::Unusable);
    }
    let read = match &args.file {
        Some(file) if file.as_os_str() == "-" => files::read_stdin(streams.input),
        Some(file) => files::read(file),
        None => match rulebooks.only() {
            Ok(rulebook) => Ok(Source::new("any site", &format!("rulebook: {}\nkind: site\n", rulebook.id))),
            Err(why) => Err((Source::new("any site", ""), unknown("", Span::default(), why))),
        },
    };
    let source = match read {
        Ok(source) => source,
        Err((source, finding)) => return unusable(&source, finding, streams),
    };
    let made = match is_plan(&source) {
        Ok(true) => of_plan(args, &rulebooks, &source, streams)?,
        Ok(false) => of_site(args, &rulebooks, &source, streams)?,
        Err(finding) => return unusable(&source, finding, streams),
    };
    match made {
        Ok(made) => write(args, &made, streams),
        Err(exit) => Ok(exit),
    }
}

/// What was made of a file.
enum Made {
    One(String),
    Task(pddl::Files),
}

type Making = std::io::Result<Result<Made, Exit>>;

fn write(args: &Arguments, made: &Made, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let written = match (made, &args.output) {
        (Made::One(text), None) => return streams.out.write_all(text.as_bytes()).map(|()| Exit::Holds),
        (Made::One(text), Some(path)) => files::write(path, text).map_err(|error| (path, error)),
        (Made::Task(task), Some(path)) => {
            let (domain, problem, plan) = (task.domain.clone(), task.problem.clone(), task.plan.clone());
            let all = [("domain.pddl", domain), ("problem.pddl", problem), ("plan.pddl", plan)];
            files::write_all(path, &all).map_err(|error| (path, error))
        }
        (Made::Task(_), None) => return Ok(Exit::Unusable),
    };
    if let Err((path, error)) = written {
        writeln!(streams.err, "error: `{}` cannot be written: {}", printable(&path.to_string_lossy()), files::in_words(&error))?;
        return Ok(Exit::Unusable);
    }
    Ok(Exit::Holds)
}

fn of_plan(args: &Arguments, rulebooks: &Rulebooks, source: &Source, streams: &mut Streams<'_>) -> Making {
    let site_source = match site_of(rulebooks, source) {
        Ok(site) => site,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let trees = match plan_trees(rulebooks, source, &site_source) {
        Ok(trees) => trees,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let history = match History::of(rulebooks, &trees, source) {
        Ok((history, _)) => history,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let rulebook = &trees.rulebook;
    let (mut site, past) = (history.site, history.past);
    let (plan, findings) = read_plan::read_on(&rulebook.vocabulary, &rulebook.machine, &mut site, past, &trees.root);
    if let Some(finding) = findings.into_iter().find(|finding| finding.code != "unknown-field") {
        return unusable(source, finding, streams).map(Err);
    }
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let rulebook = &asked_about(args, rulebook);
    let walk = Walk {
        rulebook,
        base: Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None },
        layout: &layout,
        plan: &plan,
    };
    match args.to {
        ExportFormat::Smt2 if args.rule.is_some() || args.machine => {
            writeln!(streams.err, "error: rules and the machine are asked of a site, and this is a plan")?;
            Ok(Err(Exit::Unusable))
        }
        ExportFormat::Smt2 => match obligations(&walk) {
            Some(asked) => Ok(Ok(Made::One(smt2::plan(&walk, &asked, &source.name)))),
            None => circle(streams),
        },
        ExportFormat::Pddl | ExportFormat::Smv | ExportFormat::Horn => {
            let judgement = lint(rulebook, &trees.site_root, &Selection::default());
            let (actions, which) = distinct(&plan);
            let order: Vec<usize> = plan.order().into_iter().map(|step| which[step]).collect();
            let title = format!("{}: what its steps do, and its listed order.", source.name);
            let walk = Walk { plan: &actions, ..walk };
            finished(args, &walk, planning_task(&walk, &judgement), &order, &title, streams)
        }
        ExportFormat::Dot | ExportFormat::Mermaid => match runbook(&walk) {
            Some(book) if args.to == ExportFormat::Dot => Ok(Ok(Made::One(dot::write(&book)))),
            Some(book) => Ok(Ok(Made::One(mermaid::write(&book)))),
            None => circle(streams),
        },
    }
}

fn circle(streams: &mut Streams<'_>) -> Making {
    writeln!(streams.err, "error: the steps of the plan form a circle, so it allows no order")?;
    Ok(Err(Exit::Unusable))
}

fn of_site(args: &Arguments, rulebooks: &Rulebooks, source: &Source, streams: &mut Streams<'_>) -> Making {
    match args.to {
        ExportFormat::Smt2 if args.machine => return machine_of_site(rulebooks, source, streams),
        ExportFormat::Smt2 => return rules_of_site(args, rulebooks, source, streams),
        ExportFormat::Pddl | ExportFormat::Smv | ExportFormat::Horn => {}
        ExportFormat::Dot | ExportFormat::Mermaid => {
            writeln!(
                streams.err,
                "error: only a plan can be written so; of a site there are `--to smt2`, `pddl`, `smv` and `horn`"
            )?;
            return Ok(Err(Exit::Unusable));
        }
    }
    let judged = match judged_site(rulebooks, source) {
        Ok(judged) => judged,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let JudgedSite { rulebook, site, judgement, .. } = &judged;
    let cures = match cures(rulebook, judgement) {
        Ok(cures) => cures,
        Err(left) => {
            show(source, judgement, streams)?;
            writeln!(streams.err, "error: no action cures {}, so there is nothing to plan", left.join(", "))?;
            return Ok(Err(Exit::Violated));
        }
    };
    let draft = match synthesise(rulebook, site, &cures) {
        Synthesised::Draft(draft) => draft,
        Synthesised::Nothing(codes) => {
            writeln!(streams.err, "error: no plan exists, whatever is done: {} are never met", codes.join(", "))?;
            return Ok(Err(Exit::Violated));
        }
        Synthesised::GaveUp => {
            writeln!(streams.err, "error: no plan was found, so how many objects plans need is not known")?;
            return Ok(Err(Exit::CannotTell));
        }
        Synthesised::Disagreement(found) => {
            report_bug(&bug(source, &[found]), streams)?;
            return Ok(Err(Exit::Disagreement));
        }
    };
    let (_, which) = distinct(&draft.plan);
    let order: Vec<usize> = draft.plan.order().into_iter().map(|step| which[step]).collect();
    let actions = everything(rulebook, &draft.site, &draft.plan);
    let rulebook = &asked_about(args, rulebook);
    let (mut site, mut supposed) = (draft.site.clone(), Vec::new());
    loop {
        let layout = Layout::new(&rulebook.vocabulary, &site);
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
        let walk = Walk { rulebook, base, layout: &layout, plan: &actions };
        let holes = match planning_task(&walk, judgement) {
            // Each round settles some facts, and a site has so many.
            Err(Obstacle::Missing(holes)) if supposed.len() < site.holes.len() => holes,
            other => {
                let title = site_title(source, draft.objects, &names(&walk, &supposed));
                return finished(args, &walk, other, &order, &title, streams);
            }
        };
        supposed.extend(holes.iter().copied());
        site = everything::supposed(base, &holes);
    }
}

/// The rules of a site as questions, or one of them.
fn rules_of_site(args: &Arguments, rulebooks: &Rulebooks, source: &Source, streams: &mut Streams<'_>) -> Making {
    let (rulebook, root) = match site_tree(rulebooks, source) {
        Ok(read) => read,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let rule = args.rule.as_deref();
    if let Some(code) = rule.filter(|code| rulebook.rule(code).is_none()) {
        let help = nearest(code, rulebook.rules.iter().map(|rule| rule.code.as_str()));
        writeln!(streams.err, "error: no rule is called `{}`\nhelp: {help}", printable(code))?;
        return Ok(Err(Exit::Unusable));
    }
    let (site, _) = read_site::read(&rulebook.vocabulary, &root);
    let asked = questions(&rulebook, &site);
    Ok(Ok(Made::One(smt2::site(&rulebook.vocabulary, &asked, &source.name, rule))))
}

/// The proof that no hazard of the machine of a site is ever reached, as questions.
fn machine_of_site(rulebooks: &Rulebooks, source: &Source, streams: &mut Streams<'_>) -> Making {
    let rulebook = match site_tree(rulebooks, source) {
        Ok((rulebook, _)) => rulebook,
        Err(finding) => return unusable(source, finding, streams).map(Err),
    };
    let given = Representative { name: source.name.to_string(), is_deep: false, text: source.text.to_string() };
    let subject = match Subject::new(&rulebook, &given) {
        Ok(subject) => subject,
        Err(why) => {
            writeln!(streams.err, "error: nothing can be shown of this site: {}", printable(&why.join("; ")))?;
            return Ok(Err(Exit::CannotTell));
        }
    };
    let layout = Layout::new(&rulebook.vocabulary, &subject.site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &subject.site, state: None };
    let walk = Walk { rulebook: &subject.rulebook, base, layout: &layout, plan: &subject.moves };
    Ok(Ok(Made::One(smt2_machine::write(&walk, &subject, &inductive(&subject), &source.name))))
}

fn site_title(source: &Source, objects: usize, supposed: &[String]) -> String {
    let mut out = format!("{}: everything that can be done, with {objects} objects that only plans name.", source.name);
    if !supposed.is_empty() {
        out.push_str(&format!(
            " Facts that the site does not state are taken to be the first that they can be: {}.",
            supposed.join(", ")
        ));
    }
    out
}

/// What people call the facts of these holes.
fn names(walk: &Walk<'_>, holes: &[HoleId]) -> Vec<String> {
    let site = walk.base.site;
    let name = |hole: &usize| site.fact_name(walk.base.vocabulary, site.holes[*hole].record, site.holes[*hole].field);
    let mut out: Vec<String> = holes.iter().map(|hole| format!("`{}`", printable(&name(hole)))).collect();
    out.dedup();
    out
}

/// The task of what the steps of the walk's plan do; what is wrong with the site has to be cured by some of them.
fn planning_task(walk: &Walk<'_>, site: &Judgement) -> Result<Task, Obstacle> {
    let errors: Vec<&Finding> = site.findings.iter().filter(|finding| finding.level == Level::Error).collect();
    let machine = &walk.rulebook.machine;
    let cure = |finding: &&Finding| machine.action(walk.rulebook.rule(&finding.code)?.cure.as_deref()?);
    let mut cures: Vec<usize> = errors.iter().filter_map(cure).collect();
    let hopeless = cures.len() < errors.len();
    cures.sort_unstable();
    cures.dedup();
    planning::task(walk, &cures, hopeless)
}

fn finished(
    args: &Arguments,
    walk: &Walk<'_>,
    task: Result<Task, Obstacle>,
    order: &[usize],
    title: &str,
    streams: &mut Streams<'_>,
) -> Making {
    match task {
        Ok(task) if is_model(args.to) => match model(args, walk, task, title) {
            Ok(text) => Ok(Ok(Made::One(text))),
            Err(why) => {
                writeln!(streams.err, "error: {why}")?;
                Ok(Err(Exit::Unusable))
            }
        },
        Ok(task) if args.lower_bound => {
            let kept = enough(&task, order);
            let strips = abstraction(&task, &kept, MANY_CASES);
            let title = format!(
                "{title} Of the facts only these are kept, and each condition on others counts as met: no plan for the site costs \
                 less than the least plan here."
            );
            Ok(Ok(Made::Task(report::strips::write(walk, &task, &strips, order, &title))))
        }
        Ok(task) if args.strips => {
            Ok(Ok(Made::Task(report::strips::write(walk, &task, &strips(&task, FEW_CASES), order, title))))
        }
        Ok(task) => Ok(Ok(Made::Task(pddl::write(walk, &task, order, title)))),
        Err(Obstacle::Missing(holes)) => {
            let names = names(walk, &holes).join(", ");
            writeln!(streams.err, "error: it depends on facts that the site does not state: {names}")?;
            Ok(Err(Exit::CannotTell))
        }
        Err(Obstacle::Numbers(variable)) => {
            let name = variable.map_or("a condition", |variable| &walk.base.vocabulary.state[variable].name);
            writeln!(streams.err, "error: `{name}` can have too many values to write each as a fact")?;
            Ok(Err(Exit::Unusable))
        }
    }
}
