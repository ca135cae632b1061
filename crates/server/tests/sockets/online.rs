//! Messages for who is here (R-S4).

use serde_json::{Value, json};
use tidings_protocol::code;
use tidings_server::Allowance;

use crate::client::{World, open_config, text_message};
use crate::groups::group_message;

fn online(to: &str, client_id: &str) -> Value {
    let mut message = text_message(to, client_id, "typing");
    message["send"]["online_only"] = true.into();
    message
}

#[tokio::test]
async fn r_s4_an_online_message_reaches_who_is_here_and_is_stored_nowhere() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut ann_too = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    let sent = ann.get(online("bob", "a-1")).await;
    assert_eq!((&sent["seq"], &sent["revision"]), (&json!(0), &json!(0)));
    let message = json!({"kind": "C2C", "from": "ann", "to": "bob", "seq": 0, "revision": 0, "time": sent["time"],
        "client_id": "a-1", "random": 7, "client_seq": 1, "type": "TIMTextElem", "payload": {"text": "typing"}});
    for device in [&mut ann_too, &mut bob, &mut bob_too] {
        assert_eq!(device.push("online").await, message);
    }
    for device in [&mut ann, &mut bob] {
        assert_eq!(device.heads(0).await, json!({"version": 0, "heads": []}));
    }
    assert_eq!(bob.history("ann", None, 15).await["seq"], 0);
    assert_eq!(ann.send("bob", "a-1", "said").await["seq"], 1);
    let first = ann.push("message").await;
    assert_eq!(first["seq"], 1);
    ann.get(online("bob", "a-2")).await;
    assert_eq!(bob.heads(0).await["heads"][0]["unread"], 1);
    assert_eq!(
        ann.refused(online("nobody", "a-3")).await,
        i64::from(code::NO_SUCH_USER)
    );
}

#[tokio::test]
async fn h39_h40_online_messages_are_counted_like_others() {
    let mut config = open_config();
    config.limits.lookups = Allowance {
        burst: 2,
        per_minute: 1,
    };
    config.limits.sends = Allowance {
        burst: 4,
        per_minute: 1,
    };
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    for _ in 0..2 {
        assert_eq!(
            ann.refused(online("nobody", "a-1")).await,
            i64::from(code::NO_SUCH_USER)
        );
    }
    let frequent = i64::from(code::TOO_FREQUENT);
    assert_eq!(
        ann.refused(online("bob", "a-2")).await,
        frequent,
        "nobody is found that way"
    );
    let mut bob = world.device("bob").await;
    bob.send("ann", "b-1", "x").await;
    ann.get(online("bob", "a-3")).await;
    assert_eq!(
        ann.refused(online("bob", "a-4")).await,
        frequent,
        "nor are there more than of others"
    );
}

#[tokio::test]
async fn r_s4_an_online_message_in_a_group_reaches_who_is_here_and_is_stored_nowhere() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Private", "team", &["bob"]).await;
    let mut typing = group_message("team", "a-1", "typing");
    typing["send"]["online_only"] = json!(true);
    let sent = ann.get(typing).await;
    assert_eq!((&sent["seq"], &sent["revision"]), (&json!(0), &json!(0)));
    let online = bob.push("online").await;
    assert_eq!((&online["seq"], &online["to"]), (&json!(0), &json!("team")));
    assert_eq!(bob.head("GROUPteam").await["unread"], 0);
    assert_eq!(bob.log("GROUPteam").await.len(), 1);
}
