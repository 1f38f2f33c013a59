//! Names for new things: ids, transaction hashes, secrets. All are drawn from the seed and a counter, so
//! equal inputs give equal bytes; nothing here guards anything.

use alloy_primitives::B256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use ring::digest::{Context, SHA256};
use uuid::{Builder, Uuid};

/// What a name is for: names of different kinds never repeat each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A trade's id.
    Trade,
    /// A settlement transaction.
    Transaction,
    /// An order of the crowd.
    Crowd,
    /// A heartbeat's id.
    Heartbeat,
    /// A relayed transaction's id.
    Relayed,
    /// A random-looking choice (settlement fates, faults by probability).
    Chance,
    /// A market, condition or token that a script did not name.
    Market,
    /// The private key of a test account.
    Account,
}

/// Draws names in order.
#[derive(Clone, Debug)]
pub struct Names {
    seed: u64,
    drawn: [u64; 8],
}

impl Names {
    /// Starts at the first name of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: [0; 8] }
    }

    /// The next 32 bytes of a kind.
    pub fn hash(&mut self, kind: Kind) -> B256 {
        let at = kind as usize;
        let nth = self.drawn.get_mut(at).expect("one counter for each kind");
        let named = digest(&[&self.seed.to_be_bytes(), &[kind as u8], &nth.to_be_bytes()]);
        *nth = nth.wrapping_add(1);
        named
    }

    /// The next UUID of a kind (version 4 in form).
    pub fn uuid(&mut self, kind: Kind) -> Uuid {
        uuid_of(self.hash(kind))
    }

    /// A number below a million: a draw against a probability in millionths.
    pub fn chance(&mut self) -> u32 {
        let drawn = self.hash(Kind::Chance);
        let word = drawn.0.iter().take(8).fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
        u32::try_from(word % 1_000_000).expect("below a million")
    }

    /// The 32 bytes that belong to a name, whatever was drawn before: ids of what a script calls by name
    /// stay the same when the script grows.
    pub fn of(&self, kind: Kind, name: &str) -> B256 {
        digest(&[&self.seed.to_be_bytes(), &[kind as u8], b"name", name.as_bytes()])
    }

    /// The credentials of an address and nonce: always the same ones, as deriving them must find them
    /// again. `nth` tells apart what was deleted and made anew.
    pub fn credentials(&self, address: &[u8], nonce: &str, nth: u64) -> Credentials {
        let of = |what: &[u8]| {
            let seed = self.seed.to_be_bytes();
            digest(&[&seed, what, address, nonce.as_bytes(), &nth.to_be_bytes()])
        };
        let passphrase: String = of(b"passphrase").0.iter().map(|b| format!("{b:02x}")).collect();
        Credentials { key: uuid_of(of(b"key")), secret: URL_SAFE.encode(of(b"secret")), passphrase }
    }
}

/// What an API key consists of.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key, which is also the `owner` of orders (venue.md 2.2).
    pub key: Uuid,
    /// Url-safe base64 of the MAC key.
    pub secret: String,
    /// The second secret.
    pub passphrase: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("key", &self.key).finish_non_exhaustive()
    }
}

fn uuid_of(hash: B256) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.0[..16]);
    Builder::from_random_bytes(bytes).into_uuid()
}

fn digest(parts: &[&[u8]]) -> B256 {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).expect("a length").to_be_bytes());
        context.update(part);
    }
    B256::from_slice(context.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equal_names_and_kinds_do_not_mix() {
        let (mut one, mut two, mut other) = (Names::new(7), Names::new(7), Names::new(8));
        let first = one.uuid(Kind::Trade);
        assert_eq!(first, two.uuid(Kind::Trade));
        assert_ne!(first, one.uuid(Kind::Trade));
        assert_ne!(first, other.uuid(Kind::Trade));
        assert_ne!(Names::new(7).hash(Kind::Trade), Names::new(7).hash(Kind::Crowd));
    }

    #[test]
    fn credentials_are_found_again_and_print_no_secret() {
        let names = Names::new(7);
        let made = names.credentials(&[1; 20], "0", 0);
        assert_eq!(made, names.credentials(&[1; 20], "0", 0));
        assert_ne!(made.key, names.credentials(&[1; 20], "1", 0).key);
        let printed = format!("{made:?}");
        assert!(!printed.contains(&made.secret) && !printed.contains(&made.passphrase));
    }
}
