//! The two vocabularies that expressions are made over: a small one with every type of field, and that of a real
//! rulebook. To both, random definitions are added.

use super::expression::{E, render};
use super::generate::Generator;
use super::random::Random;
use cutover::spec::embedded;
use cutover::spec::rulebook::{Rulebook, load};
use cutover::spec::types::Type;
use cutover::spec::vocabulary::Vocabulary;

const HEAD: &str = "
id: cellar
version: 1.0.0
title: Pumps and tanks
manual: { title: Pump Manual, number: '1', issue: '1', date: 2002-10 }
site: site
finished: 'true'
";

const VOCABULARY: &str = "
versions:
  firmware: { doc: Two parts., parts: 2 }
  series: { doc: One part and a prefix., prefix: s, parts: 1 }
  build: { doc: Three parts., parts: 3 }
enumerations:
  maker:
    doc: Three values with facts.
    facts: { name: text, quiet: boolean, loud: boolean }
    values:
      acme: { name: Acme, quiet: false, loud: true }
      bolt: { name: Bolt, quiet: true, loud: false }
      cobb: { name: Cobb, quiet: true, loud: true }
  colour:
    doc: No facts; a value that is called like a field of the site.
    values: { red: {}, blue: {}, spare: {}, 4-tone: {} }
  lone:
    doc: One value only; a fact that every value has, and one that none has.
    facts: { solid: boolean, gone: boolean }
    values: { only: { solid: true, gone: false } }
  matter:
    doc: Two values that agree in a fact.
    facts: { solid: boolean, gone: boolean }
    values: { iron: { solid: true, gone: false }, lead: { solid: true, gone: false } }
relations:
  fits: { doc: Symmetric., of: [maker, maker], symmetric: true, rows: [[acme, acme], [acme, bolt], [bolt, cobb]] }
  over: { doc: Not symmetric., of: [maker, maker], rows: [[acme, bolt], [cobb, cobb]] }
  suits: { doc: Three columns., of: [maker, colour, matter], rows: [[acme, red, iron], [acme, red, lead], [bolt, spare, iron]] }
  damp: { doc: One column., of: [colour], rows: [[red], [4-tone]] }
records:
  site:
    doc: One cellar.
    fields:
      name: { type: text, doc: D. }
      open: { type: boolean, doc: D. }
      depth: { type: 0..5, doc: D. }
      fixed: { type: 3..3, doc: D. }
      label: { type: text or none, doc: D. }
      net: { type: subnet, doc: D. }
      release: { type: firmware, doc: D. }
      made: { type: build, doc: D. }
      only: { type: lone, doc: D. }
      palette: { type: set of colour, doc: D. }
      makers: { type: set of maker, doc: D. }
      pumps: { type: list of pump, at_most: 3, required: true, doc: D. }
      tanks: { type: list of tank, at_most: 2, doc: D. }
      tags: { type: list of text, at_most: 2, doc: D. }
      labels: { type: list of text or none, at_most: 2, doc: D. }
      nets: { type: list of subnet, at_most: 2, doc: D. }
      levels: { type: list of 0..3, at_most: 3, doc: D. }
      flags: { type: list of boolean, at_most: 2, doc: D. }
      releases: { type: list of firmware, at_most: 2, doc: D. }
      colours: { type: list of colour, at_most: 3, doc: D. }
      spare: { type: reference to pumps, doc: D. }
      store: { type: reference to tanks, required: true, doc: D. }
      cellar: { type: cellar, doc: D. }
  pump:
    doc: One pump.
    fields:
      id: { type: text, key: true, required: true, doc: D. }
      maker: { type: maker, doc: D. }
      colour: { type: colour, doc: D. }
      matter: { type: matter, doc: D. }
      firmware: { type: firmware, doc: D. }
      series: { type: series, doc: D. }
      options: { type: set of maker, doc: D. }
      serial: { type: text or none, doc: D. }
      net: { type: subnet, doc: D. }
      hot: { type: boolean, doc: D. }
      power: { type: 0..9, doc: D. }
      feeds: { type: reference to tanks, doc: D. }
      valves: { type: list of valve, at_most: 2, doc: D. }
  valve:
    doc: One valve of a pump.
    fields:
      size: { type: 1..3, doc: D. }
      maker: { type: maker, doc: D. }
      twin: { type: reference to pumps, doc: D. }
      marks: { type: list of text, at_most: 2, doc: D. }
  tank:
    doc: One tank.
    fields:
      id: { type: text, key: true, required: true, doc: D. }
      next: { type: reference to tanks, doc: D. }
      fed_by: { type: reference to pumps, doc: D. }
      colours: { type: set of colour, doc: D. }
      volume: { type: 0..9, doc: D. }
  cellar:
    doc: A record inside the site.
    fields:
      damp: { type: boolean, doc: D. }
      matter: { type: matter, doc: D. }
      keeper: { type: keeper, doc: D. }
  keeper:
    doc: A record inside a record.
    fields:
      name: { type: text or none, doc: D. }
      pump: { type: reference to pumps, doc: D. }
      bans: { type: set of maker, doc: D. }
definitions:
";

/// A rulebook, and what its definitions are.
pub(crate) struct Nouns {
    /// The rulebook, with its definitions.
    pub(crate) rulebook: Rulebook,
    /// Its definitions as they were made; in order.
    pub(crate) definitions: Vec<Definition>,
    /// Deepest nesting of quantifiers.
    pub(crate) nesting: usize,
    head: String,
    vocabulary: String,
}

impl Nouns {
    /// The files of the rulebook.
    pub(crate) fn files(&self) -> [(&str, &str); 2] {
        [("rulebook.yaml", &self.head), ("vocabulary.yaml", &self.vocabulary)]
    }
}

/// A definition as it was made.
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: String,
    /// The types of its parameters.
    pub(crate) parameters: Vec<Type>,
    /// What it says; parameter `i` is variable `i`.
    pub(crate) body: E,
}

/// The small vocabulary with random definitions.
pub(crate) fn small(seed: u64) -> Nouns {
    with_definitions(HEAD, VOCABULARY, seed, 3)
}

/// The vocabulary of the real rulebook, with random definitions in the place of its own.
pub(crate) fn real(seed: u64) -> Nouns {
    let files = embedded::files("cms-r3v11-ha").expect("is compiled in");
    let (_, vocabulary) = files.iter().find(|(path, _)| *path == "vocabulary.yaml").expect("is part of every rulebook");
    let mut kept = String::new();
    let mut in_definitions = false;
    for line in vocabulary.lines() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            in_definitions = line == "definitions:";
        }
        if !in_definitions {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.push_str("definitions:\n");
    with_definitions(&HEAD.replace("id: cellar", "id: cms-r3v11-ha"), &kept, seed, 2)
}

fn with_definitions(head: &str, vocabulary: &str, seed: u64, nesting: usize) -> Nouns {
    let mut random = Random::new(seed);
    let files = |text: &str| load(&[("rulebook.yaml", head), ("vocabulary.yaml", text)]);
    let mut text = vocabulary.to_owned();
    text.push_str("  never: { of: { q0: boolean }, is: q0 and not q0 }\n");
    let q0 = || Box::new(E::Variable(0, "q0".to_owned()));
    let body = E::And(q0(), Box::new(E::Not(q0())));
    let mut definitions = vec![Definition { name: "never".to_owned(), parameters: vec![Type::Boolean], body }];
    for index in 0..4 {
        let rulebook = files(&text).unwrap_or_else(|faults| panic!("seed {seed}: {text}\n{faults:?}"));
        let parameters = parameters(&rulebook.vocabulary, &mut random);
        let scope = parameters.iter().enumerate().map(|(n, ty)| (format!("q{n}"), ty.clone())).collect();
        let mut generator = Generator::new(&rulebook.vocabulary, &definitions, &mut random, scope, nesting.min(1));
        let body = generator.boolean(3);
        let of: Vec<String> =
            parameters.iter().enumerate().map(|(n, ty)| format!("q{n}: {}", rulebook.vocabulary.type_name(ty))).collect();
        let name = format!("made_{index}");
        text.push_str(&format!("\n  {name}: {{ of: {{ {} }}, is: \"{}\" }}\n", of.join(", "), render(&body, &mut random)));
        definitions.push(Definition { name, parameters, body });
    }
    let rulebook = files(&text).unwrap_or_else(|faults| panic!("seed {seed}: {text}\n{faults:?}"));
    Nouns { rulebook, definitions, nesting, head: head.to_owned(), vocabulary: text }
}

fn parameters(vocabulary: &Vocabulary, random: &mut Random) -> Vec<Type> {
    let one = |random: &mut Random| match random.below(9) {
        0 => Type::Boolean,
        1 => Type::Number { min: 0, max: 9 },
        2 => Type::Enumeration(random.below(vocabulary.enumerations.len())),
        3 => Type::Version(random.below(vocabulary.versions.len())),
        4 => Type::Text { optional: random.percent(50) },
        5 => Type::Subnet,
        6 => Type::Set(random.below(vocabulary.enumerations.len())),
        _ => Type::Record(random.below(vocabulary.records.len())),
    };
    (0..random.below(4)).map(|_| one(random)).collect()
}
