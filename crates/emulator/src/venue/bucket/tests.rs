//! The buckets, by hand and against a plain count.

use super::*;
use crate::resting::tests::dice::{Dice, cases};
use crate::venue::Settings;

const START: i64 = 1_783_132_553;
const SIGNER: Address = Address::repeat_byte(1);

fn venue(limits: Limits) -> Venue {
    Venue::new(Settings { limits, ..Settings::default() }, Time::from_secs(START))
}

fn pass(venue: &mut Venue, micros: i64) {
    venue.advance(Time::from_micros(venue.now().micros() + micros));
}

#[test]
fn a_burst_passes_and_then_the_rate() {
    let mut venue = venue(Limits::Enforce);
    let all = venue.spend(SIGNER, Work::Orders, 60);
    assert_eq!((all.remaining, all.warning, all.refused_retry_secs), (0, false, None));
    // 60 tokens at 40 a second are 1.5 seconds.
    assert_eq!(all.reset_unix_secs, u64::try_from(START).unwrap() + 2);
    let none = venue.spend(SIGNER, Work::Orders, 1);
    assert_eq!((none.remaining, none.warning, none.refused_retry_secs), (0, true, Some(1)));
    // A token takes 25 milliseconds, to the microsecond.
    pass(&mut venue, 24_999);
    assert!(venue.spend(SIGNER, Work::Orders, 1).refused_retry_secs.is_some());
    pass(&mut venue, 1);
    assert_eq!(venue.spend(SIGNER, Work::Orders, 1).refused_retry_secs, None);
    // Cancels and other signers have buckets of their own.
    assert_eq!(venue.spend(SIGNER, Work::Cancels, 120).refused_retry_secs, None);
    assert_eq!(venue.spend(Address::repeat_byte(2), Work::Orders, 60).refused_retry_secs, None);
}

#[test]
fn a_request_is_taken_whole_or_not_at_all() {
    let mut venue = venue(Limits::Enforce);
    assert_eq!(venue.spend(SIGNER, Work::Cancels, 1 + 119).refused_retry_secs, None);
    pass(&mut venue, 60_000_000);
    // Cancel-all with 120 orders costs 121, and no waiting helps.
    for _ in 0..3 {
        let refused = venue.spend(SIGNER, Work::Cancels, 121);
        assert_eq!((refused.remaining, refused.refused_retry_secs), (120, Some(1)));
        pass(&mut venue, 60_000_000);
    }
    venue.set_tier(SIGNER, Tier::Copper);
    pass(&mut venue, 60_000_000);
    assert_eq!(venue.spend(SIGNER, Work::Cancels, 121).refused_retry_secs, None);
}

#[test]
fn a_warning_lets_pass_and_off_says_nothing() {
    let mut warns = venue(Limits::Warn);
    warns.spend(SIGNER, Work::Orders, 60);
    let warned = warns.spend(SIGNER, Work::Orders, 1);
    assert_eq!((warned.warning, warned.refused_retry_secs), (true, None));
    let names: Vec<_> = headers(&warned).into_iter().collect();
    let reset = (START + 2).to_string();
    let expected = [
        ("Poly-RateLimit-Remaining", "0".to_owned()),
        ("Poly-RateLimit-Reset", reset),
        ("Poly-RateLimit-Tier", "Standard".to_owned()),
        ("Poly-RateLimit-Warning", "true".to_owned()),
    ];
    assert_eq!(names, expected);
    let mut off = venue(Limits::Off);
    for _ in 0..100 {
        let verdict = off.spend(SIGNER, Work::Orders, 100);
        assert_eq!((verdict.warning, verdict.refused_retry_secs), (false, None));
    }
}

/// Whoever comes back when the refusal says passes, unless it asks for more than the burst; and nobody
/// ever gets more than burst + rate × time.
#[test]
fn refusals_tell_the_truth_and_nobody_gets_more_than_the_rate() {
    let mut dice = Dice::new(11);
    let (mut passed, mut refused, mut too_large) = (0, 0, 0);
    for _ in 0..cases(200) {
        let mut venue = venue(Limits::Enforce);
        let tier = dice.pick(&Tier::ALL);
        venue.set_tier(SIGNER, tier);
        let (rate, burst) = tier.published(Work::Orders);
        let mut taken: i64 = 0;
        for _ in 0..50 {
            pass(&mut venue, dice.between(0, 400_000));
            let cost = u32::try_from(dice.between(1, i64::from(burst) + 5)).unwrap();
            let verdict = venue.spend(SIGNER, Work::Orders, cost);
            let Some(secs) = verdict.refused_retry_secs else {
                taken += i64::from(cost);
                passed += 1;
                let micros = venue.now().micros() - START * 1_000_000;
                let most = i64::from(burst) * WHOLE + i64::from(rate) * micros;
                assert!(taken * WHOLE <= most, "{taken} in {micros}");
                continue;
            };
            refused += 1;
            let mut later = venue.buckets.clone();
            let then = venue.now().plus_secs(i64::try_from(secs).unwrap());
            let (passes, _) = later.spend((SIGNER, Work::Orders), cost, then);
            assert_eq!(passes, cost <= burst, "{cost} of {burst} after {secs} s");
            too_large += u32::from(cost > burst);
        }
    }
    assert!(passed > 1_000 && refused > 1_000 && too_large > 50, "{passed} {refused} {too_large}");
}
