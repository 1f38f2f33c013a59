//! What a script says shall happen later, as facts for the venue's feed.

use super::form::{Doing, EventForm, ModeForm};
use super::markets::{market, outcome};
use super::{StagedAccount, Wrong};
use crate::feed::{Feed, FeedEvent};
use crate::ledger::MarketIx;
use crate::venue::{Mode, Venue};
use betteroms_core::book::Level;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares};
use betteroms_core::time::Time;

/// How long a restart and the post-only window after it last where a script does not say (venue.md 4.10).
const RESTART_SECS: u32 = 90;
const POST_ONLY_SECS: u32 = 120;

pub(super) fn follow(
    forms: &[EventForm],
    accounts: &[StagedAccount],
    venue: &mut Venue,
    wrong: &mut Wrong,
) {
    let mut timed: Vec<(Time, FeedEvent)> = Vec::with_capacity(forms.len());
    for (nth, form) in forms.iter().enumerate() {
        let read = Reader { form, venue, accounts }.read();
        timed.extend(wrong.take(&format!("events[{nth}]"), read));
    }
    // Stable: what has the same time happens in the order written.
    timed.sort_by_key(|(at, _)| *at);
    if let Some((first, _)) = timed.first() {
        let mut feed = Feed::new();
        feed.add(*first, timed.into_iter());
        venue.follow(feed);
    }
}

struct Reader<'a> {
    form: &'a EventForm,
    venue: &'a Venue,
    accounts: &'a [StagedAccount],
}

impl Reader<'_> {
    fn read(&self) -> Result<(Time, FeedEvent), String> {
        let at = self.time()?;
        self.refuse_idle()?;
        let form = self.form;
        let event = match form.doing {
            Doing::Take => {
                let (market, outcome, side) = self.place()?;
                let (price, size) = self.amount(market, outcome)?;
                FeedEvent::Print { market, outcome, taker: side, price, size }
            }
            Doing::Level => {
                let (market, outcome, side) = self.place()?;
                let (price, size) = self.amount(market, outcome)?;
                let price = if outcome == Outcome::First { price } else { price.complement() };
                FeedEvent::Level(market, side.in_first_terms(outcome), Level { price, size })
            }
            Doing::Tick => FeedEvent::Tick(self.market()?, needed(form.tick, "tick")?.0),
            Doing::Mode => FeedEvent::Mode(self.mode(at)?),
            Doing::Close => FeedEvent::Close(self.market()?),
            Doing::Resolve => {
                let payout = needed(form.payout_first, "payoutFirst")?.0;
                if ![0, 500_000, 1_000_000].contains(&payout.micros()) {
                    return Err("payoutFirst is 0, 0.5 or 1".to_owned());
                }
                FeedEvent::Resolve(self.market()?, payout)
            }
            Doing::Fund => {
                let name = needed(form.account.as_deref(), "account")?;
                let found = self.accounts.iter().find(|account| account.name == name);
                let account = found.ok_or_else(|| format!("no account is called {name:?}"))?;
                FeedEvent::Fund(account.wallet, needed(form.cash, "cash")?.0)
            }
        };
        Ok((at, event))
    }

    fn time(&self) -> Result<Time, String> {
        let now = self.venue.now();
        match (self.form.at, self.form.after) {
            (Some(at), None) => Ok(at.0),
            (None, Some(after)) => Ok(Time::from_micros(now.micros().saturating_add(after.0.0))),
            (None, None) | (Some(_), Some(_)) => {
                Err("write either \"at\" with an instant or \"after\" with a span".to_owned())
            }
        }
    }

    /// A field that this kind of event would not look at is a mistake.
    fn refuse_idle(&self) -> Result<(), String> {
        let form = self.form;
        let given = [
            ("market", form.market.is_some()),
            ("outcome", form.outcome.is_some()),
            ("side", form.side.is_some()),
            ("price", form.price.is_some()),
            ("size", form.size.is_some()),
            ("tick", form.tick.is_some()),
            ("mode", form.mode.is_some()),
            ("seconds", form.seconds.is_some()),
            ("postOnlySeconds", form.post_only_seconds.is_some()),
            ("saysWhen", form.says_when.is_some()),
            ("payoutFirst", form.payout_first.is_some()),
            ("account", form.account.is_some()),
            ("cash", form.cash.is_some()),
        ];
        let taken: &[&str] = match form.doing {
            Doing::Take | Doing::Level => &["market", "outcome", "side", "price", "size"],
            Doing::Tick => &["market", "tick"],
            Doing::Mode => &["mode", "seconds", "postOnlySeconds", "saysWhen"],
            Doing::Close => &["market"],
            Doing::Resolve => &["market", "payoutFirst"],
            Doing::Fund => &["account", "cash"],
        };
        match given.iter().find(|(name, is_given)| *is_given && !taken.contains(name)) {
            Some((name, _)) => {
                Err(format!("{name:?} has no meaning here; this takes {}", taken.join(", ")))
            }
            None => Ok(()),
        }
    }

    fn market(&self) -> Result<MarketIx, String> {
        market(self.venue, needed(self.form.market.as_deref(), "market")?)
    }

    fn place(&self) -> Result<(MarketIx, Outcome, Side), String> {
        let market = self.market()?;
        let outcome = match self.form.outcome.as_deref() {
            Some(label) => outcome(self.venue, market, label)?,
            None => Outcome::First,
        };
        Ok((market, outcome, needed(self.form.side, "side")?))
    }

    fn amount(&self, market: MarketIx, _of: Outcome) -> Result<(Price, Shares), String> {
        let (price, size) =
            (needed(self.form.price, "price")?.0, needed(self.form.size, "size")?.0);
        let is_level = self.form.doing == Doing::Level;
        if size.is_zero() && !is_level {
            return Err("size must be more than 0".to_owned());
        }
        // A tick that changes before then may make the price fit or not; only the finest grid is held.
        let slug = &self.venue.floors().get(market).listing.market.slug;
        if !price.micros().is_multiple_of(100) {
            return Err(format!("price {price} is on no grid that {slug} can have"));
        }
        Ok((price, size))
    }

    fn mode(&self, at: Time) -> Result<Mode, String> {
        let form = self.form;
        let until = |usual: u32| at.plus_secs(i64::from(form.seconds.unwrap_or(usual)));
        Ok(match needed(form.mode, "mode")? {
            ModeForm::Normal => Mode::Normal,
            ModeForm::Restarting => Mode::Restarting {
                until: until(RESTART_SECS),
                post_only_secs: form.post_only_seconds.unwrap_or(POST_ONLY_SECS),
                says_when: form.says_when.unwrap_or(false),
            },
            ModeForm::PostOnly => Mode::PostOnly { until: until(POST_ONLY_SECS) },
            ModeForm::CancelOnly => Mode::CancelOnly,
            ModeForm::Disabled => Mode::Disabled,
        })
    }
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{name:?} is missing"))
}
