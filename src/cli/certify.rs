//! `certify`: a plan that holds to a certificate that `check-cert` confirms without a solver.

use super::args::Certify as Arguments;
use super::carried::{Carried, read};
use super::exit::Exit;
use super::lint::{bug, report_bug};
use super::plan::unusable;
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::verification::certify::certify;
use crate::engine::verification::lint::Verdict;
use crate::model::certificate::{About, Certificate, VERSION};
use crate::model::slice::Slicing;
use crate::model::state::Layout;
use crate::report::human;
use crate::source::text::printable_json;

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let carried = match read(&rulebooks, &args.plan) {
        Ok(carried) => carried,
        Err((source, finding)) => return unusable(&source, finding, streams),
    };
    if !carried.disagreements.is_empty() {
        return report_bug(&bug(&carried.report.source, &carried.disagreements), streams).map(|()| Exit::Disagreement);
    }
    if carried.report.verdict != Verdict::Holds {
        let mut text = String::new();
        human::write_one(&carried.report, streams.look(args.color), &mut text).map_err(std::io::Error::other)?;
        streams.err.write_all(text.as_bytes())?;
        writeln!(streams.err, "error: no certificate of a plan that is not known to hold")?;
        return Ok(if carried.report.verdict == Verdict::Violated { Exit::Violated } else { Exit::CannotTell });
    }
    match certificate(&carried) {
        Ok(text) => streams.document(args.output.as_deref(), &text),
        Err(why) => {
            writeln!(streams.err, "error: no certificate, although the plan holds: {why}")?;
            Ok(Exit::CannotTell)
        }
    }
}

/// The certificate of a plan that holds, or why there is none.
fn certificate(carried: &Carried) -> Result<String, String> {
    let Carried { rulebook, site, plan, about, .. } = carried;
    if !plan.past.is_empty() {
        return Err(
            "it begins where a journal ends, and a certificate is about a plan that begins where its site does".to_owned()
        );
    }
    let layout = Layout::new(&rulebook.vocabulary, site);
    let slicing = Slicing::new(rulebook, site, &layout, plan).ok_or("its steps form a circle")?;
    let certificate = Certificate {
        certificate: VERSION,
        cutover: about.cutover.clone(),
        about: About {
            rulebook: about.rulebook.clone(),
            rulebook_digest: about.rulebook_digest.clone(),
            plan: about.plan.clone(),
            plan_digest: about.plan_digest.clone(),
            site_digest: about.site_digest.clone(),
        },
        slices: certify(&slicing)?,
    };
    let text = serde_json::to_string_pretty(&certificate).map_err(|error| error.to_string())?;
    Ok(printable_json(&text) + "\n")
}
