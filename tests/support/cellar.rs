//! A small machine that a person can follow: pumps and buckets in a cellar; and random plans for it.

use cutover::model::read_site;
use cutover::model::site::Site;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::{File, Rulebook, load};

const HEAD: &str = "id: cellar\nversion: 1.0.0\ntitle: A cellar\nmanual: { title: P, number: \"1\", issue: \"1\", date: 2002-10 }\nsite: site\nfinished: \"true\"\n";
const NOUNS: &str = "\
enumerations:
  actor: { doc: Who., values: { plumber: {}, owner: {} } }
  water: { doc: What flows., values: { clean: {}, dirty: {} } }
records:
  site:
    doc: A cellar.
    fields:
      pumps: { type: list of pump, at_most: 3, required: true, doc: Its pumps. }
      buckets: { type: list of bucket, at_most: 8, plan: true, doc: Buckets that the plan names. }
  pump:
    doc: A pump.
    fields:
      id: { type: text, key: true, required: true, doc: Its name. }
      strong: { type: boolean, doc: Whether it is strong. }
  bucket: { doc: A bucket., fields: { id: { type: text, key: true, required: true, doc: Its name. } } }
";
const MACHINE: &str = "\
state:
  running: { doc: Whether it runs., of: { p: pump }, type: boolean, start: \"false\" }
  primed: { doc: Whether it is primed., of: { p: pump }, type: boolean, start: p.strong }
  inside: { doc: What is in the bucket., of: { b: bucket }, type: set of water, start: \"[]\" }
  runs: { doc: How often any pump was started., type: 0..3, start: \"0\" }
definitions:
  someone_runs: { is: \"exists(p in pumps, running(p))\" }
";
const START: &str = "\
does: Start a pump.
by: [plumber]
parameters: { pump: { type: pump, doc: The pump. } }
guard:
  - { code: not-primed, level: error, must: primed(pump), at: pump, message: \"pump `{pump.id}` is not primed\", help: prime it, why: It runs dry., page: \"1\", statements: [P-1] }
  - { code: runs-already, level: error, must: not running(pump), message: it runs already, help: leave it, why: It does., page: \"1\", statements: [P-1] }
effects:
  - { set: running(pump), to: \"true\" }
  - { set: runs, to: \"if(runs == 3, 3, runs + 1)\" }
procedure: Turn the key.
page: \"1\"
statements: [P-1]
";
const STOP: &str = "\
does: Stop pumps.
parameters: { pump: { type: pump, absent: all, doc: The pumps. } }
effects:
  - { each: p in pump, set: running(p), to: \"false\" }
procedure: Turn the key back.
page: \"1\"
statements: [P-1]
";
const PRIME: &str = "\
does: Prime a pump from a bucket.
parameters: { pump: { type: pump, doc: The pump. }, bucket: { type: bucket, doc: The bucket. } }
guard:
  - { code: dirty-water, level: error, must: dirty not in inside(bucket), at: bucket, message: \"`{bucket.id}` holds dirty water\", help: take another, why: It clogs., page: \"1\", statements: [P-1] }
effects:
  - { set: primed(pump), to: \"true\" }
  - { set: inside(bucket), to: \"inside(bucket) - [clean]\" }
procedure: Pour.
page: \"1\"
statements: [P-1]
";
const FILL: &str = "\
does: Fill a bucket.
parameters: { bucket: { type: bucket, doc: The bucket. }, water: { type: water, doc: With what. } }
effects:
  - { set: inside(bucket), to: \"if(water == clean, inside(bucket) + [clean], inside(bucket) + [dirty])\" }
procedure: Fill.
page: \"1\"
statements: [P-1]
";
const HAZARD: &str = "\
claim: Two pumps never run together.
level: error
each: a, b in pumps
never: running(a) and running(b)
message: \"`{a.id}` and `{b.id}` run together\"
help: stop one of them first
why: The pipe bursts.
page: \"1\"
statements: [P-1]
";
const GOALS: &str = "\
- { code: left-running, level: error, must: not someone_runs, message: a pump is left running, help: stop it, why: It wears., page: \"1\", statements: [P-1] }
- { code: never-ran, level: warning, must: runs > 0, message: no pump ever ran, help: start one, why: Then why come., page: \"1\", statements: [P-1] }
";

/// The rulebook.
pub(crate) fn cellar() -> Rulebook {
    load(&files()).map_err(|faults| format!("{faults:#?}")).unwrap()
}

/// Its files.
pub(crate) fn files() -> Vec<File<'static>> {
    vec![
        ("rulebook.yaml", HEAD),
        ("vocabulary.yaml", NOUNS),
        ("machine.yaml", MACHINE),
        ("actions/start.yaml", START),
        ("actions/stop.yaml", STOP),
        ("actions/prime.yaml", PRIME),
        ("actions/fill.yaml", FILL),
        ("hazards/two-run.yaml", HAZARD),
        ("goals.yaml", GOALS),
    ]
}

/// A site with two pumps.
pub(crate) const SITE: &str = "rulebook: cellar\nkind: site\npumps: [{ id: a, strong: true }, { id: b, strong: false }]\n";

/// The site of a file's text.
pub(crate) fn site_of(rulebook: &Rulebook, text: &str) -> Site {
    let source = Source::new("site", text);
    let (site, findings) = read_site::read(&rulebook.vocabulary, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    site
}

/// A reproducible stream of small numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// The text of a plan of 2 to 6 random steps, some of them in order.
pub(crate) fn random_plan(seed: u64) -> String {
    let mut dice = Dice(seed);
    let count = 2 + dice.below(5);
    let mut text = String::from("steps:\n");
    for index in 0..count {
        let (pump, bucket) = (["a", "b"][dice.below(2)], ["x", "y"][dice.below(2)]);
        let what = match dice.below(5) {
            0 => format!("do: start, pump: {pump}"),
            1 => format!("do: stop, pump: {pump}"),
            2 => "do: stop".to_owned(),
            3 => format!("do: prime, pump: {pump}, bucket: {bucket}"),
            _ => format!("do: fill, bucket: {bucket}, water: {}", ["clean", "dirty"][dice.below(2)]),
        };
        let after: Vec<String> = (0..index).filter(|_| dice.below(3) == 0).map(|before| format!("s{before}")).collect();
        text.push_str(&format!("  - {{ id: s{index}, {what}, after: [{}] }}\n", after.join(", ")));
    }
    text
}
