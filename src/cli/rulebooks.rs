//! Which rulebook a command uses: a folder's, or a built-in one.

use super::args::Colour;
use super::files;
use super::streams::Streams;
use crate::model::origin::rulebook_digest;
use crate::report::human;
use crate::source::finding::{Finding, nearest};
use crate::source::text::{Source, Span};
use crate::spec::embedded;
use crate::spec::rulebook::{Faulty, File, Rulebook, load};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The files of a rulebook: path inside it, and text.
type Texts = Vec<(String, String)>;
/// A rulebook, or why there is none.
type Loaded = Result<Arc<Rulebook>, String>;

/// The rulebooks of one run.
pub struct Rulebooks {
    folder: Option<(Arc<Rulebook>, Texts)>,
    built_in: Vec<(&'static str, OnceLock<Loaded>)>,
}

impl Rulebooks {
    /// The rulebook in `folder`, or the built-in ones.
    ///
    /// # Errors
    /// What is wrong with the folder's files.
    pub fn open(folder: Option<&Path>) -> Result<Self, Vec<Faulty>> {
        let folder = match folder {
            None => None,
            Some(folder) => {
                let texts = folder_texts(folder)?;
                Some((Arc::new(loaded(folder, &texts)?), texts))
            }
        };
        Ok(Self { folder, built_in: embedded::ids().map(|id| (id, OnceLock::new())).collect() })
    }

    /// The rulebook of that id.
    ///
    /// # Errors
    /// That there is none; what there is.
    pub fn get(&self, id: &str) -> Result<Arc<Rulebook>, String> {
        if let Some((rulebook, _)) = &self.folder {
            let other = format!("the rulebook given with --rulebook is `{}`", rulebook.id);
            return if rulebook.id == id { Ok(Arc::clone(rulebook)) } else { Err(other) };
        }
        let known = || nearest(id, self.built_in.iter().map(|(id, _)| *id));
        let (_, cell) = self.built_in.iter().find(|(known, _)| *known == id).ok_or_else(known)?;
        let unpacked = || match embedded::rulebook(id) {
            Some(rulebook) => {
                rulebook.map(Arc::new).map_err(|error| format!("the built-in rulebook cannot be unpacked: {error}"))
            }
            None => Err(known()),
        };
        cell.get_or_init(unpacked).clone()
    }

    /// The files of the folder's rulebook; none where the built-in ones are used.
    #[must_use]
    pub fn folder_files(&self) -> Vec<File<'_>> {
        self.folder.as_ref().map(|(_, texts)| as_files(texts)).unwrap_or_default()
    }

    /// The files of the rulebook of that id, wherever it comes from.
    #[must_use]
    pub fn files(&self, id: &str) -> Vec<File<'_>> {
        match &self.folder {
            Some((_, texts)) => as_files(texts),
            None => embedded::files(id).unwrap_or_default().to_vec(),
        }
    }

    /// The digest of the rulebook of that id; see [`rulebook_digest`]. Worked out when asked for.
    #[must_use]
    pub fn digest(&self, id: &str) -> String {
        rulebook_digest(&self.files(id))
    }

    /// The one rulebook a command without files is about: the folder's, or the first built-in one.
    ///
    /// # Errors
    /// That there is none.
    pub fn only(&self) -> Result<Arc<Rulebook>, String> {
        match (&self.folder, self.built_in.first()) {
            (Some((rulebook, _)), _) => Ok(Arc::clone(rulebook)),
            (None, Some((id, _))) => self.get(id),
            (None, None) => Err("no rulebook is built in; give one with --rulebook".to_owned()),
        }
    }
}

/// The rulebook in a folder.
///
/// # Errors
/// Every file with something wrong in it; sources are named by their path.
pub fn from_folder(folder: &Path) -> Result<Rulebook, Vec<Faulty>> {
    loaded(folder, &folder_texts(folder)?)
}

fn folder_texts(folder: &Path) -> Result<Texts, Vec<Faulty>> {
    files::rulebook(folder).map_err(|(source, finding)| vec![Faulty { source, findings: vec![finding] }])
}

fn as_files(texts: &[(String, String)]) -> Vec<File<'_>> {
    texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

fn loaded(folder: &Path, texts: &[(String, String)]) -> Result<Rulebook, Vec<Faulty>> {
    load(&as_files(texts)).map_err(|faults| faults.into_iter().map(|fault| named(folder, fault)).collect())
}

/// The same fault, its file named by the path from where we stand.
#[must_use]
pub fn named(folder: &Path, fault: Faulty) -> Faulty {
    let name = folder.join(&*fault.source.name).to_string_lossy().into_owned();
    Faulty { source: Source::new(&name, &fault.source.text), findings: fault.findings }
}

/// A finding about a file that names no usable rulebook.
#[must_use]
pub fn unknown(id: &str, span: Span, why: String) -> Finding {
    Finding::error("unknown-rulebook", span, format!("no rulebook is called `{id}`")).help(why)
}

/// Shows what is wrong with the files of a rulebook.
///
/// # Errors
/// What the streams say.
pub fn show_faults(faults: &[Faulty], streams: &mut Streams<'_>) -> std::io::Result<()> {
    let mut text = String::new();
    for fault in faults {
        human::findings(&fault.source, &fault.findings, streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
    }
    streams.out.write_all(text.as_bytes())
}
