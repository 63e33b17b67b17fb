//! Layer 7, `cli`: the outside world. Command line, disk, streams, environment, exit codes.

pub mod exit;
pub mod args;
pub mod files;
pub mod streams;
pub mod rulebooks;
pub mod trees;
pub mod journal_file;
pub mod history;
pub mod judge;
pub mod lint;
pub mod runbook;
pub mod plan;
pub mod models;
pub mod export;
pub mod trials;
pub mod rules;
pub mod prove;
pub mod carried;
pub mod certify;
pub mod check_certificate;
pub mod accept;
pub mod typed;
pub mod dialogue;
pub mod run_plan;
pub mod audit;
pub mod run;
