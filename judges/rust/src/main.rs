//! Two accounts trade with each other through polymarket_client_sdk_v2, unmodified, its sockets included.
//!
//! What stands here: the acts in their order. What does not: how they are judged (`judge`), who plays
//! (`cast`), the sockets (`streams`), what they do (`market`, `account`, `orders`).

mod account;
mod cast;
mod judge;
mod market;
mod matching;
mod orders;
mod streams;

use cast::{Cast, Stage, Trader};
use judge::{Judge, Told};
use polymarket_client_sdk_v2::auth::Normal;
use polymarket_client_sdk_v2::auth::state::Authenticated;
use polymarket_client_sdk_v2::clob::ws::types::response::BestBidAsk;
use polymarket_client_sdk_v2::clob::ws::{
    BookUpdate, ChannelType, Client as Sockets, LastTradePrice, PriceChange, WsMessage,
};
use polymarket_client_sdk_v2::ws::config::Config;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use streams::Seen;

const DEADLINE: Duration = Duration::from_secs(60);

/// Who trades, what was seen, and what came of it.
struct Scene {
    anna: Trader,
    anna_proxy: Trader,
    anna_safe: Trader,
    boris: Trader,
    boris_eoa: Trader,
    changes: Seen<PriceChange>,
    prints: Seen<LastTradePrice>,
    tops: Seen<BestBidAsk>,
    anna_stream: Seen<WsMessage>,
    boris_stream: Seen<WsMessage>,
    /// Ids of trades in order.
    trades: Vec<String>,
    /// Ids of resting orders by what the story calls them.
    resting: BTreeMap<&'static str, String>,
    /// What the streams are fed by.
    _sockets: Vec<Sockets>,
    _user_sockets: Vec<Sockets<Authenticated<Normal>>>,
}

impl Scene {
    /// The id of a resting order.
    fn order(&self, name: &str) -> Told<&str> {
        Ok(self.resting.get(name).ok_or(format!("no order {name}"))?)
    }
}

/// The two channels of each socket client, opened before the first order.
async fn open(judge: &Judge, cast: &Cast, ws: &str) -> Told<Scene> {
    let rain = &cast.rain;
    let both = || vec![rain.yes, rain.no];
    let tape = Sockets::new(ws, Config::default())?;
    let books = Seen::of(tape.subscribe_orderbook(both())?);
    let changes = Seen::of(tape.subscribe_prices(both())?);
    let prints = Seen::of(tape.subscribe_last_trade_price(both())?);
    // The library asks for best_bid_ask only where its first frame for a token does.
    let wider = Sockets::new(ws, Config::default())?;
    let tops = Seen::of(wider.subscribe_best_bid_ask(vec![rain.yes])?);
    for token in both() {
        let of_token = |book: &BookUpdate| (book.asset_id == token).then(|| book.clone());
        let book = books.wait(judge, "the book on subscribing", of_token).await?;
        judge.same("market of the first book", book.market, rain.condition)?;
        judge.same("levels of an empty book", (book.bids.len(), book.asks.len()), (0, 0))?;
        judge.yes("when", book.timestamp > 1_700_000_000_000, book.timestamp)?;
    }
    judge.ok("subscribe_orderbook, subscribe_prices, subscribe_last_trade_price", "two books");
    let (mut user, mut user_sockets) = (BTreeMap::new(), Vec::new());
    for name in ["anna", "boris"] {
        let creds = cast.creds.get(name).cloned().ok_or("no key yet")?;
        let address = cast.signer(name)?.address();
        let client = Sockets::new(ws, Config::default())?.authenticate(creds, address)?;
        user.insert(name, Seen::of(client.subscribe_user_events(Vec::new())?));
        let is_open = async || Ok(client.connection_state(ChannelType::User).is_connected());
        judge.until("the user channel opens", Duration::from_secs(5), is_open, |it| *it).await?;
        judge.ok("subscribe_user_events", name);
        user_sockets.push(client);
    }
    // There is no acknowledgement (venue.md 10.1): give the first frames time to arrive.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(Scene {
        anna: cast.trader("anna", "eoa").await?,
        anna_proxy: cast.trader("anna", "proxy").await?,
        anna_safe: cast.trader("anna", "safe").await?,
        boris: cast.trader("boris", "deposit").await?,
        boris_eoa: cast.trader("boris", "eoa").await?,
        changes,
        prints,
        tops,
        anna_stream: user.remove("anna").ok_or("no stream")?,
        boris_stream: user.remove("boris").ok_or("no stream")?,
        trades: Vec::new(),
        resting: BTreeMap::new(),
        _sockets: vec![tape, wider],
        _user_sockets: user_sockets,
    })
}

async fn play(judge: &Judge, cast: &mut Cast, ws: &str) -> Told {
    market::public_calls(judge, cast).await?;
    account::keys(judge, cast).await?;
    let mut scene = open(judge, cast, ws).await?;
    account::balances(judge, cast, &scene).await?;
    orders::rest(judge, cast, &mut scene).await?;
    market::book_calls(judge, cast).await?;
    matching::cross(judge, cast, &mut scene).await?;
    matching::take(judge, cast, &mut scene).await?;
    orders::conditions(judge, cast, &mut scene).await?;
    orders::batch(judge, cast, &mut scene).await?;
    matching::wallets(judge, cast, &mut scene).await?;
    account::ledger(judge, cast, &scene).await?;
    account::pages(judge, cast, &scene).await?;
    market::after_trades(judge, cast).await?;
    account::extras(judge, &scene).await?;
    orders::cancels(judge, cast, &scene).await?;
    account::builder(judge, cast, &scene).await?;
    account::heartbeat(judge, &scene).await?;
    account::goodbye(judge, cast).await
}

/// What follows a name on the command line.
fn word(name: &str) -> Told<String> {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().ok_or_else(|| format!("{name} is missing").into())
}

async fn told(judge: &Judge) -> Told {
    let stage: Stage = serde_json::from_str(&std::fs::read_to_string(word("--stage")?)?)?;
    let mut cast = Cast::new(&word("--clob")?, stage)?;
    let ws = word("--ws")?;
    match tokio::time::timeout(DEADLINE, play(judge, &mut cast, &ws)).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("the story was not over within {DEADLINE:?}").into()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let judge = Judge::default();
    let begun = Instant::now();
    if let Err(failure) = told(&judge).await {
        println!("FAILED: {failure}");
        return ExitCode::FAILURE;
    }
    let (calls, checks) = judge.counts();
    println!("rust: {calls} calls, {checks} checks, {:.1} s", begun.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
