//! A WebSocket session: one task, which reads requests, hands them to the use cases, and writes what waits in the
//! session's outbound buffer.
//!
//! An idle session holds no buffers: reading goes through one buffer a thread, and what waits to be written is one
//! allocation that goes when it is written. There are no timers either; the sweep finds the silent.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tidings_protocol::{ClientFrame, ErrorKind, Hello, WireError, code};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::admission::Ticket;
use super::decoder::{Decoder, Said};
use super::frames;
use crate::bus::{Last, Session, Taken};
use crate::service;
use crate::space::Space;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// Bytes read at once before the hello has come; most hellos fit.
const HELLO_READ_BYTES: usize = 256;
/// Reads in a row before other tasks get their turn.
const READS_IN_A_ROW: u32 = 8;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// Goes from the upgrade to the end of the session. `early` came with the upgrade.
pub(super) async fn open<S>(space: Arc<Space>, stream: S, early: Vec<u8>, ticket: Ticket)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // In its own box and its own task, so that what greeting needs is gone afterwards.
    if let Some(live) = Box::pin(greet(space, stream, early, ticket)).await {
        tokio::spawn(live);
    }
}

/// The hello and the welcome.
async fn greet<S>(space: Arc<Space>, mut stream: S, mut early: Vec<u8>, ticket: Ticket) -> Option<Live<S>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut decoder = Decoder::new(tidings_protocol::limits::HELLO_FRAME_BYTES);
    let heard = tokio::time::timeout(
        crate::limits::HELLO,
        hear_hello(&mut stream, &mut decoder, &mut early, &ticket),
    )
    .await;
    let hello = match heard {
        Ok(Ok(hello)) => hello,
        Ok(Err(Bad::Gone)) => return None,
        Ok(Err(Bad::Violation(violation))) => return part(stream, &Last::Close(violation)).await,
        Ok(Err(Bad::Hello(error))) => return part(stream, &Last::Refused(&error)).await,
        Ok(Err(Bad::NotHere)) => return part(stream, &Last::GoingAway(super::GONE)).await,
        Err(_) => {
            let error = WireError::new(code::TIMEOUT, ErrorKind::BadRequest, "no hello came in time");
            return part(stream, &Last::Refused(&error)).await;
        }
    };
    let arrival = match service::arrive(&space, hello, ticket.door()).await {
        Ok(arrival) => arrival,
        Err(error) => return part(stream, &Last::Refused(&error)).await,
    };
    let session = Arc::clone(&arrival.session);
    if !ticket.is_open() {
        // The listener was stopped meanwhile, perhaps before this session was there to be ended.
        session.end(&Last::GoingAway(super::GONE));
    }
    let mut live = Live {
        seat: Seat {
            space: Arc::clone(&space),
            session: Arc::clone(&session),
            _ticket: ticket,
        },
        stream,
        decoder,
        writing: Vec::new(),
        written: 0,
        closing: false,
    };
    match service::welcome(&space, &arrival).await {
        // First in line: what was pushed meanwhile comes after it.
        Ok(welcome) => frames::welcome(&mut live.writing, &welcome),
        Err(error) => session.end(&Last::Refused(&error)),
    }
    live.decoder
        .set_limit(tidings_protocol::limits::CLIENT_FRAME_BYTES);
    Some(live)
}

enum Bad {
    Gone,
    Violation(u16),
    Hello(WireError),
    /// The listener is stopped.
    NotHere,
}

async fn hear_hello<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    decoder: &mut Decoder,
    early: &mut Vec<u8>,
    ticket: &Ticket,
) -> Result<Hello, Bad> {
    loop {
        let mut hello = None;
        let mut pongs = Vec::new();
        let mut over = false;
        decoder
            .take(early, |said| {
                match said {
                    // A client waits for the welcome before it says more.
                    Said::Text(text) if hello.is_none() => hello = Some(serde_json::from_str::<Hello>(text)),
                    Said::Ping(payload) => frames::pong(&mut pongs, payload),
                    Said::Text(_) | Said::Close => over = true,
                }
                !over
            })
            .map_err(Bad::Violation)?;
        if over {
            return Err(Bad::Violation(1000));
        }
        if !pongs.is_empty() {
            stream.write_all(&pongs).await.map_err(|_| Bad::Gone)?;
        }
        if let Some(hello) = hello {
            return hello.map_err(|_| {
                Bad::Hello(WireError::new(
                    code::BAD_JSON,
                    ErrorKind::BadRequest,
                    "the first frame is a hello",
                ))
            });
        }
        early.clear();
        early.reserve(HELLO_READ_BYTES);
        let count = tokio::select! {
            count = stream.read_buf(early) => count.map_err(|_| Bad::Gone)?,
            () = ticket.closing() => return Err(Bad::NotHere),
        };
        if count == 0 {
            return Err(Bad::Gone);
        }
    }
}

/// Says why and goes.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, last: &Last<'_>) -> Option<Live<S>> {
    let mut words = Vec::new();
    last.write(&mut words);
    let farewell = async {
        stream.write_all(&words).await?;
        stream.shutdown().await?;
        // Reading on until the other end closes: to close with unread bytes would reset the connection and
        // take our words with it.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = tokio::time::timeout(crate::limits::LAST_WORDS, farewell).await;
    None
}

/// The session's place in the space; leaving it, however it comes, leaves the bus.
struct Seat {
    space: Arc<Space>,
    session: Arc<Session>,
    _ticket: Ticket,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.space.bus.leave(&self.session);
    }
}

/// A session that is signed in.
struct Live<S> {
    seat: Seat,
    stream: S,
    decoder: Decoder,
    writing: Vec<u8>,
    written: usize,
    /// Everything is said; only the end is left.
    closing: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Live<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.seat.session.register(cx.waker());
        for _ in 0..READS_IN_A_ROW {
            if this.seat.session.is_cut() {
                return Poll::Ready(());
            }
            let written = this.poll_write(cx);
            if let Poll::Ready(false) = written {
                return Poll::Ready(());
            }
            // What is answered while it is read is written below, without being called for.
            this.seat.session.attend();
            match this.poll_read(cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(()),
                Poll::Pending => {
                    return match this.poll_write(cx) {
                        Poll::Ready(false) => Poll::Ready(()),
                        _ => Poll::Pending,
                    };
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Live<S> {
    /// Writes what waits. `false`: the connection is over.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        loop {
            while self.written < self.writing.len() {
                let bytes = self.writing.get(self.written..).unwrap_or_default();
                match ready!(Pin::new(&mut self.stream).poll_write(cx, bytes)) {
                    Ok(0) | Err(_) => return Poll::Ready(false),
                    Ok(count) => {
                        self.written += count;
                        self.seat.session.wrote(count);
                    }
                }
            }
            self.written = 0;
            match self.seat.session.take() {
                Taken::Bytes(bytes) => self.writing = bytes,
                Taken::Nothing => {
                    self.writing = Vec::new();
                    // Nothing to do for TCP; TLS sends what it holds.
                    return match ready!(Pin::new(&mut self.stream).poll_flush(cx)) {
                        Ok(()) => Poll::Ready(true),
                        Err(_) => Poll::Ready(false),
                    };
                }
                Taken::End => {
                    self.writing = Vec::new();
                    if !self.closing {
                        if ready!(Pin::new(&mut self.stream).poll_shutdown(cx)).is_err() {
                            return Poll::Ready(false);
                        }
                        self.closing = true;
                    }
                    // Reads on until the other end closes, or the sweep does.
                    return Poll::Ready(true);
                }
            }
        }
    }

    /// Reads once and handles what came. `false`: the connection is over.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut room = ReadBuf::new(scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room)) {
                Ok(()) if !room.filled().is_empty() => {}
                _ => return Poll::Ready(false),
            }
            if self.seat.session.is_over() {
                return Poll::Ready(true);
            }
            let space = &self.seat.space;
            let session = &self.seat.session;
            session.hear(space.now_s());
            let taken = self
                .decoder
                .take(room.filled_mut(), |said| hear(space, session, said));
            if let Err(violation) = taken {
                session.end(&Last::Close(violation));
            }
            Poll::Ready(true)
        })
    }
}

/// One thing that the client said. `false`: nothing after it counts.
fn hear(space: &Arc<Space>, session: &Arc<Session>, said: Said<'_>) -> bool {
    if session.is_over() {
        return false;
    }
    match said {
        Said::Text(text) => match serde_json::from_str::<ClientFrame>(text) {
            Ok(frame) => {
                match session.reply(frame.id) {
                    Some(reply) => service::request(space, frame.request, reply),
                    None => {
                        let words = "too many requests are unanswered on this connection";
                        let error = WireError::new(code::TOO_MANY_REQUESTS, ErrorKind::RateLimited, words);
                        refuse(session, frame.id, &error);
                    }
                }
                true
            }
            Err(error) => misheard(session, text, &error),
        },
        Said::Ping(payload) => {
            let mut pong = Vec::new();
            frames::pong(&mut pong, payload);
            if session.append(&pong) {
                session.wake();
            }
            true
        }
        Said::Close => {
            session.end(&Last::Close(1000));
            false
        }
    }
}

/// A frame that is no request: refused by its number where it has one, else the session ends.
fn misheard(session: &Arc<Session>, text: &str, error: &serde_json::Error) -> bool {
    #[derive(serde::Deserialize)]
    struct OnlyId {
        id: u32,
    }
    let refusal = match error.classify() {
        serde_json::error::Category::Data => WireError::new(
            code::BAD_PARAMETER,
            ErrorKind::BadRequest,
            "a field is missing or wrong",
        ),
        _ => WireError::new(code::BAD_JSON, ErrorKind::BadRequest, "the frame is no JSON"),
    };
    match serde_json::from_str::<OnlyId>(text) {
        Ok(OnlyId { id }) => {
            refuse(session, id, &refusal);
            true
        }
        Err(_) => {
            session.end(&Last::Refused(&refusal));
            false
        }
    }
}

fn refuse(session: &Session, id: u32, error: &WireError) {
    let mut frame = Vec::new();
    frames::error(&mut frame, id, error);
    if session.append(&frame) {
        session.wake();
    }
}
