//! An item of a proof: one claim about a rulebook, whether it is true, and what that rests on. The two are never mixed: an
//! item that was only looked at up to a bound holds *bounded*, and one that was not looked at is unknown *not-run*.

use serde::{Serialize, Serializer};

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The rules on sites, and how they stand to each other.
    Rules,
    /// What steps do: hazards, guards, goals.
    Machine,
    /// How the rulebook stands to the manual.
    Manual,
    /// Changes of the rulebook that its examples should notice.
    Mutation,
}

impl Section {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Rules, Self::Machine, Self::Manual, Self::Mutation];

    /// Its name on the command line and in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Machine => "machine",
            Self::Manual => "manual",
            Self::Mutation => "mutation",
        }
    }
}

/// Whether a claim is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is, as far as the assurance reaches.
    Holds,
    /// It is not; a witness is shown, and was replayed where it is a way.
    Refuted,
    /// That cannot be told, or nobody looked.
    Unknown,
}

impl Verdict {
    /// Its word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Unknown => "unknown",
        }
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// All cases that the claim speaks of, without a bound; of a claim that something exists, a witness that was replayed.
    Proved,
    /// All cases up to a bound; the item's detail says what is counted.
    Bounded(u64),
    /// Some cases, chosen without regard to the answer.
    Sampled,
    /// Nothing: it takes too long for a run without `--deep`.
    NotRun,
    /// Nothing: what was found is not what the concrete machine does, a bug of ours.
    Disagreement,
}

impl Assurance {
    /// Its words in reports: `proved`, `bounded(5)`, `sampled`, `not-run`, `disagreement`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Proved => "proved".to_owned(),
            Self::Bounded(bound) => format!("bounded({bound})"),
            Self::Sampled => "sampled".to_owned(),
            Self::NotRun => "not-run".to_owned(),
            Self::Disagreement => "disagreement".to_owned(),
        }
    }
}

impl Serialize for Assurance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.words())
    }
}

/// One claim about a rulebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is about.
    pub section: Section,
    /// The kind of claim, a stable word for programs: `unreachable`, `coverage`.
    pub kind: &'static str,
    /// The code or the name of the thing that it is about.
    pub subject: String,
    /// What is claimed, in a sentence without final stop.
    pub claim: String,
    /// Whether it is true.
    pub verdict: Verdict,
    /// What that rests on.
    pub assurance: Assurance,
    /// The sites that were looked at, by name; empty where it is about no site, or about every one.
    pub sites: Vec<String>,
    /// Lines that say more: a witness, the cases behind a number, the reason why something cannot be told.
    pub detail: Vec<String>,
    /// Whether the rulebook itself says what is refuted here: then it is no news, and counts for no exit code.
    pub known: bool,
}

/// How many items came out how. Items that were not run are counted by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tally {
    /// That hold.
    pub holds: usize,
    /// That are refuted.
    pub refuted: usize,
    /// That were looked at and cannot be told.
    pub unknown: usize,
    /// That nobody looked at.
    pub not_run: usize,
}

impl Tally {
    /// The count of some items.
    #[must_use]
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut out = Self::default();
        for item in items {
            *match (item.assurance, item.verdict) {
                (Assurance::NotRun, _) => &mut out.not_run,
                (_, Verdict::Holds) => &mut out.holds,
                (_, Verdict::Refuted) => &mut out.refuted,
                (_, Verdict::Unknown) => &mut out.unknown,
            } += 1;
        }
        out
    }
}
