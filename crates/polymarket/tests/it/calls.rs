//! Deadlines, bounds, repeats: what a call does when the venue does not simply answer.

use crate::server::{Answer, Loopback, quick};
use betteroms_core::time::Time;
use betteroms_polymarket::{LiveBooks, NotSent, Options, Refusal, Unknown, VenueError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const FOUND: &str = r#"{"events":[{"id":"7","title":"Fed","slug":"fed","markets":[]}]}"#;

/// Answers bad to the first `times` requests, then well.
async fn recovering(times: usize, bad: impl Fn() -> Answer + Send + Sync + 'static) -> Loopback {
    let met = AtomicUsize::new(0);
    Loopback::start(move |_| {
        if met.fetch_add(1, Ordering::SeqCst) < times {
            bad()
        } else {
            Answer::Json(FOUND.to_owned())
        }
    })
    .await
}

#[tokio::test]
async fn a_venue_that_is_busy_or_fails_is_asked_again() {
    for status in [425, 429, 500, 502, 503] {
        let venue = recovering(2, move || Answer::Status(status, "{}")).await;
        let hits = venue.books.search("fed").await.unwrap();
        assert_eq!((hits[0].slug.as_str(), venue.asked().len()), ("fed", 3), "{status}");
    }
}

#[tokio::test]
async fn repeats_end() {
    let venue = recovering(9, || Answer::Status(500, "{}")).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(
        error,
        VenueError::Unknown { cause: Unknown::Failed { status: 500, .. }, .. }
    ));
    assert_eq!(venue.asked().len(), 3, "one call and two repeats");
    let venue = recovering(9, || Answer::Status(429, "{}")).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(error, VenueError::NotSent { cause: NotSent::Busy { status: 429, .. }, .. }));
}

#[tokio::test]
async fn retry_after_is_honoured_and_bounded() {
    let venue = recovering(1, || Answer::RetryAfter(429, 1)).await;
    let begun = Instant::now();
    venue.books.search("fed").await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    // Longer than the call may take: given up at once instead of asking too early.
    let venue = recovering(1, || Answer::RetryAfter(503, 3_600)).await;
    let begun = Instant::now();
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(
        error,
        VenueError::Unknown { cause: Unknown::Failed { status: 503, .. }, .. }
    ));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(venue.asked().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_final() {
    let rows = [
        (400, Refusal::BadRequest),
        (401, Refusal::Unauthorised),
        (404, Refusal::NotFound),
        (418, Refusal::Status(418)),
    ];
    for (status, expected) in rows {
        let venue =
            recovering(9, move || Answer::Status(status, r#"{"error":"no\u001b[2J"}"#)).await;
        match venue.books.search("fed").await.unwrap_err() {
            VenueError::Refused { code, text, .. } => {
                assert_eq!(code, expected);
                assert!(text.contains("no") && !text.contains('\u{1b}'), "{text}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(venue.asked().len(), 1, "{status} is not asked again");
    }
}

#[tokio::test]
async fn the_gatekeepers_page_is_a_refusal() {
    let page = "<html><body>Sorry, you have been blocked</body></html>";
    let venue = recovering(9, move || Answer::Typed(403, "text/html", page.to_owned())).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(error, VenueError::Refused { code: Refusal::Blocked, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the venue refused to search [BLOCKED]: a page of type text/html"
    );
    assert_eq!(venue.asked().len(), 1);
}

#[tokio::test]
async fn silence_and_dripping_bodies_end_at_the_deadline() {
    for drip in [false, true] {
        let bad = move || {
            if drip { Answer::Drip(Duration::from_secs(1)) } else { Answer::Silence }
        };
        let venue = recovering(9, bad).await;
        let begun = Instant::now();
        let error = venue.books.search("fed").await.unwrap_err();
        assert!(matches!(error, VenueError::Unknown { cause: Unknown::TimedOut(_), .. }));
        assert!(begun.elapsed() < venue.options.call_deadline + Duration::from_millis(500));
        assert_eq!(venue.asked().len(), 3, "a read may be asked again");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let venue = recovering(9, || Answer::Endless).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(error, VenueError::Unknown { cause: Unknown::TooLarge(_), .. }), "{error:?}");
    assert_eq!(venue.asked().len(), 1, "asking again would be as long");
}

#[tokio::test]
async fn a_dead_address_is_not_sent_and_a_redirect_is_not_followed() {
    // Port 9 of this machine: nobody listens in a test environment.
    let options = Options { retries_max: 0, ..quick("http://127.0.0.1:9") };
    let books = LiveBooks::connect(options).unwrap();
    let error = books.search("fed").await.unwrap_err();
    assert!(matches!(error, VenueError::NotSent { cause: NotSent::NoConnection(_), .. }));
    let venue = recovering(9, || Answer::Status(302, "{}")).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(matches!(error, VenueError::Unknown { cause: Unknown::Status(302), .. }), "{error:?}");
}

#[test]
fn the_real_hosts_are_asked_over_tls() {
    let options = Options::default();
    for host in [&options.hosts.clob, &options.hosts.gamma, &options.hosts.data] {
        assert!(host.starts_with("https://") && host.ends_with(".polymarket.com"), "{host}");
    }
}

#[tokio::test]
async fn a_host_without_tls_is_not_talked_to_in_the_clear() {
    let venue = Loopback::start(|_| Answer::Json(FOUND.to_owned())).await;
    let secure = venue.options.hosts.gamma.replace("http://", "https://");
    let options = Options { retries_max: 0, ..quick(&secure) };
    let error = match LiveBooks::connect(options) {
        Ok(books) => books.search("fed").await.unwrap_err(),
        // A machine without root certificates cannot ask over TLS at all, and says so.
        Err(error) => error,
    };
    assert!(matches!(error, VenueError::NotSent { .. }), "{error:?}");
    assert!(venue.asked().is_empty());
}

#[test]
fn a_pass_can_be_spawned() {
    fn sent<T: Send>(_: &T) {}
    let books = LiveBooks::connect(quick("http://127.0.0.1:9")).unwrap();
    sent(&books.observe(&[], Time::default()));
    sent(&books.resolve(&[]));
    sent(&books.search(""));
}
