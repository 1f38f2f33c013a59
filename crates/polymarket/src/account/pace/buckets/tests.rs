//! Our count, against the published table and against a bucket of the venue's that is counted plainly.

use super::*;

const NONE: Told =
    Told { remaining: None, reset_in: None, tier: None, is_warning: false, refused: None };

/// Takes requests of `cost` as soon as they pass, each answered at once by `told`; the micros that all took.
fn run(buckets: &mut Buckets, (work, cost, times): (Work, u32, u32), told: &Told) -> i64 {
    let mut now = 0;
    for _ in 0..times {
        let ticket = loop {
            match buckets.take(work, cost, now) {
                Ok(ticket) => break ticket,
                Err(wait) => {
                    assert!(wait > 0);
                    now += wait;
                }
            }
        };
        buckets.told(ticket, true, told, now);
    }
    now
}

#[test]
fn four_fifths_of_a_burst_leave_and_then_nearly_the_rate() {
    for tier in Tier::ALL {
        for work in [Work::Orders, Work::Cancels] {
            let (rate, burst) = tier.published(work);
            let mut buckets = Buckets::new(tier);
            let most = buckets.at_once(work);
            assert_eq!(most, burst * 4 / 5);
            assert_eq!(run(&mut buckets, (work, 1, most), &NONE), 0);
            let mut buckets = Buckets::new(tier);
            let micros = run(&mut buckets, (work, 1, most + 10 * rate), &NONE);
            assert!((10 * WHOLE..11 * WHOLE).contains(&micros), "{tier:?} {work:?}: {micros}");
        }
    }
    assert_eq!((Tier::parse("ELITE"), Tier::parse("Mithril")), (Some(Tier::Elite), None));
}

#[test]
fn orders_and_cancels_are_counted_apart_and_too_much_takes_a_full_bucket() {
    let mut buckets = Buckets::new(Tier::Standard);
    assert!(buckets.take(Work::Orders, 48, 0).is_ok());
    // A token takes a 38th of a second.
    assert_eq!(buckets.take(Work::Orders, 1, 0), Err(26_316));
    assert!(buckets.take(Work::Cancels, 5_000, 0).is_ok());
    assert!(buckets.take(Work::Cancels, 1, 0).is_err());
}

#[test]
fn a_named_tier_counts_at_once_and_is_not_believed_after_a_contradiction() {
    let mut buckets = Buckets::new(Tier::Standard);
    let named = |tier| Told { tier: Some(tier), ..NONE };
    run(&mut buckets, (Work::Orders, 1, 1), &named(Tier::Elite));
    assert_eq!((buckets.tier(), buckets.per_second(Work::Orders)), (Tier::Elite, 570));
    run(&mut buckets, (Work::Orders, 1, 1), &named(Tier::Standard));
    assert_eq!(buckets.tier(), Tier::Standard);
    run(&mut buckets, (Work::Orders, 1, 1), &named(Tier::Gold));
    // Named and contradicted in one answer.
    let warned = Told { is_warning: true, ..named(Tier::Gold) };
    run(&mut buckets, (Work::Orders, 1, 1), &warned);
    assert_eq!((buckets.tier(), buckets.per_second(Work::Orders)), (Tier::Standard, 38));
    run(&mut buckets, (Work::Orders, 1, 1), &named(Tier::Elite));
    assert_eq!(buckets.tier(), Tier::Standard);
    run(&mut buckets, (Work::Orders, 1, 1), &warned);
    assert_eq!((buckets.per_second(Work::Orders), buckets.per_second(Work::Cancels)), (19, 38));
    run(&mut buckets, (Work::Orders, 1, 5), &warned);
    assert_eq!(buckets.per_second(Work::Orders), 19, "and no slower");
}

#[test]
fn requests_that_left_together_slow_us_down_once() {
    let mut buckets = Buckets::new(Tier::Elite);
    let tickets: Vec<Ticket> = (0..8).map(|_| buckets.take(Work::Orders, 15, 0).unwrap()).collect();
    let refused = Told { refused: Some(Some(Duration::from_secs(1))), ..NONE };
    for ticket in tickets {
        buckets.told(ticket, true, &refused, 1_000);
    }
    assert_eq!((buckets.tier(), buckets.per_second(Work::Orders)), (Tier::Standard, 38));
    // It stays away for as long as it was asked to; cancels do not.
    assert_eq!(buckets.take(Work::Orders, 1, 1_000), Err(WHOLE));
    assert!(buckets.take(Work::Cancels, 1, 1_000).is_ok());
}

#[test]
fn what_others_spent_is_waited_for_until_the_reset() {
    let mut buckets = Buckets::new(Tier::Standard);
    let ticket = buckets.take(Work::Orders, 15, 0).unwrap();
    // 33 are left by our count.
    let told = Told { remaining: Some(3), reset_in: Some(Duration::from_secs(2)), ..NONE };
    buckets.told(ticket, true, &told, 0);
    assert_eq!(buckets.take(Work::Orders, 15, 0), Err(2 * WHOLE));
    assert!(buckets.take(Work::Orders, 15, 2 * WHOLE).is_ok());
    // What agrees with our count is not waited for, only its refill.
    let mut buckets = Buckets::new(Tier::Standard);
    let ticket = buckets.take(Work::Orders, 48, 0).unwrap();
    let told = Told { remaining: Some(12), reset_in: Some(Duration::from_secs(2)), ..NONE };
    buckets.told(ticket, true, &told, 0);
    assert_eq!(buckets.take(Work::Orders, 15, 0), Err(394_737));
}

#[test]
fn a_sweep_is_counted_once_its_size_is_known_and_its_refusal_says_nothing_of_our_rate() {
    let mut buckets = Buckets::new(Tier::Standard);
    let ticket = buckets.take(Work::Cancels, 1, 0).unwrap();
    let ticket = buckets.took_more(ticket, 60);
    let told = Told { remaining: Some(59), ..NONE };
    buckets.told(ticket, false, &told, 0);
    assert!(buckets.take(Work::Cancels, 36, 0).is_err());
    assert!(buckets.take(Work::Cancels, 35, 0).is_ok());
    let mut buckets = Buckets::new(Tier::Elite);
    let ticket = buckets.take(Work::Cancels, 1, 0).unwrap();
    let refused = Told { refused: Some(Some(Duration::from_secs(9))), ..NONE };
    buckets.told(ticket, false, &refused, 0);
    assert_eq!(buckets.tier(), Tier::Elite);
    assert!(buckets.take(Work::Cancels, 900, 0).is_ok());
}

/// Whatever an answer says: never faster than the highest tier, and no longer than the bounds.
#[test]
fn lies_neither_speed_us_up_nor_stop_us() {
    let year = Duration::from_secs(31_536_000);
    let lies = [
        Told { remaining: Some(u32::MAX), tier: Some(Tier::Elite), ..NONE },
        Told { remaining: Some(0), reset_in: Some(year), ..NONE },
        Told {
            remaining: Some(0),
            reset_in: Some(Duration::ZERO),
            tier: Some(Tier::Elite),
            ..NONE
        },
        Told { refused: Some(Some(year)), ..NONE },
        Told { refused: Some(None), reset_in: Some(year), is_warning: true, ..NONE },
    ];
    for told in lies {
        let mut buckets = Buckets::new(Tier::Standard);
        let micros = run(&mut buckets, (Work::Orders, 15, 100), &told);
        // 1,500 orders: no faster than Elite, no slower than half of Standard and all that may be held back.
        let (rate, burst) = Tier::Elite.published(Work::Orders);
        let least = i64::from(1_500 - burst) * WHOLE / i64::from(rate);
        let most = 1_500 * WHOLE / 19 + HOLDS_MAX + WHOLE;
        assert!((least..most).contains(&micros), "{told:?}: {micros}");
    }
}

/// A venue that counts by the published table, and requests that travel up to `JITTER` each way, eight at once:
/// none is refused, nobody else spends, and the rate is used.
#[test]
fn an_honest_venue_never_refuses() {
    const JITTER: i64 = 140_000;
    let mut refused = 0;
    for seed in 1..17_i64 {
        let tier = Tier::ALL[usize::try_from(seed % 8).unwrap()];
        let (rate, burst) = tier.published(Work::Orders);
        let (rate, full) = (i64::from(rate), i64::from(burst) * WHOLE);
        let mut dice = seed;
        let mut roll = || {
            dice = (dice * 1_103_515_245 + 12_345) % (1 << 31);
            (dice / 65_536) % JITTER
        };
        let mut buckets = Buckets::new(tier);
        // Sent requests: when each arrives, when its answer does, and what that says.
        let mut away: Vec<(i64, i64, Ticket, Option<Told>)> = Vec::new();
        let (mut venue_level, mut venue_at, mut now) = (full, 0, 0);
        let orders = 40 * rate;
        let mut left = orders;
        while left > 0 || !away.is_empty() {
            away.sort_by_key(|(arrives, ..)| *arrives);
            for (arrives, _, _, told) in away.iter_mut().filter(|one| one.0 <= now) {
                if told.is_some() {
                    continue;
                }
                venue_level = (venue_level + (*arrives - venue_at) * rate).min(full);
                venue_at = *arrives;
                let fits = venue_level >= 15 * WHOLE;
                refused += i32::from(!fits);
                venue_level -= if fits { 15 * WHOLE } else { 0 };
                let remaining = u32::try_from(venue_level / WHOLE).ok();
                let refused = (!fits).then_some(None);
                let reset = u64::try_from((full - venue_level) / rate).unwrap();
                let reset_in = Some(Duration::from_micros(reset));
                *told = Some(Told { remaining, reset_in, tier: Some(tier), refused, ..NONE });
            }
            let (back, still): (Vec<_>, Vec<_>) =
                away.into_iter().partition(|(_, back, _, told)| told.is_some() && *back <= now);
            away = still;
            for (_, _, ticket, told) in back {
                buckets.told(ticket, true, &told.unwrap(), now);
            }
            while left > 0
                && away.len() < 8
                && let Ok(ticket) = buckets.take(Work::Orders, 15, now)
            {
                let arrives = now + roll();
                away.push((arrives, arrives + roll(), ticket, None));
                left -= 15;
            }
            now += 1_000;
        }
        // Eight requests at once carry 120 orders in at most 280 ms; slower tiers use 9 of 10 tokens.
        let used = orders * WHOLE / now;
        assert!(used * 10 >= rate.min(400) * 9 * 9 / 10, "{tier:?}: {used} of {rate} a second");
    }
    assert_eq!(refused, 0);
}
