//! A script's accounts: keys, wallets, money, approvals, sessions.

use super::form::{AccountForm, ApprovalForm, ApprovalsForm, KindForm, SessionForm, TokenForm};
use super::markets::{market, outcome};
use super::{StagedAccount, StagedSession, Wrong};
use crate::ledger::{Asset, WalletIx};
use crate::names::{Credentials, Kind};
use crate::venue::Venue;
use crate::venue::funds::{INFINITE, Token};
use crate::venue::people::Session;
use alloy_primitives::{Address, hex};
use betteroms_core::market::Outcome;
use betteroms_core::money::{Shares, Usd};
use betteroms_polymarket::signing::contracts::{self, APPROVALS, FURTHER_APPROVALS};
use betteroms_polymarket::signing::wallet::{
    deposit_wallet_of, legacy_deposit_wallet_of, proxy_of, safe_of,
};
use betteroms_polymarket::signing::{LocalKey, WalletKind};
use std::collections::BTreeSet;

pub(super) fn stage(
    forms: &[AccountForm],
    venue: &mut Venue,
    wrong: &mut Wrong,
) -> Vec<StagedAccount> {
    let mut names = BTreeSet::new();
    let mut staged = Vec::new();
    for (at, form) in forms.iter().enumerate() {
        let place = format!("accounts[{at}]");
        if !names.insert(form.name.as_str()) {
            wrong.at(format!("{place}.name"), format!("{:?} stands twice", form.name));
            continue;
        }
        if let Some(account) = account(form, venue, &place, wrong) {
            staged.push(account);
        }
    }
    staged
}

const fn kind_of(form: KindForm) -> (WalletKind, &'static str) {
    match form {
        KindForm::Eoa => (WalletKind::Eoa, "eoa"),
        KindForm::Proxy => (WalletKind::Proxy, "proxy"),
        KindForm::Safe => (WalletKind::Safe, "safe"),
        KindForm::Deposit => (WalletKind::Deposit, "deposit"),
        KindForm::LegacyDeposit => (WalletKind::LegacyDeposit, "legacy-deposit"),
    }
}

fn account(
    form: &AccountForm,
    venue: &mut Venue,
    place: &str,
    wrong: &mut Wrong,
) -> Option<StagedAccount> {
    let (owner, private_key) = key(form.key.as_deref(), &form.name, venue, place, wrong)?;
    let (kind, word) = kind_of(form.wallet);
    let wallet = match kind {
        WalletKind::Eoa => owner,
        WalletKind::Proxy => proxy_of(owner),
        WalletKind::Safe => safe_of(owner),
        WalletKind::Deposit => deposit_wallet_of(owner),
        WalletKind::LegacyDeposit => legacy_deposit_wallet_of(owner),
    };
    let credentials = match form.api_key {
        Some(false) => None,
        Some(true) | None => Some(api_key(venue, owner, &format!("{place}.key"), wrong)?),
    };
    rights(form, (owner, wallet), kind, venue);
    let cash = form.cash.map_or(Usd::ZERO, |cash| cash.0);
    let ix = venue.wallet(wallet);
    if cash.is_positive() {
        let funded = venue.fund(wallet, cash).map_err(|error| error.to_string());
        wrong.take(&format!("{place}.cash"), funded);
    }
    let shares = shares(form, wallet, venue, place, wrong);
    approve(&form.approvals, ix, venue, place, wrong);
    let sessions = form.sessions.iter().enumerate().filter_map(|(nth, session)| {
        let place = format!("{place}.sessions[{nth}]");
        self::session(session, &form.name, (kind, wallet), venue, (&place, &mut *wrong))
    });
    let sessions = sessions.collect();
    Some(StagedAccount {
        name: form.name.clone(),
        kind: word,
        signature_type: kind.signature_type().into(),
        owner,
        private_key,
        wallet,
        credentials,
        cash,
        shares,
        sessions,
    })
}

/// A key as given, or the one that belongs to the name: its address and its text.
fn key(
    given: Option<&str>,
    name: &str,
    venue: &mut Venue,
    place: &str,
    wrong: &mut Wrong,
) -> Option<(Address, String)> {
    let text = given.map_or_else(
        || hex::encode(venue.names().of(Kind::Account, name)),
        |text| text.strip_prefix("0x").unwrap_or(text).to_lowercase(),
    );
    let read = LocalKey::from_hex(&text).map_err(|error| error.to_string());
    let read = wrong.take(&format!("{place}.key"), read)?;
    Some((read.address(), format!("0x{text}")))
}

fn api_key(
    venue: &mut Venue,
    owner: Address,
    place: &str,
    wrong: &mut Wrong,
) -> Option<Credentials> {
    // One owner may have several wallets, and then one key of nonce 0.
    let made = venue.derive_key(owner, "0").or_else(|_| venue.create_key(owner, "0"));
    let ix = wrong.take(place, made.map_err(|refusal| refusal.to_string()))?;
    Some(venue.people().key(ix).credentials.clone())
}

fn rights(
    form: &AccountForm,
    (owner, wallet): (Address, Address),
    kind: WalletKind,
    venue: &mut Venue,
) {
    let people = venue.people_mut();
    if kind != WalletKind::Eoa && form.deployed.unwrap_or(true) {
        people.deployed.insert(wallet, owner);
    }
    let needs_leave = !matches!(kind, WalletKind::Deposit | WalletKind::LegacyDeposit);
    if needs_leave && form.allowed.unwrap_or(true) {
        people.allowed_makers.insert(wallet);
    }
    if form.banned {
        people.banned.insert(owner);
    }
    if form.closed_only {
        people.closed_only.insert(owner);
    }
    venue.set_tier(owner, form.tier);
}

fn shares(
    form: &AccountForm,
    wallet: Address,
    venue: &mut Venue,
    place: &str,
    wrong: &mut Wrong,
) -> Vec<(String, Outcome, Shares)> {
    let mut held = Vec::new();
    for (nth, given) in form.shares.iter().enumerate() {
        let place = format!("{place}.shares[{nth}]");
        let Some(market) = wrong.take(&place, market(venue, &given.market)) else { continue };
        let outcome = outcome(venue, market, &given.outcome);
        let Some(outcome) = wrong.take(&place, outcome) else { continue };
        let size = given.size.0;
        let given_out = venue.endow(wallet, (market, outcome), size);
        if wrong.take(&place, given_out.map_err(|error| error.to_string())).is_some() {
            let slug = venue.floors().get(market).listing.market.slug.clone();
            held.push((slug, outcome, size));
        }
    }
    held
}

/// Grants approvals and lets the venue's cache learn of them, as everybody who trades did long ago.
fn approve(
    form: &ApprovalsForm,
    wallet: WalletIx,
    venue: &mut Venue,
    place: &str,
    wrong: &mut Wrong,
) {
    let mut grants = Vec::new();
    match form {
        ApprovalsForm::None => {}
        ApprovalsForm::All => {
            for approval in APPROVALS.iter().chain(&FURTHER_APPROVALS) {
                let token = match approval.asset {
                    contracts::Asset::Pusd => Token::Cash,
                    contracts::Asset::ConditionalTokens => Token::Shares,
                    // The emulator has no protocol v2 positions.
                    contracts::Asset::PositionManager => continue,
                };
                grants.push((token, approval.spender, INFINITE));
            }
        }
        ApprovalsForm::Some(list) => {
            for (nth, given) in list.iter().enumerate() {
                let place = format!("{place}.approvals[{nth}].spender");
                grants.extend(wrong.take(&place, grant(given)));
            }
        }
    }
    for (token, spender, amount) in grants {
        venue.funds_mut().grant(wallet, token, spender, amount);
    }
    venue.refresh(wallet, Asset::Cash);
    let first = venue.floors().iter().next().map(|(market, _)| market);
    if let Some(market) = first {
        // An approval of tokens is one for all of them.
        venue.refresh(wallet, Asset::Share(market, Outcome::First));
    }
}

fn grant(given: &ApprovalForm) -> Result<(Token, Address, u128), String> {
    let named = APPROVALS.iter().chain(&FURTHER_APPROVALS).find(|one| one.name == given.spender);
    let address = named.map(|one| one.spender).or_else(|| given.spender.parse().ok());
    let spender = address.ok_or_else(|| {
        format!("{:?} is no address and no contract: write 0x…, \"standard exchange\" or \"neg-risk exchange\"", given.spender)
    })?;
    let token = match given.token {
        TokenForm::Cash => Token::Cash,
        TokenForm::Shares => Token::Shares,
    };
    let amount = given
        .amount
        .map_or(INFINITE, |amount| u128::try_from(amount.0.micros()).unwrap_or_default());
    Ok((token, spender, amount))
}

fn session(
    form: &SessionForm,
    account: &str,
    (kind, wallet): (WalletKind, Address),
    venue: &mut Venue,
    (place, wrong): (&str, &mut Wrong),
) -> Option<StagedSession> {
    if !matches!(kind, WalletKind::Deposit | WalletKind::LegacyDeposit) {
        wrong.at(place, "only a deposit wallet has session signers: write \"wallet\": \"deposit\"");
        return None;
    }
    let scopes = form.scopes.clone().unwrap_or_else(|| vec!["CLOB".to_owned()]);
    if let Some(odd) = scopes.iter().find(|s| !["CLOB", "COMBOSRFQ", "ALL"].contains(&s.as_str())) {
        wrong.at(format!("{place}.scopes"), format!("{odd:?} is none of CLOB, COMBOSRFQ, ALL"));
    }
    let full_name = format!("{account}/{}", form.name);
    let (signer, private_key) = key(form.key.as_deref(), &full_name, venue, place, wrong)?;
    let credentials = api_key(venue, signer, &format!("{place}.key"), wrong)?;
    let session = Session { signer, scopes, valid_until: form.valid_until.0, is_fenced: false };
    venue.open_session(wallet, session);
    Some(StagedSession { name: form.name.clone(), signer, private_key, credentials })
}
