//! Groups: coming in, talking, leaving, and what the list says of them.

use tidings_protocol::{EVERYBODY, Extras, GroupType, code};

use super::*;
use crate::view::{ConnectionState, ConversationView, JoinStatus, Mentioned, NewGroup, OwnGroupView, Role};

fn new_group(id: &str, group_type: GroupType, members: &[&str]) -> NewGroup {
    NewGroup {
        group_type,
        name: "Harbour".into(),
        group_id: Some(id.into()),
        introduction: None,
        notification: None,
        avatar_colour: None,
        join_option: None,
        member_ids: members.iter().map(ToString::to_string).collect(),
    }
}

fn groups(event: &EngineEvent) -> Option<Vec<OwnGroupView>> {
    match event {
        EngineEvent::GroupsChanged { groups } => Some(groups.clone()),
        _ => None,
    }
}

async fn shown(person: &Person, name: &str) -> Option<ConversationView> {
    let list = person.engine.conversation_list(99).await.unwrap();
    list.into_iter().find(|it| it.conversation_id == name)
}

async fn is_in(person: &Person, group: &str) {
    let name = format!("GROUP{group}");
    person
        .until(async |person| {
            shown(person, &name)
                .await
                .is_some_and(|it| it.membership.is_some() && it.group_profile.is_some())
        })
        .await;
}

#[tokio::test]
async fn three_people_talk_in_a_group_and_each_hears_the_others_by_name() {
    let server = FakeServer::default();
    let mut bob = Person::sign_in(&server, "bob").await;
    let mut carol = Person::sign_in(&server, "carol").await;
    let mut ann = Person::sign_in(&server, "ann").await;
    let new = new_group("g", GroupType::Private, &["bob", "carol"]);
    let made = ann.engine.create_group(new).await.unwrap();
    assert_eq!((made.name.as_str(), made.owner_id.as_str()), ("Harbour", "ann"));
    let told = ann.hear(groups).await;
    assert_eq!(told[0].membership.as_ref().unwrap().role, Role::Owner);
    assert!(
        ann.engine
            .conversation_profile("GROUPg")
            .await
            .unwrap()
            .membership
            .is_some()
    );
    for person in [&bob, &carol] {
        is_in(person, "g").await;
    }
    ann.say("GROUPg", "hello all").await;
    for person in [&mut bob, &mut carol] {
        let heard = person.hear(|event| match event {
            EngineEvent::MessagesReceived { messages } => messages.first().cloned(),
            _ => None,
        });
        let heard = heard.await;
        assert_eq!((text(&heard).as_str(), heard.to.as_str()), ("hello all", "g"));
        assert_eq!(
            (heard.nick.as_str(), heard.conversation_id.as_str()),
            ("ann's name", "GROUPg")
        );
        let conversation = shown(person, "GROUPg").await.unwrap();
        assert_eq!(conversation.unread_count, 1);
        assert_eq!(conversation.last_message.unwrap().nick, "ann's name");
        assert_eq!(person.engine.total_unread().await.unwrap(), 1);
    }
    bob.engine.mark_read("GROUPg").await.unwrap();
    assert_eq!(bob.engine.total_unread().await.unwrap(), 0);
    ann.until(async |ann| {
        let read = ann.engine.message_read_by("g", 1).await.unwrap();
        (read.read, read.of) == (1, 2)
    })
    .await;
    let list = bob.engine.group_list().await.unwrap();
    assert_eq!((list.len(), list[0].profile.group_id.as_str()), (1, "g"));
}

#[tokio::test]
async fn whoever_is_asked_in_finds_the_notice_and_what_is_said_from_then_on_is_news() {
    let server = FakeServer::default();
    server.add("ann");
    server.make_group("ann", "g", GroupType::Public, &[]);
    for number in 0..5 {
        server.say_in("ann", "GROUPg", &format!("before {number}"), None);
    }
    let mut bob = Person::sign_in(&server, "bob").await;
    let asked = bob.engine.join_group("g", "please").await.unwrap();
    assert_eq!(asked.status, JoinStatus::WaitAdminApproval);
    assert!(bob.engine.group_list().await.unwrap().is_empty());
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| {
        let page = ann.engine.message_page("@TIM#SYSTEM", None, 9).await.unwrap();
        page.messages
            .first()
            .is_some_and(|notice| notice.payload["operationType"] == 1)
    })
    .await;
    let notices = shown(&ann, "@TIM#SYSTEM").await.unwrap();
    assert_eq!(
        (notices.conversation_type.as_str(), notices.unread_count),
        ("@TIM#SYSTEM", 1)
    );
    assert_eq!(notices.last_message.unwrap().payload["operatorID"], "bob");
    ann.engine.answer_application("g", "bob", true, "").await.unwrap();
    is_in(&bob, "g").await;
    server.say_in("ann", "GROUPg", "welcome", None);
    let mut heard = Vec::new();
    while heard.last().is_none_or(|text| text != "welcome") {
        heard.extend(bob.hear(received).await);
    }
    assert!(!heard.iter().any(|text| text.starts_with("before")), "{heard:?}");
    // What was said before is there to be read all the same.
    bob.until(async |bob| {
        bob.texts("GROUPg")
            .await
            .first()
            .is_some_and(|text| text == "before 0")
    })
    .await;
}

#[tokio::test]
async fn a_removed_member_hears_nothing_more_and_keeps_what_was_heard() {
    let server = FakeServer::default();
    server.add("ann");
    let mut bob = Person::sign_in(&server, "bob").await;
    server.make_group("ann", "g", GroupType::Private, &["bob"]);
    server.say_in("ann", "GROUPg", "one", None);
    bob.until(async |bob| bob.texts("GROUPg").await == ["one"]).await;
    server.remove_member("ann", "g", "bob");
    bob.hear(|event| match event {
        EngineEvent::GroupsChanged { groups } => groups.iter().find(|it| it.membership.is_none()).cloned(),
        _ => None,
    })
    .await;
    server.say_in("ann", "GROUPg", "two", None);
    let gone = shown(&bob, "GROUPg").await.unwrap();
    assert!(gone.membership.is_none() && gone.group_profile.is_some());
    assert!(bob.engine.group_list().await.unwrap().is_empty());
    let page = bob.engine.message_page("GROUPg", None, 9).await.unwrap();
    assert_eq!(page.messages.iter().map(text).collect::<Vec<_>>(), ["one"]);
    assert!(page.is_completed && !page.is_cut_off);
    let sent = bob.say("GROUPg", "let me back").await;
    bob.until(async |bob| {
        let page = bob.engine.message_page("GROUPg", None, 9).await.unwrap();
        page.messages
            .iter()
            .any(|it| it.client_id == sent.client_id && it.code == code::GROUP_GONE)
    })
    .await;
    // Brought back in, it is as if they had come new.
    server.bring_in("ann", "g", "bob");
    is_in(&bob, "g").await;
    server.say_in("ann", "GROUPg", "three", None);
    bob.until(async |bob| bob.texts("GROUPg").await.iter().any(|text| text == "three"))
        .await;
}

#[tokio::test]
async fn who_leaves_a_group_does_not_see_it_on_the_list_any_more() {
    let server = FakeServer::default();
    server.add("ann");
    server.make_group("ann", "g", GroupType::Public, &["bob"]);
    server.say_in("ann", "GROUPg", "one", None);
    let bob = Person::sign_in(&server, "bob").await;
    is_in(&bob, "g").await;
    bob.engine.quit_group("g").await.unwrap();
    assert!(shown(&bob, "GROUPg").await.is_none());
    server.touch("bob", "ann");
    server.push_raw("bob", r#"{"push":{"heads":{}}}"#);
    bob.until(async |bob| !bob.engine.conversation_list(9).await.unwrap().is_empty())
        .await;
    assert!(shown(&bob, "GROUPg").await.is_none());
    let again = bob.engine.quit_group("g").await;
    assert_eq!(again.unwrap_err().view().code, code::GROUP_GONE);
}

#[tokio::test]
async fn a_mention_is_shown_until_it_was_read_and_goes_with_a_recall() {
    let server = FakeServer::default();
    server.add("ann");
    let bob = Person::sign_in(&server, "bob").await;
    server.make_group("ann", "g", GroupType::Public, &["bob"]);
    is_in(&bob, "g").await;
    let at = |who: &str| {
        Some(Extras {
            at: vec![who.into()],
            ..Extras::default()
        })
    };
    let mentioned = async |bob: &Person, is: Mentioned| {
        bob.until(async |bob| shown(bob, "GROUPg").await.is_some_and(|it| it.mentioned == is))
            .await;
    };
    server.say_in("ann", "GROUPg", "@bob", at("bob"));
    mentioned(&bob, Mentioned::Me).await;
    let everybody = server.say_in("ann", "GROUPg", "@all", at(EVERYBODY));
    mentioned(&bob, Mentioned::Both).await;
    server.recall("ann", "GROUPg", everybody);
    mentioned(&bob, Mentioned::Me).await;
    bob.engine.mark_read("GROUPg").await.unwrap();
    mentioned(&bob, Mentioned::None).await;
}

#[tokio::test]
async fn r_h9_a_chat_room_counts_nothing_and_tips_count_nowhere() {
    let server = FakeServer::default();
    server.add("ann");
    server.add("carol");
    let bob = Person::sign_in(&server, "bob").await;
    server.make_group("ann", "room", GroupType::ChatRoom, &["bob"]);
    server.make_group("ann", "team", GroupType::Private, &["bob"]);
    for group in ["room", "team"] {
        is_in(&bob, group).await;
        server.bring_in("ann", group, "carol");
        server.say_in("ann", &format!("GROUP{group}"), "hello", None);
    }
    bob.until(async |bob| bob.texts("GROUProom").await.len() == 2 && bob.texts("GROUPteam").await.len() == 2)
        .await;
    assert_eq!(shown(&bob, "GROUProom").await.unwrap().unread_count, 0);
    assert_eq!(shown(&bob, "GROUPteam").await.unwrap().unread_count, 1);
    let there = Person::sign_in(&server, "bob").await;
    assert_eq!(there.engine.total_unread().await.unwrap(), 1);
    bob.engine.mark_read("GROUPteam").await.unwrap();
    there
        .until(async |there| there.engine.total_unread().await.unwrap() == 0)
        .await;
}

#[tokio::test]
async fn a_name_card_is_how_one_is_called_in_the_group() {
    let server = FakeServer::default();
    server.add("ann");
    let bob = Person::sign_in(&server, "bob").await;
    server.make_group("ann", "g", GroupType::Public, &["bob"]);
    is_in(&bob, "g").await;
    bob.engine
        .set_name_card("g", Some("ann"), "Captain")
        .await
        .unwrap();
    bob.engine.set_name_card("g", None, "Mate").await.unwrap();
    server.say_in("ann", "GROUPg", "ahoy", None);
    bob.until(async |bob| {
        let page = bob.engine.message_page("GROUPg", None, 9).await.unwrap();
        page.messages.last().is_some_and(|it| it.name_card == "Captain")
    })
    .await;
    let conversation = shown(&bob, "GROUPg").await.unwrap();
    assert_eq!(conversation.last_message.unwrap().nick, "Captain");
    bob.until(async |bob| shown(bob, "GROUPg").await.unwrap().membership.unwrap().name_card == "Mate")
        .await;
    let sent = bob.say("GROUPg", "aye").await;
    assert_eq!(sent.name_card, "Mate");
}

#[tokio::test]
async fn somebody_elses_new_name_card_and_nick_are_seen_at_once() {
    let server = FakeServer::default();
    let mut bob = Person::sign_in(&server, "bob").await;
    let ann = Person::sign_in(&server, "ann").await;
    server.make_group("ann", "g", GroupType::Public, &["bob"]);
    is_in(&bob, "g").await;
    is_in(&ann, "g").await;
    server.say_in("ann", "GROUPg", "ahoy", None);
    let named = async |bob: &Person| {
        let page = bob.engine.message_page("GROUPg", None, 9).await.unwrap();
        page.messages
            .last()
            .map(|it| (it.nick.clone(), it.name_card.clone()))
    };
    bob.until(async |bob| named(bob).await == Some(("ann's name".into(), String::new())))
        .await;
    ann.engine.set_name_card("g", None, "Captain").await.unwrap();
    bob.until(async |bob| named(bob).await == Some(("ann's name".into(), "Captain".into())))
        .await;
    let filled = bob.hear(|event| match event {
        EngineEvent::HistoryFilled { conversation_id } => Some(conversation_id.clone()),
        _ => None,
    });
    assert_eq!(filled.await, "GROUPg", "what is on the screen is asked for again");
    assert_eq!(
        shown(&bob, "GROUPg").await.unwrap().last_message.unwrap().nick,
        "Captain"
    );
}

#[tokio::test]
async fn members_come_in_pages_and_a_profile_that_changes_is_told() {
    let server = FakeServer::default();
    for name in ["bob", "carol", "dora"] {
        server.add(name);
    }
    let mut ann = Person::sign_in(&server, "ann").await;
    let new = new_group("g", GroupType::Public, &["bob", "carol"]);
    ann.engine.create_group(new).await.unwrap();
    let first = ann.engine.group_members("g", None, 2).await.unwrap();
    let second = ann.engine.group_members("g", first.next, 2).await.unwrap();
    assert_eq!(
        (first.members.len(), second.members.len(), second.next),
        (2, 1, None)
    );
    let added = ann
        .engine
        .add_group_members("g", &["dora".into(), "bob".into(), "nobody".into()])
        .await
        .unwrap();
    assert_eq!(
        (added.added, added.existed, added.failed),
        (
            vec!["dora".to_owned()],
            vec!["bob".to_owned()],
            vec!["nobody".to_owned()]
        )
    );
    let change = crate::view::GroupChange {
        group_id: "g".into(),
        name: Some("Pier".into()),
        introduction: None,
        notification: None,
        avatar_colour: None,
        join_option: None,
        mute_all: None,
    };
    assert_eq!(ann.engine.update_group(change).await.unwrap().name, "Pier");
    ann.hear(|event| {
        groups(event)?
            .iter()
            .find(|it| it.profile.name == "Pier")
            .map(drop)
    })
    .await;
    assert_eq!(
        shown(&ann, "GROUPg").await.unwrap().group_profile.unwrap().name,
        "Pier"
    );
    let found = ann.engine.search_group("g").await.unwrap();
    assert_eq!(found.name, "Pier");
    let missing = ann.engine.conversation_profile("GROUPnone").await;
    assert_eq!(missing.unwrap_err().view().code, crate::NO_SUCH_PEER);
}

#[tokio::test]
async fn group_verbs_need_a_connection_and_what_is_known_is_known_without() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    ann.engine
        .create_group(new_group("g", GroupType::Private, &[]))
        .await
        .unwrap();
    is_in(&ann, "g").await;
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |ann| ann.engine.connection() != ConnectionState::Connected)
        .await;
    let refused = ann.engine.quit_group("g").await.unwrap_err();
    assert_eq!(refused.view().code, code::NETWORK);
    assert_eq!(ann.engine.group_list().await.unwrap().len(), 1);
    assert_eq!(ann.engine.group_profile("g").await.unwrap().group_id, "g");
    let long = NewGroup {
        name: "x".repeat(31),
        ..new_group("h", GroupType::Private, &[])
    };
    let refused = ann.engine.create_group(long).await.unwrap_err();
    assert_eq!(refused.view().code, code::BAD_PARAMETER);
}

#[tokio::test]
async fn what_an_audience_heard_stays_on_the_device_and_is_not_asked_for() {
    let server = FakeServer::default();
    server.add("ann");
    server.make_group("ann", "stage", GroupType::AVChatRoom, &[]);
    server.say_in("ann", "GROUPstage", "before", None);
    let mut bob = Person::sign_in(&server, "bob").await;
    let joined = bob.engine.join_group("stage", "").await.unwrap();
    assert_eq!(joined.status, JoinStatus::JoinedSuccess);
    is_in(&bob, "stage").await;
    server.asked();
    server.say_in("ann", "GROUPstage", "one", None);
    server.faults(|faults| faults.lose = 100);
    server.say_in("ann", "GROUPstage", "lost", None);
    server.faults(|faults| faults.lose = 0);
    server.say_in("ann", "GROUPstage", "three", None);
    let mut heard = Vec::new();
    while heard.last().is_none_or(|text| text != "three") {
        heard.extend(bob.hear(received).await);
    }
    let texts = bob.texts("GROUPstage").await;
    assert!(texts.ends_with(&["three".to_owned()]), "{texts:?}");
    assert!(!server.asked().iter().any(|verb| verb == "history"));
}

#[tokio::test]
async fn how_many_are_in_a_group_is_known_when_somebody_comes() {
    let server = FakeServer::default();
    let bob = Person::sign_in(&server, "bob").await;
    let carol = Person::sign_in(&server, "carol").await;
    let ann = Person::sign_in(&server, "ann").await;
    let new = new_group("g", GroupType::Private, &["bob"]);
    ann.engine.create_group(new).await.unwrap();
    is_in(&bob, "g").await;
    ann.engine
        .add_group_members("g", &["carol".into()])
        .await
        .unwrap();
    is_in(&carol, "g").await;
    let count = async |person: &Person| {
        shown(person, "GROUPg")
            .await?
            .group_profile
            .map(|it| it.member_count)
    };
    bob.until(async |bob| count(bob).await == Some(3)).await;
}
