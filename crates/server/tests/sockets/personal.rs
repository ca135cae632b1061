//! What a conversation is for one user alone, and the blacklist.

use serde_json::{Value, json};
use tidings_protocol::{code, limits};

use crate::client::{Client, World, open_config, text_message};

async fn head(client: &mut Client) -> Value {
    client.heads(0).await["heads"][0].clone()
}

fn users(verb: &str, users: &[&str]) -> Value {
    json!({verb: {"users": users}})
}

#[tokio::test]
async fn settings_are_the_users_alone_on_all_devices() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    ann.send("bob", "a-1", "x").await;
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    let anns = ann.heads(0).await;
    let set = |what: Value| {
        let mut asked = json!({"settings": {"conversation": "C2Cann"}});
        for (key, value) in what.as_object().unwrap() {
            asked["settings"][key] = value.clone();
        }
        asked
    };
    assert_eq!(
        bob.get(set(json!({"remind": "AcceptNotNotify", "pinned": true})))
            .await,
        json!({})
    );
    bob_too.push("heads").await;
    bob.get(set(json!({"marked_unread": true}))).await;
    let all = json!({"remind": "AcceptNotNotify", "pinned": true, "marked_unread": true});
    assert_eq!(bob_too.heads(version).await["heads"][0]["settings"], all);
    assert_eq!(ann.heads(0).await, anns, "the other learns nothing of it");
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    bob.get(set(json!({"pinned": true}))).await;
    assert_eq!(
        bob.heads(version).await["heads"],
        json!([]),
        "the same again changes nothing"
    );
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    assert_eq!(head(&mut bob).await["settings"], all);
    bob.get(json!({"read": {"conversation": "C2Cann", "seq": 0}}))
        .await;
    let opened = json!({"remind": "AcceptNotNotify", "pinned": true});
    assert_eq!(
        head(&mut bob).await["settings"],
        opened,
        "opening takes the mark away"
    );
    bob.get(json!({"delete": {"conversation": "C2Cann"}})).await;
    assert_eq!(
        head(&mut bob).await["settings"],
        json!({"remind": "AcceptNotNotify"})
    );
    let none = json!({"settings": {"conversation": "C2Cnobody", "pinned": true}});
    assert_eq!(bob.refused(none).await, i64::from(code::NO_SUCH_CONVERSATION));
    assert_eq!(
        bob.refused(set(json!({"remind": "Loudly"}))).await,
        i64::from(code::BAD_PARAMETER)
    );
}

#[tokio::test]
async fn r_h8_a_cleared_history_is_gone_for_one_and_stays_for_the_other() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    for n in 1..=3 {
        ann.send("bob", &format!("a-{n}"), "x").await;
    }
    bob.get(json!({"delete": {"conversation": "C2Cann"}})).await;
    bob.get(json!({"delete": {"conversation": "C2Cann", "clear": true}}))
        .await;
    let gone = head(&mut bob).await;
    assert_eq!(
        (&gone["cleared_seq"], &gone["last"], &gone["deleted"]),
        (&json!(3), &Value::Null, &json!(true))
    );
    bob.forget_pushes();
    ann.get(json!({"react": {"conversation": "C2Cbob", "seq": 1, "emoji": "x", "on": true}}))
        .await;
    ann.send("bob", "a-4", "new").await;
    assert_eq!(
        bob.push("message").await["seq"],
        4,
        "what is cleared is not pushed again when it changes"
    );
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    let page = bob.history("ann", None, 15).await;
    assert_eq!(
        (page["messages"].as_array().unwrap().len(), &page["complete"]),
        (1, &json!(true))
    );
    assert_eq!(bob.history("ann", Some(4), 15).await["messages"], json!([]));
    let changed = json!({"changes": {"conversation": "C2Cann", "since": 0, "seq": 4}});
    assert_eq!(bob.get(changed).await["messages"], json!([]));
    let react = json!({"react": {"conversation": "C2Cann", "seq": 1, "emoji": "x", "on": true}});
    assert_eq!(bob.refused(react).await, i64::from(code::NO_SUCH_MESSAGE));
    assert_eq!(head(&mut bob).await["unread"], 1);
    let mut ann = world.device("ann").await;
    assert_eq!(
        ann.history("bob", None, 15).await["messages"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[tokio::test]
async fn a_blocked_sender_is_refused_and_nobody_else() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    let mut cay = world.device("cay").await;
    let first = ann.send("bob", "a-1", "x").await;
    let blocked = bob.get(users("block", &["cay", "ann", "nobody", "bob"])).await;
    assert_eq!(blocked, json!({"users": ["cay", "ann"]}));
    bob_too.push("heads").await;
    assert_eq!(bob_too.get(json!({"blocked": {}})).await, blocked);
    let refused = i64::from(code::BLOCKED);
    assert_eq!(ann.refused(text_message("bob", "a-2", "x")).await, refused);
    assert_eq!(
        ann.send("bob", "a-1", "x").await,
        first,
        "what was stored before is stored"
    );
    assert_eq!(
        cay.refused(text_message("bob", "c-1", "a first message")).await,
        refused
    );
    let mut online = text_message("bob", "a-3", "x");
    online["send"]["online_only"] = true.into();
    assert_eq!(ann.refused(online).await, refused);
    let edit = json!({"edit": {"conversation": "C2Cbob", "seq": 1, "payload": {"text": "a way around"}}});
    assert_eq!(ann.refused(edit).await, refused);
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 1}}))
        .await;
    bob.send("ann", "b-1", "the other way").await;
    let world = world.restart().await;
    let (mut ann, mut bob, mut cay) = (
        world.device("ann").await,
        world.device("bob").await,
        world.device("cay").await,
    );
    assert_eq!(ann.refused(text_message("bob", "a-2", "x")).await, refused);
    bob.send("cay", "b-2", "their first message").await;
    assert_eq!(cay.refused(text_message("bob", "c-1", "x")).await, refused);
    assert_eq!(
        bob.get(users("unblock", &["ann"])).await,
        json!({"users": ["cay"]})
    );
    assert_eq!(ann.send("bob", "a-2", "x").await["seq"], 3);
    assert_eq!(bob.heads(0).await["heads"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_blacklist_has_its_limit_and_finds_nobody_who_is_not_there() {
    let mut config = open_config();
    config.limits.lookups.burst = 5;
    config.limits.lookups.per_minute = 1;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    let many: Vec<String> = (0..=limits::BLOCKED).map(|n| format!("p{n}")).collect();
    {
        let mut conn = rusqlite::Connection::open(world.dir.path().join("tidings.db")).unwrap();
        let writing = conn.transaction().unwrap();
        for name in &many {
            let add = "INSERT INTO users (user_id, user_id_folded, nick, nick_folded, created_at) VALUES (?1, ?1, '', '', 0)";
            writing.execute(add, [name]).unwrap();
        }
        writing.commit().unwrap();
    }
    let block = |users: &[String]| json!({"block": {"users": users}});
    assert_eq!(ann.refused(block(&many)).await, i64::from(code::BAD_PARAMETER));
    let all = ann.get(block(&many[1..])).await;
    assert_eq!(all["users"].as_array().unwrap().len(), limits::BLOCKED);
    assert_eq!(
        ann.refused(block(&many[..1])).await,
        i64::from(code::LIMIT_REACHED)
    );
    assert_eq!(ann.get(json!({"blocked": {}})).await, all);
    let nobody: Vec<String> = (0..10).map(|n| format!("nobody{n}")).collect();
    ann.get(block(&nobody)).await;
    assert_eq!(ann.refused(block(&nobody)).await, i64::from(code::TOO_FREQUENT));
}
