use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;

use super::*;
use crate::refusal::refusal;

const ID: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "5ec4e7";

/// One film of 600,000 bytes, and a page that calls itself one.
struct Cinema;

fn film() -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42".to_vec();
    film.extend((0..600_000_u32 - 12).map(|at| u8::try_from(at % 251).unwrap()));
    film
}

impl Files for Cinema {
    async fn read(&self, wanted: &Wanted, from: u64, count: u64) -> Answer<(Bytes, u64)> {
        let whole = match wanted {
            Wanted::File(id) if id == ID => film(),
            Wanted::Draft { id, .. } if id == "voice" => b"OggS and so on".to_vec(),
            Wanted::File(id) if id == "html" => b"<html>".to_vec(),
            Wanted::File(id) if id == "away" => return Err(refusal(2800, ErrorKind::Network, "away")),
            _ => return Err(gone()),
        };
        let (from, size) = (usize::try_from(from).unwrap(), whole.len());
        let end = size.min(from + usize::try_from(count).unwrap());
        Ok((Bytes::copy_from_slice(&whole[from.min(size)..end]), size as u64))
    }
}

struct Server(SocketAddr);

impl Server {
    async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let place = Place {
            host: at.to_string(),
            secret: SECRET.into(),
        };
        tokio::spawn(accept(listener, Arc::new(place), Arc::new(Cinema)));
        Self(at)
    }

    /// Asks with these lines after the first; `Host` is right unless they have one. Answers head and body.
    async fn ask(&self, first: &str, more: &[&str]) -> (String, Vec<u8>) {
        let mut connection = tokio::net::TcpStream::connect(self.0).await.unwrap();
        let mut request = format!("{first} HTTP/1.1\r\nConnection: close\r\n");
        if !more.iter().any(|line| line.starts_with("Host:")) {
            request += &format!("Host: {}\r\n", self.0);
        }
        for line in more {
            request += &format!("{line}\r\n");
        }
        connection
            .write_all(format!("{request}\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        (head, answer[end + 4..].to_vec())
    }

    async fn status(&self, first: &str, more: &[&str]) -> u16 {
        let (head, _) = self.ask(first, more).await;
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn a_player_gets_the_whole_film_or_the_part_that_it_asks_for() {
    let server = Server::open().await;
    let (head, body) = server.ask(&format!("GET /{SECRET}/{ID}"), &[]).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for line in [
        "content-type: video/mp4",
        "accept-ranges: bytes",
        "content-length: 600000",
        "x-content-type-options: nosniff",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(body == film());
    let (head, body) = server
        .ask(&format!("GET /{SECRET}/{ID}"), &["Range: bytes=300000-599999"])
        .await;
    assert!(head.starts_with("HTTP/1.1 206"), "{head}");
    assert!(
        head.contains("content-range: bytes 300000-599999/600000"),
        "{head}"
    );
    assert!(body == film()[300_000..]);
    let (head, body) = server.ask(&format!("HEAD /{SECRET}/{ID}"), &[]).await;
    assert!(
        head.contains("content-length: 600000") && body.is_empty(),
        "{head}"
    );
    let (head, _) = server
        .ask(&format!("GET /{SECRET}/{ID}"), &["Range: bytes=600000-"])
        .await;
    assert!(
        head.starts_with("HTTP/1.1 416") && head.contains("bytes */600000"),
        "{head}"
    );
    let (head, _) = server.ask(&format!("GET /{SECRET}/draft/voice"), &[]).await;
    assert!(head.contains("audio/ogg"), "{head}");
}

#[tokio::test]
async fn h28_nobody_is_answered_who_does_not_know_the_path_or_came_by_another_name() {
    let server = Server::open().await;
    let right = format!("GET /{SECRET}/{ID}");
    for path in [
        format!("/{ID}"),
        format!("/5ec4e8/{ID}"),
        format!("//{ID}"),
        format!("/{SECRET}/../{ID}"),
        "/".into(),
        format!("/{SECRET}/"),
    ] {
        assert_eq!(server.status(&format!("GET {path}"), &[]).await, 404, "{path}");
    }
    for host in ["Host: evil.example", "Host: localhost", "Host: 127.0.0.1"] {
        assert_eq!(server.status(&right, &[host]).await, 403, "{host}");
    }
    for origin in [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: tauri://localhost.evil",
    ] {
        assert_eq!(server.status(&right, &[origin]).await, 403, "{origin}");
    }
    assert_eq!(
        server.status(&right, &[&format!("Origin: {PAGE_ORIGIN}")]).await,
        200
    );
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let first = format!("{method} /{SECRET}/{ID}");
        assert_eq!(
            server.status(&first, &["Content-Length: 0"]).await,
            405,
            "{method}"
        );
    }
}

#[tokio::test]
async fn h24_what_is_no_film_and_no_sound_is_not_played() {
    let server = Server::open().await;
    assert_eq!(server.status(&format!("GET /{SECRET}/html"), &[]).await, 415);
    assert_eq!(server.status(&format!("GET /{SECRET}/away"), &[]).await, 503);
    assert_eq!(server.status(&format!("GET /{SECRET}/none"), &[]).await, 404);
    for list in [
        "#EXTM3U\nfile:///etc/passwd",
        "ffconcat version 1.0",
        "<svg",
        "\u{89}PNG",
        "",
        "\u{0}\u{0}",
    ] {
        assert_eq!(playable(list.as_bytes()), None, "{list}");
    }
    assert_eq!(playable(b"\xff\xfb\x90\x64"), Some("audio/mpeg"));
    assert_eq!(playable(b"\xff\xf1\x50\x80"), Some("audio/aac"));
    assert_eq!(playable(b"\xff\xd8\xff\xe0"), None);
    assert_eq!(playable(b"\x1a\x45\xdf\xa3"), Some("video/webm"));
}
