//! Files over HTTP/1.1: one connection that is used again, and bodies that are never whole in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, BodyStream, Empty, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tidings_protocol::{ErrorKind, FileId, FileKind, ServerAddress, WireError, code};
use tokio::time::{Instant, sleep, timeout};

use super::files::{Fetched, FileWire, NewFile, Pieces};
use super::system::{Ends, dial};
use crate::{EngineError, limits};

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A connection to a server's files.
pub(super) struct HttpFiles {
    sender: SendRequest<Body>,
    connection: Arc<Ends>,
    host: String,
    bearer: HeaderValue,
}

fn lost(error: &hyper::Error) -> EngineError {
    if error.is_parse() {
        EngineError::NotTidings
    } else {
        EngineError::Network("HTTP".into())
    }
}

fn no_such_file() -> WireError {
    WireError::new(code::NO_SUCH_FILE, ErrorKind::NotFound, "there is no such file")
}

/// What the server of tus calls the kind.
fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::File => "file",
        FileKind::Sound => "sound",
        FileKind::Preview => "preview",
    }
}

/// The whole number that a header has to be.
fn number(headers: &HeaderMap, name: &str) -> Result<u64, EngineError> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .ok_or(EngineError::NotTidings)
}

/// Counts what goes by, so that somebody can see that nothing does.
#[derive(Clone, Default)]
struct Flow(Arc<AtomicU64>);

impl Flow {
    fn add(&self, bytes: usize) {
        self.0
            .fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Comes back when nothing has gone by for too long.
    async fn stalled(&self) {
        let (mut before, mut since) = (self.0.load(Ordering::Relaxed), Instant::now());
        loop {
            sleep(Duration::from_millis(limits::STALL_CHECK_MS)).await;
            let now = self.0.load(Ordering::Relaxed);
            if now != before {
                (before, since) = (now, Instant::now());
            } else if since.elapsed() >= Duration::from_millis(limits::STALL_MS) {
                return;
            }
        }
    }
}

impl HttpFiles {
    pub(super) async fn open(server: &ServerAddress, token: &str) -> Result<Self, EngineError> {
        let connect = async {
            let stream = dial(server).await?;
            hyper::client::conn::http1::Builder::new()
                .max_buf_size(limits::HTTP_BUFFER_BYTES)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(|error| lost(&error))
        };
        let (sender, connection) = timeout(Duration::from_millis(limits::CONNECT_MS), connect)
            .await
            .map_err(|_| EngineError::Timeout)??;
        let task = tokio::spawn(async move {
            // What goes wrong here is what the exchange reports.
            let _ = connection.await;
        });
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| EngineError::NotSignedIn)?;
        bearer.set_sensitive(true);
        Ok(Self {
            sender,
            connection: Arc::new(Ends(task)),
            host: format!("{}:{}", server.host, server.port),
            bearer,
        })
    }

    async fn send(
        &mut self,
        method: Method,
        id: Option<&FileId>,
        headers: &[(&'static str, String)],
        body: Body,
        flow: &Flow,
    ) -> Result<Response<Incoming>, EngineError> {
        let path = match id {
            Some(id) => format!("/v1/files/{id}"),
            None => "/v1/files".to_owned(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::AUTHORIZATION, self.bearer.clone());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(body)
            .map_err(|_| EngineError::BadParameter("the file makes no request"))?;
        self.sender.ready().await.map_err(|error| lost(&error))?;
        tokio::select! {
            answer = self.sender.send_request(request) => answer.map_err(|error| lost(&error)),
            () = flow.stalled() => Err(EngineError::Timeout),
        }
    }

    /// As [`HttpFiles::send`], for a question of tus.
    async fn tus(
        &mut self,
        method: Method,
        id: Option<&FileId>,
        mut headers: Vec<(&'static str, String)>,
    ) -> Result<Response<Incoming>, EngineError> {
        headers.push(("tus-resumable", "1.0.0".into()));
        self.send(method, id, &headers, nothing(), &Flow::default()).await
    }
}

fn nothing() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Reads what is left of an answer, so that the connection can be used again.
async fn rest(answer: Response<Incoming>) -> Result<Bytes, EngineError> {
    let read = Limited::new(answer.into_body(), limits::HTTP_ANSWER_BYTES).collect();
    timeout(Duration::from_millis(limits::HTTP_MS), read)
        .await
        .map_err(|_| EngineError::Timeout)?
        .map(http_body_util::Collected::to_bytes)
        .map_err(|_| EngineError::Network("the answer broke off".into()))
}

/// The error that an answer stands for.
async fn refused(answer: Response<Incoming>) -> EngineError {
    let status = answer.status();
    let body = match rest(answer).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    if let Ok(error) = serde_json::from_slice::<WireError>(&body) {
        return EngineError::Refused(error);
    }
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => EngineError::Refused(no_such_file()),
        StatusCode::UNAUTHORIZED => EngineError::Refused(WireError::new(
            code::TOKEN_INVALID,
            ErrorKind::Unauthorised,
            "the server does not know this device",
        )),
        // Whoever stands between this computer and the space.
        status if status.is_server_error() => EngineError::Network("the server is busy".into()),
        _ => EngineError::NotTidings,
    }
}

#[async_trait]
impl FileWire for HttpFiles {
    async fn create(&mut self, file: &NewFile) -> Result<(), EngineError> {
        let metadata = [
            ("id", file.id.as_str()),
            ("kind", kind_name(file.kind)),
            ("blake3", file.hash.as_str()),
        ]
        .map(|(name, value)| format!("{name} {}", STANDARD.encode(value)))
        .join(",");
        let headers = vec![
            ("upload-length", file.size.to_string()),
            ("upload-metadata", metadata),
        ];
        let answer = self.tus(Method::POST, None, headers).await?;
        if !answer.status().is_success() {
            return Err(refused(answer).await);
        }
        rest(answer).await.map(drop)
    }

    async fn offset(&mut self, id: &FileId) -> Result<Option<u64>, EngineError> {
        let answer = self.tus(Method::HEAD, Some(id), Vec::new()).await?;
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status if status.is_success() => Ok(Some(number(answer.headers(), "upload-offset")?)),
            _ => Err(refused(answer).await),
        }
    }

    async fn append(
        &mut self,
        id: &FileId,
        offset: u64,
        size: u64,
        pieces: Pieces,
    ) -> Result<u64, EngineError> {
        let flow = Flow::default();
        let counted = {
            let flow = flow.clone();
            pieces.map_ok(move |piece| {
                flow.add(piece.len());
                Frame::data(piece)
            })
        };
        let body = StreamBody::new(counted).boxed_unsync();
        let headers = [
            ("tus-resumable", "1.0.0".to_owned()),
            ("upload-offset", offset.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
            ("content-length", size.to_string()),
        ];
        let answer = self.send(Method::PATCH, Some(id), &headers, body, &flow).await?;
        if !answer.status().is_success() {
            return Err(refused(answer).await);
        }
        let reached = number(answer.headers(), "upload-offset")?;
        rest(answer).await?;
        Ok(reached)
    }

    async fn remove(&mut self, id: &FileId) -> Result<(), EngineError> {
        let answer = self.tus(Method::DELETE, Some(id), Vec::new()).await?;
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => rest(answer).await.map(drop),
            status if status.is_success() => rest(answer).await.map(drop),
            _ => Err(refused(answer).await),
        }
    }

    async fn fetch(&mut self, id: &FileId, from: u64, count: Option<u64>) -> Result<Fetched, EngineError> {
        let mut headers = Vec::new();
        let is_part = from > 0 || count.is_some();
        if is_part {
            let last = count.map(|count| (from + count).saturating_sub(1).to_string());
            headers.push(("range", format!("bytes={from}-{}", last.unwrap_or_default())));
        }
        let answer = self
            .send(Method::GET, Some(id), &headers, nothing(), &Flow::default())
            .await?;
        let status = answer.status();
        let (from, total) = match status {
            StatusCode::OK => (0, number(answer.headers(), "content-length")?),
            StatusCode::PARTIAL_CONTENT => content_range(answer.headers()).ok_or(EngineError::NotTidings)?,
            _ => return Err(refused(answer).await),
        };
        let hash = answer
            .headers()
            .get(header::ETAG)
            .and_then(|value| value.to_str().ok())
            .map(|text| text.trim_matches('"').to_owned())
            .filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or(EngineError::NotTidings)?;
        let connection = Arc::clone(&self.connection);
        let pieces = TryStreamExt::map_err(BodyStream::new(answer.into_body()), |error| lost(&error))
            .try_filter_map(|frame| async { Ok(frame.into_data().ok()) });
        let pieces =
            futures_util::stream::unfold((Box::pin(pieces), connection), |(mut pieces, connection)| async {
                let next = timeout(Duration::from_millis(limits::STALL_MS), pieces.next()).await;
                let piece = next.unwrap_or(Some(Err(EngineError::Timeout)))?;
                Some((piece, (pieces, connection)))
            });
        Ok(Fetched {
            total,
            from,
            hash,
            pieces: pieces.boxed(),
        })
    }
}

/// `bytes 5-9/10`: where it begins, and how long the whole is.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, _) = range.split_once('-')?;
    Some((from.parse().ok()?, total.parse().ok()?))
}
