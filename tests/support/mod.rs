//! The whole tool in-process, and the built-in rulebook.
#![allow(dead_code, reason = "each test binary uses some of it")]

pub(crate) mod book;
pub(crate) mod cellar;
pub(crate) mod gates;

use cutover::cli::run;
use cutover::cli::streams::Streams;
use cutover::spec::embedded;
use cutover::spec::rulebook::{Rulebook, load};
use std::ffi::OsString;
use std::sync::OnceLock;

/// The rulebook of CMS R3V11 High Availability.
pub(crate) fn built_in() -> &'static Rulebook {
    static RULEBOOK: OnceLock<Rulebook> = OnceLock::new();
    RULEBOOK.get_or_init(|| load(embedded::files("cms-r3v11-ha").unwrap()).map_err(|faults| format!("{faults:#?}")).unwrap())
}

/// Exit code, standard output and standard error of a run, as in a pipe of 80 columns.
pub(crate) fn run(args: &[&str], input: &str) -> (u8, String, String) {
    run_wide(args, input.as_bytes(), 80)
}

/// The same with that many columns.
pub(crate) fn run_wide(args: &[&str], mut input: &[u8], width: usize) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams =
        Streams { input: &mut input, out: &mut out, err: &mut err, colour: false, unicode: true, width, watched: false };
    let all = std::iter::once("cutover").chain(args.iter().copied()).map(OsString::from);
    let exit = run::run(all, &mut streams);
    (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}
