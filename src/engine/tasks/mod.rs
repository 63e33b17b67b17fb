//! Planning tasks as other programs know them: what can be done, as facts and changes, and the forms that they digest.

pub mod everything;
pub mod onehot;
pub mod planning;
pub mod cone;
pub mod objective;
pub mod strips;
pub mod pairs;
pub mod effects;
pub mod splitting;
pub mod lower_bound;
pub mod operators;
