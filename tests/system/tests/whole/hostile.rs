//! Hostile texts, and hostile servers.

use serde_json::{Value, json};
use tidings_protocol::{ErrorKind, code, limits};
use tidings_tests::{BrokenNetwork, Fate, Person, Space, c2c, plain};

fn hostile_texts() -> Vec<String> {
    vec![
        "<img src=x onerror=fetch('http://a')><script>alert(1)</script>".into(),
        "שלום \u{202e}abc\u{2066}def\u{2069} مرحبا".into(),
        "👩‍👩‍👧‍👦🏳️‍🌈".repeat(100),
        "a\u{0}b\u{1}c\u{7f}\u{85}\u{2028}\u{2029}\u{feff}".into(),
        format!("Z{}", "\u{0301}".repeat(6_000)),
        "\u{200f}".repeat(4_000),
        "'; DROP TABLE messages; -- \" \\ %s {} $1 NEAR( *".into(),
        r#"{"push":{"kicked_out":{"reason":"revoked"}}}"#.into(),
        "\r\n\t  spaces at both ends  \n\n".into(),
        "\u{10ffff}\u{e000}\u{fffd}\u{fdd0}".into(),
        "x".repeat(limits::MESSAGE_BYTES),
        "\u{0}".repeat(limits::MESSAGE_BYTES),
    ]
}

#[tokio::test]
async fn h5_h6_h36_any_text_arrives_byte_for_byte() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let texts = hostile_texts();
    for text in &texts {
        ann.sends("bob", text).await;
    }
    bob.conversation_is("ann", "is whole", |it| it.seq == texts.len() as u64)
        .await;
    assert_eq!(bob.texts("ann").await, texts);
    // And from a disk, and for a device that fetches them from the history.
    let bob = bob.closes().await.opens().await;
    assert_eq!(bob.texts("ann").await, texts);
    let tablet = Person::signs_in("bob", &space.address()).await;
    tablet
        .conversation_is("ann", "is whole", |it| it.seq == texts.len() as u64)
        .await;
    assert_eq!(tablet.texts("ann").await, texts);
}

#[tokio::test]
async fn a_preview_is_one_short_line_whatever_the_text() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    for text in hostile_texts() {
        let seq = ann.sends("bob", &text).await.seq.unwrap();
        bob.conversation_is("ann", "has it", |it| it.seq == seq).await;
        for (person, other) in [(&ann, "bob"), (&bob, "ann")] {
            let shown = person
                .conversation(other)
                .await
                .last_message
                .unwrap()
                .message_for_show;
            assert!(shown.len() <= limits::PREVIEW_BYTES, "{} bytes", shown.len());
            assert!(!shown.contains('\n'), "{shown:?}");
        }
    }
}

#[tokio::test]
async fn r_t4_a_message_over_12_kb_is_refused_at_once_with_its_code() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    space.has(&["bob"]).await;
    let message = ann.writes("bob", &"x".repeat(limits::MESSAGE_BYTES + 1));
    let error = ann.engine.send_message(message).await.unwrap_err().view();
    assert_eq!(
        (error.code, error.kind),
        (code::MESSAGE_TOO_LARGE, ErrorKind::TooLarge)
    );
    assert!(ann.texts("bob").await.is_empty());
    ann.sends("bob", "shorter").await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_nothing_is_kept_of_it() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let good = ann.writes("bob", "x");
    let empty = ann.writes("bob", "");
    let mut no_text = good.clone();
    no_text.payload = json!({ "txet": 1 });
    let mut other_type = good.clone();
    other_type.message_type = "TIMFutureElem".into();
    let mut nowhere = good.clone();
    nowhere.conversation_id = "bob".into();
    let mut bad_id = good;
    bad_id.client_id = "'; --".into();
    for message in [empty, no_text, other_type, nowhere, bad_id] {
        let words = format!("{message:?}");
        let error = ann.engine.send_message(message).await.unwrap_err().view();
        assert_eq!(error.kind, ErrorKind::BadRequest, "{words}");
    }
    assert!(ann.engine.conversation_list(100).await.unwrap().is_empty());
}

/// Changes every value that stands under `key`, however deep.
fn change(value: &mut Value, key: &str, to: &Value) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(name, inner)| {
            if name == key {
                *inner = to.clone()
            } else {
                change(inner, key, to)
            }
        }),
        Value::Array(all) => all.iter_mut().for_each(|inner| change(inner, key, to)),
        _ => {}
    }
}

fn changed(text: &str, key: &str, to: &Value) -> Fate {
    let Ok(mut frame) = serde_json::from_str(text) else {
        return Fate::Arrives;
    };
    change(&mut frame, key, to);
    Fate::Becomes(frame.to_string())
}

#[tokio::test]
async fn h55_a_name_of_5000_characters_from_a_hostile_server_is_cut() {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    network.mangles(|text| changed(text, "nick", &json!("名".repeat(5_000))));
    let ann = Person::registers("ann", &plain(network.address())).await;
    let bob = Person::registers("bob", &space.address()).await;
    bob.sends("ann", "hi").await;
    ann.sees("bob", "hi").await;
    let cut = "名".repeat(limits::NICK_BYTES / 3);
    let names = async || {
        let view = ann.conversation("bob").await;
        let in_list = view.user_profile.map(|profile| profile.nick);
        (in_list, ann.newest("bob").await[0].nick.clone())
    };
    ann.until("sees the cut name", async || {
        names().await == (Some(cut.clone()), cut.clone())
    })
    .await;
}

#[tokio::test]
async fn h55_numbers_beyond_all_bounds_from_a_hostile_server_break_nothing() {
    for (key, to) in [
        ("seq", json!(u64::MAX)),
        ("seq", json!(0)),
        ("version", json!(u64::MAX)),
        ("revision", json!(u64::MAX)),
        ("read_seq", json!(u64::MAX)),
        ("unread", json!(u64::MAX)),
        ("time", json!(i64::MIN)),
        ("heads", json!("not a list")),
        ("payload", json!({ "text": "x".repeat(200_000) })),
        ("from", json!("mallory\u{0}")),
    ] {
        let space = Space::opens().await;
        let network = BrokenNetwork::before(space.socket()).await.unwrap();
        let ann = Person::registers("ann", &plain(network.address())).await;
        let bob = Person::registers("bob", &space.address()).await;
        bob.sends("ann", "before").await;
        ann.sees("bob", "before").await;
        let evil = to.clone();
        network.mangles(move |text| changed(text, key, &evil));
        let before = network.counted().frames_down;
        bob.sends("ann", "meanwhile").await;
        // What the lie leads to is the engine's affair; that it goes on answering is what counts.
        while network.counted().frames_down == before {
            tokio::task::yield_now().await;
        }
        let list = ann.engine.conversation_list(100).await.unwrap();
        assert!(serde_json::to_string(&list).is_ok());
        let home = ann.closes().await;
        network.mangles(|_| Fate::Arrives);
        let ann = home.opens().await;
        assert!(ann.engine.account().is_some(), "{key} {to}");
        assert!(
            ann.texts("bob").await.contains(&"before".to_owned()),
            "{key} {to}"
        );
    }
}

#[tokio::test]
async fn h55_frames_that_are_no_frames_break_nothing() {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let ann = Person::registers("ann", &plain(network.address())).await;
    let bob = Person::registers("bob", &space.address()).await;
    for rubbish in [
        "",
        "null",
        "[]",
        "{",
        "{\"push\":1}",
        "{\"re\":-1}",
        "{\"welcome\":{}}",
        &"[".repeat(200_000),
    ] {
        let rubbish = rubbish.to_owned();
        network.mangles(move |text| {
            if text.starts_with(r#"{"push""#) {
                Fate::Becomes(rubbish.clone())
            } else {
                Fate::Arrives
            }
        });
        bob.sends("ann", "lost").await;
    }
    network.mangles(|_| Fate::Arrives);
    bob.sends("ann", "found").await;
    ann.sees("bob", "found").await;
    assert_eq!(ann.texts("bob").await.len(), 9);
}

#[tokio::test]
async fn h32_a_conversation_is_between_two_and_nobody_else() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let eve = Person::registers("eve", &space.address()).await;
    ann.sends("bob", "between us").await;
    bob.sees("ann", "between us").await;
    eve.sends("ann", "hi").await;
    ann.sees("eve", "hi").await;
    for other in ["ann", "bob"] {
        assert!(
            !eve.newest(other)
                .await
                .iter()
                .any(|message| message.payload["text"] == "between us")
        );
    }
    assert!(
        eve.engine
            .conversation_profile(&c2c("bob"))
            .await
            .is_ok_and(|view| view.last_message.is_none())
    );
}
