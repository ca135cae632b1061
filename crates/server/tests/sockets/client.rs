//! A small client: JSON over WebSocket, and HTTP by hand.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::{Clock, RegistrationPolicy, SystemChance, SystemClock, UserId};
use tidings_server::{Config, Listening, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a test waits for what must come. Never waited out by a test that passes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A space in this process.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) server: Server,
    pub(crate) listening: Listening,
    pub(crate) config: Config,
    pub(crate) clock: Arc<TestClock>,
}

pub(crate) fn open_config() -> Config {
    Config {
        registration: RegistrationPolicy::Open,
        ..Config::default()
    }
}

/// A clock that can be put forward.
#[derive(Default)]
pub(crate) struct TestClock {
    system: SystemClock,
    ahead_ms: AtomicI64,
}

impl TestClock {
    pub(crate) fn forward(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.system.now_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }
}

async fn start(dir: &TempDir, config: Config, clock: Arc<TestClock>) -> (Server, Listening) {
    let server = Server::open(dir.path(), config, clock, Arc::new(SystemChance))
        .await
        .unwrap();
    let listening = server.listen("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    (server, listening)
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(open_config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::default());
        let (server, listening) = start(&dir, config.clone(), Arc::clone(&clock)).await;
        Self {
            dir,
            server,
            listening,
            config,
            clock,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.listening.addr()
    }

    /// Stops the server and starts it anew on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            dir,
            server,
            listening,
            config,
            clock,
        } = self;
        listening.stop().await;
        server.shutdown().await;
        let (server, listening) = start(&dir, config.clone(), Arc::clone(&clock)).await;
        Self {
            dir,
            server,
            listening,
            config,
            clock,
        }
    }

    /// An account and a token, without the work of a password.
    pub(crate) async fn token(&self, user: &str) -> String {
        let id = UserId::new(user).unwrap();
        if !self
            .server
            .people()
            .await
            .iter()
            .any(|person| person.user_id == id)
        {
            self.server.add_user(id.clone(), "", "password").await.unwrap();
        }
        self.server.device_token(&id, "test").await.unwrap()
    }

    /// A new device of `user`, signed in.
    pub(crate) async fn device(&self, user: &str) -> Client {
        let token = self.token(user).await;
        Client::connect(self.addr(), &token, 0).await
    }
}

/// One WebSocket.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) welcome: Value,
    next_id: u32,
    pushes: VecDeque<Value>,
    answers: VecDeque<Value>,
}

impl Client {
    /// The socket alone; nothing was said yet.
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self::try_open(addr).await.unwrap()
    }

    async fn try_open(addr: SocketAddr) -> Option<Self> {
        let (socket, _) = connect_async(format!("ws://{addr}/v1/socket")).await.ok()?;
        Some(Self {
            socket,
            welcome: Value::Null,
            next_id: 1,
            pushes: VecDeque::new(),
            answers: VecDeque::new(),
        })
    }

    pub(crate) async fn connect(addr: SocketAddr, token: &str, since: u64) -> Self {
        Self::try_connect(addr, token, since).await.unwrap()
    }

    /// `None`: the server was killed meanwhile.
    pub(crate) async fn try_connect(addr: SocketAddr, token: &str, since: u64) -> Option<Self> {
        let mut client = Self::try_open(addr).await?;
        let hello = json!({"protocol": 1, "token": token, "since": since});
        client.socket.send(Message::text(hello.to_string())).await.ok()?;
        let frame = client.frame().await.ok()?;
        assert!(frame["welcome"].is_object(), "{frame}");
        client.welcome = frame["welcome"].clone();
        Some(client)
    }

    pub(crate) async fn say(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or the code with which the server closed.
    pub(crate) async fn frame(&mut self) -> Result<Value, u16> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("the server says nothing");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Asks without waiting.
    pub(crate) async fn ask(&mut self, request: Value) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.say(&json!({"id": id, "do": request})).await;
        id
    }

    /// The answer to `id`; pushes that come before are kept.
    pub(crate) async fn answer(&mut self, id: u32) -> Value {
        if let Some(place) = self.answers.iter().position(|answer| answer["re"] == id) {
            return self.answers.remove(place).unwrap();
        }
        loop {
            let frame = self.frame().await.expect("the server ended the session");
            if frame["re"] == id {
                return frame;
            }
            if frame["push"].is_object() {
                self.pushes.push_back(frame)
            } else {
                self.answers.push_back(frame)
            }
        }
    }

    /// Asks and gets what is `ok`.
    pub(crate) async fn get(&mut self, request: Value) -> Value {
        let id = self.ask(request).await;
        let answer = self.answer(id).await;
        assert!(answer["error"].is_null(), "{answer}");
        answer["ok"].clone()
    }

    /// Asks and gets the error's code.
    pub(crate) async fn refused(&mut self, request: Value) -> i64 {
        let id = self.ask(request).await;
        let answer = self.answer(id).await;
        answer["error"]["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("not refused: {answer}"))
    }

    /// The next push of this kind; others are left out.
    pub(crate) async fn push(&mut self, kind: &str) -> Value {
        loop {
            let frame = match self.pushes.pop_front() {
                Some(frame) => frame,
                None => self.frame().await.expect("the server ended the session"),
            };
            if frame["push"][kind].is_object() {
                return frame["push"][kind].clone();
            }
            if frame["re"].is_number() {
                self.answers.push_back(frame);
            }
        }
    }

    /// Forgets the pushes that came so far.
    pub(crate) fn forget_pushes(&mut self) {
        self.pushes.clear();
    }

    pub(crate) async fn send(&mut self, to: &str, client_id: &str, text: &str) -> Value {
        self.get(text_message(to, client_id, text)).await
    }

    pub(crate) async fn heads(&mut self, since: u64) -> Value {
        self.get(json!({"heads": {"since": since}})).await
    }

    pub(crate) async fn history(&mut self, of: &str, before: Option<u64>, limit: u32) -> Value {
        self.get(json!({"history": {"conversation": format!("C2C{of}"), "before": before, "limit": limit}}))
            .await
    }
}

pub(crate) fn text_message(to: &str, client_id: &str, text: &str) -> Value {
    json!({"send": {"conversation": format!("C2C{to}"), "client_id": client_id, "random": 7, "client_seq": 1,
                    "type": "TIMTextElem", "payload": {"text": text}}})
}

/// An HTTP exchange: the status and the body.
pub(crate) async fn http(addr: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    http_with(addr, method, path, "", body).await
}

/// An HTTP exchange with further lines in its head, each with its line end.
pub(crate) async fn http_with(
    addr: SocketAddr,
    method: &str,
    path: &str,
    lines: &str,
    body: &str,
) -> (u16, Value) {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(addr, request.as_bytes()).await;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

pub(crate) async fn post(addr: SocketAddr, path: &str, body: Value) -> (u16, Value) {
    http(addr, "POST", path, &body.to_string()).await
}

/// Sends bytes and reads until the other side ends.
pub(crate) async fn raw(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the server does not end");
    String::from_utf8_lossy(&answer).into_owned()
}
