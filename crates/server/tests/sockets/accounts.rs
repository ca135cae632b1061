//! Making accounts, signing in, tokens, invitations.

use std::time::Duration;

use serde_json::json;
use tidings_protocol::{RegistrationPolicy, UserId, code};
use tidings_server::{Allowance, Config};

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
    let mut config = Config::default();
    config.registration = RegistrationPolicy::Closed;
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
