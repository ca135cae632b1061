//! Sending, delivery, idempotence, history.

use serde_json::json;
use tidings_protocol::code;

use crate::client::{World, text_message};

#[tokio::test]
async fn a_message_is_acknowledged_and_reaches_all_devices_of_both() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut ann_too = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let sent = ann.send("bob", "a-1", "hello").await;
    assert_eq!((&sent["seq"], &sent["revision"]), (&json!(1), &json!(1)));
    let message = json!({"kind": "C2C", "from": "ann", "to": "bob", "seq": 1, "revision": 1, "time": sent["time"],
        "client_id": "a-1", "random": 7, "client_seq": 1, "type": "TIMTextElem", "payload": {"text": "hello"}});
    for device in [&mut ann, &mut ann_too, &mut bob] {
        assert_eq!(device.push("message").await, message, "R-S2");
    }
    assert_eq!(bob.history("ann", None, 15).await["messages"], json!([message]));
}

#[tokio::test]
async fn h34_the_same_message_again_is_stored_once_also_after_a_restart() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let first = ann.send("bob", "a-1", "hello").await;
    ann.send("bob", "a-2", "more").await;
    assert_eq!(ann.send("bob", "a-1", "hello").await, first);
    let world = world.restart().await;
    let mut ann = world.device("ann").await;
    assert_eq!(ann.send("bob", "a-1", "hello").await, first);
    let mut bob = world.device("bob").await;
    assert_eq!(bob.send("ann", "a-1", "another sender's id").await["seq"], 3);
    assert_eq!(
        bob.history("ann", None, 15).await["messages"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn seq_is_dense_under_two_senders_at_once_and_both_see_the_same_order() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let work = |client: &'static str, to: &'static str| {
        move |n: u32| text_message(to, &format!("{client}-{n}"), &format!("{client} {n}"))
    };
    let (of_ann, of_bob) = (work("a", "bob"), work("b", "ann"));
    for round in 0..10 {
        let mut owed = Vec::new();
        for n in 0..30 {
            owed.push((
                ann.ask(of_ann(round * 30 + n)).await,
                bob.ask(of_bob(round * 30 + n)).await,
            ));
        }
        for (one, other) in owed {
            assert!(ann.answer(one).await["ok"].is_object());
            assert!(bob.answer(other).await["ok"].is_object());
        }
    }
    for seq in 1..=600 {
        let (one, other) = (ann.push("message").await, bob.push("message").await);
        assert_eq!(one["seq"], seq);
        assert_eq!(one, other);
    }
}

#[tokio::test]
async fn r_h1_history_comes_in_pages_without_holes() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    for n in 1..=37 {
        ann.send("bob", &format!("a-{n}"), &format!("m{n}")).await;
    }
    let seqs = |page: &serde_json::Value| -> Vec<u64> {
        page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["seq"].as_u64().unwrap())
            .collect()
    };
    let newest = ann.history("bob", None, 15).await;
    assert_eq!(seqs(&newest), (23..=37).collect::<Vec<_>>());
    assert_eq!((&newest["seq"], &newest["complete"]), (&json!(37), &json!(false)));
    let last = ann.history("bob", Some(8), 15).await;
    assert_eq!(seqs(&last), (1..=7).collect::<Vec<_>>());
    assert_eq!(last["complete"], true);
    assert_eq!(seqs(&ann.history("bob", None, 100_000).await).len(), 37);
    let changes = ann
        .get(json!({"changes": {"conversation": "C2Cbob", "since": 3, "seq": 37}}))
        .await;
    assert_eq!(changes, json!({"messages": [], "revision": 37}));
}

#[tokio::test]
async fn notes_to_oneself_are_delivered_once_and_never_unread() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut ann_too = world.device("ann").await;
    assert_eq!(ann.send("ann", "a-1", "note").await["seq"], 1);
    assert_eq!(ann.send("ann", "a-2", "note").await["seq"], 2);
    for seq in [1, 2] {
        assert_eq!(ann.push("message").await["seq"], seq);
        assert_eq!(ann_too.push("message").await["seq"], seq);
    }
    let heads = ann.heads(0).await;
    assert_eq!(heads["heads"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&heads["heads"][0]["unread"], &heads["heads"][0]["seq"]),
        (&json!(0), &json!(2))
    );
    let world = world.restart().await;
    let mut ann = world.device("ann").await;
    assert_eq!(ann.send("ann", "a-3", "note").await["seq"], 3);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_code_and_takes_no_seq() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let with = |field: &str, value: serde_json::Value| {
        let mut message = text_message("bob", "a-1", "hello");
        message["send"][field] = value;
        message
    };
    for (message, expected) in [
        (text_message("nobody", "a-1", "x"), code::NO_SUCH_USER),
        (text_message("bob", "a-1", ""), code::BAD_PAYLOAD),
        (
            text_message("bob", "a-1", &"x".repeat(12 * 1024 + 1)),
            code::MESSAGE_TOO_LARGE,
        ),
        (with("payload", json!({"text": 5})), code::BAD_PAYLOAD),
        (with("payload", json!([])), code::BAD_PAYLOAD),
        (with("type", json!("TIMGroupTipElem")), code::BAD_MESSAGE_TYPE),
        (with("conversation", json!("GROUPx")), code::NO_SUCH_GROUP),
        (
            with("conversation", json!("@TIM#SYSTEM")),
            code::NO_SUCH_CONVERSATION,
        ),
        (with("conversation", json!("bob")), code::BAD_PARAMETER),
        (with("client_id", json!("a'b")), code::BAD_PARAMETER),
        (with("random", json!(-1)), code::BAD_PARAMETER),
        (json!({"from_the_future": {}}), code::BAD_PARAMETER),
    ] {
        assert_eq!(
            ann.refused(message.clone()).await,
            i64::from(expected),
            "{message}"
        );
    }
    assert_eq!(ann.send("bob", "a-1", &"x".repeat(12 * 1024)).await["seq"], 1);
}

#[tokio::test]
async fn h31_who_sent_and_when_is_the_servers_to_say() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut claim = text_message("bob", "a-1", "x");
    claim["send"]["from"] = json!("eve");
    claim["send"]["seq"] = json!(900);
    claim["send"]["time"] = json!(1);
    ann.get(claim).await;
    let message = bob.push("message").await;
    assert_eq!((&message["from"], &message["seq"]), (&json!("ann"), &json!(1)));
    assert!(message["time"].as_i64().unwrap() > 1_600_000_000_000);
}

#[tokio::test]
async fn h32_a_third_can_reach_nothing_between_two_others() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let mut eve = world.device("eve").await;
    ann.send("bob", "a-1", "secret").await;
    for other in ["ann", "bob"] {
        assert_eq!(eve.history(other, None, 15).await["messages"], json!([]));
        assert_eq!(
            eve.get(json!({"read": {"conversation": format!("C2C{other}"), "seq": 1}}))
                .await["read_seq"],
            0
        );
        let deleting = json!({"delete": {"conversation": format!("C2C{other}")}});
        assert_eq!(eve.refused(deleting).await, i64::from(code::NO_SUCH_CONVERSATION));
    }
    assert_eq!(eve.heads(0).await["heads"], json!([]));
}

#[tokio::test]
async fn any_text_comes_back_as_it_went() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let zalgo = format!("a{}", "\u{301}".repeat(5000));
    for (n, text) in [
        "\u{0}",
        "\u{202e}evil",
        "\u{1f469}\u{200d}\u{1f680}",
        "'; DROP TABLE messages; --",
        &zalgo,
    ]
    .into_iter()
    .enumerate()
    {
        ann.send("bob", &format!("a-{n}"), text).await;
        assert_eq!(bob.push("message").await["payload"]["text"], *text);
    }
}
