//! That no plan exists for a site: what cannot be reached, the facts that rule it out, and what would unlock it.

use crate::engine::synthesis::ruled_out::Ruling;
use crate::source::finding::{Finding, Reference};
use crate::source::text::{Span, printable};
use crate::spec::rulebook::Rulebook;

/// The finding. `codes` are of requirements that are never met, `unlocks` places in the facts with values by which a plan was found.
#[must_use]
pub fn finding(rulebook: &Rulebook, codes: &[String], facts: &[Ruling], unlocks: &[(usize, String)]) -> Finding {
    let requirement = |code: &String| rulebook.machine.requirements().map(|(_, one)| one).find(|one| one.code == *code);
    let prose: Vec<String> = codes
        .iter()
        .map(|code| {
            requirement(code)
                .map_or_else(|| code.clone(), |one| format!("{} ({code}, p. {})", one.why.trim_end_matches('.'), one.page))
        })
        .collect();
    let message = match facts {
        [] => "no plan exists for this site, whatever its single facts are".to_owned(),
        [_] => "no plan exists for this site because of one fact, whatever the others are".to_owned(),
        more => format!("no plan exists for this site because of {} facts together, whatever the others are", more.len()),
    };
    let first = facts.first().map_or(Span::default(), |fact| fact.span);
    let mut out = Finding::error("no-plan", first, message);
    let label = |fact: &Ruling| format!("`{}` is {}", printable(&fact.name), printable(&fact.value));
    if let Some(fact) = facts.first() {
        out = out.label(label(fact));
    }
    for fact in facts.iter().skip(1) {
        out = out.other(fact.span, label(fact));
    }
    let tried: usize = facts.iter().map(|fact| fact.others.len()).sum();
    let way_out = if unlocks.is_empty() {
        format!("none of {tried} other values of a single one of these facts led to a plan; change several, or the rulebook")
    } else {
        let named = unlocks
            .iter()
            .filter_map(|(fact, value)| Some(format!("`{}: {}`", printable(&facts.get(*fact)?.name), printable(value))));
        format!("with {} instead there is a plan", named.collect::<Vec<_>>().join(", or with "))
    };
    let never = format!("whatever is done, these are never met: {}", prose.join("; "));
    out = out.help(format!("{never}; {way_out}"));
    out.reference = codes.first().and_then(requirement).map(|one| Reference {
        place: format!("{} p. {}", rulebook.manual.number, one.page),
        statements: one.statements.clone(),
    });
    out
}
