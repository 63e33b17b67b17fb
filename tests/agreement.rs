//! The meanings of the expression language against each other, on random expressions and random sites.
//!
//! - the *language*: what `spec/README.md` says, as `agreement/world.rs` has it, on sites with nothing left out;
//! - the *evaluator* (`model::eval`), on sites whose holes are filled;
//! - the *term* (`engine::symbolic`), on sites with holes, and what it folds to;
//! - *Z3* (`engine::z3`): what it says of the term, and the models it finds.
//!
//! `cargo test --test agreement` tries 10,000 pairs, a quarter of them with Z3. For more, all of them with Z3:
//! `CUTOVER_AGREEMENT_PAIRS=100000 cargo test --test agreement`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // tests outside `#[test]` functions

#[path = "agreement/compare.rs"]
mod compare;
#[path = "agreement/deciding.rs"]
mod deciding;
#[path = "agreement/expression.rs"]
mod expression;
#[path = "agreement/generate.rs"]
mod generate;
#[path = "agreement/nouns.rs"]
mod nouns;
#[path = "agreement/random.rs"]
mod random;
#[path = "agreement/rules.rs"]
mod rules;
#[path = "agreement/sites.rs"]
mod sites;
#[path = "agreement/world.rs"]
mod world;

use compare::Seen;

/// How many pairs to try, all of them with Z3.
const PAIRS: &str = "CUTOVER_AGREEMENT_PAIRS";
/// The number of the first pair.
const FIRST: &str = "CUTOVER_AGREEMENT_FIRST";

/// Every form of the language, by the name it has in `agreement/expression.rs`.
const FORMS: [&str; 33] = [
    "Boolean",
    "Number",
    "Value",
    "Version",
    "None",
    "Set",
    "Variable",
    "Site",
    "Field",
    "Fact",
    "IsPrivate",
    "Not",
    "And",
    "Or",
    "Implies",
    "Compare",
    "Equal",
    "Unequal",
    "Less",
    "AtMost",
    "Greater",
    "AtLeast",
    "In",
    "Plus",
    "Union",
    "Difference",
    "If",
    "Relation",
    "Definition",
    "Quantified",
    "All",
    "Exists",
    "Count",
];

const PAIRS_DEFAULT: u64 = 10_000;
const THREADS: u64 = 2;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

#[test]
fn evaluator_terms_and_z3_agree_on_random_expressions_and_sites() {
    let (asked, first) = (number(PAIRS), number(FIRST).unwrap_or(0));
    let pairs = asked.unwrap_or(PAIRS_DEFAULT);
    let with_z3 = |n: u64| asked.is_some() || n.is_multiple_of(4);
    let seen = std::thread::scope(|scope| {
        let part = |thread: u64| first + pairs * thread / THREADS..first + pairs * (thread + 1) / THREADS;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || compare::pairs(&compare::rulebooks(), part(thread), with_z3)))
            .collect();
        threads.into_iter().fold(Seen::default(), |mut seen, thread| {
            match thread.join() {
                Ok(part) => seen.add(&part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            seen
        })
    });
    println!("{seen:?}");
    assert_eq!(u64::try_from(seen.pairs).unwrap(), pairs);
    if pairs >= PAIRS_DEFAULT {
        let missing: Vec<&&str> = FORMS.iter().filter(|form| !seen.forms.contains(**form)).collect();
        assert!(missing.is_empty(), "no expression had {missing:?}");
        assert!(seen.open * 4 > seen.pairs && seen.folded * 4 > seen.pairs, "too few terms are open, or too few fold: {seen:?}");
        assert!(seen.solved * 5 >= seen.pairs && seen.models * 2 > seen.solved, "too little was asked of Z3: {seen:?}");
        assert_eq!(seen.gave_up, 0, "the questions are small");
    }
}

#[test]
fn another_reading_of_any_operator_is_noticed() {
    let words = [
        (" and ", " or "),
        (" or ", " and "),
        (" implies ", " or "),
        ("not ", ""),
        ("not in", "in"),
        (" == ", " != "),
        (" < ", " <= "),
        (" <= ", " < "),
        (" > ", " >= "),
        (" >= ", " > "),
        ("all(", "exists("),
        ("exists(", "all("),
        ("is_private(", "not is_private("),
        ("count(", "1 + count("),
        (" - ", " + "),
        ("true", "false"),
    ];
    let all = compare::rulebooks();
    for (word, other) in words {
        let noticed = (0..4_000).any(|group| compare::notices(&all, group, word, other));
        assert!(noticed, "`{other}` read for `{word}` went unnoticed");
    }
}
