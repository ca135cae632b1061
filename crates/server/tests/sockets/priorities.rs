//! Groups that say more than their rate (R-C3).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tidings_protocol::{Clock, SystemChance, UserId};
use tidings_server::{Config, Server};

use crate::client::Client;
use crate::groups::{group_message, many_lookups};

/// A clock that stands still: no group's rate comes back.
struct Stopped;

impl Clock for Stopped {
    fn now_ms(&self) -> i64 {
        1_790_000_000_000
    }
    fn monotonic(&self) -> Duration {
        Duration::from_secs(1000)
    }
}

#[tokio::test]
async fn r_c3_above_the_rate_the_low_ones_are_fetched_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        group_messages_per_second: 10,
        ..many_lookups()
    };
    let server = Server::open(dir.path(), config, Arc::new(Stopped), Arc::new(SystemChance))
        .await
        .unwrap();
    let listening = server.listen("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let mut devices = Vec::new();
    for name in ["ann", "bob", "cay"] {
        let id = UserId::new(name).unwrap();
        server.add_user(id.clone(), "", "password").await.unwrap();
        let token = server.device_token(&id, "test").await.unwrap();
        devices.push(Client::connect(listening.addr(), &token, 0).await);
    }
    let [mut ann, mut bob, mut cay] = <[Client; 3]>::try_from(devices).ok().unwrap();
    ann.make_group("Private", "team", &["bob", "cay"]).await;
    let priorities = ["Lowest", "High", "Low", "Normal"];
    for round in 0..4 {
        let mut asked = Vec::new();
        for number in 0..25 {
            for (name, sender) in [("a", &mut ann), ("b", &mut bob)] {
                let mut message = group_message("team", &format!("{name}-{round}-{number}"), "x");
                message["send"]["priority"] = json!(priorities[(round + number) % 4]);
                asked.push((name, sender.ask(message).await));
            }
        }
        for (name, one) in asked {
            let sender = if name == "a" { &mut ann } else { &mut bob };
            assert!(
                sender.answer(one).await["ok"].is_object(),
                "each is stored and acknowledged"
            );
        }
    }
    let (mut high, mut normal, mut low, mut pushed) = (0, 0, 0, Vec::new());
    while high < 50 || normal < 50 {
        let push = cay.push("message").await;
        if push["type"] != "TIMTextElem" {
            continue;
        }
        match push["priority"].as_str() {
            Some("High") => high += 1,
            None => normal += 1,
            _ => low += 1,
        }
        pushed.push(push["seq"].as_u64().unwrap());
    }
    assert!(low <= 10, "{low} of the low ones within the rate");
    let mut message = group_message("team", "a-last", "x");
    message["send"]["priority"] = json!("Low");
    ann.get(message).await;
    let head = loop {
        // A nudge says no more than that something is missing; the head says what.
        cay.push("heads").await;
        let head = cay.head("GROUPteam").await;
        if head["seq"] == 202 {
            break head;
        }
    };
    assert_eq!(head["unread"], 201);
    let mut seqs = Vec::new();
    let mut before = None;
    while before != Some(1) {
        let page = cay
            .get(json!({"history": {"conversation": "GROUPteam", "before": before, "limit": 100}}))
            .await;
        let messages = page["messages"].as_array().unwrap();
        seqs.extend(
            messages
                .iter()
                .rev()
                .map(|message| message["seq"].as_u64().unwrap()),
        );
        before = seqs.last().copied();
    }
    assert_eq!(seqs, (1..=202).rev().collect::<Vec<_>>());
    listening.stop().await;
    server.shutdown().await;
}
