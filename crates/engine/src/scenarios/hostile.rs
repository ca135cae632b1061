//! A server that says anything at all (H55).

use super::*;

#[tokio::test]
async fn h55_numbers_that_cannot_be_and_messages_of_others_change_nothing() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    let pushed = |from: &str, to: &str, seq: &str| {
        format!(
            r#"{{"push":{{"message":{{"kind":"C2C","from":"{from}","to":"{to}","seq":{seq},"revision":{seq},"time":1,
            "client_id":"x-{seq}","random":1,"client_seq":1,"type":"TIMTextElem","payload":{{"text":"evil"}}}}}}}}"#
        )
    };
    for frame in [
        pushed("bob", "ann", "9223372036854775808"),
        pushed("bob", "ann", "18446744073709551615"),
        pushed("bob", "ann", "9007199254740992"),
        pushed("bob", "ann", "0"),
        pushed("bob", "ann", "-1"),
        pushed("eve", "bob", "1"),
        pushed("eve", "", "1"),
        r#"{"push":{"receipt":{"kind":"C2C","from":"bob","to":"ann","read_seq":18446744073709551615}}}"#
            .into(),
        r#"{"push":{"receipt":{"kind":"C2C","from":"eve","to":"ann","read_seq":5}}}"#.into(),
        r#"{"push":{"from_the_future":{}}}"#.into(),
        r#"{"re":4294967295,"ok":{}}"#.into(),
        r#"{"re":7}"#.into(),
        "{}".into(),
    ] {
        server.push_raw("ann", &frame);
    }
    server.say("bob", "ann", "two");
    assert_eq!(ann.hear(received).await, ["two"]);
    assert_eq!(ann.texts("C2Cbob").await, ["one", "two"]);
    let list = ann.engine.conversation_list(9).await.unwrap();
    assert_eq!((list.len(), list[0].unread_count, list[0].seq), (1, 2, 2));
}

#[tokio::test]
async fn h55_a_frame_that_is_no_frame_ends_the_connection_and_not_the_engine() {
    let server = FakeServer::default();
    let mut ann = Person::sign_in(&server, "ann").await;
    for frame in ["", "null", "[", &"[".repeat(100_000), "\u{0}"] {
        server.push_raw("ann", frame);
        server.say("bob", "ann", "hello");
        ann.hear(received).await;
    }
}

#[tokio::test]
async fn h55_a_seq_far_ahead_is_a_hole_that_is_closed_and_not_waited_for() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    server.push_raw(
        "ann",
        r#"{"push":{"message":{"kind":"C2C","from":"bob","to":"ann","seq":1000000,"revision":1000000,"time":1,
        "client_id":"far","random":1,"client_seq":1,"type":"TIMTextElem","payload":{"text":"far"}}}}"#,
    );
    ann.hear(|event| match event {
        EngineEvent::ConversationsChanged { conversations, .. } => {
            (conversations[0].seq == 1_000_000).then_some(())
        }
        _ => None,
    })
    .await;
    let page = ann.engine.message_page("C2Cbob", None, 15).await.unwrap();
    assert!(page.messages.iter().any(|message| text(message) == "far"));
    assert!(!page.is_completed, "what lies between was never seen");
}

#[tokio::test]
async fn h55_a_name_of_5000_characters_is_cut() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut ann = Person::sign_in(&server, "ann").await;
    let nick = "名".repeat(5_000);
    server.push_raw(
        "ann",
        &format!(r#"{{"push":{{"profile":{{"user_id":"bob","nick":"{nick}","avatar_colour":200}}}}}}"#),
    );
    let profile = ann.hear(|event| match event {
        EngineEvent::ProfilesChanged { profiles } => profiles
            .iter()
            .find(|profile| profile.user_id == "bob" && profile.nick.starts_with('名'))
            .cloned(),
        _ => None,
    });
    let profile = profile.await;
    assert!(profile.nick.len() <= tidings_protocol::limits::NICK_BYTES && profile.avatar_colour < 12);
}
