//! The rulebooks that are compiled in: the folders of `spec/`, read and checked by `build.rs`.

use super::rulebook::{File, Rulebook};

/// A folder of `spec/`.
struct Embedded {
    id: &'static str,
    files: &'static [File<'static>],
    /// What `build.rs` read in them.
    packed: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/rulebooks.rs"));

/// The files of the compiled-in rulebook of that id.
#[must_use]
pub fn files(id: &str) -> Option<&'static [File<'static>]> {
    RULEBOOKS.iter().find(|embedded| embedded.id == id).map(|embedded| embedded.files)
}

/// The compiled-in rulebook of that id, as its files were read when this program was built.
///
/// # Errors
/// None in practice: the bytes were written by the same program.
#[must_use]
pub fn rulebook(id: &str) -> Option<postcard::Result<Rulebook>> {
    let embedded = RULEBOOKS.iter().find(|embedded| embedded.id == id)?;
    Some(Rulebook::unpacked(embedded.packed, embedded.files))
}

/// The ids of all compiled-in rulebooks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    RULEBOOKS.iter().map(|embedded| embedded.id)
}
