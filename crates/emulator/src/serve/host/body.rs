//! Bodies on their way in and out: a request's is read whole and bounded, an answer's is one piece.

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The largest body that is read.
const BODY_MOST: usize = 1024 * 1024;
/// What is read of a larger one, and forgotten, so that its sender reads the refusal.
const WASTE_MOST: usize = 16 * BODY_MOST;
/// How long a body may take.
const BODY_WAIT: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Unread {
    /// It is larger than what is taken.
    TooLarge,
    /// It did not arrive, in time or at all.
    Broken,
}

/// Reads a body to its end.
///
/// # Errors
/// When it is too large or does not arrive.
pub(in crate::serve) async fn read(body: Incoming) -> Result<Bytes, Unread> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    tokio::time::timeout(BODY_WAIT, gather(body)).await.unwrap_or(Err(Unread::Broken))
}

async fn gather(mut body: Incoming) -> Result<Bytes, Unread> {
    let (mut first, mut more, mut length) = (Bytes::new(), BytesMut::new(), 0_usize);
    while let Some(frame) = std::future::poll_fn(|c| Pin::new(&mut body).poll_frame(c)).await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > WASTE_MOST {
            return Err(Unread::TooLarge);
        }
        if length > BODY_MOST {
            more.clear();
        } else if first.is_empty() && more.is_empty() {
            // Most bodies are one piece, and are never copied.
            first = data;
        } else {
            if more.is_empty() {
                more.extend_from_slice(&std::mem::take(&mut first));
            }
            more.extend_from_slice(&data);
        }
    }
    match length {
        0..=BODY_MOST if more.is_empty() => Ok(first),
        0..=BODY_MOST => Ok(more.freeze()),
        _ => Err(Unread::TooLarge),
    }
}

/// A body that is there already.
#[derive(Debug)]
pub(in crate::serve) struct Whole(Option<Bytes>);

impl Whole {
    pub(in crate::serve) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.0.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
