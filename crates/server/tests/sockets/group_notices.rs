//! What is said of changes in groups: tips in their logs, notices to each one concerned.

use serde_json::json;
use tidings_protocol::code;

use crate::client::World;
use crate::groups::{group_message, is_shut_out};

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
    assert_eq!(
        (&head["unread"], &head["seq"]),
        (&json!(3), &json!(4)),
        "R-M6; what ann did herself is no news"
    );
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
async fn what_one_does_oneself_in_a_group_leaves_nothing_unread() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    world.token("cay").await;
    for group in ["club", "team"] {
        ann.make_group("Public", group, &["bob"]).await;
    }
    ann.group("update", json!({"group": "club", "name": "bees"}))
        .await;
    ann.group("add", json!({"group": "club", "users": ["cay"]})).await;
    assert_eq!(ann.head("GROUPclub").await["unread"], 0);
    assert_eq!(ann.head("@TIM#SYSTEM").await["unread"], 0);
    bob.group("quit", json!({"group": "club"})).await;
    bob.group("quit", json!({"group": "team"})).await;
    assert_eq!(bob.notices().await, [7, 7, 8, 8]);
    assert_eq!(bob.head("@TIM#SYSTEM").await["unread"], 2, "what others did");
    // Counted from either end, what lies between is not counted.
    for (seq, unread) in [(1, 1), (3, 0)] {
        let read = bob
            .get(json!({"read": {"conversation": "@TIM#SYSTEM", "seq": seq}}))
            .await;
        assert_eq!(read["unread"], unread, "{seq}");
    }
}

#[tokio::test]
async fn who_is_called_otherwise_is_so_for_everybody_who_is_here() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    ann.make_group("Public", "club", &["bob"]).await;
    ann.group(
        "name_card",
        json!({"group": "club", "user": "bob", "name_card": "Mate"}),
    )
    .await;
    ann.group("name_card", json!({"group": "club", "name_card": "Captain"}))
        .await;
    for (user, card) in [("bob", "Mate"), ("ann", "Captain")] {
        assert_eq!(
            bob.push("name_card").await,
            json!({"group": "club", "user": user, "name_card": card})
        );
    }
    // They have no conversation of their own.
    ann.get(json!({"update_profile": {"nick": "Anna"}})).await;
    assert_eq!(bob.push("profile").await["nick"], "Anna");
}
