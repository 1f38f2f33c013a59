//! A WebSocket from after its handshake to its end (venue.md 10). Clients say what they want to hear and ask
//! whether the link lives; everything else goes the other way. What a subscription means is in
//! `publish`, how a client's frame is read in `subscription`.

pub(in crate::serve) mod market_frames;
pub(in crate::serve) mod publish;
mod subscription;
pub(in crate::serve) mod tampering;
mod user_frames;

use crate::log::Topic;
use crate::serve::desk::Desk;
use crate::venue::Venue;
use crate::venue::people::KeyIx;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use publish::SeatIx;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use subscription::{Auth, Said, Wanted};
use tampering::{Outgoing, Rule, Tampering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use uuid::Uuid;

/// The largest frame a client may send, in bytes: 500 tokens of 78 digits fit several times.
const INCOMING_MOST: usize = 256 * 1_024;
/// Frames without sense after which a client is sent away.
const NONSENSE_MOST: u32 = 10;
/// How long a client may take to read one frame before it counts as too slow.
const WRITE_MOST: Duration = Duration::from_secs(10);

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::serve) enum Channel {
    /// `/ws/market`: public.
    Market,
    /// `/ws/user`: one key's own.
    User,
}

impl Channel {
    /// The channel of a path.
    pub(in crate::serve) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/ws/market" => Some(Self::Market),
            "/ws/user" => Some(Self::User),
            _ => None,
        }
    }

    /// The word that a first frame names it by.
    pub(in crate::serve) const fn word(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::User => "user",
        }
    }
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client went away, or the link broke.
    Gone,
    /// A key that is none.
    Credentials,
    /// Too many frames without sense.
    Nonsense,
    /// A frame that is too large, or not of the protocol.
    Broken,
    /// It did not read what it asked for, or its key was deleted.
    Dismissed,
    /// It could not take a frame in time.
    Stuck,
    /// A fault.
    Cut,
}

impl End {
    const fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Credentials => "bad credentials",
            Self::Nonsense => "nonsense",
            Self::Broken => "broken",
            Self::Dismissed => "dismissed",
            Self::Stuck => "stuck",
            Self::Cut => "cut",
        }
    }

    /// The code to close with; `None` where nobody would read it, or nobody should.
    const fn code(self) -> Option<CloseCode> {
        match self {
            Self::Gone | Self::Stuck | Self::Cut => None,
            Self::Credentials | Self::Nonsense | Self::Dismissed => Some(CloseCode::Policy),
            Self::Broken => Some(CloseCode::Size),
        }
    }
}

/// Serves a socket after its handshake, until it ends.
pub(in crate::serve) async fn serve<S>(desk: Arc<Desk>, channel: Channel, io: S, rule: Rule)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let config = WebSocketConfig::default()
        .max_message_size(Some(INCOMING_MOST))
        .max_frame_size(Some(INCOMING_MOST));
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (sink, mut incoming) = socket.split();
    let tampering = Tampering::under(rule);
    let mut out = Out { sink, desk: Arc::clone(&desk), channel, tampering };
    let mut session = Session { desk, channel, seat: None, nonsense: 0 };
    session.log(&json!({ "socket": "opened", "channel": channel.word() }));
    let end = session.run(&mut incoming, &mut out).await;
    session.log(&json!({ "socket": "closed", "channel": channel.word(), "why": end.word() }));
    drop(session);
    if let Some(code) = end.code() {
        out.close(code).await;
    }
}

/// The way out.
struct Out<S> {
    sink: SplitSink<WebSocketStream<S>, Message>,
    desk: Arc<Desk>,
    channel: Channel,
    tampering: Tampering,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Out<S> {
    /// Sends a frame, or what a fault makes of it.
    async fn send(&mut self, frame: Arc<str>) -> Result<(), End> {
        match self.tampering.apply(&self.desk, self.channel, frame) {
            Outgoing::Cut => Err(End::Cut),
            Outgoing::Frames(frames) => {
                for frame in frames {
                    self.put(Message::text(frame.as_ref())).await?;
                }
                Ok(())
            }
        }
    }

    async fn pong(&mut self) -> Result<(), End> {
        if self.tampering.is_silent() {
            return Ok(());
        }
        self.put(Message::text("PONG")).await
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(WRITE_MOST, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Stuck),
        }
    }

    async fn close(&mut self, code: CloseCode) {
        let frame = CloseFrame { code, reason: "".into() };
        // The link ends either way.
        let _told = self.put(Message::Close(Some(frame))).await;
    }
}

/// One client's side.
struct Session {
    desk: Arc<Desk>,
    channel: Channel,
    seat: Option<(SeatIx, Receiver<Arc<str>>)>,
    nonsense: u32,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some((seat, _)) = &self.seat {
            self.desk.publisher.leave(*seat);
        }
    }
}

/// What happens next to a socket.
enum Next {
    Said(Option<Result<Message, tokio_tungstenite::tungstenite::Error>>),
    Told(Option<Arc<str>>),
}

impl Session {
    async fn run<S>(
        &mut self,
        incoming: &mut SplitStream<WebSocketStream<S>>,
        out: &mut Out<S>,
    ) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        loop {
            let next = tokio::select! {
                said = incoming.next() => Next::Said(said),
                told = told(&mut self.seat) => Next::Told(told),
            };
            let done = match next {
                Next::Said(None) => Err(End::Gone),
                Next::Said(Some(Err(error))) => Err(broken(&error)),
                Next::Said(Some(Ok(message))) => match message {
                    Message::Text(text) => match self.hear(&text) {
                        Ok(true) => out.pong().await,
                        Ok(false) => Ok(()),
                        Err(end) => Err(end),
                    },
                    // Pings of the protocol are answered by the library.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
                    Message::Binary(_) => self.wonder().map(|_| ()),
                    Message::Close(_) => Err(End::Gone),
                },
                Next::Told(Some(frame)) => out.send(frame).await,
                Next::Told(None) => Err(End::Dismissed),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Does what a client asks; true where it wants a `PONG`. Subscriptions are not acknowledged.
    fn hear(&mut self, text: &str) -> Result<bool, End> {
        let is_first = self.seat.is_none();
        match subscription::read(self.channel, text, is_first) {
            None => self.wonder(),
            Some(Said::Ping) => Ok(true),
            Some(Said::Subscribe(wanted)) => match self.channel {
                Channel::Market => {
                    self.listen(&wanted);
                    Ok(false)
                }
                Channel::User => self.follow(&wanted),
            },
            Some(Said::Unsubscribe(wanted)) => {
                let publisher = &self.desk.publisher;
                if let Some((seat, _)) = &self.seat {
                    match self.channel {
                        Channel::Market => publisher.ignore(*seat, &wanted.assets),
                        Channel::User => publisher.unfollow(*seat, &wanted.markets),
                    }
                }
                Ok(false)
            }
        }
    }

    /// A frame without sense: nobody says so, but it counts.
    const fn wonder(&mut self) -> Result<bool, End> {
        self.nonsense += 1;
        if self.nonsense > NONSENSE_MOST { Err(End::Nonsense) } else { Ok(false) }
    }

    fn listen(&mut self, wanted: &Wanted) {
        let desk = &self.desk;
        let seat = self.seat.get_or_insert_with(|| desk.publisher.join_market()).0;
        let how = (wanted.dumps, wanted.extras);
        desk.for_socket(|venue| desk.publisher.listen(venue, seat, &wanted.assets, how));
        self.log(&json!({
            "socket": "subscribed", "channel": "market", "assets": wanted.assets.len(),
        }));
    }

    fn follow(&mut self, wanted: &Wanted) -> Result<bool, End> {
        if let Some((seat, _)) = &self.seat {
            self.desk.publisher.follow(*seat, &wanted.markets);
            return Ok(false);
        }
        let desk = &self.desk;
        let joined = desk.for_socket(|venue| {
            let key = wanted.auth.as_ref().and_then(|auth| known(venue, auth))?;
            let id = venue.people().key(key).credentials.key;
            Some((id, desk.publisher.join_user(venue, key, &wanted.markets)))
        });
        let (key, seat) = joined.ok_or(End::Credentials)?;
        self.seat = Some(seat);
        self.log(&json!({
            "socket": "subscribed", "channel": "user", "key": key.to_string(),
            "markets": wanted.markets.len(),
        }));
        Ok(false)
    }

    fn log(&self, what: &serde_json::Value) {
        self.desk.log(Topic::Socket, 0, what);
    }
}

/// The next frame of a seat, which comes when there is one.
async fn told(seat: &mut Option<(SeatIx, Receiver<Arc<str>>)>) -> Option<Arc<str>> {
    match seat {
        Some((_, frames)) => frames.recv().await,
        None => std::future::pending().await,
    }
}

fn broken(error: &tokio_tungstenite::tungstenite::Error) -> End {
    use tokio_tungstenite::tungstenite::Error;
    if matches!(error, Error::Capacity(_) | Error::Utf8(_)) { End::Broken } else { End::Gone }
}

/// The living key of these credentials. Padding of the secret does not count.
fn known(venue: &Venue, auth: &Auth) -> Option<KeyIx> {
    let key = venue.people().find_key(&Uuid::parse_str(&auth.key).ok()?)?;
    let own = &venue.people().key(key).credentials;
    let is_right = own.secret.trim_end_matches('=') == auth.secret.trim_end_matches('=')
        && own.passphrase == auth.passphrase;
    is_right.then_some(key)
}

#[cfg(test)]
mod tests;
