//! `cutover export`: what is written means what `lint` says, to readers that share no code with the writers.

#[path = "export/models.rs"]
mod models;
mod support;

use cutover::source::text::is_unprintable;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::run;

const CORRECTED: &str = "spec/cms-r3v11-ha/procedures/corrected.plan.yaml";
const PARALLEL: &str = "spec/cms-r3v11-ha/procedures/corrected-parallel.plan.yaml";
const PRINTED: &str = "spec/cms-r3v11-ha/procedures/as-printed.plan.yaml";
const SITE: &str = "spec/cms-r3v11-ha/procedures/conversion.site.yaml";
/// Names that mean something to every reader of what is exported.
const HOSTILE: &str = "a\\\"]; x --> y\\n(check-sat) ; #35; <b>`$(id)` \\\\ | &amp; end \\u202E";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn exported(file: &str, to: &str) -> String {
    let (exit, out, err) = run(&["export", file, "--to", to], "");
    assert_eq!((exit, err.as_str()), (0, ""), "{file} to {to}");
    out
}

fn task(file: &str, name: &str) -> Task {
    form(file, name, &[])
}

/// The task in the form that these flags ask for.
fn form(file: &str, name: &str, flags: &[&str]) -> Task {
    let folder = folder(name);
    let args = [&["export", file, "--to", "pddl", "-o", folder.to_str().unwrap()], flags].concat();
    let (exit, out, err) = run(&args, "");
    assert_eq!((exit, out.as_str(), err.as_str()), (0, "", ""), "{file}");
    Task::read(&folder)
}

/// The codes of the errors that `lint` finds.
fn errors(plan: &str) -> BTreeSet<String> {
    let (_, out, _) = run(&["lint", plan, "--format", "json"], "");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let errors = found["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == "error");
    errors.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// The examples of hazards, but for those whose errors are about times or the site by itself; and whether they hold.
fn hazards() -> Vec<(String, bool)> {
    let beyond = ["impossible-times", "full-backup-older-than-24-hours", "site-has-errors"];
    let mut plans: Vec<String> = fs::read_dir("examples/hazards")
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .filter(|path| path.ends_with(".plan.yaml"))
        .collect();
    plans.sort();
    let judged = plans.into_iter().map(|plan| (errors(&plan), plan));
    judged
        .filter(|(codes, _)| !beyond.iter().any(|code| codes.contains(*code)))
        .map(|(codes, plan)| (plan, codes.is_empty()))
        .collect()
}

/// What Z3 answers when it reads the text itself.
fn answer(text: &str) -> z3::SatResult {
    let solver = z3::Solver::new();
    solver.from_string(text);
    solver.check()
}

#[test]
fn a_solver_that_reads_the_export_says_unsat_of_plans_that_hold_and_sat_of_the_others() {
    let mut plans = hazards();
    plans.extend([(CORRECTED.to_owned(), true), (PARALLEL.to_owned(), true), (PRINTED.to_owned(), false)]);
    plans.push(("examples/four-switches/continental.plan.yaml".to_owned(), true));
    assert!(plans.iter().filter(|(_, holds)| *holds).count() >= 4 && plans.len() > 40);
    for (plan, holds) in plans {
        let expected = if holds { z3::SatResult::Unsat } else { z3::SatResult::Sat };
        assert_eq!(answer(&exported(&plan, "smt2")), expected, "{plan}");
    }
}

#[test]
fn the_question_of_a_plan_names_each_obligation_by_step_and_code() {
    let text = exported(PARALLEL, "smt2");
    assert_eq!(text.matches("(check-sat)").count(), 1);
    assert!(text.contains("; where `busy` stands in the order\n"));
    let named = text.lines().filter(|line| line.starts_with("; ") && (line.contains("(error), ") || line.contains("(note), ")));
    assert!(named.count() >= text.matches("(define-fun ").count() - text.matches("(warning), ").count());
    // Without what is known, nearly anything can go wrong: the answer rests on what is asserted.
    let unknown: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("(assert (or ") && !line.starts_with("(assert (not ")).collect();
    let unknown = format!(
        "{}\n(assert (or {}))",
        unknown.join("\n"),
        text.lines().filter_map(|line| line.strip_prefix("(define-fun ")?.split(' ').next()).collect::<Vec<_>>().join(" ")
    );
    assert_eq!(answer(&unknown), z3::SatResult::Sat);
}

#[test]
fn an_interpreter_of_pddl_accepts_the_plans_that_hold_and_no_others() {
    for (plan, holds) in hazards() {
        let task = task(&plan, "hazard");
        assert_eq!(task.is_valid(&task.plan), holds, "{plan}");
    }
    assert!(task(CORRECTED, "corrected").is_valid(&task(CORRECTED, "corrected").plan));
    assert!(!task(PRINTED, "printed").is_valid(&task(PRINTED, "printed").plan));
}

#[test]
fn the_task_of_a_site_has_everything_that_can_be_done_and_a_plan_that_is_valid() {
    let task = task(SITE, "site");
    assert!(task.is_valid(&task.plan));
    assert!(task.actions.len() > task.plan.len() + 100, "{} actions", task.actions.len());
    let spare = (0..task.plan.len()).filter(|at| {
        let mut shorter = task.plan.clone();
        shorter.remove(*at);
        task.is_valid(&shorter)
    });
    // What is only advised is in the plan, and not in the task's conditions.
    let spare: Vec<&str> = spare.map(|at| task.plan[at].as_str()).collect();
    assert_eq!(spare, ADVISED);
}

/// The number of steps in the outage that the header of a plan states.
fn gap(plan: &str) -> u32 {
    let line = plan.lines().find(|line| line.starts_with("# Data-collection gap: ")).unwrap();
    let word = line["# Data-collection gap: ".len()..].split([' ', ';']).next().unwrap();
    if word == "none" { 0 } else { word.parse().unwrap() }
}

#[test]
fn a_plan_costs_in_every_form_what_its_header_says_of_the_gap() {
    let folder = folder("gap");
    let (site, plan) = (folder.join("conversion.site.yaml"), folder.join("found.plan.yaml"));
    fs::copy(SITE, &site).unwrap();
    let (site, plan) = (site.to_str().unwrap(), plan.to_str().unwrap());
    let (exit, _, err) = run(&["plan", site, "-o", plan], "");
    assert_eq!(exit, 0, "{err}");
    let gap = gap(&fs::read_to_string(plan).unwrap());
    assert!(gap > 0);
    for (name, file, flags) in [
        ("gap/plan", plan, &[][..]),
        ("gap/site", site, &[]),
        ("gap/strips", site, &["--strips"]),
        ("gap/lower", site, &["--lower-bound"]),
    ] {
        let task = form(file, name, flags);
        assert_eq!(task.cost(&task.plan), Some(gap), "{name}");
        let said =
            fs::read_to_string(Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name).join("plan.pddl")).unwrap();
        assert!(said.contains(&format!("; cost = {gap} (unit: ")), "{name}");
    }
}

/// The least cost of a plan of a task without disjunctions, by looking at all states that are reached for less.
fn least(task: &Task, most: u32) -> u32 {
    let mut known: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    let (mut here, mut dearer) = (vec![task.start.clone()], Vec::new());
    for cost in 0..most {
        while let Some(state) = here.pop() {
            if !known.insert(state.clone()) {
                continue;
            }
            if task.goal.holds(&state) {
                return cost;
            }
            for action in task.actions.iter().filter(|action| action.condition.holds(&state)) {
                let (mut after, mut costs) = (state.clone(), false);
                for effect in &action.effect.list()[1..] {
                    match effect.list()[0].word() {
                        "increase" => costs = true,
                        "not" => drop(after.remove(effect.list()[1].list()[0].word())),
                        fact => drop(after.insert(fact.to_owned())),
                    }
                }
                if costs { dearer.push(after) } else { here.push(after) }
            }
        }
        here.append(&mut dearer);
    }
    most
}

#[test]
fn no_plan_for_a_site_loses_less_than_the_one_that_is_found() {
    for (site, name) in [(SITE, "least/one-switch"), ("examples/remote-switch-over-x25/tulsa.site.yaml", "least/two-switches")] {
        let task = form(site, name, &["--lower-bound"]);
        let cost = task.cost(&task.plan).unwrap();
        assert!(cost > 0, "{site}");
        assert_eq!(least(&task, cost), cost, "{site}: the plan that is found loses {cost} steps");
        let words = format!("{:?}", task.actions.iter().map(|action| &action.condition).collect::<Vec<_>>());
        assert!(!words.contains("\"or\""), "{site}");
    }
}

#[test]
fn a_site_of_which_facts_are_missing_is_written_with_what_they_are_taken_to_be() {
    for pair in ["sun-blade-100-sun-blade-100", "sun-fire-v880-sun-fire-v880"] {
        let task = form(&format!("examples/ten-pairs/{pair}.site.yaml"), pair, &["--lower-bound"]);
        assert!(task.cost(&task.plan).is_some(), "{pair}");
    }
}

/// Steps of the plan for the site that requirements below the level `error` ask for.
const ADVISED: [&str; 3] = ["print-log_old", "print-log_new", "unfreeze"];

#[test]
fn names_that_mean_something_elsewhere_stay_names() {
    let folder = folder("hostile");
    let site = fs::read_to_string(SITE).unwrap().replace("name: Denver contact centre", &format!("name: \"{HOSTILE}\""));
    fs::write(folder.join("conversion.site.yaml"), site).unwrap();
    let text = fs::read_to_string(PARALLEL).unwrap();
    let text =
        text.replace("id: busy,", &format!("id: \"{HOSTILE}\",")).replace("after: [busy]", &format!("after: [\"{HOSTILE}\"]"));
    let plan = folder.join("hostile.plan.yaml");
    fs::write(&plan, text).unwrap();
    let plan = plan.to_str().unwrap();
    let lines = |text: &str| text.lines().count();

    let smt2 = exported(plan, "smt2");
    assert_eq!(lines(&smt2), lines(&exported(PARALLEL, "smt2")));
    assert!(smt2.lines().all(|line| line.starts_with(';') || line.starts_with('(') && line.ends_with(')')));
    assert_eq!(answer(&smt2), z3::SatResult::Unsat);

    let dot = exported(plan, "dot");
    assert_eq!(lines(&dot), lines(&exported(PARALLEL, "dot")));
    for line in dot.lines() {
        let mut outside = String::new();
        let (mut quoted, mut rest) = (false, line.chars());
        while let Some(c) = rest.next() {
            match c {
                '\\' if quoted => drop(rest.next()),
                '"' => quoted = !quoted,
                c if !quoted => outside.push(c),
                _ => {}
            }
        }
        assert!(!quoted && !outside.contains(['<', '`', '\\', '&']), "{line}");
    }

    let mermaid = exported(plan, "mermaid");
    assert_eq!(lines(&mermaid), lines(&exported(PARALLEL, "mermaid")));
    for label in mermaid.lines().filter_map(|line| line.split_once("[\"").map(|(_, label)| label.split_once("\"]").unwrap())) {
        let plain = |c: char| c.is_alphanumeric() || " -.,():#;".contains(c);
        assert!(label.0.chars().all(plain) && label.1.chars().all(|c| c.is_alphanumeric() || c == ':'), "{label:?}");
    }
    for text in [smt2, dot, mermaid] {
        assert!(!text.chars().any(|c| c != '\n' && is_unprintable(c)));
    }
    assert!(task(plan, "hostile/task").is_valid(&task(plan, "hostile/task").plan));
}

#[test]
fn names_of_pddl_are_names_and_no_two_are_alike() {
    let folder = folder("alike");
    let text = fs::read_to_string(SITE).unwrap().replace("id: sw1", "id: \"S)w 1\"");
    fs::write(folder.join("conversion.site.yaml"), text).unwrap();
    let plan = fs::read_to_string(CORRECTED).unwrap().replace("switch: sw1", "switch: \"S)w 1\"");
    fs::write(folder.join("alike.plan.yaml"), plan).unwrap();
    let task = task(folder.join("alike.plan.yaml").to_str().unwrap(), "alike/task");
    let names: Vec<&String> = task.facts.iter().chain(task.actions.iter().map(|action| &action.name)).collect();
    for name in &names {
        assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'), "{name}");
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert!(task.is_valid(&task.plan));
}

#[test]
fn the_same_plan_is_written_in_the_same_bytes() {
    for to in ["smt2", "smv", "horn", "dot", "mermaid"] {
        assert_eq!(exported(PARALLEL, to), exported(PARALLEL, to));
    }
    let texts = |name: &str| {
        drop(task(SITE, name));
        ["domain.pddl", "problem.pddl", "plan.pddl"].map(|file| fs::read_to_string(folder(name).join(file)).unwrap())
    };
    assert_eq!(texts("once"), texts("twice"));
}

#[test]
fn drawings_have_every_step_and_no_arrow_that_follows_from_others() {
    let (dot, mermaid) = (exported(PARALLEL, "dot"), exported(PARALLEL, "mermaid"));
    let steps = fs::read_to_string(PARALLEL).unwrap().matches("- { id:").count();
    assert_eq!(dot.lines().filter(|line| line.trim_start().starts_with("step") && line.contains("tooltip")).count(), steps);
    let edge = |line: &str, arrow: &str| {
        let (from, to) = line.trim().trim_end_matches(';').split_once(arrow)?;
        Some((from.trim().to_owned(), to.trim().to_owned()))
    };
    let edges: BTreeSet<_> = dot.lines().filter_map(|line| edge(line, "->")).collect();
    assert_eq!(edges, mermaid.lines().filter_map(|line| edge(line, "-->")).collect());
    for (from, to) in &edges {
        let mut reached = vec![from.clone()];
        let mut at = 0;
        while at < reached.len() {
            let next = edges.iter().filter(|edge| edge.0 == reached[at] && *edge != &(from.clone(), to.clone()));
            let next: Vec<String> = next.map(|edge| edge.1.clone()).filter(|step| !reached.contains(step)).collect();
            reached.extend(next);
            at += 1;
        }
        assert!(!reached.contains(to), "{from} to {to} follows from other arrows");
    }
}

#[test]
fn drawings_of_the_corrected_procedure_are_as_they_were() {
    for to in ["dot", "mermaid"] {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots/export");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("corrected-parallel.{to}"), exported(PARALLEL, to)));
    }
}

/// Whether the definitions of an export and one condition more can be satisfied.
fn possible(export: &str, condition: &str) -> bool {
    let definitions = export.split("; The questions.\n").next().unwrap();
    answer(&format!("{definitions}(assert {condition})\n(check-sat)\n")) == z3::SatResult::Sat
}

/// The codes of the rules that an export asks about.
fn asked(export: &str) -> Vec<&str> {
    export.lines().filter_map(|line| line.strip_prefix("(echo \"")?.strip_suffix("\")")).collect()
}

#[test]
fn a_solver_that_decides_the_rules_from_all_facts_says_of_a_site_what_lint_says() {
    let (mut violated, mut held, mut open) = (0, 0, 0);
    for site in [SITE, "examples/half-filled/half-filled.site.yaml", "examples/many-mistakes/many-mistakes.site.yaml"] {
        let (_, out, _) = run(&["lint", site, "--format", "json"], "");
        let said: serde_json::Value = serde_json::from_str(&out).unwrap();
        let codes = |list: &str| -> BTreeSet<String> {
            said[list].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
        };
        let (found, waiting) = (codes("findings"), codes("undecided"));
        let export = exported(site, "smt2");
        for code in asked(&export) {
            match (possible(&export, &format!("(not |{code}|)")), possible(&export, &format!("|{code}|"))) {
                (true, false) => {
                    violated += 1;
                    assert!(found.contains(code), "{site}: `{code}` is violated, and lint does not say so");
                }
                (false, true) => {
                    held += 1;
                    assert!(!found.contains(code) && !waiting.contains(code), "{site}: `{code}` holds, and lint finds it");
                }
                // Given the hard rules it may be decided all the same.
                (true, true) => open += 1,
                (false, false) => panic!("{site}: `{code}`: the facts contradict each other"),
            }
        }
    }
    assert!(violated >= 5 && held > 50 && open > 20, "{violated} violated, {held} held, {open} open: that says too little");
}

#[test]
fn every_rule_can_be_violated_and_can_be_kept_by_a_site_that_the_hard_rules_allow() {
    let rules: Vec<String> = support::built_in().rules.iter().map(|rule| rule.code.clone()).collect();
    for code in &rules {
        let (exit, out, err) = run(&["export", "--to", "smt2", "--rule", code], "");
        assert_eq!((exit, err.as_str()), (0, ""), "{code}");
        assert_eq!(asked(&out), [code.as_str()]);
        assert!(possible(&out, &format!("(not |{code}|)")), "no site violates `{code}`");
        assert!(possible(&out, &format!("|{code}|")), "no site keeps `{code}`");
    }
    assert!(rules.len() > 50);
}

/// The answers to the questions of a text that has a block for each.
fn answers(text: &str) -> Vec<z3::SatResult> {
    let (mut known, mut block, mut out) = (String::new(), None, Vec::new());
    for line in text.lines() {
        match (line, &mut block) {
            ("(push 1)", _) => block = Some(String::new()),
            ("(pop 1)", _) => block = None,
            ("(check-sat)", Some(asked)) => out.push(answer(&format!("{known}{asked}"))),
            (line, Some(asked)) => *asked += &format!("{line}\n"),
            (line, None) => known += &format!("{line}\n"),
        }
    }
    out
}

#[test]
fn a_solver_that_reads_the_proof_about_a_machine_confirms_it_and_not_without_what_it_rests_on() {
    const SMALL: &str = "spec/cms-r3v11-ha/sites/in-service.site.yaml";
    let (exit, proof, err) = run(&["export", SMALL, "--to", "smt2", "--machine"], "");
    assert_eq!((exit, err.as_str()), (0, ""));
    let all = answers(&proof);
    assert!(all.len() > 50 && all.iter().all(|one| *one == z3::SatResult::Unsat), "{all:?}");
    assert!(proof.contains("; no-server-collects: ") && !proof.contains("; Not shown of "));
    let weaker = proof.lines().map(|line| match line.split_once(" Bool ") {
        Some((head, _)) if head.starts_with("(define-fun kept") && head != "(define-fun kept ()" => {
            format!("{head} Bool true)\n")
        }
        _ => format!("{line}\n"),
    });
    assert!(answers(&weaker.collect::<String>()).contains(&z3::SatResult::Sat));
}

#[test]
fn a_model_for_nusmv_declares_each_name_once_and_uses_no_other() {
    for file in [SITE, CORRECTED] {
        let model = exported(file, "smv");
        let code: String = model.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| !is_name(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let mut declared = Vec::new();
        for line in code.lines().filter(|line| line.starts_with("  ") && !line.starts_with("    ")) {
            if let Some((name, _)) = line.split_once(" := ").filter(|(name, _)| !name.contains('(')) {
                declared.extend(words(name));
            } else if let Some((name, domain)) = line.split_once(" : ") {
                declared.extend(words(name));
                declared.extend(words(domain).into_iter().filter(|word| word != "boolean"));
            }
        }
        let known: BTreeSet<&String> = declared.iter().collect();
        assert_eq!(known.len(), declared.len(), "{file}: a name is declared twice");
        assert!(known.len() > 100);
        const KEYWORDS: [&str; 17] = [
            "MODULE",
            "main",
            "IVAR",
            "VAR",
            "DEFINE",
            "TRANS",
            "-",
            "in",
            "ASSIGN",
            "INVARSPEC",
            "boolean",
            "init",
            "next",
            "case",
            "esac",
            "TRUE",
            "FALSE",
        ];
        for word in words(&code) {
            assert!(KEYWORDS.contains(&word.as_str()) || known.contains(&word), "{file}: `{word}` is not declared");
        }
        assert_eq!(model.matches("INVARSPEC !goal\n").count(), 1);
    }
}

#[test]
fn what_cannot_be_written_says_so() {
    for (args, exit, words) in [
        (["export", CORRECTED, "--to", "pddl"], 2, "name the directory"),
        (["export", SITE, "--to", "dot"], 2, "of a site there are `--to smt2`, `pddl`, `smv` and `horn`"),
        (["export", "--rule=moon", "--to", "smt2"], 2, "no rule is called `moon`"),
        (["export", "--rule=moon", "--to", "smv"], 2, "with `--to smt2` only"),
        (["export", "README.md", "--to", "smt2"], 2, "error"),
        (["export", SITE, "--to=smv", "--hazard=moon"], 2, "no hazard and no invariant is called `moon`"),
        (["export", SITE, "--to=smv", "--part=moon"], 2, "no state variable is called `moon`"),
        (["export", SITE, "--to=dot", "--part"], 2, "for `--to smv` and `--to horn` only"),
        (["export", "--machine", "--to=smt2", CORRECTED], 2, "asked of a site"),
        (["export", "--machine", "--to=smv", SITE], 2, "`--to smt2` only"),
        (["export", "--strips", "--to=smt2", SITE], 2, "`--to pddl` only"),
    ] {
        let (code, out, err) = run(&args, "");
        assert_eq!((code, out.as_str()), (exit, ""), "{args:?}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

/// A list or a word of PDDL.
#[derive(Clone, Debug)]
enum Part {
    Word(String),
    List(Vec<Part>),
}

impl Part {
    fn read(text: &str) -> Self {
        let text: String = text.lines().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join(" ");
        let mut open: Vec<Vec<Self>> = vec![Vec::new()];
        for word in text.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
            match word {
                "(" => open.push(Vec::new()),
                ")" => {
                    let list = open.pop().unwrap();
                    open.last_mut().unwrap().push(Self::List(list));
                }
                word => open.last_mut().unwrap().push(Self::Word(word.to_owned())),
            }
        }
        assert_eq!(open.len(), 1, "parentheses do not match");
        Self::List(open.pop().unwrap())
    }

    fn list(&self) -> &[Self] {
        match self {
            Self::List(parts) => parts,
            Self::Word(word) => panic!("`{word}` is no list"),
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::List(parts) => panic!("{parts:?} is no word"),
        }
    }

    fn holds(&self, state: &BTreeSet<String>) -> bool {
        let parts = self.list();
        match parts[0].word() {
            "and" => parts[1..].iter().all(|part| part.holds(state)),
            "or" => parts[1..].iter().any(|part| part.holds(state)),
            "not" => !parts[1].holds(state),
            fact => {
                assert_eq!(parts.len(), 1, "`{fact}` has arguments");
                state.contains(fact)
            }
        }
    }
}

#[derive(Debug)]
struct Action {
    name: String,
    condition: Part,
    effect: Part,
}

/// A task as its files say it.
struct Task {
    facts: Vec<String>,
    actions: Vec<Action>,
    start: BTreeSet<String>,
    goal: Part,
    plan: Vec<String>,
}

impl Task {
    fn read(folder: &Path) -> Self {
        let read = |file: &str| Part::read(&fs::read_to_string(folder.join(file)).unwrap());
        let (domain, problem, plan) = (read("domain.pddl"), read("problem.pddl"), read("plan.pddl"));
        let find = |file: &Part, key: &str| {
            let parts = file.list()[0].list().iter().skip(1);
            let found: Vec<Part> = parts.filter(|part| part.list()[0].word() == key).cloned().collect();
            found
        };
        let names = |part: &Part| part.list()[1..].iter().map(|one| one.list()[0].word().to_owned()).collect::<Vec<_>>();
        let metric: Vec<Part> = find(&problem, ":metric");
        assert_eq!((metric.len(), metric[0].list()[1].word()), (1, "minimize"));
        let actions = find(&domain, ":action").into_iter().map(|action| {
            let parts = action.list();
            assert_eq!((parts[4].word(), parts[6].word()), (":precondition", ":effect"));
            Action { name: parts[1].word().to_owned(), condition: parts[5].clone(), effect: parts[7].clone() }
        });
        Self {
            facts: names(&find(&domain, ":predicates")[0]),
            actions: actions.collect(),
            start: names(&find(&problem, ":init")[0]).into_iter().filter(|fact| fact != "=").collect(),
            goal: find(&problem, ":goal")[0].list()[1].clone(),
            plan: plan.list().iter().map(|step| step.list()[0].word().to_owned()).collect(),
        }
    }

    fn is_valid(&self, plan: &[String]) -> bool {
        self.cost(plan).is_some()
    }

    /// What a plan costs; `None` if it is not valid.
    fn cost(&self, plan: &[String]) -> Option<u32> {
        let (mut state, mut cost) = (self.start.clone(), 0);
        for name in plan {
            let action = self.actions.iter().find(|action| action.name == *name).unwrap();
            if !action.condition.holds(&state) {
                return None;
            }
            let (mut added, mut taken) = (BTreeSet::new(), BTreeSet::new());
            for effect in &action.effect.list()[1..] {
                let mut parts = effect.list();
                if parts[0].word() == "when" {
                    if !parts[1].holds(&state) {
                        continue;
                    }
                    parts = parts[2].list();
                }
                match parts[0].word() {
                    "increase" => {
                        cost += parts[2].word().parse::<u32>().unwrap();
                        continue;
                    }
                    "not" => taken.insert(parts[1].list()[0].word().to_owned()),
                    fact => added.insert(fact.to_owned()),
                };
            }
            assert!(added.is_disjoint(&taken), "{name} makes a fact true and false at once");
            state.retain(|fact| !taken.contains(fact));
            state.append(&mut added);
        }
        assert!(state.iter().all(|fact| self.facts.contains(fact)), "a fact that was not declared");
        self.goal.holds(&state).then_some(cost)
    }
}
