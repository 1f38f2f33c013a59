//! API keys: made, found again, deleted (venue.md 2.2). That the caller is who it says was proved before.

use super::Venue;
use super::change::Change;
use super::people::{Key, KeyIx, Rights};
use super::refusal::Refusal;
use alloy_primitives::Address;
use betteroms_polymarket::signing::l2::ApiSecret;
use std::collections::BTreeSet;

impl Venue {
    /// Makes the key of an address and nonce.
    ///
    /// # Errors
    /// When there is one already.
    pub fn create_key(&mut self, address: Address, nonce: &str) -> Result<KeyIx, Refusal> {
        if self.people.key_of_nonce(address, nonce).is_some() {
            return Err(Refusal::KeyExists);
        }
        Ok(self.make_key(address, nonce, Rights::Full, None))
    }

    /// Finds the key of an address and nonce again.
    ///
    /// # Errors
    /// When there is none.
    pub fn derive_key(&self, address: Address, nonce: &str) -> Result<KeyIx, Refusal> {
        self.people.key_of_nonce(address, nonce).ok_or(Refusal::NoKey)
    }

    /// Makes a further key beside one: a read-only key, or a builder's.
    pub fn create_key_beside(&mut self, of: KeyIx, rights: Rights) -> KeyIx {
        let address = self.people.key(of).address;
        let sees = (rights == Rights::ReadOnly).then(|| self.people.key(of).sees);
        // No client picks such a nonce, so these never meet a key made by signature.
        let nonce = format!("{rights:?}");
        self.make_key(address, &nonce, rights, sees)
    }

    fn make_key(
        &mut self,
        address: Address,
        nonce: &str,
        rights: Rights,
        sees: Option<KeyIx>,
    ) -> KeyIx {
        let nth = self.people.made(address, nonce);
        let credentials = self.names.credentials(address.as_slice(), nonce, nth);
        let secret = ApiSecret::from_base64(&credentials.secret).expect("we encoded it");
        let next = self.people.next_key();
        let key = Key {
            credentials,
            secret,
            address,
            rights,
            sees: sees.unwrap_or(next),
            created: self.now,
            is_deleted: false,
            open: BTreeSet::new(),
            trades: Vec::new(),
            notices: Vec::new(),
        };
        let ix = self.people.add_key(key, Some(nonce));
        self.note(Change::KeyMade { key: ix });
        ix
    }

    /// Deletes a key. Its orders stay where they are, as the venue's sheet says nothing else.
    pub fn delete_key(&mut self, key: KeyIx) {
        self.people.key_mut(key).is_deleted = true;
        self.note(Change::KeyDeleted { key });
    }

    /// Forgets notices of a key by their numbers.
    pub fn drop_notices(&mut self, key: KeyIx, numbers: &[usize]) {
        let mut nth = 0;
        self.people.key_mut(key).notices.retain(|_| {
            nth += 1;
            !numbers.contains(&(nth - 1))
        });
    }

    /// Who may trade, is banned, or owns which wallet: to change by hand.
    pub const fn people_mut(&mut self) -> &mut super::people::People {
        &mut self.people
    }
}
