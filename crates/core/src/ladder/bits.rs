//! A set of small numbers that finds its next member in either direction in a few steps: one bit per
//! number, and one bit above for each word that holds any.

const WORD: usize = 64;

/// The set. It holds no memory until [`Bits::make_room`].
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// Bit `i` stands where `words[i]` is not zero.
    above: Vec<u64>,
}

impl Bits {
    /// Room for the numbers below `count`. What the set held is forgotten.
    pub(super) fn make_room(&mut self, count: usize) {
        let words = count.div_ceil(WORD);
        self.words = vec![0; words];
        self.above = vec![0; words.div_ceil(WORD)];
    }

    /// True when `number` is a member.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.words.get(number / WORD).is_some_and(|word| word & bit(number) != 0)
    }

    /// Adds `number`, which must lie in the room that was made; beyond it nothing happens.
    pub(super) fn add(&mut self, number: usize) {
        let at = number / WORD;
        if let (Some(word), Some(above)) = (self.words.get_mut(at), self.above.get_mut(at / WORD)) {
            *word |= bit(number);
            *above |= bit(at);
        }
    }

    /// Takes `number` out.
    pub(super) fn remove(&mut self, number: usize) {
        let at = number / WORD;
        if let (Some(word), Some(above)) = (self.words.get_mut(at), self.above.get_mut(at / WORD)) {
            *word &= !bit(number);
            if *word == 0 {
                *above &= !bit(at);
            }
        }
    }

    /// The smallest member that is `from` or more.
    pub(super) fn at_or_above(&self, from: usize) -> Option<usize> {
        let at = from / WORD;
        let here = self.words.get(at)? & (u64::MAX << (from % WORD));
        if here != 0 {
            return Some(at * WORD + lowest(here));
        }
        let next = first_from(&self.above, at + 1)?;
        self.words.get(next).map(|word| next * WORD + lowest(*word))
    }

    /// The largest member that is `from` or less.
    pub(super) fn at_or_below(&self, from: usize) -> Option<usize> {
        let from = from.min((self.words.len() * WORD).checked_sub(1)?);
        let at = from / WORD;
        let here = self.words.get(at)? & up_to(from);
        if here != 0 {
            return Some(at * WORD + highest(here));
        }
        let next = last_to(&self.above, at.checked_sub(1)?)?;
        self.words.get(next).map(|word| next * WORD + highest(*word))
    }
}

fn bit(number: usize) -> u64 {
    1 << (number % WORD)
}

/// All bits of a word up to and with that of `number`.
fn up_to(number: usize) -> u64 {
    u64::MAX >> (WORD - 1 - number % WORD)
}

fn lowest(word: u64) -> usize {
    word.trailing_zeros() as usize
}

/// The highest bit of a word that is not zero.
fn highest(word: u64) -> usize {
    (WORD - 1).saturating_sub(word.leading_zeros() as usize)
}

fn first_from(words: &[u64], from: usize) -> Option<usize> {
    let at = from / WORD;
    let here = words.get(at)? & (u64::MAX << (from % WORD));
    if here != 0 {
        return Some(at * WORD + lowest(here));
    }
    let rest = words.iter().enumerate().skip(at + 1);
    rest.filter(|(_, word)| **word != 0).map(|(i, word)| i * WORD + lowest(*word)).next()
}

fn last_to(words: &[u64], to: usize) -> Option<usize> {
    let at = to / WORD;
    let here = words.get(at)? & up_to(to);
    if here != 0 {
        return Some(at * WORD + highest(here));
    }
    let rest = words.iter().enumerate().take(at).rev();
    rest.filter(|(_, word)| **word != 0).map(|(i, word)| i * WORD + highest(*word)).next()
}
