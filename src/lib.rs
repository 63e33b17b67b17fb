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
//! 4. [`engine`] has five rooms. [`engine::logic`] is the second meaning ([`engine::logic::symbolic`]): an expression on a site with
//!    holes is a term ([`engine::logic::term`]); what the facts decide needs none ([`engine::logic::known`]), what is left open goes to
//!    the solver ([`engine::logic::z3`], the only file that knows Z3), and every answer is replayed on [`model::eval`].
//!    [`engine::verification`] asks every rule of a site ([`engine::verification::lint`]) and holds a plan in every order that it
//!    allows ([`engine::verification::verify`]). [`engine::carry_out`] is a plan as people carry it out: runbook, run, audit.
//!    [`engine::synthesis`] finds a plan, and what no plan can do better. [`engine::tasks`] says it all to other programs.
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
