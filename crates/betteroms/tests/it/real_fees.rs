//! A venue that charges another fee than it announces is found out by the wallet's cash, and told with figures.

use crate::trader::{SCRIPT, Trader, trade};
use serde_json::{Value, json};

fn attention(report: &Value) -> Vec<Value> {
    report["attention"].as_array().expect("a list").clone()
}

#[test]
fn fees_charged_are_compared_with_fees_expected() {
    let settings = |rate: &str| {
        let charged = format!("\"settings\": {{ \"chargedFee\": {{ \"rate\": {rate} }},");
        SCRIPT.replace("\"settings\": {", &charged)
    };
    // 10 shares at 0.33: 0.15477 at the announced 0.07.
    for (rate, charged) in [("0.07", None), ("0.09", Some("0.19899")), ("0", Some("0"))] {
        let trader = Trader::at(&settings(rate), "bob", "");
        let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
        let done = trader.trade(&plan);
        assert_eq!(done["counts"]["filled"], 1, "{done:#}");
        std::thread::sleep(std::time::Duration::from_millis(300));
        // One pass sees the trade confirmed, the next one's balances are held against it.
        trader.report(&["run", "--real"]);
        let seen = attention(&trader.report(&["run", "--real"]));
        let Some(charged) = charged else {
            assert_eq!(seen, Vec::<Value>::new(), "{rate}");
            continue;
        };
        let codes: Vec<&str> = seen.iter().filter_map(|one| one["code"].as_str()).collect();
        assert_eq!(codes, ["DIFFERS", "FEES_DIFFER"], "{rate}");
        let told = &seen[1];
        assert_eq!((&told["expected"], &told["charged"]), (&json!("0.15477"), &json!(charged)));
        assert_eq!((&told["fills"], told["trades"].as_array().map(Vec::len)), (&json!(1), Some(1)));
        let said = trader.call(&["run", "--real"]);
        assert!(said.out.contains("[FEES_DIFFER]"), "{}", said.out);
        trader.call(&["account", "adopt", "--yes"]).expect(0);
        assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new(), "{rate}");
        trader.house.verify();
    }
}
