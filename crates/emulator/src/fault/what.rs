//! What a rule does when it strikes: the list of faults, in the words of their JSON form.

use alloy_primitives::Address;
use betteroms_core::money::{Price, Shares, Tick, Usd};
use serde::{Deserialize, Serialize};

/// Before the request was applied, or after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The handler has not run, and where the fault takes its place it never does.
    #[default]
    Before,
    /// The request took effect; only its answer is not what it was.
    After,
}

/// What a hostile answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Poison {
    /// 100,000 arrays in each other.
    Nesting,
    /// Numbers far outside of every type.
    Numbers,
    /// Every key of the answer twice, the second time with another value.
    DuplicateKeys,
    /// Every text that is a fraction gets more digits behind it, as a quotient has.
    Quotients,
}

/// What becomes of a trade's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It settles.
    Settle,
    /// It fails for good.
    Fail,
    /// It stays matched until told otherwise.
    Stuck,
    /// It fails so often, then settles.
    Retry(u32),
}

/// Trading modes (venue.md 4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ModeChange {
    /// Everything.
    Normal {},
    /// 425 for so long, then post-only for so long.
    #[serde(alias = "restarting")]
    Restart {
        /// How long nothing is taken.
        secs: u32,
        /// How long only post-only orders are, then.
        #[serde(default)]
        post_only_secs: u32,
        /// Whether the refusal carries `Retry-After`.
        #[serde(default)]
        says_when: bool,
    },
    /// Post-only orders and cancels for so long.
    #[serde(alias = "post-only")]
    PostOnly {
        /// How long.
        secs: u32,
    },
    /// Cancels.
    #[serde(alias = "cancel-only")]
    CancelOnly {},
    /// Nothing.
    Disabled {},
}

/// Which order of the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The open order that came last.
    Newest,
    /// The open order that came first.
    Oldest,
    /// This one, whoever's it is.
    #[serde(untagged)]
    Id(alloy_primitives::B256),
}

const fn second() -> u64 {
    1_000
}
const fn gibibyte() -> u64 {
    1 << 30
}
fn html() -> String {
    "text/html".to_owned()
}
const fn one() -> u32 {
    1
}
const fn yes() -> bool {
    true
}

/// A fault. Times are milliseconds; those of the connection are the wall's, those of the venue its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The connection ends without an answer; the request has no effect.
    Drop {},
    /// The request takes effect; the connection ends without an answer.
    DropReply {},
    /// The connection is reset.
    Reset {
        /// Whether the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// The answer announces its length, sends half of its body and ends.
    HalfBody {},
    /// The answer's bytes come one by one.
    Trickle {
        /// The pause before each.
        #[serde(default = "second")]
        every_ms: u64,
    },
    /// The answer's body never ends.
    Endless {
        /// But for this many bytes, to spare the machine.
        #[serde(default = "gibibyte")]
        most_bytes: u64,
    },
    /// The answer's head never ends: one header after another.
    EndlessHead {
        /// But for this many bytes, to spare the machine.
        #[serde(default = "gibibyte")]
        most_bytes: u64,
    },
    /// The request has no effect and is never answered.
    Silent {},
    /// The answer says it is something else than JSON.
    ContentType {
        /// What.
        #[serde(default = "html")]
        is: String,
    },
    /// The headers of the signers' token buckets say something else; what is left out is not there.
    RateLimit {
        /// `Poly-RateLimit-Remaining`.
        #[serde(default)]
        remaining: Option<String>,
        /// `Poly-RateLimit-Reset`.
        #[serde(default)]
        reset: Option<String>,
        /// `Poly-RateLimit-Tier`.
        #[serde(default)]
        tier: Option<String>,
        /// `Poly-RateLimit-Warning`.
        #[serde(default)]
        warning: Option<String>,
    },
    /// The answer's JSON ends in the middle.
    Malformed {},
    /// The answer is JSON that is meant to break its reader.
    Hostile {
        /// How.
        with: Poison,
    },
    /// Every id in the answer is another, well-formed one.
    WrongId {},
    /// The first call struck is answered truly; equal calls get that same answer from then on.
    StaleBook {},
    /// This status.
    Status {
        /// The status.
        status: u16,
        /// Seconds of a `Retry-After`.
        #[serde(default)]
        retry_after: Option<u64>,
        /// The body as it is; without, a JSON error.
        #[serde(default)]
        body: Option<String>,
        /// Whether the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// The answer is late.
    Delay {
        /// By so much.
        ms: u64,
        /// Whether the pause comes before or after the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// The order is answered with 500 "order timed out", and arrives later.
    Late {
        /// By so much.
        ms: u64,
        /// Whether the connection is dropped instead of the 500.
        #[serde(default)]
        dropped: bool,
    },
    /// What becomes of the transactions of the next trades.
    Settlement {
        /// What.
        fate: Fate,
        /// Of so many trades.
        #[serde(default = "one")]
        trades: u32,
    },
    /// The venue's view of a wallet's balances stays as it is.
    BalanceLag {
        /// The wallet.
        wallet: Address,
        /// For so long.
        ms: u64,
    },
    /// The venue holds back so much of a wallet's balance without a reason; zero gives it back.
    PhantomLock {
        /// The wallet.
        wallet: Address,
        /// The token; without, dollars.
        #[serde(default)]
        token: Option<String>,
        /// Dollars or shares.
        amount: Usd,
    },
    /// A market's price grid changes.
    Tick {
        /// The market's condition id.
        market: String,
        /// The new grid.
        #[serde(deserialize_with = "tick", serialize_with = "as_price")]
        tick: Tick,
    },
    /// The venue's clock, as this call sees it, is ahead by so much; behind, where negative. `GET /time`
    /// says so, and timestamps of proofs are judged by it.
    ClockSkew {
        /// How far.
        ms: i64,
    },
    /// An open order trades with the crowd before the call is handled.
    PartialFill {
        /// Which.
        order: Pick,
        /// How much of it.
        shares: Shares,
    },
    /// Orders that this call cancels turn out to have traded.
    FillAfterCancel {
        /// How much of each.
        shares: Shares,
        /// How much later that is seen.
        #[serde(default)]
        ms: u64,
    },
    /// Trading goes into another mode.
    Mode {
        /// Which.
        to: ModeChange,
    },
    /// Orders are refused as from a forbidden country, from this call on.
    Geoblock {
        /// Whether.
        #[serde(default = "yes")]
        on: bool,
    },
    /// An address may only reduce.
    ClosedOnly {
        /// The address.
        address: Address,
        /// Whether.
        #[serde(default = "yes")]
        on: bool,
    },
    /// An address may do nothing.
    Ban {
        /// The address.
        address: Address,
        /// Whether.
        #[serde(default = "yes")]
        on: bool,
    },
    /// From this frame on the socket says nothing, not even to a ping, though it stays open.
    SocketSilent {},
    /// The frame is lost.
    SocketLose {},
    /// The frame comes twice.
    SocketDuplicate {},
    /// The frame comes after the one that follows it.
    SocketReorder {},
    /// The socket's connection ends without a closing frame.
    SocketDrop {},
}

/// A price as a grid: one that a dollar is a multiple of, with four decimals at most (venue.md 3.6).
pub(crate) fn grid(price: Price) -> Option<Tick> {
    let micros = price.micros();
    let fits = micros >= 100 && micros.is_multiple_of(100) && 1_000_000_u32.is_multiple_of(micros);
    Tick::from_micros(micros).filter(|_| fits)
}

fn tick<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Tick, D::Error> {
    let price = Price::deserialize(from)?;
    grid(price)
        .ok_or_else(|| serde::de::Error::custom(format!("{price} is no price grid of the venue")))
}

fn as_price<S: serde::Serializer>(tick: &Tick, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(tick)
}

impl What {
    /// Whether it is about books and nothing else.
    pub const fn is_for_books(&self) -> bool {
        matches!(self, Self::StaleBook {})
    }

    /// Whether it is about a socket's frames and not about calls.
    pub const fn is_for_sockets(&self) -> bool {
        matches!(
            self,
            Self::SocketSilent {}
                | Self::SocketLose {}
                | Self::SocketDuplicate {}
                | Self::SocketReorder {}
                | Self::SocketDrop {}
        )
    }
}
