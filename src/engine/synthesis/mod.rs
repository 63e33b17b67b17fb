//! From a site to a plan: what can be done there, the search, and what no plan can do better.

pub mod possible;
pub mod states;
pub mod task;
pub mod condition;
pub mod folded;
pub mod relaxed;
pub mod bound;
pub mod least_minutes;
pub mod random;
pub mod frontier;
pub mod search;
pub mod measure;
pub mod improve;
pub mod dependence;
pub mod drafting;
pub mod synthesise;
pub mod ruled_out;
pub mod merge;
pub mod continuation;
pub mod go_on;
