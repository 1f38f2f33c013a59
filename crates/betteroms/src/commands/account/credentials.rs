//! `account keys`, `account relayer-key`: what the venue and its relayer want beside the signature, kept
//! encrypted beside the signing key.

use crate::app::{Exit, House, Said, Usage, wall};
use crate::cli::RelayerKey;
use crate::commands::run::options;
use crate::keys::{self, FileError, KeyError, KeystoreError, Passphrase};
use crate::real::Access;
use crate::real::access::{
    credentials, credentials_file, passphrase_source, relayer_key_file, signing_key,
};
use crate::real::relayer;
use anyhow::{Context as _, Result};
use betteroms_polymarket::VenueError;
use betteroms_polymarket::account::{AccountClient, Credentials, make_or_derive};
use betteroms_polymarket::signing::LocalKey;
use serde_json::{Value, json};
use std::path::Path;

/// Makes the API credentials, or tries the ones that are there.
pub(super) async fn keys(house: &House) -> Result<Said> {
    let path = credentials_file(house)?;
    let is_there = path.exists();
    let (key, passphrase) = signing_key(house)?;
    let passphrase = match passphrase {
        Some(passphrase) => passphrase,
        None => Passphrase::read(&passphrase_source(house))?,
    };
    let found = if is_there {
        credentials(&path, &passphrase)?
    } else {
        let sign = |digest| key.sign_digest(digest);
        let made = make_or_derive(options(house), key.address(), &sign, &wall()).await;
        let made = made.context("the venue gave no API credentials")?;
        keys::store_credentials(&path, &made.to_json(), key.address(), &passphrase)?;
        made
    };
    tried(house, &key, found, (&path, is_there)).await
}

/// Says whether they work, by a read that takes them.
async fn tried(
    house: &House,
    key: &LocalKey,
    credentials: Credentials,
    (path, is_old): (&Path, bool),
) -> Result<Said> {
    let client = AccountClient::new(options(house), key.address(), credentials, wall())?;
    let told = client.closed_only().await;
    let word = if is_old { "there already" } else { "new" };
    let mut out = format!("credentials  {} ({word})\n", path.display());
    let mut value = json!({ "version": 1, "address": key.address(), "credentials": path,
        "isNew": !is_old, "works": told.is_ok() });
    let mut exit = Exit::Done;
    match told {
        Ok(_) => {
            out.push_str(&format!("tried        the venue takes them for {}\n", key.address()));
            out.push_str("next         betteroms account status\n");
        }
        Err(error @ (VenueError::NotSent { .. } | VenueError::Unknown { .. })) => {
            exit = Exit::NeedsPerson;
            let why = error.explain();
            out.push_str(&format!(
                "tried        the venue did not tell whether it takes them: {why}\n"
            ));
            out.push_str("next         betteroms account keys, once the venue can be asked\n");
            value["works"] = Value::Null;
            value["why"] = why.into();
        }
        Err(error @ VenueError::Refused { .. }) => {
            exit = Exit::NeedsPerson;
            let why = error.explain();
            out.push_str(&format!("tried        the venue does not take them: {why}\n"));
            out.push_str(&format!(
                "next         if the key is revoked: mv {0} {0}.old, then say `betteroms account keys` \
                 again\n",
                path.display()
            ));
            value["why"] = why.into();
        }
    }
    Ok(Said { exit, ..Said::either(house, &value, out) })
}

/// Keeps the relayer's key.
pub(super) async fn relayer_key(house: &House, args: &RelayerKey) -> Result<Said> {
    let path = relayer_key_file(house)?;
    if path.exists() {
        return Err(KeyError::Keystore(KeystoreError::File(FileError::Exists { path })).into());
    }
    let (signer, text, passphrase, whose) = if args.make {
        let (access, passphrase) = Access::open_with_passphrase(house)?;
        let made = access.account.make_builder_key().await;
        let made = made.context("the venue made no builder's key")?;
        (access.wallet.signer, made.to_json(), passphrase, "a builder's key, made by the venue")
    } else {
        let question = "The relayer's key (its text, or the JSON of a builder's key; not shown)";
        let text = keys::given(args.file.as_deref(), question)?;
        let (key, passphrase) = signing_key(house)?;
        let passphrase = match passphrase {
            Some(passphrase) => passphrase,
            None => Passphrase::read(&passphrase_source(house))?,
        };
        (key.address(), text, passphrase, "the key that was given")
    };
    if relayer::parse(&text, signer).is_none() {
        let text = "that is no key for the relayer: give its text, {\"key\", \"address\"}, or a \
                    builder's {\"apiKey\", \"secret\", \"passphrase\"}";
        return Err(Usage(text.to_owned()).into());
    }
    keys::store_credentials(&path, &relayer::to_keep(&text), signer, &passphrase)?;
    let out = format!(
        "relayer key  {} ({whose})\nnext         betteroms account allowances\n",
        path.display()
    );
    let value = json!({ "version": 1, "address": signer, "relayerKey": path });
    Ok(Said::either(house, &value, out))
}
