//! A loopback server that answers by a table and can misbehave; it remembers what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use betteroms_polymarket::{Hosts, LiveBooks, Options};
use futures_util::stream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How the server answers one request.
pub(crate) enum Answer {
    Json(String),
    Status(u16, &'static str),
    RetryAfter(u16, u64),
    Typed(u16, &'static str, String),
    /// As JSON, whatever bytes.
    Bytes(u16, Vec<u8>),
    Silence,
    /// One byte a pause.
    Drip(Duration),
    Endless,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, v)| v.clone()).collect()
    }

    pub(crate) fn one(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

#[derive(Clone)]
struct Venue {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A running server and a reader pointed at it.
pub(crate) struct Loopback {
    pub(crate) books: LiveBooks,
    pub(crate) options: Options,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Loopback {
    pub(crate) async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let venue = Venue { script: Arc::new(script), asked: Arc::default() };
        let asked = venue.asked.clone();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(venue);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let options = quick(&format!("http://{address}"));
        Self { books: LiveBooks::connect(options.clone()).unwrap(), options, asked }
    }

    /// Everything it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What it was asked under a path.
    pub(crate) fn asked_at(&self, path: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.path == path).collect()
    }
}

/// Short deadlines, so that the suite stays fast.
pub(crate) fn quick(base: &str) -> Options {
    Options {
        hosts: Hosts::at(base),
        attempt_deadline: Duration::from_millis(400),
        call_deadline: Duration::from_millis(2_500),
        retries_max: 2,
        pause_min: Duration::from_millis(5),
        pause_max: Duration::from_millis(20),
        body_bytes_max: 256 * 1024,
        parallel: 4,
        ..Options::default()
    }
}

async fn answer(
    State(venue): State<Venue>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response<Body> {
    let url = format!("http://x{uri}").parse::<reqwest::Url>().unwrap();
    let asked = Asked {
        method,
        path: url.path().to_owned(),
        query: url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = (venue.script)(&asked);
    venue.asked.lock().unwrap().push(asked);
    respond(answer).await
}

async fn respond(answer: Answer) -> Response<Body> {
    let with = |status: u16, media: &'static str, body: Body| {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("content-type", HeaderValue::from_static(media));
        response
    };
    let json = "application/json";
    match answer {
        Answer::Json(text) => with(200, "application/json; charset=utf-8", text.into()),
        Answer::Status(status, text) => with(status, json, text.into()),
        Answer::Typed(status, media, text) => with(status, media, text.into()),
        Answer::Bytes(status, bytes) => with(status, json, bytes.into()),
        Answer::RetryAfter(status, secs) => {
            let mut response = with(status, json, "{}".into());
            response.headers_mut().insert("retry-after", secs.into());
            response
        }
        Answer::Silence => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            with(200, json, "[]".into())
        }
        Answer::Drip(pause) => {
            let bytes = stream::unfold((), move |()| async move {
                tokio::time::sleep(pause).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b"[")), ()))
            });
            with(200, json, Body::from_stream(bytes))
        }
        Answer::Endless => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let bytes = stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            with(200, json, Body::from_stream(bytes))
        }
    }
}
