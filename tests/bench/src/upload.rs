//! `upload`: 100 MiB over loopback, hashed and on the disk when it is answered, against nginx's WebDAV `PUT`, which is neither; the
//! memory of the server and of the engine, each a process of its own, with four at once; and what is sent again after kills.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tidings_protocol::limits::UPLOAD_PART_BYTES;
use tidings_server::Synchronous;

use crate::process::{Measured, What};
use crate::report::{Aim, Figures, median, quantile};
use crate::seed;

/// Bytes.
pub(crate) const MIB: usize = 1024 * 1024;
const SIZE: usize = 100 * MIB;
const PART: usize = UPLOAD_PART_BYTES as usize;
const ROUNDS: usize = 7;
/// Uploads at once where memory is measured.
pub(crate) const AT_ONCE: usize = 4;
const KILLS: usize = 25;

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, AT_ONCE, false)?;
    let server = Measured::start(&What::Server, &data, Synchronous::Full, 0, false)?;
    let nginx = Nginx::start(&dir.path().join("nginx"))?;
    let mut bytes = noise();
    let (mut whole, mut in_parts, mut put) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does meets all alike.
    for round in 0..=ROUNDS {
        let took = [
            upload(server.addr, 0, &fresh(&mut bytes, round * 3), SIZE)?,
            upload(server.addr, 0, &fresh(&mut bytes, round * 3 + 1), PART)?,
            nginx.put(fresh(&mut bytes, round * 3 + 2).bytes, round)?,
        ];
        // The first round is for warming up.
        if round > 0 {
            for (list, took) in [&mut whole, &mut in_parts, &mut put].into_iter().zip(took) {
                list.push(SIZE as f64 / MIB as f64 / took.as_secs_f64());
            }
        }
    }
    drop((server, nginx));
    let above_idle = memory(&mut bytes)?;
    let (engine, whole_process) = crate::uploader::memory(&mut bytes)?;
    let again = kills(&mut bytes)?;
    let mut figures = Figures::default();
    let floor = median(&put);
    figures.add(
        "100 MiB in one request, hashed and on disk",
        median(&whole),
        "MiB/s",
        Aim::None,
    );
    figures.add("... worst round", quantile(&whole, 0.0), "MiB/s", Aim::None);
    figures.add(
        "100 MiB in parts of 4 MiB, each on disk",
        median(&in_parts),
        "MiB/s",
        Aim::None,
    );
    figures.add("nginx's PUT, in the page cache", floor, "MiB/s", Aim::None);
    figures.add(
        "share of nginx, one request",
        median(&whole) / floor,
        "",
        Aim::Least(0.55),
    );
    figures.add(
        "share of nginx, in parts",
        median(&in_parts) / floor,
        "",
        Aim::None,
    );
    figures.add(
        "server above idle with four at once",
        above_idle,
        "MiB",
        Aim::Most(8.0),
    );
    figures.add(
        "engine above idle while four of 64 MiB go up",
        engine,
        "MiB",
        Aim::Most(16.0),
    );
    figures.add("... its whole process", whole_process, "MiB", Aim::None);
    figures.add("sent again after a kill, at most", again, "MiB", Aim::Most(4.0));
    Ok(figures.json())
}

/// Bytes with their hash.
struct Content<'a> {
    bytes: &'a [u8],
    hash: String,
    id: String,
}

fn noise() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

/// The bytes as nobody has uploaded them yet.
fn fresh(bytes: &mut [u8], number: usize) -> Content<'_> {
    if let Some(first) = bytes.first_chunk_mut::<8>() {
        *first = (number as u64).to_le_bytes();
    }
    let hash = blake3::hash(bytes).to_hex().to_string();
    let id = hash.get(..32).unwrap_or_default().to_owned();
    Content { bytes, hash, id }
}

/// One connection of HTTP.
struct Http {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Http {
    fn connect(addr: SocketAddr, user: usize) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            token: seed::token(user),
        })
    }

    /// The status and the offset of the answer.
    fn ask(&mut self, method: &str, path: &str, lines: &str, body: &[u8]) -> anyhow::Result<(u16, usize)> {
        self.say(method, path, lines, body.len(), body)?;
        self.answer()
    }

    fn say(
        &mut self,
        method: &str,
        path: &str,
        lines: &str,
        announced: usize,
        body: &[u8],
    ) -> anyhow::Result<()> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n{lines}\
             Content-Length: {announced}\r\n\r\n",
            self.token
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        Ok(())
    }

    fn answer(&mut self) -> anyhow::Result<(u16, usize)> {
        let (mut status, mut offset, mut length) = (0, 0, 0);
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.stream.read_line(&mut line)? > 0, "the connection ended");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(first) = line.strip_prefix("http/1.1 ") {
                status = first.split(' ').next().unwrap_or_default().parse()?;
            } else if let Some(at) = line.strip_prefix("upload-offset: ") {
                offset = at.parse()?;
            } else if let Some(bytes) = line.strip_prefix("content-length: ") {
                length = bytes.parse()?;
            } else if line.is_empty() {
                break;
            }
        }
        std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink())?;
        Ok((status, offset))
    }

    fn create(&mut self, content: &Content<'_>) -> anyhow::Result<()> {
        let value = |text: &str| STANDARD.encode(text);
        let lines = format!(
            "Upload-Length: {}\r\nUpload-Metadata: id {},kind {},blake3 {}\r\n",
            content.bytes.len(),
            value(&content.id),
            value("file"),
            value(&content.hash)
        );
        let (status, _) = self.ask("POST", "/v1/files", &lines, b"")?;
        anyhow::ensure!(status == 201, "POST: {status}");
        Ok(())
    }

    fn patch(&mut self, content: &Content<'_>, at: usize, most: usize) -> anyhow::Result<usize> {
        let rest = content.bytes.get(at..).unwrap_or_default();
        let part = rest.get(..most).unwrap_or(rest);
        let (path, lines) = patch_head(content, at);
        let (status, offset) = self.ask("PATCH", &path, &lines, part)?;
        anyhow::ensure!(status == 204, "PATCH: {status}");
        Ok(offset)
    }
}

fn patch_head(content: &Content<'_>, at: usize) -> (String, String) {
    let lines = format!("Upload-Offset: {at}\r\nContent-Type: application/offset+octet-stream\r\n");
    (format!("/v1/files/{}", content.id), lines)
}

/// From the first byte of the first request to the last answer, with `most` bytes in each request.
fn upload(addr: SocketAddr, user: usize, content: &Content<'_>, most: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut http = Http::connect(addr, user)?;
    http.create(content)?;
    let mut at = 0;
    while at < content.bytes.len() {
        at = http.patch(content, at, most)?;
    }
    Ok(began.elapsed())
}

/// MiB of the server above what it has when idle, with four uploads at once, one request each.
fn memory(bytes: &mut [u8]) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, AT_ONCE, false)?;
    let server = Measured::start(&What::Server, &data, Synchronous::Full, 0, false)?;
    // Idle is after a sign of life: what a first request loads is none of the uploads'.
    upload(
        server.addr,
        0,
        &fresh(bytes.get_mut(..MIB).context("bytes")?, 1000),
        MIB,
    )?;
    std::thread::sleep(Duration::from_millis(500));
    let idle = server.resident_kib()?;
    let over = Arc::new(AtomicBool::new(false));
    let mut most = idle;
    let content: Vec<Vec<u8>> = (0..AT_ONCE)
        .map(|n| fresh(bytes, 2000 + n).bytes.to_vec())
        .collect();
    let addr = server.addr;
    let uploads = std::thread::spawn({
        let over = Arc::clone(&over);
        move || -> anyhow::Result<()> {
            let all: Vec<_> = content
                .into_iter()
                .enumerate()
                .map(|(n, mut bytes)| {
                    std::thread::spawn(move || upload(addr, n, &fresh(&mut bytes, 2000 + n), SIZE))
                })
                .collect();
            for one in all {
                one.join().map_err(|_| anyhow::anyhow!("an upload panicked"))??;
            }
            over.store(true, Ordering::Relaxed);
            Ok(())
        }
    });
    while !uploads.is_finished() {
        most = most.max(server.resident_kib()?);
        std::thread::sleep(Duration::from_millis(10));
    }
    uploads
        .join()
        .map_err(|_| anyhow::anyhow!("the uploads panicked"))??;
    anyhow::ensure!(over.load(Ordering::Relaxed), "the uploads did not end");
    Ok((most - idle) / 1024.0)
}

/// MiB that are sent again after a kill, the most of 25, in parts of 4 MiB.
fn kills(bytes: &mut [u8]) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, 1, false)?;
    let content = fresh(bytes, 3000);
    let start = || Measured::start(&What::Server, &data, Synchronous::Full, 0, false);
    let mut server = start()?;
    Http::connect(server.addr, 0)?.create(&content)?;
    let mut most_again = 0;
    for kill in 0..KILLS {
        // Somewhere in each of the parts.
        let kill_at = kill * PART + (kill * 1_234_567) % PART;
        let mut http = Http::connect(server.addr, 0)?;
        let mut at = offset(&mut http, &content)?;
        while at + PART <= kill_at {
            at = http.patch(&content, at, PART)?;
        }
        let (path, lines) = patch_head(&content, at);
        let part = content.bytes.get(at..kill_at).unwrap_or_default();
        http.say("PATCH", &path, &lines, PART.min(SIZE - at), part)?;
        server.kill()?;
        server = start()?;
        let at = offset(&mut Http::connect(server.addr, 0)?, &content)?;
        most_again = most_again.max(kill_at.saturating_sub(at));
    }
    let mut http = Http::connect(server.addr, 0)?;
    let mut at = offset(&mut http, &content)?;
    while at < SIZE {
        at = http.patch(&content, at, PART)?;
    }
    Ok(most_again as f64 / MIB as f64)
}

fn offset(http: &mut Http, content: &Content<'_>) -> anyhow::Result<usize> {
    http.say("HEAD", &format!("/v1/files/{}", content.id), "", 0, b"")?;
    let (status, offset) = http.answer()?;
    anyhow::ensure!(status == 200, "HEAD: {status}");
    Ok(offset)
}

/// nginx with nothing but a folder that takes `PUT`.
struct Nginx {
    child: Child,
    addr: SocketAddr,
}

impl Nginx {
    fn start(home: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home.join("files"))?;
        let addr = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let text = format!(
            "daemon off;\nmaster_process off;\nworker_processes 1;\npid {home}/pid;\nerror_log {home}/error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{\n  access_log off;\n  client_max_body_size 200m;\n  client_body_temp_path {home}/coming;\n\
             proxy_temp_path {home}/t1;\n  fastcgi_temp_path {home}/t2;\n  uwsgi_temp_path {home}/t3;\n  scgi_temp_path {home}/t4;\n\
             server {{ listen {addr}; root {home}/files; location / {{ dav_methods PUT; }} }}\n}}\n",
            home = home.display()
        );
        let config = home.join("nginx.conf");
        std::fs::write(&config, text)?;
        let child = Command::new("nginx")
            .env("PATH", "/usr/sbin:/usr/bin:/bin")
            .arg("-c")
            .arg(&config)
            .stderr(Stdio::null())
            .spawn()
            .context("nginx is missing: apt install nginx-light")?;
        let nginx = Self { child, addr };
        for _ in 0..100 {
            if TcpStream::connect(addr).is_ok() {
                return Ok(nginx);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!(
            "nginx does not listen: {}",
            std::fs::read_to_string(home.join("error.log")).unwrap_or_default()
        )
    }

    /// From the first byte of the request to the answer.
    fn put(&self, bytes: &[u8], round: usize) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let mut http = Http::connect(self.addr, 0)?;
        let (status, _) = http.ask("PUT", &format!("/{round}"), "", bytes)?;
        anyhow::ensure!(status == 201, "PUT: {status}");
        Ok(began.elapsed())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
