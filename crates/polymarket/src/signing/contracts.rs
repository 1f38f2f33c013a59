//! The venue's contracts on Polygon: the one table of addresses, and the approvals that trading takes
//! (venue.md 8.1, 8.2).

use alloy_primitives::{Address, B256, address, b256};

/// Polygon.
pub const CHAIN_ID: u64 = 137;

/// "Polymarket USD", the collateral: ERC-20, 6 decimals.
pub const PUSD: Address = address!("C011a7E12a19f7B1f670d46F03B03f3342E82DFB");
/// Conditional tokens: ERC-1155, units of a millionth.
pub const CTF: Address = address!("4D97DCd97eC945f40cF65F87097ACe5EA0476045");
/// Bridged USDC: what position ids of standard markets derive from, and what the onramp takes.
pub const USDC_E: Address = address!("2791Bca1f2de4661ED88A30C99A7a9449Aa84174");
/// Native USDC.
pub const USDC: Address = address!("3c499c542cEF5E3811e1192ce70d8cC03d5c3359");
/// USDC or USDC.e to pUSD, one to one.
pub const ONRAMP: Address = address!("93070a847efEf7F70739046A929D47a521F5B8ee");
/// pUSD to USDC or USDC.e, one to one.
pub const OFFRAMP: Address = address!("2957922Eb93258b93368531d39fAcCA3B4dC5854");

/// The exchange of standard markets.
pub const EXCHANGE_STANDARD: Address = address!("E111180000d2663C0091e4f400237545B87B996B");
/// The exchange of neg-risk markets.
pub const EXCHANGE_NEG_RISK: Address = address!("e2222d279d744050d28e00520010520000310F59");
/// The exchange of protocol v2 positions ("V3", combos).
pub const EXCHANGE_V3: Address = address!("e3333700cA9d93003F00f0F71f8515005F6c00Aa");

/// Splits, merges and redeems pUSD in standard markets.
pub const CTF_ADAPTER: Address = address!("AdA100Db00Ca00073811820692005400218FcE1f");
/// Splits, merges, redeems and converts pUSD in neg-risk markets.
pub const NEG_RISK_CTF_ADAPTER: Address = address!("adA2005600Dec949baf300f4C6120000bDB6eAab");
/// The legacy NegRiskAdapter: still the custody of neg-risk conditions.
pub const NEG_RISK_ADAPTER: Address = address!("d91E80cF2E7be2e162c6513ceD06f1dD0dA35296");
/// What position ids of neg-risk markets derive from.
pub const WRAPPED_COLLATERAL: Address = address!("3A3BD7bb9528E159577F7C2e685CC81A765002E2");

/// Holds protocol v2 positions: ERC-1155.
pub const POSITION_MANAGER: Address = address!("006F54F7f9A22e0000CC2AB60031000000ae9fEF");
/// Splits, merges and redeems protocol v2 positions.
pub const ROUTER: Address = address!("12121212006e4CD160D18e3f00711DA5c3372600");
/// Protocol v2, binary conditions.
pub const BINARY_MODULE: Address = address!("1000008dD9001B968442c1000017eaE6E0dA00Ba");
/// Protocol v2, neg-risk conditions.
pub const NEG_RISK_MODULE: Address = address!("200000900045e3B6259600682756002200028933");
/// Protocol v2, combinations.
pub const COMBINATORIAL_MODULE: Address = address!("30000034706C7d8e12009DAB006Be20000c031A8");
/// Turns resolved positions into pUSD without a call of ours, where it is approved.
pub const AUTO_REDEEMER: Address = address!("a1200000d0002264C9a1698e001292D00E1b00af");
/// Deposits for perpetuals; in the list of approvals only.
pub const PERPS_DEPOSIT: Address = address!("DCa4af75705dbB50f62437045afF9921947917d2");

/// Makes proxy wallets (signature type 1).
pub const PROXY_FACTORY: Address = address!("aB45c5A4B0c941a2F231C04C3f49182e1A254052");
/// What a proxy wallet runs.
pub const PROXY_IMPLEMENTATION: Address = address!("44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f");
/// The hash of a proxy wallet's creation code.
pub const PROXY_INIT_CODE_HASH: B256 =
    b256!("d21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b");
/// Makes safes (signature type 2).
pub const SAFE_FACTORY: Address = address!("aacFeEa03eb1561C4e67d661e40682Bd20E3541b");
/// The hash of a safe's creation code.
pub const SAFE_INIT_CODE_HASH: B256 =
    b256!("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf");
/// Makes deposit wallets (signature type 3).
pub const DEPOSIT_WALLET_FACTORY: Address = address!("00000000000Fb5C9ADea0298D729A0CB3823Cc07");
/// Knows what a deposit wallet made since 2026-06-29 runs.
pub const DEPOSIT_WALLET_BEACON: Address = address!("7A18EDfe055488A3128f01F563e5B479D92ffc3a");
/// What a deposit wallet made before 2026-06-29 runs.
pub const LEGACY_DEPOSIT_WALLET_IMPLEMENTATION: Address =
    address!("58CA52ebe0DadfdF531Cde7062e76746de4Db1eB");

/// What an approval lets go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    /// ERC-20: `approve` for the largest amount.
    Pusd,
    /// ERC-1155: `setApprovalForAll`.
    ConditionalTokens,
    /// ERC-1155: `setApprovalForAll`.
    PositionManager,
}

impl Asset {
    /// Its contract.
    pub const fn address(self) -> Address {
        match self {
            Self::Pusd => PUSD,
            Self::ConditionalTokens => CTF,
            Self::PositionManager => POSITION_MANAGER,
        }
    }
}

/// One approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Approval {
    /// What may be taken.
    pub asset: Asset,
    /// Who may take it.
    pub spender: Address,
    /// The spender's name.
    pub name: &'static str,
}

const fn approval(asset: Asset, spender: Address, name: &'static str) -> Approval {
    Approval { asset, spender, name }
}

/// The 17 approvals that the official SDK sets, in its order (venue.md 8.2). The first two of each of the
/// first two assets are enough for the order book.
pub const APPROVALS: [Approval; 17] = [
    approval(Asset::Pusd, EXCHANGE_STANDARD, "standard exchange"),
    approval(Asset::Pusd, EXCHANGE_NEG_RISK, "neg-risk exchange"),
    approval(Asset::Pusd, CTF_ADAPTER, "CTF collateral adapter"),
    approval(Asset::Pusd, NEG_RISK_CTF_ADAPTER, "neg-risk collateral adapter"),
    approval(Asset::Pusd, ROUTER, "router"),
    approval(Asset::Pusd, EXCHANGE_V3, "V3 exchange"),
    approval(Asset::Pusd, PERPS_DEPOSIT, "perps deposit"),
    approval(Asset::ConditionalTokens, EXCHANGE_STANDARD, "standard exchange"),
    approval(Asset::ConditionalTokens, EXCHANGE_NEG_RISK, "neg-risk exchange"),
    approval(Asset::ConditionalTokens, CTF_ADAPTER, "CTF collateral adapter"),
    approval(Asset::ConditionalTokens, NEG_RISK_CTF_ADAPTER, "neg-risk collateral adapter"),
    approval(Asset::ConditionalTokens, AUTO_REDEEMER, "auto-redeemer"),
    approval(Asset::ConditionalTokens, BINARY_MODULE, "binary module"),
    approval(Asset::ConditionalTokens, NEG_RISK_MODULE, "neg-risk module"),
    approval(Asset::PositionManager, ROUTER, "router"),
    approval(Asset::PositionManager, EXCHANGE_V3, "V3 exchange"),
    approval(Asset::PositionManager, AUTO_REDEEMER, "auto-redeemer"),
];

/// The three approvals that the venue's own checklist names beyond [`APPROVALS`]; a missing one was
/// reported to block sales in neg-risk markets (venue.md 8.2).
pub const FURTHER_APPROVALS: [Approval; 3] = [
    approval(Asset::Pusd, CTF, "conditional tokens"),
    approval(Asset::Pusd, NEG_RISK_ADAPTER, "legacy neg-risk adapter"),
    approval(Asset::ConditionalTokens, NEG_RISK_ADAPTER, "legacy neg-risk adapter"),
];
