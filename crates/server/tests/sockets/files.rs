//! Uploads by tus 1.0, and what comes back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tidings_protocol::{Chance, FileId, SystemChance, code};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{World, open_config};

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

    fn head(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> String {
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

fn metadata(id: &str, kind: &str, hash: &str) -> String {
    let value = |text: &str| STANDARD.encode(text);
    format!("id {},kind {},blake3 {}", value(id), value(kind), value(hash))
}

async fn exchange(addr: SocketAddr, head: &str, body: &[u8]) -> Answer {
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

#[tokio::test]
async fn a_file_goes_up_in_parts_and_comes_down_as_it_was() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(1, 1_000_000);
    let id = ann.begin("file", &bytes).await;
    assert_eq!(
        ann.get(&id).await.code(),
        code::NO_SUCH_FILE,
        "it is not there yet"
    );
    let part = ann.patch(&id, 0, &bytes[..300_000]).await;
    assert_eq!((part.status, part.offset()), (204, Some(300_000)));
    assert!(part.header("upload-expires").unwrap().ends_with(" GMT"));
    let status = ann.status(&id).await;
    assert_eq!((status.status, status.offset()), (200, Some(300_000)));
    assert_eq!(status.header("upload-length"), Some("1000000"));
    assert_eq!(status.header("cache-control"), Some("no-store"));
    assert_eq!(ann.patch(&id, 300_000, &bytes[300_000..]).await.status, 204);
    let status = ann.status(&id).await;
    assert_eq!(
        (status.offset(), status.header("upload-expires")),
        (Some(1_000_000), None)
    );
    let got = ann.get(&id).await;
    assert_eq!(got.status, 200);
    assert!(got.body == bytes);
    let tag = format!("\"{}\"", hash(&bytes));
    assert_eq!(got.header("etag"), Some(tag.as_str()));
    let again = ann.patch(&id, 1_000_000, b"").await;
    assert_eq!(
        again.status, 204,
        "the answer to the last part may have been lost"
    );
}

#[tokio::test]
async fn a_small_file_is_one_request_and_the_same_again_changes_nothing() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let (id, bytes) = (new_id(), b"hello".as_slice());
    let metadata = metadata(&id, "image", &hash(bytes));
    let lines = [
        ("Upload-Length", "5"),
        ("Upload-Metadata", metadata.as_str()),
        ("Content-Type", "application/offset+octet-stream"),
    ];
    for _ in 0..2 {
        let made = ann.tus("POST", "/v1/files", &lines, bytes).await;
        assert_eq!((made.status, made.offset()), (201, Some(5)), "{made:?}");
        assert_eq!(made.header("location"), Some(path(&id).as_str()));
    }
    assert_eq!(ann.get(&id).await.body, bytes);
    let other = ann.create(&id, "image", 6, &hash(b"other!")).await;
    assert_eq!(other.status, 409);
    let bob = Uploader::new(&world, "bob").await;
    assert_eq!(bob.create(&id, "image", 5, &hash(bytes)).await.status, 409);
    assert_eq!(bob.status(&id).await.status, 404);
    assert_eq!(bob.get(&id).await.status, 404);
}

#[tokio::test]
async fn an_upload_without_an_id_gets_one() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let metadata = format!(
        "kind {},blake3 {}",
        STANDARD.encode("sound"),
        STANDARD.encode(hash(b"x"))
    );
    let lines = [("Upload-Length", "1"), ("Upload-Metadata", metadata.as_str())];
    let made = ann.tus("POST", "/v1/files", &lines, b"").await;
    let id: FileId = made.header("location").unwrap()["/v1/files/".len()..]
        .parse()
        .unwrap();
    assert_eq!(ann.patch(id.as_str(), 0, b"x").await.status, 204);
}

#[tokio::test]
async fn what_the_server_speaks_is_asked_without_a_token() {
    let world = World::new().await;
    let nobody = Uploader {
        addr: world.addr(),
        token: "none".to_owned(),
    };
    let options = nobody.ask("OPTIONS", "/v1/files", &[], b"").await;
    assert_eq!(options.status, 204);
    assert_eq!(options.header("tus-version"), Some("1.0.0"));
    assert!(
        options
            .header("tus-extension")
            .unwrap()
            .contains("creation-with-upload")
    );
    assert_eq!(options.header("tus-max-size"), Some("104857600"));
    assert_eq!(
        options.header("tus-checksum-algorithm"),
        Some("sha1,sha256,blake3")
    );
    let refused = nobody.create(&new_id(), "file", 1, &hash(b"x")).await;
    assert_eq!((refused.status, refused.code()), (401, code::TOKEN_INVALID));
    assert_eq!(nobody.get(&new_id()).await.status, 401);
    let ann = Uploader::new(&world, "ann").await;
    let other = ann
        .ask("POST", "/v1/files", &[("Tus-Resumable", "0.2.2")], b"")
        .await;
    assert_eq!((other.status, other.header("tus-version")), (412, Some("1.0.0")));
}

#[tokio::test]
async fn limits_are_those_of_the_space_and_refused_with_tims_codes() {
    let mut config = open_config();
    config.media.image_bytes = 10;
    config.media.video_bytes = 20;
    config.media.file_bytes = 30;
    config.media.sound_bytes = 40;
    let world = World::with(config).await;
    let device = world.device("ann").await;
    assert_eq!(device.welcome["media"]["video_bytes"], 20);
    let ann = Uploader::new(&world, "ann").await;
    let hash = hash(b"x");
    for (kind, most, code) in [
        ("image", 10, code::IMAGE_TOO_LARGE),
        ("video", 20, code::VIDEO_TOO_LARGE),
        ("file", 30, code::FILE_TOO_LARGE),
        ("sound", 40, code::SOUND_TOO_LARGE),
    ] {
        assert_eq!(
            ann.create(&new_id(), kind, most, &hash).await.status,
            201,
            "{kind}"
        );
        let refused = ann.create(&new_id(), kind, most + 1, &hash).await;
        assert_eq!((refused.status, refused.code()), (413, code));
    }
    let empty = ann.create(&new_id(), "file", 0, &hash).await;
    assert_eq!((empty.status, empty.code()), (400, code::FILE_EMPTY));
    let options = ann.ask("OPTIONS", "/v1/files", &[], b"").await;
    assert_eq!(options.header("tus-max-size"), Some("40"));
}

#[tokio::test]
async fn h27_what_does_not_fit_the_upload_changes_nothing() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(2, 600_000);
    let id = ann.begin("file", &bytes).await;
    assert_eq!(ann.patch(&id, 0, &bytes[..400_000]).await.status, 204);
    for (at, part, status) in [
        (0, &bytes[..10], 409),
        (399_999, &bytes[..10], 409),
        (400_001, &bytes[..10], 409),
        (u64::MAX / 4096, &bytes[..10], 413),
        (400_000, &bytes[..200_001], 413),
    ] {
        let refused = ann.patch(&id, at, part).await;
        assert_eq!(refused.status, status, "{at}");
        assert_eq!(ann.status(&id).await.offset(), Some(400_000));
    }
    // Without a length it shows only on the way.
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "400000")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n");
    let mut body = Vec::new();
    for piece in bytes[..300_000].chunks(1000) {
        body.extend_from_slice(b"3e8\r\n");
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(exchange(world.addr(), &head, &body).await.status, 413);
    assert_eq!(ann.status(&id).await.offset(), Some(400_000));
    let wrong_type = ann
        .tus(
            "PATCH",
            &path(&id),
            &[("Upload-Offset", "400000"), ("Content-Type", "text/plain")],
            b"x",
        )
        .await;
    assert_eq!(wrong_type.status, 415);
    for offset in ["-1", "x", ""] {
        let lines = [
            ("Upload-Offset", offset),
            ("Content-Type", "application/offset+octet-stream"),
        ];
        assert_eq!(
            ann.tus("PATCH", &path(&id), &lines, b"x").await.status,
            400,
            "{offset}"
        );
    }
    assert_eq!(ann.patch(&id, 400_000, &bytes[400_000..]).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn h27_a_whole_with_another_hash_is_gone_and_takes_no_share() {
    let mut config = open_config();
    config.media.quota_bytes = 10_000;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let (right, wrong) = (noise(3, 5000), noise(4, 5000));
    let id = ann.begin("file", &right).await;
    let refused = ann.patch(&id, 0, &wrong).await;
    assert_eq!((refused.status, refused.code()), (460, code::FILE_DIFFERS));
    assert_eq!(ann.status(&id).await.status, 404);
    assert_eq!(ann.get(&id).await.status, 404);
    ann.upload("file", &right).await;
    let refused = ann.create(&new_id(), "file", 5001, &hash(b"x")).await;
    assert_eq!((refused.status, refused.code()), (507, code::QUOTA));
    assert_eq!(ann.create(&new_id(), "file", 1, &hash(b"x")).await.status, 201);
    let refused = ann.create(&new_id(), "file", 1, &hash(b"x")).await;
    assert_eq!(refused.status, 507, "many small files fill it as well");
    let bob = Uploader::new(&world, "bob").await;
    bob.upload("file", &right).await;
}

#[tokio::test]
async fn a_part_with_another_checksum_is_left_out() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(5, 500_000);
    let id = ann.begin("file", &bytes).await;
    let (first, second) = bytes.split_at(300_000);
    let sum = |part: &[u8]| format!("blake3 {}", STANDARD.encode(blake3::hash(part).as_bytes()));
    let right = ann
        .patch_with(&id, 0, &[("Upload-Checksum", &sum(first))], first)
        .await;
    assert_eq!(right.offset(), Some(300_000));
    let wrong = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", &sum(first))], second)
        .await;
    assert_eq!(wrong.status, 460);
    assert_eq!(ann.status(&id).await.offset(), Some(300_000));
    let unknown = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", "md5 AAAA")], second)
        .await;
    assert_eq!(unknown.status, 400);
    let right = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", &sum(second))], second)
        .await;
    assert_eq!(right.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn h27_a_second_request_for_an_upload_waits_for_its_turn_and_who_asks_takes_over() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(6, 600_000);
    let id = ann.begin("file", &bytes).await;
    // A connection that dies without a word: it has announced everything and brings half of it.
    let mut first = TcpStream::connect(ann.addr).await.unwrap();
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nContent-Length: 600000\r\n\r\n");
    first.write_all(head.as_bytes()).await.unwrap();
    first.write_all(&bytes[..300_000]).await.unwrap();
    let part = world.dir.path().join("files/parts").join(&id);
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < 262_144 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(ann.patch(&id, 0, b"x").await.status, 423);
    let at = ann.status(&id).await.offset().unwrap();
    assert!((262_144..=300_000).contains(&at), "{at}");
    let rest = ann.patch(&id, at, &bytes[at as usize..]).await;
    assert_eq!(rest.status, 204, "{rest:?}");
    assert!(ann.get(&id).await.body == bytes);
    assert_eq!(read_answer(first).await.status, 423);
}

#[tokio::test]
async fn an_upload_that_is_ended_is_gone() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(7, 1000);
    let id = ann.begin("file", &bytes).await;
    ann.patch(&id, 0, &bytes[..500]).await;
    let bob = Uploader::new(&world, "bob").await;
    assert_eq!(bob.tus("DELETE", &path(&id), &[], b"").await.status, 404);
    assert_eq!(ann.tus("DELETE", &path(&id), &[], b"").await.status, 204);
    assert_eq!(ann.status(&id).await.status, 404);
    assert!(!world.dir.path().join("files/parts").join(&id).exists());
    let used = ann.upload("file", &bytes).await;
    world
        .device("ann")
        .await
        .get(file_message("C2Cbob", "a-1", &used))
        .await;
    assert_eq!(
        ann.tus("DELETE", &path(&used), &[], b"").await.status,
        409,
        "a message has it"
    );
}

#[tokio::test]
async fn an_upload_that_two_requests_end_is_gone_and_nobody_hears_that_a_message_has_it() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    for seed in 0..20 {
        let id = ann.begin("file", &noise(seed, 100)).await;
        let at = path(&id);
        let (one, other) = tokio::join!(ann.tus("DELETE", &at, &[], b""), ann.tus("DELETE", &at, &[], b""));
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [204, 404], "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn uploads_of_one_user_that_are_not_finished_have_a_limit_that_passes() {
    let mut config = open_config();
    config.media.unfinished_uploads = 2;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let first = ann.begin("file", b"a").await;
    ann.begin("file", b"b").await;
    let refused = ann.create(&new_id(), "file", 1, &hash(b"c")).await;
    assert_eq!((refused.status, refused.code()), (429, code::LIMIT_REACHED));
    ann.patch(&first, 0, b"a").await;
    ann.begin("file", b"c").await;
}

#[tokio::test]
async fn ranges_tags_and_heads_are_those_of_http() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(8, 200_000);
    let id = ann.upload("video", &bytes).await;
    let tag = format!("\"{}\"", hash(&bytes));
    let range = |range: &'static str| {
        let (ann, id) = (ann.clone(), id.clone());
        async move { ann.ask("GET", &path(&id), &[("Range", range)], b"").await }
    };
    let part = range("bytes=100-99999").await;
    assert_eq!(
        (part.status, part.header("content-range")),
        (206, Some("bytes 100-99999/200000"))
    );
    assert!(part.body == bytes[100..100_000]);
    assert!(range("bytes=-70000").await.body == bytes[130_000..]);
    let beyond = range("bytes=200000-").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some("bytes */200000"))
    );
    assert_eq!(range("bytes=0-1,5-6").await.status, 200);
    let old = [("Range", "bytes=0-1"), ("If-Range", "\"old\"")];
    assert_eq!(ann.ask("GET", &path(&id), &old, b"").await.body.len(), 200_000);
    let same = ann.ask("GET", &path(&id), &[("If-None-Match", &tag)], b"").await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = ann.ask("HEAD", &path(&id), &[], b"").await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("200000"))
    );
    assert_eq!((head.body.len(), head.header("etag")), (0, Some(tag.as_str())));
}

#[tokio::test]
async fn h29_whatever_it_is_a_browser_gets_bytes_to_keep_and_nothing_to_run() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let id = ann.upload("image", b"<svg onload=alert(1)>").await;
    let got = ann.get(&id).await;
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    assert_eq!(got.header("content-disposition"), Some("attachment"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        got.header("content-security-policy"),
        Some("sandbox; default-src 'none'")
    );
    assert_eq!(got.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(got.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_and_nobody_is_told() {
    let world = World::new().await;
    let (ann, bob) = (
        Uploader::new(&world, "ann").await,
        Uploader::new(&world, "bob").await,
    );
    let bytes = noise(9, 100_000);
    let of_ann = ann.upload("file", &bytes).await;
    let of_bob = bob.begin("file", &bytes).await;
    assert_eq!(
        bob.status(&of_bob).await.offset(),
        Some(0),
        "every byte is to be shown"
    );
    assert_eq!(bob.get(&of_bob).await.status, 404);
    assert_eq!(bob.patch(&of_bob, 0, &bytes).await.status, 204);
    assert_eq!(bob.get(&of_ann).await.status, 404);
    assert!(bob.get(&of_bob).await.body == bytes);
    assert_eq!(blobs(&world), 1);
    assert_eq!(
        std::fs::read_dir(world.dir.path().join("files/parts"))
            .unwrap()
            .count(),
        0
    );
}

/// How many blobs there are.
pub(crate) fn blobs(world: &World) -> usize {
    let shelves = std::fs::read_dir(world.dir.path().join("files/blobs")).unwrap();
    shelves
        .map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap().count())
        .sum()
}

#[tokio::test]
async fn h27_ten_thousand_pieces_of_one_byte_are_one_part() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(11, 10_000);
    let id = ann.begin("file", &bytes).await;
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n");
    let mut body = Vec::new();
    for byte in &bytes {
        body.extend_from_slice(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']);
    }
    body.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(exchange(world.addr(), &head, &body).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn b21_downloads_that_nobody_reads_are_counted_and_hold_up_nobody_else() {
    let mut config = open_config();
    config.media.transfers_per_user = 2;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(12, 30_000_000);
    let id = ann.upload("video", &bytes).await;
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(ann.addr).await.unwrap();
        let head = format!("{}\r\n", ann.head("GET", &path(&id), &[]));
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut first = [0; 1000];
        stream.read_exact(&mut first).await.unwrap();
        slow.push(stream);
    }
    let refused = ann.get(&id).await;
    assert_eq!((refused.status, refused.code()), (429, code::TOO_FREQUENT));
    let bob = Uploader::new(&world, "bob").await;
    bob.upload("file", b"still moving").await;
    slow.clear();
    loop {
        let got = ann.get(&id).await;
        if got.status == 200 {
            assert!(got.body == bytes);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn many_requests_use_one_connection() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(10, 3000);
    let id = ann.begin("file", &bytes).await;
    let mut stream = TcpStream::connect(ann.addr).await.unwrap();
    for (place, part) in bytes.chunks(1000).enumerate() {
        let head = format!(
            "PATCH {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
             Upload-Offset: {}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 1000\r\n\r\n",
            path(&id),
            ann.token,
            place * 1000
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(part).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 204"));
    }
    assert!(ann.get(&id).await.body == bytes);
    let World {
        listening, server, ..
    } = world;
    listening.stop().await;
    server.shutdown().await;
    let mut rest = Vec::new();
    assert_eq!(
        stream.read_to_end(&mut rest).await.unwrap_or(0),
        0,
        "told by its end"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn h51_the_bytes_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    ann.upload("file", b"mine").await;
    let id = ann.begin("file", b"coming").await;
    ann.patch(&id, 0, b"com").await;
    let mut folders = vec![world.dir.path().join("files")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2);
}
