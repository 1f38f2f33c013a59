//! The JSON Schema of a plan file, for editors and for programs that write plans. Built by hand: what
//! makes a plan valid is mostly how its fields go together, which no derive over a struct can say.
//!
//! What JSON Schema cannot see stays with the parser: doubled keys, digits behind a float's precision,
//! hidden characters, times out of order, a lifetime that config may supply. The table of plans in the
//! tests marks each of these.

use super::checks::TRADES_MAX;
use super::numbers::SECONDS_MAX;
use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of a plan file.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "BetterOMS plan",
        "description": "A plan: what to trade on Polymarket, with limits. Comments and trailing commas are allowed.",
        "type": "object",
        "additionalProperties": false,
        "required": ["runId", "mode", "trades"],
        "properties": {
            "$schema": { "type": "string" },
            "runId": {
                "description": "The plan's own name. The same name with the same content is done once, whatever happens.",
                "type": "string",
                "pattern": "^[A-Za-z0-9._:-]{1,128}$",
                "not": { "pattern": "^tick:" },
            },
            "mode": {
                "description": "paper: nothing leaves this machine. real is refused in this version.",
                "enum": ["paper", "real"],
            },
            "defaults": defaults(),
            "trades": { "type": "array", "minItems": 1, "maxItems": TRADES_MAX, "items": { "$ref": "#/$defs/trade" } },
        },
        "$defs": {
            "price": price(),
            "amount": amount(),
            "seconds": seconds(),
            "time": {
                "type": "string",
                "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
            },
            "name": { "type": "string", "minLength": 1, "maxLength": 512, "pattern": r"^\S(.*\S)?$" },
            "address": { "type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[!#-~]+$" },
            "trade": trade(),
        },
    })
}

fn defaults() -> Value {
    json!({
        "description": "What holds for every trade that does not say otherwise.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "maxNotionalUSD": {
                "description": "Caps each trade: price × shares, before fees.",
                "$ref": "#/$defs/amount",
            },
            "goodForSeconds": {
                "description": "Lifetime of GTT trades without cancelAfterSec.",
                "$ref": "#/$defs/seconds",
            },
        },
    })
}

fn trade() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["outcome", "side", "price", "size"],
        "properties": trade_fields(),
        "oneOf": [
            { "required": ["marketId"] },
            { "required": ["event", "pick"] },
        ],
        "dependentRequired": { "event": ["pick"], "pick": ["event"] },
        "allOf": [
            {
                "if": { "properties": { "side": { "const": "BUY" } } },
                "then": { "properties": { "size": { "not": { "const": "all" } }, "reduceOnly": { "const": false } } },
            },
            {
                "if": when_tif(&["FOK", "FAK"]),
                "then": { "properties": { "postOnly": { "const": false } } },
            },
            {
                "if": when_tif(&["GTC", "FOK", "FAK"]),
                "then": { "properties": { "cancelAfterSec": false } },
            },
            {
                "if": { "allOf": [when_tif(&["FOK", "FAK"]), { "properties": { "side": { "const": "BUY" } } }] },
                "then": { "properties": { "sizeUnit": { "const": "USDC" } } },
            },
        ],
    })
}

fn when_tif(words: &[&str]) -> Value {
    json!({ "required": ["timeInForce"], "properties": { "timeInForce": { "enum": words } } })
}

fn trade_fields() -> Value {
    json!({
        "id": {
            "description": "Stable name; default: the trade's index.",
            "type": "string",
            "pattern": "^[A-Za-z0-9._:-]{1,64}$",
        },
        "marketId": { "description": "Slug, condition id, Gamma id (as text) or web address.", "$ref": "#/$defs/address" },
        "event": { "description": "With pick instead of marketId: an event's slug, id or web address.", "$ref": "#/$defs/address" },
        "pick": { "description": "Which of the event's markets.", "$ref": "#/$defs/name" },
        "outcome": {
            "description": "YES and NO are the first and second outcome; or the outcome's own label.",
            "$ref": "#/$defs/name",
            "maxLength": 128,
        },
        "side": { "enum": ["BUY", "SELL"] },
        "type": { "enum": ["LIMIT"] },
        "price": { "description": "The worst price accepted, dollars a share.", "$ref": "#/$defs/price" },
        "size": {
            "description": "Dollars before fees, or shares with sizeUnit SHARES; \"all\" on a SELL: all that is held and free.",
            "anyOf": [{ "const": "all" }, { "$ref": "#/$defs/amount" }],
        },
        "sizeUnit": { "enum": ["USDC", "SHARES"], "default": "USDC" },
        "timeInForce": {
            "description": "GTT ends by the clock, GTC rests until cancelled, FOK is all now or nothing, FAK is what there is now. Default: GTT if a lifetime is known, else GTC.",
            "enum": ["GTT", "GTC", "FOK", "FAK"],
        },
        "cancelAfterSec": { "description": "Lifetime of a GTT order.", "$ref": "#/$defs/seconds" },
        "postOnly": { "description": "Refuses to take liquidity.", "type": "boolean" },
        "reduceOnly": { "description": "SELL only: an exit that brakes let through. Changes no size.", "type": "boolean" },
        "priceCeil": { "description": "BUY: waits while the mid is above.", "$ref": "#/$defs/price" },
        "priceFloor": { "description": "SELL: waits while the mid is below.", "$ref": "#/$defs/price" },
        "ifBlocked": {
            "description": "What a block that may pass does: wait until the lifetime ends, or deny at once.",
            "enum": ["wait", "deny"],
            "default": "wait",
        },
        "notBefore": { "description": "RFC 3339: waits until then.", "$ref": "#/$defs/time" },
        "notAfter": { "description": "RFC 3339: ends then, placed or not.", "$ref": "#/$defs/time" },
        "notes": { "description": "For people; no part of what the plan says.", "type": "string" },
    })
}

fn price() -> Value {
    json!({
        "description": "Dollars a share, no finer than 0.0001; a number, or a decimal as text.",
        "anyOf": [
            { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
            { "type": "string", "pattern": r"^0\.([1-9][0-9]{0,3}|0[1-9][0-9]{0,2}|00[1-9][0-9]?|000[1-9])0{0,15}$" },
        ],
    })
}

fn amount() -> Value {
    json!({
        "description": "No finer than 0.000001, at most 100 million; a number, or a decimal as text.",
        "anyOf": [
            { "type": "number", "exclusiveMinimum": 0, "maximum": 100_000_000 },
            {
                "type": "string",
                "pattern": r"^((0|[1-9][0-9]{0,7})(\.[0-9]{1,6}0{0,6})?|100000000(\.0{1,6})?)$",
                "not": { "pattern": r"^0(\.0*)?$" },
            },
        ],
    })
}

fn seconds() -> Value {
    json!({
        "description": "Whole seconds; a number, or a number as text.",
        "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": SECONDS_MAX },
            { "type": "string", "pattern": r"^[1-9][0-9]{0,8}(\.0+)?$" },
        ],
    })
}
