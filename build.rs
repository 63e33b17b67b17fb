//! Reads and checks every folder of `spec/` that holds a `rulebook.yaml`, with the program's own reader, and embeds its
//! files and what was read. A rulebook with something wrong in it fails the build with all its findings.

#[path = "src/source/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the library's files, of which a build uses only a part")]
mod source;
#[path = "src/spec/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the library's files, of which a build uses only a part")]
mod spec;

use spec::contradiction::readings;
use spec::rulebook::{Faulty, File, load};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=spec");
    println!("cargo::rustc-cfg=built_in");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("spec");
    let out_folder = env::var("OUT_DIR")?;
    let mut out = String::from("const RULEBOOKS: &[Embedded] = &[\n");
    for id in sorted(&root)? {
        let folder = root.join(&id);
        if folder.join("rulebook.yaml").is_file() {
            let names = names(&folder)?;
            let packed = Path::new(&out_folder).join(format!("{id}.packed"));
            fs::write(&packed, read(&folder, &names)?)?;
            writeln!(out, "    Embedded {{ id: {id:?}, packed: include_bytes!({:?}), files: &[", utf8(&packed)?)?;
            for name in names {
                writeln!(out, "        ({name:?}, include_str!({:?})),", utf8(&folder.join(&name))?)?;
            }
            out.push_str("    ] },\n");
        }
    }
    out.push_str("];\n");
    fs::write(Path::new(&out_folder).join("rulebooks.rs"), out)?;
    Ok(())
}

/// The files of a rulebook's folder, by their paths inside it.
fn names(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut out = ["rulebook.yaml", "vocabulary.yaml", "statements.yaml", "contradictions.yaml", "machine.yaml", "goals.yaml"]
        .map(str::to_owned)
        .to_vec();
    out.retain(|name| folder.join(name).is_file());
    for part in ["rules", "actions", "hazards", "invariants", "sites", "deep-sites", "procedures"] {
        if folder.join(part).is_dir() {
            let names = sorted(&folder.join(part))?.into_iter().filter(|name| name.ends_with(".yaml"));
            out.extend(names.map(|name| format!("{part}/{name}")));
        }
    }
    Ok(out)
}

/// What these files of a rulebook say, packed.
fn read(folder: &Path, names: &[String]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for name in names {
        texts.push((name.as_str(), fs::read_to_string(folder.join(name))?));
    }
    let files: Vec<File<'_>> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let checked = load(&files).and_then(|rulebook| {
        rulebook.coverage()?;
        readings(&rulebook)?;
        Ok(rulebook)
    });
    match checked {
        Ok(rulebook) => Ok(rulebook.packed()?),
        Err(faults) => {
            for fault in &faults {
                show(folder, fault);
            }
            Err(format!("the rulebook in {} has errors", folder.display()).into())
        }
    }
}

/// Says what is wrong in a file of a rulebook.
fn show(folder: &Path, fault: &Faulty) {
    for finding in &fault.findings {
        let (line, column) = fault.source.line_column(finding.primary.span.start);
        let place = format!("{}:{line}:{column}", folder.join(&*fault.source.name).display());
        let help = finding.help.as_deref().map_or(String::new(), |help| format!(" ({help})"));
        println!("cargo::error={place}: {}: {}{help}", finding.code, finding.message);
    }
}

fn utf8(path: &Path) -> Result<&str, Box<dyn Error>> {
    Ok(path.to_str().ok_or("path is not UTF-8")?)
}

fn sorted(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
