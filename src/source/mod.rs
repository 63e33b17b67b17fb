//! Layer 1, `source`: text, places in it, the YAML tree, and findings about them. Knows no rulebook.

pub mod align;
pub mod finding;
pub mod text;
pub mod yaml;
