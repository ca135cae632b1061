//! Making accounts, signing in, tokens, invitations.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tidings_protocol::{RegistrationPolicy, UserId, code};
use tidings_server::{Allowance, Config, TlsIdentity};

use crate::client::{Client, World, http, open_config, post};

#[tokio::test]
async fn a_space_says_what_it_is() {
    let world = World::with(Config::default()).await;
    let (status, space) = http(world.addr(), "GET", "/v1/space", "").await;
    assert_eq!(status, 200);
    assert_eq!(
        space,
        json!({"product": "tidings", "protocol": 1, "name": "Tidings", "registration": "invite"})
    );
}

#[tokio::test]
async fn who_registers_can_use_the_token_and_sign_in_again() {
    let world = World::new().await;
    let ann = json!({"user_id": "ann", "nick": "Ann", "password": "correct horse", "device_name": "laptop"});
    let (status, made) = post(world.addr(), "/v1/register", ann.clone()).await;
    assert_eq!(status, 200, "{made}");
    let client = Client::connect(world.addr(), made["token"].as_str().unwrap(), 0).await;
    assert_eq!(client.welcome["me"], json!({"user_id": "ann", "nick": "Ann"}));
    assert_eq!(world.server.online(), [UserId::new("ann").unwrap()]);
    let (status, refused) = post(world.addr(), "/v1/register", ann).await;
    assert_eq!(
        (status, refused["code"].as_i64()),
        (409, Some(code::USER_ID_TAKEN.into()))
    );
    let (status, signed_in) = post(
        world.addr(),
        "/v1/sign-in",
        json!({"user_id": "ann", "password": "correct horse"}),
    )
    .await;
    assert_eq!(status, 200);
    assert_ne!(signed_in["token"], made["token"]);
}

#[tokio::test]
async fn h40_a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let world = World::new().await;
    world.token("ann").await;
    let wrong = post(
        world.addr(),
        "/v1/sign-in",
        json!({"user_id": "ann", "password": "wrong horse"}),
    )
    .await;
    let unknown = post(
        world.addr(),
        "/v1/sign-in",
        json!({"user_id": "eve", "password": "wrong horse"}),
    )
    .await;
    assert_eq!(wrong, unknown);
    assert_eq!(
        (wrong.0, wrong.1["code"].as_i64()),
        (401, Some(code::WRONG_CREDENTIALS.into()))
    );
}

#[tokio::test]
async fn what_is_no_registration_is_refused_with_its_code() {
    let world = World::new().await;
    for (body, expected) in [
        (json!({"user_id": "ann", "password": "short"}), code::BAD_PASSWORD),
        (
            json!({"user_id": "ann", "password": "x".repeat(257)}),
            code::BAD_PASSWORD,
        ),
        (
            json!({"user_id": "\u{430}dmin", "password": "long enough"}),
            code::BAD_USER_ID,
        ),
        (
            json!({"user_id": "x".repeat(33), "password": "long enough"}),
            code::BAD_USER_ID,
        ),
        (
            json!({"user_id": "ann", "password": "long enough", "nick": "n".repeat(129)}),
            code::BAD_PARAMETER,
        ),
        (json!({"user_id": "ann"}), code::BAD_PARAMETER),
    ] {
        let (status, error) = post(world.addr(), "/v1/register", body.clone()).await;
        assert_eq!(
            (status, error["code"].as_i64()),
            (400, Some(expected.into())),
            "{body}"
        );
    }
    let (status, error) = http(world.addr(), "POST", "/v1/register", "{\"user_id\":").await;
    assert_eq!(
        (status, error["code"].as_i64()),
        (400, Some(code::BAD_JSON.into()))
    );
    let (status, _) = http(world.addr(), "POST", "/v1/register", &"x".repeat(20_000)).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn an_invitation_lets_in_as_many_as_it_says() {
    let world = World::with(Config::default()).await;
    let register = |user: &str, invitation: Option<&str>| {
        let body = json!({"user_id": user, "password": "long enough", "invitation": invitation});
        async { post(world.addr(), "/v1/register", body).await }
    };
    let code_of = |answer: (u16, serde_json::Value)| answer.1["code"].as_i64().unwrap_or(0) as i32;
    assert_eq!(code_of(register("ann", None).await), code::INVITATION_NEEDED);
    assert_eq!(
        code_of(register("ann", Some("guess")).await),
        code::INVITATION_INVALID
    );
    let invitation = world
        .server
        .make_invitation(2, Duration::from_secs(3600))
        .await
        .unwrap();
    assert!(invitation.code.len() >= 16);
    assert_eq!(register("ann", Some(&invitation.code)).await.0, 200);
    assert_eq!(
        code_of(register("Ann", Some(&invitation.code)).await),
        code::USER_ID_TAKEN,
        "gives the use back"
    );
    assert_eq!(register("bob", Some(&invitation.code)).await.0, 200);
    assert_eq!(
        code_of(register("cay", Some(&invitation.code)).await),
        code::INVITATION_INVALID
    );
    let over = world
        .server
        .make_invitation(2, Duration::from_millis(1))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(
        code_of(register("dan", Some(&over.code)).await),
        code::INVITATION_INVALID
    );
}

#[tokio::test]
async fn a_closed_space_takes_nobody_but_whom_the_host_adds() {
    let config = Config {
        registration: RegistrationPolicy::Closed,
        ..Config::default()
    };
    let world = World::with(config).await;
    let (status, error) = post(
        world.addr(),
        "/v1/register",
        json!({"user_id": "ann", "password": "long enough"}),
    )
    .await;
    assert_eq!(
        (status, error["code"].as_i64()),
        (403, Some(code::REGISTRATION_CLOSED.into()))
    );
    world.device("ann").await;
}

#[tokio::test]
async fn sign_in_attempts_are_limited_by_user_and_good_ones_are_free() {
    let mut config = open_config();
    config.limits.sign_in_user = Allowance {
        burst: 2,
        per_minute: 1,
    };
    let world = World::with(config).await;
    world.token("ann").await;
    let sign_in = |user: &str, password: &str| {
        let body = json!({"user_id": user, "password": password});
        async { post(world.addr(), "/v1/sign-in", body).await }
    };
    for _ in 0..3 {
        assert_eq!(sign_in("ann", "password").await.0, 200);
    }
    assert_eq!(sign_in("ann", "wrong horse").await.0, 401);
    assert_eq!(sign_in("ann", "wrong horse").await.0, 401);
    let (status, error) = sign_in("ann", "password").await;
    assert_eq!(
        (status, error["code"].as_i64()),
        (429, Some(code::TOO_FREQUENT.into()))
    );
    assert!(error["retry_after_ms"].as_u64().unwrap() > 0);
    assert_eq!(
        sign_in("bob", "wrong horse").await.0,
        401,
        "others are not held up"
    );
}

#[tokio::test]
async fn a_user_sig_is_refused_where_there_is_no_key() {
    let world = World::new().await;
    let (status, error) = post(
        world.addr(),
        "/v1/sign-in",
        json!({"user_id": "ann", "user_sig": "eJw"}),
    )
    .await;
    assert_eq!(
        (status, error["code"].as_i64()),
        (401, Some(code::USER_SIG_NO_KEY.into()))
    );
}

#[tokio::test]
async fn r_l7_signing_out_revokes_the_token() {
    let world = World::new().await;
    let token = world.token("ann").await;
    let mut client = Client::connect(world.addr(), &token, 0).await;
    assert_eq!(client.get(json!({"sign_out": {}})).await, json!({}));
    assert_eq!(client.frame().await, Err(1000));
    let mut again = Client::open(world.addr()).await;
    again
        .say(&json!({"protocol": 1, "token": token, "since": 0}))
        .await;
    assert_eq!(again.frame().await.unwrap()["error"]["code"], code::TOKEN_INVALID);
    assert_eq!(again.frame().await, Err(1008));
}

#[tokio::test]
async fn a_hello_must_be_one() {
    let world = World::new().await;
    for (hello, expected) in [
        (
            json!({"protocol": 2, "token": "x", "since": 0}),
            code::PROTOCOL_VERSION,
        ),
        (
            json!({"protocol": 1, "token": "x", "since": 0}),
            code::TOKEN_INVALID,
        ),
        (json!({"id": 1, "do": {"heads": {"since": 0}}}), code::BAD_JSON),
    ] {
        let mut client = Client::open(world.addr()).await;
        client.say(&hello).await;
        assert_eq!(
            client.frame().await.unwrap()["error"]["code"],
            expected,
            "{hello}"
        );
        assert_eq!(client.frame().await, Err(1008));
    }
}

#[tokio::test]
async fn devices_are_bounded_and_the_one_not_seen_longest_goes() {
    let mut config = open_config();
    config.limits.devices_per_user = 2;
    let world = World::with(config).await;
    let first = world.token("ann").await;
    let mut first = Client::connect(world.addr(), &first, 0).await;
    let second = world.token("ann").await;
    let third = world.token("ann").await;
    assert_eq!(
        first.push("kicked_out").await,
        json!({"reason": "multiple_device"})
    );
    Client::connect(world.addr(), &second, 0).await;
    Client::connect(world.addr(), &third, 0).await;
}

#[tokio::test]
async fn b18_a_second_server_on_the_same_data_is_refused() {
    let world = World::new().await;
    let clock = std::sync::Arc::new(tidings_protocol::SystemClock::default());
    let chance = std::sync::Arc::new(tidings_protocol::SystemChance);
    let second = tidings_server::Server::open(world.dir.path(), open_config(), clock, chance).await;
    assert!(matches!(second, Err(tidings_server::ServerError::InUse)));
}

#[tokio::test]
async fn r_1_17_a_valid_user_sig_makes_the_account_and_signs_in() {
    let config = Config {
        registration: RegistrationPolicy::Closed,
        sdk_app_id: Some(1_400_000_000),
        user_sig_key: Some("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e".to_owned()),
        ..Config::default()
    };
    let world = World::with(config).await;
    let sig = user_sig(
        "xiaojun",
        "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
    );
    for _ in 0..2 {
        let (status, made) = post(
            world.addr(),
            "/v1/sign-in",
            json!({"user_id": "xiaojun", "user_sig": sig}),
        )
        .await;
        assert_eq!(status, 200, "{made}");
        let client = Client::connect(world.addr(), made["token"].as_str().unwrap(), 0).await;
        assert_eq!(client.welcome["me"]["user_id"], "xiaojun");
    }
    assert_eq!(world.server.people().await.len(), 1);
    let (status, error) = post(
        world.addr(),
        "/v1/sign-in",
        json!({"user_id": "admin", "user_sig": sig}),
    )
    .await;
    assert_eq!(
        (status, error["code"].as_i64()),
        (401, Some(code::USER_SIG_USER.into()))
    );
    let password = json!({"user_id": "xiaojun", "password": "nobody has this password"});
    let (_, error) = post(world.addr(), "/v1/sign-in", password).await;
    assert_eq!(
        error["code"],
        code::WRONG_CREDENTIALS,
        "an account without a password has none"
    );
}

/// A UserSig that is valid now, as an application's own server makes it.
fn user_sig(user: &str, key: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::Mac;
    use std::io::Write;
    let time = tidings_protocol::Clock::now_ms(&tidings_protocol::SystemClock::default()) / 1000;
    let signed =
        format!("TLS.identifier:{user}\nTLS.sdkappid:1400000000\nTLS.time:{time}\nTLS.expire:86400\n");
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let ticket = json!({"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": 1_400_000_000, "TLS.time": time,
        "TLS.expire": 86400, "TLS.sig": STANDARD.encode(mac.finalize().into_bytes())});
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(ticket.to_string().as_bytes()).unwrap();
    STANDARD
        .encode(packer.finish().unwrap())
        .replace('+', "*")
        .replace('/', "-")
        .replace('=', "_")
}

#[tokio::test]
async fn in_tls_the_server_shows_the_certificate_that_links_pin() {
    let world = World::new().await;
    let identity = TlsIdentity::load_or_create(world.dir.path(), &["localhost".to_owned()]).unwrap();
    let listening = world
        .server
        .listen("127.0.0.1:0".parse().unwrap(), Some(identity.clone()))
        .await
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let pem = std::fs::read_to_string(world.dir.path().join("tls.pem")).unwrap();
    let certificate: rustls::pki_types::CertificateDer<'_> =
        rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(listening.addr()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = connector
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let digest: [u8; 32] =
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&shown)).into();
    assert_eq!(digest, identity.fingerprint().0);
    let token = world.token("ann").await;
    let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/v1/socket", stream)
        .await
        .unwrap();
    let hello = json!({"protocol": 1, "token": token, "since": 0}).to_string();
    socket
        .send(tokio_tungstenite::tungstenite::Message::text(hello))
        .await
        .unwrap();
    let welcome = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(welcome.starts_with("{\"welcome\""), "{welcome}");
    listening.stop().await;
}
