//! `OrderFilled`: what an exchange says of each order that it carries out, the fee among it (venue.md 9.1). It is the
//! only place where a charge is told (venue.md 6.3).

use crate::signing::Exchange;
use crate::wire::rpc::{Log, Receipt};
use alloy_primitives::{Address, B256, Bytes, U256, b256};
use betteroms_core::market::Side;
use betteroms_core::money::{Shares, Usd};
use betteroms_core::venue::{Charged, OnChain, VenueId};

/// `OrderFilled(bytes32,address,address,uint8,uint256,uint256,uint256,uint256,bytes32,bytes32)`.
pub const ORDER_FILLED: B256 =
    b256!("d543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee");
/// Words of the event that are not topics.
const WORDS: usize = 7;

/// One order's part in one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFilled {
    /// The contract that says so.
    pub exchange: Address,
    /// The order's hash.
    pub order: B256,
    /// Whose order it is.
    pub maker: Address,
    /// Who took it; the exchange itself where it is the taker's own order.
    pub taker: Address,
    /// The order's direction.
    pub side: Side,
    /// The token that it trades.
    pub token: U256,
    /// What the order gave: dollars of a buy, shares of a sale, in millionths.
    pub making: U256,
    /// What it got: shares of a buy, dollars of a sale, before the fee.
    pub taking: U256,
    /// What it was charged, in dollars.
    pub fee: U256,
    /// The builder's code.
    pub builder: B256,
    /// What the order was signed with.
    pub metadata: B256,
}

impl OrderFilled {
    /// Reads a log. `None` for any other event, and for one that has not exactly this form.
    pub fn decode(log: &Log) -> Option<Self> {
        let [ORDER_FILLED, order, maker, taker] = *log.topics.as_slice() else { return None };
        let words: Vec<B256> =
            log.data.chunks(32).map(B256::try_from).collect::<Result<_, _>>().ok()?;
        let [side, token, making, taking, fee, builder, metadata] = *words.as_slice() else {
            return None;
        };
        let side = match U256::from_be_bytes(side.0) {
            U256::ZERO => Side::Buy,
            U256::ONE => Side::Sell,
            _ => return None,
        };
        let number = |word: B256| U256::from_be_bytes(word.0);
        Some(Self {
            exchange: log.address,
            order,
            maker: address(maker)?,
            taker: address(taker)?,
            side,
            token: number(token),
            making: number(making),
            taking: number(taking),
            fee: number(fee),
            builder,
            metadata,
        })
    }

    /// The log that says it.
    pub fn encode(&self) -> Log {
        let side = match self.side {
            Side::Buy => U256::ZERO,
            Side::Sell => U256::ONE,
        };
        let numbers = [side, self.token, self.making, self.taking, self.fee].map(B256::from);
        let mut data = Vec::with_capacity(WORDS * 32);
        for word in numbers.iter().chain([&self.builder, &self.metadata]) {
            data.extend_from_slice(word.as_slice());
        }
        let topics = vec![ORDER_FILLED, self.order, self.maker.into_word(), self.taker.into_word()];
        Log { address: self.exchange, topics, data: Bytes::from(data), is_removed: false }
    }

    /// The same in the core's words; `None` where an amount is more than there can be.
    fn told(&self, transaction: B256) -> Option<Charged> {
        let micros = |amount: U256| i64::try_from(amount).ok();
        let (cash, shares) = match self.side {
            Side::Buy => (self.making, self.taking),
            Side::Sell => (self.taking, self.making),
        };
        Some(Charged {
            transaction: transaction.to_string(),
            order: VenueId::new(&self.order.to_string()),
            token: self.token.to_string(),
            side: self.side,
            shares: Shares::from_micros(micros(shares)?),
            cash: Usd::from_micros(micros(cash)?),
            fee: Usd::from_micros(micros(self.fee)?),
        })
    }
}

/// The hash of a transaction that the venue told; `None` where that is none.
pub fn transaction(of: &OnChain) -> Option<B256> {
    of.transaction.parse().ok()
}

/// What a receipt says that an order was charged: by the exchange that the order was signed for, and by no other
/// contract. Empty for a transaction that was reverted.
pub fn charges(receipt: &Receipt, of: &OnChain) -> Vec<Charged> {
    let Ok(token) = U256::from_str_radix(&of.token, 10) else { return Vec::new() };
    let exchange = Exchange::for_token(token, of.neg_risk).address();
    let logs = receipt.logs.iter().filter(|log| receipt.is_success && !log.is_removed);
    let filled = logs.filter(|log| log.address == exchange).filter_map(OrderFilled::decode);
    let told = filled.filter_map(|filled| filled.told(receipt.hash));
    told.filter(|charged| charged.order == of.order).collect()
}

/// An address in a topic: twelve zeros before it.
fn address(word: B256) -> Option<Address> {
    let address = Address::from_word(word);
    (address.into_word() == word).then_some(address)
}
