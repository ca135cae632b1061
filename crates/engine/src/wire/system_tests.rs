//! The real network against servers that are not what they should be.

use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tidings_protocol::{ServerAddress, SignIn, SignInProof, TlsPin, UserId, code};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Connector, SystemConnector};
use crate::EngineError;

fn at(port: u16) -> ServerAddress {
    ServerAddress {
        host: "127.0.0.1".into(),
        port,
        tls: false,
        pin: None,
    }
}

/// Answers every connection with these bytes.
async fn answering(bytes: Vec<u8>) -> ServerAddress {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = at(listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let bytes = bytes.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

const SPACE: &str = r#"{"product":"tidings","protocol":1,"name":"Home","registration":"open"}"#;

#[tokio::test]
async fn a_server_is_recognised() {
    let info = SystemConnector::new()
        .space_info(&answering(http("200 OK", SPACE)).await)
        .await
        .unwrap();
    assert_eq!(info.name, "Home");
}

#[tokio::test]
async fn h55_what_is_no_tidings_server_is_said_to_be_none() {
    let other = SPACE.replace("tidings", "other");
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    for bytes in [
        http("200 OK", "<html>It works!</html>"),
        http("404 Not Found", "nothing here"),
        http("200 OK", &other),
        http("200 OK", &"x".repeat(1 << 20)),
        http("200 OK", &"[".repeat(60_000)),
        redirect,
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
    ] {
        let server = answering(bytes.clone()).await;
        let error = SystemConnector::new().space_info(&server).await.unwrap_err();
        assert_eq!(
            error.view().code,
            code::NOT_TIDINGS,
            "{:.60}",
            String::from_utf8_lossy(&bytes)
        );
        let opened = SystemConnector::new().open(&server).await.err().unwrap();
        assert_eq!(
            opened.view().code,
            code::NOT_TIDINGS,
            "{:.60}",
            String::from_utf8_lossy(&bytes)
        );
    }
    let newer = answering(http("200 OK", &SPACE.replace(":1", ":9"))).await;
    assert!(matches!(
        SystemConnector::new().space_info(&newer).await,
        Err(EngineError::ProtocolVersion(9))
    ));
}

#[tokio::test]
async fn a_refusal_comes_with_its_code_and_an_unreachable_server_is_the_network() {
    let body = r#"{"code":120001,"kind":"unauthorised","message":"no","retry_after_ms":7}"#;
    let sign_in = SignIn {
        user_id: UserId::new("ann").unwrap(),
        proof: SignInProof::Password("password".into()),
        device_name: String::new(),
    };
    let refusing = answering(http("401 Unauthorized", body)).await;
    let error = SystemConnector::new()
        .sign_in(&refusing, &sign_in)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.view().code, error.view().retry_after_ms),
        (code::WRONG_CREDENTIALS, Some(7))
    );
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = SystemConnector::new().space_info(&at(port)).await.unwrap_err();
    assert_eq!(error.view().code, code::NETWORK);
}

#[tokio::test]
async fn a_pinned_certificate_opens_and_every_other_one_is_named() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&http("200 OK", SPACE)).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    let with = |pin| ServerAddress {
        tls: true,
        pin,
        ..at(port)
    };
    let right = TlsPin(Sha256::digest(certificate.as_ref()).into());
    assert!(
        SystemConnector::new()
            .space_info(&with(Some(right)))
            .await
            .is_ok()
    );
    for pin in [Some(TlsPin([0; 32])), None] {
        let error = SystemConnector::new().space_info(&with(pin)).await.unwrap_err();
        assert_eq!(error.view().code, code::CERTIFICATE, "{pin:?}");
        let error = SystemConnector::new().open(&with(pin)).await.err().unwrap();
        assert_eq!(error.view().code, code::CERTIFICATE, "{pin:?}");
    }
}
