//! The floor: a bare loop over the same SQLite settings and WebSockets, with one INSERT a message and group commit, and nothing
//! of what makes a server: no accounts, heads, idempotence or checks. It runs as a process of its own, as the server does.
//!
//! It understands of a frame just enough to answer the same load generator.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use anyhow::Context as _;
use futures_util::{SinkExt, StreamExt};
use rusqlite::{Connection, params};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How this program starts itself as the floor.
pub(crate) const ARGUMENT: &str = "--floor";

/// What comes after its other words where each message is for everybody.
pub(crate) const FOR_ALL: &str = "all";

struct Job {
    sender: usize,
    text: Utf8Bytes,
}

type Outbox = UnboundedSender<Utf8Bytes>;
type Outboxes = Arc<Mutex<Vec<Option<Outbox>>>>;

/// Runs the floor until it is killed.
pub(crate) fn serve(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let data = PathBuf::from(arguments.next().context("DIR")?);
    let synchronous = arguments.next().context("FULL or NORMAL")?;
    let for_all = arguments.next().is_some_and(|word| word == FOR_ALL);
    let conn = open(&data, &synchronous)?;
    let outboxes = Outboxes::default();
    let (jobs, waiting) = mpsc::channel();
    let told = Arc::clone(&outboxes);
    std::thread::spawn(move || {
        if let Err(error) = write(&conn, &waiting, &told, for_all) {
            crate::report::say(&format!("the floor: {error:#}"));
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        crate::report::say(&format!("listening on http://{}", listener.local_addr()?));
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(session(stream, jobs.clone(), Arc::clone(&outboxes)));
        }
    })
}

fn open(data: &Path, synchronous: &str) -> anyhow::Result<Connection> {
    std::fs::create_dir_all(data)?;
    let conn = Connection::open(data.join("floor.db"))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", synchronous)?;
    conn.pragma_update(None, "wal_autocheckpoint", 4096)?;
    conn.pragma_update(None, "cache_size", -32 * 1024)?;
    conn.execute_batch(
        "CREATE TABLE messages (conversation INTEGER NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL, \
         PRIMARY KEY (conversation, seq)) STRICT, WITHOUT ROWID",
    )?;
    Ok(conn)
}

fn write(
    conn: &Connection,
    waiting: &mpsc::Receiver<Job>,
    outboxes: &Outboxes,
    for_all: bool,
) -> anyhow::Result<()> {
    let mut insert = conn.prepare("INSERT INTO messages (conversation, seq, payload) VALUES (?1, ?2, ?3)")?;
    let mut seqs = vec![0_i64; 100_000];
    let mut group = Vec::new();
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter().take(2047));
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for job in &group {
            let seq = seqs.get_mut(job.sender).context("too many")?;
            *seq += 1;
            insert.execute(params![i64::try_from(job.sender)?, *seq, job.text.as_str()])?;
        }
        conn.execute_batch("COMMIT")?;
        let outboxes = outboxes
            .lock()
            .map_err(|_| anyhow::anyhow!("a session panicked"))?;
        for job in group.drain(..) {
            // `{"id":1000000000,` -> `{"re":1000000000,"ok":{}}`
            let id = job.text.get(6..16).context("an id")?;
            let ack = Utf8Bytes::from(format!("{{\"re\":{id},\"ok\":{{}}}}"));
            let push = Utf8Bytes::from(format!("{{\"push\":{{\"message\":{}}}}}", job.text));
            let outbox = |number: usize| outboxes.get(number).and_then(Option::as_ref);
            if for_all {
                for outbox in outboxes.iter().flatten() {
                    let _ = outbox.send(push.clone());
                }
            } else if let Some(outbox) = outbox(job.sender + 1) {
                let _ = outbox.send(push);
            }
            if let Some(outbox) = outbox(job.sender) {
                let _ = outbox.send(ack);
            }
        }
    }
    Ok(())
}

async fn session(stream: TcpStream, jobs: mpsc::Sender<Job>, outboxes: Outboxes) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    let hello = socket.next().await.context("no hello")??.into_text()?;
    let number: usize = hello
        .split("user-")
        .nth(1)
        .and_then(|rest| rest.get(..5))
        .context("hello")?
        .parse()?;
    let (outbox, mut waiting): (_, UnboundedReceiver<Utf8Bytes>) = unbounded_channel();
    {
        let mut outboxes = outboxes
            .lock()
            .map_err(|_| anyhow::anyhow!("a session panicked"))?;
        if outboxes.len() <= number {
            outboxes.resize(number + 1, None);
        }
        if let Some(place) = outboxes.get_mut(number) {
            *place = Some(outbox);
        }
    }
    socket.send(Message::text("{\"welcome\":{}}")).await?;
    loop {
        tokio::select! {
            message = socket.next() => match message.context("the end")?? {
                Message::Text(text) => jobs.send(Job { sender: number, text })?,
                _ => return Ok(()),
            },
            text = waiting.recv() => {
                socket.feed(Message::Text(text.context("the end")?)).await?;
                while let Ok(text) = waiting.try_recv() {
                    socket.feed(Message::Text(text)).await?;
                }
                socket.flush().await?;
            }
        }
    }
}
