//! The exit codes.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything holds.
    Holds = 0,
    /// An error-level finding.
    Violated = 1,
    /// Unusable input or command line.
    Unusable = 2,
    /// No error, but something cannot be told.
    CannotTell = 3,
    /// The two meanings of the language disagree: our bug.
    Disagreement = 70,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}
