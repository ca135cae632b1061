//! How long messages are kept.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_protocol::code;

use crate::client::{World, open_config};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn r_h6_messages_are_kept_for_the_days_that_the_host_says_and_pages_end_there() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    // More than one transaction removes.
    for n in 1..=600 {
        let from = if n % 10 == 0 { &mut bob } else { &mut ann };
        let to = if n % 10 == 0 { "ann" } else { "bob" };
        let message = crate::client::text_message(to, &format!("m-{n}"), "old");
        from.get(message).await;
        from.forget_pushes();
    }
    bob.get(json!({"read": {"conversation": "C2Cann", "seq": 100}}))
        .await;
    world.clock.forward(4 * DAY);
    world.server.purge().await.unwrap();
    assert_eq!(
        ann.history("bob", Some(2), 15).await["messages"][0]["seq"],
        1,
        "not yet"
    );
    for n in 1..=3 {
        ann.send("bob", &format!("new-{n}"), "new").await;
    }
    let version = bob.heads(0).await["version"].as_u64().unwrap();
    world.clock.forward(4 * DAY);
    world.server.purge().await.unwrap();
    let page = ann.history("bob", None, 100).await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&page["messages"][0]["seq"], &page["seq"], &page["complete"]),
        (&json!(601), &json!(603), &json!(true))
    );
    assert_eq!(
        ann.history("bob", Some(601), 15).await,
        json!({"messages": [], "seq": 603, "revision": 603, "complete": true})
    );
    let head = bob.heads(version).await["heads"][0].clone();
    assert_eq!(
        (&head["unread"], &head["read_seq"]),
        (&json!(3), &json!(100)),
        "what is gone is not unread"
    );
    let recall = json!({"recall": {"conversation": "C2Cbob", "seq": 5}});
    assert_eq!(ann.refused(recall).await, i64::from(code::NO_SUCH_MESSAGE));
    assert_eq!(
        bob.get(json!({"read": {"conversation": "C2Cann", "seq": 602}}))
            .await["unread"],
        1
    );
    let world = world.restart().await;
    let mut ann = world.device("ann").await;
    assert_eq!(ann.send("bob", "after", "x").await["seq"], 604, "numbers go on");
}

#[tokio::test]
async fn r_h6_a_conversation_of_which_nothing_is_kept_is_on_no_new_devices_list() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.send("bob", "a-1", "x").await;
    let version = ann.heads(0).await["version"].as_u64().unwrap();
    world.clock.forward(8 * DAY);
    world.server.purge().await.unwrap();
    assert_eq!(bob.heads(0).await["heads"], json!([]));
    assert_eq!(
        ann.heads(version).await["heads"],
        json!([]),
        "who has it keeps it"
    );
    ann.get(json!({"settings": {"conversation": "C2Cbob", "pinned": true}}))
        .await;
    let head = ann.heads(0).await["heads"][0].clone();
    assert_eq!(
        (&head["seq"], &head["last"]),
        (&json!(1), &Value::Null),
        "what is pinned stays"
    );
    ann.send("bob", "a-2", "y").await;
    assert_eq!(bob.heads(0).await["heads"][0]["unread"], 1);
    assert_eq!(
        bob.history("ann", None, 15).await["messages"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn with_0_days_messages_are_kept_for_ever() {
    let mut config = open_config();
    config.roaming_days = 0;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    ann.send("ann", "a-1", "a note").await;
    world.clock.forward(4000 * DAY);
    world.server.purge().await.unwrap();
    assert_eq!(
        ann.history("ann", None, 15).await["messages"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
