//! Which function answers which request. Each room of `serve` lists its own routes; here they are
//! found. A route's pattern is also its address for faults and its name in the log.

use super::call::{Answer, Call, Service};
use super::desk::Desk;
use std::collections::BTreeMap;

/// What answers a request.
pub type Handler = fn(&Desk, &Call) -> Answer;

/// One route: host, method, pattern, function. A part in braces captures one segment.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The host.
    pub service: Service,
    /// The method.
    pub method: &'static str,
    /// The pattern, such as `/data/order/{id}`.
    pub pattern: &'static str,
    /// The function.
    pub handler: Handler,
}

/// A route.
pub const fn route(
    service: Service,
    method: &'static str,
    pattern: &'static str,
    handler: Handler,
) -> Route {
    Route { service, method, pattern, handler }
}

/// All rooms' routes. A literal route stands before a capturing one that it also fits.
const ROOMS: &[&[Route]] = &[
    super::clob::keys::ROUTES,
    super::clob::trading::ROUTES,
    super::clob::account::ROUTES,
    super::clob::public::ROUTES,
    super::clob::markets::ROUTES,
    super::clob::extras::ROUTES,
    super::relayer::ROUTES,
    super::relayer::session::ROUTES,
    super::relayer::rpc::ROUTES,
    super::host::edge::ROUTES,
    super::gamma::ROUTES,
    super::control::ROUTES,
    super::data::v2::ROUTES,
    super::data::v1::ROUTES,
];

/// Every route there is.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ROOMS.iter().flat_map(|room| room.iter())
}

/// What a path leads to.
#[derive(Debug)]
pub enum Found {
    /// This route, with what its pattern captured.
    Route(&'static Route, BTreeMap<&'static str, String>),
    /// The path exists, for other methods.
    OtherMethod,
    /// Nothing.
    Nothing,
}

/// Finds the route of a request. A trailing slash is not part of a path.
pub fn find(service: Service, method: &str, path: &str) -> Found {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let mut is_known = false;
    for route in all().filter(|route| route.service == service) {
        if let Some(captured) = fits(route.pattern, path) {
            if route.method == method {
                return Found::Route(route, captured);
            }
            is_known = true;
        }
    }
    if is_known { Found::OtherMethod } else { Found::Nothing }
}

fn fits(pattern: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut captured = BTreeMap::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captured),
            (Some(part), Some(segment)) => {
                let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
                match name {
                    Some(name) if !segment.is_empty() => {
                        captured.insert(name, segment.to_owned());
                    }
                    Some(_) => return None,
                    None if part == segment => {}
                    None => return None,
                }
            }
            (None, Some(_)) | (Some(_), None) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_capture_segments_and_nothing_else_fits() {
        let captured = fits("/data/order/{id}", "/data/order/0xab").expect("it fits");
        assert_eq!(captured.get("id").map(String::as_str), Some("0xab"));
        assert!(fits("/data/order/{id}", "/data/order").is_none());
        assert!(fits("/data/order/{id}", "/data/order/").is_none());
        assert!(fits("/data/order/{id}", "/data/order/a/b").is_none());
        assert!(fits("/order", "/orders").is_none());
    }
}
