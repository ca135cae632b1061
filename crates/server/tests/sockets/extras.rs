//! What goes with a message beside its payload, and messages of other types.

use serde_json::{Value, json};
use tidings_protocol::{code, limits};

use crate::client::{Client, World, text_message};

fn with(extras: &Value) -> Value {
    let mut message = text_message("bob", "a-1", "hello");
    message["send"]["extras"] = extras.clone();
    message
}

fn of_type(client_id: &str, message_type: &str, payload: Value) -> Value {
    let mut message = text_message("bob", client_id, "");
    message["send"]["type"] = message_type.into();
    message["send"]["payload"] = payload;
    message
}

async fn last(client: &mut Client) -> Value {
    client.heads(0).await["heads"][0]["last"].clone()
}

#[tokio::test]
async fn r_s5_what_goes_with_a_message_is_stored_and_carried_to_all() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let extras = json!({
        "push": {"title": "T", "description": "D", "extension": "E", "disable": true, "ignore_ios_badge": true,
                 "android_oppo_channel_id": "O"},
        "custom": "{\"reply\":{\"seq\":1}}", "at": ["bob", "__kImSDK_MesssageAtALL__"],
    });
    ann.get(with(&extras)).await;
    assert_eq!(bob.push("message").await["extras"], extras);
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    assert_eq!(
        bob.history("ann", None, 15).await["messages"][0]["extras"],
        extras
    );
    assert_eq!(last(&mut bob).await["extras"], extras);
    let mut ann = world.device("ann").await;
    let mut plain = with(&json!({}));
    plain["send"]["client_id"] = "a-2".into();
    ann.get(plain).await;
    assert_eq!(last(&mut ann).await["extras"], Value::Null);
}

#[tokio::test]
async fn extras_over_their_limits_are_refused_and_large_ones_are_not_in_heads() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let largest = "x".repeat(limits::CUSTOM_BYTES);
    let over = format!("{largest}x");
    for (extras, expected) in [
        (json!({"custom": over}), code::MESSAGE_TOO_LARGE),
        (
            json!({"push": {"title": "x".repeat(limits::PUSH_INFO_BYTES + 1)}}),
            code::MESSAGE_TOO_LARGE,
        ),
        (
            json!({"at": vec!["bob"; limits::MENTIONS + 1]}),
            code::MESSAGE_TOO_LARGE,
        ),
        (json!({"at": [""]}), code::BAD_PARAMETER),
        (json!({"at": "bob"}), code::BAD_PARAMETER),
    ] {
        assert_eq!(ann.refused(with(&extras)).await, i64::from(expected), "{extras}");
    }
    ann.get(with(&json!({"custom": largest}))).await;
    let last = last(&mut ann).await;
    assert_eq!((&last["extras"], &last["cut"]), (&Value::Null, &json!(true)));
    assert_eq!(last["payload"]["text"], "hello");
}

#[tokio::test]
async fn r_u1_r_e1_custom_and_face_messages_come_as_they_went_and_only_the_server_makes_tips() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let die = json!({"data": "dice", "description": "6", "extension": ""});
    let face = json!({"index": 1, "data": "tt00"});
    ann.get(of_type("a-1", "TIMCustomElem", die.clone())).await;
    ann.get(of_type("a-2", "TIMFaceElem", face.clone())).await;
    assert_eq!(bob.push("message").await["payload"], die);
    assert_eq!(bob.push("message").await["payload"], face);
    assert_eq!(last(&mut bob).await["payload"], face);
    for (message_type, payload, expected) in [
        ("TIMCustomElem", json!({"data": 1}), code::BAD_PAYLOAD),
        (
            "TIMCustomElem",
            json!({"data": "", "description": "", "extension": ""}),
            code::BAD_PAYLOAD,
        ),
        (
            "TIMFaceElem",
            json!({"index": "1", "data": ""}),
            code::BAD_PAYLOAD,
        ),
        ("TIMGroupTipElem", json!({}), code::BAD_MESSAGE_TYPE),
        ("TIMGroupSystemNoticeElem", json!({}), code::BAD_MESSAGE_TYPE),
    ] {
        let refused = ann.refused(of_type("a-3", message_type, payload.clone())).await;
        assert_eq!(refused, i64::from(expected), "{message_type} {payload}");
    }
}

#[tokio::test]
async fn a_page_of_messages_with_much_beside_them_is_still_a_page_that_can_be_sent() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut message = with(&json!({"custom": "\u{0}".repeat(limits::CUSTOM_BYTES)}));
    for n in 0..60 {
        message["send"]["client_id"] = format!("a-{n}").into();
        ann.get(message.clone()).await;
    }
    let (mut before, mut seen) = (None, 0);
    loop {
        let page = bob.history("ann", before, 100).await;
        let messages = page["messages"].as_array().unwrap();
        seen += messages.len();
        before = messages[0]["seq"].as_u64();
        if page["complete"] == true {
            break;
        }
    }
    assert_eq!(seen, 60);
}
