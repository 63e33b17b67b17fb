//! Layer 3, `model`: a site as facts and holes, and the concrete meaning of expressions on it.

pub mod site;
pub mod durations;
pub mod read_site;
pub mod state;
pub mod origin;
pub mod time;
pub mod journal;
pub mod continues;
pub mod plan;
pub mod read_plan;
pub mod eval;
pub mod step;
pub mod slice;
pub mod certificate;
pub mod ground;
pub mod evidence;
pub mod log;
