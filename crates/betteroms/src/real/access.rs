//! From the configuration to an account that can be asked and can sign: which wallet, which key, which
//! credentials, which hosts. Nothing is asked over the network here.

use super::relayer;
use crate::app::{House, Usage, wall};
use crate::commands::run::options;
use crate::keys::{self, KeyError, KeySource, KeystoreError, Passphrase, PassphraseSource};
use anyhow::{Context as _, Result};
use betteroms_core::event::AccountId;
use betteroms_polymarket::account::{AccountClient, Clock, Credentials};
use betteroms_polymarket::chain::ChainClient;
use betteroms_polymarket::ordering::Wallet;
use betteroms_polymarket::relay::RelayerKey;
use betteroms_polymarket::signing::{Address, LocalKey, WalletKind, link};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A node of the chain that needs no key (`shared/venue.md` 1).
const RPC_URL: &str = "https://polygon.drpc.org";
const RELAYER_URL: &str = "https://relayer-v2.polymarket.com";
const GEOBLOCK_URL: &str = "https://polymarket.com/api/geoblock";

/// An account that was opened.
pub(crate) struct Access {
    /// Its name in the store.
    pub(crate) id: AccountId,
    /// Whose money, and who signs for it.
    pub(crate) wallet: Wallet,
    /// The key that signs.
    pub(crate) key: LocalKey,
    /// The venue, with the API key.
    pub(crate) account: AccountClient,
    /// A node of the chain.
    pub(crate) chain: ChainClient,
    /// The wall clock.
    pub(crate) clock: Clock,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.id)
    }
}

impl Access {
    /// The account that the configuration names: opened where no part of this command has opened it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn of(house: &House) -> Result<Rc<Self>> {
        if let Some(opened) = house.access.get() {
            return Ok(Rc::clone(opened));
        }
        let opened = Rc::new(Self::open(house)?);
        Ok(Rc::clone(house.access.get_or_init(|| opened)))
    }

    /// Opens the account that the configuration names. The passphrase is read once, for key and credentials.
    ///
    /// # Errors
    /// When no wallet is named, the key or the credentials do not open, or the key is not the wallet's.
    pub(crate) fn open(house: &House) -> Result<Self> {
        Self::open_with_passphrase(house).map(|(access, _)| access)
    }

    /// The same, with the relayer's key where one is kept: for what becomes a transaction.
    ///
    /// # Errors
    /// As [`Self::open`], and where the relayer's key does not open.
    pub(crate) fn open_to_send(house: &House) -> Result<(Self, Option<RelayerKey>)> {
        let (access, passphrase) = Self::open_with_passphrase(house)?;
        let path = relayer_key_file(house)?;
        let key = relayer::load(&path, &passphrase, access.wallet.signer)?;
        Ok((access, key))
    }

    /// The same, with the passphrase for what else it opens or closes: it can be read only once.
    pub(crate) fn open_with_passphrase(house: &House) -> Result<(Self, Passphrase)> {
        let maker = wallet_of(house)?;
        let (key, credentials, passphrase) = secrets(house)?;
        let wallet = wallet(house, maker, key.address())?;
        let clock = wall();
        let account =
            AccountClient::new(options(house), key.address(), credentials, clock.clone())?;
        let id = AccountId::real(&maker.to_string());
        Ok((Self { id, wallet, key, account, chain: chain(house)?, clock }, passphrase))
    }
}

/// Whether the configuration allows real trading: without that nothing is granted and nothing is placed.
///
/// # Errors
/// Where it does not.
pub(crate) fn must_be_enabled(house: &House) -> Result<(), Usage> {
    if house.config.real.enabled {
        return Ok(());
    }
    Err(Usage(format!(
        "real trading is not allowed: write enabled = true under [real] in {}",
        house.config_path.display()
    )))
}

/// A client of the node that the configuration names.
pub(crate) fn chain(house: &House) -> Result<ChainClient> {
    let url = house.config.venue.rpc_url.as_deref().unwrap_or(RPC_URL);
    Ok(ChainClient::new(options(house), url)?)
}

/// Where the relayer is.
pub(crate) fn relayer_url(house: &House) -> &str {
    house.config.venue.relayer_url.as_deref().unwrap_or(RELAYER_URL).trim_end_matches('/')
}

/// The page that tells whether this place is served.
pub(crate) fn geoblock_url(house: &House) -> &str {
    house.config.venue.geoblock_url.as_deref().unwrap_or(GEOBLOCK_URL)
}

/// The funding wallet that the configuration names.
pub(crate) fn wallet_of(house: &House) -> Result<Address> {
    let Some(text) = &house.config.real.wallet else {
        return Err(Usage(format!(
            "no wallet is named: write real.wallet = \"0x…\" into {}. `betteroms account setup` tells \
             which it is",
            house.config_path.display()
        ))
        .into());
    };
    text.parse().map_err(|_| {
        Usage(format!("real.wallet is {text:?}: an address has 0x and 40 hexadecimal digits"))
            .into()
    })
}

/// Who signs for a wallet, as the configuration says it.
pub(crate) fn wallet(house: &House, maker: Address, signer: Address) -> Result<Wallet> {
    let session = house.config.real.session_key;
    match (link(signer, maker), session) {
        (Some(kind), false) => Ok(Wallet { kind, maker, signer, session }),
        (None, true) => Ok(Wallet { kind: WalletKind::Deposit, maker, signer, session }),
        (None, false) => Err(Usage(format!(
            "the key of {signer} owns no wallet {maker}. Set real.wallet to one of its own \
             (`betteroms account setup` lists them), or real.sessionKey = true where the wallet has \
             authorised it"
        ))
        .into()),
        (Some(_), true) => Err(Usage(format!(
            "real.sessionKey is true, but the key of {signer} owns {maker} itself: set it to false"
        ))
        .into()),
    }
}

/// Where the keystore of the signing key is.
pub(crate) fn keystore(house: &House) -> Result<PathBuf> {
    file(house, house.config.real.keystore.as_ref(), "signer.json")
}

/// Where the keystore of the API credentials is.
pub(crate) fn credentials_file(house: &House) -> Result<PathBuf> {
    file(house, house.config.real.credentials.as_ref(), "credentials.json")
}

/// Where the keystore of the relayer's key is.
pub(crate) fn relayer_key_file(house: &House) -> Result<PathBuf> {
    file(house, house.config.real.relayer_key.as_ref(), "relayer.json")
}

fn file(house: &House, named: Option<&PathBuf>, usual: &str) -> Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.clone());
    }
    let data = house.data.as_ref().context(
        "neither HOME nor XDG_DATA_HOME is set: name the keystores in the configuration's [real]",
    )?;
    Ok(keys::folder(data)?.join(usual))
}

/// Where the passphrase is to be read: a descriptor, else the file that the configuration names, else a
/// person.
pub(crate) fn passphrase_source(house: &House) -> PassphraseSource {
    match (house.passphrase_fd, &house.config.real.passphrase_file) {
        (Some(number), _) => PassphraseSource::Descriptor(number),
        (None, Some(path)) => PassphraseSource::File(path.clone()),
        (None, None) => PassphraseSource::Prompt,
    }
}

/// The signing key: from the environment where the flag says so, else from the keystore. With it the
/// passphrase, where one was read.
pub(crate) fn signing_key(house: &House) -> Result<(LocalKey, Option<Passphrase>)> {
    let keystore = keystore(house)?;
    if house.environment_key.is_some() || house.key_from_env {
        let source = KeySource {
            keystore,
            passphrase: passphrase_source(house),
            environment: house.environment_key.clone(),
            key_from_env: house.key_from_env,
        };
        return Ok((keys::unlock(&source)?, None));
    }
    if !keystore.exists() {
        return Err(Usage(format!(
            "there is no keystore at {}: `betteroms account new` or `account import` makes it",
            keystore.display()
        ))
        .into());
    }
    let passphrase = Passphrase::read(&passphrase_source(house))?;
    Ok((keys::open_key(&keystore, &passphrase)?, Some(passphrase)))
}

/// The API credentials as kept.
///
/// # Errors
/// Where they do not open; of a file that is good for nothing the error says how to make it anew.
pub(crate) fn credentials(path: &Path, passphrase: &Passphrase) -> Result<Credentials> {
    let text = keys::load_credentials(path, passphrase).map_err(|error| made_anew(path, error))?;
    Credentials::from_json(&text)
        .ok_or_else(|| made_anew(path, KeyError::NotCredentials { path: path.to_owned() }))
}

/// Looks whether the API credentials would open. Without a passphrase at hand nobody is asked for one, and the
/// file is only seen to be whole.
///
/// # Errors
/// As [`credentials`].
pub(crate) fn check_credentials(house: &House, path: &Path) -> Result<()> {
    let whole = keys::keystore::address(path);
    whole.map_err(|error| made_anew(path, KeyError::Keystore(error)))?;
    let source = passphrase_source(house);
    if source == PassphraseSource::Prompt {
        return Ok(());
    }
    credentials(path, &Passphrase::read(&source)?).map(drop)
}

/// What to do where the file itself is good for nothing; other faults say it themselves.
fn made_anew(path: &Path, error: KeyError) -> anyhow::Error {
    let is_useless = match &error {
        KeyError::NotCredentials { .. } => true,
        KeyError::Keystore(error) => !matches!(error, KeystoreError::File(_)),
        KeyError::Memory(_)
        | KeyError::Passphrase(_)
        | KeyError::Folder(_)
        | KeyError::BadKey { .. }
        | KeyError::NotAKey { .. }
        | KeyError::AnotherAddress { .. }
        | KeyError::UnaskedVariable
        | KeyError::NoVariable
        | KeyError::Ask(_)
        | KeyError::Input(_)
        | KeyError::TooLong
        | KeyError::NotText
        | KeyError::Nothing => false,
    };
    let error = anyhow::Error::new(error);
    if !is_useless {
        return error;
    }
    error.context(format!(
        "the API credentials do not open: move {} away and run `betteroms account keys` again, which derives \
         them anew from the signing key",
        path.display()
    ))
}

fn secrets(house: &House) -> Result<(LocalKey, Credentials, Passphrase)> {
    let path = credentials_file(house)?;
    if !path.exists() {
        return Err(Usage(format!(
            "there are no API credentials at {}: `betteroms account keys` makes them",
            path.display()
        ))
        .into());
    }
    let (key, passphrase) = signing_key(house)?;
    let passphrase = match passphrase {
        Some(passphrase) => passphrase,
        None => Passphrase::read(&passphrase_source(house))?,
    };
    let credentials = credentials(&path, &passphrase)?;
    Ok((key, credentials, passphrase))
}
