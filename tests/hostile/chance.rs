//! Whatever chance makes of a file, the lint of it ends in one of its answers.

use super::support::run_wide;
use super::{FORMATS, assert_clean, site};
use proptest::prelude::*;

const GOOD: &str = include_str!("../../examples/ten-pairs/ultra-5-ultra-5.site.yaml");

/// One change to a text: where, how many bytes go, and what comes instead.
fn change() -> impl Strategy<Value = (usize, usize, Vec<u8>)> {
    let token = prop::sample::select(vec![
        "\t",
        "\n",
        "\r",
        ":",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "&a ",
        "*a",
        "!x ",
        "<<: ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "#",
        "\\",
        "\u{feff}",
        "\u{202e}",
        "ü",
        "\u{1f600}",
        "\0",
        "~",
        "8.10",
        "-1",
        "99999999999999999999",
        "r3v11",
        "old",
        "servers:\n",
        "  ",
        "\\u",
    ]);
    let new = prop_oneof![3 => token.prop_map(|token| token.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..4), 1 => Just(Vec::new())];
    (0..GOOD.len(), prop_oneof![Just(0_usize), Just(1), 0..200_usize], new)
}

/// The lint of these bytes ends in one of its answers, in that format, and lets nothing raw through.
fn answers(bytes: &[u8], format: &str, only: &str) -> Result<(), TestCaseError> {
    let (exit, out, _) = run_wide(&["lint", "-", "--only", only, "--format", format], bytes, 80);
    prop_assert!(matches!(exit, 0..=3), "exit code {exit}");
    assert_clean(&out, format);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300), format in prop::sample::select(&FORMATS[..])) {
        answers(&bytes, format, "two-primaries")?;
    }

    #[test]
    fn arbitrary_text_behind_a_good_head_gets_an_answer(text in "\\PC{0,40}(\n[ -~]{0,30}){0,6}", format in prop::sample::select(&FORMATS[..])) {
        answers(&site(text), format, "two-primaries")?;
    }

    #[test]
    fn a_good_site_with_any_changes_gets_an_answer(changes in prop::collection::vec(change(), 1..5), format in prop::sample::select(&FORMATS[..])) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, gone, new) in changes {
            let at = at.min(bytes.len());
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, new);
        }
        answers(&bytes, format, "unsupported-platform-pair")?;
    }
}
