//! Accepting connections.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::admission::{Admission, Ticket};
use super::http::{self, Peer};
use super::tls::TlsIdentity;
use crate::limits;
use crate::space::Space;

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
    let tls = tls.map(|identity| tokio_rustls::TlsAcceptor::from(identity.server_config()));
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
    tls: Option<tokio_rustls::TlsAcceptor>,
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
                        tokio::spawn(self.clone().receive(stream, peer.ip(), ticket));
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

    async fn receive(self, stream: TcpStream, address: IpAddr, ticket: Ticket) {
        match self.tls.clone() {
            None => self.converse(stream, address, ticket).await,
            Some(acceptor) => {
                if let Ok(Ok(stream)) =
                    tokio::time::timeout(limits::TLS_HANDSHAKE, acceptor.accept(stream)).await
                {
                    self.converse(stream, address, ticket).await;
                }
            }
        }
    }

    async fn converse<S>(self, stream: S, address: IpAddr, ticket: Ticket)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let space = self.space;
        // Goes with the connection into the WebSocket session, if it becomes one.
        let ticket = Arc::new(ticket);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let router = router.clone();
            let upgraded = super::upgrade::of(&space, &mut request, &ticket);
            request.extensions_mut().insert(Peer(address));
            async move {
                match upgraded {
                    Some(response) => Ok(response),
                    None => router.call(request).await.map(|mut response| {
                        // One exchange a connection. Not by `keep_alive(false)`, which takes the upgrade's header too.
                        response
                            .headers_mut()
                            .insert(CONNECTION, HeaderValue::from_static("close"));
                        response
                    }),
                }
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HTTP_HEAD)
            .max_buf_size(limits::HTTP_BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let _ = tokio::time::timeout(limits::HTTP_EXCHANGE, Box::pin(connection)).await;
    }
}
