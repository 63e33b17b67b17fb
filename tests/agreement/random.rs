//! Random choices that a seed repeats: SplitMix64.

/// A source of random choices.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The choices of that seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut out = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635);
        out.next();
        out
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap();
        usize::try_from(self.next() % n).unwrap()
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A number from `min` to `max`, more often one near an end.
    pub(crate) fn within(&mut self, min: i64, max: i64) -> i64 {
        let width = max - min;
        let step = |random: &mut Self, n: i64| i64::try_from(random.below(usize::try_from(n).unwrap() + 1)).unwrap();
        match self.below(4) {
            0 => max - step(self, width.min(1)),
            1 => min + step(self, width.min(2)),
            2 => min + step(self, width.min(10)),
            _ => min + step(self, width),
        }
    }
}
