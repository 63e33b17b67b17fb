//! `check-cert`: whether a certificate holds for the plan that it names. Reads files and lays out; what it believes is in
//! `model::certificate` and `model::slice`. Nothing of the engine has a part in it.

use super::args::CheckCertificate as Arguments;
use super::exit::Exit;
use super::files;
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use super::trees::{plan_trees, site_of};
use crate::model::certificate::{About, Certificate, Confirmed, confirm};
use crate::model::continues::Continues;
use crate::model::journal::digest;
use crate::model::slice::Slicing;
use crate::model::state::Layout;
use crate::model::{read_plan, read_site};
use crate::report::human;
use crate::source::finding::Finding;
use crate::source::text::{Source, printable};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let source = match files::read(&args.certificate) {
        Ok(source) => source,
        Err((source, finding)) => return show(&source, finding, streams),
    };
    let certificate: Certificate = match serde_json::from_str(&source.text) {
        Ok(certificate) => certificate,
        Err(error) => {
            let name = printable(&source.name);
            writeln!(streams.err, "error: `{name}` is no certificate: {}", printable(&error.to_string()))?;
            return Ok(Exit::Unusable);
        }
    };
    let beside = || files::read_beside(&source.name, &certificate.about.plan).map_err(|finding| (source.clone(), finding));
    let plan = match args.plan.as_ref().map_or_else(beside, |path| files::read(path)) {
        Ok(plan) => plan,
        Err((source, finding)) => return show(&source, finding, streams),
    };
    let site = match site_of(&rulebooks, &plan) {
        Ok(site) => site,
        Err(finding) => return show(&plan, finding, streams),
    };
    match checked(&rulebooks, &certificate, &plan, &site) {
        Err(finding) => show(&plan, *finding, streams),
        Ok(Ok(Confirmed { obligations, slices, states })) => {
            writeln!(
                streams.out,
                "confirmed: in every order that `{}` allows, on every completion of its site, its {obligations} obligations hold \
                 ({slices} slices, {states} states)",
                printable(&plan.name)
            )?;
            Ok(Exit::Holds)
        }
        Ok(Err(why)) => {
            writeln!(streams.out, "refuted: {why}")?;
            Ok(Exit::Violated)
        }
    }
}

/// Whether the certificate holds for a plan on its site; or why the plan cannot be read.
fn checked(
    rulebooks: &Rulebooks,
    certificate: &Certificate,
    source: &Source,
    site_source: &Source,
) -> Result<Result<Confirmed, String>, Box<Finding>> {
    let trees = plan_trees(rulebooks, source, site_source)?;
    let rulebook = &trees.rulebook;
    if Continues::stated(&trees.root).is_some() {
        return Ok(Err(
            "the plan begins where a journal ends; a certificate is about one that begins where its site does".to_owned()
        ));
    }
    let about = About {
        rulebook: rulebook.id.clone(),
        rulebook_digest: rulebooks.digest(&rulebook.id),
        plan: certificate.about.plan.clone(),
        plan_digest: digest(source.text.as_bytes()),
        site_digest: digest(site_source.text.as_bytes()),
    };
    let (mut site, wrong) = read_site::read(&rulebook.vocabulary, &trees.site_root);
    let site_is_read = wrong.iter().all(|finding| finding.code == "unknown-field");
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &trees.root);
    if let Some(finding) = findings.into_iter().find(|finding| finding.code != "unknown-field") {
        return Err(Box::new(finding));
    }
    let layout = Layout::new(&rulebook.vocabulary, &site);
    Ok(match Slicing::new(rulebook, &site, &layout, &plan) {
        Some(_) if !site_is_read => Err("the site has facts that cannot be read".to_owned()),
        Some(slicing) => confirm(certificate, &about, &slicing),
        None => Err("the steps of the plan form a circle".to_owned()),
    })
}

fn show(source: &Source, finding: Finding, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let mut text = String::new();
    human::findings(source, &[finding], streams.look(super::args::Colour::Auto), &mut text).map_err(std::io::Error::other)?;
    streams.err.write_all(text.as_bytes()).map(|()| Exit::Unusable)
}
