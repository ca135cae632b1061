//! Somebody who uploads and downloads, as a person writes HTTP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tidings_protocol::{Chance, FileId, SystemChance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::World;

/// An answer of HTTP with whatever body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn code(&self) -> i32 {
        let error: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        error["code"].as_i64().unwrap_or_default() as i32
    }

    pub(crate) fn offset(&self) -> Option<u64> {
        self.header("upload-offset").map(|offset| offset.parse().unwrap())
    }
}

/// Somebody with files.
#[derive(Clone)]
pub(crate) struct Uploader {
    pub(crate) addr: SocketAddr,
    pub(crate) token: String,
}

pub(crate) fn new_id() -> String {
    let mut bytes = [0; 16];
    SystemChance.fill(&mut bytes);
    FileId::from_bytes(bytes).to_string()
}

/// Bytes that compress badly and differ by `seed`.
pub(crate) fn noise(seed: u8, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    blake3::Hasher::new_keyed(&[seed; 32])
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

impl Uploader {
    pub(crate) async fn new(world: &World, user: &str) -> Self {
        Self {
            addr: world.addr(),
            token: world.token(user).await,
        }
    }

    pub(crate) fn head(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> String {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n",
            self.token
        );
        for (name, value) in lines {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, lines: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = self.head(method, path, lines);
        if !body.is_empty() || method == "POST" || method == "PATCH" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        exchange(self.addr, &head, body).await
    }

    /// As [`Uploader::ask`], in tus.
    pub(crate) async fn tus(&self, method: &str, path: &str, lines: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut all = vec![("Tus-Resumable", "1.0.0")];
        all.extend_from_slice(lines);
        self.ask(method, path, &all, body).await
    }

    pub(crate) async fn create(&self, id: &str, kind: &str, size: u64, hash: &str) -> Answer {
        let metadata = metadata(id, kind, hash);
        SIZES.lock().unwrap().entry(id.to_owned()).or_insert(size);
        let size = size.to_string();
        let lines = [("Upload-Length", size.as_str()), ("Upload-Metadata", &metadata)];
        self.tus("POST", "/v1/files", &lines, b"").await
    }

    /// Begins an upload of these bytes.
    pub(crate) async fn begin(&self, kind: &str, bytes: &[u8]) -> String {
        let id = new_id();
        let begun = self.create(&id, kind, bytes.len() as u64, &hash(bytes)).await;
        assert_eq!(begun.status, 201, "{begun:?}");
        id
    }

    pub(crate) async fn patch(&self, id: &str, at: u64, bytes: &[u8]) -> Answer {
        self.patch_with(id, at, &[], bytes).await
    }

    pub(crate) async fn patch_with(&self, id: &str, at: u64, lines: &[(&str, &str)], bytes: &[u8]) -> Answer {
        let at = at.to_string();
        let mut all = vec![
            ("Upload-Offset", at.as_str()),
            ("Content-Type", "application/offset+octet-stream"),
        ];
        all.extend_from_slice(lines);
        self.tus("PATCH", &path(id), &all, bytes).await
    }

    pub(crate) async fn status(&self, id: &str) -> Answer {
        self.tus("HEAD", &path(id), &[], b"").await
    }

    /// A whole upload; its id.
    pub(crate) async fn upload(&self, kind: &str, bytes: &[u8]) -> String {
        let id = self.begin(kind, bytes).await;
        let done = self.patch(&id, 0, bytes).await;
        assert_eq!(
            (done.status, done.offset()),
            (204, Some(bytes.len() as u64)),
            "{done:?}"
        );
        id
    }

    pub(crate) async fn get(&self, id: &str) -> Answer {
        self.ask("GET", &path(id), &[], b"").await
    }
}

pub(crate) fn path(id: &str) -> String {
    format!("/v1/files/{id}")
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

pub(crate) fn metadata(id: &str, kind: &str, hash: &str) -> String {
    let value = |text: &str| STANDARD.encode(text);
    format!("id {},kind {},blake3 {}", value(id), value(kind), value(hash))
}

pub(crate) async fn exchange(addr: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
    let _ = stream.write_all(body).await;
    read_answer(stream).await
}

pub(crate) async fn read_answer(mut stream: TcpStream) -> Answer {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer"));
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: answer[end + 4..].to_vec(),
    }
}

/// The sizes of the files that were begun, by their ids.
static SIZES: LazyLock<Mutex<HashMap<String, u64>>> = LazyLock::new(Mutex::default);

/// A message with this file, which says of it what is true.
pub(crate) fn file_message(to: &str, client_id: &str, id: &str) -> Value {
    let size = SIZES.lock().unwrap().get(id).copied().unwrap_or(1);
    sized_message(to, client_id, id, size)
}

pub(crate) fn sized_message(to: &str, client_id: &str, id: &str, size: u64) -> Value {
    let payload =
        json!({"uuid": format!("0-ann-{id}"), "fileName": "a.bin", "fileSize": size, "downloadFlag": 2});
    json!({"send": {"conversation": to, "client_id": client_id, "random": 7, "client_seq": 1,
                    "type": "TIMFileElem", "payload": payload}})
}

/// How many blobs there are.
pub(crate) fn blobs(world: &World) -> usize {
    let shelves = std::fs::read_dir(world.dir.path().join("files/blobs")).unwrap();
    shelves
        .map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap().count())
        .sum()
}
