//! Asking the venue: a deadline on every call, a bound on every body, repeats only for reads and only
//! where a repeat can help. What the answers mean is not known here.

mod limits;
mod options;

pub(crate) use limits::Route;
pub use options::{Hosts, Options};

use crate::error::{NotSent, Refusal, Unknown, VenueError, printable};
use crate::wire::{Wire, decode};
use backon::{ExponentialBuilder, Retryable};
use limits::Limits;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use std::time::Duration;

/// Who we say we are: one stable name, because the venue's gatekeeper dislikes changing ones
/// (venue.md 11, item 23).
const USER_AGENT: &str = concat!("betteroms/", env!("CARGO_PKG_VERSION"));
/// How much of a refusal's text is kept.
const REFUSAL_CHARS: usize = 200;

/// A client for the venue's public reads. Cheap to keep, not to make: it holds the connections and the
/// rate limits.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    options: Options,
    limits: Limits,
}

/// One question.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) route: Route,
    /// What is asked, as the end of "the venue was asked to …".
    pub(crate) what: String,
    pub(crate) url: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// A body makes it a POST; it stays a read (`POST /books`).
    pub(crate) body: Option<String>,
}

impl Client {
    /// Makes a client. Root certificates come from the operating system; they are not looked for when
    /// every host is plain HTTP, which only an emulator on this machine is.
    ///
    /// # Errors
    /// `NotSent` when TLS cannot be set up, for example without root certificates.
    pub fn new(options: Options) -> Result<Self, VenueError> {
        let is_plain = options.hosts.all_plain();
        Self::built(options, is_plain)
    }

    /// A client of one other host, such as a node of the chain.
    pub(crate) fn of_host(options: Options, host: &str) -> Result<Self, VenueError> {
        Self::built(options, options::is_plain(host))
    }

    fn built(options: Options, is_plain: bool) -> Result<Self, VenueError> {
        // A second install of the same provider in one process is refused, and harmless.
        let _installed_before = rustls::crypto::ring::default_provider().install_default().is_err();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.attempt_deadline);
        if is_plain {
            builder = builder.tls_certs_only([]).no_proxy();
        }
        let http = builder.build().map_err(|error| VenueError::NotSent {
            what: "answer anything".to_owned(),
            cause: NotSent::Setup(chain(&error)),
        })?;
        Ok(Self { http, options, limits: Limits::new() })
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Asks until there is an answer, a refusal, or no time left.
    pub(crate) async fn read<T: Wire>(&self, call: &Call) -> Result<T, VenueError> {
        let bytes = self.read_bytes(call).await?;
        decode(&bytes).map_err(|error| call.unknown(Unknown::Malformed(error)))
    }

    /// Asks once, with headers of the caller's: for what must not happen twice.
    pub(crate) async fn send<T: Wire>(
        &self,
        call: &Call,
        headers: &HeaderMap,
    ) -> Result<T, VenueError> {
        let bytes = self.attempt(call, headers).await?;
        decode(&bytes).map_err(|error| call.unknown(Unknown::Malformed(error)))
    }

    async fn read_bytes(&self, call: &Call) -> Result<Vec<u8>, VenueError> {
        let none = HeaderMap::new();
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.options.pause_min)
            .with_max_delay(self.options.pause_max)
            .with_max_times(self.options.retries_max)
            .with_jitter();
        let deadline = self.options.call_deadline;
        let attempts = (|| self.attempt(call, &none))
            .retry(backoff)
            .when(VenueError::may_pass)
            .adjust(|error, pause| longer(pause?, error.retry_after(), deadline))
            .notify(|error, pause| {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(error = %error.explain(), pause_ms, "asking again");
            });
        tokio::time::timeout(deadline, attempts)
            .await
            .unwrap_or_else(|_| Err(call.unknown(Unknown::TimedOut(deadline))))
    }

    async fn attempt(&self, call: &Call, headers: &HeaderMap) -> Result<Vec<u8>, VenueError> {
        self.limits.pass(call.route).await;
        let deadline = self.options.attempt_deadline;
        tokio::time::timeout(deadline, self.exchange(call, headers))
            .await
            .unwrap_or_else(|_| Err(call.unknown(Unknown::TimedOut(deadline))))
    }

    async fn exchange(&self, call: &Call, headers: &HeaderMap) -> Result<Vec<u8>, VenueError> {
        let setup = |text: String| call.not_sent(NotSent::Setup(text));
        let mut url = Url::parse(&call.url).map_err(|error| setup(error.to_string()))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = match &call.body {
            None => self.http.get(url),
            Some(body) => {
                self.http.post(url).header(CONTENT_TYPE, "application/json").body(body.clone())
            }
        };
        let response = request.headers(headers.clone()).send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                call.not_sent(NotSent::NoConnection(chain(&error.without_url())))
            } else {
                call.unknown(Unknown::BrokeOff(chain(&error.without_url())))
            }
        })?;
        self.judge(call, response).await
    }

    /// Takes the body of a good answer, or says what kind of bad one it is.
    async fn judge(&self, call: &Call, response: Response) -> Result<Vec<u8>, VenueError> {
        let (status, media) = (response.status(), media_type(response.headers()));
        let retry_after = retry_after(response.headers());
        if status == StatusCode::OK {
            if !media.as_deref().is_none_or(is_json) {
                return Err(call.unknown(Unknown::NotJson(media.unwrap_or_default())));
            }
            return self.body(call, response).await;
        }
        let number = status.as_u16();
        if matches!(number, 425 | 429) {
            return Err(call.not_sent(NotSent::Busy { status: number, retry_after }));
        }
        if status.is_server_error() {
            return Err(call.unknown(Unknown::Failed { status: number, retry_after }));
        }
        let code = match number {
            400 => Refusal::BadRequest,
            401 => Refusal::Unauthorised,
            403 => Refusal::Blocked,
            404 => Refusal::NotFound,
            402 | 405..=499 => Refusal::Status(number),
            _ => return Err(call.unknown(Unknown::Status(number))),
        };
        let text = if media.as_deref().is_none_or(is_json) {
            let body = self.body(call, response).await.unwrap_or_default();
            printable(&String::from_utf8_lossy(&body), REFUSAL_CHARS)
        } else {
            format!("a page of type {}", media.unwrap_or_default())
        };
        Err(VenueError::Refused { what: call.what.clone(), code, text })
    }

    async fn body(&self, call: &Call, mut response: Response) -> Result<Vec<u8>, VenueError> {
        let max = self.options.body_bytes_max;
        let too_large = || call.unknown(Unknown::TooLarge(max));
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > max) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            let chunk = response
                .chunk()
                .await
                .map_err(|error| call.unknown(Unknown::BrokeOff(chain(&error.without_url()))))?;
            let Some(chunk) = chunk else { return Ok(bytes) };
            if bytes.len() + chunk.len() > max {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

impl Call {
    pub(crate) fn unknown(&self, cause: Unknown) -> VenueError {
        VenueError::Unknown { what: self.what.clone(), cause }
    }

    pub(crate) fn not_sent(&self, cause: NotSent) -> VenueError {
        VenueError::NotSent { what: self.what.clone(), cause }
    }
}

/// The pause to make: ours, or the venue's if it asks for more; none at all if that is past the deadline.
fn longer(pause: Duration, asked: Option<Duration>, deadline: Duration) -> Option<Duration> {
    let pause = asked.map_or(pause, |asked| asked.max(pause));
    (pause < deadline).then_some(pause)
}

/// `Retry-After` in seconds. The form with a date is not used by the venue and ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(CONTENT_TYPE)?.as_bytes()).into_owned();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(printable(&essence, 60))
}

fn is_json(media: &str) -> bool {
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

/// An error of the HTTP library with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    printable(&text, 300)
}
