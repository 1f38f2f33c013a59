//! Every mistake a plan file can have: its stable code, its sentence and its remedy, one entry each.
//! A code never changes its meaning; scripts and the operator's memory hang on it.

macro_rules! catalogue {
    ($at:ident; $( $name:ident { $($field:ident: $kind:ty),* } $code:literal, $sentence:literal, $hint:literal; )*) => {
        /// One mistake with what its sentence needs to know.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(super) enum Mistake {
            $( #[doc = $sentence] $name { $($field: $kind),* }, )*
        }

        #[allow(unused_variables, reason = "not every entry uses every field in both texts")]
        impl Mistake {
            /// The stable name.
            pub(super) fn code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code, )* }
            }

            /// What is wrong; `$at` is the field it is wrong with.
            pub(super) fn sentence(&self, $at: &str) -> String {
                match self { $( Self::$name { $($field),* } => format!($sentence), )* }
            }

            /// What to do about it.
            pub(super) fn hint(&self) -> String {
                match self { $( Self::$name { $($field),* } => format!($hint), )* }
            }
        }

        /// Every code there is, in the order of the catalogue.
        pub const CODES: &[&str] = &[$($code),*];
    };
}

catalogue! { at;
    // The bytes.
    FileTooLarge { bytes: u64 } "FILE_TOO_LARGE",
        "The file has {bytes} bytes; a plan may have at most 64 MiB.",
        "Split it into several plans, each with its own runId.";
    FileEmpty {} "FILE_EMPTY",
        "The file holds no plan.",
        "Write an object with runId, mode and trades; `betteroms plan schema` describes it.";
    NotUtf8 { byte: u8 } "NOT_UTF8",
        "The file is not UTF-8 text: byte 0x{byte:02X} cannot stand here.",
        "Save it as UTF-8.";
    Utf16 {} "FILE_IS_UTF16",
        "The file is UTF-16 text; a plan is UTF-8.",
        "Save it as UTF-8 without a byte order mark.";
    ByteOrderMark {} "BYTE_ORDER_MARK",
        "The file begins with a byte order mark.",
        "Save it as UTF-8 without a byte order mark.";
    NulByte {} "NUL_BYTE",
        "The text holds a NUL byte.",
        "Remove it; a plan is plain text.";
    ControlCharacter { point: String } "CONTROL_CHARACTER",
        "The text holds the control character {point}.",
        "Remove it.";
    BidiCharacter { point: String } "BIDI_CHARACTER",
        "The text holds {point}, which makes a screen show it in another order than it is read.",
        "Remove it; it has no place in a plan, comments included.";
    HiddenCharacter { point: String } "HIDDEN_CHARACTER",
        "The text holds {point}, which no screen shows.",
        "Remove it.";
    // The form.
    NotAPlan {} "NOT_A_PLAN",
        "The text does not begin as a plan does.",
        "A plan is a JSON object: it begins with {{ and ends with }}.";
    OddBlank { point: String } "ODD_BLANK",
        "The blank {point} is none that JSON knows.",
        "Use an ordinary blank.";
    TooDeep {} "TOO_DEEP",
        "Objects and lists are nested deeper than 64 levels.",
        "A plan needs three levels: the plan, its trades, one trade.";
    TooManyValues { max: usize } "TOO_MANY_VALUES",
        "The file holds more than {max} values.",
        "Split it into several plans, each with its own runId.";
    TooBroken {} "TOO_BROKEN",
        "The text has too many mistakes of form; reading stopped here.",
        "Mend the ones above and check again.";
    UnclosedComment {} "UNCLOSED_COMMENT",
        "This comment is never closed.",
        "End it with */.";
    UnclosedText {} "UNCLOSED_TEXT",
        "This text is not closed on its line.",
        "Put a double quote at its end.";
    BadEscape {} "BAD_ESCAPE",
        "This escape is not one that JSON knows.",
        "JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits; write \\\\ for a backslash.";
    TabInText {} "TAB_IN_TEXT",
        "This text holds a tab.",
        "Write \\t or a blank.";
    SingleQuotes {} "SINGLE_QUOTES",
        "This text stands in single quotes.",
        "Use double quotes.";
    UnquotedName { word: String } "UNQUOTED_NAME",
        "The field name {word} has no double quotes.",
        "Write {word}.";
    MissingName {} "MISSING_NAME",
        "A field name is missing here.",
        "Inside an object every value follows a name in double quotes and a colon.";
    UnquotedWord { word: String } "UNQUOTED_WORD",
        "{word} is neither a number nor true or false, and has no quotes.",
        "Put text in double quotes.";
    WrongWord { word: String, right: &'static str } "WRONG_WORD",
        "{word} is not a JSON word.",
        "Write {right}.";
    MalformedNumber { word: String } "MALFORMED_NUMBER",
        "{word} is not a number as JSON writes it.",
        "Write digits with one point at most and no leading zeros, such as 0.42 or 1000.";
    ThousandsSeparator {} "THOUSANDS_SEPARATOR",
        "A comma splits this number in two.",
        "Write the number without separators, such as 1000.";
    MissingComma {} "MISSING_COMMA",
        "A comma is missing behind this.",
        "Put a comma between two values.";
    ExtraComma {} "EXTRA_COMMA",
        "This comma has nothing before it.",
        "Remove it; only one comma may stand behind the last value.";
    MissingColon {} "MISSING_COLON",
        "A colon is missing behind this field name.",
        "Write \"name\": value.";
    MissingValue {} "MISSING_VALUE",
        "A value is missing here.",
        "Write the value, or leave the whole field out.";
    UnexpectedMark { mark: char } "UNEXPECTED_MARK",
        "A `{mark}` has no meaning here.",
        "Remove it.";
    UnmatchedMark { mark: char } "UNMATCHED_MARK",
        "This `{mark}` closes something else than what is open.",
        "Look for a bracket that is missing or one too many before it.";
    UnclosedMark { mark: char } "UNCLOSED_MARK",
        "This `{mark}` is never closed.",
        "The file may be cut off; close what is open at its end.";
    TextAfterEnd {} "TEXT_AFTER_END",
        "The plan has ended before this.",
        "A file holds one plan; remove what follows it.";
    // The shape.
    WrongType { wanted: &'static str, found: &'static str } "WRONG_TYPE",
        "{at} is {found}, but must be {wanted}.",
        "Write {wanted}.";
    NullValue {} "NULL_VALUE",
        "{at} is null.",
        "Leave the field out if it does not apply.";
    DuplicateField { line: u32 } "DUPLICATE_FIELD",
        "{at} is given twice, first on line {line}.",
        "Keep one; which of two counts must not be a matter of luck.";
    UnknownField { name: String, advice: String } "UNKNOWN_FIELD",
        "{at} has no field {name}.",
        "{advice}";
    ConfusableName { name: String, meant: &'static str } "CONFUSABLE_NAME",
        "{name} looks like {meant} but is written with other letters.",
        "Type {meant} anew with plain letters.";
    FieldNotYet { name: String } "FIELD_NOT_YET",
        "{at} has {name}, which is not in this version.",
        "Remove it; nothing would act on it.";
    MissingField { name: &'static str, advice: &'static str } "MISSING_FIELD",
        "{at} lacks {name}.",
        "{advice}";
    NoTrades {} "NO_TRADES",
        "The plan has no trades.",
        "Write at least one trade; for a pass without a plan use `betteroms run`.";
    TooManyTrades { count: usize } "TOO_MANY_TRADES",
        "The plan has {count} trades; 200000 is the most.",
        "Split it into several plans, each with its own runId.";
    EmptyText {} "EMPTY_TEXT",
        "{at} is empty.",
        "Fill it in, or leave the field out if it is optional.";
    TextTooLong { max: usize } "TEXT_TOO_LONG",
        "{at} has more than {max} characters.",
        "Shorten it.";
    HiddenInText { point: String } "HIDDEN_IN_TEXT",
        "{at} holds {point} as an escape; no screen shows it as what it is.",
        "Remove the escape.";
    ConfusableText { word: String } "CONFUSABLE_TEXT",
        "{at} mixes alphabets in the word {word}, so it may not be what it looks like.",
        "Type the word anew in one alphabet.";
    BlankAround {} "BLANK_AROUND",
        "{at} begins or ends with a blank.",
        "Remove the blank.";
    // Numbers.
    NotANumber { raw: String } "NOT_A_NUMBER",
        "{at} is {raw}, which is not a number.",
        "Write digits, such as 0.42 or 100.";
    NumberWithUnit { raw: String, plain: String } "NUMBER_WITH_UNIT",
        "{at} is {raw}: a number stands without signs, units or separators.",
        "Write {plain}.";
    NumberExponent { raw: String } "NUMBER_EXPONENT",
        "{at} is {raw}, a number with an exponent.",
        "Write all its digits, such as 0.42 or 1000.";
    NumberTooLong { raw: String } "NUMBER_TOO_LONG",
        "{at} is {raw}, a number of more than 20 digits.",
        "Write only the digits that are meant.";
    NegativeZero {} "NEGATIVE_ZERO",
        "{at} is minus zero.",
        "Write the number that is meant.";
    NumberNegative { raw: String } "NUMBER_NEGATIVE",
        "{at} is {raw}, below zero.",
        "Write it without the minus; `side` says whether you buy or sell.";
    LooksLikeFloat { raw: String, plain: String } "LOOKS_LIKE_FLOAT",
        "{at} is {raw}, which looks like a float that a program wrote.",
        "Write {plain}, or let the program write decimals as text.";
    LooksLikeCents { raw: String, plain: String } "LOOKS_LIKE_CENTS",
        "{at} is {raw}, but a price is dollars a share, between 0 and 1; this looks like cents.",
        "Write {plain}.";
    PriceOutOfRange { raw: String } "PRICE_OUT_OF_RANGE",
        "{at} is {raw}, but a price lies between 0 and 1, both excluded.",
        "Write dollars a share, such as 0.42.";
    PriceTooFine { raw: String, near: String } "PRICE_TOO_FINE",
        "{at} is {raw}, finer than 0.0001, the finest step of any market.",
        "Write {near}.";
    AmountTooFine { raw: String, near: String } "AMOUNT_TOO_FINE",
        "{at} is {raw}, finer than 0.000001.",
        "Write {near}.";
    AmountZero {} "AMOUNT_ZERO",
        "{at} is zero.",
        "Write what you want to trade, or remove the trade.";
    CapZero {} "CAP_ZERO",
        "{at} is zero, which would deny every trade.",
        "Write the highest notional a trade may have, or leave it out.";
    AmountTooLarge { raw: String } "AMOUNT_TOO_LARGE",
        "{at} is {raw}; 100000000 is the most BetterOMS handles.",
        "Look for a slipped digit.";
    TotalTooLarge {} "TOTAL_TOO_LARGE",
        "The trades up to this one add up to more than 1000000000000 shares.",
        "Look for a price that is too low or a size that is too large, or split the plan.";
    SecondsNotWhole { raw: String } "SECONDS_NOT_WHOLE",
        "{at} is {raw}, but seconds are whole.",
        "Write a whole number of seconds, such as 300.";
    SecondsOutOfRange { raw: String } "SECONDS_OUT_OF_RANGE",
        "{at} is {raw}, but must lie between 1 and 315360000 (ten years).",
        "Write seconds, such as 300 for five minutes.";
    // Words.
    RunIdIllegal { raw: String } "RUN_ID_ILLEGAL",
        "{at} is {raw}, but may hold only letters A-Z, digits and . _ : - , 128 at most.",
        "Choose a name such as 2026-05-31-morning.";
    RunIdReserved {} "RUN_ID_RESERVED",
        "{at} begins with `tick:`, which names the passes of BetterOMS itself.",
        "Choose another beginning.";
    ModeUnknown { raw: String } "MODE_UNKNOWN",
        "{at} is {raw}, but must be \"paper\" or \"real\".",
        "Write \"paper\" or \"real\".";
    SideUnknown { raw: String } "SIDE_UNKNOWN",
        "{at} is {raw}, but must be \"BUY\" or \"SELL\".",
        "Write \"BUY\" or \"SELL\".";
    TypeUnknown { raw: String } "TYPE_UNKNOWN",
        "{at} is {raw}, but the only type is \"LIMIT\".",
        "Write \"LIMIT\"; a limit at the worst price you accept with timeInForce \"FAK\" takes what there is now.";
    TimeInForceUnknown { raw: String } "TIME_IN_FORCE_UNKNOWN",
        "{at} is {raw}, but must be \"GTT\", \"GTC\", \"FOK\" or \"FAK\".",
        "\"GTT\" with cancelAfterSec ends by the clock, \"FAK\" takes what there is now and cancels the rest.";
    SizeUnitUnknown { raw: String } "SIZE_UNIT_UNKNOWN",
        "{at} is {raw}, but must be \"USDC\" or \"SHARES\".",
        "Write \"USDC\" for dollars (also the default) or \"SHARES\".";
    IfBlockedUnknown { raw: String } "IF_BLOCKED_UNKNOWN",
        "{at} is {raw}, but must be \"wait\" or \"deny\".",
        "Write \"wait\" (also the default) or \"deny\".";
    TimeMalformed { raw: String } "TIME_MALFORMED",
        "{at} is {raw}, which is not an RFC 3339 time with an offset.",
        "Write date, T, time and offset, such as 2026-05-31T17:35:22Z.";
    MarketIllegal { raw: String } "MARKET_ILLEGAL",
        "{at} is {raw}, which is no slug, condition id, Gamma id or web address.",
        "Copy the market's web address or slug; they hold no blanks and only plain letters.";
    TradeIdIllegal { raw: String } "TRADE_ID_ILLEGAL",
        "{at} is {raw}, but may hold only letters A-Z, digits and . _ : - , 64 at most.",
        "Choose a name such as hedge-2.";
    // Fields against each other.
    DuplicateTradeId { id: String, other: u32 } "DUPLICATE_TRADE_ID",
        "{at} is {id}, which already names trades[{other}].",
        "Give each trade its own id; a trade without one is named by its index.";
    MarketMissing {} "MARKET_MISSING",
        "{at} names no market.",
        "Write marketId, or event and pick.";
    MarketTwice {} "MARKET_TWICE",
        "{at} names its market twice: by marketId and by event or pick.",
        "Keep marketId, or keep event and pick.";
    PickMissing {} "PICK_MISSING",
        "{at} names an event but not which of its markets.",
        "Add pick, or give the market itself as marketId.";
    EventMissing {} "EVENT_MISSING",
        "{at} has pick but no event to pick from.",
        "Add event, or give the market itself as marketId.";
    AllOnBuy {} "SIZE_ALL_ON_BUY",
        "{at} is \"all\", which only a SELL can mean: all that is held.",
        "Write how much to buy.";
    AllMisspelt { raw: String } "SIZE_ALL_MISSPELT",
        "{at} is {raw}, which is neither a number nor \"all\".",
        "Write \"all\" to sell all that is held.";
    ReduceOnlyOnBuy {} "REDUCE_ONLY_ON_BUY",
        "{at} is set on a BUY, but marks the exit of a position: a SELL.",
        "Remove reduceOnly.";
    PostOnlyImmediate { tif: &'static str } "POST_ONLY_IMMEDIATE",
        "{at} forbids taking, but {tif} does nothing else.",
        "Remove postOnly, or use \"GTC\" or \"GTT\".";
    ImmediateBuyInShares { tif: &'static str } "IMMEDIATE_BUY_IN_SHARES",
        "{at} is \"SHARES\", but the venue takes a {tif} BUY in dollars only.",
        "Write \"USDC\" and the dollars to spend, or use \"GTC\" or \"GTT\".";
    LifetimeMissing {} "LIFETIME_MISSING",
        "{at} is \"GTT\", but nothing says for how long.",
        "Add cancelAfterSec here or goodForSeconds in defaults, or write \"GTC\".";
    LifetimeUnused { tif: &'static str } "LIFETIME_UNUSED",
        "{at} is set, but {tif} does not end by the clock.",
        "Remove cancelAfterSec, or write \"GTT\".";
    TimesCrossed {} "TIMES_CROSSED",
        "{at} is not later than notBefore, so the trade could never be placed.",
        "Give it a time after notBefore.";
}

impl Mistake {
    /// The mistake of a word or run of signs where a value is due.
    pub(super) fn bare(word: &str) -> Self {
        let shown = super::fields::quoted(word);
        let right = match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => "true",
            "false" | "no" | "off" => "false",
            "none" | "nil" | "undefined" | "null" => "nothing, and leave the field out",
            _ => "",
        };
        let quotable = matches!(word, "YES" | "NO" | "Yes" | "No");
        if !right.is_empty() && !quotable {
            return Self::WrongWord { word: shown, right };
        }
        let numeric = |c: char| c.is_ascii_digit() || "+-.$".contains(c);
        if word.starts_with(numeric) && word.contains(|c: char| c.is_ascii_digit()) {
            return Self::MalformedNumber { word: shown };
        }
        Self::UnquotedWord { word: shown }
    }
}
