//! Runbooks of plans that need not hold, and of sites with hostile names.

use super::built_in;
use cutover::engine::carry_out::runbook::{Runbook, runbook};
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::verification::walk::Walk;
use cutover::model::state::Layout;
use cutover::model::{read_plan, read_site};
use cutover::report::runbook_words::Cover;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::Rulebook;

/// Two servers and a switch; the names are put in as they are, quoted for YAML.
pub(crate) fn site(name: &str, old: &str, new: &str) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let (name, old, new) = (quoted(name), quoted(old), quoted(new));
    format!(
        "rulebook: cms-r3v11-ha\nkind: site\nname: {name}\nservers:\n  - {{ id: {old}, standing: original, cms: {{ version: r3v9, load: ab.3 }} }}\n  \
         - {{ id: {new}, standing: new, cms: {{ version: r3v11, load: ab.1 }} }}\nswitches:\n  - {{ id: sw1, release: \"9.5\", \
         administered_for: r3v9, acds: [acd1], links: [{{ server: {old} }}, {{ server: {new} }}] }}\npso: {{ custom_tables: false }}\n"
    )
}

/// The runbook of the steps in a plan's text, of a rulebook and a site's text.
pub(crate) fn book_of(rulebook: &Rulebook, site: &str, plan: &str) -> Runbook {
    let (site_source, plan_source) = (Source::new("site", site), Source::new("plan", plan));
    let (mut site, _) = read_site::read(&rulebook.vocabulary, &yaml::parse(&site_source).unwrap());
    let root = yaml::parse(&plan_source).unwrap();
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &root);
    assert!(findings.is_empty(), "{findings:#?}");
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    runbook(&Walk { rulebook, base, layout: &layout, plan: &plan }).unwrap()
}

/// The same of the built-in rulebook.
pub(crate) fn book(site: &str, plan: &str) -> Runbook {
    book_of(built_in(), site, plan)
}

/// A cover of a plan that holds.
pub(crate) fn cover() -> Cover {
    Cover { plan: "a.plan.yaml".to_owned(), made_from: None, continues: None, id: "0123456789abcdef".to_owned(), is_draft: false }
}
