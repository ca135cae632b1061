//! Recalling, editing, reacting.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_protocol::{code, limits};

use crate::client::{Client, World, open_config, text_message};
use crate::groups::many_lookups;

fn recall(of: &str, seq: u64) -> Value {
    json!({"recall": {"conversation": format!("C2C{of}"), "seq": seq}})
}

fn edit(of: &str, seq: u64, text: &str) -> Value {
    json!({"edit": {"conversation": format!("C2C{of}"), "seq": seq, "payload": {"text": text}}})
}

fn react(of: &str, seq: u64, emoji: &str, on: bool) -> Value {
    json!({"react": {"conversation": format!("C2C{of}"), "seq": seq, "emoji": emoji, "on": on}})
}

async fn changes(client: &mut Client, of: &str, since: u64, seq: u64) -> Value {
    let asked = json!({"changes": {"conversation": format!("C2C{of}"), "since": since, "seq": seq}});
    client.get(asked).await
}

#[tokio::test]
async fn r_k1_r_k3_r_k4_a_recall_reaches_all_devices_and_history_keeps_its_place() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut ann_too = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut first = text_message("bob", "a-1", "what nobody is to read");
    first["send"]["extras"] = json!({"custom": "nor this", "at": ["bob"]});
    let sent = ann.get(first).await;
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    for device in [&mut ann, &mut ann_too, &mut bob] {
        device.push("message").await;
    }
    let answer = ann.get(recall("bob", 1)).await;
    assert_eq!(answer, json!({"seq": 1, "revision": 2, "time": sent["time"]}));
    let recalled = json!({"kind": "C2C", "from": "ann", "to": "bob", "seq": 1, "revision": 2, "time": sent["time"],
        "client_id": "a-1", "random": 7, "client_seq": 1, "type": "TIMTextElem", "payload": {},
        "altered": {"recalled_by": "ann"}});
    for device in [&mut ann, &mut ann_too, &mut bob] {
        assert_eq!(device.push("message").await, recalled);
    }
    let head = bob.heads(version).await["heads"][0].clone();
    assert_eq!(
        (&head["last"], &head["unread"]),
        (&recalled, &json!(1)),
        "unread counts stay"
    );
    assert_eq!((&head["seq"], &head["revision"]), (&json!(1), &json!(2)));
    ann.send("bob", "a-2", "next").await;
    let page = bob.history("ann", None, 15).await;
    assert_eq!(page["messages"][0], recalled);
    assert_eq!(
        page["messages"][1]["revision"], 3,
        "the log goes on above the recall"
    );
    let missed = changes(&mut bob, "ann", 1, 1).await;
    assert_eq!(
        missed,
        json!({"messages": [recalled], "revision": 3}),
        "a device that was away"
    );
    assert_eq!(changes(&mut bob, "ann", 3, 2).await["messages"], json!([]));
}

#[tokio::test]
async fn r_k2_a_recall_after_two_minutes_is_refused_unless_the_host_says_otherwise() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    assert_eq!(
        ann.welcome["recall_seconds"], 120,
        "told, so that nobody is offered it later"
    );
    world.token("bob").await;
    ann.send("bob", "a-1", "x").await;
    ann.send("bob", "a-2", "x").await;
    ann.get(recall("bob", 1)).await;
    world.clock.forward(Duration::from_secs(121));
    assert_eq!(
        ann.refused(recall("bob", 2)).await,
        i64::from(code::RECALL_TOO_LATE)
    );
    assert_eq!(
        ann.get(recall("bob", 1)).await["revision"],
        3,
        "what is recalled stays so, and the answer is the same"
    );
    let mut config = open_config();
    config.recall_seconds = 0;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    assert_eq!(ann.welcome["recall_seconds"], 0);
    world.token("bob").await;
    ann.send("bob", "a-1", "x").await;
    world.clock.forward(Duration::from_secs(400 * 24 * 3600));
    assert_eq!(ann.get(recall("bob", 1)).await["revision"], 2);
}

#[tokio::test]
async fn r_k6_r_k7_what_cannot_be_recalled_has_its_code_and_changes_nothing() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    ann.send("bob", "a-1", "x").await;
    for (who, of, seq, expected) in [
        ("ann", "bob", 2, code::NO_SUCH_MESSAGE),
        ("ann", "bob", 0, code::NO_SUCH_MESSAGE),
        ("ann", "bob", u64::MAX, code::NO_SUCH_MESSAGE),
        ("ann", "eve", 1, code::NO_SUCH_MESSAGE),
        ("ann", "nobody", 1, code::NO_SUCH_MESSAGE),
        ("bob", "ann", 1, code::NO_PERMISSION),
        ("eve", "ann", 1, code::NO_SUCH_MESSAGE),
        ("eve", "bob", 1, code::NO_SUCH_MESSAGE),
    ] {
        let client = match who {
            "ann" => &mut ann,
            "bob" => &mut bob,
            _ => &mut eve,
        };
        assert_eq!(
            client.refused(recall(of, seq)).await,
            i64::from(expected),
            "{who} {of} {seq}"
        );
    }
    let notice = json!({"recall": {"conversation": "@TIM#SYSTEM", "seq": 1}});
    assert_eq!(ann.refused(notice).await, i64::from(code::NOT_RECALLABLE));
    let page = ann.history("bob", None, 15).await;
    assert_eq!(
        (&page["revision"], &page["messages"][0]["altered"]),
        (&json!(1), &Value::Null)
    );
    ann.get(recall("bob", 1)).await;
    let recalled = i64::from(code::NOT_RECALLABLE);
    assert_eq!(bob.refused(recall("ann", 1)).await, recalled);
    assert_eq!(bob.refused(react("ann", 1, "x", true)).await, recalled);
    assert_eq!(ann.refused(edit("bob", 1, "again")).await, recalled);
}

#[tokio::test]
async fn a_recall_is_answered_alike_each_time_and_works_in_notes_and_after_a_restart() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    ann.send("ann", "a-1", "a note").await;
    let first = ann.get(recall("ann", 1)).await;
    assert_eq!(ann.get(recall("ann", 1)).await, first);
    let world = world.restart().await;
    let mut ann = world.device("ann").await;
    assert_eq!(ann.get(recall("ann", 1)).await, first);
    assert_eq!(ann.heads(0).await["heads"][0]["revision"], 2);
    assert_eq!(
        ann.send("ann", "a-1", "a note").await["seq"],
        1,
        "sent again, it stays recalled"
    );
    assert_eq!(
        ann.history("ann", None, 15).await["messages"][0]["payload"],
        json!({})
    );
}

#[tokio::test]
async fn only_its_sender_edits_a_text_and_within_the_window() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.send("bob", "a-1", "helo").await;
    bob.push("message").await;
    assert_eq!(ann.get(edit("bob", 1, "hello")).await["revision"], 2);
    let edited = bob.push("message").await;
    assert_eq!(
        (&edited["payload"]["text"], &edited["altered"]),
        (&json!("hello"), &json!({"edited": true}))
    );
    assert_eq!(
        ann.get(edit("bob", 1, "hello")).await["revision"],
        2,
        "the same again changes nothing"
    );
    assert_eq!(
        bob.refused(edit("ann", 1, "mine")).await,
        i64::from(code::NO_PERMISSION)
    );
    assert_eq!(
        ann.refused(edit("bob", 1, "")).await,
        i64::from(code::BAD_PAYLOAD)
    );
    let long = "x".repeat(limits::MESSAGE_BYTES + 1);
    assert_eq!(
        ann.refused(edit("bob", 1, &long)).await,
        i64::from(code::MESSAGE_TOO_LARGE)
    );
    let mut face = text_message("bob", "a-2", "");
    face["send"]["type"] = "TIMFaceElem".into();
    face["send"]["payload"] = json!({"index": 1, "data": "x"});
    ann.get(face).await;
    assert_eq!(
        ann.refused(edit("bob", 2, "x")).await,
        i64::from(code::BAD_MESSAGE_TYPE)
    );
    world.clock.forward(Duration::from_secs(172_801));
    assert_eq!(
        ann.refused(edit("bob", 1, "late")).await,
        i64::from(code::RECALL_TOO_LATE)
    );
    assert_eq!(bob.heads(0).await["heads"][0]["revision"], 3);
    assert_eq!(
        bob.history("ann", None, 15).await["messages"][0]["payload"]["text"],
        "hello"
    );
}

#[tokio::test]
async fn reactions_of_both_at_once_are_all_kept_and_can_be_taken_back() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.send("bob", "a-1", "x").await;
    let mut owed = Vec::new();
    for n in 0..limits::REACTION_KINDS {
        let emoji = format!("e{n}");
        owed.push((
            ann.ask(react("bob", 1, &emoji, true)).await,
            bob.ask(react("ann", 1, &emoji, true)).await,
        ));
    }
    for (one, other) in owed {
        assert!(ann.answer(one).await["ok"].is_object());
        assert!(bob.answer(other).await["ok"].is_object());
    }
    assert_eq!(
        ann.refused(react("bob", 1, "one more", true)).await,
        i64::from(code::LIMIT_REACHED)
    );
    let message = ann.history("bob", None, 15).await["messages"][0].clone();
    let reactions = message["altered"]["reactions"].as_array().unwrap();
    assert_eq!(reactions.len(), limits::REACTION_KINDS);
    assert!(
        reactions
            .iter()
            .all(|reaction| reaction["users"].as_array().unwrap().len() == 2)
    );
    let last = ann.heads(0).await["heads"][0]["last"].clone();
    assert_eq!(
        (&last["altered"], &last["cut"]),
        (&Value::Null, &json!(true)),
        "a preview is small"
    );
    let once = ann.get(react("bob", 1, "e1", false)).await;
    assert_eq!(
        ann.get(react("bob", 1, "e1", false)).await,
        once,
        "taken back once"
    );
    assert_eq!(ann.get(react("bob", 1, "e2", true)).await, once, "there already");
    bob.get(react("ann", 1, "e1", false)).await;
    let message = bob.history("ann", None, 15).await["messages"][0].clone();
    assert_eq!(
        message["altered"]["reactions"].as_array().unwrap().len(),
        limits::REACTION_KINDS - 1
    );
    assert_eq!(message["payload"]["text"], "x");
    for emoji in ["", "\n", &"x".repeat(limits::REACTION_BYTES + 1)] {
        assert_eq!(
            bob.refused(react("ann", 1, emoji, true)).await,
            i64::from(code::BAD_PARAMETER)
        );
    }
}

#[tokio::test]
async fn what_was_said_before_somebody_came_does_not_reach_them_when_it_changes() {
    let world = World::with(many_lookups()).await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut cay = world.device("cay").await;
    ann.make_group("Private", "team", &["bob"]).await;
    let old = ann.say_in("team", "a-1", "before cay").await["seq"].clone();
    let of_team = |verb: &str, more: Value| {
        let mut asked = json!({verb: {"conversation": "GROUPteam", "seq": old}});
        for (key, value) in more.as_object().unwrap() {
            asked[verb][key] = value.clone();
        }
        asked
    };
    let reaction = of_team("react", json!({"emoji": "x", "on": true}));
    bob.get(reaction.clone()).await;
    ann.forget_pushes();
    ann.group("add", json!({"group": "team", "users": ["cay"]})).await;
    cay.round().await;
    cay.forget_pushes();
    ann.get(reaction).await;
    ann.get(of_team("edit", json!({"payload": {"text": "changed"}})))
        .await;
    let since = old.as_u64().unwrap();
    let changed = json!({"changes": {"conversation": "GROUPteam", "since": since, "seq": since}});
    bob.forget_pushes();
    bob.push("heads").await;
    let seen = bob.get(changed.clone()).await["messages"].clone();
    assert_eq!(seen[0]["payload"]["text"], "changed");
    assert_eq!(seen[0]["altered"]["reactions"][0]["users"], json!(["bob", "ann"]));
    cay.push("heads").await;
    assert_eq!(cay.get(changed).await["messages"], json!([]));
    let new = ann.say_in("team", "a-2", "after").await["seq"].clone();
    let first = next_text(&mut cay).await;
    assert_eq!(first["seq"], new, "the first text that reached her");
    let reaction = json!({"react": {"conversation": "GROUPteam", "seq": new, "emoji": "x", "on": true}});
    ann.get(reaction).await;
    let changed = next_text(&mut cay).await;
    assert_eq!(changed["altered"]["reactions"][0]["users"], json!(["ann"]));
}

async fn next_text(client: &mut Client) -> Value {
    loop {
        let message = client.push("message").await;
        if message["type"] == "TIMTextElem" {
            return message;
        }
    }
}

/// The text of the first message whose push comes to `client`, of those in a group.
async fn next_group_text(client: &mut Client) -> Value {
    loop {
        let message = client.push("message").await;
        if message["kind"] == "GROUP" && message["type"] == "TIMTextElem" {
            return message["payload"]["text"].clone();
        }
    }
}

#[tokio::test]
async fn r_k1_a_recall_in_a_group_reaches_all_and_nobody_outside() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    ann.make_group("Private", "team", &["bob", "eve"]).await;
    ann.say_in("team", "a-1", "oh no").await;
    bob.say_in("team", "b-1", "stays").await;
    assert_eq!(next_group_text(&mut bob).await, "oh no");
    assert_eq!(next_group_text(&mut bob).await, "stays");
    let recall = |seq: u64| json!({"recall": {"conversation": "GROUPteam", "seq": seq}});
    assert_eq!(bob.refused(recall(2)).await, i64::from(code::NO_PERMISSION));
    assert_eq!(
        bob.refused(recall(1)).await,
        i64::from(code::NOT_RECALLABLE),
        "a tip"
    );
    assert_eq!(bob.refused(recall(9)).await, i64::from(code::NO_SUCH_MESSAGE));
    ann.group("remove", json!({"group": "team", "users": ["eve"]}))
        .await;
    assert_eq!(eve.refused(recall(2)).await, i64::from(code::GROUP_GONE));
    ann.get(recall(2)).await;
    loop {
        let push = bob.push("message").await;
        if push["kind"] == "GROUP" && push["seq"] == 2 {
            assert_eq!(
                (&push["payload"], &push["altered"]["recalled_by"]),
                (&json!({}), &json!("ann"))
            );
            break;
        }
    }
    let react = json!({"react": {"conversation": "GROUPteam", "seq": 3, "emoji": "x", "on": true}});
    ann.get(react.clone()).await;
    assert_eq!(eve.refused(react).await, i64::from(code::GROUP_GONE));
    let log = bob.log("GROUPteam").await;
    assert_eq!(log[1]["payload"], json!({}));
    assert_eq!(log[2]["altered"]["reactions"][0]["users"], json!(["ann"]));
    let changes = bob
        .get(json!({"changes": {"conversation": "GROUPteam", "since": 3, "seq": 4}}))
        .await;
    assert_eq!(changes["messages"].as_array().unwrap().len(), 2);
}
