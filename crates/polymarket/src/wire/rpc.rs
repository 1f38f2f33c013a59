//! JSON-RPC as a node of the chain speaks it: the envelope of an answer, and the forms of what is in it.

use super::json::{Malformed, Object, Problem, Wire};
use super::number::Numeral;
use crate::error::printable;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::value::RawValue;

/// How much of a node's words is kept.
const MESSAGE_CHARS: usize = 200;

/// An answer: a result, or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcAnswer<T> {
    /// The number of the question; `None` where the node could not read it.
    pub id: Option<Numeral>,
    /// What it found; a `null` that may be one is `None` here too.
    pub result: Option<T>,
    /// Why it did not.
    pub error: Option<RpcError>,
}

/// Why a node did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcError {
    /// Its code: -32700 to -32600 of JSON-RPC itself, 3 for a call that reverts, others of its own.
    pub code: i64,
    /// Its words, made printable and cut short.
    pub message: String,
}

impl<T: Wire> Wire for RpcAnswer<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("rpc", raw)?;
        let version: String = object.need("jsonrpc")?;
        let answer = Self {
            id: object.want("id")?,
            result: object.want("result")?,
            error: object.want("error")?,
        };
        object.close(&[]);
        if version != "2.0" {
            return Err(Malformed::at("rpc.jsonrpc", Problem::Not("2.0")));
        }
        if answer.result.is_some() && answer.error.is_some() {
            return Err(Malformed::at("rpc", Problem::Not("either a result or an error")));
        }
        Ok(answer)
    }
}

impl Wire for RpcError {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("rpc-error", raw)?;
        let code: Numeral = object.need("code")?;
        let message: String = object.need("message")?;
        object.close(&["data"]);
        let code = code.whole().ok_or_else(|| {
            Malformed::at("rpc-error.code", Problem::Not("a whole number of 64 bits"))
        })?;
        Ok(Self { code, message: printable(&message, MESSAGE_CHARS) })
    }
}

/// A number: `0x` and at most 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity(pub U256);

impl Wire for Quantity {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let not = || Malformed::at("", Problem::Not("a hexadecimal number"));
        let text = String::read(raw)?;
        let digits = text.strip_prefix("0x").ok_or_else(not)?;
        let is_number =
            (1..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let number = is_number.then(|| U256::from_str_radix(digits, 16).ok()).flatten();
        number.map(Self).ok_or_else(not)
    }
}

/// Bytes: `0x` and an even number of hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data(pub Bytes);

impl Wire for Data {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        let digits = text.strip_prefix("0x").filter(|digits| !digits.starts_with("0x"));
        let bytes = digits.and_then(|digits| hex::decode(digits).ok());
        let bytes = bytes.ok_or_else(|| Malformed::at("", Problem::Not("hexadecimal bytes")))?;
        Ok(Self(bytes.into()))
    }
}

/// 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub B256);

impl Wire for Word {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let Data(bytes) = Data::read(raw)?;
        let word = B256::try_from(bytes.as_ref());
        word.map(Self).map_err(|_| Malformed::at("", Problem::Not("32 bytes")))
    }
}

/// What a contract said in a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// The event, and what of it can be searched for.
    pub topics: Vec<B256>,
    /// The rest of it.
    pub data: Bytes,
    /// True where the chain took it back.
    pub is_removed: bool,
}

const LOG_UNUSED: &[&str] = &[
    "blockHash",
    "blockNumber",
    "blockTimestamp",
    "logIndex",
    "transactionHash",
    "transactionIndex",
];

impl Wire for Log {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("log", raw)?;
        let Data(address) = object.need("address")?;
        let topics: Vec<Word> = object.need("topics")?;
        let Data(data) = object.need("data")?;
        let is_removed: Option<bool> = object.want("removed")?;
        object.close(LOG_UNUSED);
        let address = Address::try_from(address.as_ref())
            .map_err(|_| Malformed::at("log.address", Problem::Not("20 bytes")))?;
        let topics = topics.into_iter().map(|Word(topic)| topic).collect();
        Ok(Self { address, topics, data, is_removed: is_removed.unwrap_or(false) })
    }
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its hash.
    pub hash: B256,
    /// Whether it did what it should; a reverted one cost its gas and did nothing else.
    pub is_success: bool,
    /// The block it is in.
    pub block: U256,
    /// What it used.
    pub gas_used: U256,
    /// What the contracts said in it, in order; empty where the node does not tell.
    pub logs: Vec<Log>,
}

const RECEIPT_UNUSED: &[&str] = &[
    "blockHash",
    "blobGasPrice",
    "blobGasUsed",
    "contractAddress",
    "cumulativeGasUsed",
    "effectiveGasPrice",
    "from",
    "logsBloom",
    "root",
    "to",
    "transactionIndex",
    "type",
];

impl Wire for Receipt {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("receipt", raw)?;
        let Word(hash) = object.need("transactionHash")?;
        let Quantity(status) = object.need("status")?;
        let Quantity(block) = object.need("blockNumber")?;
        let Quantity(gas_used) = object.need("gasUsed")?;
        let logs: Option<Vec<Log>> = object.want("logs")?;
        object.close(RECEIPT_UNUSED);
        if status > U256::ONE {
            return Err(Malformed::at("receipt.status", Problem::Not("0 or 1")));
        }
        let is_success = status == U256::ONE;
        Ok(Self { hash, is_success, block, gas_used, logs: logs.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode;

    #[test]
    fn numbers_and_bytes_are_what_they_should_be_or_nothing() {
        let number = |text: &str| decode::<Quantity>(format!("\"{text}\"").as_bytes()).ok();
        assert_eq!(number("0x0"), Some(Quantity(U256::ZERO)));
        assert_eq!(number("0x89"), Some(Quantity(U256::from(137))));
        assert_eq!(number(&format!("0x{}", "f".repeat(64))), Some(Quantity(U256::MAX)));
        for bad in ["", "0x", "89", "0x8 9", "0x-1", "0xg", &format!("0x1{}", "0".repeat(64))] {
            assert_eq!(number(bad), None, "{bad}");
        }
        let bytes = |text: &str| decode::<Data>(format!("\"{text}\"").as_bytes()).ok();
        assert_eq!(bytes("0x"), Some(Data(Bytes::new())));
        assert_eq!(bytes("0x00fF"), Some(Data(Bytes::from_static(&[0, 255]))));
        for bad in ["", "00", "0x0", "0x0x00", "0xzz"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
        assert!(decode::<Quantity>(b"137").is_err());
    }

    #[test]
    fn an_answer_is_a_result_or_an_error_and_never_both() {
        let read = |text: &str| decode::<RpcAnswer<Quantity>>(text.as_bytes());
        assert!(read(r#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#).is_ok());
        assert!(read(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#).is_ok());
        for bad in [
            r#"{"jsonrpc":"1.0","id":1,"result":"0x1"}"#,
            r#"{"id":1,"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":"0x1","error":{"code":1,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"no"}}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
