//! A folder with a plan and its site, and what a person types to carry it out.

use super::support::{built_in, cellar as small, run};
use cutover::engine::carry_out::progress::Progress;
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::verification::walk::Walk;
use cutover::model::state::Layout;
use cutover::model::{read_plan, read_site};
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::{Rulebook, load};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a plan and its site.
pub(crate) struct Site {
    folder: TempDir,
    /// What is typed: for each entry of the journal after the first, the lines that lead to it.
    pub(crate) groups: Vec<String>,
    rulebook: Option<PathBuf>,
}

impl Site {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn plan(&self) -> String {
        self.path("x.plan.yaml")
    }

    pub(crate) fn site(&self) -> String {
        self.path("x.site.yaml")
    }

    pub(crate) fn journal(&self) -> String {
        self.path("x.journal.jsonl")
    }

    pub(crate) fn all(&self) -> String {
        self.groups.concat()
    }

    /// What is still to be typed when the journal has so many entries after its first.
    pub(crate) fn from(&self, entries: usize) -> String {
        self.groups[entries..].concat()
    }

    /// The arguments of a run.
    pub(crate) fn args(&self) -> Vec<String> {
        let mut args = vec!["run".to_owned(), self.plan()];
        if let Some(folder) = &self.rulebook {
            args.extend(["--rulebook".to_owned(), folder.to_str().unwrap().to_owned()]);
        }
        args
    }

    /// Exit code and all output of a run that is answered so.
    pub(crate) fn run(&self, answers: &str) -> (u8, String) {
        self.run_with(&[], answers)
    }

    pub(crate) fn run_with(&self, more: &[&str], answers: &str) -> (u8, String) {
        fs::write(self.path("answers.txt"), answers).unwrap();
        let answers = self.path("answers.txt");
        let args = self.args();
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.extend(["--answers", &answers, "--as", "Ann Lee"]);
        args.extend(more);
        let (exit, out, err) = run(&args, "");
        (exit, out + &err)
    }
}

/// The corrected procedure of CMS R3V11.
pub(crate) fn corrected() -> Site {
    let (rulebook, plan, text) = corrected_texts();
    site(rulebook, None, &plan, &text)
}

/// Its rulebook, plan and site.
pub(crate) fn corrected_texts() -> (&'static Rulebook, String, String) {
    let text = |name: &str| fs::read_to_string(Path::new("spec/cms-r3v11-ha/procedures").join(name)).unwrap();
    let plan = text("corrected.plan.yaml").replace("conversion.site.yaml", "x.site.yaml");
    (built_in(), plan, text("conversion.site.yaml"))
}

/// A few steps in a cellar.
pub(crate) fn cellar() -> Site {
    let faults = "expect: |\n  Lamp: <colour>\nfaults:\n  - { name: jammed, doc: It jams., shows: [red], effects: [{ set: primed(pump), to: \"false\" }] }\n";
    let files: Vec<(String, String)> = small::files()
        .into_iter()
        .map(|(name, text)| match name {
            "actions/start.yaml" => (name.to_owned(), format!("{text}{faults}")),
            _ => (name.to_owned(), text.to_owned()),
        })
        .collect();
    let list: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let rulebook = load(&list).map_err(|faults| format!("{faults:#?}")).unwrap();
    let steps = "steps:\n  - { id: fill, do: fill, bucket: b1, water: clean }\n  - { id: up, do: start, pump: a }\n  - { id: down, do: stop, pump: a }\n  - { id: prime, do: prime, pump: b, bucket: b1, after: [fill] }\n";
    site(&rulebook, Some(&files), &format!("rulebook: cellar\nkind: plan\nsite: x.site.yaml\n{steps}"), small::SITE)
}

fn site(rulebook: &Rulebook, files: Option<&[(String, String)]>, plan: &str, text: &str) -> Site {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.plan.yaml"), plan).unwrap();
    fs::write(folder.path().join("x.site.yaml"), text).unwrap();
    let home = files.map(|files| {
        let home = folder.path().join("rulebook");
        for (name, text) in files {
            fs::create_dir_all(home.join(name).parent().unwrap()).unwrap();
            fs::write(home.join(name), text).unwrap();
        }
        home
    });
    Site { groups: groups(rulebook, plan, text), folder, rulebook: home }
}

/// What is typed for each entry: ten minutes for each step, four of them before it begins.
fn groups(rulebook: &Rulebook, plan: &str, text: &str) -> Vec<String> {
    let source = Source::new("site", text);
    let (mut site, _) = read_site::read(&rulebook.vocabulary, &yaml::parse(&source).unwrap());
    let source = Source::new("plan", plan);
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let progress = Progress::new(Walk { rulebook, base, layout: &layout, plan: &plan });
    let mut out = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let minutes = index * 10;
        let at = |more: usize| {
            let minutes = 12 * 60 + minutes + more;
            format!("2002-10-{:02}T{:02}:{:02}", 21 + minutes / 1440, minutes / 60 % 24, minutes % 60)
        };
        out.push(format!("at {}\nstart {}\n", at(0), step.id));
        let mut end = format!("at {}\n", at(6));
        for (_, name) in progress.media(index) {
            end.push_str(&format!("label {name}\n"));
        }
        let expect = progress.expected(index);
        if !expect.is_empty() {
            end.push_str(&format!("evidence\n{}.\n", shown(&expect.text())));
        }
        out.push(format!("{end}done {}\n", step.id));
    }
    out
}

/// A screen that shows what is expected.
fn shown(expect: &str) -> String {
    let mut out = String::new();
    for line in expect.lines() {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            out.push('7');
            rest = after.split_once('>').unwrap().1;
        }
        out.push_str(&rest.replace("(empty)", ""));
        out.push('\n');
    }
    out
}
