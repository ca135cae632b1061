//! What a hostile client tries.

use futures_util::SinkExt;
use serde_json::json;
use tidings_protocol::{code, limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::client::{Client, World, http, raw, text_message};

#[tokio::test]
async fn h41_a_page_of_another_site_gets_no_socket() {
    let world = World::new().await;
    let open = async |origin: &str| {
        let mut request = format!("ws://{}/v1/socket", world.addr())
            .into_client_request()
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        tokio_tungstenite::connect_async(request).await.is_ok()
    };
    for origin in [
        "http://evil.example",
        "null",
        "http://tauri.localhost.evil.example",
        "tauri://localhost.x",
    ] {
        assert!(!open(origin).await, "{origin}");
    }
    assert!(open("tauri://localhost").await);
    assert!(open("http://tauri.localhost").await);
}

#[tokio::test]
async fn h35_frames_over_their_limit_or_against_the_rules_end_the_session() {
    let world = World::new().await;
    let token = world.token("ann").await;
    let cases: [(Message, u16); 3] = [
        (Message::text("x".repeat(limits::CLIENT_FRAME_BYTES + 1)), 1009),
        (Message::Binary(Bytes::from_static(b"x")), 1003),
        (Message::text("not json"), 1008),
    ];
    for (message, expected) in cases {
        let mut client = Client::connect(world.addr(), &token, 0).await;
        let _ = client.socket.send(message).await;
        let ended = loop {
            match client.frame().await {
                Ok(frame) => assert_eq!(frame["error"]["code"], code::BAD_JSON),
                Err(code) => break code,
            }
        };
        assert_eq!(ended, expected);
    }
    let mut unknown = Client::open(world.addr()).await;
    let _ = unknown
        .socket
        .send(Message::text("x".repeat(limits::HELLO_FRAME_BYTES + 1)))
        .await;
    assert_eq!(
        unknown.frame().await,
        Err(1009),
        "before the hello the limit is smaller"
    );
}

#[tokio::test]
async fn h36_json_that_is_no_request_is_refused_and_the_session_goes_on() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let deep = "[".repeat(50_000);
    ann.socket
        .send(Message::text(format!("{{\"id\":9,\"do\":{{\"heads\":{deep}")))
        .await
        .unwrap();
    let mut ann = world.device("ann").await;
    let close = "]".repeat(10_000);
    let open = "[".repeat(10_000);
    let payload = format!("{{\"text\":\"x\",\"a\":{open}{close}}}");
    let send = format!(
        "{{\"id\":9,\"do\":{{\"send\":{{\"conversation\":\"C2Cbob\",\"client_id\":\"1\",\"random\":1,\"client_seq\":1,\
         \"type\":\"TIMTextElem\",\"payload\":{payload}}}}}}}"
    );
    ann.socket.send(Message::text(send)).await.unwrap();
    assert_eq!(ann.frame().await.unwrap()["error"]["code"], code::BAD_PAYLOAD);
    for frame in [
        r#"{"id":9,"do":{"heads":{"since":1e400}}}"#,
        r#"{"id":9,"do":{"heads":{"since":-1}}}"#,
        r#"{"id":9,"do":{"heads":{"since":1,"since":2}}}"#,
        r#"{"id":9,"do":{}}"#,
        r#"{"id":9}"#,
    ] {
        ann.socket.send(Message::text(frame)).await.unwrap();
        let answer = ann.frame().await;
        if let Ok(answer) = &answer {
            let refused = answer["error"]["code"].as_i64().unwrap() as i32;
            assert!(
                [code::BAD_PARAMETER, code::BAD_JSON].contains(&refused),
                "{frame}: {answer}"
            );
        }
        if answer.is_err() {
            ann = world.device("ann").await;
        }
    }
    assert_eq!(world.device("ann").await.heads(0).await["heads"], json!([]));
}

#[tokio::test]
async fn h35_invalid_utf8_ends_with_1007() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.addr()).await.unwrap();
    let upgrade = "GET /v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1024];
    let count = stream.read(&mut answer).await.unwrap();
    let head = String::from_utf8_lossy(&answer[..count]).to_lowercase();
    assert!(
        head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="),
        "the vector of RFC 6455: {head}"
    );
    stream
        .write_all(&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])
        .await
        .unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, [0x88, 2, 0x03, 0xef]);
}

#[tokio::test]
async fn what_is_no_upgrade_and_what_is_nowhere_is_refused() {
    let world = World::new().await;
    assert_eq!(http(world.addr(), "GET", "/v1/socket", "").await.0, 426);
    assert_eq!(http(world.addr(), "GET", "/etc/passwd", "").await.0, 404);
    assert_eq!(http(world.addr(), "POST", "/v1/space", "").await.0, 405);
    let flood = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    let answer = raw(world.addr(), flood.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn b21_who_does_not_read_is_let_go_and_others_are_not_held_up() {
    let world = World::new().await;
    let token = world.token("bob").await;
    let mut slow = Client::connect(world.addr(), &token, 0).await;
    let mut ann = world.device("ann").await;
    let text = "x".repeat(12_000);
    let mut seq = 0;
    loop {
        let mut owed = Vec::new();
        for n in 0..50 {
            owed.push(
                ann.ask(text_message("bob", &format!("a-{}", seq + n), &text))
                    .await,
            );
        }
        for id in owed {
            seq += 1;
            assert_eq!(ann.answer(id).await["ok"]["seq"], seq);
        }
        ann.forget_pushes();
        // Enough that the kernel's buffers and our own must have overflowed.
        if seq >= 1500 {
            break;
        }
    }
    let last = loop {
        match slow.frame().await {
            Ok(frame) if frame["error"].is_object() => break frame["error"]["code"].clone(),
            Ok(_) => {}
            Err(code) => panic!("ended with {code} and without a word"),
        }
    };
    assert_eq!(last, code::SLOW_CONSUMER);
    let mut back = Client::connect(world.addr(), &token, 0).await;
    let page = back.history("ann", None, 1).await;
    assert_eq!(page["messages"][0]["seq"], seq, "it catches up by history");
}

#[tokio::test]
async fn more_than_64_requests_in_flight_are_refused_and_none_is_lost() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let total = 400;
    for n in 0..total {
        ann.socket
            .feed(Message::text(
                json!({"id": n, "do": text_message("bob", &format!("a-{n}"), "x")}).to_string(),
            ))
            .await
            .unwrap();
    }
    ann.socket.flush().await.unwrap();
    let (mut stored, mut refused) = (0, 0);
    for n in 0..total {
        let answer = ann.answer(n).await;
        if answer["ok"].is_object() {
            stored += 1;
        } else {
            assert_eq!(answer["error"]["code"], code::TOO_MANY_REQUESTS);
            refused += 1;
        }
    }
    assert!(stored >= 64);
    assert_eq!(stored + refused, total);
    assert_eq!(ann.heads(0).await["heads"][0]["seq"], stored);
}
