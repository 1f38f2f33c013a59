//! How fast a signer may place and cancel: the venue's table of tiers (venue.md 7.2) and our place under it.

use serde::Deserialize;

/// Whose tokens: orders and cancels are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// A token for each order.
    Orders,
    /// A token for each order that is taken out, and one more for a request that names none.
    Cancels,
}

/// How fast and how much at once, by the volume of the last 30 days (venue.md 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Tier {
    /// Everybody; and whoever's tier nobody knows.
    #[default]
    Standard,
    /// From 30,000 dollars.
    Copper,
    /// From 50,000 dollars.
    Bronze,
    /// From 100,000 dollars.
    Silver,
    /// From 500,000 dollars.
    Gold,
    /// From 2.5 million dollars.
    Platinum,
    /// From 5 million dollars.
    Diamond,
    /// From 10 million dollars.
    Elite,
}

impl Tier {
    /// All, from the lowest.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::Copper,
        Self::Bronze,
        Self::Silver,
        Self::Gold,
        Self::Platinum,
        Self::Diamond,
        Self::Elite,
    ];

    /// The venue's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Copper => "Copper",
            Self::Bronze => "Bronze",
            Self::Silver => "Silver",
            Self::Gold => "Gold",
            Self::Platinum => "Platinum",
            Self::Diamond => "Diamond",
            Self::Elite => "Elite",
        }
    }

    /// Reads the venue's word, in any case; `None` for a word that we do not know.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.word().eq_ignore_ascii_case(word))
    }

    /// What the venue publishes: tokens a second, and the most at once.
    pub const fn published(self, work: Work) -> (u32, u32) {
        match (self, work) {
            (Self::Standard, Work::Orders) => (40, 60),
            (Self::Standard, Work::Cancels) => (80, 120),
            (Self::Copper, Work::Orders) => (60, 90),
            (Self::Copper, Work::Cancels) => (120, 180),
            (Self::Bronze, Work::Orders) => (80, 120),
            (Self::Bronze, Work::Cancels) => (160, 240),
            (Self::Silver, Work::Orders) => (200, 300),
            (Self::Silver, Work::Cancels) => (400, 600),
            (Self::Gold, Work::Orders) => (400, 600),
            (Self::Gold, Work::Cancels) => (800, 1_200),
            (Self::Platinum, Work::Orders) => (450, 675),
            (Self::Platinum, Work::Cancels) => (900, 1_350),
            (Self::Diamond, Work::Orders) => (525, 787),
            (Self::Diamond, Work::Cancels) => (1_050, 1_575),
            (Self::Elite, Work::Orders) => (600, 900),
            (Self::Elite, Work::Cancels) => (1_200, 1_800),
        }
    }

    /// What we use of it: 19 of 20 tokens a second, rounded down.
    pub(super) const fn per_second(self, work: Work) -> u32 {
        let (rate, _) = self.published(work);
        rate * 19 / 20
    }

    /// What we use at once: four fifths of the burst, rounded down. The rest stays at the venue for requests
    /// that travel at unequal speed: a fifth of Standard's 60 is 300 ms of its refill.
    pub(super) const fn at_once(self, work: Work) -> u32 {
        let (_, burst) = self.published(work);
        burst * 4 / 5
    }

    /// What we leave.
    pub(super) const fn spare(self, work: Work) -> u32 {
        let (_, burst) = self.published(work);
        burst - self.at_once(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_table() {
        // Orders a second and at once; cancels a second and at once.
        let rows = [
            ("Standard", (40, 60), (80, 120)),
            ("Copper", (60, 90), (120, 180)),
            ("Bronze", (80, 120), (160, 240)),
            ("Silver", (200, 300), (400, 600)),
            ("Gold", (400, 600), (800, 1_200)),
            ("Platinum", (450, 675), (900, 1_350)),
            ("Diamond", (525, 787), (1_050, 1_575)),
            ("Elite", (600, 900), (1_200, 1_800)),
        ];
        assert_eq!(Tier::ALL.map(Tier::word), rows.map(|(word, ..)| word));
        for (word, orders, cancels) in rows {
            let tier = Tier::parse(word).expect("a tier");
            assert_eq!(tier.published(Work::Orders), orders, "{word}");
            assert_eq!(tier.published(Work::Cancels), cancels, "{word}");
        }
    }
}
