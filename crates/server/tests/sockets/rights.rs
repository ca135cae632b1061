//! Who may ask what in a group: every verb, asked by everybody, in every type of group.

use serde_json::{Value, json};
use tidings_protocol::code;

use crate::client::{Client, World};
use crate::groups::{group_message, many_lookups};

const TYPES: [&str; 4] = ["Private", "Public", "ChatRoom", "AVChatRoom"];

/// Who asks. In a Private group there is no administrator.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Who {
    Stranger,
    Former,
    Member,
    Admin,
    Owner,
}

const EVERYBODY: [(Who, &str); 5] = [
    (Who::Stranger, "stranger"),
    (Who::Former, "former"),
    (Who::Member, "member"),
    (Who::Admin, "admin"),
    (Who::Owner, "owner"),
];

/// The verbs with what is asked of the group `g`, whose message 1 above the given seq is the owner's.
fn verbs(g: &str, said: u64) -> Vec<(&'static str, Value)> {
    let conversation = format!("GROUP{g}");
    let verb = |name: &str, mut body: Value| {
        body["group"] = json!(g);
        json!({"group": {name: body}})
    };
    vec![
        ("send", group_message(g, "w-1", "hello")),
        (
            "history",
            json!({"history": {"conversation": conversation, "limit": 5}}),
        ),
        (
            "changes",
            json!({"changes": {"conversation": conversation, "since": 0, "seq": 9}}),
        ),
        (
            "read",
            json!({"read": {"conversation": conversation, "seq": said}}),
        ),
        (
            "settings",
            json!({"settings": {"conversation": conversation, "pinned": true}}),
        ),
        ("delete", json!({"delete": {"conversation": conversation}})),
        (
            "recall of another's",
            json!({"recall": {"conversation": conversation, "seq": said}}),
        ),
        (
            "edit of another's",
            json!({"edit": {"conversation": conversation, "seq": said, "payload": {"text": "y"}}}),
        ),
        (
            "react",
            json!({"react": {"conversation": conversation, "seq": said, "emoji": "x", "on": true}}),
        ),
        ("search", verb("search", json!({}))),
        ("profile", verb("profile", json!({}))),
        ("join", verb("join", json!({}))),
        ("members", verb("members", json!({"count": 5}))),
        (
            "member profiles",
            verb("member_profiles", json!({"users": ["target"]})),
        ),
        ("read by", verb("read_by", json!({"seq": said}))),
        ("quit", verb("quit", json!({}))),
        ("dismiss", verb("dismiss", json!({}))),
        ("answer", verb("answer", json!({"user": "new", "accept": true}))),
        ("change owner", verb("change_owner", json!({"user": "target"}))),
        ("rename", verb("update", json!({"name": "another"}))),
        ("mute all", verb("update", json!({"mute_all": true}))),
        (
            "join option",
            verb("update", json!({"join_option": "DisableApply"})),
        ),
        ("add", verb("add", json!({"users": ["new"]}))),
        ("remove a member", verb("remove", json!({"users": ["target"]}))),
        ("remove the owner", verb("remove", json!({"users": ["owner"]}))),
        (
            "make an admin",
            verb("set_role", json!({"user": "target", "role": "Admin"})),
        ),
        (
            "make an owner",
            verb("set_role", json!({"user": "target", "role": "Owner"})),
        ),
        (
            "mute a member",
            verb("mute", json!({"user": "target", "seconds": 60})),
        ),
        (
            "mute the owner",
            verb("mute", json!({"user": "owner", "seconds": 60})),
        ),
        ("own name card", verb("name_card", json!({"name_card": "me"}))),
        (
            "another's name card",
            verb("name_card", json!({"user": "target", "name_card": "you"})),
        ),
    ]
}

/// What is answered: a code, or 0 for yes.
fn expected(verb: &str, kind: &str, who: Who) -> i32 {
    let private = kind == "Private";
    let may = |yes: bool| if yes { 0 } else { code::NO_PERMISSION };
    let outside = match who {
        Who::Stranger if private => code::NO_SUCH_GROUP,
        _ => code::GROUP_GONE,
    };
    match verb {
        "search" if private => return code::NO_SUCH_GROUP,
        "search" => return 0,
        "profile" | "join" if !private => return 0,
        "delete" if who == Who::Stranger => return code::NO_SUCH_CONVERSATION,
        "delete" => return 0,
        _ if who < Who::Member => return outside,
        _ => {}
    }
    match verb {
        "recall of another's" | "edit of another's" => may(who == Who::Owner),
        "read by" => may(private || kind == "Public"),
        "quit" if who == Who::Owner && !private => code::OWNER_CANNOT_QUIT,
        "dismiss" => may(who == Who::Owner && !private),
        "answer" if who >= Who::Admin => code::ALREADY_HANDLED,
        "answer" => code::NO_PERMISSION,
        "change owner" => may(who == Who::Owner),
        "rename" => may(private || who >= Who::Admin),
        "mute all" | "mute a member" => may(!private && who >= Who::Admin),
        "join option" => may(kind == "Public" && who >= Who::Admin),
        "add" => may(private || kind != "AVChatRoom" && who >= Who::Admin),
        "remove a member" | "another's name card" => may(who >= Who::Admin),
        "remove the owner" | "mute the owner" => code::NO_PERMISSION,
        "make an admin" => may(!private && who == Who::Owner),
        "make an owner" if !private && who == Who::Owner => code::GROUP_PARAMETER,
        "make an owner" => code::NO_PERMISSION,
        _ => 0,
    }
}

struct People {
    world: World,
    sessions: Vec<Client>,
}

impl People {
    async fn new() -> Self {
        let world = World::with(many_lookups()).await;
        let mut sessions = Vec::new();
        for (_, name) in EVERYBODY {
            sessions.push(world.device(name).await);
        }
        world.token("target").await;
        world.token("new").await;
        sessions.push(world.device("target").await);
        Self { world, sessions }
    }

    fn of(&mut self, who: Who) -> &mut Client {
        &mut self.sessions[who as usize]
    }

    /// A group with everybody in their place; the seq of a message of its owner.
    async fn make(&mut self, kind: &str, id: &str) -> u64 {
        let invited = ["former", "member", "admin", "target"];
        if kind == "AVChatRoom" {
            self.of(Who::Owner).make_group(kind, id, &[]).await;
            for place in [1, 2, 3, 5] {
                self.sessions[place].group("join", json!({"group": id})).await;
            }
        } else {
            self.of(Who::Owner).make_group(kind, id, &invited).await;
        }
        if kind != "Private" {
            let admin = json!({"group": id, "user": "admin", "role": "Admin"});
            self.of(Who::Owner).group("set_role", admin).await;
        }
        self.of(Who::Former).group("quit", json!({"group": id})).await;
        let said = self.of(Who::Owner).say_in(id, "o-1", "x").await;
        for session in &mut self.sessions {
            session.round().await;
            session.forget_pushes();
        }
        said["seq"].as_u64().unwrap()
    }
}

#[tokio::test]
async fn every_verb_is_answered_by_what_one_is_in_the_group() {
    let mut people = People::new().await;
    let mut wrong = Vec::new();
    let mut number = 0;
    for kind in TYPES {
        for place in 0..verbs("", 0).len() {
            // What was refused changed nothing, so the same group serves until somebody may.
            let mut group = None;
            for (who, _) in EVERYBODY {
                if kind == "Private" && who == Who::Admin {
                    continue;
                }
                let (id, said) = match group.take() {
                    Some(known) => known,
                    None => {
                        number += 1;
                        let id = format!("g{number}");
                        let said = people.make(kind, &id).await;
                        (id, said)
                    }
                };
                let (verb, request) = verbs(&id, said).swap_remove(place);
                let session = people.of(who);
                let asked = session.ask(request).await;
                let answer = session.answer(asked).await;
                let got = answer["error"]["code"].as_i64().unwrap_or(0);
                let want = i64::from(expected(verb, kind, who));
                if got != want {
                    wrong.push(format!("{verb} in {kind} by {who:?}: {got}, not {want}"));
                }
                if got != 0 {
                    group = Some((id, said));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    drop(people.world);
}

#[tokio::test]
async fn two_admins_at_once_do_not_undo_each_other() {
    let world = World::with(many_lookups()).await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    for number in 0..20 {
        world.token(&format!("m{number}")).await;
    }
    let names: Vec<String> = (0..20).map(|number| format!("m{number}")).collect();
    let mut members: Vec<&str> = names.iter().map(String::as_str).collect();
    members.push("bob");
    ann.make_group("Public", "club", &members).await;
    ann.group(
        "set_role",
        json!({"group": "club", "user": "bob", "role": "Admin"}),
    )
    .await;
    for name in &names {
        let request = json!({"group": {"remove": {"group": "club", "users": [name]}}});
        let (one, other) = (ann.ask(request.clone()).await, bob.ask(request).await);
        assert!(ann.answer(one).await["error"].is_null());
        assert!(bob.answer(other).await["error"].is_null());
    }
    let tips = ann.log("GROUPclub").await;
    let removals = tips
        .iter()
        .filter(|tip| tip["payload"]["operationType"] == 3)
        .count();
    assert_eq!(removals, 20, "each was removed once");
    assert_eq!(ann.head("GROUPclub").await["group"]["member_count"], 2);
    let both = json!({"group": {"create": {"type": "Public", "name": "x", "group": "same"}}});
    let (one, other) = (ann.ask(both.clone()).await, bob.ask(both).await);
    let answers = [ann.answer(one).await, bob.answer(other).await];
    let taken = answers
        .iter()
        .filter(|answer| answer["error"]["code"] == code::GROUP_ID_TAKEN)
        .count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn a_member_who_is_removed_while_messages_fly_gets_those_before_and_none_after() {
    let world = World::with(many_lookups()).await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    ann.make_group("Private", "team", &["bob", "eve"]).await;
    for round in 0..10 {
        let mut asked = Vec::new();
        for number in 0..30 {
            asked.push(
                bob.ask(group_message("team", &format!("b-{round}-{number}"), "x"))
                    .await,
            );
        }
        ann.group("remove", json!({"group": "team", "users": ["eve"]}))
            .await;
        for one in asked {
            assert!(bob.answer(one).await["ok"].is_object());
        }
        let left = eve.head("GROUPteam").await["seq"].as_u64().unwrap();
        ann.group("add", json!({"group": "team", "users": ["eve"]})).await;
        let back = eve.head("GROUPteam").await;
        eve.round().await;
        let joined = loop {
            let push = eve.push("message").await;
            if push["kind"] != "GROUP" {
                continue;
            }
            let seq = push["seq"].as_u64().unwrap();
            if seq > left {
                break seq;
            }
        };
        assert_eq!(
            back["seq"], joined,
            "the first that she gets is the tip of her coming back"
        );
    }
}
