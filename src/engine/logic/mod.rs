//! The second meaning of expressions: terms over what a site leaves open, and the solver that decides them. Knows no plan.

pub mod term;
pub mod sym;
pub mod symbolic;
pub mod solver;
pub mod z3;
pub mod instance;
pub mod known;
pub mod questions;
pub mod decide;
