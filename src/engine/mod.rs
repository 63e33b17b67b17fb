//! Layer 4, `engine`: what a rulebook says of a site and of a plan, and which plan it allows. Each folder uses those above it.

pub mod logic;
pub mod verification;
pub mod carry_out;
pub mod synthesis;
pub mod tasks;
