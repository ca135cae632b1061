//! How much one user may do, and how much one learns of who is here.

use serde_json::json;
use tidings_protocol::code;
use tidings_server::Allowance;

use crate::client::{World, open_config, text_message};

const THREE: Allowance = Allowance {
    burst: 3,
    per_minute: 1,
};

#[tokio::test]
async fn h40_writing_to_strangers_finds_only_so_many_of_them() {
    let mut config = open_config();
    config.limits.lookups = THREE;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    world.token("cay").await;
    ann.send("bob", "a-1", "x").await;
    for n in 0..2 {
        let refused = ann.refused(text_message("nobody", &format!("b-{n}"), "x")).await;
        assert_eq!(refused, i64::from(code::NO_SUCH_USER));
    }
    for stranger in ["nobody", "cay"] {
        let refused = ann.refused(text_message(stranger, "c-1", "x")).await;
        assert_eq!(
            refused,
            i64::from(code::TOO_FREQUENT),
            "{stranger}: the same for both"
        );
    }
    assert_eq!(
        ann.send("bob", "a-2", "x").await["seq"],
        2,
        "who is known is no stranger"
    );
}

#[tokio::test]
async fn h40_a_log_with_nobody_looks_like_one_that_is_empty() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    for request in [
        json!({"history": {"conversation": "C2C?", "limit": 15}}),
        json!({"changes": {"conversation": "C2C?", "since": 0, "seq": 5}}),
        json!({"read": {"conversation": "C2C?", "seq": 5}}),
    ] {
        let with = |peer: &str| serde_json::from_str(&request.to_string().replace('?', peer)).unwrap();
        assert_eq!(
            ann.get(with("nobody")).await,
            ann.get(with("bob")).await,
            "{request}"
        );
    }
    for peer in ["nobody", "bob"] {
        let delete = json!({"delete": {"conversation": format!("C2C{peer}")}});
        assert_eq!(ann.refused(delete).await, i64::from(code::NO_SUCH_CONVERSATION));
    }
}

#[tokio::test]
async fn h40_profiles_cost_what_was_asked_for_in_vain() {
    let mut config = open_config();
    config.limits.lookups = THREE;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let profiles = |ids: &[&str]| json!({"profiles": {"user_ids": ids}});
    for _ in 0..10 {
        ann.get(profiles(&["ann", "bob"])).await;
    }
    ann.get(profiles(&["ann", "n-1", "n-2", "n-3", "n-4", "n-5"]))
        .await;
    let refused = ann.refused(profiles(&["bob"])).await;
    assert_eq!(refused, i64::from(code::TOO_FREQUENT));
}

#[tokio::test]
async fn h39_one_user_sends_so_many_and_others_are_not_held_up() {
    let mut config = open_config();
    config.limits.sends = THREE;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    for n in 0..3 {
        ann.send("bob", &format!("a-{n}"), "x").await;
    }
    let asked = ann.ask(text_message("bob", "a-3", "x")).await;
    let error = ann.answer(asked).await["error"].clone();
    assert_eq!(error["code"], code::TOO_FREQUENT);
    assert_eq!(error["kind"], "rate_limited");
    assert!(error["retry_after_ms"].as_u64().unwrap() > 0);
    let mut elsewhere = world.device("ann").await;
    let refused = elsewhere.refused(text_message("bob", "a-4", "x")).await;
    assert_eq!(refused, i64::from(code::TOO_FREQUENT), "all devices together");
    assert_eq!(bob.send("ann", "b-1", "x").await["seq"], 4);
}

#[tokio::test]
async fn conversations_of_one_user_are_bounded() {
    let mut config = open_config();
    config.limits.conversations_per_user = 2;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    let mut dan = world.device("dan").await;
    for peer in ["bob", "cay"] {
        world.token(peer).await;
        ann.send(peer, peer, "x").await;
    }
    let refused = ann.refused(text_message("dan", "a-3", "x")).await;
    assert_eq!(refused, i64::from(code::LIMIT_REACHED));
    ann.send("bob", "a-4", "the others go on").await;
    dan.send("ann", "d-1", "and others may begin one").await;
    assert_eq!(ann.send("dan", "a-5", "which is answered").await["seq"], 2);
}
