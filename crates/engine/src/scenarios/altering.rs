//! Recalls, edits, reactions, deleting for oneself, options and messages that are kept nowhere.

use tidings_protocol::{ErrorKind, Extras, WireError, code};

use super::*;
use crate::view::{ConnectionState, MessageStatus, PushInfoView};

fn revoked(event: &EngineEvent) -> Option<Vec<MessageView>> {
    match event {
        EngineEvent::MessagesRevoked { messages } => Some(messages.clone()),
        _ => None,
    }
}

fn modified(event: &EngineEvent) -> Option<Vec<MessageView>> {
    match event {
        EngineEvent::MessagesModified { messages } => Some(messages.clone()),
        _ => None,
    }
}

async fn is_away(person: &Person) {
    person.server.faults(|faults| faults.down = true);
    person.server.cut();
    person
        .until(async |person| person.engine.connection() != ConnectionState::Connected)
        .await;
}

async fn is_back(person: &Person) {
    person.server.faults(|faults| faults.down = false);
    person
        .until(async |person| person.engine.connection() == ConnectionState::Connected)
        .await;
}

async fn sends(person: &mut Person, conversation: &str, text: &str) -> MessageView {
    let written = person.say(conversation, text).await;
    let sent = person.hear(|event| match event {
        EngineEvent::MessagesChanged { messages } => messages
            .iter()
            .find(|it| it.client_id == written.client_id && it.seq.is_some())
            .cloned(),
        _ => None,
    });
    sent.await
}

async fn newest(person: &Person, conversation: &str) -> MessageView {
    let page = person.engine.message_page(conversation, None, 1).await.unwrap();
    page.messages.last().cloned().unwrap()
}

async fn preview(person: &Person) -> crate::view::LastMessageView {
    let list = person.engine.conversation_list(9).await.unwrap();
    list[0].last_message.clone().unwrap()
}

/// Whether any file of the profile holds these bytes.
fn on_disk(dir: &TempDir, text: &str) -> bool {
    std::fs::read_dir(dir.path()).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn r_k1_r_k4_a_recalled_message_is_gone_on_both_sides_and_keeps_its_place() {
    let server = FakeServer::default();
    let mut ann = Person::sign_in(&server, "ann").await;
    let mut bob = Person::sign_in(&server, "bob").await;
    let sent = sends(&mut ann, "C2Cbob", "swordfish").await;
    bob.hear(received).await;
    let view = ann
        .engine
        .recall_message("C2Cbob", &sent.client_id, sent.seq)
        .await
        .unwrap();
    assert!(view.is_revoked && view.payload == serde_json::json!({}));
    assert_eq!((view.revoker.as_str(), view.seq), ("ann", Some(1)));
    let heard = bob.hear(revoked).await;
    assert_eq!(
        (heard.len(), heard[0].is_revoked, text(&heard[0]).as_str()),
        (1, true, "")
    );
    for person in [&ann, &bob] {
        let other = if person.engine.account().unwrap().profile.user_id == "ann" {
            "C2Cbob"
        } else {
            "C2Cann"
        };
        let message = newest(person, other).await;
        assert!(message.is_revoked && message.seq == Some(1));
        let shown = preview(person).await;
        assert_eq!(
            (
                shown.message_for_show.as_str(),
                shown.is_revoked,
                shown.revoker.as_str()
            ),
            ("", true, "ann")
        );
        person
            .until(async |person| !on_disk(&person.dir, "swordfish"))
            .await;
    }
    // R-K4: what was unread stays so.
    assert_eq!(bob.engine.conversation_list(9).await.unwrap()[0].unread_count, 1);
    let again = ann
        .engine
        .recall_message("C2Cbob", &sent.client_id, sent.seq)
        .await;
    assert_eq!(again.unwrap_err().view().code, code::NOT_RECALLABLE);
}

#[tokio::test]
async fn r_k2_what_the_server_says_of_recalls_is_known_with_the_account() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    assert_eq!(ann.engine.account().unwrap().recall_seconds, Some(120));
    server.faults(|faults| faults.down = true);
    let mut ann = ann.restart().await;
    assert_eq!(ann.engine.account().unwrap().recall_seconds, None);
    server.faults(|faults| faults.down = false);
    let told = ann.hear(|event| match event {
        EngineEvent::Ready { account } => account.recall_seconds,
        _ => None,
    });
    assert_eq!(told.await, 120);
}

#[tokio::test]
async fn r_k2_a_recall_that_the_server_refuses_changes_nothing() {
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    let sent = sends(&mut ann, "C2Cbob", "late").await;
    let late = WireError::new(code::RECALL_TOO_LATE, ErrorKind::Forbidden, "too late");
    server.faults(|faults| faults.refuse_recalls.push_back(late));
    let refused = ann
        .engine
        .recall_message("C2Cbob", &sent.client_id, sent.seq)
        .await;
    assert_eq!(refused.unwrap_err().view().code, code::RECALL_TOO_LATE);
    assert_eq!(ann.texts("C2Cbob").await, ["late"]);
    is_away(&ann).await;
    let refused = ann
        .engine
        .recall_message("C2Cbob", &sent.client_id, sent.seq)
        .await;
    assert_eq!(refused.unwrap_err().view().code, code::NETWORK);
}

#[tokio::test]
async fn r_k4_a_device_that_was_away_learns_of_recalls() {
    let server = FakeServer::default();
    for number in 0..30 {
        server.say("bob", "ann", &format!("m{number}"));
    }
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 30).await;
    is_away(&ann).await;
    server.recall("bob", "C2Cann", 30);
    server.recall("bob", "C2Cann", 7);
    server.say("bob", "ann", "after");
    is_back(&ann).await;
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.extend(
            ann.hear(revoked)
                .await
                .into_iter()
                .map(|message| message.seq.unwrap()),
        );
    }
    heard.sort_unstable();
    assert_eq!(heard, [7, 30]);
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 31).await;
    let texts = ann.texts("C2Cbob").await;
    assert_eq!(
        (texts[6].as_str(), texts[29].as_str(), texts[30].as_str()),
        ("", "", "after")
    );
    ann.until(async |ann| !on_disk(&ann.dir, "\"m29\"")).await;
}

#[tokio::test]
async fn a_recall_whose_push_was_lost_heals_with_the_next_head() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    server.recall_unheard("bob", "C2Cann", 1);
    server.push_raw("ann", r#"{"push":{"heads":{}}}"#);
    ann.until(async |ann| newest(ann, "C2Cbob").await.is_revoked)
        .await;
    assert!(preview(&ann).await.is_revoked);
}

#[tokio::test]
async fn a_message_that_was_recalled_before_it_was_fetched_has_a_place_and_no_words() {
    let server = FakeServer::default();
    server.say("bob", "ann", "gone");
    server.recall("bob", "C2Cann", 1);
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| {
        let page = ann.engine.message_page("C2Cbob", None, 9).await.unwrap();
        page.messages.len() == 1 && page.messages[0].is_revoked
    })
    .await;
}

#[tokio::test]
async fn r_k1_what_waits_or_failed_just_leaves_the_outbox() {
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    let refusal = WireError::new(code::BLOCKED, ErrorKind::Forbidden, "blocked");
    server.faults(|faults| faults.refuse_sends.push_back(refusal));
    let failed = ann.say("C2Cbob", "failed words").await;
    ann.hear(|event| match event {
        EngineEvent::MessagesChanged { messages } => {
            (messages[0].status == MessageStatus::Fail).then_some(())
        }
        _ => None,
    })
    .await;
    is_away(&ann).await;
    let waits = ann.say("C2Cbob", "waiting words").await;
    for message in [failed, waits] {
        let view = ann
            .engine
            .recall_message("C2Cbob", &message.client_id, None)
            .await
            .unwrap();
        assert!(view.is_revoked && view.seq.is_none());
        assert_eq!((view.status, view.code), (MessageStatus::Success, 0));
    }
    assert!(ann.texts("C2Cbob").await.is_empty());
    ann.until(async |ann| !on_disk(&ann.dir, "waiting words") && !on_disk(&ann.dir, "failed words"))
        .await;
    is_back(&ann).await;
    ann.say("C2Cbob", "next").await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["next"])
        .await;
}

#[tokio::test]
async fn a_message_that_was_on_its_way_when_it_was_recalled_is_recalled_on_the_server_too() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    // Stored, and neither the answer nor the push comes.
    server.faults(|faults| (faults.lose_answers, faults.lose) = (true, 100));
    let sent = ann.say("C2Cbob", "oops").await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["oops"])
        .await;
    ann.engine
        .recall_message("C2Cbob", &sent.client_id, None)
        .await
        .unwrap();
    server.faults(|faults| (faults.lose_answers, faults.lose) = (false, 0));
    server.cut();
    ann.until(async |ann| ann.server.log("ann", "bob") == [""]).await;
    ann.until(async |ann| newest(ann, "C2Cbob").await.is_revoked)
        .await;
    assert_eq!(newest(&ann, "C2Cbob").await.flow, crate::view::Flow::Out);
}

#[tokio::test]
async fn a_recalled_text_goes_from_the_replies_that_quote_it() {
    let server = FakeServer::default();
    let seq = server.say("bob", "ann", "unwise");
    let quote = format!(r#"{{"reply":{{"seq":{seq},"from":"bob","text":"unwise"}}}}"#);
    let extras = Extras {
        custom: quote.clone(),
        ..Extras::default()
    };
    server.say_in("bob", "C2Cann", "as I said", Some(extras));
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 2).await;
    ann.engine.set_draft("C2Cbob", &quote).await.unwrap();
    server.faults(|faults| {
        let busy = WireError::new(code::UNAVAILABLE, ErrorKind::Unavailable, "busy");
        faults.refuse_sends.extend(vec![busy; 50]);
    });
    let mut reply = message("C2Cbob", "really?");
    reply.cloud_custom_data.clone_from(&quote);
    ann.engine.send_message(reply).await.unwrap();
    server.recall("bob", "C2Cann", seq);
    ann.hear(revoked).await;
    let page = ann.engine.message_page("C2Cbob", None, 9).await.unwrap();
    assert_eq!(page.messages.len(), 3);
    for message in &page.messages[1..] {
        let custom = &message.cloud_custom_data;
        assert!(custom.contains(r#""text":"""#), "{custom}");
    }
    let draft = ann.engine.conversation_profile("C2Cbob").await.unwrap().draft;
    assert!(!draft.contains("unwise"), "{draft}");
    ann.until(async |ann| !on_disk(&ann.dir, "unwise")).await;
}

#[tokio::test]
async fn edits_and_reactions_are_seen_on_both_sides_and_by_who_was_away() {
    let server = FakeServer::default();
    let mut ann = Person::sign_in(&server, "ann").await;
    let mut bob = Person::sign_in(&server, "bob").await;
    sends(&mut ann, "C2Cbob", "helo").await;
    bob.hear(received).await;
    let payload = serde_json::json!({ "text": "hello" });
    let edited = ann.engine.edit_message("C2Cbob", 1, payload).await.unwrap();
    assert_eq!((text(&edited).as_str(), edited.is_modified), ("hello", true));
    let heard = bob.hear(modified).await;
    assert_eq!((text(&heard[0]).as_str(), heard[0].is_modified), ("hello", true));
    assert_eq!(preview(&bob).await.message_for_show, "hello");
    is_away(&ann).await;
    server.faults(|faults| faults.down = false);
    bob.until(async |bob| bob.engine.connection() == ConnectionState::Connected)
        .await;
    let liked = bob
        .engine
        .react_to_message("C2Cann", 1, "👍", true)
        .await
        .unwrap();
    assert_eq!(
        (liked.reactions.len(), liked.reactions[0].users.clone()),
        (1, vec!["bob".to_owned()])
    );
    ann.until(async |ann| newest(ann, "C2Cbob").await.reactions.len() == 1)
        .await;
    let taken = bob
        .engine
        .react_to_message("C2Cann", 1, "👍", false)
        .await
        .unwrap();
    assert!(taken.reactions.is_empty() && taken.is_modified);
    ann.until(async |ann| newest(ann, "C2Cbob").await.reactions.is_empty())
        .await;
}

#[tokio::test]
async fn what_one_deletes_for_oneself_stays_deleted_and_the_other_keeps_it() {
    let server = FakeServer::default();
    for text in ["one", "two", "three"] {
        server.say("bob", "ann", text);
    }
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 3).await;
    ann.engine
        .delete_messages_for_me("C2Cbob", &[1, 3], &[])
        .await
        .unwrap();
    assert_eq!(ann.texts("C2Cbob").await, ["two"]);
    assert_eq!(preview(&ann).await.message_for_show, "two");
    ann.until(async |ann| !on_disk(&ann.dir, "three")).await;
    let ann = ann.restart().await;
    server.touch("ann", "bob");
    server.cut();
    ann.until(async |ann| ann.engine.connection() == ConnectionState::Connected)
        .await;
    assert_eq!(ann.texts("C2Cbob").await, ["two"]);
    assert_eq!(server.log("ann", "bob").len(), 3);
    server.say("bob", "ann", "four");
    ann.until(async |ann| ann.texts("C2Cbob").await == ["two", "four"])
        .await;
}

#[tokio::test]
async fn a_cleared_history_is_gone_on_all_devices_of_its_user() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    server.say("bob", "ann", "two");
    let here = Person::sign_in(&server, "ann").await;
    let there = Person::sign_in(&server, "ann").await;
    for device in [&here, &there] {
        device
            .until(async |device| device.texts("C2Cbob").await.len() == 2)
            .await;
    }
    here.engine.delete_conversation("C2Cbob", true).await.unwrap();
    assert!(here.texts("C2Cbob").await.is_empty());
    there
        .until(async |there| there.texts("C2Cbob").await.is_empty())
        .await;
    server.say("bob", "ann", "three");
    for device in [&here, &there] {
        device
            .until(async |device| device.texts("C2Cbob").await == ["three"])
            .await;
        let page = device.engine.message_page("C2Cbob", None, 9).await.unwrap();
        assert!(page.is_completed && !page.is_cut_off);
    }
}

#[tokio::test]
async fn r_s5_r_s9_options_travel_survive_a_restart_and_a_resend_keeps_them() {
    let server = FakeServer::default();
    let mut bob = Person::sign_in(&server, "bob").await;
    let ann = Person::sign_in(&server, "ann").await;
    let refusal = WireError::new(code::MUTED, ErrorKind::Forbidden, "not now");
    server.faults(|faults| faults.refuse_sends.push_back(refusal));
    let push = PushInfoView {
        title: "Alarm".into(),
        description: "Look".into(),
        extension: "x".into(),
        disable_push: true,
        ignore_ios_badge: true,
        android_oppo_channel_id: "o".into(),
    };
    let mut outgoing = message("C2Cbob", "hello");
    outgoing.push_info = Some(push.clone());
    outgoing.cloud_custom_data = "{}".into();
    outgoing.at_user_list = vec!["bob".into()];
    let id = outgoing.client_id.clone();
    ann.engine.send_message(outgoing).await.unwrap();
    ann.until(async |ann| newest(ann, "C2Cbob").await.status == MessageStatus::Fail)
        .await;
    let ann = ann.restart().await;
    ann.engine.resend_message("C2Cbob", &id).await.unwrap();
    let heard = bob.hear(|event| match event {
        EngineEvent::MessagesReceived { messages } => messages.first().cloned(),
        _ => None,
    });
    let heard = heard.await;
    assert_eq!(heard.push_info.as_ref(), Some(&push));
    assert_eq!(
        (heard.cloud_custom_data.as_str(), heard.at_user_list),
        ("{}", vec!["bob".to_owned()])
    );
    ann.until(async |ann| newest(ann, "C2Cbob").await.is_resend).await;
    assert_eq!(newest(&ann, "C2Cbob").await.push_info, Some(push));
}

#[tokio::test]
async fn what_goes_along_keeps_its_limits() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    let mut outgoing = message("C2Cbob", "x");
    outgoing.cloud_custom_data = "x".repeat(tidings_protocol::limits::CUSTOM_BYTES + 1);
    let refused = ann.engine.send_message(outgoing).await;
    assert_eq!(refused.unwrap_err().view().code, code::BAD_PARAMETER);
}

#[tokio::test]
async fn r_s4_a_message_for_who_is_here_is_told_and_kept_nowhere() {
    let server = FakeServer::default();
    let mut bob = Person::sign_in(&server, "bob").await;
    let mut ann = Person::sign_in(&server, "ann").await;
    let mut outgoing = message("C2Cbob", "typing");
    outgoing.online_user_only = true;
    let sent = ann.engine.send_message(outgoing.clone()).await.unwrap();
    assert_eq!(
        (sent.status, sent.seq, sent.is_online_only),
        (MessageStatus::Success, None, true)
    );
    let heard = bob.hear(|event| match event {
        EngineEvent::MessagesReceived { messages } => messages.first().cloned(),
        _ => None,
    });
    let heard = heard.await;
    assert_eq!(
        (text(&heard).as_str(), heard.seq, heard.is_online_only),
        ("typing", None, true)
    );
    assert_eq!(heard.nick, "ann's name");
    for person in [&ann, &bob] {
        assert!(person.engine.conversation_list(9).await.unwrap().is_empty());
        assert_eq!(person.engine.total_unread().await.unwrap(), 0);
    }
    // R-S2: the echo is not news to the one who sent it.
    server.say("bob", "ann", "stored");
    let news = ann.hear(received).await;
    assert_eq!(news, ["stored"]);
    is_away(&ann).await;
    let refused = ann.engine.send_message(outgoing).await;
    assert_eq!(refused.unwrap_err().view().code, code::NETWORK);
    assert_eq!(ann.texts("C2Cbob").await, ["stored"]);
}

#[tokio::test]
async fn settings_reach_the_other_devices_also_when_they_were_made_offline() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    server.say("cat", "ann", "two");
    let here = Person::sign_in(&server, "ann").await;
    let there = Person::sign_in(&server, "ann").await;
    let names = async |person: &Person| -> Vec<String> {
        let list = person.engine.conversation_list(9).await.unwrap();
        list.into_iter().map(|it| it.conversation_id).collect()
    };
    let mut change = crate::view::SettingsChange {
        is_pinned: Some(true),
        ..Default::default()
    };
    let oldest = names(&here).await.pop().unwrap();
    is_away(&here).await;
    let view = here
        .engine
        .change_conversation_settings(&oldest, change)
        .await
        .unwrap();
    assert!(view.is_pinned && !view.is_marked_unread);
    assert_eq!(names(&here).await[0], oldest);
    is_back(&here).await;
    there.until(async |there| names(there).await[0] == oldest).await;
    (change.is_pinned, change.is_marked_unread) = (None, Some(true));
    change.remind_type = Some(tidings_protocol::RemindType::AcceptNotNotify);
    there
        .engine
        .change_conversation_settings(&oldest, change)
        .await
        .unwrap();
    here.until(async |here| {
        let list = here.engine.conversation_list(9).await.unwrap();
        list[0].is_marked_unread && list[0].is_pinned
    })
    .await;
    // What is not told of is not counted either; opening takes the mark away everywhere.
    here.until(async |here| here.engine.total_unread().await.unwrap() == 1)
        .await;
    here.engine.mark_read(&oldest).await.unwrap();
    there
        .until(async |there| !there.engine.conversation_list(9).await.unwrap()[0].is_marked_unread)
        .await;
}

#[tokio::test]
async fn whoever_is_blocked_cannot_write_and_the_list_is_known_offline() {
    let server = FakeServer::default();
    server.add("ann");
    let bob = Person::sign_in(&server, "bob").await;
    let mut ann = Person::sign_in(&server, "ann").await;
    let blocked = ann.engine.block_users(&["bob".into()]).await.unwrap();
    assert_eq!(blocked, ["bob"]);
    let told = ann.hear(|event| match event {
        EngineEvent::BlockedChanged { user_ids } => Some(user_ids.clone()),
        _ => None,
    });
    assert_eq!(told.await, ["bob"]);
    bob.say("C2Cann", "let me in").await;
    bob.until(async |bob| newest(bob, "C2Cann").await.code == code::BLOCKED)
        .await;
    is_away(&ann).await;
    assert_eq!(ann.engine.blocked_users().await.unwrap(), ["bob"]);
    let refused = ann.engine.unblock_users(&["bob".into()]).await;
    assert_eq!(refused.unwrap_err().view().code, code::NETWORK);
    is_back(&ann).await;
    assert!(
        ann.engine
            .unblock_users(&["bob".into()])
            .await
            .unwrap()
            .is_empty()
    );
}
