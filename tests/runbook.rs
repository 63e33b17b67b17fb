//! Runbooks as documents: what they say, when they are refused, and that no name in a file changes their structure.

mod support;

use cutover::engine::carry_out::runbook::Runbook;
use cutover::engine::carry_out::schedule::clock;
use cutover::report::runbook_words::{DRAFT, durations, outage};
use cutover::report::{lanes, runbook_html, runbook_markdown};
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::fs;
use std::path::Path;
use support::book::{book, book_of, cover, site};
use support::cellar::{SITE, cellar};
use support::run;

const PLAN: &str = "spec/cms-r3v11-ha/procedures/corrected.plan.yaml";

/// The corrected procedure in a folder of its own, its plan and its site changed.
fn procedure(folder: &Path, plan: impl Fn(String) -> String, site: impl Fn(String) -> String) -> String {
    let from = Path::new("spec/cms-r3v11-ha/procedures");
    let text = fs::read_to_string(from.join("conversion.site.yaml")).unwrap();
    fs::write(folder.join("conversion.site.yaml"), site(text)).unwrap();
    let text = fs::read_to_string(from.join("corrected.plan.yaml")).unwrap();
    fs::write(folder.join("a.plan.yaml"), plan(text)).unwrap();
    folder.join("a.plan.yaml").to_string_lossy().into_owned()
}

fn as_it_is(text: String) -> String {
    text
}

#[test]
fn the_corrected_procedure_has_a_runbook_on_record_in_each_format() {
    for (format, name) in [("md", "corrected.md"), ("html", "corrected.html"), ("sh", "corrected.sh")] {
        let (code, out, err) = run(&["runbook", PLAN, "--format", format], "");
        assert_eq!((code, err.as_str()), (0, ""));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots/runbook");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        // Every change of the rulebook changes the digest.
        settings.add_filter("(Runbook:\\*\\* |<dd>|runbook=')[0-9a-f]{16}", "${1}[digest]");
        settings.bind(|| insta::assert_snapshot!(name, out));
    }
}

#[test]
fn a_plan_that_is_violated_has_no_runbook_and_its_findings_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let plan = procedure(
        folder.path(),
        |text| text.replace("do: migrate, server: new, data: historical, tape: t4", "do: print-log, server: new"),
        as_it_is,
    );
    let target = folder.path().join("out.md");
    let (code, out, err) = run(&["runbook", &plan, "-o", target.to_str().unwrap()], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("error[historical-migrations-reversed]") && err.contains("--draft"), "{err}");
    assert!(!target.exists());
}

#[test]
fn a_plan_that_cannot_be_told_has_no_runbook_either() {
    let folder = tempfile::tempdir().unwrap();
    let plan = procedure(folder.path(), |text| text.replace(" at: 2002-10-22T06:15,", ""), as_it_is);
    let (code, out, err) = run(&["runbook", &plan], "");
    assert!(code == 3 && out.is_empty(), "{code} {err}");
    assert!(err.contains("nothing bounds the time between"), "{err}");
}

#[test]
fn a_draft_says_so_on_the_cover_and_on_each_page() {
    let folder = tempfile::tempdir().unwrap();
    let plan = procedure(
        folder.path(),
        |text| text.replace("tape: t3, by: technician }\n  - { id: acd-new", "tape: t1, by: technician }\n  - { id: acd-new"),
        as_it_is,
    );
    let (code, markdown, err) = run(&["runbook", &plan, "--draft"], "");
    assert!(code == 0 && err.contains("administration-from-wrong-tape"), "{err}");
    let headings = markdown.lines().filter(|line| line.starts_with('#')).count();
    let people = markdown.split("## Swim lanes").next().unwrap().lines().filter(|line| line.starts_with("### ")).count();
    assert_eq!(markdown.matches(DRAFT).count(), headings - people);
    let (_, html, _) = run(&["runbook", &plan, "--draft", "--format", "html"], "");
    // The stamp is fixed, so that a printer repeats it on each page.
    assert!(html.contains("<body class=\"is-draft\">\n<div class=\"stamp\" aria-hidden=\"true\">DRAFT, not verified</div>"));
    assert!(html.contains("position: fixed"));
    let (_, script, _) = run(&["runbook", &plan, "--draft", "--format", "sh"], "");
    assert!(script.contains("\ndraft=yes\n") && script.contains("'DRAFT, not verified'"));
}

#[test]
fn a_plan_made_from_another_site_has_no_runbook_and_what_changed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        "made_from:\n  cutover: \"0.1.0\"\n  rulebook: \"0011223344556677\"\n  site: { name: \"0011223344556677\" }\nstarts:";
    let plan = procedure(folder.path(), |text| text.replacen("starts:", lines, 1), as_it_is);
    for extra in [&["--draft"][..], &[]] {
        let args: Vec<&str> = ["runbook", &plan].into_iter().chain(extra.iter().copied()).collect();
        let (code, out, err) = run(&args, "");
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("`name` of the site has changed") && err.contains("`servers` of the site has been added"), "{err}");
        assert!(err.contains("the rulebook has changed (was 0011223344556677, is "), "{err}");
    }
}

#[test]
fn what_is_no_plan_is_refused_with_its_place() {
    let (code, out, err) = run(&["runbook", "spec/cms-r3v11-ha/procedures/conversion.site.yaml"], "");
    assert!(code == 2 && out.is_empty() && err.contains("a plan is needed"), "{code} {out} {err}");
    let (code, _, err) = run(&["runbook", "-"], "rulebook: cms-r3v11-ha\nkind: plan\nsite: none.site.yaml\nsteps: []\n");
    assert!(code == 2 && err.contains("no-such-file"), "{code} {err}");
}

#[test]
fn the_outage_is_from_the_busy_out_until_the_new_server_collects() {
    let (_, out, _) = run(&["runbook", PLAN], "");
    assert!(
        out.contains("Data-collection gap: from step 30 (busy) to the end of step 33 (start-new); how long cannot be told"),
        "{out}"
    );
    let plan =
        "steps:\n  - { id: busy, do: busy-out, switch: sw1, takes: 1m..5m }\n  - { id: wait, do: count-tapes, takes: 10m }\n";
    let book = book(&site("x", "old", "new"), plan);
    assert_eq!(outage(&book).unwrap(), ["Data-collection gap: from step 1 (busy) and still when all is done; at worst 15 min."]);
}

/// Two people in a cellar; nobody's times are left open.
fn timed() -> Runbook {
    let steps = "steps:\n  - { id: start-a, do: start, pump: a, by: plumber, takes: 10m..20m }\n  \
                 - { id: fill, do: fill, bucket: x, water: clean, by: owner, takes: 1h, after: [] }\n  \
                 - { id: fill-again, do: fill, bucket: y, water: clean, by: owner, takes: 30m, after: [] }\n  \
                 - { id: stop, do: stop, takes: 5m, by: plumber, after: [start-a, fill] }\n";
    book_of(&cellar(), SITE, steps)
}

#[test]
fn nobody_does_two_steps_at_a_time_and_others_may_work_beside() {
    let book = timed();
    let beside: Vec<&[usize]> = book.steps.iter().map(|step| &step.beside[..]).collect();
    assert_eq!(beside, [&[1_usize, 2][..], &[0], &[0, 3], &[2]]);
    assert_eq!(durations(&book), "At best 1 h 30 min; at worst 1 h 30 min, if each step starts as soon as it can.");
    let times = book.schedule.times.as_ref().unwrap();
    assert_eq!(times.slowest, [(0, 20), (0, 60), (60, 90), (60, 65)]);
    assert!(lanes::lanes(&book).scale.starts_with("Drawn with each step as long as it may take"));
}

#[test]
fn what_comes_before_the_first_stated_moment_is_in_time_for_it() {
    let steps = "steps:\n  - { id: a, do: start, pump: a, takes: 10m..30m }\n  - { id: b, do: stop, at: 2002-10-21T20:00, takes: 1h }\n  \
                 - { id: c, do: start, pump: b, at: 2002-10-22T06:00, takes: 1h..2h }\n";
    let book = book_of(&cellar(), SITE, steps);
    let times = book.schedule.times.as_ref().unwrap();
    let shown: Vec<String> = times.slowest.iter().map(|span| clock(span.0)).collect();
    assert_eq!(shown, ["2002-10-21 19:30", "2002-10-21 20:00", "2002-10-22 06:00"]);
    assert_eq!((times.total_least, times.total_most), (11 * 60 + 30, 12 * 60 + 30));
}

#[test]
fn every_tape_is_listed_with_each_use_and_the_label_it_gets() {
    let (_, out, _) = run(&["runbook", PLAN], "");
    assert!(out.contains("- **Bring:** 7 tape sets\n"));
    assert!(
        out.contains("| **t1** | 9 cmsadm-old | written in the drive of old | CMSADM backup of old, CMS r3v9ab.3, cartridge "),
        "{out}"
    );
    assert!(
        out.contains("| **t7** | 65 cmsadm-old-2 | written in the drive of old | CMSADM backup of old, CMS r3v11ab.1, "),
        "{out}"
    );
    assert!(out.contains("| **t3** | 55 system-old | read in the drive of old |  |"));
}

#[test]
fn the_acds_that_must_appear_are_named_and_those_that_the_site_does_not_state_are_said_to_be_missing() {
    let check = "steps:\n  - { id: check, do: check-backup, server: old, tape: t1 }\n  - { id: archive, do: wait-archive }\n";
    let named = site("x", "old", "new").replace("acds: [acd1]", "acds: [\"<b>*\", acd2]");
    let book_of_named = book(&named, check);
    let markdown = runbook_markdown::write(&book_of_named, &cover());
    assert!(markdown.contains("any order)\n<b>*\nacd2\nEnter l to list the tables"), "{markdown}");
    assert!(markdown.contains("\n<b>*  Interval  Finished  <date>  <time>  <time>\nacd2  Interval  Finished"), "{markdown}");
    let html = runbook_html::write(&book_of_named, &cover());
    assert!(html.contains("\n&lt;b&gt;*\nacd2\nEnter l to list the tables"), "{html}");
    let open = site("x", "old", "new").replace("acds: [acd1], ", "");
    let markdown = runbook_markdown::write(&book(&open, check), &cover());
    assert_eq!(markdown.matches("(and one line for each other one, which the site does not state)\n").count(), 2, "{markdown}");
}

#[test]
fn a_drive_is_verified_against_the_output_of_its_own_model() {
    let plan = |drive: &str| format!("steps:\n  - {{ id: v, do: verify-drive, server: old, drive: {drive} }}\n");
    let expected = |drive: &str| book(&site("x", "old", "new"), &plan(drive)).steps[0].expect.text();
    assert!(expected("dds-4").contains("C5683A") && !expected("dds-4").contains("EXB-8900"));
    assert!(expected("mammoth").contains("EXB-8900") && !expected("mammoth").contains("C5683A"));
}

/// Names that mean something in HTML, Markdown, CSS, a shell or a terminal.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>&amp;",
    "# a\n\n- b | c\n1. d",
    "`a` ```` **b** __c__ ~~d~~ [e](javascript:f) ![g](h) <i@j.k>",
    "\u{1b}[31m\u{202e}\u{0}x",
    "http://evil.example www.evil.example </style></svg>",
    "-->]]><!-- \\ $x$ {y}",
    " x ",
];

/// Documents of a small plan for a site with these names: Markdown and HTML.
fn documents(name: &str) -> (String, String) {
    let quoted = serde_json::to_string(name).unwrap();
    let plan = format!(
        "steps:\n  - {{ id: {quoted}, do: full-backup, server: {quoted}, tape: {quoted}, at: 2002-10-21T20:30, takes: 2h..3h }}\n  \
         - {{ id: next, do: print-log, server: {quoted}, after: [], within: {{ of: {quoted}, at_most: 1h }} }}\n"
    );
    let book = book(&site(name, name, "new"), &plan);
    let mut cover = cover();
    cover.plan = name.to_owned();
    (runbook_markdown::write(&book, &cover), runbook_html::write(&book, &cover))
}

/// What a reader of CommonMark with GFM's extensions makes of a text, its words left out.
fn structure(markdown: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut out: Vec<String> = Vec::new();
    for event in Parser::new_ext(markdown, options) {
        let shown = match &event {
            Event::Text(_) | Event::SoftBreak => continue,
            Event::Start(Tag::CodeBlock(_)) => "code".to_owned(),
            other => format!("{other:?}"),
        };
        out.push(shown);
    }
    out
}

fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn no_name_changes_the_structure_of_a_document() {
    let (markdown, html) = documents("plain");
    assert!(structure(&markdown).iter().any(|event| event.contains("TaskListMarker")));
    for name in HOSTILE {
        let (other_markdown, other_html) = documents(name);
        assert_eq!(structure(&other_markdown), structure(&markdown), "{name}\n{other_markdown}");
        assert_eq!(tags(&other_html), tags(&html), "{name}");
        assert!(!other_markdown.contains(['\u{1b}', '\u{202e}']) && !other_html.contains(['\u{1b}', '\u{202e}']));
    }
}

#[test]
fn a_reader_of_markdown_shows_the_names_as_they_are() {
    for name in HOSTILE {
        let (markdown, _) = documents(name);
        let words: String = Parser::new(&markdown)
            .filter_map(|event| match event {
                Event::Text(text) => Some(text.to_string()),
                _ => None,
            })
            .collect();
        let shown = cutover::source::text::printable(name);
        assert!(words.contains(shown.trim()), "{name}\n{markdown}");
    }
}

#[test]
fn the_html_needs_nothing_but_itself() {
    let (_, html, _) = run(&["runbook", PLAN, "--format", "html"], "");
    for word in ["<script", "http:", "https:", "url(", "@import", "<link", "<img"] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("size: A4") || html.contains("@page { margin"));
}

#[test]
fn a_runbook_takes_the_place_of_its_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("book.md");
    fs::write(&target, "old").unwrap();
    let (code, out, err) = run(&["runbook", PLAN, "-o", target.to_str().unwrap()], "");
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    assert!(fs::read_to_string(&target).unwrap().starts_with("# Runbook: Denver"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let (code, _, err) = run(&["runbook", PLAN, "-o", folder.path().join("none/book.md").to_str().unwrap()], "");
    assert!(code == 2 && err.contains("cannot be written"), "{code} {err}");
}
