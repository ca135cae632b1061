//! What a seat in a group is worth: who takes one, who loses one, and what it costs to ask.

use serde_json::{Value, json};
use tidings_protocol::code;
use tidings_server::Allowance;

use crate::client::{Client, World, open_config};

const THREE: Allowance = Allowance {
    burst: 3,
    per_minute: 1,
};

/// What became of the requests to join that `client` was told of.
async fn handled(client: &mut Client) -> Vec<Value> {
    let log = client.log("@TIM#SYSTEM").await;
    log.iter()
        .filter(|notice| notice["payload"]["operationType"] == 1)
        .map(|notice| notice["payload"]["handled"].clone())
        .collect()
}

#[tokio::test]
async fn a_request_to_join_ends_when_its_sender_comes_in_by_another_way() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut cay = world.device("cay").await;
    ann.make_group("Public", "club", &[]).await;
    for client in [&mut bob, &mut cay] {
        let asked = client.group("join", json!({"group": "club"})).await;
        assert_eq!(asked["status"], "WaitAdminApproval");
    }
    ann.group("add", json!({"group": "club", "users": ["cay"]})).await;
    assert_eq!(handled(&mut ann).await, [Value::Null, json!("accepted")]);
    ann.group("update", json!({"group": "club", "join_option": "FreeAccess"}))
        .await;
    let joined = bob.group("join", json!({"group": "club"})).await;
    assert_eq!(joined["status"], "JoinedSuccess");
    assert_eq!(handled(&mut ann).await, ["accepted", "accepted"]);
    ann.group(
        "set_role",
        json!({"group": "club", "user": "cay", "role": "Admin"}),
    )
    .await;
    ann.group("change_owner", json!({"group": "club", "user": "bob"}))
        .await;
    for user in ["bob", "cay"] {
        let answer = json!({"group": "club", "user": user, "accept": true});
        let refused = cay.group_refused("answer", answer).await;
        assert_eq!(refused, i64::from(code::ALREADY_HANDLED));
    }
    let head = bob.head("GROUPclub").await;
    assert_eq!(head["me"]["role"], "Owner");
    assert_eq!(head["group"]["member_count"], 3);
}

#[tokio::test]
async fn a_changed_profile_is_told_once_to_whoever_shares_several_groups_and_never_for_nothing() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    for group in ["one", "two", "three"] {
        ann.make_group("Private", group, &["bob"]).await;
    }
    ann.send("bob", "a-1", "a peer as well").await;
    for nick in ["Anna", "Anna", "Annie"] {
        ann.get(json!({"update_profile": {"nick": nick}})).await;
    }
    assert_eq!(bob.push("profile").await["nick"], "Anna");
    assert_eq!(bob.push("profile").await["nick"], "Annie");
}

#[tokio::test]
async fn a_request_to_join_ends_with_the_group() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Public", "club", &[]).await;
    bob.group("join", json!({"group": "club"})).await;
    ann.group("dismiss", json!({"group": "club"})).await;
    assert_eq!(handled(&mut ann).await, ["refused"]);
}

#[tokio::test]
async fn who_has_blocked_somebody_is_not_brought_into_groups_by_them() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut cay = world.device("cay").await;
    ann.make_group("Private", "before", &["bob", "cay"]).await;
    bob.get(json!({"block": {"users": ["ann"]}})).await;
    let made = ann.make_group("Private", "team", &["bob", "cay"]).await;
    assert_eq!(made["member_count"], 2);
    for (group, expected) in [
        (
            "team",
            json!({"added": [], "existed": ["cay"], "failed": ["bob"]}),
        ),
        (
            "before",
            json!({"added": [], "existed": ["bob", "cay"], "failed": []}),
        ),
    ] {
        let added = ann
            .group("add", json!({"group": group, "users": ["bob", "cay"]}))
            .await;
        assert_eq!(added, expected, "{group}");
    }
    assert_eq!(bob.head("GROUPteam").await, Value::Null);
    let added = cay.group("add", json!({"group": "team", "users": ["bob"]})).await;
    assert_eq!(added["added"], json!(["bob"]), "only whom they have blocked");
}

#[tokio::test]
async fn h40_bringing_in_costs_what_was_asked_for_in_vain() {
    for verb in ["add", "create"] {
        let mut config = open_config();
        config.limits.lookups = THREE;
        let world = World::with(config).await;
        let mut ann = world.device("ann").await;
        world.token("bob").await;
        ann.make_group("Private", "team", &["bob"]).await;
        let ghosts = ["n-1", "n-2", "n-3", "n-4", "n-5"];
        let body = match verb {
            "add" => json!({"group": "team", "users": ghosts}),
            _ => json!({"type": "Private", "name": "more", "members": ghosts}),
        };
        ann.group(verb, body).await;
        let refused = ann.refused(json!({"profiles": {"user_ids": ["bob"]}})).await;
        assert_eq!(refused, i64::from(code::TOO_FREQUENT), "{verb}");
    }
}

#[tokio::test]
async fn h39_all_that_changes_groups_is_bounded_as_sending_is() {
    let mut config = open_config();
    config.limits.sends = THREE;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    ann.make_group("Public", "club", &[]).await;
    for (verb, body) in [
        ("create", json!({"type": "Public", "name": "another"})),
        ("dismiss", json!({"group": "club"})),
        ("join", json!({"group": "club"})),
        ("quit", json!({"group": "club"})),
        ("answer", json!({"group": "club", "user": "bob", "accept": true})),
        ("change_owner", json!({"group": "club", "user": "bob"})),
        ("update", json!({"group": "club", "name": "bees"})),
        ("add", json!({"group": "club", "users": ["bob"]})),
        ("remove", json!({"group": "club", "users": ["bob"]})),
        (
            "set_role",
            json!({"group": "club", "user": "bob", "role": "Admin"}),
        ),
        ("mute", json!({"group": "club", "user": "bob", "seconds": 60})),
        ("name_card", json!({"group": "club", "name_card": "Queen"})),
    ] {
        let refused = ann.group_refused(verb, body).await;
        assert_eq!(refused, i64::from(code::TOO_FREQUENT), "{verb}");
    }
    let profile = ann.group("profile", json!({"group": "club"})).await;
    assert_eq!(profile["name"], "club", "questions are still answered");
}

#[tokio::test]
async fn who_is_muted_stays_so_when_they_leave_and_come_back() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("ChatRoom", "room", &["bob"]).await;
    ann.group("mute", json!({"group": "room", "user": "bob", "seconds": 600}))
        .await;
    let until = bob.head("GROUProom").await["me"]["mute_until"].clone();
    bob.group("quit", json!({"group": "room"})).await;
    bob.group("join", json!({"group": "room"})).await;
    assert_eq!(bob.head("GROUProom").await["me"]["mute_until"], until);
    let said = crate::groups::group_message("room", "b-1", "I am back");
    assert_eq!(bob.refused(said.clone()).await, i64::from(code::MUTED));
    let world = world.restart().await;
    let mut bob = world.device("bob").await;
    assert_eq!(bob.refused(said).await, i64::from(code::MUTED));
}
