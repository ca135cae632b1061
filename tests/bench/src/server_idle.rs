//! `server-idle`: 5,000 idle signed-in sessions with their heartbeats; then the server is killed and starts again, and all
//! come back at once.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::Value;
use tidings_protocol::limits::HEARTBEAT_MS;
use tidings_server::Synchronous;

use crate::load::{self, Frames};
use crate::process::{Measured, What};
use crate::report::{Aim, Figures, median, quantile};
use crate::seed;

const SESSIONS: usize = 5_000;
/// Two heartbeats of every session.
const IDLE: Duration = Duration::from_millis(2 * HEARTBEAT_MS);
const RESTARTS: usize = 3;

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, SESSIONS, true)?;
    let mut process = Measured::start(&What::Server, &data, Synchronous::Full, 0, false)?;
    // What the first few need once (threads, caches) is not the sessions'.
    let warm = Crowd::come(process.addr, 50, 0)?;
    std::thread::sleep(Duration::from_secs(1));
    let empty = process.resident_kib()?;
    drop(warm);
    let mut crowd = Crowd::come(process.addr, SESSIONS, 0)?;
    crowd.idle(Duration::from_secs(5))?;
    let full = process.resident_kib()?;
    let before = process.cpu()?;
    let start = Instant::now();
    crowd.idle(IDLE)?;
    let idle = (process.cpu()? - before).as_secs_f64() / start.elapsed().as_secs_f64();
    let full_later = process.resident_kib()?;
    let mut returns = Vec::new();
    let mut whole_returns = Vec::new();
    for _ in 0..RESTARTS {
        let port = process.addr.port();
        process.kill()?;
        drop(crowd);
        let start = Instant::now();
        process = Measured::start(&What::Server, &data, Synchronous::Full, port, false)?;
        let listening = Instant::now();
        // Every device knows its heads' version, and asks for what differs.
        crowd = Crowd::come(process.addr, SESSIONS, 1)?;
        returns.push(listening.elapsed().as_secs_f64());
        whole_returns.push(start.elapsed().as_secs_f64());
    }
    let mut figures = Figures::default();
    let share = 1.0 / SESSIONS as f64;
    figures.add(
        "memory a session, after sign-in",
        (full - empty) * share,
        "KiB",
        Aim::Most(8.0),
    );
    figures.add(
        "memory a session, after 30 s more",
        (full_later - empty) * share,
        "KiB",
        Aim::Most(8.0),
    );
    figures.add("resident without sessions", empty / 1024.0, "MiB", Aim::None);
    figures.add(
        "CPU while idle, with heartbeats",
        idle * 100.0,
        "% of core",
        Aim::Most(1.0),
    );
    figures.add(
        "all signed in again, from listening",
        median(&returns),
        "s",
        Aim::Most(2.0),
    );
    figures.add(
        "... worst of the restarts",
        quantile(&returns, 1.0),
        "s",
        Aim::None,
    );
    figures.add(
        "all signed in again, from the start of the process",
        median(&whole_returns),
        "s",
        Aim::Most(2.0),
    );
    Ok(figures.json())
}

struct Person {
    stream: TcpStream,
    frames: Frames,
    /// What it has to write next: the upgrade, the hello, nothing.
    to_say: Vec<u8>,
    upgraded: bool,
    since: u64,
    welcome: bool,
    next_beat: Instant,
}

impl Person {
    /// `false`: not connected yet.
    fn speak(&mut self) -> anyhow::Result<bool> {
        if self.to_say.is_empty() {
            return Ok(true);
        }
        match self.stream.write(&self.to_say) {
            Ok(count) => {
                anyhow::ensure!(count == self.to_say.len(), "a short write");
                self.to_say = Vec::new();
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Many sessions.
struct Crowd {
    poll: Poll,
    people: Vec<Person>,
    room: Vec<u8>,
}

impl Crowd {
    /// Connects all at once and waits until each is welcome. `since` is what each knows of its heads.
    fn come(addr: SocketAddr, count: usize, since: u64) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            let mut stream = TcpStream::connect(addr)?;
            poll.registry().register(
                &mut stream,
                Token(number),
                Interest::READABLE | Interest::WRITABLE,
            )?;
            let frames = Frames::after_http();
            people.push(Person {
                stream,
                frames,
                to_say: load::UPGRADE.to_vec(),
                upgraded: false,
                since,
                welcome: false,
                next_beat: Instant::now(),
            });
        }
        let mut crowd = Self {
            poll,
            people,
            room: vec![0; 64 * 1024],
        };
        let mut missing = count;
        let mut events = Events::with_capacity(1024);
        let start = Instant::now();
        while missing > 0 {
            anyhow::ensure!(
                start.elapsed() < Duration::from_secs(60),
                "{missing} sessions are not welcome"
            );
            crowd.poll.poll(&mut events, Some(Duration::from_secs(1)))?;
            for event in &events {
                let Token(number) = event.token();
                missing -= usize::from(crowd.step(number)?);
            }
        }
        let now = Instant::now();
        let spread = Duration::from_millis(HEARTBEAT_MS) / u32::try_from(count)?;
        for (place, person) in (0_u32..).zip(&mut crowd.people) {
            person.next_beat = now + spread * place;
        }
        Ok(crowd)
    }

    /// Writes what is to be written and reads what came. `true`: became welcome.
    fn step(&mut self, number: usize) -> anyhow::Result<bool> {
        let Some(person) = self.people.get_mut(number) else {
            return Ok(false);
        };
        let was = person.welcome;
        if !person.speak()? {
            return Ok(false);
        }
        loop {
            match person.stream.read(&mut self.room) {
                Ok(0) => anyhow::bail!("the server ended session {number}"),
                Ok(count) => {
                    let welcome = &mut person.welcome;
                    person
                        .frames
                        .take(self.room.get(..count).unwrap_or_default(), |text| {
                            *welcome |= text.starts_with(b"{\"welcome\"");
                        });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        if person.frames.is_upgraded() && !person.upgraded {
            person.upgraded = true;
            person.to_say = load::hello(number, person.since);
            person.speak()?;
        }
        Ok(person.welcome && !was)
    }

    /// Does nothing but the heartbeats, each session every [`HEARTBEAT_MS`], spread evenly.
    fn idle(&mut self, time: Duration) -> anyhow::Result<()> {
        let mut beat = Vec::new();
        load::frame(&mut beat, r#"{"id":1,"do":{"heads":{"since":1}}}"#);
        let end = Instant::now() + time;
        let mut events = Events::with_capacity(1024);
        while Instant::now() < end {
            self.poll.poll(&mut events, Some(Duration::from_millis(5)))?;
            for event in &events {
                let Token(number) = event.token();
                self.step(number)?;
            }
            let now = Instant::now();
            for person in self.people.iter_mut().filter(|person| person.next_beat <= now) {
                person.next_beat += Duration::from_millis(HEARTBEAT_MS);
                person.stream.write_all(&beat)?;
            }
        }
        Ok(())
    }
}
