//! Whether a site keeps the rules, and whether a plan holds in every order that it allows.

pub mod wording;
pub mod certify;
pub mod walk;
pub mod positions;
pub mod parts;
pub mod views;
pub mod orders;
pub mod obligations;
pub mod every_order;
pub mod stretch;
pub mod lint;
pub mod repair;
pub mod timetable;
pub mod times;
pub mod doers;
pub mod verify;
pub mod check;
