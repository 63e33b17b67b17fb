//! What people see when our own two meanings disagree: exit code 70, and a file to report. The solver is broken on purpose.

mod support;

use cutover::cli::run::run_with;
use cutover::cli::streams::Streams;
use cutover::engine::logic::solver::{Answer, MakeSolver, Solver};
use cutover::engine::logic::term::Bool;
use cutover::engine::logic::z3;
use cutover::model::site::Site;
use std::ffi::OsString;
use std::fs;

/// Forgets what the positions of the steps and the values that they see mean, and what the plan says of its order.
struct Forgetful<'s>(Box<dyn Solver + 's>);

impl Solver for Forgetful<'_> {
    fn assume(&mut self, _conditions: &[Bool]) {}

    fn ask(&mut self, conditions: &[&Bool]) -> Answer {
        self.0.ask(conditions)
    }
}

/// Answers every question with the first value of each hole.
struct Careless<'s>(&'s Site);

impl Solver for Careless<'_> {
    fn assume(&mut self, _conditions: &[Bool]) {}

    fn ask(&mut self, _conditions: &[&Bool]) -> Answer {
        Answer::Possible((0..self.0.holes.len()).map(|hole| self.0.ranges(hole)[0].0).collect())
    }
}

fn forgetful(site: &Site, effort: u32) -> Box<dyn Solver + '_> {
    Box::new(Forgetful(z3::solver(site, effort)))
}

fn careless(site: &Site, _effort: u32) -> Box<dyn Solver + '_> {
    Box::new(Careless(site))
}

/// Exit code and standard error.
fn lint(args: &[&str], solver: MakeSolver) -> (u8, String) {
    command("lint", args, solver)
}

fn command(name: &str, args: &[&str], solver: MakeSolver) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams =
        Streams { input: &mut &b""[..], out: &mut out, err: &mut err, colour: false, unicode: true, width: 80, watched: false };
    let exit = run_with(["cutover", name].iter().chain(args).map(OsString::from), solver, &mut streams);
    (exit, String::from_utf8(err).unwrap())
}

/// One test, because the file to report is in the working directory, which all tests of a program share.
#[test]
fn a_broken_solver_ends_with_exit_code_70_and_a_file_to_report() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let (plan, site) =
        (path("spec/cms-r3v11-ha/procedures/corrected-parallel.plan.yaml"), path("examples/half-filled/half-filled.site.yaml"));
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    let report = folder.path().join("cutover-bug-report.txt");

    assert_eq!(lint(&[&plan, "--engine", "solver"], z3::solver), (0, String::new()), "the plan holds");
    for (name, solver) in [("forgetful", forgetful as MakeSolver), ("careless", careless)] {
        let (exit, err) = lint(&[&plan, "--engine", "solver"], solver);
        assert_eq!(exit, 70, "{name}: {err}");
        assert!(err.contains("this is our bug, and no answer can be trusted") && err.contains("cutover-bug-report.txt"), "{err}");
        let text = fs::read_to_string(&report).unwrap();
        assert!(text.starts_with(concat!("cutover ", env!("CARGO_PKG_VERSION"), " with ")), "{text}");
        for file in [&*plan, &path("spec/cms-r3v11-ha/procedures/conversion.site.yaml")] {
            assert!(text.contains(&format!("file: {file}\n")), "{name}: {file} is not named");
            assert!(text.contains(&fs::read_to_string(file).unwrap()), "{name}: {file} is not in the report");
        }
        fs::remove_file(&report).unwrap();
    }

    // A plan is not even looked for further when an order is found that is none; nothing is written.
    let wide = path("spec/cms-r3v11-ha/procedures/conversion.site.yaml");
    let (exit, err) = command("plan", &[&wide], forgetful);
    assert_eq!(exit, 70, "{err}");
    assert!(err.contains("this is our bug, and no answer can be trusted"), "{err}");
    assert!(fs::read_to_string(&report).unwrap().contains(&fs::read_to_string(&wide).unwrap()), "the site is not in the report");
    fs::remove_file(&report).unwrap();

    assert_eq!(lint(&[&site], z3::solver).0, 3, "the site cannot be told");
    assert!(!report.exists());
    assert_eq!(lint(&[&site], careless).0, 70);
    assert!(fs::read_to_string(&report).unwrap().contains(&fs::read_to_string(&site).unwrap()));
}
