//! Who asks: the wallet's signature for keys (L1), the key's MAC for everything else (L2), venue.md 2.

use crate::serve::call::Call;
use crate::serve::desk::Desk;
use crate::venue::people::{KeyIx, Rights};
use crate::venue::{Refusal, Venue};
use alloy_primitives::{Address, U256, hex};
use betteroms_polymarket::signing::{l1, l2};
use uuid::Uuid;

/// How far a client's clock may be off, in seconds. The venue's own limit is unconfirmed (venue.md 2.1);
/// a venue whose clock is not the wall's does not look.
const SKEW_SECS: i64 = 60;

/// An address that proved itself, and the nonce it asked with.
#[derive(Debug)]
pub(in crate::serve) struct Signed {
    pub(in crate::serve) address: Address,
    pub(in crate::serve) nonce: String,
}

/// The wallet that signed this request.
///
/// # Errors
/// When a header is missing, the clock is off, or somebody else signed.
pub(in crate::serve) fn l1(desk: &Desk, call: &Call) -> Result<Signed, Refusal> {
    let header = |name: &str| call.header(name).ok_or(Refusal::L1Headers);
    let address: Address = header("poly_address")?.parse().map_err(|_| Refusal::L1Headers)?;
    let timestamp = header("poly_timestamp")?;
    check_clock(desk, call, timestamp).ok_or(Refusal::L1Headers)?;
    let nonce = header("poly_nonce")?;
    let number = U256::from_str_radix(nonce, 10).map_err(|_| Refusal::L1Headers)?;
    let signature = hex::decode(header("poly_signature")?).map_err(|_| Refusal::L1Headers)?;
    // Plain ECDSA only: a contract's address never proves itself here (venue.md 2.1).
    l1::verify_clob_auth(address, timestamp, number, &signature).map_err(|_| Refusal::L1Headers)?;
    Ok(Signed { address, nonce: number.to_string() })
}

/// The key this request was made with, whatever its rights.
///
/// # Errors
/// 401 for everything: an unknown or deleted key, another address, passphrase, clock or MAC.
pub(in crate::serve) fn l2(desk: &Desk, call: &Call) -> Result<KeyIx, Refusal> {
    let address = call.header("poly_address").and_then(|text| text.parse::<Address>().ok());
    let address = address.ok_or(Refusal::Unauthorized)?;
    let names = ["poly_api_key", "poly_passphrase", "poly_timestamp", "poly_signature"];
    let proof = Proof::of(desk, call, names)?;
    desk.with(call, |venue| {
        let key = proof.holds(venue, call)?;
        let known = venue.people().key(key);
        if known.address == address { Ok(key) } else { Err(Refusal::Unauthorized) }
    })
}

/// A key that may place and cancel.
///
/// # Errors
/// As [`l2()`], and for a key that may only read.
pub(in crate::serve) fn trader(desk: &Desk, call: &Call) -> Result<KeyIx, Refusal> {
    let key = l2(desk, call)?;
    let rights = desk.with(call, |venue| venue.people().key(key).rights);
    if rights == Rights::Full { Ok(key) } else { Err(Refusal::Unauthorized) }
}

/// The key whose orders and trades this request may see.
///
/// # Errors
/// As [`l2()`].
pub(in crate::serve) fn reader(desk: &Desk, call: &Call) -> Result<KeyIx, Refusal> {
    let key = l2(desk, call)?;
    Ok(desk.with(call, |venue| venue.people().key(key).sees))
}

/// The builder's key this request was made with: the same MAC under other headers (venue.md 2.3).
///
/// # Errors
/// 401 for everything.
pub(in crate::serve) fn builder(desk: &Desk, call: &Call) -> Result<KeyIx, Refusal> {
    let names = [
        "poly_builder_api_key",
        "poly_builder_passphrase",
        "poly_builder_timestamp",
        "poly_builder_signature",
    ];
    let proof = Proof::of(desk, call, names)?;
    desk.with(call, |venue| {
        let key = proof.holds(venue, call)?;
        let rights = venue.people().key(key).rights;
        if rights == Rights::Builder { Ok(key) } else { Err(Refusal::Unauthorized) }
    })
}

/// What a request says to prove that it comes from a key's holder.
struct Proof<'a> {
    id: Uuid,
    passphrase: &'a str,
    timestamp: &'a str,
    signature: &'a str,
}

impl<'a> Proof<'a> {
    /// Reads the headers of these names: key, passphrase, timestamp, signature; and looks at the clock.
    fn of(desk: &Desk, call: &'a Call, names: [&str; 4]) -> Result<Self, Refusal> {
        let [Some(id), Some(passphrase), Some(timestamp), Some(signature)] =
            names.map(|name| call.header(name))
        else {
            return Err(Refusal::Unauthorized);
        };
        let id = Uuid::parse_str(id).map_err(|_| Refusal::Unauthorized)?;
        check_clock(desk, call, timestamp).ok_or(Refusal::Unauthorized)?;
        Ok(Self { id, passphrase, timestamp, signature })
    }

    /// The key, when passphrase and MAC are its own. The MAC covers the exact bytes of the body.
    fn holds(&self, venue: &Venue, call: &Call) -> Result<KeyIx, Refusal> {
        let key = venue.people().find_key(&self.id).ok_or(Refusal::Unauthorized)?;
        let known = venue.people().key(key);
        let (timestamp, signature) = (self.timestamp, self.signature);
        let (method, path) = (call.method.as_str(), call.path.as_str());
        let is_right = known.credentials.passphrase == self.passphrase
            && l2::verify(&known.secret, timestamp, method, path, &call.body, signature);
        if is_right { Ok(key) } else { Err(Refusal::Unauthorized) }
    }
}

fn check_clock(desk: &Desk, call: &Call, timestamp: &str) -> Option<()> {
    let stated: i64 = timestamp.parse().ok()?;
    if !desk.clock.follows_wall() {
        return Some(());
    }
    let now = desk.with(call, |venue| venue.now()).secs();
    (stated.abs_diff(now) <= SKEW_SECS.unsigned_abs()).then_some(())
}
