//! Groups of people with real devices, through a real server.

use tidings_engine::view::{
    ConversationView, EngineEvent, GroupType, JoinStatus, MessageView, NewGroup, OutgoingMessage,
};
use tidings_protocol::code;
use tidings_tests::{Person, Space, text_of};

const TEAM: &str = "GROUPteam";

fn team(group_type: GroupType, members: &[&str]) -> NewGroup {
    NewGroup {
        group_type,
        name: "Team".into(),
        group_id: Some("team".into()),
        introduction: None,
        notification: None,
        avatar_colour: None,
        join_option: None,
        member_ids: members.iter().map(ToString::to_string).collect(),
    }
}

async fn says(person: &Person, text: &str) -> MessageView {
    let message = OutgoingMessage {
        conversation_id: TEAM.into(),
        ..person.writes("nobody", text)
    };
    person.engine.send_message(message).await.unwrap()
}

async fn page(person: &Person) -> Vec<MessageView> {
    let page = person.engine.message_page(TEAM, None, 100).await;
    page.map(|page| page.messages).unwrap_or_default()
}

/// Where this message of theirs stands in the log, as far as they know.
async fn place_of(person: &Person, client_id: &str) -> Option<u64> {
    let page = page(person).await;
    page.iter().find(|it| it.client_id == client_id)?.seq
}

async fn sees(person: &Person, text: &str) {
    person
        .until(&format!("sees {text:?} in the group"), async || {
            page(person).await.iter().any(|message| text_of(message) == text)
        })
        .await;
}

async fn shown(person: &Person) -> Option<ConversationView> {
    let list = person.engine.conversation_list(100).await.unwrap();
    list.into_iter().find(|it| it.conversation_id == TEAM)
}

async fn is_in(person: &Person) {
    person
        .until("is in the group", async || {
            shown(person).await.is_some_and(|it| it.membership.is_some())
        })
        .await;
}

fn operations(messages: &[MessageView]) -> Vec<u64> {
    let tips = messages.iter().filter(|it| it.message_type == "TIMGroupTipElem");
    tips.filter_map(|tip| tip.payload["operationType"].as_u64())
        .collect()
}

#[tokio::test]
async fn three_people_talk_in_a_group_mention_recall_and_count_the_same_everywhere() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let carol = Person::registers("carol", &space.address()).await;
    let made = ann
        .engine
        .create_group(team(GroupType::Private, &["bob", "carol"]))
        .await
        .unwrap();
    assert_eq!((made.owner_id.as_str(), made.member_count), ("ann", 3));
    for person in [&ann, &bob, &carol] {
        is_in(person).await;
    }
    says(&ann, "hello").await;
    for person in [&bob, &carol] {
        sees(person, "hello").await;
        let view = shown(person).await.unwrap();
        assert_eq!(view.unread_count, 1);
    }
    let mention = OutgoingMessage {
        conversation_id: TEAM.into(),
        at_user_list: vec!["carol".into()],
        ..bob.writes("nobody", "@carol look")
    };
    let id = bob.engine.send_message(mention).await.unwrap().client_id;
    sees(&carol, "@carol look").await;
    let mentioned = format!("{:?}", shown(&carol).await.unwrap().mentioned);
    assert_eq!(mentioned, "Me");
    // carol may have it before bob hears that it is stored.
    bob.until("knows its place", async || place_of(&bob, &id).await.is_some())
        .await;
    let seq = place_of(&bob, &id).await;
    bob.engine.recall_message(TEAM, &id, seq).await.unwrap();
    carol
        .until("sees that it was recalled", async || {
            page(&carol).await.iter().any(|it| it.is_revoked && it.seq == seq)
        })
        .await;
    // R-K4: the count stays, here and on a device that comes new.
    let there = Person::signs_in("carol", &space.address()).await;
    is_in(&there).await;
    for device in [&carol, &there] {
        assert_eq!(shown(device).await.unwrap().unread_count, 2);
    }
    carol.engine.mark_read(TEAM).await.unwrap();
    there
        .until("has read it on the other device", async || {
            there.engine.total_unread().await.unwrap() == 0 || shown(&there).await.unwrap().unread_count == 0
        })
        .await;
}

#[tokio::test]
async fn a_removed_member_gets_nothing_after_it_and_can_do_nothing() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let carol = Person::registers("carol", &space.address()).await;
    ann.engine
        .create_group(team(GroupType::Public, &["bob", "carol"]))
        .await
        .unwrap();
    is_in(&bob).await;
    says(&ann, "before").await;
    sees(&bob, "before").await;
    ann.engine
        .remove_group_members("team", &["bob".into()], "")
        .await
        .unwrap();
    bob.until("knows that he is out", async || {
        bob.heard().iter().any(|event| match event {
            EngineEvent::GroupsChanged { groups } => groups.iter().any(|it| it.membership.is_none()),
            _ => false,
        })
    })
    .await;
    says(&ann, "after").await;
    sees(&carol, "after").await;
    assert!(operations(&page(&carol).await).contains(&3));
    bob.until("has the notice", async || {
        let notices = bob.engine.message_page("@TIM#SYSTEM", None, 9).await.unwrap();
        notices.messages.iter().any(|it| it.payload["operationType"] == 4)
    })
    .await;
    let texts: Vec<String> = page(&bob).await.iter().map(text_of).collect();
    assert!(
        texts.contains(&"before".into()) && !texts.contains(&"after".into()),
        "{texts:?}"
    );
    let refused = bob.engine.group_members("team", None, 10).await.unwrap_err();
    assert_eq!(refused.view().code, code::GROUP_GONE);
    let sent = says(&bob, "still here?").await;
    bob.until("is told that he cannot speak", async || {
        let mine = page(&bob).await;
        mine.iter()
            .any(|it| it.client_id == sent.client_id && it.code == code::GROUP_GONE)
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_to_join_is_let_in_from_the_notice() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    ann.engine
        .create_group(team(GroupType::Public, &[]))
        .await
        .unwrap();
    let asked = bob.engine.join_group("team", "let me in").await.unwrap();
    assert_eq!(asked.status, JoinStatus::WaitAdminApproval);
    ann.until("has the request", async || {
        let notices = ann.engine.message_page("@TIM#SYSTEM", None, 9).await.unwrap();
        let mut requests = notices.messages.iter();
        requests.any(|it| it.payload["operationType"] == 1 && it.payload["operatorID"] == "bob")
    })
    .await;
    ann.engine
        .answer_application("team", "bob", true, "")
        .await
        .unwrap();
    is_in(&bob).await;
    let twice = ann.engine.answer_application("team", "bob", false, "").await;
    assert_eq!(twice.unwrap_err().view().code, code::ALREADY_HANDLED);
    says(&bob, "thanks").await;
    sees(&ann, "thanks").await;
    let log = page(&ann).await;
    assert!(operations(&log).iter().all(|number| *number == 1));
    assert!(
        log.iter()
            .any(|tip| tip.payload["userIDList"] == serde_json::json!(["bob"]))
    );
}
