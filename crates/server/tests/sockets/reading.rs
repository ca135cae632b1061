//! Heads, reading, deleting, profiles.

use serde_json::{Value, json};
use tidings_protocol::{code, limits};
use tidings_server::Allowance;

use crate::client::{Client, World, open_config};

fn conversations(heads: &Value) -> Vec<String> {
    heads["heads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["conversation"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn heads_are_those_that_changed_latest_first() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    world.token("cay").await;
    ann.send("bob", "a-1", "one").await;
    ann.send("cay", "a-2", "two").await;
    ann.send("bob", "a-3", "three").await;
    let all = ann.heads(0).await;
    assert_eq!(conversations(&all), ["C2Cbob", "C2Ccay"]);
    let version = all["version"].as_u64().unwrap();
    assert_eq!(ann.heads(version).await, json!({"version": version, "heads": []}));
    bob.send("ann", "b-1", "four").await;
    let newer = ann.heads(version).await;
    assert_eq!(conversations(&newer), ["C2Cbob"]);
    let head = &newer["heads"][0];
    assert_eq!(
        (&head["seq"], &head["unread"], &head["read_seq"]),
        (&json!(3), &json!(1), &json!(0))
    );
    assert_eq!(head["last"]["payload"]["text"], "four");
    assert_eq!(head["profile"], json!({"user_id": "bob", "nick": ""}));
    let from_another_life = ann.heads(1_000_000).await;
    assert_eq!(
        conversations(&from_another_life).len(),
        2,
        "a client that knows more than the server begins again"
    );
}

#[tokio::test]
async fn a_device_that_comes_back_gets_what_differs_with_the_welcome() {
    let world = World::new().await;
    let token = world.token("ann").await;
    let ann = Client::connect(world.addr(), &token, 0).await;
    assert_eq!(ann.welcome["heads"], json!({"version": 0, "heads": []}));
    drop(ann);
    let mut bob = world.device("bob").await;
    bob.send("ann", "b-1", "missed").await;
    let world = world.restart().await;
    let mut ann = Client::connect(world.addr(), &token, 0).await;
    assert_eq!(conversations(&ann.welcome["heads"]), ["C2Cbob"]);
    let version = ann.welcome["heads"]["version"].as_u64().unwrap();
    assert_eq!(ann.heads(version).await["heads"], json!([]));
}

#[tokio::test]
async fn a_hundred_heads_a_page_and_the_rest_by_before() {
    let mut config = open_config();
    config.limits.lookups.burst = 1000;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    // More accounts than a test would want to hash passwords for.
    let people = limits::HEADS_PAGE + 30;
    let mut config = rusqlite_people(&world, people);
    config.sort();
    for (n, person) in config.iter().enumerate() {
        ann.send(person, &format!("a-{n}"), "x").await;
    }
    let first = ann.heads(0).await;
    assert_eq!(
        (conversations(&first).len(), &first["more"]),
        (limits::HEADS_PAGE, &json!(true))
    );
    let before = first["heads"][limits::HEADS_PAGE - 1]["version"]
        .as_u64()
        .unwrap();
    let rest = ann.get(json!({"heads": {"since": 0, "before": before}})).await;
    assert_eq!((conversations(&rest).len(), &rest["more"]), (30, &Value::Null));
    assert_eq!(rest["version"], first["version"]);
    let mut all = conversations(&first);
    all.extend(conversations(&rest));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), people);
}

/// Accounts written into the database beside the server, as `user add` does.
fn rusqlite_people(world: &World, count: usize) -> Vec<String> {
    let mut conn = rusqlite::Connection::open(world.dir.path().join("tidings.db")).unwrap();
    let writing = conn.transaction().unwrap();
    let names: Vec<String> = (0..count).map(|n| format!("p{n:04}")).collect();
    for name in &names {
        writing
            .execute(
                "INSERT INTO users (user_id, user_id_folded, nick, nick_folded, created_at) \
                 VALUES (?1, ?1, '', '', 0)",
                [name],
            )
            .unwrap();
    }
    writing.commit().unwrap();
    names
}

#[tokio::test]
async fn r_h5_reading_only_grows_and_both_sides_learn_of_it() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    for n in 1..=5 {
        ann.send("bob", &format!("a-{n}"), "x").await;
    }
    bob.send("ann", "b-1", "mine does not count").await;
    assert_eq!(bob.heads(0).await["heads"][0]["unread"], 5);
    let read = |seq: u64| json!({"read": {"conversation": "C2Cann", "seq": seq}});
    assert_eq!(bob.get(read(2)).await, json!({"read_seq": 2, "unread": 3}));
    let receipt = json!({"kind": "C2C", "from": "bob", "to": "ann", "read_seq": 2});
    assert_eq!(ann.push("receipt").await, receipt);
    assert_eq!(bob_too.push("receipt").await, receipt);
    assert_eq!(bob.get(read(1)).await, json!({"read_seq": 2, "unread": 3}));
    assert_eq!(bob.get(read(4)).await, json!({"read_seq": 4, "unread": 1}));
    assert_eq!(bob.get(read(u64::MAX)).await, json!({"read_seq": 6, "unread": 0}));
    let head = ann.heads(0).await["heads"][0].clone();
    assert_eq!((&head["peer_read_seq"], &head["unread"]), (&json!(6), &json!(1)));
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    let head = &bob.heads(0).await["heads"][0];
    assert_eq!((&head["read_seq"], &head["unread"]), (&json!(6), &json!(0)));
    assert_eq!(
        bob.get(json!({"read": {"conversation": "C2Cnobody", "seq": 1}}))
            .await["unread"],
        0
    );
}

#[tokio::test]
async fn r_h8_a_deleted_conversation_comes_back_with_the_next_message_and_its_history() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    ann.send("bob", "a-1", "one").await;
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    assert_eq!(
        bob.get(json!({"delete": {"conversation": "C2Cann"}})).await,
        json!({})
    );
    bob_too.push("heads").await;
    let heads = bob_too.heads(version).await;
    assert_eq!(
        (&heads["heads"][0]["deleted"], &heads["heads"][0]["unread"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(
        bob.heads(0).await["heads"][0]["deleted"],
        json!(true),
        "a device that knows no heads yet may have the conversation from a push"
    );
    assert_eq!(
        conversations(&ann.heads(0).await),
        ["C2Cbob"],
        "the other's list stays"
    );
    let again = json!({"delete": {"conversation": "C2Cann"}});
    assert_eq!(bob.refused(again).await, i64::from(code::NO_SUCH_CONVERSATION));
    ann.send("bob", "a-2", "two").await;
    let head = bob.heads(0).await["heads"][0].clone();
    assert_eq!((&head["unread"], &head["deleted"]), (&json!(1), &Value::Null));
    assert_eq!(
        bob.history("ann", None, 15).await["messages"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_head_shows_the_start_of_a_long_text() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    ann.send("bob", "a-1", &"\u{540d}".repeat(4000)).await;
    let last = ann.heads(0).await["heads"][0]["last"].clone();
    assert_eq!(last["cut"], true);
    assert_eq!(
        last["payload"]["text"],
        "\u{540d}".repeat(limits::PREVIEW_BYTES / 3)
    );
}

#[tokio::test]
async fn a_changed_profile_reaches_the_peers_and_their_heads() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut cay = world.device("cay").await;
    ann.send("bob", "a-1", "x").await;
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    let update = json!({"update_profile": {"nick": " \u{7}Ann\u{202e} ", "avatar_colour": 3}});
    let profile = ann.get(update).await;
    assert_eq!(
        profile,
        json!({"user_id": "ann", "nick": "Ann\u{202e}", "avatar_colour": 3})
    );
    assert_eq!(bob.push("profile").await, profile);
    assert_eq!(bob.heads(version).await["heads"][0]["profile"], profile);
    let kept = ann.get(json!({"update_profile": {"nick": "Anna"}})).await;
    assert_eq!(kept["avatar_colour"], 3);
    assert_eq!(
        ann.refused(json!({"update_profile": {"avatar_colour": 12}}))
            .await,
        i64::from(code::BAD_PARAMETER)
    );
    assert_eq!(
        ann.refused(json!({"update_profile": {"nick": "x".repeat(129)}}))
            .await,
        i64::from(code::BAD_PARAMETER)
    );
    let people = cay
        .get(json!({"profiles": {"user_ids": ["ann", "nobody", "bob"]}}))
        .await;
    assert_eq!(people["people"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn h37_finding_takes_what_is_typed_as_text() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut other = world.device("Bob_1%").await;
    other
        .get(json!({"update_profile": {"nick": "\u{c4}rger 100%"}}))
        .await;
    let mut find = async |query: &str| {
        let found = ann.get(json!({"find": {"query": query}})).await;
        found["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["user_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(find("bOB").await, ["Bob_1%"]);
    assert_eq!(find("\u{e4}RG").await, ["Bob_1%"]);
    assert_eq!(find("100%").await, ["Bob_1%"]);
    assert_eq!(find("").await, ["ann", "Bob_1%"]);
    for query in ["%", "_", "nn", "'", "\"", "*", "\u{0}", "ob_"] {
        let found = find(query).await;
        assert!(!found.contains(&"ann".to_owned()), "{query}: {found:?}");
    }
    assert_eq!(find(&"x".repeat(5000)).await, Vec::<String>::new());
}

#[tokio::test]
async fn h40_looking_people_up_is_limited() {
    let mut config = open_config();
    config.limits.lookups = Allowance {
        burst: 3,
        per_minute: 1,
    };
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    for _ in 0..3 {
        ann.get(json!({"find": {"query": "b"}})).await;
    }
    assert_eq!(
        ann.refused(json!({"find": {"query": "b"}})).await,
        i64::from(code::TOO_FREQUENT)
    );
    assert_eq!(
        ann.refused(json!({"profiles": {"user_ids": ["bob"]}})).await,
        i64::from(code::TOO_FREQUENT)
    );
    assert_eq!(ann.heads(0).await["heads"], json!([]), "nothing else is held up");
}
