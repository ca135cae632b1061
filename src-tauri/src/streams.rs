//! Video and sound for the page's players: an HTTP server on this computer only, with Range, because WebKitGTK plays nothing from
//! a custom scheme.
//!
//! Every program of this computer can reach it, and so can every web page in a browser. So its addresses begin with 128
//! random bits that only this session's page knows, the `Host` must be the very address (a name that was made to lead here
//! is not), and no other page's origin is answered.

mod range;

use std::{convert::Infallible, future::Future, net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
    header::{self, HeaderMap, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tidings_engine::Engine;
use tidings_protocol::{Chance, ErrorKind};
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt},
    net::TcpListener,
    sync::Semaphore,
};

use crate::{
    limits::{STREAM_HEAD_BYTES, STREAM_PATIENCE, STREAM_STEP_BYTES, STREAMS},
    media_url::{PAGE_ORIGIN, Wanted, checked_id},
    refusal::{Answer, engine, gone},
    shell::Shell,
};
use range::Range;

/// How much of a file says what it is, bytes.
const START_BYTES: u64 = 64;
/// How long to wait when the system has no connection left.
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Where the server is, and what only the page knows.
#[derive(Debug)]
struct Place {
    /// `127.0.0.1:PORT`
    host: String,
    secret: String,
}

impl Place {
    /// The file that an address names, when it holds the secret.
    fn wanted(&self, path: &str) -> Option<Wanted> {
        let (secret, rest) = path.strip_prefix('/')?.split_once('/')?;
        if !is_same(secret, &self.secret) {
            return None;
        }
        match rest.split_once('/') {
            None => checked_id(rest).map(Wanted::File),
            Some(("draft", id)) => checked_id(id).map(|id| Wanted::Draft { id, full: true }),
            Some(_) => None,
        }
    }
}

/// The server before it serves.
#[derive(Debug)]
pub(crate) struct Streams {
    base: String,
    bound: Mutex<Option<(std::net::TcpListener, Place)>>,
}

impl Streams {
    /// Takes a port. Where there is none, nothing is played, and the page knows it by an empty base.
    pub(crate) fn bind(chance: &dyn Chance) -> Self {
        let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        });
        match bound {
            Ok((listener, port)) => {
                let place = Place {
                    host: format!("127.0.0.1:{port}"),
                    secret: secret(chance),
                };
                Self {
                    base: format!("http://{}/{}/", place.host, place.secret),
                    bound: Mutex::new(Some((listener, place))),
                }
            }
            Err(error) => {
                tracing::error!(%error, "no port for the players: video and sound cannot be played");
                Self {
                    base: String::new(),
                    bound: Mutex::new(None),
                }
            }
        }
    }

    /// What the addresses of files begin with; empty: nothing can be played.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Serves the players until the app ends.
    pub(crate) async fn serve(&self, files: Arc<impl Files>) {
        let Some((listener, place)) = self.bound.lock().take() else {
            return;
        };
        match TcpListener::from_std(listener) {
            Ok(listener) => accept(listener, Arc::new(place), files).await,
            Err(error) => tracing::error!(%error, "the players' port cannot be used"),
        }
    }
}

/// 128 random bits as text.
pub(crate) fn secret(chance: &dyn Chance) -> String {
    let mut random = [0; 16];
    chance.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without saying by its time how much is right.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |all, (a, b)| all | (a ^ b))
            == 0
}

/// Where the bytes come from.
pub(crate) trait Files: Send + Sync + 'static {
    /// At most `count` bytes from `from` on, and the size of the whole.
    fn read(
        &self,
        wanted: &Wanted,
        from: u64,
        count: u64,
    ) -> impl Future<Output = Answer<(Bytes, u64)>> + Send;
}

impl Files for Shell {
    async fn read(&self, wanted: &Wanted, from: u64, count: u64) -> Answer<(Bytes, u64)> {
        let messenger = self.engine().await?;
        match wanted {
            Wanted::File(id) | Wanted::FileHere(id) => {
                messenger.read_range(id, from, count).await.map_err(engine)
            }
            Wanted::Draft { id, .. } => read_draft(&messenger, id, from, count).await,
        }
    }
}

async fn read_draft(messenger: &Engine, id: &str, from: u64, count: u64) -> Answer<(Bytes, u64)> {
    let local = messenger.attachment_file(id, true).await.map_err(engine)?;
    let local = local.ok_or_else(gone)?;
    let read = async {
        let mut file = tokio::fs::File::open(&local.path).await?;
        file.seek(std::io::SeekFrom::Start(from)).await?;
        let mut bytes = Vec::new();
        file.take(count).read_to_end(&mut bytes).await?;
        std::io::Result::Ok(bytes)
    };
    match read.await {
        Ok(bytes) => Ok((bytes.into(), local.size)),
        Err(error) => {
            tracing::debug!(%error, "a draft cannot be read");
            Err(gone())
        }
    }
}

async fn accept(listener: TcpListener, place: Arc<Place>, files: Arc<impl Files>) {
    let free = Arc::new(Semaphore::new(STREAMS));
    loop {
        let Ok(turn) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        let connection = match listener.accept().await {
            Ok((connection, _)) => connection,
            Err(error) => {
                // Out of file descriptors, most likely: they come back.
                tracing::warn!(%error, "a player's connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (place, files) = (Arc::clone(&place), Arc::clone(&files));
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (place, files) = (Arc::clone(&place), Arc::clone(&files));
                async move { Ok::<_, Infallible>(answer(&place, files, &request).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(STREAM_PATIENCE)
                .max_buf_size(STREAM_HEAD_BYTES)
                .serve_connection(TokioIo::new(connection), service)
                .await;
            if let Err(error) = served {
                // A player that jumps cuts its connection.
                tracing::trace!(%error, "a player's connection ended");
            }
            drop(turn);
        });
    }
}

async fn answer<F: Files>(place: &Place, files: Arc<F>, request: &Request<Incoming>) -> Response<Body> {
    let mut response = match find(place, files, request).await {
        Ok(response) => response,
        Err(status) => empty(status),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        // So that a canvas of the page may read a frame back.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, PAGE_ORIGIN),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn find<F: Files>(
    place: &Place,
    files: Arc<F>,
    request: &Request<Incoming>,
) -> Result<Response<Body>, StatusCode> {
    if !is_for(&place.host, request.headers()) {
        return Err(StatusCode::FORBIDDEN);
    }
    let wanted = place.wanted(request.uri().path()).ok_or(StatusCode::NOT_FOUND)?;
    let with_body = match *request.method() {
        Method::GET => true,
        Method::HEAD => false,
        _ => return Err(StatusCode::METHOD_NOT_ALLOWED),
    };
    let (start, size) = files
        .read(&wanted, 0, START_BYTES)
        .await
        .map_err(|error| match error.kind {
            ErrorKind::Network | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::NOT_FOUND,
        })?;
    let mime = playable(&start).ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    let (status, part) = match Range::asked(request.headers(), size) {
        Range::Whole => (StatusCode::OK, 0..size),
        Range::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Range::Beyond => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            set(
                response.headers_mut(),
                header::CONTENT_RANGE,
                &format!("bytes */{size}"),
            );
            return Ok(response);
        }
    };
    let mut response = empty(status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    set(
        headers,
        header::CONTENT_LENGTH,
        &(part.end - part.start).to_string(),
    );
    if status == StatusCode::PARTIAL_CONTENT {
        let last = part.end.saturating_sub(1);
        set(
            headers,
            header::CONTENT_RANGE,
            &format!("bytes {}-{last}/{size}", part.start),
        );
    }
    if with_body {
        *response.body_mut() = streamed(files, wanted, part);
    }
    Ok(response)
}

/// Whether a request is meant for this server and comes from the app's page, or from a player, which says no origin.
fn is_for(host: &str, headers: &HeaderMap) -> bool {
    headers
        .get(header::HOST)
        .is_some_and(|named| named.as_bytes() == host.as_bytes())
        && headers
            .get(header::ORIGIN)
            .is_none_or(|origin| origin.as_bytes() == PAGE_ORIGIN.as_bytes())
}

/// The bytes as they are asked for, in steps: memory stays flat however large the file is.
fn streamed(files: Arc<impl Files>, wanted: Wanted, part: std::ops::Range<u64>) -> Body {
    let steps = stream::try_unfold((files, wanted, part), |(files, wanted, left)| async move {
        if left.is_empty() {
            return Ok(None);
        }
        let count = (left.end - left.start).min(STREAM_STEP_BYTES);
        let (bytes, _) = files
            .read(&wanted, left.start, count)
            .await
            .map_err(|error| std::io::Error::other(error.message))?;
        if bytes.is_empty() || bytes.len() as u64 > count {
            return Err(std::io::Error::other("the file is not what it was"));
        }
        let left = left.start + bytes.len() as u64..left.end;
        Ok(Some((Frame::data(bytes), (files, wanted, left))))
    });
    StreamBody::new(steps).boxed_unsync()
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What a player may be given, by how its file begins (H24: no playlists, no other lists of addresses).
fn playable(start: &[u8]) -> Option<&'static str> {
    let at = |from: usize, bytes: &[u8]| start.get(from..).is_some_and(|rest| rest.starts_with(bytes));
    if at(4, b"ftyp") {
        let sound = at(8, b"M4A ") || at(8, b"M4B ");
        let movie = at(8, b"qt  ");
        return Some(match (sound, movie) {
            (true, _) => "audio/mp4",
            (_, true) => "video/quicktime",
            _ => "video/mp4",
        });
    }
    if at(0, b"\x1a\x45\xdf\xa3") {
        return Some("video/webm");
    }
    if at(0, b"OggS") {
        return Some("audio/ogg");
    }
    if at(0, b"RIFF") && at(8, b"WAVE") {
        return Some("audio/wav");
    }
    if at(0, b"fLaC") {
        return Some("audio/flac");
    }
    if at(0, b"ID3") {
        return Some("audio/mpeg");
    }
    // A frame of MPEG audio: eleven bits set. Layer 0 is AAC in ADTS frames, the others are MP1 to MP3.
    match (start.first(), start.get(1)) {
        (Some(0xff), Some(second)) if second & 0xf6 == 0xf0 => Some("audio/aac"),
        (Some(0xff), Some(second)) if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Some("audio/mpeg"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
