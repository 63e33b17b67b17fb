//! Proofs about the machine of a rulebook.

mod support;

use cutover::engine::lint::{Selection, lint};
use cutover::engine::planning::{bare, everything};
use cutover::engine::symbolic::Symbolic;
use cutover::engine::synthesise::{Synthesised, synthesise};
use cutover::engine::walk::Walk;
use cutover::model::read_site;
use cutover::model::state::Layout;
use cutover::proof::certificate::confirms;
use cutover::proof::induction::{Outcome, no_images, prove};
use cutover::proof::system::System;
use cutover::source::text::Source;
use cutover::source::yaml;
use std::time::Instant;
use support::built_in;

#[test]
fn spike() {
    let rulebook = built_in();
    let text = std::fs::read_to_string(std::env::var("SITE").unwrap_or("spec/cms-r3v11-ha/procedures/conversion.site.yaml".into())).unwrap();
    let source = Source::new("site", &text);
    let root = yaml::parse(&source).unwrap();
    let (site, _) = read_site::read(&rulebook.vocabulary, &root);
    let t = Instant::now();
    let judgement = lint(rulebook, &root, &Selection::default());
    let cures: Vec<usize> = judgement.findings.iter().filter_map(|f| rulebook.rule(&f.code)?.cure.as_deref()).filter_map(|c| rulebook.machine.action(c)).collect();
    let Synthesised::Draft(draft) = synthesise(rulebook, &site, &cures) else { panic!() };
    eprintln!("plan {} steps, {} objects {:?}", draft.plan.steps.len(), draft.objects, t.elapsed());
    let t = Instant::now();
    let actions = everything(rulebook, &draft.site, &draft.plan);
    let mut site = draft.site.clone();
    let b = loop {
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let walk = Walk { rulebook, base, layout: &layout, plan: &actions };
    match bare(&walk) { Ok(b) => break b, Err(cutover::engine::planning::Obstacle::Missing(h)) => { let s = cutover::engine::planning::supposed(base, &h); eprintln!("missing {}", h.len()); site = s; }, Err(e) => panic!("{e:?}") }
    };
    eprintln!("bare {} facts {} actions {:?}", b.facts.len(), b.actions.len(), t.elapsed());
    let system = System::new(b);
    let t = Instant::now();
    let out = prove(&system, &[], &no_images, 200_000);
    eprintln!("{:?}", t.elapsed());
    match out {
        Outcome::Never(cubes) => {
            eprintln!("never, {} cubes, sizes {:?}", cubes.len(), cubes.iter().map(|c| c.len()).fold(std::collections::BTreeMap::new(), |mut m: std::collections::BTreeMap<usize, usize>, l| { *m.entry(l).or_default() += 1; m }));
            let t = Instant::now();
            eprintln!("confirmed {} {:?}", confirms(&system, &cubes), t.elapsed());
        }
        Outcome::Way(way) => { for at in way { let s = &actions.steps[at]; eprintln!("{} {:?}", rulebook.machine.actions[s.action].name, s.arguments.iter().map(|a| &a.value).collect::<Vec<_>>()); } }
        Outcome::GaveUp => eprintln!("gave up"),
    }
}
