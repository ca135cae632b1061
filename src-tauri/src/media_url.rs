//! Pictures for the page: `tidings-media://localhost/file/ID`, `.../file/ID?here` for one only if it need not be fetched, and
//! `.../draft/ID`.
//!
//! The page names files by their ids and never by a path (H15). What it gets is a picture of one of five formats, by its
//! content, or nothing: never HTML or SVG, whatever a file calls itself (H19, H29).

use std::sync::Arc;

use tauri::{
    Manager, UriSchemeContext, UriSchemeResponder, Wry,
    http::{Method, Request, Response, StatusCode, header},
};
use tidings_engine::view::LocalFile;
use tidings_protocol::ErrorKind;
use tokio::io::AsyncReadExt;

use crate::{
    limits::{MEDIA_ID_BYTES, SHOWN_PICTURE_BYTES, SHOWN_PICTURES},
    refusal::{Answer, engine, gone},
    shell::Shell,
    window,
};

/// The scheme's name.
pub(crate) const SCHEME: &str = "tidings-media";
/// What its addresses begin with.
pub(crate) const BASE: &str = if cfg!(windows) {
    "http://tidings-media.localhost/"
} else {
    "tidings-media://localhost/"
};
/// Where the page itself is from, as its requests say.
pub(crate) const PAGE_ORIGIN: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// What may be shown. The engine says what a file is by its content.
const PICTURES: [&str; 5] = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"];

/// A file, as the page names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A file of a message.
    File(String),
    /// ... only if it is on this computer.
    FileHere(String),
    /// What somebody is about to send; `full`: itself, else its preview.
    Draft { id: String, full: bool },
}

/// A file's or a draft's id: nothing that could be a path.
pub(crate) fn checked_id(id: &str) -> Option<String> {
    let is_id = (1..=MEDIA_ID_BYTES).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_id.then(|| id.to_owned())
}

impl Wanted {
    /// Reads an address's path and query.
    fn read(path: &str, query: Option<&str>) -> Option<Self> {
        let (place, id) = path.strip_prefix('/')?.split_once('/')?;
        let id = checked_id(id)?;
        match place {
            "file" if query == Some("here") => Some(Self::FileHere(id)),
            "file" => Some(Self::File(id)),
            "draft" => Some(Self::Draft {
                id,
                full: query == Some("full"),
            }),
            _ => None,
        }
    }
}

/// How many pictures are read at once.
#[derive(Debug)]
pub(crate) struct Pictures(tokio::sync::Semaphore);

impl Default for Pictures {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(SHOWN_PICTURES))
    }
}

/// Answers one request of the page, when the picture is there.
pub(crate) fn answer(
    context: UriSchemeContext<'_, Wry>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    // Only the app's own page is ever in this window (H13), and no other window may ask.
    let allowed = context.webview_label() == window::MAIN && request.method() == Method::GET;
    let wanted = Wanted::read(request.uri().path(), request.uri().query()).filter(|_| allowed);
    let shell = context
        .app_handle()
        .try_state::<Arc<Shell>>()
        .map(|shell| Arc::clone(&shell));
    let (Some(wanted), Some(shell)) = (wanted, shell) else {
        responder.respond(nothing(StatusCode::NOT_FOUND));
        return;
    };
    tauri::async_runtime::spawn(async move {
        responder.respond(match picture(&shell, &wanted).await {
            Ok(Some((mime, bytes))) => shown(&wanted, mime, bytes),
            Ok(None) => nothing(StatusCode::NOT_FOUND),
            // It may be there later: not to be remembered as missing.
            Err(error) if matches!(error.kind, ErrorKind::Network | ErrorKind::Unavailable) => {
                nothing(StatusCode::SERVICE_UNAVAILABLE)
            }
            Err(_) => nothing(StatusCode::NOT_FOUND),
        });
    });
}

async fn picture(shell: &Shell, wanted: &Wanted) -> Answer<Option<(&'static str, Vec<u8>)>> {
    let messenger = shell.engine().await?;
    let file = match wanted {
        Wanted::FileHere(id) => messenger.local_file(id).await.map_err(engine)?,
        Wanted::File(id) => Some(messenger.fetch_file(id).await.map_err(engine)?),
        Wanted::Draft { id, full } => messenger.attachment_file(id, *full).await.map_err(engine)?,
    };
    let Some(file) = file else { return Ok(None) };
    let Some(mime) = PICTURES.into_iter().find(|each| *each == file.mime) else {
        return Ok(None);
    };
    let Ok(_turn) = shell.pictures.0.acquire().await else {
        return Ok(None);
    };
    let bytes = read(&file).await.map_err(|error| {
        // It was here a moment ago: the cache made room, or the draft was thrown away.
        tracing::debug!(%error, "a picture cannot be read");
        gone()
    })?;
    Ok(bytes.map(|bytes| (mime, bytes)))
}

/// The whole file; `None` when it is too large to be shown.
async fn read(file: &LocalFile) -> std::io::Result<Option<Vec<u8>>> {
    let opened = tokio::fs::File::open(&file.path).await?;
    let mut bytes = Vec::new();
    opened
        .take(SHOWN_PICTURE_BYTES + 1)
        .read_to_end(&mut bytes)
        .await?;
    Ok((bytes.len() as u64 <= SHOWN_PICTURE_BYTES).then_some(bytes))
}

fn shown(wanted: &Wanted, mime: &'static str, bytes: Vec<u8>) -> Response<Vec<u8>> {
    let caching = match wanted {
        // An id never names another file.
        Wanted::File(_) | Wanted::FileHere(_) => "private, max-age=31536000, immutable",
        Wanted::Draft { .. } => "no-store",
    };
    answered(StatusCode::OK, mime, caching, bytes)
}

fn nothing(status: StatusCode) -> Response<Vec<u8>> {
    answered(status, "text/plain", "no-store", Vec::new())
}

fn answered(
    status: StatusCode,
    mime: &'static str,
    caching: &'static str,
    bytes: Vec<u8>,
) -> Response<Vec<u8>> {
    let mut response = Response::new(bytes);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, caching),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, PAGE_ORIGIN),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn h15_an_address_names_a_file_and_never_a_path() {
        let read = |path: &str| Wanted::read(path, None);
        let file = format!("/file/{ID}");
        assert_eq!(read(&file), Some(Wanted::File(ID.into())));
        assert_eq!(
            Wanted::read(&file, Some("here")),
            Some(Wanted::FileHere(ID.into()))
        );
        assert_eq!(
            Wanted::read("/draft/0-a", Some("full")),
            Some(Wanted::Draft {
                id: "0-a".into(),
                full: true
            })
        );
        for bad in [
            "",
            "/",
            "/file",
            "/file/",
            "/file/..",
            "/file/../../etc/passwd",
            "/file/%2e%2e%2fetc%2fpasswd",
            "/file//etc/passwd",
            "/file/a\\b",
            "/file/a\0",
            "/draft/a/b",
            "/etc/passwd",
            "/file/A",
            &format!("/file/{}", "a".repeat(MEDIA_ID_BYTES + 1)),
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn h29_what_is_shown_is_a_picture_and_can_be_nothing_else() {
        let response = shown(&Wanted::File(ID.into()), "image/png", vec![1]);
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("content-type"), "image/png");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert!(header("cache-control").contains("immutable"));
        let draft = Wanted::Draft {
            id: "a".into(),
            full: false,
        };
        let response = shown(&draft, "image/png", vec![1]);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!PICTURES.contains(&"image/svg+xml"));
    }
}
