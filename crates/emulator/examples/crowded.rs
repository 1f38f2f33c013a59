//! A venue with ten thousand markets and a million resting orders: what it holds in memory, and how fast
//! it still answers. For `cargo xtask bench emulator`; one JSON line tells it.
//!
//! Orders come in through [`Venue::place`] with their signature taken as proved; reads go through the
//! doors, by HTTP over the loopback. Half of the markets have a tick of a cent, half of a tenth of one;
//! with the word `fine`, all of a tenth, whose ladders are ten times as long.

use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::{Gate, Market, Outcome, Side};
use betteroms_core::money::{Shares, Tick, Usd};
use betteroms_core::time::Time;
use betteroms_emulator::clock::Clock;
use betteroms_emulator::fault::Faults;
use betteroms_emulator::ledger::MarketIx;
use betteroms_emulator::log::Log;
use betteroms_emulator::script::derived_ids;
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::desk::Desk;
use betteroms_emulator::serve::{Ports, open};
use betteroms_emulator::venue::funds::{INFINITE, Token};
use betteroms_emulator::venue::market::Listing;
use betteroms_emulator::venue::order::Kind;
use betteroms_emulator::venue::people::KeyIx;
use betteroms_emulator::venue::place::Posted;
use betteroms_emulator::venue::{Settings, Venue};
use betteroms_polymarket::signing::{Exchange, Order, SignatureType, SignedBy, l2};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Failed = Box<dyn Error>;

const MARKETS: usize = 10_000;
const ORDERS: usize = 1_000_000;
const KEYS: usize = 100;
const READS: usize = 201;
/// What each order asks for, in shares, and its price range in cents.
const SHARES: i32 = 5;
const CENTS: u64 = 44;

/// Somebody who trades for himself.
#[derive(Debug)]
struct Trader {
    key: KeyIx,
    address: Address,
    owner: String,
}

fn main() -> Result<(), Failed> {
    let is_fine = std::env::args().nth(1).is_some_and(|word| word == "fine");
    let tenth = Tick::from_micros(1_000).ok_or("a tick")?;
    let begun = Instant::now();
    let mut venue = Venue::new(Settings::default(), Time::from_secs(1_790_000_000));
    let markets = (0..MARKETS).map(|nth| {
        let is_cent = nth.is_multiple_of(2) && !is_fine;
        list(&mut venue, nth, if is_cent { Tick::CENT } else { tenth })
    });
    let markets = markets.collect::<Result<Vec<_>, _>>()?;
    let traders: Vec<Trader> =
        (1..).take(KEYS).map(|nth| trader(&mut venue, nth)).collect::<Result<_, _>>()?;
    for (market, trader) in markets.iter().zip(traders.iter().cycle()) {
        venue.endow(trader.address, (*market, Outcome::First), Shares::from_units(1_000))?;
    }
    drop(venue.drain());
    let listed = (begun.elapsed(), kilobytes("VmRSS:")?);
    let begun = Instant::now();
    for nth in 0..ORDERS {
        place(&mut venue, &markets, &traders, nth)?;
        // The doors take what changed after every request.
        drop(venue.drain());
    }
    let placed = begun.elapsed();
    let resting: usize = venue.floors().iter().map(|(_, floor)| floor.book.len()).sum();
    if resting != ORDERS {
        return Err(format!("{resting} of {ORDERS} orders rest").into());
    }
    let (peak, now) = (kilobytes("VmHWM:")?, kilobytes("VmRSS:")?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reads = runtime.block_on(read(venue, &traders))?;
    let median = |times: &[Duration]| times.get(times.len() / 2).map_or(0, Duration::as_micros);
    let [book, orders, closes] = reads;
    let told = serde_json::json!({
        "markets": MARKETS, "resting": resting, "listed_kib": listed.1,
        "peak_kib": peak, "resident_kib": now, "listing_millis": listed.0.as_millis(),
        "placing_millis": placed.as_millis(), "book_micros": median(&book),
        "orders_micros": median(&orders), "close_micros": median(&closes),
    });
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// A line of what the system says of this process, in KiB.
fn kilobytes(name: &str) -> Result<u64, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the system does not tell this process's memory")?.parse()?)
}

fn list(venue: &mut Venue, nth: usize, tick: Tick) -> Result<MarketIx, Failed> {
    let slug = format!("will-it-rain-on-day-{nth}-of-the-long-winter");
    let (condition, tokens) = derived_ids(venue.names(), &slug);
    Ok(venue.list(Listing::plain(Market {
        condition,
        question: format!("Will it rain on day {nth} of the long winter?"),
        slug,
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens,
        tick,
        min_size: Shares::from_units(SHARES),
        fee: None,
        category: None,
        neg_risk: nth % 4 >= 2,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }))?)
}

fn trader(venue: &mut Venue, nth: u8) -> Result<Trader, Failed> {
    let address = Address::repeat_byte(nth);
    let key = venue.create_key(address, "0")?;
    venue.people_mut().allow(address);
    let wallet = venue.fund(address, Usd::from_units(1_000_000))?;
    for exchange in [Exchange::Standard, Exchange::NegRisk] {
        for token in [Token::Cash, Token::Shares] {
            venue.funds_mut().grant(wallet, token, exchange.address(), INFINITE);
        }
    }
    let owner = venue.people().key(key).credentials.key.to_string();
    Ok(Trader { key, address, owner })
}

/// The nth order: in every market in turn, bids below the middle and asks above it, the asks as sales of
/// the first outcome or, mostly, as bids for the second.
fn place(
    venue: &mut Venue,
    markets: &[MarketIx],
    traders: &[Trader],
    nth: usize,
) -> Result<(), Failed> {
    let (market, round) = (nth % MARKETS, nth / MARKETS);
    let ix = *markets.get(market).ok_or("a market")?;
    // Sales come from the trader who has this market's shares.
    let (outcome, side, who) = match round % 10 {
        0 | 2 | 4 | 6 | 8 => (Outcome::First, Side::Buy, market + round),
        9 => (Outcome::First, Side::Sell, market),
        _ => (Outcome::Second, Side::Buy, market + round),
    };
    let trader = traders.get(who % KEYS).ok_or("a trader")?;
    let cents = 1 + u64::try_from(nth)?.wrapping_mul(2_654_435_761) % CENTS;
    let cents = if side == Side::Buy { cents } else { 100 - cents };
    let (cash, size) = (cents * 50_000, 5_000_000_u64);
    let (give, get) = if side == Side::Buy { (cash, size) } else { (size, cash) };
    let token = venue.floors().get(ix).listing.market.token(outcome);
    let fields = Order {
        salt: u64::try_from(nth)?,
        maker: trader.address,
        signer: trader.address,
        token_id: U256::from_str_radix(token, 10)?,
        maker_amount: U256::from(give),
        taker_amount: U256::from(get),
        side,
        signature_type: SignatureType::Eoa,
        timestamp_ms: 1,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    };
    let posted = Posted {
        fields,
        signed_by: Some(SignedBy::Owner(trader.address)),
        expiration: 0,
        kind: Kind::Gtc,
        post_only: false,
        owner: trader.owner.clone(),
    };
    venue.place(trader.key, &posted)?;
    Ok(())
}

/// Times a book, a page of a key's open orders, and the end of a market with all that rests in it.
async fn read(venue: Venue, traders: &[Trader]) -> Result<[Vec<Duration>; 3], Failed> {
    let trader = traders.first().ok_or("a trader")?;
    let key = venue.people().key(trader.key);
    let (secret, passphrase) = (key.secret.clone(), key.credentials.passphrase.clone());
    let floors = venue.floors().iter().map(|(_, floor)| &floor.listing.market);
    let (tokens, conditions): (Vec<String>, Vec<String>) = floors
        .map(|market| (market.token(Outcome::First).to_owned(), market.condition.to_string()))
        .unzip();
    let clock = Clock::starting(venue.now(), 0);
    let desk = Arc::new(Desk::new(venue, clock, Log::default(), Faults::default()));
    let doors = open(desk, Ports::default()).await?;
    let mut stream = TcpStream::connect(doors.address(Service::Clob)).await?;
    stream.set_nodelay(true)?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mac = l2::mac(&secret, "1790000000", "GET", "/data/orders", b"");
    let orders = format!(
        "GET /data/orders HTTP/1.1\r\nhost: x\r\npoly_address: {}\r\npoly_api_key: {}\r\n\
         poly_passphrase: {passphrase}\r\npoly_timestamp: 1790000000\r\npoly_signature: {mac}\r\n\r\n",
        trader.address, trader.owner
    );
    let [books, pages, closes] = &mut times;
    for (token, condition) in tokens.iter().zip(&conditions).step_by(MARKETS / READS) {
        let book = format!("GET /book?token_id={token} HTTP/1.1\r\nhost: x\r\n\r\n");
        books.push(ask(&mut stream, &book).await?);
        pages.push(ask(&mut stream, &orders).await?);
        let close = format!(
            "POST /emulator/markets/{condition}/close HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        );
        closes.push(ask(&mut stream, &close).await?);
    }
    times.iter_mut().for_each(|times| times.sort_unstable());
    Ok(times)
}

/// Asks and reads the whole answer, which must be a 200.
async fn ask(stream: &mut TcpStream, request: &str) -> Result<Duration, Failed> {
    let begun = Instant::now();
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::with_capacity(64 * 1024);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Err("the connection ended".into());
        }
        let text = std::str::from_utf8(&read)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.ok_or("an answer without a length")?.parse()? {
            let took = begun.elapsed();
            return if head.starts_with("HTTP/1.1 200 ") { Ok(took) } else { Err(text.into()) };
        }
    }
}
