//! From HTTP to a WebSocket: the handshake is answered here (RFC 6455, 4.2.2), what is spoken afterwards
//! is the business of the `sockets`.

use super::dispatch::Host;
use super::strike;
use crate::serve::call::Reply;
use crate::serve::sockets::{self, Channel};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A socket on its way from the handshake to its room.
#[derive(Debug, Default)]
pub(in crate::serve) struct Taken {
    waiting: Mutex<Option<(Channel, OnUpgrade)>>,
}

impl Taken {
    /// Remembers a connection whose handshake is being answered.
    pub(in crate::serve) fn put(&self, channel: Channel, upgrade: OnUpgrade) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some((channel, upgrade));
    }

    /// Serves the socket, where there is one, to its end.
    pub(in crate::serve) async fn serve(&self, host: &Host) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((channel, upgrade)) = waiting
            && let Ok(upgraded) = upgrade.await
        {
            let (desk, io) = (Arc::clone(&host.desk), TokioIo::new(upgraded));
            sockets::serve(desk, channel, io, strike::of_frame).await;
        }
    }
}

/// The answer to a handshake: 101, or why not.
///
/// # Errors
/// With status 400 or 426 where the request is no handshake.
pub(in crate::serve) fn handshake(headers: &hyper::HeaderMap) -> Result<String, Reply> {
    let has = |name: &str, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    let refused =
        |status, error: &str| Err(Reply::json_with(status, &serde_json::json!({ "error": error })));
    if !has("upgrade", "websocket") || !has("connection", "upgrade") {
        return refused(426, "this is a WebSocket: ask with Upgrade: websocket")
            .map_err(|reply| reply.with("upgrade", "websocket"));
    }
    if !has("sec-websocket-version", "13") {
        return refused(426, "only version 13 of WebSockets is spoken here")
            .map_err(|reply| reply.with("sec-websocket-version", "13"));
    }
    let key = headers.get("sec-websocket-key").map(hyper::header::HeaderValue::as_bytes);
    let is_key = |key: &&[u8]| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16);
    let Some(key) = key.filter(is_key) else {
        return refused(400, "Sec-WebSocket-Key is base64 of 16 bytes");
    };
    Ok(derive_accept_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderMap, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn the_standards_own_example_is_answered_as_the_standard_says() {
        let asked = headers(&[
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        assert_eq!(handshake(&asked).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_told_so() {
        assert_eq!(handshake(&headers(&[])).unwrap_err().status, 426);
        let asked = headers(&[
            ("upgrade", "websocket"),
            ("connection", "upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "short"),
        ]);
        assert_eq!(handshake(&asked).unwrap_err().status, 400);
    }
}
