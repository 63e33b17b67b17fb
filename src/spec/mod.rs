//! Layer 2, `spec`: what a rulebook is. Its vocabulary, its expression language, its rules, its statements.

pub mod types;
pub mod syntax;
pub mod expr;
pub mod vocabulary;
pub mod lexer;
pub mod parser;
pub mod typing;
pub mod operators;
pub mod template;
pub mod reader;
pub mod read_vocabulary;
pub mod statement;
pub mod rule;
pub mod read_rule;
pub mod machine;
pub mod read_guidance;
pub mod read_machine;
pub mod varied;
pub mod rulebook;
pub mod contradiction;
// `build.rs` uses all the others to write what this one holds.
#[cfg(built_in)]
pub mod embedded;
