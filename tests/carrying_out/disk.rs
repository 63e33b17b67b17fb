//! The journal's file: full disks, places that cannot be written, two runs, a kill.

use super::answers::{Site, cellar, corrected};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// A run of the real program, behind a line of shell.
fn shell(site: &Site, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$@\""), "sh", env!("CARGO_BIN_EXE_cutover")]).args(site.args());
    command.env("NO_COLOR", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_second_run_on_one_journal_is_refused_and_changes_nothing() {
    let site = cellar();
    assert_eq!(site.run(&site.groups[..2].concat()).0, 3);
    let before = fs::read(site.journal()).unwrap();
    let other = File::options().append(true).open(site.journal()).unwrap();
    other.try_lock().unwrap();
    let (exit, out) = site.run(&site.from(2));
    assert_eq!(exit, 2, "{out}");
    assert!(out.contains("another run has the journal"), "{out}");
    assert_eq!(fs::read(site.journal()).unwrap(), before);
    drop(other);
    assert_eq!(site.run(&site.from(2)).0, 0);
}

#[test]
fn a_killed_run_leaves_what_it_said_it_recorded_and_no_lock() {
    let site = cellar();
    let mut child = shell(&site, "").spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(site.groups[..3].concat().as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("recorded: entry 4") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the run ended");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (exit, out) = site.run(&site.from(3));
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("going on after entry 4"), "{out}");
}

#[test]
fn a_full_disk_ends_the_run_with_the_journal_whole() {
    let site = cellar();
    site.run(&site.all());
    let whole = fs::read(site.journal()).unwrap();
    let opened = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    fs::remove_file(site.journal()).unwrap();
    // Half kilobytes; the signal of the limit is ignored, so that writing fails as on a full disk.
    let mut child = shell(&site, "trap '' XFSZ; ulimit -f 3;").spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(site.all().as_bytes());
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot be written") && err.contains("the journal is whole"), "{err}");
    let kept = fs::read(site.journal()).unwrap();
    assert!(kept.ends_with(b"\n") && kept.len() > opened && kept.len() < whole.len(), "{}", kept.len());
    let entries = kept.iter().filter(|byte| **byte == b'\n').count() - 1;
    let (exit, out) = site.run(&site.from(entries));
    assert_eq!(exit, 0, "{out}");
    assert!(!out.contains("torn"), "{out}");
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(&fs::read(site.journal()).unwrap()), lines(&whole));
}

#[test]
fn places_that_cannot_be_written_are_named_and_nothing_is_begun() {
    let site = corrected();
    for (place, why) in
        [("/dev/full", "is no file"), ("/sys/x.jsonl", "cannot be written"), ("/no/such/x.jsonl", "cannot be written")]
    {
        let (exit, out) = site.run_with(&["--journal", place], &site.all());
        assert_eq!(exit, 2, "{place}: {out}");
        assert!(out.contains(why) && out.contains("--journal"), "{place}: {out}");
        assert!(!out.contains("recorded"), "{place}: {out}");
    }
    let (exit, out) = site.run_with(&["--answers", "no-such-file"], "");
    assert_eq!(exit, 2, "{out}");
}

#[test]
fn a_piece_that_cannot_be_put_aside_stays_where_it_is() {
    let site = cellar();
    site.run(&site.groups[..2].concat());
    let mut torn = fs::read(site.journal()).unwrap();
    torn.extend(b"{\"n\":4,\"ti");
    fs::write(site.journal(), &torn).unwrap();
    let (_, out) = site.run("");
    let aside = out.split('`').find(|word| word.contains(".torn-")).unwrap_or_else(|| panic!("{out}")).to_owned();
    assert_eq!(fs::read(&aside).unwrap(), b"{\"n\":4,\"ti");
    fs::remove_file(&aside).unwrap();
    fs::create_dir(&aside).unwrap();
    fs::write(site.journal(), &torn).unwrap();
    let (exit, out) = site.run("");
    assert_eq!(exit, 2, "{out}");
    assert_eq!(fs::read(site.journal()).unwrap(), torn, "nothing is cut off that is not kept");
}

#[test]
fn a_journal_stays_whole_when_nobody_can_be_told() {
    let site = cellar();
    let mut command = shell(&site, "");
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(site.all().as_bytes());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    let entries = fs::read(site.journal()).unwrap().iter().filter(|byte| **byte == b'\n').count() - 1;
    assert_eq!(site.run(&site.from(entries)).0, 0);
}

#[test]
fn a_journal_that_was_changed_is_not_gone_on_with() {
    let site = cellar();
    site.run(&site.groups[..4].concat());
    let text = fs::read_to_string(site.journal()).unwrap();
    let changed = text.replacen("Ann Lee", "Eve Lee", 1);
    assert_ne!(changed, text);
    fs::write(site.journal(), &changed).unwrap();
    let (exit, out) = site.run(&site.from(4));
    assert_eq!(exit, 2, "{out}");
    assert!(out.contains("line 3 of the journal") && out.contains("is not as it was written"), "{out}");
    assert_eq!(fs::read_to_string(site.journal()).unwrap(), changed);
    assert!(Path::new(&site.plan()).exists());
}
