//! Layer 5, `proof`: how far a rulebook can be trusted.

pub mod change;
pub mod mutant;
pub mod reasons;
pub mod score;
