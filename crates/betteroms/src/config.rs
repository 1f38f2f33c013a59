//! The operator's configuration: a TOML file, then `BETTEROMS_…` variables, then flags. Everything has
//! a default that `config.example.toml` states with its reason; an unknown key or a wrong value is an
//! error that names its place.

mod real;

pub use real::{ForeignChoice, RealSection};

use anyhow::{Context as _, Result, anyhow, bail};
use betteroms_core::limits::{FillModel, Limits, PaperModel};
use betteroms_core::money::{Fraction, Price, Usd};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// What may be traded.
    pub limits: LimitsSection,
    /// How paper answers.
    pub paper: PaperSection,
    /// Where things lie.
    pub store: StoreSection,
    /// Where the venue lives.
    pub venue: VenueSection,
    /// Trading with real money.
    pub real: RealSection,
}

/// `[limits]`: caps that plans can only tighten.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitsSection {
    per_trade: Amount,
    per_pass: Amount,
    orders_per_pass: u32,
    per_day: Amount,
    per_market: Amount,
    total: Amount,
    price_band: Option<Distance>,
    max_spread: Option<Distance>,
    max_book_age_secs: u32,
    wait_at_most_hours: u32,
    good_for_seconds: Option<u32>,
}

/// `[paper]`: the paper venue.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PaperSection {
    #[serde(rename = "startingCashUSD")]
    starting_cash_usd: Amount,
    liquidity_fraction: Share,
    liquidity_by_category: BTreeMap<String, Share>,
    fill_model: FillModel,
    spread_cushion_ticks: u32,
}

/// `[store]`: the embedded database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StoreSection {
    /// The database file; `--db` wins.
    pub path: Option<PathBuf>,
}

/// `[venue]`: its hosts, and a node of its chain.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VenueSection {
    /// The order book service.
    pub clob_url: Option<String>,
    /// The catalogue of markets.
    pub gamma_url: Option<String>,
    /// The public trades.
    pub data_url: Option<String>,
    /// The service that makes a deposit wallet's transactions.
    pub relayer_url: Option<String>,
    /// Where the venue tells whether it serves this place.
    pub geoblock_url: Option<String>,
    /// A node of the chain, for JSON-RPC.
    pub rpc_url: Option<String>,
}

/// Dollars: a whole number or a decimal in quotes. A bare fraction would pass through a float.
#[derive(Clone, Copy, Debug)]
struct Amount(Usd);

/// A distance between two prices, in dollars, as decimal text.
#[derive(Clone, Copy, Debug)]
struct Distance(Price);

/// A share of a whole, 0 to 1, as decimal text or a whole number.
#[derive(Clone, Copy, Debug)]
struct Share(Fraction);

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(i64),
    Text(String),
    Float(f64),
}

fn decimal_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Number::deserialize(from)? {
        Number::Whole(number) => Ok(number.to_string()),
        Number::Text(text) => Ok(text),
        Number::Float(number) => Err(D::Error::custom(format!(
            "write \"{number}\" in quotes: a bare fraction is not exact"
        ))),
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = decimal_text(from)?;
        parse_usd(&text).map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Distance {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = decimal_text(from)?;
        let price = Price::parse(&text);
        price.map(Self).ok_or_else(|| D::Error::custom(format!("{text} is not between 0 and 1")))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = decimal_text(from)?;
        let share = Fraction::parse(&text);
        share.map(Self).ok_or_else(|| D::Error::custom(format!("{text} is not between 0 and 1")))
    }
}

/// The most dollars any amount may say: keeps every sum far inside 64 bits.
const USD_MAX: Usd = Usd::from_micros(100_000_000_000_000);

/// Reads dollars from decimal text, zero to a hundred million.
///
/// # Errors
/// On anything else, in a sentence.
pub fn parse_usd(text: &str) -> Result<Usd, String> {
    let micros = betteroms_core::money::Decimal::parse(text).ok().and_then(|d| d.micros());
    let usd = micros.map(Usd::from_micros);
    usd.filter(|usd| *usd >= Usd::ZERO && *usd <= USD_MAX)
        .ok_or_else(|| format!("{text:?} is not an amount in dollars between 0 and 100000000"))
}

const fn dollars(units: i64) -> Amount {
    Amount(Usd::from_micros(units * 1_000_000))
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            per_trade: dollars(2_000),
            per_pass: dollars(10_000),
            orders_per_pass: 1_000,
            per_day: dollars(20_000),
            per_market: dollars(5_000),
            total: dollars(20_000),
            price_band: None,
            max_spread: None,
            max_book_age_secs: 300,
            wait_at_most_hours: 24,
            good_for_seconds: None,
        }
    }
}

impl Default for PaperSection {
    fn default() -> Self {
        Self {
            starting_cash_usd: dollars(10_000),
            liquidity_fraction: Share(Fraction::ONE),
            liquidity_by_category: BTreeMap::new(),
            fill_model: FillModel::Book,
            spread_cushion_ticks: 0,
        }
    }
}

impl Config {
    /// The limits that passes use.
    pub fn limits(&self) -> Limits {
        let section = &self.limits;
        Limits {
            per_trade: section.per_trade.0,
            per_pass: section.per_pass.0,
            orders_per_pass: section.orders_per_pass,
            per_day: section.per_day.0,
            per_market: section.per_market.0,
            total: section.total.0,
            price_band_micros: section.price_band.map(|d| d.0.micros()),
            spread_micros_max: section.max_spread.map(|d| d.0.micros()),
            book_age_secs_max: section.max_book_age_secs,
            wait_hours_max: section.wait_at_most_hours,
            good_for_secs: section.good_for_seconds,
            halted: false,
            life_secs_min: None,
        }
    }

    /// How the paper venue answers.
    pub fn paper_model(&self) -> PaperModel {
        let by_category = self.paper.liquidity_by_category.iter();
        PaperModel {
            liquidity_fraction: self.paper.liquidity_fraction.0,
            liquidity_by_category: by_category.map(|(k, v)| (k.clone(), v.0)).collect(),
            fill_model: self.paper.fill_model,
            spread_cushion_ticks: self.paper.spread_cushion_ticks,
        }
    }

    /// The limits that real passes use: the tighter of `[limits]` and `[real]`.
    pub fn real_limits(&self) -> Limits {
        self.real.limits(&self.limits())
    }

    /// What a new paper account begins with.
    pub const fn starting_cash(&self) -> Usd {
        self.paper.starting_cash_usd.0
    }
}

/// Every key that a variable may set, with its path in the file.
const VARIABLES: [(&str, &str, &str); 37] = [
    ("BETTEROMS_LIMITS_PER_TRADE", "limits", "perTrade"),
    ("BETTEROMS_LIMITS_PER_PASS", "limits", "perPass"),
    ("BETTEROMS_LIMITS_ORDERS_PER_PASS", "limits", "ordersPerPass"),
    ("BETTEROMS_LIMITS_PER_DAY", "limits", "perDay"),
    ("BETTEROMS_LIMITS_PER_MARKET", "limits", "perMarket"),
    ("BETTEROMS_LIMITS_TOTAL", "limits", "total"),
    ("BETTEROMS_LIMITS_PRICE_BAND", "limits", "priceBand"),
    ("BETTEROMS_LIMITS_MAX_SPREAD", "limits", "maxSpread"),
    ("BETTEROMS_LIMITS_MAX_BOOK_AGE_SECS", "limits", "maxBookAgeSecs"),
    ("BETTEROMS_LIMITS_WAIT_AT_MOST_HOURS", "limits", "waitAtMostHours"),
    ("BETTEROMS_LIMITS_GOOD_FOR_SECONDS", "limits", "goodForSeconds"),
    ("BETTEROMS_PAPER_STARTING_CASH_USD", "paper", "startingCashUSD"),
    ("BETTEROMS_PAPER_LIQUIDITY_FRACTION", "paper", "liquidityFraction"),
    ("BETTEROMS_PAPER_FILL_MODEL", "paper", "fillModel"),
    ("BETTEROMS_PAPER_SPREAD_CUSHION_TICKS", "paper", "spreadCushionTicks"),
    ("BETTEROMS_DB", "store", "path"),
    ("BETTEROMS_VENUE_CLOB_URL", "venue", "clobUrl"),
    ("BETTEROMS_VENUE_GAMMA_URL", "venue", "gammaUrl"),
    ("BETTEROMS_VENUE_DATA_URL", "venue", "dataUrl"),
    ("BETTEROMS_VENUE_RELAYER_URL", "venue", "relayerUrl"),
    ("BETTEROMS_VENUE_GEOBLOCK_URL", "venue", "geoblockUrl"),
    ("BETTEROMS_VENUE_RPC_URL", "venue", "rpcUrl"),
    ("BETTEROMS_REAL_ENABLED", "real", "enabled"),
    ("BETTEROMS_REAL_WALLET", "real", "wallet"),
    ("BETTEROMS_REAL_SESSION_KEY", "real", "sessionKey"),
    ("BETTEROMS_REAL_KEYSTORE", "real", "keystore"),
    ("BETTEROMS_REAL_CREDENTIALS", "real", "credentials"),
    ("BETTEROMS_REAL_PASSPHRASE_FILE", "real", "passphraseFile"),
    ("BETTEROMS_REAL_PREVIEW_MAX_AGE_HOURS", "real", "previewMaxAgeHours"),
    ("BETTEROMS_REAL_FOREIGN", "real", "foreign"),
    ("BETTEROMS_REAL_CLOCK_SKEW_SECS_MAX", "real", "clockSkewSecsMax"),
    ("BETTEROMS_REAL_PER_TRADE", "real", "perTrade"),
    ("BETTEROMS_REAL_PER_DAY", "real", "perDay"),
    ("BETTEROMS_REAL_TOTAL", "real", "total"),
    ("BETTEROMS_REAL_LOOK_EVERY_MILLIS", "real", "lookEveryMillis"),
    ("BETTEROMS_CONFIG", "", ""),
    ("BETTEROMS_LOG", "", ""),
];

/// Reads the file, if there is one, and lays the variables over it.
///
/// # Errors
/// On an unknown key, a wrong value, an unreadable file, or a named file that is not there.
pub fn load(
    path: &Path,
    is_named: bool,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Config> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound && !is_named => String::new(),
        Err(fault) => {
            return Err(fault)
                .with_context(|| format!("reading the configuration {}", path.display()));
        }
    };
    let place = || format!("{} is not a configuration", path.display());
    // Read as it stands first: errors then carry their line.
    let wrong = |error: toml::de::Error| misread(&error, &text);
    toml::from_str::<Config>(&text).map_err(wrong).with_context(place)?;
    let mut table: toml::Table = toml::from_str(&text).map_err(wrong).with_context(place)?;
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("BETTEROMS_") && !FOREIGN.contains(&name.as_str()) {
            let value = value.into_string().ok().with_context(|| format!("{name} is not UTF-8"))?;
            overlay(&mut table, &name, value)?;
        }
    }
    let config =
        table.try_into().context("a BETTEROMS_ variable has a value that its key does not take")?;
    check(&config)?;
    Ok(config)
}

/// Where a configuration cannot be read, and why. Of what stands there it shows a key and no more: what somebody put there
/// by mistake may be a secret.
fn misread(error: &toml::de::Error, text: &str) -> anyhow::Error {
    let why = without_text(error.message());
    let Some(span) = error.span() else { return anyhow!("{why}") };
    let before = text.get(..span.start).unwrap_or(text);
    let above = before.matches('\n').count();
    let of = text.lines().nth(above).and_then(|line| line.split_once('='));
    // Where the whole is no TOML, what looks like a key may be anything.
    let key = of.filter(|_| text.parse::<toml::Table>().is_ok());
    let key = key.map_or(String::new(), |(key, _)| format!(", at `{}`", key.trim()));
    let column = before.chars().rev().take_while(|sign| *sign != '\n').count() + 1;
    anyhow!("line {}, column {column}{key}: {why}", above + 1)
}

/// A message of the reader without the text that it found where it wanted something else.
fn without_text(message: &str) -> String {
    let found = message.split_once("string \"").and_then(|(head, rest)| {
        let (_, tail) = rest.rsplit_once('"')?;
        Some(format!("{head}a text{tail}"))
    });
    found.unwrap_or_else(|| message.to_owned())
}

/// Variables that set no key: those of this program's tests, and the bare signing key (`crate::keys`). One of the
/// tests' means nothing to a release build (`crate::crash`), which refuses it.
const FOREIGN: [&str; 5] = [
    "BETTEROMS_SHARED",
    "BETTEROMS_PROVE_CASES",
    "BETTEROMS_PROVE_SEED",
    crate::keys::KEY_VARIABLE,
    if crate::crash::IS_BUILT_IN { crate::crash::VARIABLE } else { "" },
];

fn overlay(table: &mut toml::Table, name: &str, value: String) -> Result<()> {
    let Some((_, section, key)) = VARIABLES.iter().find(|(known, _, _)| *known == name) else {
        bail!("the variable {name} sets nothing: see config.example.toml for the names");
    };
    if section.is_empty() {
        return Ok(());
    }
    let is_flag = matches!(*key, "enabled" | "sessionKey");
    let value = match (value.parse::<i64>(), value.parse::<bool>()) {
        (_, Ok(word)) if is_flag => toml::Value::Boolean(word),
        (Ok(number), _) if *section != "store" => toml::Value::Integer(number),
        (Ok(_) | Err(_), _) => toml::Value::String(value),
    };
    let section = table.entry(*section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = section {
        section.insert((*key).to_owned(), value);
    }
    Ok(())
}

/// Values that parse and make no sense.
fn check(config: &Config) -> Result<()> {
    if config.limits.wait_at_most_hours == 0 {
        bail!("limits.waitAtMostHours is 0: a GTC trade could never be placed; write 1 or more");
    }
    if config.limits.orders_per_pass == 0 {
        bail!("limits.ordersPerPass is 0: nothing could ever be placed; write 1 or more");
    }
    if config.paper.spread_cushion_ticks > 1_000 {
        bail!(
            "paper.spreadCushionTicks is {}: 1000 is the most",
            config.paper.spread_cushion_ticks
        );
    }
    let venue = &config.venue;
    let hosts = [&venue.clob_url, &venue.relayer_url, &venue.rpc_url];
    config.real.check(&hosts.map(Option::as_deref))
}
