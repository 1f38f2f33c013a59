//! What can be written in a script: a dumb mirror of the file. What it means is decided in the rooms beside.

use crate::exact::{Exact, Span, Speed};
use crate::venue::bucket::Limits;
use betteroms_core::market::Side;
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::account::Tier;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A script.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Form {
    pub(super) seed: Option<u64>,
    pub(super) clock: ClockForm,
    pub(super) settings: SettingsForm,
    pub(super) markets: Vec<MarketForm>,
    pub(super) accounts: Vec<AccountForm>,
    pub(super) liquidity: Vec<LiquidityForm>,
    pub(super) events: Vec<EventForm>,
    pub(super) faults: Vec<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ClockForm {
    pub(super) start: Option<Exact<Time>>,
    pub(super) speed: Option<Exact<Speed>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct SettingsForm {
    pub(super) mined_after_millis: Option<u32>,
    pub(super) confirmed_after_millis: Option<u32>,
    pub(super) legs_per_trade: Option<u16>,
    pub(super) page_size: Option<u16>,
    pub(super) version: Option<u64>,
    pub(super) relayed_after_millis: Option<u32>,
    pub(super) registered_after_millis: Option<u32>,
    pub(super) fenced_after_millis: Option<u32>,
    pub(super) swept_after_millis: Option<u32>,
    pub(super) submits_per_minute: Option<u32>,
    pub(super) limits: Option<LimitsForm>,
    pub(super) charged_fee: Option<FeeForm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LimitsForm {
    Off,
    Warn,
    Enforce,
}

impl From<LimitsForm> for Limits {
    fn from(form: LimitsForm) -> Self {
        match form {
            LimitsForm::Off => Self::Off,
            LimitsForm::Warn => Self::Warn,
            LimitsForm::Enforce => Self::Enforce,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MarketForm {
    pub(super) slug: String,
    pub(super) question: Option<String>,
    pub(super) outcomes: Option<[String; 2]>,
    pub(super) tokens: Option<[String; 2]>,
    pub(super) condition: Option<String>,
    pub(super) tick: Option<Exact<Tick>>,
    pub(super) min_size: Option<Exact<Shares>>,
    pub(super) fee: Option<FeeForm>,
    pub(super) neg_risk: Option<bool>,
    pub(super) group: Option<String>,
    pub(super) event: Option<EventOfMarket>,
    pub(super) taker_delay_millis: Option<u32>,
    pub(super) game_start: Option<Exact<Time>>,
    #[serde(default)]
    pub(super) clear_on_start: bool,
    pub(super) close: Option<Exact<Time>>,
    pub(super) resolution: Option<ResolutionForm>,
    pub(super) rewards: Option<RewardsForm>,
    pub(super) category: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EventOfMarket {
    pub(super) slug: String,
    pub(super) title: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FeeForm {
    pub(super) rate: Exact<Fraction>,
    pub(super) exponent: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResolutionForm {
    pub(super) payout_first: Exact<Fraction>,
    pub(super) at: Exact<Time>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RewardsForm {
    pub(super) min_size: Exact<Shares>,
    pub(super) max_spread: Exact<Price>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KindForm {
    Eoa,
    Proxy,
    Safe,
    #[default]
    Deposit,
    LegacyDeposit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccountForm {
    pub(super) name: String,
    pub(super) key: Option<String>,
    #[serde(default)]
    pub(super) wallet: KindForm,
    pub(super) cash: Option<Exact<Usd>>,
    #[serde(default)]
    pub(super) shares: Vec<SharesForm>,
    #[serde(default)]
    pub(super) approvals: ApprovalsForm,
    pub(super) deployed: Option<bool>,
    pub(super) allowed: Option<bool>,
    /// Whether its API key is there from the start.
    pub(super) api_key: Option<bool>,
    #[serde(default)]
    pub(super) banned: bool,
    #[serde(default)]
    pub(super) closed_only: bool,
    /// Of its own signer; sessions are of the lowest.
    #[serde(default)]
    pub(super) tier: Tier,
    #[serde(default)]
    pub(super) sessions: Vec<SessionForm>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SharesForm {
    pub(super) market: String,
    pub(super) outcome: String,
    pub(super) size: Exact<Shares>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum ApprovalsForm {
    #[default]
    All,
    None,
    Some(Vec<ApprovalForm>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApprovalForm {
    pub(super) token: TokenForm,
    pub(super) spender: String,
    pub(super) amount: Option<Exact<Usd>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TokenForm {
    Cash,
    Shares,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionForm {
    pub(super) name: String,
    pub(super) key: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) valid_until: Exact<Time>,
}

/// A price and a size.
pub(super) type LevelForm = (Exact<Price>, Exact<Shares>);

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LiquidityForm {
    pub(super) market: String,
    pub(super) outcome: Option<String>,
    #[serde(default)]
    pub(super) bids: Vec<LevelForm>,
    #[serde(default)]
    pub(super) asks: Vec<LevelForm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Doing {
    Take,
    Level,
    Tick,
    Mode,
    Close,
    Resolve,
    Fund,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ModeForm {
    Normal,
    Restarting,
    PostOnly,
    CancelOnly,
    Disabled,
}

/// An event: the fields of all kinds; which ones a kind takes is checked when it is understood.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EventForm {
    pub(super) at: Option<Exact<Time>>,
    pub(super) after: Option<Exact<Span>>,
    #[serde(rename = "do")]
    pub(super) doing: Doing,
    pub(super) market: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) side: Option<Side>,
    pub(super) price: Option<Exact<Price>>,
    pub(super) size: Option<Exact<Shares>>,
    pub(super) tick: Option<Exact<Tick>>,
    pub(super) mode: Option<ModeForm>,
    pub(super) seconds: Option<u32>,
    pub(super) post_only_seconds: Option<u32>,
    pub(super) says_when: Option<bool>,
    pub(super) payout_first: Option<Exact<Fraction>>,
    pub(super) account: Option<String>,
    pub(super) cash: Option<Exact<Usd>>,
}

impl<'de> Deserialize<'de> for ApprovalsForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ApprovalsForm;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"all\", \"none\" or a list of {token, spender, amount}")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<ApprovalsForm, E> {
                match word {
                    "all" => Ok(ApprovalsForm::All),
                    "none" => Ok(ApprovalsForm::None),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut of: A) -> Result<ApprovalsForm, A::Error> {
                let mut list: Vec<ApprovalForm> = Vec::new();
                while let Some(one) = of.next_element::<ApprovalForm>()? {
                    if one.token == TokenForm::Shares && one.amount.is_some() {
                        let text = "shares are approved all or nothing: leave the amount out";
                        return Err(A::Error::custom(text));
                    }
                    list.push(one);
                }
                Ok(ApprovalsForm::Some(list))
            }
        }
        from.deserialize_any(Reader)
    }
}
