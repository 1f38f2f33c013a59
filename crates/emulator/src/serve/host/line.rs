//! A connection's bytes. A well-behaved one belongs to the HTTP library until it ends; where a fault is
//! to strike below HTTP, the library is made to let go of the connection before it wrote a byte, and what
//! happens then is played by hand.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

/// How long a connection that is over may take to say goodbye.
const LINGER: Duration = Duration::from_secs(5);

/// What a client sees instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Script {
    /// The connection ends in order (FIN), without a byte of an answer.
    Drop,
    /// The connection is torn down (RST).
    Reset,
    /// Nothing, ever: the connection stays open until the client gives up.
    Silent,
    /// These bytes, then the end of the connection; one at a time with a pause before each, where asked.
    Bytes {
        /// Everything, head included.
        bytes: Vec<u8>,
        /// The pause before each byte.
        pause: Option<Duration>,
    },
    /// This beginning, then a piece over and over, so often or until the client hangs up.
    Endless {
        /// The head of a chunked answer, or the first line of one.
        begin: Vec<u8>,
        /// A chunk, or a header.
        piece: Vec<u8>,
        /// How often at most.
        times: u64,
    },
}

/// Where a connection's two owners meet: dispatch leaves a script here, the line its socket.
#[derive(Debug, Default)]
pub(in crate::serve) struct Ending {
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    script: Option<Script>,
    stream: Option<TcpStream>,
}

impl Ending {
    /// Decides how the connection ends; the first word holds.
    pub(in crate::serve) fn decide(&self, script: Script) {
        self.lock().script.get_or_insert(script);
    }

    /// Plays what was decided, once the HTTP library has let go of the connection.
    pub(in crate::serve) async fn play(&self) {
        let (script, stream) = {
            let mut inside = self.lock();
            (inside.script.take(), inside.stream.take())
        };
        if let (Some(script), Some(stream)) = (script, stream) {
            // A client that hangs up in the middle is what such scripts are for.
            play(script, stream).await.ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn play(script: Script, mut stream: TcpStream) -> io::Result<()> {
    match script {
        Script::Drop => end(stream).await,
        Script::Reset => stream.set_zero_linger(),
        Script::Silent => drained(&mut stream).await,
        Script::Bytes { bytes, pause: None } => {
            stream.write_all(&bytes).await?;
            end(stream).await
        }
        Script::Bytes { bytes, pause: Some(pause) } => {
            stream.set_nodelay(true)?;
            for byte in bytes {
                tokio::time::sleep(pause).await;
                stream.write_all(&[byte]).await?;
            }
            end(stream).await
        }
        Script::Endless { begin, piece, times } => {
            stream.write_all(&begin).await?;
            for _ in 0..times {
                stream.write_all(&piece).await?;
            }
            end(stream).await
        }
    }
}

/// Says that nothing more comes, and waits a little for the client to agree: closing over bytes that
/// nobody read would tear the connection down instead.
async fn end(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    // Who does not agree in time is cut off.
    tokio::time::timeout(LINGER, drained(&mut stream)).await.unwrap_or(Ok(()))
}

/// Reads and forgets until the client is done.
async fn drained(stream: &mut TcpStream) -> io::Result<()> {
    let mut sink = [0; 4096];
    while stream.read(&mut sink).await? > 0 {}
    Ok(())
}

/// A connection as the HTTP library holds it.
#[derive(Debug)]
pub(in crate::serve) struct Line {
    /// There until the line is dropped.
    stream: Option<TcpStream>,
    ending: Arc<Ending>,
}

impl Line {
    pub(in crate::serve) const fn new(stream: TcpStream, ending: Arc<Ending>) -> Self {
        Self { stream: Some(stream), ending }
    }

    fn with<R>(
        self: Pin<&mut Self>,
        act: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        match &mut self.get_mut().stream {
            Some(stream) => act(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut inside = self.ending.lock();
        if inside.script.is_some() {
            inside.stream = self.stream.take();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_read(context, into))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
}
