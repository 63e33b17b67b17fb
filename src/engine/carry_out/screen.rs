//! What must appear on the screen after a step, with the values of the site put in.

use crate::engine::logic::instance::each_choice;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::{FALSE, TRUE, and};
use crate::engine::verification::wording;
use crate::model::evidence::{Line, Part, Screen};
use crate::spec::machine::Action;
use crate::spec::template::{Piece, Template};

/// What is said where the site leaves open for what there must be a line.
const MORE: &str = "(and one line for each other one, which the site does not state)";

/// What must appear. Of what cannot be told to apply, nothing where only the `certain` is asked for.
#[must_use]
pub fn screen(symbolic: Symbolic<'_>, action: &Action, frame: &[Sym], certain: bool) -> Screen {
    let mut out = Screen::default();
    for shown in &action.expect {
        let (mut lines, mut is_open) = (Vec::new(), false);
        each_choice(symbolic, &shown.each, TRUE, &mut frame.to_vec(), &mut |frame, present| {
            let condition = shown.applies.as_ref().map_or(TRUE, |condition| symbolic.holds(condition, frame));
            let applies = and([present.clone(), condition]);
            let is_known = applies == TRUE || !certain && *present == TRUE;
            match filled(symbolic, &shown.text, frame).filter(|_| is_known && applies != FALSE) {
                Some(all) => lines.extend(all),
                None => is_open |= applies != FALSE && !(shown.each.is_empty() && applies != TRUE),
            }
        });
        if is_open {
            lines.push(Line::new(&[Part::Pattern(MORE)]));
        }
        out.add(lines, shown.each.is_empty());
    }
    out
}

/// The lines of a text; nothing where it shows a value that is missing.
fn filled(symbolic: Symbolic<'_>, text: &Template, frame: &[Sym]) -> Option<Vec<Line>> {
    let mut values = Vec::new();
    for piece in &text.pieces {
        if let Piece::Value(expr) = piece {
            values.push(wording::shown(symbolic, expr, frame)?);
        }
    }
    let (mut lines, mut parts, mut values) = (Vec::new(), Vec::new(), values.iter());
    for piece in &text.pieces {
        match piece {
            Piece::Value(_) => parts.extend(values.next().map(|value| Part::Value(value))),
            Piece::Words(words) => {
                for (number, words) in words.split('\n').enumerate() {
                    if number > 0 {
                        lines.push(Line::new(&parts));
                        parts.clear();
                    }
                    parts.push(Part::Pattern(words));
                }
            }
        }
    }
    lines.push(Line::new(&parts));
    Some(lines)
}
