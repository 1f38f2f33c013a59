//! The calls that we ask a wallet to make, and that the emulator carries out. Everything else is `None`.

use super::batch::Call;
use super::contracts::{CTF_ADAPTER, NEG_RISK_CTF_ADAPTER, PUSD};
use abi::{adapter, erc20, erc1155, wallet};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use alloy_sol_types::abi::AbiDecoderConfig;

/// The signatures, as the contracts have them.
mod abi {
    use alloy_sol_types::sol;

    sol! {
        #[derive(Debug)]
        interface wallet {
            function authorizeSessionSigner(address signer, uint256 validUntil);
            function revokeSessionSigner(address signer);
        }
        #[derive(Debug)]
        interface erc20 {
            function approve(address spender, uint256 amount);
            function transfer(address to, uint256 amount);
        }
        #[derive(Debug)]
        interface erc1155 {
            function setApprovalForAll(address operator, bool approved);
            function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data);
        }
        #[derive(Debug)]
        interface adapter {
            function splitPosition(
                address collateral, bytes32 parent, bytes32 condition, uint256[] partition, uint256 amount
            );
            function mergePositions(
                address collateral, bytes32 parent, bytes32 condition, uint256[] partition, uint256 amount
            );
            function redeemPositions(
                address collateral, bytes32 parent, bytes32 condition, uint256[] indexSets
            );
            function convertPositions(bytes32 market, uint256 indexSet, uint256 amount);
        }
    }
}

/// The collateral adapters: split, merge and redeem go through them (venue.md 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Adapter {
    /// Standard markets.
    Standard,
    /// Neg-risk markets.
    NegRisk,
}

impl Adapter {
    /// Its contract.
    pub const fn address(self) -> Address {
        match self {
            Self::Standard => CTF_ADAPTER,
            Self::NegRisk => NEG_RISK_CTF_ADAPTER,
        }
    }

    /// The adapter at this address; the old ones are none.
    pub fn at(address: Address) -> Option<Self> {
        [Self::Standard, Self::NegRisk].into_iter().find(|one| one.address() == address)
    }
}

/// The arguments that the adapters take over from the conditional tokens. They look at `condition` only
/// (venue.md 8.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CtfArguments {
    /// The collateral.
    pub collateral: Address,
    /// The collection that is split further; zero.
    pub parent: B256,
    /// The condition.
    pub condition: B256,
    /// The outcomes, as bit sets: 1 and 2.
    pub index_sets: Vec<U256>,
}

impl CtfArguments {
    /// As the official clients fill them in for a binary condition.
    pub fn binary(condition: B256) -> Self {
        let index_sets = vec![U256::from(1), U256::from(2)];
        Self { collateral: PUSD, parent: B256::ZERO, condition, index_sets }
    }
}

/// A call that we know. Amounts are in millionths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WalletCall {
    /// Lets a session key trade for the wallet. The wallet calls itself.
    AuthorizeSessionSigner {
        /// The wallet.
        wallet: Address,
        /// The session key.
        signer: Address,
        /// Seconds since 1970 until which it lives.
        valid_until: U256,
    },
    /// Ends a session key. The wallet calls itself.
    RevokeSessionSigner {
        /// The wallet.
        wallet: Address,
        /// The session key.
        signer: Address,
    },
    /// ERC-20: lets somebody take up to so much.
    Approve {
        /// The token's contract.
        token: Address,
        /// Who may take.
        spender: Address,
        /// How much at most.
        amount: U256,
    },
    /// ERC-20: pays.
    Transfer {
        /// The token's contract.
        token: Address,
        /// Who gets it.
        to: Address,
        /// How much.
        amount: U256,
    },
    /// ERC-1155: lets somebody take everything, or no longer.
    SetApprovalForAll {
        /// The token's contract.
        token: Address,
        /// Who may take.
        operator: Address,
        /// Whether it may.
        approved: bool,
    },
    /// ERC-1155: gives shares.
    SafeTransferFrom {
        /// The token's contract.
        token: Address,
        /// Whose shares.
        from: Address,
        /// Who gets them.
        to: Address,
        /// Which.
        id: U256,
        /// How many.
        amount: U256,
        /// For the receiver.
        data: Bytes,
    },
    /// Makes shares of every outcome out of pUSD.
    Split {
        /// Through which adapter.
        adapter: Adapter,
        /// Of what.
        of: CtfArguments,
        /// How much.
        amount: U256,
    },
    /// Makes pUSD out of shares of every outcome.
    Merge {
        /// Through which adapter.
        adapter: Adapter,
        /// Of what.
        of: CtfArguments,
        /// How much.
        amount: U256,
    },
    /// Turns all shares of a resolved condition into pUSD.
    Redeem {
        /// Through which adapter.
        adapter: Adapter,
        /// Of what.
        of: CtfArguments,
    },
    /// Turns "no" shares of a neg-risk market into "yes" shares of its other outcomes, and pUSD. Through the
    /// neg-risk adapter.
    Convert {
        /// The neg-risk market.
        market: B256,
        /// The questions whose "no" is given, as a bit set.
        index_set: U256,
        /// How much of each.
        amount: U256,
    },
}

/// Reads the arguments. Only the one canonical encoding is taken: what one reader skips another may see.
fn read<C: SolCall>(data: &[u8]) -> Option<C> {
    let strict = AbiDecoderConfig::new().validate(true);
    let call = C::abi_decode_with_config(data, strict).ok()?;
    (call.abi_encode() == data).then_some(call)
}

impl WalletCall {
    /// Reads a call. `None` for any that is not here, whose arguments are not in the canonical encoding, or
    /// that should go to an adapter and goes elsewhere. That a wallet calls itself is for the caller to see.
    pub fn decode(target: Address, data: &[u8]) -> Option<Self> {
        match Adapter::at(target) {
            Some(adapter) => Self::decode_adapter(adapter, data),
            None => Self::decode_session(target, data).or_else(|| Self::decode_token(target, data)),
        }
    }

    fn decode_session(wallet: Address, data: &[u8]) -> Option<Self> {
        if let Some(call) = read::<wallet::authorizeSessionSignerCall>(data) {
            let valid_until = call.validUntil;
            return Some(Self::AuthorizeSessionSigner { wallet, signer: call.signer, valid_until });
        }
        let call = read::<wallet::revokeSessionSignerCall>(data)?;
        Some(Self::RevokeSessionSigner { wallet, signer: call.signer })
    }

    fn decode_token(token: Address, data: &[u8]) -> Option<Self> {
        if let Some(call) = read::<erc20::approveCall>(data) {
            return Some(Self::Approve { token, spender: call.spender, amount: call.amount });
        }
        if let Some(call) = read::<erc20::transferCall>(data) {
            return Some(Self::Transfer { token, to: call.to, amount: call.amount });
        }
        if let Some(call) = read::<erc1155::setApprovalForAllCall>(data) {
            let (operator, approved) = (call.operator, call.approved);
            return Some(Self::SetApprovalForAll { token, operator, approved });
        }
        let call = read::<erc1155::safeTransferFromCall>(data)?;
        let erc1155::safeTransferFromCall { from, to, id, amount, data } = call;
        Some(Self::SafeTransferFrom { token, from, to, id, amount, data })
    }

    fn decode_adapter(adapter: Adapter, data: &[u8]) -> Option<Self> {
        if let Some(call) = read::<adapter::splitPositionCall>(data) {
            let adapter::splitPositionCall { collateral, parent, condition, partition, amount } =
                call;
            let of = CtfArguments { collateral, parent, condition, index_sets: partition };
            return Some(Self::Split { adapter, of, amount });
        }
        if let Some(call) = read::<adapter::mergePositionsCall>(data) {
            let adapter::mergePositionsCall { collateral, parent, condition, partition, amount } =
                call;
            let of = CtfArguments { collateral, parent, condition, index_sets: partition };
            return Some(Self::Merge { adapter, of, amount });
        }
        if let Some(call) = read::<adapter::redeemPositionsCall>(data) {
            let adapter::redeemPositionsCall { collateral, parent, condition, indexSets } = call;
            let of = CtfArguments { collateral, parent, condition, index_sets: indexSets };
            return Some(Self::Redeem { adapter, of });
        }
        if adapter == Adapter::Standard {
            return None;
        }
        let call = read::<adapter::convertPositionsCall>(data)?;
        Some(Self::Convert { market: call.market, index_set: call.indexSet, amount: call.amount })
    }

    /// The call as it stands in a [`Batch`](super::Batch); it sends no native coin.
    pub fn encode(&self) -> Call {
        let target = self.target();
        Call { target, value: U256::ZERO, data: self.data().into() }
    }

    /// The contract that is called.
    pub const fn target(&self) -> Address {
        match self {
            Self::AuthorizeSessionSigner { wallet, .. }
            | Self::RevokeSessionSigner { wallet, .. } => *wallet,
            Self::Approve { token, .. }
            | Self::Transfer { token, .. }
            | Self::SetApprovalForAll { token, .. }
            | Self::SafeTransferFrom { token, .. } => *token,
            Self::Split { adapter, .. }
            | Self::Merge { adapter, .. }
            | Self::Redeem { adapter, .. } => adapter.address(),
            Self::Convert { .. } => Adapter::NegRisk.address(),
        }
    }

    fn data(&self) -> Vec<u8> {
        match self.clone() {
            Self::AuthorizeSessionSigner { signer, valid_until, .. } => {
                wallet::authorizeSessionSignerCall { signer, validUntil: valid_until }.abi_encode()
            }
            Self::RevokeSessionSigner { signer, .. } => {
                wallet::revokeSessionSignerCall { signer }.abi_encode()
            }
            Self::Approve { spender, amount, .. } => {
                erc20::approveCall { spender, amount }.abi_encode()
            }
            Self::Transfer { to, amount, .. } => erc20::transferCall { to, amount }.abi_encode(),
            Self::SetApprovalForAll { operator, approved, .. } => {
                erc1155::setApprovalForAllCall { operator, approved }.abi_encode()
            }
            Self::SafeTransferFrom { from, to, id, amount, data, .. } => {
                erc1155::safeTransferFromCall { from, to, id, amount, data }.abi_encode()
            }
            Self::Split { of, amount, .. } => {
                let CtfArguments { collateral, parent, condition, index_sets: partition } = of;
                adapter::splitPositionCall { collateral, parent, condition, partition, amount }
                    .abi_encode()
            }
            Self::Merge { of, amount, .. } => {
                let CtfArguments { collateral, parent, condition, index_sets: partition } = of;
                adapter::mergePositionsCall { collateral, parent, condition, partition, amount }
                    .abi_encode()
            }
            Self::Redeem { of, .. } => {
                let CtfArguments { collateral, parent, condition, index_sets } = of;
                adapter::redeemPositionsCall {
                    collateral,
                    parent,
                    condition,
                    indexSets: index_sets,
                }
                .abi_encode()
            }
            Self::Convert { market, index_set, amount } => {
                adapter::convertPositionsCall { market, indexSet: index_set, amount }.abi_encode()
            }
        }
    }
}
