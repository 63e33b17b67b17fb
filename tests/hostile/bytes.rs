//! Contents of files that no lint can use, and where and in what words each is refused.

use super::support::run;
use super::{HEAD, refuses, site};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;

/// What was fed, its bytes, and the code, line, column and some words of the answer.
type Row = (&'static str, Vec<u8>, &'static str, usize, usize, &'static str);

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn refuses_all(rows: &[Row]) {
    let folder = tempfile::tempdir().unwrap();
    for (of, bytes, code, line, column, says) in rows {
        fs::write(folder.path().join("in.site.yaml"), bytes).unwrap();
        let human = refuses(of, folder.path(), &"in.site.yaml".into(), code, says);
        // Where there is no text to show, the file is named by its verdict alone.
        let (pictured, place) = (human.contains("[in.site.yaml:"), format!("[in.site.yaml:{line}:{column}]"));
        assert!(human.contains(&place) || (!pictured && (*line, *column) == (1, 1)), "{of}: no {place} in\n{human}");
        let path = folder.path().join("in.site.yaml");
        let (_, out, _) = run(&["lint", "--format", "json", path.to_str().unwrap()], "");
        let finding = &serde_json::from_str::<Value>(&out).unwrap()["findings"][0];
        let found = (finding["code"].as_str().unwrap(), finding["line"].as_u64().unwrap(), finding["column"].as_u64().unwrap());
        assert_eq!(found, (*code, *line as u64, *column as u64), "{of}");
    }
}

#[test]
fn yaml_that_does_not_parse_is_refused_where_it_breaks() {
    let y = "yaml-syntax";
    refuses_all(&[
        ("a tab as indentation", site("servers:\n\t- id: a\n"), y, 4, 2, "a tab where YAML allows only spaces"),
        ("a tab in deeper indentation", site("servers:\n  - id: a\n\t  role: primary\n"), y, 4, 9, "a tab where"),
        ("an unclosed double quote", site("name: \"Zürich\nservers: []\n"), y, 3, 7, "this quote is never closed"),
        ("an unclosed single quote", site("name: 'it\n"), y, 3, 7, "this quote is never closed"),
        ("a document mark inside quotes", site("name: \"a\n---\nb\"\n"), y, 3, 7, "this quote is never closed"),
        ("an unclosed bracket", site("acds: [a, b\n"), y, 3, 7, "unclosed bracket '['"),
        ("an unclosed brace", site("pso: { contacted: true\n"), y, 3, 6, "unclosed bracket '{'"),
        ("a bracket closed by a brace", site("acds: [a, b}\n"), y, 3, 7, "mismatched bracket '[' closed by '}'"),
        ("a bracket too many", site("acds: [a]]\n"), y, 3, 10, "a closing bracket that nothing opened"),
        ("a key that is indented too far", site("servers:\n  - id: a\n     role: x\n"), y, 5, 10, "no value can begin here"),
        (
            "a key that is indented too little",
            site("pso:\n    contacted: true\n  custom_tables: no\n"),
            y,
            5,
            3,
            "check the indentation",
        ),
        ("a list item among keys", site("- a\n"), y, 3, 3, "expected a key here"),
        ("a second colon in a line", site("name: a: b\n"), y, 3, 8, "no value can begin here"),
        ("a word without a colon", site("näme\n"), y, 3, 1, "a key without `:`"),
        ("text behind a double quote", site("name: \"ä\" b\n"), y, 3, 11, "text behind a closing quote"),
        ("text behind a single quote", site("name: 'a'b\n"), y, 3, 10, "text behind a closing quote"),
        ("an unknown escape", site("name: \"C:\\docs\"\n"), y, 3, 7, "a backslash that begins no escape"),
        ("a half surrogate pair", site("name: \"\\ud83d\"\n"), y, 3, 7, "an escape that stands for no character"),
        ("an escape beyond Unicode", site("name: \"\\U00110000\"\n"), y, 3, 7, "an escape that stands for no character"),
        ("an escape that is too short", site("name: \"\\u12\"\n"), y, 3, 7, "an escape that stands for no character"),
        ("a reserved character", site("name: @home\n"), y, 3, 7, "no value begins with this character"),
        ("a backtick", site("name: `a`\n"), y, 3, 7, "no value begins with this character"),
        ("a character that Unicode keeps free", site("na\u{ffff}me: a\n"), y, 3, 1, "no value begins with this character"),
        ("a comma as a value", site("name: ,\n"), y, 3, 7, "unexpected"),
        ("a comment that touches a bracket", site("acds: [a]#x\n"), y, 3, 10, "comments must be separated"),
        ("a bad block header", site("name: |x\n  a\n"), y, 3, 7, "block scalar"),
        ("a block indented by nothing", site("name: |0\n  a\n"), y, 3, 7, "block scalar"),
        (
            "a key longer than YAML allows",
            site(format!("{}: 1\n", "k".repeat(1100))),
            y,
            3,
            1,
            "a key longer than 1024 characters",
        ),
        ("an alias of nothing", site("name: *nobody\n"), y, 3, 7, "no value above has the name of this alias"),
        ("an alias before its anchor", site("acds: [*x, &x a]\n"), y, 3, 8, "no value above has the name of this alias"),
        ("a star without a name", site("name: * a\n"), y, 3, 7, "`*` or `&` without a name"),
        ("two anchors on one value", site("name: &a &b x\n"), y, 3, 10, "expected a key here"),
        ("an anchor on an alias", site("name: &a x\nacds: [&b *a]\n"), y, 4, 11, "expected"),
    ]);
}

#[test]
fn aliases_cannot_blow_a_file_up() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let long = format!("name: &n \"{}\\u00fc\"\nacds:\n{}", "x".repeat(60_000), "  - *n\n".repeat(40_000));
    let nested = format!("a: {}\n{}{}", "&a [".repeat(30), "  x,\n".repeat(60_000), "]".repeat(30));
    refuses_all(&[
        (
            "ten times ten times ten",
            site(bomb),
            "too-many-values",
            7,
            38,
            "more than 100000 values once its aliases are expanded",
        ),
        (
            "a long text many times",
            site(long),
            "too-many-values",
            21,
            5,
            "more than 1048576 bytes of text once its aliases are expanded",
        ),
        ("anchors around anchors", site(nested), "too-many-values", 3, 119, "aliases are expanded"),
        (
            "a list inside itself",
            site("a: &x [*x]\n"),
            "alias-inside-itself",
            3,
            8,
            "this alias stands inside the value it names",
        ),
        ("a mapping inside itself", site("a: &x\n  b: { c: *x }\n"), "alias-inside-itself", 4, 11, "write the value out"),
    ]);
}

#[test]
fn size_and_nesting_are_bounded() {
    let ten_megabytes = 10 << 20;
    let deep = "nested more than 32 levels deep";
    let stairs = |item: fn(usize) -> String| (0..300).fold("a:\n".to_owned(), |text, depth| text + &item(depth));
    refuses_all(&[
        (
            "a scalar of 10 MB",
            site(format!("name: {}\n", "x".repeat(ten_megabytes))),
            "file-too-large",
            1,
            1,
            "longer than 1048576 bytes",
        ),
        (
            "a quoted scalar of 10 MB",
            site(format!("name: \"{}\"\n", "x\n ".repeat(ten_megabytes / 3))),
            "file-too-large",
            1,
            1,
            "longer",
        ),
        ("10 MB of comments", site("# nothing\n".repeat(ten_megabytes / 10)), "file-too-large", 1, 1, "one file per site"),
        ("10 MB of NUL", vec![0; ten_megabytes], "file-too-large", 1, 1, "longer"),
        ("10 MB of keys", site("name: x\n".repeat(ten_megabytes / 8)), "file-too-large", 1, 1, "longer"),
        (
            "a line of a megabyte",
            site(format!("name: {}\n", "ü".repeat(500_000))),
            "line-too-long",
            3,
            1,
            "a line of 1000006 bytes; the limit is 65536",
        ),
        (
            "a value of half a megabyte",
            site(format!("name: >\n{}", "  words words\n".repeat(40_000))),
            "value-too-long",
            4,
            3,
            "a value of 480000 bytes",
        ),
        (
            "a plain value over many lines",
            site(format!("name: w\n{}", "  w\n".repeat(200_000))),
            "value-too-long",
            3,
            7,
            "not documents",
        ),
        (
            "a hundred thousand items",
            site(format!("acds:\n{}", "- a\n".repeat(150_000))),
            "too-many-values",
            99_997,
            3,
            "more than 100000 values",
        ),
        ("lists in a line", site(format!("a: {}\n", "[".repeat(60_000))), "nested-too-deep", 3, 36, deep),
        ("closed lists in a line", site(format!("a: {}{}\n", "[".repeat(60), "]".repeat(60))), "nested-too-deep", 3, 36, deep),
        ("mappings in a line", site(format!("a: {}\n", "{b: ".repeat(5000))), "nested-too-deep", 3, 128, deep),
        ("stairs of lists", site(stairs(|depth| " ".repeat(depth) + "-\n")), "nested-too-deep", 35, 32, deep),
        ("stairs of mappings", site(stairs(|depth| " ".repeat(depth + 1) + "b:\n")), "nested-too-deep", 35, 33, deep),
        ("dashes in a line", site(format!("a:\n  {}x\n", "- ".repeat(30_000))), "nested-too-deep", 4, 65, deep),
        ("question marks in a line", site(format!("{}x\n", "? ".repeat(30_000))), "nested-too-deep", 3, 65, deep),
    ]);
}

#[test]
fn bytes_that_are_no_visible_utf_8_are_refused_at_their_place() {
    let (e, c) = ("not-utf-8", "control-character");
    let bom = "\u{feff}";
    let marked = format!("{bom}{HEAD}");
    refuses_all(&[
        ("UTF-16, little end first", utf16(&marked, u16::to_le_bytes), e, 1, 1, "the file is UTF-16"),
        ("UTF-16, big end first", utf16(&marked, u16::to_be_bytes), e, 1, 1, "the file is UTF-16"),
        ("UTF-16 without a mark", utf16(HEAD, u16::to_le_bytes), e, 1, 1, "the file is UTF-16"),
        ("UTF-16 without a mark, big end first", utf16(HEAD, u16::to_be_bytes), e, 1, 1, "save it as UTF-8"),
        (
            "UTF-32, little end first",
            marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            e,
            1,
            1,
            "the file is UTF-32",
        ),
        ("UTF-32, big end first", HEAD.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(), e, 1, 1, "the file is UTF-32"),
        ("Latin-1", site(b"name: Z\xfcrich\n"), e, 3, 8, "the file is not UTF-8 (line 3)"),
        ("a character cut off by the end", site(b"name: Z\xc3"), e, 3, 8, "the file is not UTF-8 (line 3)"),
        ("a character cut off by a line end", site(b"name: \xf0\x9f\x98\nacds: []\n"), e, 3, 7, "save it as UTF-8"),
        ("a surrogate in UTF-8", site(b"name: \xed\xa0\x80\n"), e, 3, 7, "the file is not UTF-8"),
        ("a slash that takes two bytes", site(b"name: \xc0\xaf\n"), e, 3, 7, "the file is not UTF-8"),
        ("random bytes", (128..=255).rev().cycle().skip(3).take(4096).collect(), e, 1, 1, "the file is not UTF-8 (line 1)"),
        ("half a byte order mark", vec![0xef, 0xbb], e, 1, 1, "the file is not UTF-8"),
        ("NUL", site("name: ü\0b\n"), c, 3, 8, "the character U+0000, which cannot be seen"),
        ("NUL behind a byte order mark", [bom.as_bytes(), &site("name: ü\0b\n")].concat(), c, 3, 8, "U+0000"),
        ("an escape sequence", site("name: \x1b[2Jx\n"), c, 3, 7, "U+001B"),
        ("a backspace in a comment", site("# a\x08b\n"), c, 3, 4, "U+0008"),
        ("delete", site("name: a\x7fb\n"), c, 3, 8, "U+007F"),
        ("the one-byte start of an escape sequence", site("name: a\u{9b}31m\n"), c, 3, 8, "U+009B"),
        ("a line end of another YAML", site("name: a\u{85}b\n"), c, 3, 8, "\\U00000085"),
        ("a line separator", site("na\u{2028}me: a\n"), c, 3, 3, "U+2028"),
        ("text that is turned around", site("name: \u{202e}evitca\n"), c, 3, 7, "U+202E"),
        ("text that is isolated", site("name: \u{2066}a\u{2069}\n"), c, 3, 7, "U+2066"),
        ("a space of no width", site("servers: [{ id: o\u{200b}ld }]\n"), c, 3, 18, "U+200B"),
        ("hidden letters", site("name: a\u{e0041}\u{e007f}ü\n"), c, 3, 8, "U+E0041"),
        ("a byte order mark inside", site("\u{feff}name: a\n"), c, 3, 1, "U+FEFF"),
        ("two byte order marks", format!("{bom}{bom}{HEAD}").into_bytes(), c, 1, 1, "U+FEFF"),
        ("line ends of an old Macintosh", HEAD.replace('\n', "\r").into_bytes(), c, 1, 23, "end lines with a line feed"),
    ]);
}

#[test]
fn what_would_change_the_meaning_behind_the_readers_back_is_refused() {
    let (t, m, d) = ("yaml-tag", "yaml-merge-key", "several-documents");
    refuses_all(&[
        ("a tag of one's own", site("name: !secret a\n"), t, 3, 7, "a YAML tag (`!…`) would change how the value is read"),
        ("a standard tag", site("tapes: !!int 7\n"), t, 3, 8, "remove the tag"),
        ("a whole tag", site("name: !<tag:example.com,2002:x> a\n"), t, 3, 7, "a YAML tag"),
        ("a lone exclamation mark", site("name: ! a\n"), t, 3, 7, "put quotes around a value that begins with `!`"),
        ("a tag on a list", site("servers: !!seq []\n"), t, 3, 10, "a YAML tag"),
        ("a tag on a block", site("pso: !!map\n  contacted: true\n"), t, 3, 6, "a YAML tag"),
        ("a tag on the file", [b"!site\n", HEAD.as_bytes()].concat(), t, 1, 1, "a YAML tag"),
        ("a tag on a key", site("!!str name: a\n"), t, 3, 1, "a YAML tag"),
        ("a tag that would run code", site("name: !!python/object/apply:os.system [id]\n"), t, 3, 7, "a YAML tag"),
        ("a tag of an unknown family", site("name: !u!x a\n"), t, 3, 7, "a YAML tag"),
        (
            "a tag of a named family",
            [b"%TAG !e! tag:example.com:\n---\n", &site("name: !e!x a\n")[..]].concat(),
            t,
            5,
            7,
            "a YAML tag",
        ),
        ("a merge key", site("<<: { name: a }\n"), m, 3, 1, "a merge key (`<<`) hides which value counts"),
        ("a merge key of aliases", site("pso: &p {}\nservers:\n  - <<: [*p, *p]\n"), m, 5, 5, "write the fields out"),
        ("two documents", site(format!("---\n{HEAD}")), d, 3, 1, "the file holds more than one document"),
        ("two documents, ended", site(format!("...\n{HEAD}")), d, 4, 1, "a file of its own"),
        ("an empty second document", site("---\n"), d, 3, 1, "more than one document"),
        ("an empty first document", format!("---\n---\n{HEAD}").into_bytes(), d, 2, 1, "more than one document"),
        ("another YAML", format!("%YAML 3.0\n---\n{HEAD}").into_bytes(), "yaml-syntax", 1, 1, "unsupported YAML major version"),
        (
            "a version stated twice",
            format!("%YAML 1.2\n%YAML 1.2\n---\n{HEAD}").into_bytes(),
            "yaml-syntax",
            2,
            1,
            "duplicate version",
        ),
        ("a directive without a document", b"%YAML 1.2\n".to_vec(), "yaml-syntax", 2, 1, "`---`"),
        ("a directive not ended by ---", format!("%YAML 1.2\n{HEAD}").into_bytes(), "yaml-syntax", 2, 1, "`---`"),
        ("a very long directive", format!("%{}\n---\n{HEAD}", "X".repeat(9000)).into_bytes(), "yaml-syntax", 1, 2, "1024 bytes"),
    ]);
}

#[test]
fn files_that_are_no_site_say_what_they_are_instead() {
    let (n, s, k) = ("empty-file", "not-a-site", "key-is-no-text");
    refuses_all(&[
        ("nothing", Vec::new(), n, 1, 1, "the file says nothing"),
        ("blank lines", b"  \n\n   \n".to_vec(), n, 1, 1, "the file says nothing"),
        ("a lone tab", b"\t\n".to_vec(), n, 1, 1, "the file says nothing"),
        ("comments only", b"# a\n# b\n".to_vec(), n, 1, 1, "cutover schema site"),
        ("a lone byte order mark", b"\xef\xbb\xbf".to_vec(), n, 1, 1, "the file says nothing"),
        ("null", b"null\n".to_vec(), n, 1, 1, "the file says nothing"),
        ("a document mark alone", b"---\n".to_vec(), n, 1, 1, "the file says nothing"),
        ("a word", b"hello\n".to_vec(), s, 1, 1, "a site is a mapping of facts, and this is a single value"),
        ("a number", b"42".to_vec(), s, 1, 1, "this is a single value"),
        ("a quoted word", b"\"rulebook\"".to_vec(), s, 1, 1, "this is a single value"),
        ("a list", b"- rulebook: cms-r3v11-ha\n".to_vec(), s, 1, 1, "this is a list"),
        ("an empty list", b"[]".to_vec(), s, 1, 1, "this is a list"),
        ("a list as a key", site("? [a, b]\n: c\n"), k, 3, 3, "a list cannot be a key"),
        ("a mapping as a key", site("{a: b}: c\n"), k, 3, 1, "a mapping cannot be a key"),
        ("an alias of a list as a key", site("acds: &a [x]\n*a : b\n"), k, 4, 1, "a list cannot be a key"),
        ("an empty key", site(": c\n"), k, 3, 1, "a key that says nothing"),
        ("null as a key", site("~: c\n"), k, 3, 1, "a key that says nothing"),
    ]);
}

#[test]
fn rulebook_and_kind_must_be_named_and_known() {
    let (m, r, k) = ("missing-key", "unknown-rulebook", "unknown-kind");
    let file = |text: &str| text.as_bytes().to_vec();
    refuses_all(&[
        ("an empty mapping", file("{}"), m, 1, 1, "the file does not say `rulebook`"),
        ("no rulebook", file("kind: site\n"), m, 1, 1, "the file does not say `rulebook`"),
        ("no kind", file("rulebook: cms-r3v11-ha\n"), m, 1, 1, "the file does not say `kind`"),
        ("a rulebook that does not exist", file("rulebook: cms-r3v11\nkind: site\n"), r, 1, 11, "did you mean `cms-r3v11-ha`?"),
        ("a path as rulebook", file("rulebook: ../../etc\nkind: site\n"), r, 1, 11, "no rulebook is called `../../etc`"),
        (
            "a rulebook with an escape sequence",
            file("rulebook: \"\\e[31m\\u202e\\n\"\nkind: site\n"),
            r,
            1,
            11,
            "`\\u{1b}[31m\\u{202e} `",
        ),
        ("a kind that does not exist", file("rulebook: cms-r3v11-ha\nkind: sites\n"), k, 2, 7, "`sites` is no kind of file"),
        (
            "a kind with a title sequence",
            file("rulebook: cms-r3v11-ha\nkind: \"\\e]0;x\\a\\x9b\\u2067\"\n"),
            k,
            2,
            7,
            "\\u{1b}]0;x\\u{7}\\u{9b}\\u{2067}",
        ),
        (
            "a rulebook that is a list",
            file("rulebook: [cms-r3v11-ha]\nkind: site\n"),
            m,
            1,
            11,
            "`rulebook` should be a single value, and is a list",
        ),
        (
            "a rulebook that is a mapping",
            file("rulebook: { id: a }\nkind: site\n"),
            m,
            1,
            11,
            "`rulebook` should be a single value",
        ),
        ("a rulebook left empty", file("rulebook:\nkind: site\n"), m, 1, 9, "the file does not say `rulebook`"),
        (
            "a kind that is a list",
            file("rulebook: cms-r3v11-ha\nkind: [site]\n"),
            m,
            2,
            7,
            "`kind` should be a single value, and is a list",
        ),
        ("a kind left empty", file("rulebook: cms-r3v11-ha\nkind: ~\n"), m, 2, 7, "the file does not say `kind`"),
    ]);
}

#[test]
fn json_that_does_not_parse_is_refused_where_it_breaks() {
    let y = "yaml-syntax";
    let open = "{\"rulebook\": \"cms-r3v11-ha\", \"kind\": \"site\"";
    let json = |rest: &str| format!("{open}{rest}").into_bytes();
    refuses_all(&[
        ("an unclosed object", json(""), y, 1, 1, "unclosed bracket '{'"),
        ("a missing comma", json(" \"name\": \"a\"}"), y, 1, 45, "text behind a closing quote"),
        ("words behind the object", json("} x"), y, 1, 46, "expected the end of the file"),
        ("a second object", json("}{}"), y, 1, 45, "expected the end of the file"),
        ("an object closed as a list", json("]"), y, 1, 1, "mismatched bracket '{' closed by ']'"),
        ("an unclosed text", json(", \"name\": \"a}"), y, 1, 54, "this quote is never closed"),
        ("half a surrogate pair", json(", \"name\": \"\\ud83d\"}"), y, 1, 54, "an escape that stands for no character"),
        ("a short escape", json(", \"name\": \"\\u12\"}"), y, 1, 54, "an escape that stands for no character"),
        ("an unknown escape", json(", \"name\": \"\\q\"}"), y, 1, 54, "a backslash that begins no escape"),
        ("a hundred open lists", json(&format!(", \"a\": {}", "[".repeat(100))), "nested-too-deep", 1, 82, "nested more than 32"),
        ("a NUL", json("\0}"), "control-character", 1, 44, "U+0000"),
    ]);
}
