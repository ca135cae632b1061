//! The real network: TCP, TLS, HTTP/1.1 for what comes before there is a token, and the WebSocket. Files are in [`super::http`].
//!
//! No redirect is followed and nothing falls back to plain text (H55): a server is spoken to as its address says.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use socket2::{SockRef, TcpKeepalive};
use tidings_protocol::{
    PROTOCOL_VERSION, Registered, Registration, ServerAddress, SignIn, SpaceInfo, WireError,
    limits as wire_limits,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::http::HttpFiles;
use super::{Connector, FileWire, FrameSink, FrameSource, Wire, tls};
use crate::{EngineError, limits};

/// TCP, TLS (rustls with ring), HTTP and WebSocket.
#[derive(Debug, Clone, Default)]
pub struct SystemConnector {}

impl SystemConnector {
    /// A connector.
    pub fn new() -> Self {
        Self::default()
    }
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn network(error: &io::Error) -> EngineError {
    if tls::is_about_the_certificate(error) {
        EngineError::Certificate
    } else {
        EngineError::Network(error.kind().to_string())
    }
}

/// Has the system ask the other side whether it is there while nothing else is said, so that a peer that vanished is noticed within 30 s
/// (B8) though the heartbeat is rarer: these questions wake no program on either side. While something is on its way the system does not ask; what
/// is not answered in time then has the heartbeat come at once (`Waiting` in [`crate::link`]).
fn keep_alive(dialled: &TcpStream) -> io::Result<()> {
    let asking = TcpKeepalive::new()
        .with_time(Duration::from_millis(limits::KEEPALIVE_AFTER_MS))
        .with_interval(Duration::from_millis(limits::KEEPALIVE_EVERY_MS))
        .with_retries(limits::KEEPALIVE_TRIES);
    SockRef::from(dialled).set_tcp_keepalive(&asking)
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let dialled = TcpStream::connect((host, port)).await?;
    // A message is one small frame, and somebody waits for it.
    dialled.set_nodelay(true)?;
    if let Err(error) = keep_alive(&dialled) {
        tracing::debug!(%error, "a peer that vanishes is noticed by the heartbeat only");
    }
    Ok(dialled)
}

pub(super) async fn dial(server: &ServerAddress) -> Result<Box<dyn Stream>, EngineError> {
    let host = server.host.trim_matches(['[', ']']);
    let dialled = connect(host, server.port)
        .await
        .map_err(|error| network(&error))?;
    if !server.tls {
        return Ok(Box::new(dialled));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| EngineError::Certificate)?;
    // Reading the system's certificates takes some milliseconds of disk.
    let pin = server.pin;
    let config = tokio::task::spawn_blocking(move || tls::config(pin))
        .await
        .map_err(|_| EngineError::Closed)?
        .map_err(|error| EngineError::Network(format!("TLS: {error}")))?;
    let secured = tokio_rustls::TlsConnector::from(config)
        .connect(name, dialled)
        .await;
    Ok(Box::new(secured.map_err(|error| network(&error))?))
}

/// Ends a task with its owner.
pub(super) struct Ends(pub(super) tokio::task::JoinHandle<()>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn ask<T: DeserializeOwned>(
    server: &ServerAddress,
    method: Method,
    path: &str,
    body: Option<Vec<u8>>,
) -> Result<T, EngineError> {
    let exchange = async {
        let stream = dial(server).await?;
        let lost = |error: hyper::Error| {
            if error.is_parse() {
                EngineError::NotTidings
            } else {
                EngineError::Network("HTTP".into())
            }
        };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(lost)?;
        let _connection = Ends(tokio::spawn(async move {
            // What goes wrong here is what the exchange below reports.
            let _ = connection.await;
        }));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("{}:{}", server.host, server.port))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|_| EngineError::BadParameter("the server's address makes no request"))?;
        let answer = sender.send_request(request).await.map_err(lost)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), limits::HTTP_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|_| EngineError::NotTidings)?
            .to_bytes();
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|_| EngineError::NotTidings)
        } else {
            Err(serde_json::from_slice::<WireError>(&body)
                .map_or(EngineError::NotTidings, EngineError::Refused))
        }
    };
    timeout(Duration::from_millis(limits::HTTP_MS), exchange)
        .await
        .map_err(|_| EngineError::Timeout)?
}

fn json(request: &impl Serialize) -> Result<Option<Vec<u8>>, EngineError> {
    let body =
        serde_json::to_vec(request).map_err(|_| EngineError::BadParameter("the request makes no JSON"))?;
    if body.len() > wire_limits::HTTP_BODY_BYTES {
        return Err(EngineError::BadParameter("the request is too large"));
    }
    Ok(Some(body))
}

#[async_trait]
impl Connector for SystemConnector {
    async fn space_info(&self, server: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        let info: SpaceInfo = ask(server, Method::GET, "/v1/space", None).await?;
        if info.product != "tidings" {
            return Err(EngineError::NotTidings);
        }
        if info.protocol != PROTOCOL_VERSION {
            return Err(EngineError::ProtocolVersion(info.protocol));
        }
        Ok(info)
    }

    async fn register(
        &self,
        server: &ServerAddress,
        request: &Registration,
    ) -> Result<Registered, EngineError> {
        ask(server, Method::POST, "/v1/register", json(request)?).await
    }

    async fn sign_in(&self, server: &ServerAddress, request: &SignIn) -> Result<Registered, EngineError> {
        ask(server, Method::POST, "/v1/sign-in", json(request)?).await
    }

    async fn open(&self, server: &ServerAddress) -> Result<Wire, EngineError> {
        let stream = dial(server).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .max_message_size(Some(wire_limits::SERVER_FRAME_BYTES))
            .max_frame_size(Some(wire_limits::SERVER_FRAME_BYTES));
        let opened =
            tokio_tungstenite::client_async_with_config(server.socket_url(), stream, Some(config)).await;
        let (socket, _) = opened.map_err(|error| socket_error(&error))?;
        let (sink, source) = socket.split();
        Ok(Wire {
            sink: Box::new(Sink(sink)),
            source: Box::new(Source(source)),
        })
    }

    async fn files(&self, server: &ServerAddress, token: &str) -> Result<Box<dyn FileWire>, EngineError> {
        Ok(Box::new(HttpFiles::open(server, token).await?))
    }
}

fn socket_error(error: &SocketError) -> EngineError {
    match error {
        SocketError::Io(error) => network(error),
        SocketError::Http(answer) if answer.status().is_server_error() => {
            EngineError::Network("the server is busy".into())
        }
        SocketError::Http(_) | SocketError::Protocol(_) | SocketError::Utf8(_) | SocketError::Capacity(_) => {
            EngineError::NotTidings
        }
        _ => EngineError::Network("the socket is closed".into()),
    }
}

type Socket = WebSocketStream<Box<dyn Stream>>;

struct Sink(SplitSink<Socket, Message>);

#[async_trait]
impl FrameSink for Sink {
    async fn send(&mut self, frame: String) -> Result<(), EngineError> {
        self.0
            .send(Message::text(frame))
            .await
            .map_err(|error| socket_error(&error))
    }

    async fn close(&mut self) {
        // The other side sees it or sees the connection end.
        let _ = self.0.close().await;
    }
}

struct Source(SplitStream<Socket>);

#[async_trait]
impl FrameSource for Source {
    async fn next(&mut self) -> Option<Result<String, EngineError>> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(Ok(text.as_str().to_owned())),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(SocketError::ConnectionClosed | SocketError::AlreadyClosed) => return None,
                Err(error) => return Some(Err(socket_error(&error))),
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn b8_the_system_asks_a_silent_peer_and_gives_it_up_within_30_s() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dialled = connect("127.0.0.1", listener.local_addr().unwrap().port())
            .await
            .unwrap();
        let socket = SockRef::from(&dialled);
        assert!(socket.keepalive().unwrap());
        let silent = socket.tcp_keepalive_time().unwrap();
        let asked = socket.tcp_keepalive_interval().unwrap() * socket.tcp_keepalive_retries().unwrap();
        assert!(silent + asked < Duration::from_secs(30));
    }
}
