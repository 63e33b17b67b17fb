//! What a plan owes: everything that could go wrong in an order that it allows, each as a condition on the order, and what
//! is known of the holes in these conditions. Another solver than ours can be asked the same.

use super::orders::{any_of, failures};
use super::positions::{Order, Pool};
use super::views::Views;
use super::walk::{Cause, Walk};
use crate::engine::logic::term::Bool;
use crate::model::site::{Domain, HoleId};
use crate::source::finding::Level;

/// The obligations of a plan.
pub struct Obligations {
    /// How many holes the site has; those after them stand for the order and for what is seen in it.
    pub first: HoleId,
    /// What the holes after those of the site can be.
    pub domains: Vec<Domain>,
    /// What is known: the order of the plan, and what each step sees.
    pub known: Vec<Bool>,
    /// What could go wrong.
    pub open: Vec<Obligation>,
}

/// One thing that could go wrong.
pub struct Obligation {
    /// The code of the requirement.
    pub code: String,
    /// How bad it is.
    pub level: Level,
    /// What it belongs to.
    pub cause: Cause,
    /// The condition on the order that it goes wrong.
    pub fails: Bool,
}

/// The obligations of a plan; `None` if its steps form a circle. The plan holds in every order if none at level `error` can
/// fail under what is known. Times and actors are not in them.
#[must_use]
pub fn obligations(walk: &Walk<'_>) -> Option<Obligations> {
    let mut pool = Pool { first: walk.base.site.holes.len(), domains: Vec::new() };
    let order = Order::new(walk, &mut pool)?;
    let mut views = Views::new(walk, &order, &mut pool);
    let open: Vec<Obligation> = failures(walk, &mut views, &order, &mut pool)
        .into_iter()
        .map(|((cause, _), fails)| {
            let requirement = walk.requirement(cause);
            Obligation { code: requirement.code.clone(), level: requirement.level, cause, fails }
        })
        .collect();
    let asked: Vec<Bool> = open.iter().map(|one| one.fails.clone()).collect();
    let mut known = order.edges();
    known.extend(views.meanings(&asked, &mut pool));
    Some(Obligations { first: pool.first, domains: pool.domains, known, open })
}

impl Obligations {
    /// The condition that something at level `error` goes wrong.
    #[must_use]
    pub fn some_error(&self) -> Bool {
        any_of(self.open.iter().filter(|one| one.level == Level::Error).map(|one| one.fails.clone()).collect())
    }
}
