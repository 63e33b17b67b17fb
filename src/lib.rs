//! `cutover` checks High-Availability configurations against a vendor's rulebook before anyone is dispatched.
//!
//! The order of the `mod` lines is the architecture: a file uses only what is declared above it, and
//! `tests/tidy.rs` rejects anything else. Data flows one way:
//!
//! 1. [`source`]: a file's text becomes a tree in which every key and value knows its bytes ([`source::yaml`]).
//!    What is wrong is a [`source::finding::Finding`]: a code, a level, a sentence, one primary place, a way out.
//! 2. [`spec`]: a rulebook is data (`spec/` in the repository). [`spec::rulebook::load`] reads its nouns
//!    ([`spec::vocabulary`]) and its rules ([`spec::rule`]), whose expressions are parsed ([`spec::parser`]) and
//!    typed ([`spec::typing`]) into [`spec::expr::Expr`].
//! 3. [`model`]: a tree becomes a [`model::site::Site`]: facts, and *holes* where the file is silent.
//!    [`model::eval`] is what an expression means once the holes are filled. It knows no solver.
//! 4. [`engine`]: [`engine::symbolic`] is the second meaning: an expression on a site with holes is a term
//!    ([`engine::term`]); what the facts decide folds to a constant. [`engine::lint`] asks every rule,
//!    of the facts alone first ([`engine::known`]);
//!    [`engine::decide`] takes what is left open to the solver ([`engine::z3`], the only file that knows Z3), and
//!    replays every answer on [`model::eval`].
//!    [`engine::verify`] does the same for a plan, in every order that it allows; [`engine::synthesise`] finds one.
//! 5. [`proof`]: what can be said of a rulebook for every behaviour of its machine, and what only up to a bound.
//! 6. [`report`]: one writer for each format. Writers decide nothing.
//! 7. [`cli`]: the outside world: arguments, files, streams, exit codes. [`cli::run::run`] is the whole tool.
//!
//! Every answer is *holds*, *violated* or *cannot tell*, and a fact that is not in the file is unknown.

pub mod source;
pub mod spec;
pub mod model;
pub mod engine;
pub mod proof;
pub mod report;
pub mod cli;
