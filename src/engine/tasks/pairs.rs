//! What can never be so together, two literals at a time: pairs that no sequence of operators makes so, even if each pair were
//! come by for itself (the h2 of Haslum and Geffner, AIPS 2000). What needs such a pair can never be done.

use super::strips::{Cube, Strips};

/// Which pairs of literals can be so together, as far as is known. Literal `2 * atom` says that the atom is so, the next one that
/// it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    words: usize,
    rows: Vec<Vec<u64>>,
}

fn number(atom: usize, is: bool) -> usize {
    2 * atom + usize::from(!is)
}

fn has(row: &[u64], literal: usize) -> bool {
    row[literal / 64] >> (literal % 64) & 1 != 0
}

fn put(row: &mut [u64], literal: usize) {
    row[literal / 64] |= 1 << (literal % 64);
}

impl Pairs {
    /// The pairs that some operators can make so.
    #[must_use]
    pub fn of(strips: &Strips) -> Self {
        let literals = 2 * strips.atoms.len();
        let words = literals.div_ceil(64);
        let mut out = Self { words, rows: vec![vec![0; words]; literals] };
        let start: Vec<usize> = strips.start.iter().enumerate().map(|(atom, is)| number(atom, *is)).collect();
        for a in &start {
            for b in &start {
                put(&mut out.rows[*a], *b);
            }
        }
        let operators: Vec<[Vec<usize>; 2]> = strips
            .operators
            .iter()
            .map(|one| [&one.condition, &one.changes].map(|cube| cube.iter().map(|(atom, is)| number(*atom, *is)).collect()))
            .collect();
        while operators.iter().fold(false, |grew, [condition, changes]| out.add(condition, changes) || grew) {}
        out
    }

    /// Adds what an operator makes so; whether that was new.
    fn add(&mut self, condition: &[usize], changes: &[usize]) -> bool {
        if !condition.iter().all(|a| condition.iter().all(|b| has(&self.rows[*a], *b))) {
            return false;
        }
        // What can be so beside the condition, and stays.
        let mut beside = vec![u64::MAX; self.words];
        let single = |literal: usize| has(&self.rows[literal], literal);
        if condition.is_empty() {
            beside.fill(0);
            (0..self.rows.len()).filter(|literal| single(*literal)).for_each(|literal| put(&mut beside, literal));
        }
        for literal in condition {
            beside.iter_mut().zip(&self.rows[*literal]).for_each(|(word, other)| *word &= other);
        }
        for literal in changes {
            beside[(literal ^ 1) / 64] &= !(1 << ((literal ^ 1) % 64));
        }
        for literal in changes {
            put(&mut beside, *literal);
        }
        let mut grew = false;
        for literal in changes {
            for (word, beside) in beside.iter().enumerate() {
                let mut new = beside & !self.rows[*literal][word];
                self.rows[*literal][word] |= new;
                grew |= new != 0;
                while new != 0 {
                    let other = word * 64 + new.trailing_zeros() as usize;
                    put(&mut self.rows[other], *literal);
                    new &= new - 1;
                }
            }
        }
        grew
    }

    /// Whether it is not known that two literals are never so together.
    #[must_use]
    pub fn allow(&self, a: (usize, bool), b: (usize, bool)) -> bool {
        has(&self.rows[number(a.0, a.1)], number(b.0, b.1))
    }

    /// Whether it is not known that all of a cube is never so together.
    #[must_use]
    pub fn allow_all(&self, cube: &Cube) -> bool {
        let pair = |(a, is): (&usize, &bool)| cube.iter().all(|(b, other)| self.allow((*a, *is), (*b, *other)));
        cube.iter().all(pair)
    }
}
