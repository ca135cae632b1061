//! What the heads of groups say: their order, what is unread, who was mentioned, one's own settings.

use serde_json::{Value, json};

use crate::client::World;
use crate::groups::{group_message, many_lookups};

#[tokio::test]
async fn heads_of_people_and_groups_come_in_one_order_and_a_heartbeat_sees_both() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Private", "one", &["bob"]).await;
    ann.make_group("Private", "two", &["bob"]).await;
    ann.send("bob", "c-1", "between two").await;
    let order = |heads: &Value| -> Vec<String> {
        heads["heads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|head| head["conversation"].as_str().unwrap().to_owned())
            .collect()
    };
    let heads = bob.heads(0).await;
    assert_eq!(
        order(&heads),
        ["C2Cann", "GROUPtwo", "@TIM#SYSTEM", "GROUPone"].map(str::to_owned)
    );
    let known = heads["version"].as_u64().unwrap();
    assert_eq!(bob.heads(known).await["heads"], json!([]));
    ann.say_in("one", "a-1", "hello").await;
    bob.push("message").await;
    let heads = bob.heads(known).await;
    assert_eq!(order(&heads), ["GROUPone".to_owned()]);
    let known = heads["version"].as_u64().unwrap();
    ann.send("bob", "c-2", "again").await;
    assert_eq!(order(&bob.heads(known).await), ["C2Cann".to_owned()]);
}

#[tokio::test]
async fn heads_page_through_people_and_groups_without_holes() {
    let world = World::with(many_lookups()).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let mut bob = world.device("bob").await;
    for number in 0..130 {
        ann.make_group("Private", &format!("g{number}"), &["bob"]).await;
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let heads = bob.get(json!({"heads": {"since": 0, "before": before}})).await;
        for head in heads["heads"].as_array().unwrap() {
            seen.push(head["version"].as_u64().unwrap());
        }
        if heads["more"] != true {
            break;
        }
        before = seen.last().copied();
    }
    assert_eq!(seen.len(), 131, "130 groups and the notices");
    assert!(seen.is_sorted_by(|one, other| one > other));
}

#[tokio::test]
async fn unread_counts_of_a_group_agree_whatever_is_read_or_said() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut bob_too = world.device("bob").await;
    ann.make_group("Private", "team", &["bob"]).await;
    for number in 0..10 {
        ann.say_in("team", &format!("a-{number}"), "x").await;
        if number % 3 == 0 {
            bob.say_in("team", &format!("b-{number}"), "y").await;
        }
    }
    // 1 tip, then 10 of ann's and 4 of bob's.
    assert_eq!(bob.head("GROUPteam").await["unread"], 10);
    assert_eq!(ann.head("GROUPteam").await["unread"], 4);
    let log = bob.log("GROUPteam").await;
    for upto in [3, 4, 12, 9, 15] {
        let marked = bob
            .get(json!({"read": {"conversation": "GROUPteam", "seq": upto}}))
            .await;
        let read = marked["read_seq"].as_u64().unwrap();
        let left = log
            .iter()
            .filter(|message| message["seq"].as_u64().unwrap() > read && message["from"] == "ann")
            .count();
        assert_eq!(marked["unread"], left, "read up to {read}");
        assert_eq!(bob.head("GROUPteam").await["unread"], left);
    }
    let receipt = bob_too.push("receipt").await;
    assert_eq!(
        (&receipt["kind"], &receipt["to"], &receipt["read_seq"]),
        (&json!("GROUP"), &json!("team"), &json!(3))
    );
    ann.say_in("team", "a-last", "x").await;
    assert_eq!(bob.head("GROUPteam").await["unread"], 1);
    bob.get(json!({"delete": {"conversation": "GROUPteam"}})).await;
    let head = bob.head("GROUPteam").await;
    assert_eq!(
        (&head["unread"], &head["deleted"]),
        (&json!(0), &json!(true)),
        "R-H8"
    );
    ann.say_in("team", "a-back", "x").await;
    let head = bob.head("GROUPteam").await;
    assert_eq!(
        (&head["unread"], &head["deleted"]),
        (&json!(1), &Value::Null),
        "R-H8"
    );
}

#[tokio::test]
async fn who_is_mentioned_learns_it_by_the_head() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    world.token("eve").await;
    ann.make_group("Private", "team", &["bob"]).await;
    let mut message = group_message("team", "a-1", "look");
    message["send"]["extras"] = json!({"at": ["bob", "eve", "nobody"]});
    ann.get(message.clone()).await;
    let head = bob.head("GROUPteam").await;
    assert_eq!(
        (&head["mention_seq"], &head["everybody_seq"]),
        (&json!(2), &Value::Null)
    );
    message["send"]["client_id"] = json!("a-2");
    message["send"]["extras"] = json!({"at": ["__kImSDK_MesssageAtALL__"]});
    ann.get(message).await;
    let head = bob.head("GROUPteam").await;
    assert_eq!(
        (&head["mention_seq"], &head["everybody_seq"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(head["last"]["extras"]["at"], json!(["__kImSDK_MesssageAtALL__"]));
}

#[tokio::test]
async fn settings_and_read_counts_of_a_group() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    world.token("cay").await;
    ann.make_group("Private", "team", &["bob", "cay"]).await;
    bob.get(json!({"settings": {"conversation": "GROUPteam", "remind": "Discard", "pinned": true}}))
        .await;
    assert_eq!(
        bob.head("GROUPteam").await["settings"],
        json!({"remind": "Discard", "pinned": true})
    );
    ann.say_in("team", "a-1", "x").await;
    let asked = json!({"group": "team", "seq": 2});
    assert_eq!(
        ann.group("read_by", asked.clone()).await,
        json!({"read": 0, "of": 2})
    );
    bob.get(json!({"read": {"conversation": "GROUPteam", "seq": 2}}))
        .await;
    assert_eq!(ann.group("read_by", asked).await, json!({"read": 1, "of": 2}));
    bob.group(
        "name_card",
        json!({"group": "team", "name_card": " Bob of Sales "}),
    )
    .await;
    assert_eq!(bob.head("GROUPteam").await["me"]["name_card"], "Bob of Sales");
}
