//! A plan as people carry it out: the runbook, what may be done now, what was done.

pub mod screen;
pub mod schedule;
pub mod runbook;
pub mod situation;
pub mod progress;
pub mod audit;
