//! Layer 5, `proof`: how far a rulebook can be trusted. Each claim about it is an item with a verdict and what the verdict rests on.

pub mod item;
pub mod system;
pub mod induction;
pub mod certificate;
pub mod subject;
pub mod found;
pub mod walks;
pub mod onward;
pub mod variety;
pub mod survivors;
pub mod guards;
pub mod inductive;
pub mod machine;
pub mod procedures;
pub mod manual;
pub mod blank;
pub mod question;
pub mod rules;
pub mod change;
pub mod mutant;
pub mod reach;
pub mod reasons;
pub mod score;
