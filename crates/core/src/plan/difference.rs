//! Names the first thing in which two plans of one runId differ, so that a refusal can say it.

use serde_json::Value;

/// The first field in which two canonical forms differ, such as `trades[2].price: was 0.42, now 0.43`;
/// `None` when they are equal, or when one of them is no canonical form.
pub fn first_difference(old_canonical: &str, new_canonical: &str) -> Option<String> {
    if old_canonical == new_canonical {
        return None;
    }
    let old: Value = serde_json::from_str(old_canonical).ok()?;
    let new: Value = serde_json::from_str(new_canonical).ok()?;
    let (was, now) = (old.get("runId"), new.get("runId"));
    if was != now {
        return Some(format!("runId: was {}, now {}", told(was), told(now)));
    }
    let list = |plan: &Value| plan.get("trades").and_then(Value::as_array).cloned();
    let (old, new) = (list(&old)?, list(&new)?);
    for (index, (was, now)) in old.iter().zip(&new).enumerate() {
        if let Some((field, was, now)) = differing_field(was, now) {
            return Some(format!("trades[{index}].{field}: was {was}, now {now}"));
        }
    }
    (old.len() != new.len()).then(|| format!("trades: was {}, now {}", old.len(), new.len()))
}

fn differing_field(was: &Value, now: &Value) -> Option<(&'static str, String, String)> {
    let names = super::fields::TRADE.iter().chain(&["maxNotionalUSD"]);
    names.copied().find_map(|name| {
        let (was, now) = (was.get(name), now.get(name));
        (was != now).then(|| (name, told(was), told(now)))
    })
}

fn told(value: Option<&Value>) -> String {
    match value {
        None => "not set".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
