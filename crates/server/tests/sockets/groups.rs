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
