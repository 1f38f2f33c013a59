//! Differences that the reference matcher once found, each kept as the smallest case that showed it.

use crate::given::{Desk, MARKET, a_plan, a_trade, a_view, book, print, shares, t};
use betteroms_core::book::Print;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::Tick;

/// A sweep's prints bear one time. At our price first, then beyond it: 300 wait before us, 100 of them
/// go, then 50 pass through us. Told the other way round the 100 would be ours as well.
#[test]
fn r2_prints_of_one_instant_walk_best_price_first_in_either_token() {
    let at_ours = print(t(10), Side::Sell, "0.50", "100");
    let through = print(t(10), Side::Sell, "0.49", "50");
    for told in [
        [at_ours.clone(), through.clone()],
        [through.clone(), at_ours.clone()],
        [mirrored(&through), at_ours.clone()],
        [through.clone(), mirrored(&at_ours)],
    ] {
        let mut desk = Desk::new();
        let plan = a_plan("p", [a_trade().at("0.50").shares("200")]);
        desk.pass(t(0), a_view(Some(book(t(0), "0.50x300", "0.55x10"))), &[plan]);
        let mut view = a_view(Some(book(t(20), "0.50x300", "0.55x10")));
        view.prints = told.to_vec();
        desk.pass(t(20), view, &[]);
        assert_eq!(desk.fills_of("p/0/1"), "0.5x50", "{told:?}");
    }
}

fn mirrored(print: &Print) -> Print {
    Print {
        outcome: Outcome::Second,
        taker: print.taker.opposite(),
        price: print.price.complement(),
        ..print.clone()
    }
}

/// On a grid of 0.0001 both neighbours are within 0.0001: the nearer one counts.
#[test]
fn r2_print_on_the_finest_grid_rounds_to_the_nearer_tick() {
    // A sell at 0.50009 traded at 0.5001 for us, where 300 wait before us; not through it.
    for (sold_at, filled) in [("0.50009", ""), ("0.50005", ""), ("0.50004", "0.5001x50")] {
        let mut desk = Desk::new();
        let plan = a_plan("p", [a_trade().at("0.5001").shares("200")]);
        let mut view = a_view(Some(book(t(0), "0.5001x300", "0.55x10")));
        view.market.tick = Tick::from_micros(100).unwrap();
        let mut next = view.clone();
        desk.pass(t(0), view, &[plan]);
        next.book = Some(book(t(20), "0.5001x300", "0.55x10"));
        next.prints = vec![print(t(10), Side::Sell, sold_at, "50")];
        desk.pass(t(20), next, &[]);
        assert_eq!(desk.fills_of("p/0/1"), filled, "sold at {sold_at}");
    }
}

/// What is left of a level need not be a whole 0.0001 share; what cash buys of it is.
#[test]
fn r2_cash_buys_whole_steps_also_of_a_partly_used_level() {
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade().at("0.50").shares("10")]);
    desk.pass(t(0), a_view(Some(book(t(0), "0.50x5", "0.55x10"))), &[plan]);
    // A print of 1.000003 through us, then a book that crosses us takes 8.999997 of its 20.
    let mut view = a_view(Some(book(t(20), "0.45x5", "0.50x20")));
    view.prints = vec![print(t(10), Side::Sell, "0.49", "1.000003")];
    let fak = a_plan("q", [a_trade().at("0.50").usdc("100").fak()]);
    desk.pass(t(20), view, &[fak]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x1.000003 0.5x8.999997");
    assert_eq!(desk.fills_of("q/0/1"), "0.5x11");
    assert_eq!(desk.held(Outcome::First), shares("21"));
    assert_eq!(desk.state.positions.keys().next().map(|key| key.0.as_str()), Some(MARKET));
}
