//! The rulebooks that are compiled in: the folders of `spec/`.

use super::rulebook::File;

include!(concat!(env!("OUT_DIR"), "/rulebooks.rs"));

/// The files of the compiled-in rulebook of that id.
#[must_use]
pub fn files(id: &str) -> Option<&'static [File<'static>]> {
    RULEBOOKS.iter().find(|(name, _)| *name == id).map(|(_, files)| *files)
}

/// The ids of all compiled-in rulebooks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    RULEBOOKS.iter().map(|(name, _)| *name)
}
