//! Malformed and hostile input: each is refused in words, at its place, within bounds, and nothing of it reaches a terminal raw.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // tests outside `#[test]` functions

#[path = "hostile/bytes.rs"]
mod bytes;
#[path = "hostile/chance.rs"]
mod chance;
mod support;

use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Seek};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::run;

const HEAD: &str = "rulebook: cms-r3v11-ha\nkind: site\n";
const FORMATS: [&str; 5] = ["human", "json", "sarif", "github", "junit"];
/// Address space of a run in KiB: 200 MiB with the program itself and libz3 in it, so its memory stays below that.
const ADDRESS_SPACE_KIB: usize = 200 << 10;
/// Processor time of a run in seconds, in a program built without optimisation; whatever else the machine does.
const PROCESSOR_SECONDS: usize = 5;
/// When a run that waits for something is given up.
const PATIENCE: Duration = Duration::from_secs(60);

fn site(rest: impl AsRef<[u8]>) -> Vec<u8> {
    [HEAD.as_bytes(), rest.as_ref()].concat()
}

/// Exit code and standard output of the real program, in bounded memory and time. It writes nothing else.
fn bounded(folder: &Path, input: Stdio, args: &[OsString]) -> (i32, String) {
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("ulimit -v {ADDRESS_SPACE_KIB} && ulimit -t {PROCESSOR_SECONDS} && exec \"$@\""),
        "sh",
        env!("CARGO_BIN_EXE_cutover"),
    ]);
    command.args(args).current_dir(folder).stdin(input).stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let started = Instant::now();
    let mut child = command.env("NO_COLOR", "1").env("COLUMNS", "120").env("LC_ALL", "C.UTF-8").spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{args:?} takes longer than {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let [out, err] = [&mut out, &mut err].map(|file| {
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    });
    assert_eq!(err, "", "{args:?} writes to standard error");
    (status.code().unwrap_or_else(|| panic!("{args:?} was stopped: {status}")), out)
}

/// Nothing in the text moves a cursor, colours it, turns the direction of text or hides.
fn assert_clean(text: &str, of: &str) {
    let raw = text.chars().find(|&c| {
        let hidden =
            matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
        (c.is_control() && c != '\n')
            || hidden
            || matches!(c, '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    });
    assert_eq!(raw.map(char::escape_unicode).map(|c| c.to_string()), None, "{of} lets a raw character through");
}

/// The program refuses these arguments with that code and words in every format; the output for people.
fn refuses(of: &str, folder: &Path, path: &OsString, code: &str, says: &str) -> String {
    let mut human = String::new();
    for format in FORMATS {
        let args = ["lint".into(), "--jobs".into(), "1".into(), "--format".into(), format.into(), path.clone()];
        let (exit, out) = bounded(folder, Stdio::null(), &args);
        assert_eq!(exit, 2, "{of}, {format}:\n{out}");
        assert_clean(&out, &format!("{of}, {format}"));
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(code), "{of}, {format}: no {code} in\n{out}");
        match format {
            "human" => {
                assert!(flat.contains(&format!("error[{code}]")) && flat.contains(says), "{of}: no `{says}` in\n{out}");
                assert!(flat.contains(": unusable") && flat.contains("1 error"), "{of}:\n{out}");
                human = out;
            }
            "json" | "sarif" => drop(serde_json::from_str::<Value>(&out).unwrap_or_else(|error| panic!("{of}: {error}\n{out}"))),
            _ => {}
        }
    }
    human
}

#[test]
fn paths_that_lead_to_no_file_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), HEAD).unwrap();
    fs::create_dir_all(at("empty/.hidden")).unwrap();
    fs::create_dir_all(at("odd/folder.site.yaml")).unwrap();
    fs::write(at("empty/.hidden/a.site.yaml"), HEAD).unwrap();
    fs::create_dir(at("dangling")).unwrap();
    symlink("nowhere", at("dangling/a.site.yaml")).unwrap();
    symlink("b.site.yaml", at("a.site.yaml")).unwrap();
    symlink("a.site.yaml", at("b.site.yaml")).unwrap();
    fs::create_dir(at("ring")).unwrap();
    symlink("..", at("ring/around.site.yaml")).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe.site.yaml")).status().unwrap().success());
    fs::create_dir(at("pipes")).unwrap();
    fs::rename(at("pipe.site.yaml"), at("pipes/pipe.site.yaml")).unwrap();
    fs::create_dir_all(at(&vec!["deep"; 40].join("/"))).unwrap();
    let long = "n".repeat(300);
    for (path, code, says) in [
        ("no-such.site.yaml", "no-such-file", "no such file or directory"),
        ("file/below", "unreadable-file", "not a directory"),
        (long.as_str(), "unreadable-file", "file name too long"),
        ("empty", "no-files", "no site or plan in this directory"),
        ("odd", "no-files", "no site or plan in this directory"),
        ("dangling", "no-such-file", "no such file or directory"),
        ("dangling/a.site.yaml", "no-such-file", "no such file or directory"),
        ("a.site.yaml", "unreadable-file", "too many levels of symbolic links"),
        ("ring", "no-files", "no site or plan in this directory"),
        ("deep", "folder-too-deep", "more than 32 folders deep: not searched"),
        ("socket", "not-a-file", "this is a pipe, a socket or a device"),
        ("pipes", "not-a-file", "this is a pipe, a socket or a device"),
        ("pipes/pipe.site.yaml", "not-a-file", "write `-` and redirect standard input"),
        ("/dev/zero", "file-too-large", "longer than 1048576 bytes"),
        ("/dev/null", "empty-file", "the file says nothing"),
        ("/proc/self/mem", "unreadable-file", "cannot be read"),
    ] {
        let human = refuses(path, folder.path(), &path.into(), code, says);
        assert!(human.contains(path), "{path}:\n{human}");
    }
}

#[test]
fn a_folder_that_cannot_be_searched_does_not_hide_the_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    // A path longer than the system takes, made of two that it takes.
    let chain = |top: &str| folder.path().join(top).join(vec!["n".repeat(200); 12].join("/"));
    fs::create_dir_all(chain("top")).unwrap();
    fs::create_dir_all(chain("below")).unwrap();
    fs::rename(folder.path().join("below"), chain("top").join("below")).unwrap();
    fs::write(folder.path().join("top/z.site.yaml"), "x: [").unwrap();
    let (exit, out) =
        bounded(folder.path(), Stdio::null(), &["lint", "--jobs", "1", "--format", "json", "top"].map(OsString::from));
    let report: Value = serde_json::from_str(&out).unwrap();
    let codes: Vec<&str> = report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!((exit, codes), (2, vec!["unreadable-file", "yaml-syntax"]));
}

#[test]
fn standard_input_is_bounded_and_the_shells_pipes_work() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad"), site("acds: [")).unwrap();
    let zero = || Stdio::from(fs::File::open("/dev/zero").unwrap());
    let bad = || Stdio::from(fs::File::open(folder.path().join("bad")).unwrap());
    for (input, path, says) in [
        (zero(), "-", "file-too-large"),
        (zero(), "/dev/stdin", "file-too-large"),
        (bad(), "-", "<stdin>:3:7"),
        (bad(), "/dev/stdin", "/dev/stdin:3:7"),
    ] {
        let (exit, out) = bounded(folder.path(), input, &["lint", path].map(OsString::from));
        assert!(exit == 2 && out.contains(says), "{path}: {exit}\n{out}");
    }
}

#[test]
fn hostile_file_names_are_shown_escaped_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, shown) in [
        (&b"\x1b[2J\x1b]0;x\x07.site.yaml"[..], "\\u{1b}[2J"),
        (b"a\nb\rc\td.site.yaml", "a b\\u{d}c d.site.yaml"),
        ("x\u{202e}lmay.etis\u{2066}.site.yaml".as_bytes(), "x\\u{202e}lmay"),
        ("\u{9b}31m\u{85}\u{2028}\u{feff}\u{e0041}.site.yaml".as_bytes(), "\\u{9b}31m"),
        (b"\xff\xfe\x80.site.yaml", "\u{fffd}\u{fffd}\u{fffd}.site.yaml"),
        (b"::error file=a,line=1::b%0A.site.yaml", "::error file=a,line=1::b%0A.site.yaml"),
        (b"<a href='x'>&amp;]]>\".site.yaml", "<a href='x'>&amp;]]>\".site.yaml"),
        (b"--format=json.site.yaml", "--format=json.site.yaml"),
    ] {
        let path = folder.path().join(OsString::from_vec(name.to_vec()));
        fs::write(&path, site("acds: [")).unwrap();
        let human = refuses(shown, folder.path(), &path.clone().into_os_string(), "yaml-syntax", "unclosed bracket");
        assert!(human.contains(shown), "{human}");
        refuses(shown, folder.path(), &folder.path().as_os_str().to_owned(), "yaml-syntax", "unclosed bracket");
        fs::remove_file(&path).unwrap();
        let missing = refuses(shown, folder.path(), &path.into_os_string(), "no-such-file", "cannot be read");
        assert!(missing.contains(shown), "{missing}");
    }
}

#[test]
fn hostile_words_of_a_readable_site_are_shown_escaped_in_every_format() {
    let word = "\\e[2J\\x07\\x9b\\x7f\\u202e\\u2066\\u200b\\U000E0041\\0\\r\\n::error::x";
    let servers = format!(
        "servers:\n  - {{ id: \"{word}\", \"{word}\": 1, platform: \"{word}\", cms: {{ version: \"{word}\" }} }}\n  - {{ id: \"{word}\", series: \"{word}\" }}\n"
    );
    let rest = format!(
        "switches:\n  - {{ id: s, links: [{{ server: \"{word}?\" }}], acds: [\"{word}\"] }}\ntapes: \"{word}\"\nschedule: {{ full_backup: {{ server: \"{word}?\" }} }}\ncustom_features: [\"{word}\"]\n"
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.site.yaml"), site(servers + &rest)).unwrap();
    for format in FORMATS {
        let (exit, out) =
            bounded(folder.path(), Stdio::null(), &["lint", "--format", format, "in.site.yaml"].map(OsString::from));
        assert_eq!(exit, 1, "{format}");
        assert!(
            out.contains("duplicate-id") && out.contains("unknown-field") && out.contains("dangling-reference"),
            "{format}:\n{out}"
        );
        assert_clean(&out, format);
    }
}

/// Codes of what is wrong with words, so that no rule is asked.
const WORDS: &str = "unknown-field,duplicate-key,duplicate-value,too-many-items,wrong-type,missing-field";

#[test]
fn thousands_of_mistakes_in_one_file_cost_no_more_than_a_few() {
    let folder = tempfile::tempdir().unwrap();
    let keys = (0..45_000).map(|n| format!("k{n}: 1\n")).collect::<Vec<_>>().concat();
    for (of, text) in [
        ("unknown fields", site(keys)),
        ("one field again and again", site("name: a\n".repeat(45_000))),
        ("one value again and again", site(format!("custom_features:\n{}", "- custom-reports\n".repeat(50_000)))),
        ("mistakes on one long line", site(format!("servers: [{{ {} }}]\n", "aa: 1, ".repeat(9000)))),
        ("items without end", site(format!("servers:\n{}", "- { id: a }\n".repeat(30_000)))),
    ] {
        fs::write(folder.path().join("in.site.yaml"), text).unwrap();
        for format in ["human", "sarif"] {
            let (exit, out) = bounded(
                folder.path(),
                Stdio::null(),
                &["lint", "--only", WORDS, "--format", format, "in.site.yaml"].map(OsString::from),
            );
            assert_eq!(exit, 1, "{of}, {format}");
            assert!(out.len() < 20 << 20, "{of}, {format}: {} bytes", out.len());
        }
    }
}

#[test]
fn a_name_stated_twice_is_a_finding_and_not_the_end_of_the_lint() {
    for (text, code, place) in [
        (format!("{HEAD}name: a\nname: b\n"), "duplicate-key", (4, 1)),
        (format!("{HEAD}\"name\": a\nna\u{6d}e: b\n"), "duplicate-key", (4, 1)),
        (format!("{HEAD}kind: plan\n"), "duplicate-key", (3, 1)),
        (
            "{\"rulebook\": \"cms-r3v11-ha\", \"kind\": \"site\", \"name\": \"a\", \"name\": \"b\"}".to_owned(),
            "duplicate-key",
            (1, 59),
        ),
        (format!("{HEAD}servers: [{{ id: a }}, {{ id: a }}]\n"), "duplicate-id", (3, 28)),
        (format!("{HEAD}1: a\ntrue: b\n"), "unknown-field", (3, 1)),
    ] {
        let (exit, out, _) = run(&["lint", "--only", code, "--format", "json", "-"], &text);
        let report: Value = serde_json::from_str(&out).unwrap();
        let all = report["findings"].as_array().unwrap();
        let found = all.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("no {code} in {out}"));
        assert_eq!((exit, found["line"].as_u64(), found["column"].as_u64()), (1, Some(place.0), Some(place.1)), "{text}");
    }
}

#[test]
fn a_rulebook_with_endless_expressions_or_records_is_refused_at_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("pumps/rules")).unwrap();
    fs::write(at("in.site.yaml"), "rulebook: pumps\nkind: site\n").unwrap();
    let head =
        "id: pumps\nversion: 1.0.0\ntitle: P\nmanual: { title: P, number: \"1\", issue: \"1\", date: 2002-10 }\nsite: site\n";
    fs::write(at("pumps/rulebook.yaml"), format!("{head}finished: \"true\"\n")).unwrap();
    let nouns = "records:\n  site:\n    doc: A cellar.\n    fields:\n      wet: { type: boolean, doc: Wet. }\n      dark: { type: boolean, doc: Dark. }\n      cold: { type: boolean, doc: Cold. }\n";
    let rule = |must: &str| {
        format!(
            "claim: It is dry.\nlevel: error\nwhen: always\nmust: \"{must}\"\nat: wet\nmessage: wet\nhelp: pump\nwhy: Water.\npage: \"1\"\n\
             statements: [P-1]\npasses: |\n  rulebook: pumps\n  kind: site\n  wet: false\nfails: |\n  rulebook: pumps\n  kind: site\n  wet: true\n"
        )
    };
    let lint = || bounded(folder.path(), Stdio::null(), &["lint", "--rulebook", "pumps", "in.site.yaml"].map(OsString::from));
    fs::write(at("pumps/vocabulary.yaml"), nouns).unwrap();
    fs::write(at("pumps/rules/wet.yaml"), rule(&format!("{}wet == false", "wet == false and ".repeat(3_500)))).unwrap();
    let (exit, out) = lint();
    assert!(exit == 2 && out.contains("more than 2000 words and marks") && out.contains("wet.yaml:4:"), "{exit}\n{out}");
    // Forty comparisons in one another are read, and answered at once.
    let nested = (0..40).fold("wet".to_owned(), |inner, n| format!("({inner} == {})", ["dark", "cold", "wet"][n % 3]));
    fs::write(at("pumps/rules/wet.yaml"), rule(&nested)).unwrap();
    let (exit, out) = lint();
    assert!([0, 1, 3].contains(&exit), "{exit}\n{out}");
    fs::write(at("pumps/rules/wet.yaml"), rule("wet == false")).unwrap();
    fs::write(at("pumps/vocabulary.yaml"), format!("{nouns}      pit: {{ type: pit, doc: Its pit. }}\n  pit:\n    doc: A pit.\n    fields:\n      pit: {{ type: pit, doc: Another. }}\n")).unwrap();
    let (exit, out) = lint();
    assert!(
        exit == 2 && out.contains("a record `pit` holds another `pit`") && out.contains("vocabulary.yaml:9:3"),
        "{exit}\n{out}"
    );
}

#[test]
fn a_rulebook_that_cannot_be_read_is_refused_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("in.site.yaml"), HEAD).unwrap();
    for name in ["empty", "broken", "dangling", "odd/rules/a.yaml", "huge/rules", "piped"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    fs::write(at("broken/rulebook.yaml"), "id: [\n").unwrap();
    fs::write(at("dangling/rulebook.yaml"), "id: a\n").unwrap();
    symlink("nowhere", at("dangling/vocabulary.yaml")).unwrap();
    fs::write(at("odd/rulebook.yaml"), "id: a\n").unwrap();
    fs::write(at("huge/rulebook.yaml"), "id: a\n").unwrap();
    for n in 0..20 {
        fs::write(at(&format!("huge/rules/r{n}.yaml")), "# nothing\n".repeat(100_000)).unwrap();
    }
    assert!(Command::new("mkfifo").arg(at("piped/rulebook.yaml")).status().unwrap().success());
    for (path, says) in [
        ("missing", "missing/rulebook.yaml"),
        ("in.site.yaml", "in.site.yaml/rulebook.yaml"),
        ("empty", "empty/rulebook.yaml"),
        ("broken", "broken/rulebook.yaml:1:5"),
        ("dangling", "dangling/vocabulary.yaml"),
        ("odd", "odd/rules/a.yaml"),
        ("huge", "longer than 16777216 bytes"),
        ("piped", "piped/rulebook.yaml"),
    ] {
        let (exit, out) =
            bounded(folder.path(), Stdio::null(), &["lint", "--rulebook", path, "in.site.yaml"].map(OsString::from));
        assert!(exit == 2 && out.contains(says), "{path}: {exit}\n{out}");
    }
}
