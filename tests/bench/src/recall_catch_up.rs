//! `recall-catch-up`: a device comes back to a conversation in which it missed 10,000 messages, of which (and of those that it has) 1,000 were
//! recalled. How many questions to the server, and how long, until the newest page is right; beside the same without recalls.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::Value;
use tidings_engine::view::MessageView;
use tidings_engine::{
    Connector, Engine, EngineConfig, EngineError, EventReceiver, FileWire, FrameSink, SystemConnector, Wire,
};
use tidings_protocol::{
    Registered, Registration, ServerAddress, SignIn, SpaceInfo, SystemChance, SystemClock, UserId,
};
use tidings_server::Synchronous;

use crate::load::{self, Frames};
use crate::process::{Measured, What};
use crate::report::{Aim, Figures, median};
use crate::seed;

const ROUNDS: usize = 5;
/// What the device has before it goes.
const KNOWN: u64 = 1_000;
/// What it misses.
const MISSED: u64 = 10_000;
/// Of the newest of those that it has, so many are recalled; the others are among what it misses.
const RECALLED_KNOWN: u64 = 100;
const RECALLED: u64 = 1_000;
/// Messages of a page.
const PAGE: u32 = 15;
const IN_FLIGHT: usize = 32;
/// How long a device may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with.push(come_back(true)?);
        without.push(come_back(false)?);
    }
    let questions =
        |rounds: &[Return]| median(&rounds.iter().map(|round| round.questions).collect::<Vec<_>>());
    let millis = |rounds: &[Return]| median(&rounds.iter().map(|round| round.millis).collect::<Vec<_>>());
    let mut figures = Figures::default();
    figures.add(
        "questions until the newest page is right, with recalls",
        questions(&with),
        "",
        Aim::Most(questions(&without) + 1.0),
    );
    figures.add("... without recalls", questions(&without), "", Aim::None);
    figures.add("time until then, with recalls", millis(&with), "ms", Aim::None);
    figures.add("... without recalls", millis(&without), "ms", Aim::None);
    Ok(figures.json())
}

struct Return {
    questions: f64,
    millis: f64,
}

fn come_back(recalls: bool) -> anyhow::Result<Return> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, 2, false)?;
    let server = Measured::start(&What::Server, &data, Synchronous::Normal, 0, false)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let profile = dir.path().join("profile");
    let mut ann = Writer::signs_in(server.addr)?;
    ann.sends(KNOWN)?;
    runtime.block_on(async {
        let (device, mut events, _) = device(&profile).await?;
        device
            .adopt_token(&address(server.addr), registered()?, false)
            .await?;
        newest_page_is(&device, &mut events, KNOWN, false).await?;
        // As many as it fetches by itself, so that recalls meet them.
        while device
            .message_page(&conversation(), Some(KNOWN - 80), 10)
            .await?
            .messages
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        device.close().await;
        anyhow::Ok(())
    })?;
    ann.sends(MISSED)?;
    if recalls {
        ann.recalls(KNOWN - RECALLED_KNOWN + 1..=KNOWN)?;
        let missed = RECALLED - RECALLED_KNOWN;
        ann.recalls((KNOWN + MISSED - missed + 1)..=KNOWN + MISSED)?;
    }
    runtime.block_on(async {
        let start = Instant::now();
        let (device, mut events, asked) = device(&profile).await?;
        newest_page_is(&device, &mut events, KNOWN + MISSED, recalls).await?;
        let returned = Return {
            questions: asked.load(Ordering::Relaxed) as f64,
            millis: start.elapsed().as_secs_f64() * 1000.0,
        };
        device.close().await;
        Ok(returned)
    })
}

fn conversation() -> String {
    format!("C2C{}", seed::user(0))
}

fn address(addr: SocketAddr) -> ServerAddress {
    ServerAddress {
        host: addr.ip().to_string(),
        port: addr.port(),
        tls: false,
        pin: None,
    }
}

fn registered() -> anyhow::Result<Registered> {
    Ok(Registered {
        user_id: UserId::new(seed::user(1))?,
        token: seed::token(1),
        space: "bench".into(),
    })
}

/// An engine on this profile, its events, and how many frames it has sent.
async fn device(profile: &Path) -> anyhow::Result<(Engine, EventReceiver, Arc<AtomicUsize>)> {
    let asked = Arc::new(AtomicUsize::new(0));
    let config = EngineConfig {
        dir: profile.to_owned(),
        clock: Arc::new(SystemClock::default()),
        chance: Arc::new(SystemChance),
        connector: Arc::new(Counting {
            inner: SystemConnector::default(),
            asked: Arc::clone(&asked),
        }),
        device_name: "bench".into(),
        decoders: Arc::new(tidings_engine::Decoders::in_process(1)),
    };
    let (engine, events) = Engine::open(config).await?;
    Ok((engine, events, asked))
}

/// Looks at the newest page as a window does: at once, and again after each thing that the engine tells.
async fn newest_page_is(
    device: &Engine,
    events: &mut EventReceiver,
    last: u64,
    recalled: bool,
) -> anyhow::Result<()> {
    let right = |messages: &[MessageView]| {
        messages.len() == PAGE as usize
            && messages.last().and_then(|message| message.seq) == Some(last)
            && messages.iter().all(|message| message.is_revoked == recalled)
    };
    let looking = async {
        loop {
            // Offline it may have nothing yet.
            if let Ok(page) = device.message_page(&conversation(), None, PAGE).await
                && right(&page.messages)
            {
                return Ok(());
            }
            events.next().await.context("the engine ended")?;
        }
    };
    tokio::time::timeout(PATIENCE, looking)
        .await
        .context("the newest page does not become right")?
}

/// The real network, and a count of what is asked over its WebSocket.
struct Counting {
    inner: SystemConnector,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Connector for Counting {
    async fn space_info(&self, server: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        self.inner.space_info(server).await
    }
    async fn register(
        &self,
        server: &ServerAddress,
        request: &Registration,
    ) -> Result<Registered, EngineError> {
        self.inner.register(server, request).await
    }
    async fn sign_in(&self, server: &ServerAddress, request: &SignIn) -> Result<Registered, EngineError> {
        self.inner.sign_in(server, request).await
    }
    async fn files(&self, server: &ServerAddress, token: &str) -> Result<Box<dyn FileWire>, EngineError> {
        self.inner.files(server, token).await
    }
    async fn open(&self, server: &ServerAddress) -> Result<Wire, EngineError> {
        let wire = self.inner.open(server).await?;
        Ok(Wire {
            sink: Box::new(CountingSink {
                inner: wire.sink,
                asked: Arc::clone(&self.asked),
            }),
            source: wire.source,
        })
    }
}

struct CountingSink {
    inner: Box<dyn FrameSink>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl FrameSink for CountingSink {
    async fn send(&mut self, frame: String) -> Result<(), EngineError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.send(frame).await
    }
    async fn close(&mut self) {
        self.inner.close().await;
    }
}

/// The other one, without an engine.
struct Writer {
    stream: std::net::TcpStream,
    frames: Frames,
    sent: u64,
}

impl Writer {
    fn signs_in(addr: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            stream: load::sign_in(addr, 0)?,
            frames: Frames::default(),
            sent: 0,
        })
    }

    fn sends(&mut self, count: u64) -> anyhow::Result<()> {
        let to = seed::user(1);
        let first = self.sent + 1;
        self.sent += count;
        self.asks((first..first + count).map(|number| {
            format!(
                r#"{{"send":{{"conversation":"C2C{to}","client_id":"0193a000-0000-7000-8000-{number:012}","random":1,"client_seq":1,"type":"TIMTextElem","payload":{{"text":"message {number}"}}}}}}"#
            )
        }))
    }

    fn recalls(&mut self, seqs: std::ops::RangeInclusive<u64>) -> anyhow::Result<()> {
        let to = seed::user(1);
        self.asks(seqs.map(|seq| format!(r#"{{"recall":{{"conversation":"C2C{to}","seq":{seq}}}}}"#)))
    }

    fn asks(&mut self, requests: impl Iterator<Item = String>) -> anyhow::Result<()> {
        let requests: Vec<String> = requests.collect();
        let mut room = vec![0; 64 * 1024];
        for group in requests.chunks(IN_FLIGHT) {
            let mut bytes = Vec::new();
            for (id, request) in group.iter().enumerate() {
                load::frame(&mut bytes, &format!(r#"{{"id":{},"do":{request}}}"#, id + 1));
            }
            self.stream.write_all(&bytes)?;
            let (mut answered, mut refused) = (0, None);
            while answered < group.len() {
                let count = self.stream.read(&mut room)?;
                anyhow::ensure!(count > 0, "the server ended the connection");
                self.frames.take(room.get(..count).unwrap_or_default(), |text| {
                    if text.starts_with(br#"{"re":"#) {
                        answered += 1;
                        let text = String::from_utf8_lossy(text);
                        if text.contains(r#""error":"#) {
                            refused = Some(text.into_owned());
                        }
                    }
                });
            }
            if let Some(refused) = refused {
                anyhow::bail!("the server refused: {refused}");
            }
        }
        Ok(())
    }
}
