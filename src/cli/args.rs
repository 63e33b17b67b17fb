//! The command line as types.

use crate::engine::verification::every_order::Choice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Checks High-Availability configurations and upgrade plans before anyone is dispatched.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 everything holds; 1 an error was found; 2 unusable input or command line;
3 no error, but something cannot be told; 70 a bug of ours.";

const RUN_CODES: &str =
    "Exit codes: 0 every step is done or left out, and the goals hold; 1 the plan does not hold, or at the end a goal
does not; 2 unusable input or command line, or a journal that cannot be written; 3 not finished: run again to go on.";

const EXPORT_CODES: &str =
    "Exit codes: 0 it was written, whether the plan holds or not; 1 no plan exists for the site; 2 unusable input or
command line; 3 it depends on facts that the site does not state, or no plan was found.";

const AUDIT_CODES: &str =
    "Exit codes: 0 nothing that was done is forbidden, and the goals hold; 1 something forbidden was done, a goal was
missed, or the journal was changed; 2 unusable input or command line; 3 it is not over, or something cannot be told.";

const CERTIFY_CODES: &str = "Exit codes: 0 it was written; 1 the plan does not hold; 2 unusable input or command line;
3 it cannot be told whether the plan holds, or it holds and there is no certificate.";

const CHECK_CODES: &str = "Exit codes: 0 confirmed; 1 refuted; 2 unusable input or command line.";

const PROVE_CODES: &str =
    "Exit codes: 0 everything that was looked at holds; 1 something is refuted; 2 unusable input or command line;
3 something cannot be told. What was not run without --deep counts for none of these.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check sites against a rulebook
    #[command(after_help = EXIT_CODES)]
    Lint(Lint),
    /// Find a plan for a site, verify it, and write it
    #[command(after_help = EXIT_CODES)]
    Plan(Plan),
    /// Write the document that people execute a plan from, after checking the plan
    #[command(after_help = EXIT_CODES)]
    Runbook(Runbook),
    /// Write a plan or a site for other programs: solvers, planners, drawings
    #[command(after_help = EXPORT_CODES)]
    Export(Export),
    /// Write a certificate of a plan that holds, which `check-cert` confirms without a solver
    #[command(after_help = CERTIFY_CODES)]
    Certify(Certify),
    /// Confirm a certificate: every obligation of its plan, in every order, by the concrete meaning alone
    #[command(name = "check-cert", after_help = CHECK_CODES)]
    CheckCertificate(CheckCertificate),
    /// Lead through a plan step by step, and keep a journal of it
    #[command(after_help = RUN_CODES)]
    Run(Run),
    /// Hold what was done against the plan and the rulebook: where they part, whether it did harm, what was lost
    #[command(after_help = AUDIT_CODES)]
    Audit(Audit),
    /// Say how far a rulebook can be trusted: what is proved of it, what only up to a bound, what is refuted
    #[command(after_help = PROVE_CODES)]
    Prove(Prove),
    /// List the rules, and what covers each statement of the manual; or check a rulebook
    Rules(Rules),
    /// Explain a rule: its claim, why, the manual's page, a failing and a passing site
    Explain(Explain),
    /// Print the JSON Schema of a kind of file, for editors
    Schema(Schema),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Arguments of `lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// Files, directories (searched for *.site.yaml and *.plan.yaml, also .yml and .json), or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// What counts as an error besides errors
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub deny: Option<Deny>,
    /// Ask only these rules (repeat, or separate by commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Do not report these (repeat, or separate by commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
    /// Who looks at every order that a plan allows
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto, value_name = "ENGINE")]
    pub engine: EngineChoice,
    /// Write every question to the solver, and its answer, to standard error
    #[arg(long)]
    pub trace_solver: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// How many files to check at once; 0 for one per processor
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub jobs: usize,
}

/// Arguments of `runbook`.
#[derive(Debug, Args)]
pub struct Runbook {
    /// The plan, or - for standard input; it is checked with its site first
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Markdown, one HTML file for phone and paper, or a shell script that leads through the steps
    #[arg(long, value_enum, default_value_t = RunbookFormat::Md)]
    pub format: RunbookFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write it even if the plan does not hold, marked on each page
    #[arg(long)]
    pub draft: bool,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

/// Output of `runbook`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RunbookFormat {
    /// Markdown
    Md,
    /// One HTML file
    Html,
    /// A POSIX shell script
    Sh,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The file of the site
    #[arg(value_name = "SITE")]
    pub site: PathBuf,
    /// Write the plan to this file, in the folder of the site or above it, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How long an action takes: `2h..3h` for at least and at most, or one value such as `90m` (repeat for several)
    #[arg(long, value_name = "ACTION=TIME")]
    pub given: Vec<String>,
    /// Complete this plan, an existing or half-written one, with as few changes as can be found
    #[arg(long, value_name = "PLAN")]
    pub keep: Option<PathBuf>,
    /// Use the rulebook in this directory
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The plan or the site, or - for standard input; without one, --rule is about all sites
    #[arg(value_name = "FILE", required_unless_present = "rule")]
    pub file: Option<PathBuf>,
    /// For smt2 of a site: this rule alone, given the rules that are errors at any time
    #[arg(long, value_name = "CODE")]
    pub rule: Option<String>,
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub to: ExportFormat,
    /// For smv and horn: ask about this hazard or invariant alone
    #[arg(long, value_name = "CODE")]
    pub hazard: Option<String>,
    /// For smv and horn: keep only the variables of what is asked about, and these; others can be anything at any step.
    /// What is never reached in such a part is never reached
    #[arg(long, value_name = "VARIABLE", num_args = 0.., value_delimiter = ',', require_equals = true)]
    pub part: Option<Vec<String>>,
    /// For smt2 of a site: why no hazard of its machine is ever reached, however long one goes on; each answer has to be `unsat`
    #[arg(long, conflicts_with = "rule")]
    pub machine: bool,
    /// For pddl: in the form of planners that prove a plan to be the best, without disjunctions and effects that depend on the state
    #[arg(long)]
    pub strips: bool,
    /// For pddl: the same with only the facts that decide how much has to be lost; what every plan costs there, it costs here at least
    #[arg(long)]
    pub lower_bound: bool,
    /// Write to this file instead of standard output; for pddl, which is three files, the directory
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Output of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Of a plan: is there an order in which something goes wrong? SMT-LIB 2.6; `unsat` says no. Of a site: of each rule,
    /// can it be violated, can it be satisfied?
    Smt2,
    /// Domain, problem and plan; of a site everything that can be done, of a plan its steps
    Pddl,
    /// What can be done, as a model for NuSMV; of a site everything, of a plan its steps
    Smv,
    /// The same as Horn clauses in SMT-LIB 2.6, for solvers that find invariants; `sat` says that no hazard is reached
    Horn,
    /// Of a plan: its order, for Graphviz
    Dot,
    /// Of a plan: its order, as a flowchart for Markdown pages
    Mermaid,
}

/// Arguments of `certify`.
#[derive(Debug, Args)]
pub struct Certify {
    /// The plan; it is checked with its site first
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

/// Arguments of `check-cert`.
#[derive(Debug, Args)]
pub struct CheckCertificate {
    /// The certificate
    #[arg(value_name = "CERT")]
    pub certificate: PathBuf,
    /// The plan [default: the one that the certificate names, beside it]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The plan
    pub plan: PathBuf,
    /// Where the journal is [default: beside the plan, denver.plan.yaml with denver.journal.jsonl]
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Read what a person would type from this file, one answer a line
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Who is at the terminal
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Go on with a plan of which not everything can be told; the journal says so
    #[arg(long)]
    pub accept_unknown: bool,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// The journal of a run, or a log kept by hand: CSV, or one JSON object a line
    pub journal: PathBuf,
    /// The plan [default: the one that the journal names, beside it]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// For people or as JSON
    #[arg(long, value_enum, default_value_t = RulesFormat::Human)]
    pub format: RulesFormat,
    /// Use the rulebook in this directory instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Arguments of `prove`.
#[derive(Debug, Args)]
pub struct Prove {
    /// The directory of a rulebook, or the id of a built-in one [default: the built-in one]
    #[arg(value_name = "RULEBOOK")]
    pub rulebook: Option<PathBuf>,
    /// Look at everything; without it, at what is done within a minute
    #[arg(long)]
    pub deep: bool,
    /// Look at one part only
    #[arg(long, value_enum)]
    pub section: Option<ProveSection>,
    /// Of the machine, look only at whether each hazard and each invariant is ever reached
    #[arg(long, conflicts_with_all = ["deep", "section"])]
    pub hazards: bool,
    /// Sites and plans elsewhere that are tests of the rulebook as well (repeat for several)
    #[arg(long, value_name = "PATH")]
    pub tests: Vec<PathBuf>,
    /// Look at this site instead of those that the rulebook names
    #[arg(long, value_name = "FILE")]
    pub site: Option<PathBuf>,
    /// For people or as JSON
    #[arg(long, value_enum, default_value_t = RulesFormat::Human)]
    pub format: RulesFormat,
}

/// A part of `prove`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProveSection {
    /// The rules on sites, and how they stand to each other
    Rules,
    /// What steps do: hazards, guards, goals
    Machine,
    /// How the rulebook stands to its manual
    Manual,
    /// Changes of the rulebook that its examples should notice
    Mutation,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct Rules {
    /// Check the rulebook in this directory: everything that is wrong with it, its examples, and its tests
    #[arg(long, value_name = "DIR", conflicts_with = "rulebook")]
    pub check: Option<PathBuf>,
    /// With --check: sites and plans elsewhere that are tests of the rulebook as well (repeat for several)
    #[arg(long, value_name = "PATH", requires = "check")]
    pub tests: Vec<PathBuf>,
    /// With --check: change one thing in the rulebook after the other, and list the changes that no example notices
    #[arg(long, requires = "check")]
    pub mutations: bool,
    /// Use the rulebook in this directory
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
    /// As a table for people or as JSON
    #[arg(long, value_enum, default_value_t = RulesFormat::Human)]
    pub format: RulesFormat,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The code of a rule
    pub code: String,
    /// Use the rulebook in this directory
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// The kind of file
    #[arg(value_enum)]
    pub kind: Kind,
    /// Use the rulebook in this directory
    #[arg(long, value_name = "DIR")]
    pub rulebook: Option<PathBuf>,
}

/// Output of `lint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: each finding on its source
    Human,
    /// Stable JSON
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub workflow commands
    Github,
    /// JUnit XML
    Junit,
}

/// Output of `rules`, of `audit` and of `prove`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people
    Human,
    /// JSON
    Json,
}

/// What counts as an error besides errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings
    Warnings,
}

/// Who looks at every order that a plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// The walk while the orders are few, else the solver
    Auto,
    /// From each state to each that can come next
    Walk,
    /// Z3; the walk replays what it finds
    Solver,
}

impl From<EngineChoice> for Choice {
    fn from(choice: EngineChoice) -> Self {
        match choice {
            EngineChoice::Auto => Self::Auto,
            EngineChoice::Walk => Self::Walk,
            EngineChoice::Solver => Self::Solver,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A site
    Site,
    /// A plan
    Plan,
}
