//! Accounts: in, out, kicked out, twice, another one.

use tidings_protocol::code;

use super::*;
use crate::EngineError;
use crate::view::ConnectionState;

#[tokio::test]
async fn who_is_signed_in_stays_so_and_is_ready_before_there_is_a_connection() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    server.faults(|faults| faults.down = true);
    let mut ann = ann.restart().await;
    let ready = ann.hear(|event| match event {
        EngineEvent::Ready { account } => Some(account.profile.user_id.clone()),
        _ => None,
    });
    assert_eq!(ready.await, "ann");
    assert_eq!(ann.texts("C2Cbob").await, ["one"]);
    assert_eq!(ann.engine.my_profile().await.unwrap().nick, "ann's name");
    let refused = ann
        .engine
        .update_my_profile(Some("x".into()), None)
        .await
        .unwrap_err();
    assert_eq!(refused.view().code, code::NETWORK);
}

#[tokio::test]
async fn nobody_signed_in_is_told_so_by_every_verb() {
    let server = FakeServer::default();
    let ann = Person::open(&server).await;
    assert!(ann.engine.account().is_none());
    assert_eq!(ann.engine.connection(), ConnectionState::Disconnected);
    for refused in [
        ann.engine.send_message(message("C2Cbob", "x")).await.err(),
        ann.engine.message_page("C2Cbob", None, 15).await.err(),
        ann.engine.conversation_list(9).await.err(),
        ann.engine.my_profile().await.err(),
        ann.engine.find_people("").await.err(),
        ann.engine.sign_out().await.err(),
    ] {
        assert_eq!(refused.unwrap().view().code, code::NOT_SIGNED_IN);
    }
}

#[tokio::test]
async fn r_l8_a_revoked_device_is_told_and_the_same_user_finds_the_cache_again() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    ann.engine.set_draft("C2Cbob", "draft").await.unwrap();
    server.faults(|faults| faults.forget_tokens = true);
    server.cut();
    let reason = ann.hear(|event| match event {
        EngineEvent::KickedOut { reason } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason.await, "userSigExpired");
    assert!(ann.engine.account().is_none());
    assert!(matches!(
        ann.engine.conversation_list(9).await,
        Err(EngineError::NotSignedIn)
    ));
    server.faults(|faults| faults.forget_tokens = false);
    ann.engine.sign_in(&address(), proof("ann")).await.unwrap();
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].draft, "draft");
    server.push_raw("ann", r#"{"push":{"kicked_out":{"reason":"multiple_device"}}}"#);
    let reason = ann.hear(|event| match event {
        EngineEvent::KickedOut { reason } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason.await, "multipleDevice");
    // Somebody else finds nothing of it.
    ann.engine.sign_in(&address(), proof("cat")).await.unwrap();
    assert!(ann.engine.conversation_list(9).await.unwrap().is_empty());
    ann.engine.sign_in(&address(), proof("ann")).await.unwrap();
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].draft, "");
}

#[tokio::test]
async fn r_l7_signing_out_leaves_nothing_behind() {
    let server = FakeServer::default();
    server.say("bob", "ann", "canary-in-the-cache");
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| !ann.texts("C2Cbob").await.is_empty()).await;
    ann.engine.sign_out().await.unwrap();
    assert!(ann.engine.account().is_none());
    let account = std::fs::read_to_string(ann.dir.path().join("account.json")).unwrap();
    assert!(!account.contains("token-ann"));
    for file in std::fs::read_dir(ann.dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(6).any(|window| window == b"canary"),
            "text is left in a file"
        );
    }
    let ann = ann.restart().await;
    assert!(ann.engine.account().is_none());
    ann.engine.sign_in(&address(), proof("cat")).await.unwrap();
    assert!(ann.engine.conversation_list(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn b18_a_second_engine_on_the_same_folder_is_refused_and_the_lock_ends_with_the_first() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    let second = Engine::open(config(&server, &ann.dir)).await;
    assert!(matches!(second, Err(EngineError::InUse)));
    let ann = ann.restart().await;
    let Person {
        engine, events, dir, ..
    } = ann;
    // Dropped without a word, as a task that panics would.
    drop((engine, events));
    let reopened = timeout(Duration::from_secs(20), async {
        while Engine::open(config(&server, &dir)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    reopened.await.unwrap();
}

#[tokio::test]
async fn r_h7_a_conversation_with_nobody_is_not_found() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let empty = ann.engine.conversation_profile("C2Cbob").await.unwrap();
    assert_eq!(
        (empty.seq, empty.user_profile.unwrap().nick.as_str()),
        (0, "bob's name")
    );
    assert!(ann.engine.conversation_list(9).await.unwrap().is_empty());
    let code_of = async |name: &str| {
        ann.engine
            .conversation_profile(name)
            .await
            .unwrap_err()
            .view()
            .code
    };
    assert_eq!(code_of("C2Cnobody").await, crate::NO_SUCH_PEER);
    assert_eq!(code_of("bob").await, code::BAD_CONVERSATION_ID);
    assert_eq!(
        ann.engine
            .user_profiles(&["bob".into(), "x y".into()])
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(!ann.engine.find_people("").await.unwrap().is_empty());
}

#[tokio::test]
async fn everything_closed_answers_and_ends() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    let Person {
        engine, mut events, ..
    } = ann;
    let other = engine.clone();
    engine.close().await;
    assert!(matches!(
        other.send_message(message("C2Cbob", "x")).await,
        Err(EngineError::Closed)
    ));
    timeout(Duration::from_secs(20), async {
        while events.next().await.is_some() {}
    })
    .await
    .unwrap();
}
