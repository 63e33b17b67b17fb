//! The shell runbook, executed by dash with programs that answer right, answer wrong, hang and die.

mod support;

use cutover::engine::carry_out::runbook::RunCommand;
use cutover::report::runbook_shell;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use support::book::{book, cover, site};

/// One step for each program that the manual has people type, all on the server in service.
const PROGRAMS: [&str; 4] = ["mt", "cmsadm", "br_check", "lp"];

fn plan(server: &str) -> String {
    let server = serde_json::to_string(server).unwrap();
    format!(
        "steps:\n  - {{ id: drive, do: verify-drive, server: {server}, drive: dds-4 }}\n  - {{ id: system, do: cmsadm-backup, server: {server}, tape: t1 }}\n  \
         - {{ id: check, do: check-backup, server: {server}, tape: t1 }}\n  - {{ id: log, do: print-log, server: {server} }}\n"
    )
}

/// What each program does when it answers right. White space differs from the manual's on purpose.
fn right(program: &str) -> &'static str {
    match program {
        "mt" => {
            "printf \"Vendor 'HP'\\tProduct   'C5683A' tape drive:\\r\\n  sense key(0x0)= No Additional Sense residual= 0\\n retries= 0 file no= 0 block no= 0\\n\""
        }
        "cmsadm" => "printf 'Please select:\\n'; read -r choice; printf 'chosen %s\\nTape Verification\\n' \"$choice\"",
        "br_check" => {
            "printf 'Enter device type [q for qtape, f for floppy]: '; read -r a; printf 'Enter device path: '; read -r b; \
             printf 'acd1\\nEnter l to list the tables or v to also verify the volume: '; read -r c; printf '%s %s %s\\n' \"$a\" \"$b\" \"$c\""
        }
        _ => "[ \"$1\" = /cms/migrate/r3mig.log ] && printf 'request id is laser-1\\n'",
    }
}

fn wrong(program: &str) -> &'static str {
    match program {
        "mt" => {
            "printf 'Mammoth EXB-8900 8mm Helical Scan tape drive:\\nsense key(0x0)= No Additional Sense\\nresidual= 0 retries= 0 file no= 0 block no= 0\\n'"
        }
        "cmsadm" => "printf 'no such option\\n'; exit 1",
        "br_check" => "printf 'Enter device type [q for qtape, f for floppy]: \\ncannot read the volume\\n'",
        _ => "printf 'no default destination\\n' >&2; exit 1",
    }
}

/// A folder with the script, and programs of which one does something else than right.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(server: &str, odd: Option<(&str, &str)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Self { folder };
        fs::create_dir(stage.path().join("bin")).unwrap();
        for program in PROGRAMS {
            let body = odd.filter(|(name, _)| *name == program).map_or_else(|| right(program), |(_, body)| body);
            stage.program(program, body);
        }
        let script = runbook_shell::write(&book(&site("Denver", server, "new"), &plan(server)), &cover());
        // The one program that is not searched for.
        let fake = stage.path().join("bin/br_check");
        assert_eq!(script.matches("'/cms/bin/br_check'").count(), 1);
        fs::write(stage.path().join("book.sh"), script.replace("'/cms/bin/br_check'", &format!("'{}'", fake.display()))).unwrap();
        stage
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nprintf '%s\\n' {name} >> {}/called\n{body}\n", self.path().display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn start(&self, console: &str, extra: &[&str]) -> Child {
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("dash");
        command.arg("book.sh").args(["-c", console, "-j", "journal"]).args(extra).current_dir(self.path()).env("PATH", path);
        command.env("TMPDIR", self.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("dash is needed: scripts/setup test installs it")
    }

    fn run(&self, console: &str, extra: &[&str], answers: &str) -> (i32, String) {
        let mut child = self.start(console, extra);
        // A script that stopped reads no more.
        let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        (status.code().unwrap_or(-1), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    }

    /// Word and step of each line of the journal but the first.
    fn journal(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.journal_path()).unwrap_or_default();
        let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        text.lines().skip(1).map(fields).filter(|line| line.len() == 3).map(|line| (line[0].clone(), line[1].clone())).collect()
    }

    fn journal_path(&self) -> PathBuf {
        self.path().join("journal")
    }

    fn called(&self) -> Vec<String> {
        fs::read_to_string(self.path().join("called")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

/// What a person answers to do all four steps.
const ALL: &str = "yes\nrun\nyes\nyes\nrun\n3\nyes\nyes\nrun\nyes\nyes\nrun\nyes\n";

#[test]
fn all_steps_are_done_when_every_program_answers_right() {
    let stage = Stage::new("old", None);
    let (code, out) = stage.run("old", &[], ALL);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("All steps are done.") && out.contains("chosen 3") && out.contains("| request id is laser-1"), "{out}");
    assert!(out.contains("q /dev/rmt/0c l"), "{out}");
    let words: Vec<String> = stage.journal().into_iter().map(|(word, step)| format!("{word} {step}")).collect();
    assert_eq!(words.join(", "), "begun 1, done 1, begun 2, done 2, begun 3, done 3, begun 4, done 4");
    assert_eq!(stage.called(), PROGRAMS);
    let left: Vec<_> = fs::read_dir(stage.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "bin, book.sh, called and journal: {left:?}");
}

#[test]
fn nothing_goes_on_after_a_program_that_answers_wrong_hangs_or_dies() {
    let mut cases: Vec<(usize, &str, &str, [&str; 2])> = Vec::new();
    for (place, program) in PROGRAMS.into_iter().enumerate() {
        cases.push((place, program, wrong(program), ["did not print what must appear", "ended with status 1"]));
        cases.push((place, program, "exec sleep 600", ["took longer than 3 seconds"; 2]));
        cases.push((place, program, "kill -9 $$", ["ended with status 137"; 2]));
    }
    let one = |(place, program, body, told): (usize, &str, &str, [&str; 2])| {
        let stage = Stage::new("old", Some((program, body)));
        let (code, out) = stage.run("old", &["-t", "3"], ALL);
        assert_eq!(code, 1, "{program}: {body}: {out}");
        assert!(told.iter().any(|words| out.contains(words)), "{program}: {body}: {out}");
        assert_eq!(stage.journal().last(), Some(&("failed".to_owned(), (place + 1).to_string())), "{program}: {body}");
        assert_eq!(stage.called(), PROGRAMS[..=place], "{program}: {body}");
    };
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || one(case));
        }
    });
}

#[test]
fn a_tape_that_lists_not_every_acd_of_the_site_stops_the_work() {
    let stage = Stage::new("old", None);
    let site = site("Denver", "old", "new").replace("acds: [acd1]", "acds: [acd1, acd10, east-acd1]");
    let check = "steps:\n  - { id: check, do: check-backup, server: old, tape: t1 }\n";
    let script = runbook_shell::write(&book(&site, check), &cover());
    let fake = stage.path().join("bin/br_check");
    fs::write(stage.path().join("book.sh"), script.replace("'/cms/bin/br_check'", &format!("'{}'", fake.display()))).unwrap();
    for (list, missing) in [
        ("acd1\\nacd10\\neast-acd1\\n", None),
        ("east-acd1, acd10, acd1\\n", None),
        ("acd10\\neast-acd1\\n", Some("acd1")),
        ("acd1 acd10\\n", Some("east-acd1")),
        ("acd1\\neast-acd1\\nacd1\\n", Some("acd10")),
    ] {
        let body = right("br_check").replace("acd1\\n", list);
        stage.program("br_check", &body);
        let _ = fs::remove_file(stage.journal_path());
        let (code, out) = stage.run("old", &[], "yes\nrun\nyes\n");
        assert_eq!(code, i32::from(missing.is_some()), "{list}: {out}");
        assert!(missing.is_none_or(|acd| out.contains(&format!("This is missing: {acd}\n"))), "{list}: {out}");
    }
}

#[test]
fn a_person_who_sees_something_else_stops_the_work_and_is_told_what_to_do() {
    let stage = Stage::new("old", None);
    let (code, out) = stage.run("old", &[], "yes\nrun\nyes\nyes\nrun\n3\nno\n");
    assert!(code == 1 && out.contains("make it again"), "{code} {out}");
    assert_eq!(stage.journal().last(), Some(&("failed".to_owned(), "2".to_owned())));
}

#[test]
fn an_earlier_run_is_taken_up_after_its_last_done_step_and_nothing_is_repeated_unasked() {
    let stage = Stage::new("old", None);
    let (code, out) = stage.run("old", &[], "yes\nrun\nyes\nyes\n");
    assert!(code == 3 && out.contains("start this script again"), "{code} {out}");
    let (code, out) = stage.run("old", &[], "again\nrun\n3\nyes\nyes\nrun\nyes\nyes\nrun\nyes\n");
    assert!(code == 0 && out.contains("Step 1 is done.") && out.contains("was begun before"), "{code} {out}");
    assert_eq!(stage.called(), PROGRAMS, "each program ran once");
    let (code, out) = stage.run("old", &[], "");
    assert!(code == 0 && out.contains("Step 4 is done."), "{code} {out}");
}

#[test]
fn a_journal_that_was_cut_off_at_any_byte_loses_no_done_step_and_invents_none() {
    let stage = Stage::new("old", None);
    assert_eq!(stage.run("old", &[], ALL).0, 0);
    let whole = fs::read(stage.journal_path()).unwrap();
    let head = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    let mut seen = 0;
    for length in head..whole.len() - 1 {
        fs::write(stage.journal_path(), &whole[..length]).unwrap();
        let text = String::from_utf8(whole[..length].to_vec()).unwrap();
        let complete = |line: &str| line.starts_with("done\t") && line.ends_with('Z');
        let expected = text.lines().filter(|line| complete(line)).count();
        let (code, out) = stage.run("old", &[], "");
        assert_eq!(code, 3, "{length}: {out}");
        assert_eq!(out.matches(" is done.").count(), expected, "{length}: {out}");
        seen = seen.max(expected);
    }
    assert_eq!(seen, 3, "the fourth line is complete only without its last byte");
}

#[test]
fn a_run_that_was_killed_is_taken_up_and_two_at_a_time_are_refused() {
    let stage = Stage::new("old", None);
    let mut first = stage.start("old", &[]);
    first.stdin.as_mut().unwrap().write_all(b"yes\nrun\nyes\n").unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while stage.journal().len() < 2 && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let (code, out) = stage.run("old", &[], "");
    assert!(code == 2 && out.contains("has this journal open"), "{code} {out}");
    first.kill().unwrap();
    first.wait().unwrap();
    let (code, out) = stage.run("old", &[], "");
    assert!(code == 3 && out.contains("Step 1 is done."), "{code} {out}");
}

#[test]
fn the_journal_of_another_runbook_is_refused() {
    let stage = Stage::new("old", None);
    fs::write(stage.journal_path(), "runbook\tfedcba9876543210\t2002-10-22T06:00:00Z\ndone\t1\t2002-10-22T06:00:00Z\n").unwrap();
    let (code, out) = stage.run("old", &[], ALL);
    assert!(code == 2 && out.contains("belongs to another runbook"), "{code} {out}");
    assert_eq!(stage.called(), Vec::<String>::new());
}

#[test]
fn commands_of_another_console_are_not_run_here() {
    let stage = Stage::new("old", None);
    let (code, out) = stage.run("new", &[], "yes\nyes\nyes\nyes\nyes\nyes\nyes\nyes\nyes\nyes\nno\n");
    assert!(code == 1 && out.contains("type the command there"), "{code} {out}");
    assert_eq!(stage.called(), Vec::<String>::new());
}

#[test]
fn a_draft_runs_no_command() {
    let stage = Stage::new("old", None);
    let mut draft = cover();
    draft.is_draft = true;
    fs::write(stage.path().join("book.sh"), runbook_shell::write(&book(&site("x", "old", "new"), &plan("old")), &draft)).unwrap();
    let (_, out) = stage.run("old", &[], &"yes\n".repeat(12));
    assert!(out.matches("DRAFT, not verified").count() == 5, "{out}");
    assert_eq!(stage.called(), Vec::<String>::new());
}

#[test]
fn no_name_of_a_site_is_ever_executed() {
    let names = [
        "$(touch PWNED)",
        "`touch PWNED`",
        "'; touch PWNED; '",
        "\"; touch PWNED; \"",
        "a\ntouch PWNED\n",
        "--help",
        "-n -e \\c %s%n",
        "'\\''",
        "*",
        "\u{1b}]0;x\u{7}",
        "name || touch PWNED #",
    ];
    for name in names {
        let stage = Stage::new(name, None);
        let script = runbook_shell::write(&book(&site(name, name, "new"), &plan(name)), &cover());
        assert_eq!(script.matches("'/cms/bin/br_check'").count(), 1, "{name}");
        let (code, out) = stage.run(name, &[], ALL);
        assert_eq!(code, 0, "{name:?}: {out}");
        assert!(!stage.path().join("PWNED").exists(), "{name:?}");
        assert!(!out.contains('\u{1b}') && !out.contains('\u{7}'), "{name:?}");
        assert!(out.contains(&cutover::source::text::printable(name)), "{name:?}: {out}");
    }
}

#[test]
fn a_word_from_a_site_stays_one_word_and_an_option_is_never_run() {
    let stage = Stage::new("old", None);
    let mut book = book(&site("x", "old", "new"), "steps:\n  - { id: log, do: print-log, server: old }\n");
    let command = |word: &str, is_doubtful| RunCommand {
        words: vec!["lp".to_owned(), word.to_owned()],
        on: "old".to_owned(),
        is_dialogue: false,
        answers: Vec::new(),
        at_most: 1,
        is_doubtful,
    };
    stage.program("lp", "printf '<%s>' \"$@\"; printf '%s' \"$#\"");
    book.steps[0].commands = vec![command("a b' $(x) \"\n*;", false), command("-d", true)];
    fs::write(stage.path().join("book.sh"), runbook_shell::write(&book, &cover())).unwrap();
    let (code, out) = stage.run("old", &[], "yes\nrun\nyes\nyes\n");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("  | <a b' $(x) \"\n  | *;>1"), "{out}");
    assert_eq!(stage.called(), ["lp"], "the second is left to a person");
}

#[test]
fn a_place_without_room_or_rights_for_the_journal_is_told_before_anything_is_done() {
    let stage = Stage::new("old", None);
    let (code, out) = stage.run("old", &["-j", "none/journal"], ALL);
    assert!(code == 2 && out.contains("the journal cannot be written there"), "{code} {out}");
    assert_eq!(stage.called(), Vec::<String>::new());
    if Path::new("/dev/full").exists() {
        fs::copy(stage.path().join("book.sh"), stage.path().join("full.sh")).unwrap();
        let text = fs::read_to_string(stage.path().join("book.sh")).unwrap();
        fs::write(stage.path().join("book.sh"), text.replace(">> \"$journal\" ||", ">> /dev/full ||")).unwrap();
        let (code, out) = stage.run("old", &[], ALL);
        assert!(code == 2 && out.contains("the journal cannot be written"), "{code} {out}");
        assert_eq!(stage.called(), Vec::<String>::new());
    }
}

#[test]
fn the_session_in_the_readme_is_what_the_script_prints() {
    let readme = fs::read_to_string("README.md").unwrap();
    let session = readme.split("```session\n").nth(1).unwrap().split("\n```").next().unwrap();
    // What a person types is not in the output.
    let printed = session.replace("[yes/stop] yes\n", "[yes/stop] ").replace("[run/hand/stop] run\n", "[run/hand/stop] ");
    let stage = Stage::new(
        "old",
        Some((
            "mt",
            "printf 'Mammoth EXB-8900 8mm Helical Scan tape drive:\\n  sense key(0x0)= No Additional Sense   residual= 0   retries= 0\\n  file no= 0   block no= 0\\n'",
        )),
    );
    let (_, script, _) = support::run(&["runbook", "spec/cms-r3v11-ha/procedures/corrected.plan.yaml", "--format", "sh"], "");
    fs::write(stage.path().join("book.sh"), script).unwrap();
    let (code, out) = stage.run("old", &[], &("yes\n".repeat(13) + "run\n"));
    assert_eq!(code, 1);
    assert!(out.contains(&printed), "{out}");
}
