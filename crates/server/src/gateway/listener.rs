//! Accepting connections.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::admission::{Admission, Ticket};
use super::files;
use super::http::{self, Peer};
use super::patient::Patient;
use super::rewound::Rewound;
use super::session;
use super::tls::TlsIdentity;
use super::upgrade::{self, Asked};
use crate::address::{self, Source};
use crate::bus::Last;
use crate::limits;
use crate::space::Space;

/// The head of a WebSocket's request fits; larger ones grow.
const FIRST_READ_BYTES: usize = 1024;

/// Where proxies say for whom they ask.
pub(super) const FORWARDED_FOR: &str = "x-forwarded-for";

/// Who speaks through `peer`.
pub(super) fn client<'a>(
    space: &Space,
    peer: IpAddr,
    mut forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> IpAddr {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let trusted = &space.config.trusted_proxies;
    if peer.to_canonical().is_loopback()
        && !address::is_trusted(peer, trusted)
        && forwarded.next().is_some()
        && !TOLD.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            %peer,
            "a proxy names its clients, and trusted_proxies does not name the proxy: \
             all who come through it count as one address"
        );
    }
    address::client(peer, trusted, forwarded)
}

/// A listening socket and the task that accepts from it.
pub(crate) struct Listener {
    pub(crate) addr: SocketAddr,
    space: Arc<Space>,
    admission: Arc<Admission>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Accepts nothing more, tells the sessions that came this way to go, and waits [`limits::DRAIN`] at most until they have.
    pub(crate) async fn stop(mut self) {
        let end = tokio::time::Instant::now() + limits::DRAIN;
        self.admission.close();
        let _ = (&mut self.task).await;
        // What is waiting to be stored is stored and acknowledged first.
        let stored = self.space.store.write(|_| Ok(()));
        let _ = tokio::time::timeout(limits::DRAIN / 2, stored).await;
        let door = self.admission.door();
        self.space.bus.end_door(door, &Last::GoingAway(super::GONE));
        let gone = async {
            while !self.admission.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout_at(end, gone).await.is_err() {
            self.admission.end();
            self.space.bus.cut_door(door);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.admission.close();
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
    // Lets a server that starts again have its port at once. On Windows it would let another program take the port away.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let listener = socket.listen(limits::LISTEN_BACKLOG)?;
    let addr = listener.local_addr()?;
    let tls = tls.map(|identity| TlsAcceptor::from(identity.server_config()));
    let admission = Admission::new(
        space.bus.new_door(),
        space.config.limits.connections,
        space.config.limits.connections_per_address,
    );
    let door = Door {
        space: Arc::clone(space),
        tls,
        router: http::router(space),
        admission: Arc::clone(&admission),
    };
    let task = tokio::spawn(door.keep(listener));
    Ok(Listener {
        addr,
        space: Arc::clone(space),
        admission,
        task,
    })
}

#[derive(Clone)]
struct Door {
    space: Arc<Space>,
    tls: Option<TlsAcceptor>,
    router: axum::Router,
    admission: Arc<Admission>,
}

impl Door {
    async fn keep(self, listener: TcpListener) {
        let admission = Arc::clone(&self.admission);
        let closing = admission.closing();
        tokio::pin!(closing);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut closing => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let peer = peer.ip();
                    let is_proxy = address::is_trusted(peer, &self.space.config.trusted_proxies);
                    let source = Some(Source::of(peer)).filter(|_| !is_proxy);
                    if let Some(ticket) = self.admission.enter(source) {
                        let _ = stream.set_nodelay(true);
                        match self.tls.clone() {
                            None => tokio::spawn(self.clone().converse(stream, peer, ticket)),
                            Some(tls) => tokio::spawn(self.clone().receive_in_tls(tls, stream, peer, ticket)),
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

    async fn receive_in_tls(self, acceptor: TlsAcceptor, stream: TcpStream, peer: IpAddr, ticket: Ticket) {
        let accepted = tokio::select! {
            accepted = tokio::time::timeout(limits::TLS_HANDSHAKE, acceptor.accept(stream)) => accepted,
            () = ticket.closing() => return,
        };
        if let Ok(Ok(stream)) = accepted {
            self.converse(stream, peer, ticket).await;
        }
    }

    async fn converse<S>(self, mut stream: S, peer: IpAddr, mut ticket: Ticket)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let head = tokio::select! {
            head = tokio::time::timeout(limits::HTTP_HEAD, read_head(&self.space, peer, &mut stream)) => head,
            () = ticket.closing() => return,
        };
        let Ok(Ok((came, asked))) = head else { return };
        match asked {
            Asked::Socket { answer, head, client } => {
                if ticket.count(Source::of(client)) && stream.write_all(answer.as_bytes()).await.is_ok() {
                    let early = came.get(head..).unwrap_or_default().to_vec();
                    drop(came);
                    session::open(self.space, stream, early, ticket).await;
                }
            }
            Asked::Refused(answer) => {
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
            Asked::Files => {
                let stream = Patient::new(Rewound::new(came, stream), limits::TRANSFER_IDLE);
                let carrying = Box::pin(self.carry(stream, &ticket));
                tokio::select! {
                    () = carrying => {}
                    () = ticket.over() => {}
                }
            }
            Asked::More | Asked::Other => {
                let exchange = Box::pin(self.exchange(Rewound::new(came, stream), peer));
                tokio::select! {
                    _ = tokio::time::timeout(limits::HTTP_EXCHANGE, exchange) => {}
                    () = ticket.over() => {}
                }
            }
        }
    }

    /// Exchanges of HTTP that carry files, as many as come. They may take as long as something moves.
    async fn carry<S>(self, stream: S, ticket: &Ticket)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let space = self.space;
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let space = Arc::clone(&space);
            async move { Ok::<_, Infallible>(files::answer(space, request).await) }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::TRANSFER_PAUSE)
            .max_buf_size(limits::TRANSFER_BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(serving);
        let ended = tokio::select! {
            _ = serving.as_mut() => true,
            () = ticket.closing() => false,
        };
        if !ended {
            // What is asked for now is answered; nothing more is taken.
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }

    /// One exchange of HTTP.
    async fn exchange<S>(self, stream: S, peer: IpAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { space, router, .. } = self;
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let router = router.clone();
            let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
            let client = client(&space, peer, forwarded.map(|header| header.as_bytes()));
            request.extensions_mut().insert(Peer(Source::of(client)));
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
async fn read_head<S: AsyncRead + Unpin>(
    space: &Space,
    peer: IpAddr,
    stream: &mut S,
) -> std::io::Result<(Vec<u8>, Asked)> {
    let mut came = Vec::with_capacity(FIRST_READ_BYTES);
    loop {
        if stream.read_buf(&mut came).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match upgrade::look(space, peer, &came) {
            Asked::More => came.reserve(FIRST_READ_BYTES),
            asked => return Ok((came, asked)),
        }
    }
}
