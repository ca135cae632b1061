//! From HTTP to a WebSocket (RFC 6455, 4.2).
//!
//! The head of every connection is looked at here first. A WebSocket is answered at once, without the HTTP library: when a server
//! starts again, thousands of devices come back in the same second, and the library's buffers would be what they cost.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use tidings_protocol::{ErrorKind, WireError, code};

use super::listener::{FORWARDED_FOR, client};
use crate::limits;
use crate::space::Space;

/// Where the WebSocket is.
const PATH: &str = "/v1/socket";
/// The app's own pages, on the systems that it runs on.
const OWN_ORIGINS: &[&str] = &["tauri://localhost", "http://tauri.localhost"];
/// Headers of one request.
const HEADERS: usize = 48;

/// What the head of a connection asks for.
pub(super) enum Asked {
    /// It is not whole yet.
    More,
    /// A WebSocket: the answer, how many bytes the head had, and who asks.
    Socket {
        answer: String,
        head: usize,
        client: IpAddr,
    },
    /// A WebSocket that is refused: the whole answer.
    Refused(String),
    /// Files to come or go.
    Files,
    /// Something for the HTTP library, if only an error.
    Other,
}

/// Looks at what came so far.
pub(super) fn look(space: &Space, peer: IpAddr, came: &[u8]) -> Asked {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let parsed = request.parse(came);
    let is_ours = request.path == Some(PATH);
    match parsed {
        Ok(httparse::Status::Partial) if came.len() < limits::HTTP_BUFFER_BYTES => Asked::More,
        Ok(httparse::Status::Complete(head)) if is_ours => match judge(space, &request) {
            Ok(accept) => {
                let answer = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                let forwarded = request
                    .headers
                    .iter()
                    .filter(|header| header.name.eq_ignore_ascii_case(FORWARDED_FOR))
                    .map(|header| header.value);
                Asked::Socket {
                    answer,
                    head,
                    client: client(space, peer, forwarded),
                }
            }
            Err((status, error)) => {
                let body = serde_json::to_string(&error).unwrap_or_default();
                Asked::Refused(format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{body}",
                    body.len()
                ))
            }
        },
        Ok(httparse::Status::Complete(_)) if is_files(request.path) => Asked::Files,
        _ => Asked::Other,
    }
}

fn is_files(path: Option<&str>) -> bool {
    path.is_some_and(|path| path.starts_with(super::files::PATH))
}

/// The value of `Sec-WebSocket-Accept`, or why not.
fn judge(space: &Space, request: &httparse::Request<'_, '_>) -> Result<String, (&'static str, WireError)> {
    let header = |name: &str| {
        let found = request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| str::from_utf8(header.value).unwrap_or("?"))
    };
    let text = |name: &str| header(name).unwrap_or_default();
    if let Some(origin) = header("origin")
        && !OWN_ORIGINS.contains(&origin)
        && !space.config.origins.iter().any(|own| own == origin)
    {
        let error = WireError::new(code::BAD_PARAMETER, ErrorKind::Forbidden, "not from this origin");
        return Err(("403 Forbidden", error));
    }
    let bad = |words| WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, words);
    let upgrades = text("connection")
        .split(',')
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    let is_socket = upgrades && text("upgrade").eq_ignore_ascii_case("websocket");
    if request.method != Some("GET") || !is_socket {
        return Err(("426 Upgrade Required", bad("this is a WebSocket")));
    }
    if text("sec-websocket-version") != "13" {
        return Err(("426 Upgrade Required", bad("version 13 of WebSocket")));
    }
    let key = text("sec-websocket-key");
    if STANDARD.decode(key).map_or(0, |key| key.len()) != 16 {
        return Err(("400 Bad Request", bad("Sec-WebSocket-Key")));
    }
    let mut digest = Sha1::new();
    digest.update(key.as_bytes());
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Ok(STANDARD.encode(digest.finalize()))
}
