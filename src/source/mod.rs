//! Layer 1, `source`: text, places in it, findings about it, and the YAML tree. Knows no rulebook.

pub mod text;
pub mod finding;
pub mod yaml;
pub mod align;
