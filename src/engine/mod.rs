//! Layer 4, `engine`: what a rulebook says of a site. Terms and the solver for what the facts leave open.

pub mod term;
pub mod sym;
pub mod symbolic;
pub mod solver;
pub mod z3;
pub mod instance;
pub mod decide;
pub mod wording;
pub mod walk;
pub mod positions;
pub mod parts;
pub mod views;
pub mod orders;
pub mod every_order;
pub mod lint;
pub mod repair;
pub mod times;
pub mod verify;
pub mod schedule;
pub mod runbook;
pub mod situation;
pub mod progress;
pub mod audit;
pub mod check;
