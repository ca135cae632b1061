//! The load generator: one thread, raw sockets, prebuilt frames. It shares the machine with what it measures, so it looks at
//! incoming frames no closer than counting them needs.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as StdStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::seed;

/// Bytes of text in each message.
pub(crate) const TEXT_BYTES: usize = 100;
/// The first request id: all ids have the same number of digits, so that a frame is patched and not built.
const FIRST_ID: u32 = 1_000_000_000;

/// Opens a WebSocket, says hello as user `number` and waits for the welcome. Blocking.
pub(crate) fn sign_in(addr: SocketAddr, number: usize) -> anyhow::Result<StdStream> {
    let mut stream = StdStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(UPGRADE)?;
    let mut frames = Frames::after_http();
    let mut room = [0; 4096];
    let mut said = false;
    loop {
        let count = stream.read(&mut room)?;
        anyhow::ensure!(count > 0, "the server ended the connection");
        let mut welcome = false;
        frames.take(room.get(..count).unwrap_or_default(), |text| {
            welcome |= text.starts_with(b"{\"welcome\"")
        });
        if frames.is_upgraded() && !said {
            stream.write_all(&hello(number, 0))?;
            said = true;
        }
        if welcome {
            return Ok(stream);
        }
    }
}

/// What a WebSocket begins with.
pub(crate) const UPGRADE: &[u8] = b"GET /v1/socket HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The hello of user `number`.
pub(crate) fn hello(number: usize, since: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame(
        &mut bytes,
        &format!(
            r#"{{"protocol":1,"token":"{}","since":{since}}}"#,
            seed::token(number)
        ),
    );
    bytes
}

/// Appends a client's text frame. The mask is zero: it must be there, and it costs the server the same.
pub(crate) fn frame(out: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(tiny @ 0..126) => out.extend_from_slice(&[0x81, 0x80 | tiny]),
        _ => {
            out.extend_from_slice(&[0x81, 0x80 | 126]);
            out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(text.as_bytes());
}

/// A `send` frame whose two numbers are written over for each message.
pub(crate) struct Template {
    bytes: Vec<u8>,
    id_at: usize,
    client_id_at: usize,
    sent: u32,
}

impl Template {
    /// For messages of one sender to user `to`. `run` keeps client ids of one run apart from another's.
    pub(crate) fn new(to: usize, run: u16) -> Self {
        Self::to(&format!("C2C{}", seed::user(to)), run)
    }

    /// As [`Template::new`], for any conversation.
    fn to(conversation: &str, run: u16) -> Self {
        let text = format!(
            r#"{{"id":{FIRST_ID},"do":{{"send":{{"conversation":"{conversation}","client_id":"0193a000-0000-7000-{run:04}-{FIRST_ID:012}","random":123456789,"client_seq":1,"type":"TIMTextElem","payload":{{"text":"{}"}}}}}}}}"#,
            "x".repeat(TEXT_BYTES),
        );
        let mut bytes = Vec::new();
        frame(&mut bytes, &text);
        let digits = FIRST_ID.to_string();
        let find = |from: usize| {
            bytes
                .get(from..)
                .and_then(|rest| rest.windows(10).position(|window| window == digits.as_bytes()))
        };
        let id_at = find(0).unwrap_or(0);
        let client_id_at = find(id_at + 10).map_or(0, |place| id_at + 10 + place);
        Self {
            bytes,
            id_at,
            client_id_at,
            sent: 0,
        }
    }

    /// Appends the next message's frame.
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) {
        let mut digits = [0; 10];
        let mut rest = FIRST_ID + self.sent;
        self.sent += 1;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        for at in [self.id_at, self.client_id_at] {
            if let Some(place) = self.bytes.get_mut(at..at + 10) {
                place.copy_from_slice(&digits);
            }
        }
        out.extend_from_slice(&self.bytes);
    }
}

/// Cuts a server's bytes into texts.
#[derive(Default)]
pub(crate) struct Frames {
    rest: Vec<u8>,
    /// First comes the answer to the upgrade.
    skip_http: bool,
}

impl Frames {
    /// For a stream that begins with the answer to the upgrade.
    pub(crate) fn after_http() -> Self {
        Self {
            skip_http: true,
            ..Self::default()
        }
    }

    /// Whether the answer to the upgrade has come.
    pub(crate) fn is_upgraded(&self) -> bool {
        !self.skip_http
    }

    /// Tells each whole text in what came so far.
    pub(crate) fn take(&mut self, input: &[u8], mut tell: impl FnMut(&[u8])) {
        let joined;
        let mut bytes = if self.rest.is_empty() {
            input
        } else {
            self.rest.extend_from_slice(input);
            joined = std::mem::take(&mut self.rest);
            &joined
        };
        if self.skip_http {
            match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => {
                    self.skip_http = false;
                    bytes = bytes.get(end + 4..).unwrap_or_default();
                }
                None => return self.rest.extend_from_slice(bytes),
            }
        }
        loop {
            let (start, length) = match bytes {
                [_, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
                [_, 127, a, b, c, d, e, f, g, h, ..] => {
                    (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize)
                }
                [_, tiny @ 0..126, ..] => (2, usize::from(*tiny)),
                _ => break,
            };
            let Some(text) = bytes.get(start..start + length) else {
                break;
            };
            tell(text);
            bytes = bytes.get(start + length..).unwrap_or_default();
        }
        self.rest.extend_from_slice(bytes);
    }
}

struct Peer {
    stream: TcpStream,
    frames: Frames,
    template: Option<Template>,
    out: VecDeque<u8>,
    acknowledged: u64,
    delivered: u64,
    in_flight: usize,
}

/// What a run measured.
pub(crate) struct Run {
    /// Messages both acknowledged and delivered.
    pub(crate) messages: u64,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Pairs of connections; the first of each pair sends.
pub(crate) struct Load {
    poll: Poll,
    peers: Vec<Peer>,
    in_flight: usize,
    room: Vec<u8>,
}

impl Load {
    /// Signs `pairs` pairs in.
    pub(crate) fn new(addr: SocketAddr, pairs: usize, in_flight: usize, run: u16) -> anyhow::Result<Self> {
        Self::with(addr, pairs * 2, in_flight, |number| {
            (number % 2 == 0).then(|| Template::new(number + 1, run))
        })
    }

    /// Signs the first `members` users in, of whom the first `senders` write to the group [`seed::GROUP`].
    pub(crate) fn in_group(
        addr: SocketAddr,
        members: usize,
        senders: usize,
        in_flight: usize,
        run: u16,
    ) -> anyhow::Result<Self> {
        Self::with(addr, members, in_flight, |number| {
            (number < senders).then(|| Template::to(&format!("GROUP{}", seed::GROUP), run))
        })
    }

    fn with(
        addr: SocketAddr,
        count: usize,
        in_flight: usize,
        template: impl Fn(usize) -> Option<Template>,
    ) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let mut peers = Vec::new();
        for number in 0..count {
            let stream = sign_in(addr, number)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(
                &mut stream,
                Token(number),
                Interest::READABLE | Interest::WRITABLE,
            )?;
            peers.push(Peer {
                stream,
                frames: Frames::default(),
                template: template(number),
                out: VecDeque::new(),
                acknowledged: 0,
                delivered: 0,
                in_flight: 0,
            });
        }
        Ok(Self {
            poll,
            peers,
            in_flight,
            room: vec![0; 256 * 1024],
        })
    }

    fn complete(&self) -> u64 {
        let acknowledged: u64 = self.peers.iter().map(|peer| peer.acknowledged).sum();
        let delivered: u64 = self
            .peers
            .iter()
            .filter(|peer| peer.template.is_none())
            .map(|peer| peer.delivered)
            .sum();
        acknowledged.min(delivered)
    }

    /// Keeps every sender's messages in flight for so long.
    pub(crate) fn run(&mut self, time: Duration) -> anyhow::Result<Run> {
        let (start, before) = (Instant::now(), self.complete());
        for number in 0..self.peers.len() {
            self.fill(number)?;
        }
        let mut events = Events::with_capacity(1024);
        while start.elapsed() < time {
            self.poll.poll(&mut events, Some(Duration::from_millis(100)))?;
            for event in &events {
                let Token(number) = event.token();
                if event.is_readable() {
                    self.read(number)?;
                }
                self.fill(number)?;
            }
        }
        Ok(Run {
            messages: self.complete() - before,
            took: start.elapsed(),
        })
    }

    /// Messages that reached somebody, each counted once for everybody whom it reached.
    pub(crate) fn deliveries(&self) -> u64 {
        self.peers.iter().map(|peer| peer.delivered).sum()
    }

    /// Lets the first sender send one message at a time, and measures from the write until everybody has it, microseconds each.
    pub(crate) fn one_to_all(&mut self, count: usize) -> anyhow::Result<Vec<f64>> {
        let mut events = Events::with_capacity(1024);
        let mut times = Vec::new();
        let full = std::mem::replace(&mut self.in_flight, 1);
        // What was said before has reached its sender, and perhaps not yet everybody.
        loop {
            self.poll.poll(&mut events, Some(Duration::from_millis(500)))?;
            if events.is_empty() {
                break;
            }
            for event in &events {
                let Token(number) = event.token();
                self.read(number)?;
            }
        }
        for _ in 0..count {
            let (start, wanted) = (Instant::now(), self.deliveries() + self.peers.len() as u64);
            self.fill(0)?;
            while self.deliveries() < wanted || self.peers.first().is_some_and(|peer| peer.in_flight > 0) {
                self.poll.poll(&mut events, Some(Duration::from_secs(10)))?;
                anyhow::ensure!(!events.is_empty(), "deliveries are missing");
                for event in &events {
                    let Token(number) = event.token();
                    self.read(number)?;
                }
            }
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        self.in_flight = full;
        Ok(times)
    }

    /// Lets what is in flight arrive.
    pub(crate) fn drain(&mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        let full = std::mem::replace(&mut self.in_flight, 0);
        while self.peers.iter().any(|peer| peer.in_flight > 0) {
            self.poll.poll(&mut events, Some(Duration::from_secs(10)))?;
            anyhow::ensure!(!events.is_empty(), "answers are missing");
            for event in &events {
                let Token(number) = event.token();
                self.fill(number)?;
                self.read(number)?;
            }
        }
        self.in_flight = full;
        Ok(())
    }

    fn read(&mut self, number: usize) -> anyhow::Result<()> {
        let Some(peer) = self.peers.get_mut(number) else {
            return Ok(());
        };
        loop {
            let count = match peer.stream.read(&mut self.room) {
                Ok(0) => bail!("the server ended a connection"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let (mut acknowledged, mut delivered, mut other) = (0, 0, None);
            peer.frames
                .take(self.room.get(..count).unwrap_or_default(), |text| match text {
                    [
                        b'{',
                        b'"',
                        b'r',
                        b'e',
                        b'"',
                        b':',
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        b',',
                        b'"',
                        b'o',
                        ..,
                    ] => {
                        acknowledged += 1;
                    }
                    [b'{', b'"', b'p', b'u', ..] => delivered += 1,
                    text => other = Some(String::from_utf8_lossy(text).into_owned()),
                });
            if let Some(text) = other {
                bail!("the server says {text}");
            }
            peer.acknowledged += acknowledged;
            peer.delivered += delivered;
            peer.in_flight -= usize::try_from(acknowledged)?;
            // Less than there was room for: the socket is empty, and asking again would cost a call.
            if count < self.room.len() {
                return Ok(());
            }
        }
    }

    fn fill(&mut self, number: usize) -> anyhow::Result<()> {
        let peer = self.peers.get_mut(number).context("no such peer")?;
        let Some(template) = &mut peer.template else {
            return Ok(());
        };
        if peer.in_flight < self.in_flight {
            let mut frames = Vec::with_capacity(16 * 1024);
            while peer.in_flight < self.in_flight {
                template.next(&mut frames);
                peer.in_flight += 1;
            }
            peer.out.extend(frames);
        }
        while !peer.out.is_empty() {
            match peer.stream.write(peer.out.as_slices().0) {
                Ok(count) => {
                    peer.out.drain(..count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Sends one message at a time and measures from the write to the delivery at the other's socket, microseconds each.
pub(crate) fn one_at_a_time(addr: SocketAddr, count: usize, run: u16) -> anyhow::Result<Vec<f64>> {
    let (mut sender, mut receiver) = (sign_in(addr, 0)?, sign_in(addr, 1)?);
    let mut template = Template::new(1, run);
    let (mut sender_frames, mut receiver_frames) = (Frames::default(), Frames::default());
    let mut room = vec![0; 64 * 1024];
    let mut out = Vec::new();
    let mut times = Vec::new();
    for _ in 0..count {
        out.clear();
        template.next(&mut out);
        let start = Instant::now();
        sender.write_all(&out)?;
        wait(&mut receiver, &mut receiver_frames, &mut room, b"{\"push\"")?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
        wait(&mut sender, &mut sender_frames, &mut room, b"{\"re\"")?;
    }
    Ok(times)
}

fn wait(stream: &mut StdStream, frames: &mut Frames, room: &mut [u8], start: &[u8]) -> anyhow::Result<()> {
    loop {
        let count = stream.read(room)?;
        anyhow::ensure!(count > 0, "the server ended the connection");
        let mut came = false;
        frames.take(room.get(..count).unwrap_or_default(), |text| {
            came |= text.starts_with(start)
        });
        if came {
            return Ok(());
        }
    }
}
