//! `cutover` checks High-Availability configurations before anyone is dispatched.
pub mod source;
pub mod spec;
pub mod model;
pub mod engine;
pub mod report;
pub mod cli;
