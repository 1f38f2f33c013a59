//! Seeded chance for tests: the same seed tells the same story on every machine.

/// A generator whose whole state is one number (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("low is not above high");
        low + i64::try_from(self.next() % span).expect("a small span")
    }

    /// True in `percent` of a hundred throws.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// A place in a list of `len` items; `None` in an empty one.
    pub(crate) fn place(&mut self, len: usize) -> Option<usize> {
        let last = i64::try_from(len).expect("a short list") - 1;
        (last >= 0).then(|| usize::try_from(self.between(0, last)).expect("not negative"))
    }

    /// One of some items.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.place(items.len()).expect("there are items")]
    }
}

/// The number of cases of a property: the short form, or what the environment says.
pub(crate) fn cases(short: u64) -> u64 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(short)
}
