//! Coming in, and not coming in: each refusal has its own code.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;
use tidings_protocol::{ErrorKind, RegistrationPolicy, ServerAddress, code};
use tidings_server::{Config, TlsIdentity};
use tidings_tests::{Home, Impostor, PASSWORD, Person, ServerProcess, Space};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn h40_a_wrong_password_and_an_unknown_user_look_the_same() {
    let space = Space::opens().await;
    space.has(&["ann"]).await;
    let ann = Home::of("ann").opens().await;
    let wrong = ann
        .tries_to_sign_in(&space.address(), "wrong horse battery")
        .await
        .unwrap_err();
    let nobody = Home::of("nobody").opens().await;
    let unknown = nobody
        .tries_to_sign_in(&space.address(), PASSWORD)
        .await
        .unwrap_err();
    assert_eq!(wrong.code, code::WRONG_CREDENTIALS);
    assert_eq!(wrong, unknown);
    ann.tries_to_sign_in(&space.address(), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited() {
    let space = Space::opens().await;
    space.has(&["ann"]).await;
    let ann = Home::of("ann").opens().await;
    for _ in 0..100 {
        let error = ann
            .tries_to_sign_in(&space.address(), "wrong horse battery")
            .await
            .unwrap_err();
        if error.code == code::TOO_FREQUENT {
            assert_eq!(error.kind, ErrorKind::RateLimited);
            assert!(error.retry_after_ms.is_some_and(|wait| wait > 0));
            // Then the right password has to wait too, or guessing would go on behind the limit.
            let right = ann
                .tries_to_sign_in(&space.address(), PASSWORD)
                .await
                .unwrap_err();
            assert_eq!(right.code, code::TOO_FREQUENT);
            return;
        }
        assert_eq!(error.code, code::WRONG_CREDENTIALS);
    }
    panic!("nobody stopped the guessing");
}

#[tokio::test]
async fn a_user_id_is_taken_once() {
    let space = Space::opens().await;
    let _ann = Person::registers("ann", &space.address()).await;
    let second = Home::of("ann").opens().await;
    let error = second
        .tries_to_register(&space.address(), None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.kind),
        (code::USER_ID_TAKEN, ErrorKind::Conflict)
    );
    assert!(second.engine.account().is_none());
}

#[tokio::test]
async fn an_invitation_lets_in_as_many_as_it_says() {
    let space = Space::opens_with(Config::default()).await;
    let bob = Home::of("bob").opens().await;
    let needed = bob.tries_to_register(&space.address(), None).await.unwrap_err();
    assert_eq!(needed.code, code::INVITATION_NEEDED);
    let bad = bob
        .tries_to_register(&space.address(), Some("not-an-invitation"))
        .await
        .unwrap_err();
    assert_eq!(bad.code, code::INVITATION_INVALID);

    let invitation = space.server.make_invitation(1, DAY).await.unwrap();
    bob.tries_to_register(&space.address(), Some(&invitation.code))
        .await
        .unwrap();
    let carol = Home::of("carol").opens().await;
    let used = carol
        .tries_to_register(&space.address(), Some(&invitation.code))
        .await
        .unwrap_err();
    assert_eq!(used.code, code::INVITATION_INVALID);
}

#[tokio::test]
async fn a_refused_registration_does_not_use_the_invitation_up() {
    let space = Space::opens_with(Config::default()).await;
    space.has(&["ann"]).await;
    let invitation = space.server.make_invitation(1, DAY).await.unwrap();
    let ann = Home::of("ann").opens().await;
    let taken = ann
        .tries_to_register(&space.address(), Some(&invitation.code))
        .await
        .unwrap_err();
    assert_eq!(taken.code, code::USER_ID_TAKEN);
    let bob = Home::of("bob").opens().await;
    bob.tries_to_register(&space.address(), Some(&invitation.code))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_closed_space_takes_nobody() {
    let closed = Config {
        registration: RegistrationPolicy::Closed,
        ..Config::default()
    };
    let space = Space::opens_with(closed).await;
    let bob = Home::of("bob").opens().await;
    let error = bob.tries_to_register(&space.address(), None).await.unwrap_err();
    assert_eq!(error.code, code::REGISTRATION_CLOSED);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_network_trouble() {
    let ann = Home::of("ann").opens().await;
    let nowhere = ServerAddress {
        host: "127.0.0.1".into(),
        port: 9,
        tls: false,
        pin: None,
    };
    let error = ann.tries_to_sign_in(&nowhere, PASSWORD).await.unwrap_err();
    assert_eq!((error.code, error.kind), (code::NETWORK, ErrorKind::Network));
    let no_name = ServerAddress {
        host: "no-such-host.invalid".into(),
        port: 443,
        tls: true,
        pin: None,
    };
    let error = ann.tries_to_sign_in(&no_name, PASSWORD).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
}

#[tokio::test]
async fn h55_what_is_not_a_tidings_server_is_said_to_be_none() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<h1>hello</h1>\r";
    let answers = [
        page.as_bytes().to_vec(),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    ];
    for answer in answers {
        let words = String::from_utf8_lossy(&answer).into_owned();
        let server = Impostor::answers(answer).await.unwrap();
        let ann = Home::of("ann").opens().await;
        let error = ann.engine.space_info(&server.address()).await.unwrap_err().view();
        assert_eq!(error.code, code::NOT_TIDINGS, "{words}");
        let error = ann
            .tries_to_sign_in(&server.address(), PASSWORD)
            .await
            .unwrap_err();
        assert_eq!(error.code, code::NOT_TIDINGS, "{words}");
    }
}

#[tokio::test]
async fn h55_an_answer_without_end_ends() {
    let mut answer =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\"".to_vec();
    answer.resize(64 * 1024 * 1024, b'x');
    let server = Impostor::answers(answer).await.unwrap();
    let ann = Home::of("ann").opens().await;
    assert!(ann.engine.space_info(&server.address()).await.is_err());
}

#[tokio::test]
async fn another_version_of_the_protocol_has_its_own_word() {
    let json = r#"{"product":"tidings","protocol":99,"name":"Future","registration":"open"}"#;
    let server = Impostor::answers_json("200 OK", json).await.unwrap();
    let ann = Home::of("ann").opens().await;
    let error = ann.engine.space_info(&server.address()).await.unwrap_err().view();
    assert_eq!(error.code, code::PROTOCOL_VERSION);
}

#[tokio::test]
async fn a_pinned_certificate_is_taken_and_another_one_is_not() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let names = ["127.0.0.1".to_owned()];
    let identity = TlsIdentity::load_or_create(first.path(), &names).unwrap();
    let other = TlsIdentity::load_or_create(second.path(), &names).unwrap();
    let pin = identity.fingerprint();
    assert_ne!(pin, other.fingerprint());
    assert_eq!(
        TlsIdentity::load_or_create(first.path(), &names)
            .unwrap()
            .fingerprint(),
        pin,
        "it stays the same"
    );

    let space = Space::opens().await;
    space.has(&["ann", "bob"]).await;
    let listening = space
        .server
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some(identity))
        .await
        .unwrap();
    let address = listening.addr();
    let pinned = ServerAddress {
        host: "127.0.0.1".into(),
        port: address.port(),
        tls: true,
        pin: Some(pin),
    };
    let ann = Person::signs_in("ann", &pinned).await;
    ann.sends("bob", "over TLS").await;

    let unpinned = ServerAddress {
        pin: None,
        ..pinned.clone()
    };
    let bob = Home::of("bob").opens().await;
    let error = bob.tries_to_sign_in(&unpinned, PASSWORD).await.unwrap_err();
    assert_eq!(error.code, code::CERTIFICATE, "nobody vouches for it");

    listening.stop().await;
    let impostor = space.server.listen(address, Some(other)).await.unwrap();
    let error = bob.tries_to_sign_in(&pinned, PASSWORD).await.unwrap_err();
    assert_eq!(error.code, code::CERTIFICATE);
    // Who is signed in already hears why there is no connection, and stays signed in.
    let ann = ann.closes().await.opens().await;
    ann.until("is told of the certificate", async || {
        ann.heard().iter().any(|event| {
            matches!(event, tidings_engine::view::EngineEvent::Connection { error: Some(error), .. }
                if error.code == code::CERTIFICATE)
        })
    })
    .await;
    assert!(ann.engine.account().is_some());
    impostor.stop().await;
}

#[tokio::test]
async fn the_commands_make_people_and_invitations_while_the_server_runs() {
    let server = ServerProcess::starts();
    server.has("ann");
    let ann = Person::signs_in("ann", &server.address()).await;
    let bob = Home::of("bob").opens().await;
    bob.tries_to_register(&server.address(), Some(&server.invitation()))
        .await
        .unwrap();
    ann.sends("bob", "welcome").await;
    bob.sees("ann", "welcome").await;
}

#[tokio::test]
async fn a_device_whose_token_is_gone_is_signed_out_with_a_word() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let home = ann.closes().await;
    // The space begins anew on another disk: the same address, and it knows nobody.
    let address = space.socket();
    drop(space);
    let folder = TempDir::new().unwrap();
    let server = Space::core(folder.path(), Config::default()).await;
    let listening = server.listen(address, None).await;
    let Ok(listening) = listening else {
        return eprintln!("the port was taken by somebody else meanwhile");
    };
    let ann = home.opens().await;
    ann.until("is kicked out", async || {
        ann.heard()
            .iter()
            .any(|event| matches!(event, tidings_engine::view::EngineEvent::KickedOut { .. }))
    })
    .await;
    listening.stop().await;
}
