//! Groups: making them, speaking in them, coming and going.

use serde_json::{Value, json};
use tidings_protocol::code;
use tidings_server::{Allowance, Config};

use crate::client::{Client, World, open_config};

impl Client {
    /// Asks a verb of groups.
    pub(crate) async fn group(&mut self, verb: &str, body: Value) -> Value {
        self.get(json!({"group": {verb: body}})).await
    }

    /// Asks a verb of groups and gets the error's code.
    pub(crate) async fn group_refused(&mut self, verb: &str, body: Value) -> i64 {
        self.refused(json!({"group": {verb: body}})).await
    }

    /// Makes a group with the id `id`.
    pub(crate) async fn make_group(&mut self, kind: &str, id: &str, members: &[&str]) -> Value {
        self.group(
            "create",
            json!({"type": kind, "name": id, "group": id, "members": members}),
        )
        .await
    }

    pub(crate) async fn say_in(&mut self, group: &str, client_id: &str, text: &str) -> Value {
        self.get(group_message(group, client_id, text)).await
    }

    /// Sends and waits: what the server did before, this session has got.
    pub(crate) async fn round(&mut self) {
        self.get(json!({"profiles": {"user_ids": []}})).await;
    }

    /// The head of a conversation.
    pub(crate) async fn head(&mut self, conversation: &str) -> Value {
        let heads = self.heads(0).await;
        let heads = heads["heads"].as_array().unwrap().clone();
        heads
            .into_iter()
            .find(|head| head["conversation"] == conversation)
            .unwrap_or(Value::Null)
    }

    pub(crate) async fn log(&mut self, conversation: &str) -> Vec<Value> {
        let page = self
            .get(json!({"history": {"conversation": conversation, "limit": 100}}))
            .await;
        page["messages"].as_array().unwrap().clone()
    }

    /// The operation types of the notices in one's own system conversation.
    pub(crate) async fn notices(&mut self) -> Vec<i64> {
        let log = self.log("@TIM#SYSTEM").await;
        log.iter()
            .map(|message| message["payload"]["operationType"].as_i64().unwrap())
            .collect()
    }
}

pub(crate) fn group_message(group: &str, client_id: &str, text: &str) -> Value {
    json!({"send": {"conversation": format!("GROUP{group}"), "client_id": client_id, "random": 7, "client_seq": 1,
                    "type": "TIMTextElem", "payload": {"text": text}}})
}

/// A space whose people may make many groups in a moment.
pub(crate) fn many_lookups() -> Config {
    let mut config = open_config();
    config.limits.lookups = Allowance {
        burst: 100_000,
        per_minute: 100_000,
    };
    config
}

/// Asserts that `client` cannot tell, by anything that it may ask, what is in a group.
pub(crate) async fn is_shut_out(client: &mut Client, group: &str, expected: i32) {
    let conversation = format!("GROUP{group}");
    let asked = [
        json!({"history": {"conversation": conversation, "limit": 10}}),
        json!({"changes": {"conversation": conversation, "since": 0, "seq": 100}}),
        json!({"read": {"conversation": conversation, "seq": 100}}),
        group_message(group, "guess", "hello"),
        json!({"group": {"members": {"group": group, "count": 10}}}),
        json!({"group": {"member_profiles": {"group": group, "users": ["ann"]}}}),
        json!({"group": {"read_by": {"group": group, "seq": 1}}}),
    ];
    for request in asked {
        assert_eq!(
            client.refused(request.clone()).await,
            i64::from(expected),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_group_message_reaches_everybody_who_is_here_and_the_others_by_their_heads() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    world.token("cay").await;
    let made = ann.make_group("Private", "team", &["bob", "cay"]).await;
    assert_eq!(made["member_count"], 3);
    assert_eq!(made["owner"], "ann");
    let tip = bob.push("message").await;
    // The notice that bob was brought in comes as a message too.
    let tip = if tip["kind"] == "GROUP" {
        tip
    } else {
        bob.push("message").await
    };
    assert_eq!(
        (&tip["type"], &tip["seq"]),
        (&json!("TIMGroupTipElem"), &json!(1))
    );
    assert_eq!(tip["payload"]["userIDList"], json!(["bob", "cay"]));
    let sent = ann.say_in("team", "a-1", "hello").await;
    assert_eq!((&sent["seq"], &sent["revision"]), (&json!(2), &json!(2)));
    let message = json!({"kind": "GROUP", "from": "ann", "to": "team", "seq": 2, "revision": 2, "time": sent["time"],
        "client_id": "a-1", "random": 7, "client_seq": 1, "type": "TIMTextElem", "payload": {"text": "hello"}});
    let mut seen = bob.push("message").await;
    while seen["seq"] != 2 || seen["kind"] != "GROUP" {
        seen = bob.push("message").await;
    }
    assert_eq!(seen, message);
    let mut cay = world.device("cay").await;
    let head = cay.head("GROUPteam").await;
    assert_eq!(
        (&head["seq"], &head["unread"]),
        (&json!(2), &json!(1)),
        "tips do not count"
    );
    assert_eq!(head["last"], message);
    assert_eq!(head["me"]["role"], "Member");
    assert_eq!(head["group"]["name"], "team");
    assert_eq!(cay.log("GROUPteam").await[1], message);
    bob.say_in(
        "team",
        "b-1",
        "who is here already gets what is said after they came",
    )
    .await;
    assert_eq!(cay.push("message").await["seq"], 3);
    assert_eq!(bob.say_in("team", "b-1", "again").await["seq"], 3, "H34");
}

#[tokio::test]
async fn what_is_stored_of_groups_outlives_a_restart() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    ann.make_group("Public", "club", &[]).await;
    let mut bob = world.device("bob").await;
    ann.group("update", json!({"group": "club", "join_option": "FreeAccess"}))
        .await;
    let joined = bob.group("join", json!({"group": "club"})).await;
    assert_eq!(joined["status"], "JoinedSuccess");
    assert_eq!(
        bob.group("join", json!({"group": "club"})).await["status"],
        "AlreadyInGroup"
    );
    ann.say_in("club", "a-1", "one").await;
    ann.say_in("club", "a-2", "two").await;
    let before = bob.head("GROUPclub").await;
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    let mut ann = world.device("ann").await;
    assert_eq!(bob.head("GROUPclub").await, before);
    assert_eq!(before["unread"], 2);
    assert_eq!(
        ann.say_in("club", "a-1", "one").await["seq"],
        before["seq"].as_u64().unwrap() - 1
    );
    let next = ann.say_in("club", "a-3", "three").await;
    assert_eq!(next["seq"].as_u64(), before["seq"].as_u64().map(|seq| seq + 1));
    let head = bob.head("GROUPclub").await;
    assert_eq!(head["unread"], 3);
    assert!(head["version"].as_u64() > before["version"].as_u64());
}

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
async fn h32_a_removed_member_gets_nothing_more_and_cannot_fetch_by_guessing() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    ann.make_group("Private", "team", &["bob", "eve"]).await;
    ann.say_in("team", "a-1", "all may read this").await;
    bob.round().await;
    ann.group(
        "remove",
        json!({"group": "team", "users": ["eve"], "reason": "noise"}),
    )
    .await;
    ann.say_in("team", "a-2", "eve may not").await;
    while bob.push("message").await["payload"]["text"] != "eve may not" {}
    eve.round().await;
    let mut pushes = Vec::new();
    loop {
        let push = eve.push("message").await;
        pushes.push(push.clone());
        if push["payload"]["operationType"] == 4 && push["kind"] == "@TIM#SYSTEM" {
            break;
        }
    }
    assert_eq!(pushes.last().unwrap()["payload"]["handleMessage"], "noise");
    assert!(
        pushes
            .iter()
            .filter(|push| push["kind"] == "GROUP")
            .all(|push| push["seq"].as_u64().unwrap() <= 2),
        "neither the tip of the removal nor what came after: {pushes:?}"
    );
    is_shut_out(&mut eve, "team", code::GROUP_GONE).await;
    let head = eve.head("GROUPteam").await;
    assert_eq!(
        (&head["me"], &head["last"], &head["seq"]),
        (&Value::Null, &Value::Null, &json!(2))
    );
    let mut mallory = world.device("mallory").await;
    is_shut_out(&mut mallory, "team", code::NO_SUCH_GROUP).await;
    is_shut_out(&mut mallory, "nowhere", code::NO_SUCH_GROUP).await;
    assert_eq!(mallory.head("GROUPteam").await, Value::Null);
    let mut eve = world.device("eve").await;
    ann.say_in("team", "a-3", "nor after coming back").await;
    while bob.push("message").await["client_id"] != "a-3" {}
    eve.send("eve", "n-1", "note").await;
    assert_eq!(eve.push("message").await["kind"], "C2C");
}

#[tokio::test]
async fn who_comes_back_into_a_private_group_sees_what_is_said_from_then_on() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Private", "team", &["bob"]).await;
    ann.say_in("team", "a-1", "one").await;
    bob.group("quit", json!({"group": "team"})).await;
    ann.say_in("team", "a-2", "without bob").await;
    let added = ann
        .group("add", json!({"group": "team", "users": ["bob", "ann", "nobody"]}))
        .await;
    assert_eq!(
        added,
        json!({"added": ["bob"], "existed": ["ann"], "failed": ["nobody"]})
    );
    ann.say_in("team", "a-3", "with bob").await;
    let log = bob.log("GROUPteam").await;
    let texts: Vec<_> = log
        .iter()
        .map(|message| message["payload"]["text"].clone())
        .collect();
    assert_eq!(
        texts,
        [Value::Null, json!("with bob")],
        "his coming, and what is said after it"
    );
    assert_eq!(bob.head("GROUPteam").await["unread"], 1);
}

/// The text of the first message whose push comes to `client`, of those in a group.
async fn next_text(client: &mut Client) -> Value {
    loop {
        let message = client.push("message").await;
        if message["kind"] == "GROUP" && message["type"] == "TIMTextElem" {
            return message["payload"]["text"].clone();
        }
    }
}

#[tokio::test]
async fn r_m4_each_one_concerned_gets_a_notice_and_the_group_a_tip() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut cay = world.device("cay").await;
    ann.make_group("Public", "club", &["bob"]).await;
    assert_eq!(ann.notices().await, [6]);
    assert_eq!(bob.notices().await, [7]);
    ann.group(
        "set_role",
        json!({"group": "club", "user": "bob", "role": "Admin"}),
    )
    .await;
    ann.group(
        "set_role",
        json!({"group": "club", "user": "bob", "role": "Admin"}),
    )
    .await;
    let wait = cay
        .group("join", json!({"group": "club", "message": "please"}))
        .await;
    assert_eq!(wait["status"], "WaitAdminApproval");
    let again = cay
        .group("join", json!({"group": "club", "message": "PLEASE"}))
        .await;
    assert_eq!(again["status"], "WaitAdminApproval");
    assert_eq!(bob.notices().await, [7, 9, 1]);
    assert_eq!(ann.notices().await, [6, 1]);
    let applied = ann.log("@TIM#SYSTEM").await[1].clone();
    assert_eq!(
        (&applied["from"], &applied["kind"]),
        (&json!("@TIM#SYSTEM"), &json!("@TIM#SYSTEM"))
    );
    assert_eq!(
        applied["payload"],
        json!({"operationType": 1, "operatorID": "cay", "handleMessage": "please",
        "userDefinedField": "", "groupProfile": {"groupID": "club", "name": "club", "groupName": "club"}})
    );
    bob.group(
        "answer",
        json!({"group": "club", "user": "cay", "accept": true, "message": "hi"}),
    )
    .await;
    let late = ann
        .group_refused("answer", json!({"group": "club", "user": "cay", "accept": false}))
        .await;
    assert_eq!(late, i64::from(code::ALREADY_HANDLED), "the first answer counts");
    let handled = ann.log("@TIM#SYSTEM").await[1].clone();
    assert_eq!(
        (&handled["payload"]["handled"], &handled["seq"]),
        (&json!("accepted"), &applied["seq"])
    );
    assert!(handled["revision"].as_u64() > applied["revision"].as_u64());
    let changes = ann
        .get(json!({"changes": {"conversation": "@TIM#SYSTEM", "since": 2, "seq": 2}}))
        .await;
    assert_eq!(changes["messages"], json!([handled]));
    let accepted = cay.log("@TIM#SYSTEM").await[0].clone();
    assert_eq!(
        (
            &accepted["payload"]["operationType"],
            &accepted["payload"]["handleMessage"]
        ),
        (&json!(2), &json!("hi"))
    );
    ann.group(
        "set_role",
        json!({"group": "club", "user": "bob", "role": "Member"}),
    )
    .await;
    ann.group("mute", json!({"group": "club", "user": "bob", "seconds": 60}))
        .await;
    ann.group(
        "update",
        json!({"group": "club", "name": "The Club", "mute_all": false}),
    )
    .await;
    cay.group("quit", json!({"group": "club"})).await;
    let mut dan = world.device("dan").await;
    dan.group("join", json!({"group": "club"})).await;
    ann.group("answer", json!({"group": "club", "user": "dan", "accept": false}))
        .await;
    assert_eq!(dan.notices().await, [3]);
    ann.group("remove", json!({"group": "club", "users": ["bob"]}))
        .await;
    ann.group("add", json!({"group": "club", "users": ["dan"]})).await;
    ann.group("change_owner", json!({"group": "club", "user": "dan"}))
        .await;
    let tips: Vec<_> = ann
        .log("GROUPclub")
        .await
        .iter()
        .map(|message| message["payload"]["operationType"].as_i64().unwrap())
        .collect();
    assert_eq!(tips, [1, 4, 1, 5, 7, 6, 2, 3, 1, 6]);
    dan.group("dismiss", json!({"group": "club"})).await;
    assert_eq!(ann.notices().await, [6, 1, 1, 5]);
    assert_eq!(bob.notices().await, [7, 9, 1, 10, 4]);
    assert_eq!(cay.notices().await, [2, 8]);
    is_shut_out(&mut ann, "club", code::GROUP_GONE).await;
    assert_eq!(
        ann.group_refused("search", json!({"group": "club"})).await,
        i64::from(code::NO_SUCH_GROUP)
    );
    assert_eq!(
        ann.group_refused("create", json!({"type": "Public", "name": "x", "group": "club"}))
            .await,
        i64::from(code::GROUP_ID_TAKEN)
    );
    let head = ann.head("@TIM#SYSTEM").await;
    assert_eq!((&head["unread"], &head["seq"]), (&json!(4), &json!(4)), "R-M6");
    let marked = ann
        .get(json!({"read": {"conversation": "@TIM#SYSTEM", "seq": 4}}))
        .await;
    assert_eq!(marked["unread"], 0);
    let mut message = group_message("x", "s-1", "x");
    message["send"]["conversation"] = json!("@TIM#SYSTEM");
    assert_eq!(ann.refused(message).await, i64::from(code::NO_SUCH_CONVERSATION));
    let to_system = crate::client::text_message("@TIM#SYSTEM", "s-2", "x");
    assert_eq!(ann.refused(to_system).await, i64::from(code::NO_SUCH_USER));
}

#[tokio::test]
async fn r_m5_a_tip_says_who_did_what_to_whom() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    ann.make_group("Public", "club", &["bob"]).await;
    ann.group("mute", json!({"group": "club", "user": "bob", "seconds": 60}))
        .await;
    ann.group("update", json!({"group": "club", "notification": "on Tuesdays"}))
        .await;
    ann.group("update", json!({"group": "club", "notification": "on Tuesdays"}))
        .await;
    let log = ann.log("GROUPclub").await;
    let named = json!({"groupID": "club", "name": "club", "groupName": "club"});
    assert_eq!(
        log[1]["payload"],
        json!({"operationType": 7, "operatorID": "ann", "userIDList": ["bob"], "memberNum": 2,
               "memberList": [{"userID": "bob", "muteTime": 60}], "groupProfile": named})
    );
    assert_eq!(
        log[2]["payload"],
        json!({"operationType": 6, "operatorID": "ann", "userIDList": [], "memberNum": 2,
               "newGroupProfile": {"notification": "on Tuesdays"}, "groupProfile": named})
    );
    assert_eq!(log.len(), 3, "what changes nothing is not told");
}

#[tokio::test]
async fn what_a_member_may_not_say_is_refused_and_others_go_on() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Public", "club", &["bob"]).await;
    ann.group("mute", json!({"group": "club", "user": "bob", "seconds": 600}))
        .await;
    assert_eq!(
        bob.refused(group_message("club", "b-1", "x")).await,
        i64::from(code::MUTED)
    );
    assert!(bob.head("GROUPclub").await["me"]["mute_until"].as_i64() > Some(1_600_000_000_000));
    ann.group("mute", json!({"group": "club", "user": "bob", "seconds": 0}))
        .await;
    bob.say_in("club", "b-1", "x").await;
    ann.group("update", json!({"group": "club", "mute_all": true}))
        .await;
    assert_eq!(
        bob.refused(group_message("club", "b-2", "x")).await,
        i64::from(code::MUTED)
    );
    ann.say_in("club", "a-1", "owners may").await;
    let mut tip = group_message("club", "a-2", "x");
    tip["send"]["type"] = json!("TIMGroupTipElem");
    assert_eq!(ann.refused(tip).await, i64::from(code::BAD_MESSAGE_TYPE));
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
async fn r_s4_an_online_message_reaches_who_is_here_and_is_stored_nowhere() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Private", "team", &["bob"]).await;
    let mut typing = group_message("team", "a-1", "typing");
    typing["send"]["online_only"] = json!(true);
    let sent = ann.get(typing).await;
    assert_eq!((&sent["seq"], &sent["revision"]), (&json!(0), &json!(0)));
    let online = bob.push("online").await;
    assert_eq!((&online["seq"], &online["to"]), (&json!(0), &json!("team")));
    assert_eq!(bob.head("GROUPteam").await["unread"], 0);
    assert_eq!(bob.log("GROUPteam").await.len(), 1);
}

#[tokio::test]
async fn r_k1_a_recall_in_a_group_reaches_all_and_nobody_outside() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    ann.make_group("Private", "team", &["bob", "eve"]).await;
    ann.say_in("team", "a-1", "oh no").await;
    bob.say_in("team", "b-1", "stays").await;
    assert_eq!(next_text(&mut bob).await, "oh no");
    assert_eq!(next_text(&mut bob).await, "stays");
    let recall = |seq: u64| json!({"recall": {"conversation": "GROUPteam", "seq": seq}});
    assert_eq!(bob.refused(recall(2)).await, i64::from(code::NO_PERMISSION));
    assert_eq!(
        bob.refused(recall(1)).await,
        i64::from(code::NOT_RECALLABLE),
        "a tip"
    );
    assert_eq!(bob.refused(recall(9)).await, i64::from(code::NO_SUCH_MESSAGE));
    ann.group("remove", json!({"group": "team", "users": ["eve"]}))
        .await;
    assert_eq!(eve.refused(recall(2)).await, i64::from(code::GROUP_GONE));
    ann.get(recall(2)).await;
    loop {
        let push = bob.push("message").await;
        if push["kind"] == "GROUP" && push["seq"] == 2 {
            assert_eq!(
                (&push["payload"], &push["altered"]["recalled_by"]),
                (&json!({}), &json!("ann"))
            );
            break;
        }
    }
    let react = json!({"react": {"conversation": "GROUPteam", "seq": 3, "emoji": "x", "on": true}});
    ann.get(react.clone()).await;
    assert_eq!(eve.refused(react).await, i64::from(code::GROUP_GONE));
    let log = bob.log("GROUPteam").await;
    assert_eq!(log[1]["payload"], json!({}));
    assert_eq!(log[2]["altered"]["reactions"][0]["users"], json!(["ann"]));
    let changes = bob
        .get(json!({"changes": {"conversation": "GROUPteam", "since": 3, "seq": 4}}))
        .await;
    assert_eq!(changes["messages"].as_array().unwrap().len(), 2);
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

#[tokio::test]
async fn members_come_in_pages_in_the_order_in_which_they_came() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let people: Vec<String> = (0..25).map(|number| format!("p{number:02}")).collect();
    for one in &people {
        world.token(one).await;
    }
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    ann.make_group("Private", "team", &names).await;
    ann.group("remove", json!({"group": "team", "users": ["p05"]}))
        .await;
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = ann
            .group("members", json!({"group": "team", "after": after, "count": 10}))
            .await;
        for member in page["members"].as_array().unwrap() {
            seen.push(member["user_id"].as_str().unwrap().to_owned());
        }
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    let expected: Vec<String> = std::iter::once("ann".to_owned())
        .chain(people.into_iter().filter(|one| one != "p05"))
        .collect();
    assert_eq!(seen, expected);
    let some = ann
        .group(
            "member_profiles",
            json!({"group": "team", "users": ["p01", "p05", "x"]}),
        )
        .await;
    assert_eq!(some["members"].as_array().unwrap().len(), 1);
}
