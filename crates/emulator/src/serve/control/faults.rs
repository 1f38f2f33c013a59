//! Rules set and taken away; what they mean is in [`crate::fault`].

use super::{Bad, answer};
use crate::fault::Rule;
use crate::log::Topic;
use crate::serve::call::{Answer, Call, Reply};
use crate::serve::desk::Desk;
use crate::serve::host::strike::rules;
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    rule: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_written: Option<&'a Rule>,
}

pub(super) fn list(desk: &Desk, _: &Call) -> Answer {
    let rules = rules(desk);
    Ok(Reply::json(&rules.list().collect::<Vec<_>>()))
}

pub(super) fn set(desk: &Desk, call: &Call) -> Answer {
    let set = Rule::read(&call.body).and_then(|rule| {
        let number = rules(desk).set(rule.clone())?;
        Ok((number, rule))
    });
    answer(match set {
        Ok((number, rule)) => {
            let event = Event { event: "set", rule: number, as_written: Some(&rule) };
            desk.log(Topic::Fault, call.number, &event);
            Ok(Reply::json(&json!({ "number": number })))
        }
        Err(bad) => Err(Bad::asked(bad.to_string())),
    })
}

pub(super) fn clear(desk: &Desk, call: &Call) -> Answer {
    let removed = {
        let mut rules = rules(desk);
        let numbers: Vec<u64> = rules.list().map(|listed| listed.number).collect();
        rules.clear();
        numbers
    };
    // The one fault that stays when its rule is gone.
    desk.with(call, |venue| venue.settings.place.is_blocked = false);
    for rule in &removed {
        let event = Event { event: "removed", rule: *rule, as_written: None };
        desk.log(Topic::Fault, call.number, &event);
    }
    Ok(Reply::json(&json!({ "removed": removed.len() })))
}

pub(super) fn remove(desk: &Desk, call: &Call) -> Answer {
    let text = call.part("number");
    let Ok(rule) = text.parse::<u64>() else {
        return answer(Err(Bad::asked(format!("number: `{text}` is not a rule's number"))));
    };
    if !rules(desk).remove(rule) {
        return answer(Err(Bad::missing(format!("number: there is no rule {rule}"))));
    }
    desk.log(Topic::Fault, call.number, &Event { event: "removed", rule, as_written: None });
    Ok(super::ok())
}
