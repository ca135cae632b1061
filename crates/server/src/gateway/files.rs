//! `/v1/files`: uploads by tus 1.0, and downloads.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http_body_util::BodyExt as _;
use tidings_protocol::{ErrorKind, FileId, WireError, code};

use super::http::{refusal, status};
use super::ranges::{self, Wanted};
use super::tus;
use crate::limits;
use crate::service::files::{self, Offset, Refused, Wish};
use crate::space::Space;
use crate::store::{StoredFile, no_such_file};

/// Where the files are.
pub(super) const PATH: &str = "/v1/files";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_ALGORITHMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// A refusal with its status.
struct Answer(StatusCode, WireError);

impl From<WireError> for Answer {
    fn from(error: WireError) -> Self {
        Self(status(error.kind), error)
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let words = refused.to_string();
        let wire = |code, kind| WireError::new(code, kind, words);
        match refused {
            Refused::Wire(error) => error.into(),
            Refused::Quota(error) => Self(StatusCode::INSUFFICIENT_STORAGE, error),
            Refused::Held => Self(
                StatusCode::LOCKED,
                wire(code::UNAVAILABLE, ErrorKind::Unavailable),
            ),
            Refused::Elsewhere(_) => Self(
                StatusCode::CONFLICT,
                wire(code::BAD_PARAMETER, ErrorKind::Conflict),
            ),
            Refused::TooLong => Self(
                StatusCode::PAYLOAD_TOO_LARGE,
                wire(code::FILE_DIFFERS, ErrorKind::TooLarge),
            ),
            Refused::Checksum => Self(differs(), wire(code::FILE_DIFFERS, ErrorKind::Network)),
            Refused::Differs => Self(differs(), wire(code::FILE_DIFFERS, ErrorKind::BadRequest)),
            Refused::BrokeOff => Self(StatusCode::BAD_REQUEST, wire(code::NETWORK, ErrorKind::Network)),
        }
    }
}

/// What tus says where a checksum does not match.
fn differs() -> StatusCode {
    StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)
}

fn bad(words: &str) -> Answer {
    WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, words).into()
}

/// Answers one request.
pub(super) async fn answer<B>(space: Arc<Space>, request: Request<B>) -> Response
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (head, body) = request.into_parts();
    let mut body = body.into_data_stream();
    let asked = Asked {
        space,
        method: method(&head.method, &head.headers),
        headers: head.headers,
    };
    let speaks_tus = asked.headers.contains_key(TUS_RESUMABLE) || asked.method != Method::GET;
    let mut response = match asked.answer(head.uri.path(), &mut body).await {
        Ok(response) => response,
        Err(Answer(status, error)) => {
            // Whoever was told to wait with the body has not sent it.
            if !asked.headers.contains_key(header::EXPECT) {
                let _ = tokio::time::timeout(limits::REFUSED_BODY, leave_out(&mut body)).await;
            }
            refusal(status, &error)
        }
    };
    if speaks_tus {
        let headers = response.headers_mut();
        headers.insert(TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    }
    response
}

/// Reads what is left of a request, so that its sender comes to read the answer.
async fn leave_out<E>(body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) {
    let mut left = tidings_protocol::limits::UPLOAD_PART_BYTES;
    while let Some(Ok(data)) = body.next().await {
        left = left.saturating_sub(data.len() as u64);
        if left == 0 {
            return;
        }
    }
}

/// Some proxies know only GET and POST.
fn method(method: &Method, headers: &HeaderMap) -> Method {
    let other = headers
        .get(METHOD_OVERRIDE)
        .filter(|_| method == Method::POST)
        .and_then(|name| Method::from_bytes(name.as_bytes()).ok());
    other.unwrap_or_else(|| method.clone())
}

/// What a path names.
enum Place {
    All,
    One(FileId),
}

fn place(path: &str) -> Option<Place> {
    let rest = path.strip_prefix(PATH)?;
    match rest.strip_prefix('/') {
        None if rest.is_empty() => Some(Place::All),
        Some("") => Some(Place::All),
        Some(id) => id.parse().ok().map(Place::One),
        None => None,
    }
}

struct Asked {
    space: Arc<Space>,
    method: Method,
    headers: HeaderMap,
}

impl Asked {
    async fn answer<E>(
        &self,
        path: &str,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Response, Answer> {
        let place = place(path);
        if self.method == Method::OPTIONS {
            return Ok(self.options());
        }
        let is_get = self.method == Method::GET;
        let is_download =
            is_get || (self.method == Method::HEAD && !self.headers.contains_key(TUS_RESUMABLE));
        if !is_download && self.text(&TUS_RESUMABLE) != Some(tus::VERSION) {
            let mut response = empty(StatusCode::PRECONDITION_FAILED);
            response
                .headers_mut()
                .insert(TUS_VERSION, HeaderValue::from_static(tus::VERSION));
            return Ok(response);
        }
        let user = self.user().await?;
        match (place, self.method.as_str()) {
            (Some(Place::All), "POST") => self.create(user, body).await,
            (Some(Place::One(id)), "GET" | "HEAD") if is_download => self.download(user, id).await,
            (Some(Place::One(id)), "HEAD") => {
                let upload = files::upload(&self.space, user, id).await?;
                let size = upload.size;
                let mut response = moved(StatusCode::OK, files::offset(&self.space, upload).await?);
                response.headers_mut().insert(UPLOAD_LENGTH, size.into());
                Ok(response)
            }
            (Some(Place::One(id)), "PATCH") => {
                let upload = files::upload(&self.space, user, id).await?;
                let offset = self.receive(user, upload, body).await?;
                Ok(moved(StatusCode::NO_CONTENT, offset))
            }
            (Some(Place::One(id)), "DELETE") => {
                let upload = files::upload(&self.space, user, id).await?;
                files::terminate(&self.space, upload).await?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            // Whatever is no id is no file's.
            (None, _) => Err(no_such_file().into()),
            (Some(_), _) => Err(Answer(
                StatusCode::METHOD_NOT_ALLOWED,
                WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, "not this method"),
            )),
        }
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn options(&self) -> Response {
        let mut response = empty(StatusCode::NO_CONTENT);
        let sizes = self.space.config.media.sizes();
        let most = [
            sizes.image_bytes,
            sizes.video_bytes,
            sizes.file_bytes,
            sizes.sound_bytes,
        ];
        let headers = response.headers_mut();
        headers.insert(TUS_VERSION, HeaderValue::from_static(tus::VERSION));
        headers.insert(TUS_EXTENSION, HeaderValue::from_static(tus::EXTENSIONS));
        headers.insert(TUS_ALGORITHMS, HeaderValue::from_static(tus::ALGORITHMS));
        headers.insert(TUS_MAX_SIZE, most.into_iter().max().unwrap_or_default().into());
        response
    }

    /// Who asks.
    async fn user(&self) -> Result<i64, Answer> {
        let words = self
            .text(&header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '));
        let token = words
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        Ok(files::user_of(&self.space, token).await?)
    }

    async fn create<E>(
        &self,
        user: i64,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Response, Answer> {
        let size = self
            .text(&UPLOAD_LENGTH)
            .and_then(tus::number)
            .ok_or_else(|| bad("Upload-Length"))?;
        let metadata = tus::metadata(self.text(&UPLOAD_METADATA).unwrap_or_default()).map_err(bad)?;
        let wish = Wish {
            id: metadata.id,
            kind: metadata.kind,
            size,
            hash: metadata.hash,
        };
        let upload = files::begin(&self.space, user, wish).await?;
        let location = format!("{PATH}/{}", upload.id);
        let has_body = self.text(&header::CONTENT_TYPE) == Some(tus::OFFSET_STREAM);
        let mut response = if has_body {
            let offset = files::offset(&self.space, upload.clone()).await?;
            // The same request again, because its answer was lost: what it brings is there already.
            if offset.at == 0 {
                moved(StatusCode::CREATED, self.take(user, upload, 0, body).await?)
            } else {
                leave_out(body).await;
                moved(StatusCode::CREATED, offset)
            }
        } else {
            expiring(
                empty(StatusCode::CREATED),
                upload.due.filter(|_| !upload.finished),
            )
        };
        if let Ok(location) = location.parse() {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    async fn receive<E>(
        &self,
        user: i64,
        upload: StoredFile,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Offset, Answer> {
        let at = self
            .text(&UPLOAD_OFFSET)
            .and_then(tus::number)
            .ok_or_else(|| bad("Upload-Offset"))?;
        self.take(user, upload, at, body).await
    }

    async fn take<E>(
        &self,
        user: i64,
        upload: StoredFile,
        at: u64,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Offset, Answer> {
        if self.text(&header::CONTENT_TYPE) != Some(tus::OFFSET_STREAM) {
            let error = WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, tus::OFFSET_STREAM);
            return Err(Answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        let announced = self.text(&header::CONTENT_LENGTH).and_then(tus::number);
        if !upload.finished && announced.is_some_and(|bytes| at.saturating_add(bytes) > upload.size) {
            return Err(Refused::TooLong.into());
        }
        let checksum = self
            .text(&UPLOAD_CHECKSUM)
            .map(tus::checksum)
            .transpose()
            .map_err(bad)?;
        Ok(files::receive(&self.space, user, upload, at, checksum, body).await?)
    }

    async fn download(&self, user: i64, id: FileId) -> Result<Response, Answer> {
        let file = files::fetchable(&self.space, user, id).await?;
        let etag = format!("\"{}\"", blake3::Hash::from_bytes(file.hash).to_hex());
        let is_same = |header: &HeaderName| self.text(header).map(|tags| ranges::names(tags, &etag));
        if is_same(&header::IF_NONE_MATCH) == Some(true) {
            return Ok(as_download(empty(StatusCode::NOT_MODIFIED), &etag));
        }
        let range = self.text(&header::RANGE).filter(|_| {
            self.method == Method::GET && self.text(&header::IF_RANGE).is_none_or(|tag| tag == etag)
        });
        let wanted = range.map_or(Wanted::All, |range| ranges::wanted(range, file.size));
        let (status, range) = match wanted {
            Wanted::All => (StatusCode::OK, 0..file.size),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Wanted::Nothing => {
                let mut response = as_download(empty(StatusCode::RANGE_NOT_SATISFIABLE), &etag);
                insert(
                    &mut response,
                    header::CONTENT_RANGE,
                    &format!("bytes */{}", file.size),
                );
                return Ok(response);
            }
        };
        let body = if self.method == Method::HEAD {
            Body::empty()
        } else {
            let transfer = files::begin_transfer(&self.space, user)?;
            let bytes = files::read(&self.space, &file, range.clone()).await?;
            Body::from_stream(bytes.inspect(move |_| {
                // Held until the last byte is taken.
                let _ = &transfer;
            }))
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        if status == StatusCode::PARTIAL_CONTENT {
            let text = format!(
                "bytes {}-{}/{}",
                range.start,
                range.end.saturating_sub(1),
                file.size
            );
            insert(&mut response, header::CONTENT_RANGE, &text);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
        Ok(as_download(response, &etag))
    }
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
}

/// What makes of a file nothing but bytes to be kept, should a browser ever come to it (H29).
fn as_download(mut response: Response, etag: &str) -> Response {
    insert(&mut response, header::ETAG, etag);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::ACCEPT_RANGES, "bytes"),
        // Whether it may be fetched is asked each time.
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Says how far an upload is.
fn moved(status: StatusCode, offset: Offset) -> Response {
    let mut response = empty(status);
    response.headers_mut().insert(UPLOAD_OFFSET, offset.at.into());
    expiring(response, offset.due)
}

/// Says until when an upload stays.
fn expiring(mut response: Response, due: Option<i64>) -> Response {
    if let Some(due) = due.and_then(|due| u64::try_from(due).ok()) {
        let at = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(due));
        insert(&mut response, UPLOAD_EXPIRES, &at);
    }
    response
}
