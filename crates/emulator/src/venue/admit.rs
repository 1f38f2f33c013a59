//! What the venue asks of an order before it looks at a book: whose key, whose wallet, whose signature, which
//! market, what amounts (venue.md 3, 4.11, 9.2, 9.5).

use super::amounts::Amounts;
use super::order::Kind;
use super::people::{KeyIx, Rights, is_deposit};
use super::place::Posted;
use super::refusal::Refusal;
use super::{Terms, Venue};
use crate::ledger::MarketIx;
use alloy_primitives::{Address, B256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::MICROS;
use betteroms_polymarket::signing::wallet::{proxy_of, safe_of};
use betteroms_polymarket::signing::{Exchange, SignatureType, SignedBy};

/// The version of the orders that are understood here (venue.md 1, 3.1).
const ORDER_VERSION: u64 = 2;
/// The largest amount the venue takes, in base units: a billion.
const AMOUNT_MAX: i64 = 1_000_000_000 * MICROS;
/// How far ahead a dated order must expire at least (venue.md 3.9).
const GTD_LEAST_SECS: i64 = 180;

/// An order that passed all checks, before it is matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    pub(super) id: B256,
    pub(super) market: MarketIx,
    pub(super) outcome: Outcome,
    pub(super) exchange: Exchange,
    pub(super) terms: Terms,
}

impl Venue {
    /// Everything that does not depend on the book.
    pub(super) fn admit(&self, key: KeyIx, posted: &Posted) -> Result<Admitted, Refusal> {
        let holder = self.people.key(key);
        if holder.rights != Rights::Full {
            return Err(Refusal::Unauthorized);
        }
        if !posted.owner.eq_ignore_ascii_case(&holder.credentials.key.to_string()) {
            return Err(Refusal::Owner);
        }
        // Orders are read as those of this version; after an upgrade they are of the wrong one.
        if self.settings.version != ORDER_VERSION {
            return Err(Refusal::Version);
        }
        let fields = &posted.fields;
        if posted.post_only && !posted.kind.rests() {
            return Err(Refusal::Payload);
        }
        let (market, outcome) = self.floors.by_token(&fields.token_id).ok_or(Refusal::TokenId)?;
        let floor = self.floors.get(market);
        let exchange = floor.exchange(outcome);
        self.check_signer(holder.address, posted)?;
        for address in [holder.address, fields.maker] {
            if self.people.banned.contains(&address) {
                return Err(Refusal::Banned(address));
            }
            if fields.side == Side::Buy && self.people.closed_only.contains(&address) {
                return Err(Refusal::ClosedOnly(address));
            }
        }
        if !floor.is_open() {
            return Err(Refusal::NotReady);
        }
        self.check_expiration(posted)?;
        let id = fields.id(exchange);
        let amount = |amount: alloy_primitives::U256| {
            i64::try_from(amount).ok().filter(|amount| *amount <= AMOUNT_MAX)
        };
        let terms = Amounts {
            id,
            side: fields.side,
            kind: posted.kind,
            maker: amount(fields.maker_amount).ok_or(Refusal::Payload)?,
            taker: amount(fields.taker_amount).ok_or(Refusal::Payload)?,
            tick: floor.listing.market.tick,
            min_size: floor.listing.market.min_size,
        }
        .terms()?;
        if self.orders.find(&id).is_some() {
            return Err(Refusal::Duplicated(id));
        }
        Ok(Admitted { id, market, outcome, exchange, terms })
    }

    /// Whether the key's address may trade for the maker, and signed (venue.md 3.4, 9.2, 9.5).
    fn check_signer(&self, key: Address, posted: &Posted) -> Result<(), Refusal> {
        let fields = &posted.fields;
        let (maker, signer) = (fields.maker, fields.signer);
        let invalid = match fields.signature_type {
            SignatureType::Proxy => Refusal::ProxySignature,
            SignatureType::Eoa | SignatureType::Safe | SignatureType::Contract => {
                Refusal::Signature
            }
        };
        let own = match fields.signature_type {
            SignatureType::Eoa => signer,
            SignatureType::Proxy => proxy_of(signer),
            SignatureType::Safe => safe_of(signer),
            SignatureType::Contract => return self.check_wallet(key, posted),
        };
        if signer != key {
            return Err(Refusal::SignerNotKey);
        }
        if maker != own {
            return Err(invalid);
        }
        if posted.signed_by != Some(SignedBy::Owner(signer)) {
            return Err(invalid);
        }
        if !self.people.allowed_makers.contains(&maker) {
            return Err(Refusal::MakerNotAllowed);
        }
        Ok(())
    }

    /// A deposit wallet: it has code, and the key is its owner or a session signer that may trade.
    fn check_wallet(&self, key: Address, posted: &Posted) -> Result<(), Refusal> {
        let fields = &posted.fields;
        let (wallet, signer) = (fields.maker, fields.signer);
        if wallet != signer {
            return Err(Refusal::SignerNotKey);
        }
        let by_session = match posted.signed_by {
            None => return Err(Refusal::Signature),
            Some(SignedBy::Owner(by)) => {
                if by != key {
                    return Err(Refusal::Signature);
                }
                false
            }
            Some(SignedBy::Session { claimed, recovered }) => {
                if claimed != recovered || recovered != key {
                    return Err(Refusal::Signature);
                }
                true
            }
        };
        let Some(owner) = self.people.owner_of(wallet) else {
            let has_one = self.people.deposit_wallet_of(key).is_some();
            let is_theirs = is_deposit(key, wallet);
            return Err(if has_one || is_theirs {
                Refusal::SignerNotKey
            } else {
                Refusal::NoDepositWallet
            });
        };
        let may = if by_session {
            self.people.session(wallet, key).is_some_and(|s| s.may_trade(self.now))
        } else {
            owner == key && is_deposit(owner, wallet)
        };
        if may { Ok(()) } else { Err(Refusal::SignerNotKey) }
    }

    fn check_expiration(&self, posted: &Posted) -> Result<(), Refusal> {
        let is_right = match posted.kind {
            Kind::Gtc | Kind::Fok | Kind::Fak => posted.expiration == 0,
            Kind::Gtd => i64::try_from(posted.expiration).is_ok_and(|stated| {
                let now = self.now.secs();
                stated < 1 << 40 && stated.saturating_sub(now) >= GTD_LEAST_SECS
            }),
        };
        if is_right { Ok(()) } else { Err(Refusal::Expiration) }
    }
}
