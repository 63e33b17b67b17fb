//! An earlier plan and a way that was found, made one: the way that changes the earlier plan least. Every change is tried on
//! the concrete machine. What comes out reaches the goals; that no smaller change does is not proved.

use super::task::Task;
use crate::model::ground::GroundAction;
use crate::spec::types::Value;
use std::collections::VecDeque;

/// Steps, each with the step of the earlier plan that it is.
pub type Merged = Vec<(GroundAction, Option<usize>)>;

/// What is merged, and on what.
pub struct Merging<'a> {
    /// The task.
    pub task: &'a Task<'a>,
    /// The state in which the way begins.
    pub start: &'a [Value],
    /// What is left of the earlier plan, in its order.
    pub earlier: &'a [GroundAction],
    /// The records that only plans name, in the order of the bits of [`GroundAction::objects`].
    pub objects: &'a [usize],
    /// Those among them that nothing was done with yet: they are all alike.
    pub untouched: u64,
}

impl Merging<'_> {
    /// The earlier plan itself, without what is forbidden, if that reaches the goals.
    #[must_use]
    pub fn alone(&self) -> Option<Merged> {
        self.greedy(&[]).filter(|merged| self.succeeds(merged))
    }

    /// The earlier plan with as few steps of the found way as it needs, and without as few of its own as it can be. `None` only
    /// if the found way does not reach the goals.
    #[must_use]
    pub fn with(&self, found: &[GroundAction]) -> Option<Merged> {
        let mut best: Option<((usize, usize), Merged)> = None;
        let mut ways = vec![found.to_vec(), self.renamed(found, true), self.renamed(found, false)];
        ways.dedup();
        for found in ways {
            let way = self.matched(&found);
            let new: Vec<GroundAction> = way.iter().filter(|(_, of)| of.is_none()).map(|(ground, _)| ground.clone()).collect();
            for candidate in [Some(way), self.greedy(&new)].into_iter().flatten() {
                if !self.succeeds(&candidate) {
                    continue;
                }
                let better = self.improved(candidate);
                let cost = self.cost(&better);
                if best.as_ref().is_none_or(|(known, _)| cost < *known) {
                    best = Some((cost, better));
                }
            }
        }
        best.map(|(_, merged)| merged)
    }

    /// How many steps are new or left out; and how many are in another place than in the earlier plan.
    fn cost(&self, merged: &Merged) -> (usize, usize) {
        let kept: Vec<usize> = merged.iter().filter_map(|(_, of)| *of).collect();
        (merged.len() - kept.len() + self.earlier.len() - kept.len(), kept.len() - longest_rise(&kept))
    }

    fn succeeds(&self, merged: &Merged) -> bool {
        let way: Vec<GroundAction> = merged.iter().map(|(ground, _)| ground.clone()).collect();
        self.task.succeeds(self.start, &way)
    }

    /// The found way with the objects of the earlier plan where these are alike.
    fn renamed(&self, found: &[GroundAction], last_first: bool) -> Vec<GroundAction> {
        let count = self.objects.len();
        let mut names: Vec<Option<usize>> =
            (0..count).map(|object| (self.untouched >> object & 1 == 0).then_some(object)).collect();
        let mut matched = vec![false; found.len()];
        let order: Vec<&GroundAction> =
            if last_first { self.earlier.iter().rev().collect() } else { self.earlier.iter().collect() };
        for wanted in order {
            let mut places: Vec<usize> = (0..found.len()).filter(|place| !matched[*place]).collect();
            if last_first {
                places.reverse();
            }
            for place in places {
                if let Some(more) = self.unified(&found[place], wanted, &names) {
                    names = more;
                    matched[place] = true;
                    break;
                }
            }
        }
        // The rest takes what the earlier plan does not name, as far as there is any.
        let named = self.earlier.iter().fold(0, |bits, ground| bits | ground.objects);
        let mut left: Vec<usize> = (0..count).filter(|object| !names.contains(&Some(*object))).collect();
        left.sort_by_key(|object| (named >> object & 1, *object));
        let mut left = left.into_iter();
        let names: Vec<usize> =
            names.into_iter().enumerate().map(|(object, name)| name.or_else(|| left.next()).unwrap_or(object)).collect();
        found.iter().map(|ground| self.with_names(ground, &names)).collect()
    }

    /// The names of objects with which a found step is the wanted one, if there are any.
    fn unified(&self, found: &GroundAction, wanted: &GroundAction, names: &[Option<usize>]) -> Option<Vec<Option<usize>>> {
        if found.action != wanted.action || found.arguments.len() != wanted.arguments.len() {
            return None;
        }
        let mut names = names.to_vec();
        for (a, b) in found.arguments.iter().zip(&wanted.arguments) {
            match (self.object(a), self.object(b)) {
                (Some(a), Some(b)) if names[a].is_none() && !names.contains(&Some(b)) => names[a] = Some(b),
                (Some(a), Some(b)) if names[a] == Some(b) => {}
                (None, None) if a == b => {}
                _ => return None,
            }
        }
        Some(names)
    }

    fn object(&self, value: &Value) -> Option<usize> {
        let Value::Record(record) = value else { return None };
        self.objects.iter().position(|object| object == record)
    }

    fn with_names(&self, ground: &GroundAction, names: &[usize]) -> GroundAction {
        let renamed = |value: &Value| match self.object(value) {
            Some(object) => Value::Record(self.objects[names[object]]),
            None => value.clone(),
        };
        let objects =
            (0..names.len()).filter(|object| ground.objects >> object & 1 == 1).fold(0, |bits, object| bits | 1 << names[object]);
        GroundAction { arguments: ground.arguments.iter().map(renamed).collect(), objects, ..ground.clone() }
    }

    /// Which step of the earlier plan each is; the last ones first.
    fn matched(&self, found: &[GroundAction]) -> Merged {
        let mut out: Merged = found.iter().map(|ground| (ground.clone(), None)).collect();
        for (index, wanted) in self.earlier.iter().enumerate().rev() {
            let same = |(ground, of): &(GroundAction, Option<usize>)| {
                of.is_none() && ground.action == wanted.action && ground.arguments == wanted.arguments
            };
            if let Some(place) = out.iter().rposition(same) {
                out[place].1 = Some(index);
            }
        }
        out
    }

    /// The steps of the earlier plan in their order, and a new one only where the next of them is forbidden. A step that is
    /// forbidden to the end is left out.
    fn greedy(&self, new: &[GroundAction]) -> Option<Merged> {
        let mut earlier: VecDeque<(GroundAction, Option<usize>)> =
            self.earlier.iter().enumerate().map(|(index, ground)| (ground.clone(), Some(index))).collect();
        let mut new: VecDeque<(GroundAction, Option<usize>)> = new.iter().map(|ground| (ground.clone(), None)).collect();
        let (mut values, mut out) = (self.start.to_vec(), Vec::new());
        loop {
            let after = |one: &(GroundAction, Option<usize>)| {
                let after = self.task.allows(&values, &one.0).then(|| self.task.next(&values, &one.0));
                after.filter(|after| self.task.is_safe(after))
            };
            let first = |list: &VecDeque<_>| list.iter().enumerate().find_map(|(at, one)| Some((at, after(one)?)));
            let head = |list: &VecDeque<_>| Some((0, after(list.front()?)?));
            let chosen = head(&earlier)
                .map(|found| (true, found))
                .or_else(|| head(&new).map(|found| (false, found)))
                .or_else(|| first(&earlier).map(|found| (true, found)))
                .or_else(|| first(&new).map(|found| (false, found)));
            let Some((of_earlier, (at, after))) = chosen else { return Some(out) };
            out.push(if of_earlier { earlier.remove(at)? } else { new.remove(at)? });
            values = after;
        }
    }

    /// Fewer new steps, fewer that are left out, and fewer in another place.
    fn improved(&self, mut merged: Merged) -> Merged {
        loop {
            let before = self.cost(&merged);
            self.leave_out(&mut merged);
            self.one_for_two(&mut merged);
            self.put_back(&mut merged);
            self.put_in_place(&mut merged);
            if self.cost(&merged) >= before {
                return merged;
            }
        }
    }

    /// Leaves out each new step that is not needed.
    fn leave_out(&self, merged: &mut Merged) {
        for place in (0..merged.len()).rev().filter(|place| merged[*place].1.is_none()).collect::<Vec<_>>() {
            let mut shorter = merged.clone();
            shorter.remove(place);
            if self.succeeds(&shorter) {
                *merged = shorter;
            }
        }
    }

    /// Takes one new step in the place of two.
    fn one_for_two(&self, merged: &mut Merged) {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for later in (0..merged.len()).filter(|place| merged[*place].1.is_none()) {
            pairs.extend((0..later).filter(|place| merged[*place].1.is_none()).map(|first| (first, later)));
        }
        for (first, later) in pairs.into_iter().rev() {
            if later >= merged.len() || merged[first].1.is_some() || merged[later].1.is_some() {
                continue;
            }
            let mut without = merged.clone();
            without.remove(later);
            let steps: Vec<GroundAction> = without[..first].iter().map(|(ground, _)| ground.clone()).collect();
            let Some(values) = self.task.along(self.start, &steps).and_then(|mut states| states.pop()) else { continue };
            for ground in self.task.actions.iter().filter(|ground| self.task.allows(&values, ground)) {
                without[first] = (ground.clone(), None);
                if self.succeeds(&without) {
                    *merged = without;
                    break;
                }
            }
        }
    }

    /// Puts back each step of the earlier plan that was left out, as near to its place as it is allowed.
    fn put_back(&self, merged: &mut Merged) {
        for index in 0..self.earlier.len() {
            if merged.iter().any(|(_, of)| *of == Some(index)) {
                continue;
            }
            let longer = Self::places(merged, index).into_iter().find_map(|place| {
                let mut longer = merged.clone();
                longer.insert(place, (self.earlier[index].clone(), Some(index)));
                self.succeeds(&longer).then_some(longer)
            });
            *merged = longer.unwrap_or_else(|| std::mem::take(merged));
        }
    }

    /// Where a step of the earlier plan could stand: right after the one before it there, then later, then earlier.
    fn places(merged: &Merged, index: usize) -> Vec<usize> {
        let before = (0..index).rev().find_map(|before| merged.iter().position(|(_, of)| *of == Some(before)));
        let place = before.map_or(0, |place| place + 1);
        (place..=merged.len()).chain((0..place).rev()).collect()
    }

    /// Moves steps to where they are in the earlier plan, as far as that is allowed.
    fn put_in_place(&self, merged: &mut Merged) {
        for index in 0..self.earlier.len() {
            let now = self.cost(merged);
            let Some(place) = merged.iter().position(|(_, of)| *of == Some(index)).filter(|_| now.1 > 0) else { continue };
            let mut without = merged.clone();
            let step = without.remove(place);
            let moved = Self::places(&without, index).into_iter().find_map(|place| {
                let mut moved = without.clone();
                moved.insert(place, step.clone());
                (self.cost(&moved) < now && self.succeeds(&moved)).then_some(moved)
            });
            *merged = moved.unwrap_or_else(|| std::mem::take(merged));
        }
    }
}

/// The length of the longest rising selection.
fn longest_rise(numbers: &[usize]) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for number in numbers {
        let place = ends.partition_point(|end| end < number);
        match ends.get_mut(place) {
            Some(end) => *end = *number,
            None => ends.push(*number),
        }
    }
    ends.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_longest_rise_leaves_out_what_is_in_another_place() {
        for (numbers, length) in [(vec![], 0), (vec![3, 1, 2], 2), (vec![0, 1, 2, 3], 4), (vec![5, 0, 1, 4, 2, 3], 4)] {
            assert_eq!(super::longest_rise(&numbers), length, "{numbers:?}");
        }
    }
}
