//! Listeners: what ends with them, and who counts as whom behind a proxy.

use serde_json::json;
use tidings_protocol::code;
use tidings_server::{Allowance, Config, Network};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Client, World, http_with, open_config};

#[tokio::test]
async fn stopping_a_listener_ends_its_sessions_and_no_others() {
    let world = World::new().await;
    let other = world
        .server
        .listen("127.0.0.1:0".parse().unwrap(), None)
        .await
        .unwrap();
    let mut stays = world.device("ann").await;
    let token = world.token("bob").await;
    let mut goes = Client::connect(other.addr(), &token, 0).await;
    let mut silent = Client::open(other.addr()).await;
    let asked = goes.ask(crate::client::text_message("ann", "b-1", "x")).await;
    stays.push("message").await;
    let told = async {
        assert!(
            goes.answer(asked).await["ok"].is_object(),
            "what was asked before is answered"
        );
        for client in [&mut goes, &mut silent] {
            let last = loop {
                let frame = client.frame().await.unwrap();
                if !frame["push"].is_object() {
                    break frame;
                }
            };
            assert_eq!(last["error"]["code"], code::UNAVAILABLE);
            assert_eq!(client.frame().await, Err(1001));
        }
        drop((goes, silent));
    };
    tokio::join!(other.stop(), told);
    assert_eq!(stays.send("bob", "a-1", "still here").await["seq"], 2);
    assert_eq!(world.server.online().len(), 1);
}

#[tokio::test]
async fn a_client_that_does_not_go_with_its_listener_is_cut() {
    let world = World::new().await;
    let other = world
        .server
        .listen("127.0.0.1:0".parse().unwrap(), None)
        .await
        .unwrap();
    let token = world.token("bob").await;
    let stubborn = Client::connect(other.addr(), &token, 0).await;
    other.stop().await;
    while !world.server.online().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(stubborn);
}

/// Who signs in without luck through a proxy on this computer, for somebody at `client`.
async fn sign_in_for(world: &World, client: &str) -> u16 {
    let body = json!({"user_id": format!("nobody-{client}"), "password": "wrong horse"}).to_string();
    let line = format!("X-Forwarded-For: {client}\r\n");
    http_with(world.addr(), "POST", "/v1/sign-in", &line, &body)
        .await
        .0
}

fn behind_a_proxy(trusted: bool) -> Config {
    let mut config = open_config();
    if trusted {
        config.trusted_proxies = vec![Network::try_from("127.0.0.1".to_owned()).unwrap()];
    }
    config.limits.connections_per_address = 1;
    config.limits.sign_in_address = Allowance {
        burst: 1,
        per_minute: 1,
    };
    config
}

#[tokio::test]
async fn h39_behind_a_trusted_proxy_each_client_has_its_own_rate() {
    let world = World::with(behind_a_proxy(true)).await;
    assert_eq!(sign_in_for(&world, "198.51.100.1").await, 401);
    assert_eq!(sign_in_for(&world, "198.51.100.1").await, 429);
    assert_eq!(sign_in_for(&world, "198.51.100.2").await, 401, "another one");
    assert_eq!(sign_in_for(&world, "2001:db8:1:2::3").await, 401);
    assert_eq!(
        sign_in_for(&world, "2001:db8:1:2:ffff::4").await,
        429,
        "the same /64"
    );
}

#[tokio::test]
async fn h39_who_is_no_trusted_proxy_speaks_for_itself() {
    let world = World::with(behind_a_proxy(false)).await;
    assert_eq!(sign_in_for(&world, "198.51.100.1").await, 401);
    assert_eq!(
        sign_in_for(&world, "198.51.100.2").await,
        429,
        "a header is written quickly"
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_sockets_are_counted_by_client() {
    let world = World::with(behind_a_proxy(true)).await;
    let open = async |client: &str| {
        let mut request = format!("ws://{}/v1/socket", world.addr())
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("x-forwarded-for", client.parse().unwrap());
        tokio_tungstenite::connect_async(request).await.ok()
    };
    let first = open("198.51.100.1").await;
    assert!(first.is_some());
    assert!(open("198.51.100.1").await.is_none(), "one each");
    assert!(open("198.51.100.2").await.is_some());
}
