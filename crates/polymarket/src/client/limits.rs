//! The venue's published limits per route and our place under them (venue.md 7.1). Each bucket holds a
//! tenth of what may be asked in ten seconds at 80 %: a full bucket and ten seconds of refill together
//! stay at 88 % of the limit, and the Gamma routes together under Gamma's own total.

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

/// A group of addresses that share one published limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/books`: 500 in 10 s.
    Books,
    /// `/clob-markets`: no limit of its own; a tenth of the CLOB's 9,000 in 10 s.
    ClobMarkets,
    /// Gamma `/markets`: 300 in 10 s.
    GammaMarkets,
    /// Gamma `/events`: 500 in 10 s.
    GammaEvents,
    /// Gamma `/public-search`: 350 in 10 s.
    GammaSearch,
    /// Data API `/trades`: 200 in 10 s.
    Trades,
    /// A node of the chain: nothing is published that all providers hold to.
    Node,
    /// The relayer's reads: no limit of their own.
    Relayer,
    /// `/submit` of the relayer: 25 a minute.
    Submit,
    /// Keys and rights: 100 in 10 s.
    Auth,
    /// `/data/orders`, `/data/trades`: 500 in 10 s each; one bucket for both.
    Account,
    /// `/balance-allowance`: 200 in 10 s.
    Balance,
    /// `/balance-allowance/update`: 50 in 10 s.
    BalanceUpdate,
    /// POST `/order` and `/orders`: the tighter of the two, 2,000 in 10 s.
    Orders,
    /// Every cancel but `/cancel-all`: 1,500 in 10 s.
    Cancels,
    /// DELETE `/cancel-all`: 250 in 10 s.
    CancelAll,
    /// `/time`, `/version`: 100 in 10 s, as published for `/ok`.
    Pulse,
}

#[derive(Debug)]
pub(super) struct Limits {
    books: Bucket,
    clob_markets: Bucket,
    gamma_markets: Bucket,
    gamma_events: Bucket,
    gamma_search: Bucket,
    trades: Bucket,
    node: Bucket,
    relayer: Bucket,
    submit: Bucket,
    auth: Bucket,
    account: Bucket,
    balance: Bucket,
    balance_update: Bucket,
    orders: Bucket,
    cancels: Bucket,
    cancel_all: Bucket,
    pulse: Bucket,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self {
            books: bucket(40),
            clob_markets: bucket(72),
            gamma_markets: bucket(24),
            gamma_events: bucket(40),
            gamma_search: bucket(28),
            trades: bucket(16),
            node: bucket(20),
            relayer: bucket(10),
            submit: bucket_of_a_minute(18, 4),
            auth: bucket(8),
            account: bucket(40),
            balance: bucket(16),
            balance_update: bucket(4),
            orders: bucket(160),
            cancels: bucket(120),
            cancel_all: bucket(20),
            pulse: bucket(8),
        }
    }

    /// Waits until one more call of the route is within its limit.
    pub(super) async fn pass(&self, route: Route) {
        let bucket = match route {
            Route::Books => &self.books,
            Route::ClobMarkets => &self.clob_markets,
            Route::GammaMarkets => &self.gamma_markets,
            Route::GammaEvents => &self.gamma_events,
            Route::GammaSearch => &self.gamma_search,
            Route::Trades => &self.trades,
            Route::Node => &self.node,
            Route::Relayer => &self.relayer,
            Route::Submit => &self.submit,
            Route::Auth => &self.auth,
            Route::Account => &self.account,
            Route::Balance => &self.balance,
            Route::BalanceUpdate => &self.balance_update,
            Route::Orders => &self.orders,
            Route::Cancels => &self.cancels,
            Route::CancelAll => &self.cancel_all,
            Route::Pulse => &self.pulse,
        };
        bucket.until_ready().await;
    }
}

fn bucket(per_second: u32) -> Bucket {
    RateLimiter::direct(Quota::per_second(NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN)))
}

/// A bucket of `at_once` that refills by so many a minute; both together stay below the limit.
fn bucket_of_a_minute(per_minute: u32, at_once: u32) -> Bucket {
    let whole = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_minute(whole(per_minute)).allow_burst(whole(at_once)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn a_route_is_slowed_down_and_the_others_are_not() {
        let limits = Limits::new();
        let begun = Instant::now();
        for _ in 0..22 {
            limits.pass(Route::Trades).await;
        }
        // 16 at once, six more at 16 a second.
        assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
        let begun = Instant::now();
        for _ in 0..40 {
            limits.pass(Route::Books).await;
        }
        assert!(begun.elapsed() < Duration::from_millis(300), "{:?}", begun.elapsed());
    }
}
