//! Layer 6, `report`: one writer for each format. Writers decide nothing and drop nothing.

pub mod summary;
pub mod human;
pub mod json;
pub mod sarif;
pub mod github;
pub mod junit;
pub mod explain;
pub mod catalogue;
pub mod mutations;
pub mod plan;
pub mod schema;
pub mod escape;
pub mod runbook_words;
pub mod lanes;
pub mod runbook_markdown;
pub mod runbook_html;
pub mod runbook_shell;
pub mod steps;
pub mod continuation;
pub mod audit;
pub mod dot;
pub mod mermaid;
pub mod smt2;
pub mod pddl;
pub mod prove;
