//! A network that can be broken on purpose: a TCP proxy on this computer between an engine and a server.
//!
//! It carries HTTP and the WebSocket alike. Once a connection has become a WebSocket, the proxy sees its frames: it counts
//! them, and a [`Fate`] decides over each frame that the server sends, so that frames come twice, late or never.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::frames::{Fate, FrameCounter, FrameMangler};

/// How the network is just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Whole.
    Whole,
    /// Nobody listens: connections are refused, and those that stood are reset.
    Refused,
    /// The peer has vanished without a word: connections stand, bytes go nowhere. A connection that has lost bytes stays
    /// dead when the network comes back.
    HalfOpen,
    /// Every connection is reset, also new ones.
    Reset,
    /// Everything takes this much longer, each way.
    Slow(Duration),
    /// Each connection ends after so many bytes from the server, wherever that is in a frame.
    CutAfter(u64),
}

/// What has gone through.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Connections that were taken.
    pub connections: AtomicU64,
    /// Bytes from servers to clients, those of a [`Mode::HalfOpen`] network not counted.
    pub bytes_down: AtomicU64,
    /// WebSocket frames from clients to servers, control frames not counted.
    pub frames_up: AtomicU64,
    /// WebSocket frames from servers to clients, control frames not counted.
    pub frames_down: AtomicU64,
}

/// What went through up to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// See [`Traffic::connections`].
    pub connections: u64,
    /// See [`Traffic::bytes_down`].
    pub bytes_down: u64,
    /// See [`Traffic::frames_up`].
    pub frames_up: u64,
    /// See [`Traffic::frames_down`].
    pub frames_down: u64,
}

type Decide = dyn Fn(&str) -> Fate + Send + Sync;

struct Line {
    server: Mutex<SocketAddr>,
    mode: watch::Sender<Mode>,
    decide: Mutex<Arc<Decide>>,
    traffic: Traffic,
}

/// The proxy. Ends when it is dropped.
pub struct BrokenNetwork {
    address: SocketAddr,
    line: Arc<Line>,
    task: JoinHandle<()>,
}

impl BrokenNetwork {
    /// A network, whole at first, between its own address and `server`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line {
            server: Mutex::new(server),
            mode: watch::Sender::new(Mode::Whole),
            decide: Mutex::new(Arc::new(|_: &str| Fate::Arrives)),
            traffic: Traffic::default(),
        });
        let task = tokio::spawn(listen(listener, address, Arc::clone(&line)));
        Ok(Self { address, line, task })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Becomes like this, for the connections that stand as well.
    pub fn becomes(&self, mode: Mode) {
        self.line.mode.send_replace(mode);
    }

    /// Leads to another server from the next connection on.
    pub fn leads_to(&self, server: SocketAddr) {
        *self.line.server.lock() = server;
    }

    /// Has `decide` say what becomes of each frame (its JSON text) that the server sends.
    pub fn mangles(&self, decide: impl Fn(&str) -> Fate + Send + Sync + 'static) {
        *self.line.decide.lock() = Arc::new(decide);
    }

    /// Goes and comes `times` times.
    pub async fn flaps(&self, times: u32, up: Duration, down: Duration) {
        for _ in 0..times {
            self.becomes(Mode::Reset);
            sleep(down).await;
            self.becomes(Mode::Whole);
            sleep(up).await;
        }
    }

    /// What has gone through so far.
    pub fn counted(&self) -> Counted {
        let traffic = &self.line.traffic;
        Counted {
            connections: traffic.connections.load(Ordering::Relaxed),
            bytes_down: traffic.bytes_down.load(Ordering::Relaxed),
            frames_up: traffic.frames_up.load(Ordering::Relaxed),
            frames_down: traffic.frames_down.load(Ordering::Relaxed),
        }
    }
}

impl Drop for BrokenNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, address: SocketAddr, line: Arc<Line>) {
    let mut mode = line.mode.subscribe();
    let mut listener = Some(listener);
    loop {
        if *mode.borrow_and_update() == Mode::Refused {
            listener = None;
            if mode.changed().await.is_err() {
                return;
            }
            continue;
        }
        let open = match listener.take() {
            Some(open) => open,
            None => match TcpListener::bind(address).await {
                Ok(open) => open,
                Err(_) => {
                    sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return },
            accepted = open.accept() => if let Ok((client, _)) = accepted {
                line.traffic.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(carry(client, Arc::clone(&line)));
            },
        }
        listener = Some(open);
    }
}

async fn carry(client: TcpStream, line: Arc<Line>) {
    let mut mode = line.mode.subscribe();
    if matches!(*mode.borrow_and_update(), Mode::Reset | Mode::Refused) {
        reset(client);
        return;
    }
    let target = *line.server.lock();
    // A server that does not run refuses; through a proxy that looks like a reset.
    let Ok(server) = TcpStream::connect(target).await else {
        return reset(client);
    };
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let is_broken = async {
        loop {
            if matches!(*mode.borrow_and_update(), Mode::Reset | Mode::Refused)
                || mode.changed().await.is_err()
            {
                return;
            }
        }
    };
    let both_ways = async {
        tokio::join!(
            up(client_in, server_out, &line),
            down(server_in, client_out, &line)
        )
    };
    tokio::select! {
        () = is_broken => {}
        _ = both_ways => {}
    }
}

fn reset(client: TcpStream) {
    // Dropped with nothing lingering: the other side sees a reset.
    let _ = client.set_zero_linger();
}

/// What the network does to the bytes that just came; `false` when they are lost.
async fn passes(line: &Line, lost: &mut bool) -> bool {
    let mode = *line.mode.borrow();
    match mode {
        Mode::HalfOpen => *lost = true,
        Mode::Slow(by) => sleep(by).await,
        _ => {}
    }
    !*lost
}

async fn up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: &Line) {
    let mut buffer = vec![0; 64 * 1024];
    let mut counter = FrameCounter::default();
    let mut lost = false;
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = buffer.get(..count).unwrap_or_default();
        if passes(line, &mut lost).await {
            line.traffic
                .frames_up
                .fetch_add(counter.take(bytes), Ordering::Relaxed);
            if to.write_all(bytes).await.is_err() {
                break;
            }
        }
    }
    if !lost {
        let _ = to.shutdown().await;
    }
}

async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: &Line) {
    let mut buffer = vec![0; 64 * 1024];
    let mut mangler = FrameMangler::default();
    let mut lost = false;
    let mut carried = 0;
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if !passes(line, &mut lost).await {
            continue;
        }
        let decide = Arc::clone(&line.decide.lock());
        let mut bytes = Vec::with_capacity(count);
        let frames = mangler.take(buffer.get(..count).unwrap_or_default(), &*decide, &mut bytes);
        line.traffic.frames_down.fetch_add(frames, Ordering::Relaxed);
        if let Mode::CutAfter(most) = *line.mode.borrow() {
            bytes.truncate(usize::try_from(most.saturating_sub(carried)).unwrap_or(usize::MAX));
        }
        carried += bytes.len() as u64;
        line.traffic
            .bytes_down
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if to.write_all(&bytes).await.is_err() || *line.mode.borrow() == Mode::CutAfter(carried) {
            break;
        }
    }
    if !lost {
        let _ = to.shutdown().await;
    }
}
