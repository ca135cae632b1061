//! Accepting connections.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::admission::{Admission, Ticket};
use super::http::{self, Peer};
use super::rewound::Rewound;
use super::session;
use super::tls::TlsIdentity;
use super::upgrade::{self, Asked};
use crate::limits;
use crate::space::Space;

/// The head of a WebSocket's request fits; larger ones grow.
const FIRST_READ_BYTES: usize = 1024;

/// A listening socket and the task that accepts from it.
pub(crate) struct Listener {
    pub(crate) addr: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Accepts nothing more. Sessions that came this way go on until the server ends them.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Listens on `addr`.
pub(crate) fn listen(
    space: &Arc<Space>,
    addr: SocketAddr,
    tls: Option<TlsIdentity>,
) -> std::io::Result<Listener> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let listener = socket.listen(limits::LISTEN_BACKLOG)?;
    let addr = listener.local_addr()?;
    let tls = tls.map(|identity| TlsAcceptor::from(identity.server_config()));
    let (stop, stopped) = watch::channel(false);
    let admission = Admission::new(
        space.config.limits.connections,
        space.config.limits.connections_per_address,
    );
    let door = Door {
        space: Arc::clone(space),
        tls,
        router: http::router(space),
        admission,
    };
    let task = tokio::spawn(door.keep(listener, stopped));
    Ok(Listener { addr, stop, task })
}

#[derive(Clone)]
struct Door {
    space: Arc<Space>,
    tls: Option<TlsAcceptor>,
    router: axum::Router,
    admission: Arc<Admission>,
}

impl Door {
    async fn keep(self, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Some(ticket) = self.admission.enter(peer.ip()) {
                        let _ = stream.set_nodelay(true);
                        match self.tls.clone() {
                            None => tokio::spawn(self.clone().converse(stream, peer.ip(), ticket)),
                            Some(tls) => {
                                tokio::spawn(self.clone().receive_in_tls(tls, stream, peer.ip(), ticket))
                            }
                        };
                    }
                }
                Err(error) => {
                    // Out of descriptors or memory: those who are here stay, new ones wait in the backlog (B23).
                    tracing::warn!(%error, "accepting pauses");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn receive_in_tls(self, acceptor: TlsAcceptor, stream: TcpStream, address: IpAddr, ticket: Ticket) {
        if let Ok(Ok(stream)) = tokio::time::timeout(limits::TLS_HANDSHAKE, acceptor.accept(stream)).await {
            self.converse(stream, address, ticket).await;
        }
    }

    async fn converse<S>(self, mut stream: S, address: IpAddr, ticket: Ticket)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let head = tokio::time::timeout(limits::HTTP_HEAD, read_head(&self.space, &mut stream)).await;
        let Ok(Ok((came, asked))) = head else { return };
        match asked {
            Asked::Socket { answer, head } => {
                if stream.write_all(answer.as_bytes()).await.is_ok() {
                    let early = came.get(head..).unwrap_or_default().to_vec();
                    drop(came);
                    session::open(self.space, stream, early, ticket).await;
                }
            }
            Asked::Refused(answer) => {
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
            Asked::More | Asked::Other => {
                let exchange = Box::pin(self.exchange(Rewound::new(came, stream), address));
                let _ = tokio::time::timeout(limits::HTTP_EXCHANGE, exchange).await;
            }
        }
    }

    /// One exchange of HTTP.
    async fn exchange<S>(self, stream: S, address: IpAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let router = router.clone();
            request.extensions_mut().insert(Peer(address));
            async move { router.call(request).await }
        });
        let _ = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HTTP_HEAD)
            .max_buf_size(limits::HTTP_BUFFER_BYTES)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}

/// Reads until it is clear what is asked for.
async fn read_head<S: AsyncRead + Unpin>(space: &Space, stream: &mut S) -> std::io::Result<(Vec<u8>, Asked)> {
    let mut came = Vec::with_capacity(FIRST_READ_BYTES);
    loop {
        if stream.read_buf(&mut came).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match upgrade::look(space, &came) {
            Asked::More => came.reserve(FIRST_READ_BYTES),
            asked => return Ok((came, asked)),
        }
    }
}
