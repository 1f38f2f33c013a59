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
use reqwest::{Method, Response, StatusCode, Url};
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

/// An answer of any status, whole.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    /// Whether it is JSON by its own account.
    pub(crate) fn is_json(&self) -> bool {
        media_type(&self.headers).as_deref().is_none_or(is_json)
    }

    /// How long the venue asks us to stay away.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }
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
        self.read_as(call, &HeaderMap::new).await
    }

    /// The same with headers, which are made anew for each attempt: they carry the time.
    pub(crate) async fn read_as<T: Wire>(
        &self,
        call: &Call,
        headers: &(dyn Fn() -> HeaderMap + Sync),
    ) -> Result<T, VenueError> {
        let bytes = self.read_bytes(call, headers).await?;
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

    /// Asks once and never again, and hands over whatever status and body come back: for requests that
    /// change something, whose refusals are judged by their words.
    ///
    /// # Errors
    /// `NotSent` where no connection was made, `Unknown` where no whole answer came in time.
    pub(crate) async fn once(
        &self,
        call: &Call,
        method: Method,
        headers: HeaderMap,
    ) -> Result<Heard, VenueError> {
        self.limits.pass(call.route).await;
        let deadline = self.options.attempt_deadline;
        let work = async {
            let response = self.request(call, method, headers).await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = self.body(call, response).await?;
            Ok(Heard { status, headers, body })
        };
        tokio::time::timeout(deadline, work)
            .await
            .unwrap_or_else(|_| Err(call.unknown(Unknown::TimedOut(deadline))))
    }

    async fn read_bytes(
        &self,
        call: &Call,
        headers: &(dyn Fn() -> HeaderMap + Sync),
    ) -> Result<Vec<u8>, VenueError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.options.pause_min)
            .with_max_delay(self.options.pause_max)
            .with_max_times(self.options.retries_max)
            .with_jitter();
        let deadline = self.options.call_deadline;
        let attempts = (|| async { self.attempt(call, &headers()).await })
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
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let response = self.request(call, method, headers.clone()).await?;
        self.judge(call, response).await
    }

    async fn request(
        &self,
        call: &Call,
        method: Method,
        headers: HeaderMap,
    ) -> Result<Response, VenueError> {
        let setup = |text: String| call.not_sent(NotSent::Setup(text));
        let mut url = Url::parse(&call.url).map_err(|error| setup(error.to_string()))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(method, url).headers(headers);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let answer = request.send().await;
        // What is asked in words: a URL, headers and bodies may hold what is nobody's.
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        tracing::debug!(what = call.what, status, "asked");
        answer.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                call.not_sent(NotSent::NoConnection(chain(&error.without_url())))
            } else {
                call.unknown(Unknown::BrokeOff(chain(&error.without_url())))
            }
        })
    }

    /// Takes the body of a good answer, or says what kind of bad one it is. A body is read only where it
    /// can matter.
    async fn judge(&self, call: &Call, response: Response) -> Result<Vec<u8>, VenueError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let is_json = media_type(&headers).as_deref().is_none_or(is_json);
        let body = if status == StatusCode::OK && is_json {
            self.body(call, response).await?
        } else if status.is_client_error() && is_json {
            self.body(call, response).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        judge_heard(call, Heard { status: status.as_u16(), headers, body })
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

/// Takes the body of a good answer that is here already, or says what kind of bad one it is.
///
/// # Errors
/// For every status but 200, and for what is not JSON by its own account.
pub(crate) fn judge_heard(call: &Call, heard: Heard) -> Result<Vec<u8>, VenueError> {
    let (is_json, retry_after) = (heard.is_json(), heard.retry_after());
    let Heard { status, headers, body } = heard;
    let media = || media_type(&headers).unwrap_or_default();
    let code = match status {
        200 if is_json => return Ok(body),
        200 => return Err(call.unknown(Unknown::NotJson(media()))),
        425 | 429 => return Err(call.not_sent(NotSent::Busy { status, retry_after })),
        500..=599 => return Err(call.unknown(Unknown::Failed { status, retry_after })),
        400 => Refusal::BadRequest,
        401 => Refusal::Unauthorised,
        403 => Refusal::Blocked,
        404 => Refusal::NotFound,
        402 | 405..=499 => Refusal::Status(status),
        _ => return Err(call.unknown(Unknown::Status(status))),
    };
    let text = if is_json {
        printable(&String::from_utf8_lossy(&body), REFUSAL_CHARS)
    } else {
        format!("a page of type {}", media())
    };
    Err(VenueError::Refused { what: call.what.clone(), code, text })
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
