//! Embeds every folder of `spec/` that holds a `rulebook.yaml`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=spec");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("spec");
    let mut out = String::from("/// Id and files of each rulebook.\nconst RULEBOOKS: &[(&str, &[File<'static>])] = &[\n");
    for folder in sorted(&root)? {
        let folder_path = root.join(&folder);
        if !folder_path.join("rulebook.yaml").is_file() {
            continue;
        }
        writeln!(out, "    ({folder:?}, &[")?;
        for name in ["rulebook.yaml", "vocabulary.yaml", "statements.yaml", "machine.yaml", "goals.yaml"] {
            if folder_path.join(name).is_file() {
                embed(&mut out, &folder_path, name)?;
            }
        }
        for part in ["rules", "actions", "hazards"] {
            if !folder_path.join(part).is_dir() {
                continue;
            }
            for name in sorted(&folder_path.join(part))?.iter().filter(|name| name.ends_with(".yaml")) {
                embed(&mut out, &folder_path, &format!("{part}/{name}"))?;
            }
        }
        out.push_str("    ]),\n");
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rulebooks.rs"), out)?;
    Ok(())
}

fn embed(out: &mut String, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let path = folder.join(name);
    writeln!(out, "        ({name:?}, include_str!({:?})),", path.to_str().ok_or("path is not UTF-8")?)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
