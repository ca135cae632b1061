//! From HTTP to a WebSocket (RFC 6455, 4.2).

use std::sync::Arc;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode};
use sha1::{Digest, Sha1};
use tidings_protocol::{ErrorKind, WireError, code};

use super::admission::Ticket;
use super::{http, session};
use crate::space::Space;

/// Where the WebSocket is.
const PATH: &str = "/v1/socket";
/// The app's own pages, on the systems that it runs on.
const OWN_ORIGINS: &[&str] = &["tauri://localhost", "http://tauri.localhost"];

/// The answer to a request for the WebSocket, and the session's beginning; `None` for every other request.
pub(super) fn of<B>(
    space: &Arc<Space>,
    request: &mut Request<B>,
    ticket: &Arc<Ticket>,
) -> Option<Response<Body>> {
    if request.uri().path() != PATH {
        return None;
    }
    let accept = match judge(space, request.method(), request.headers()) {
        Ok(accept) => accept,
        Err((status, error)) => return Some(http::refusal(status, &error)),
    };
    let upgrade = hyper::upgrade::on(request);
    let (space, ticket) = (Arc::clone(space), Arc::clone(ticket));
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            session::open(space, upgraded, ticket).await;
        }
    });
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty());
    response.ok()
}

/// The value of `Sec-WebSocket-Accept`, or why not.
fn judge(space: &Space, method: &Method, headers: &HeaderMap) -> Result<String, (StatusCode, WireError)> {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if let Some(origin) = headers.get(ORIGIN) {
        let known = origin.to_str().is_ok_and(|origin| {
            OWN_ORIGINS.contains(&origin) || space.config.origins.iter().any(|own| own == origin)
        });
        if !known {
            let error = WireError::new(code::BAD_PARAMETER, ErrorKind::Forbidden, "not from this origin");
            return Err((StatusCode::FORBIDDEN, error));
        }
    }
    let bad = |words| WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, words);
    let upgrades = text(CONNECTION)
        .split(',')
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    if *method != Method::GET || !upgrades || !text(UPGRADE).eq_ignore_ascii_case("websocket") {
        return Err((StatusCode::UPGRADE_REQUIRED, bad("this is a WebSocket")));
    }
    if text(SEC_WEBSOCKET_VERSION) != "13" {
        return Err((StatusCode::UPGRADE_REQUIRED, bad("version 13 of WebSocket")));
    }
    let key = text(SEC_WEBSOCKET_KEY);
    if STANDARD.decode(key).map_or(0, |key| key.len()) != 16 {
        return Err((StatusCode::BAD_REQUEST, bad("Sec-WebSocket-Key")));
    }
    let mut digest = Sha1::new();
    digest.update(key.as_bytes());
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Ok(STANDARD.encode(digest.finalize()))
}
