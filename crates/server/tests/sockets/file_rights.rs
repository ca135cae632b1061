//! Who may fetch a file, and who may send one.

use serde_json::json;
use tidings_protocol::code;

use crate::client::World;
use crate::uploader::{Uploader, file_message, new_id, noise, sized_message};

async fn may(who: &Uploader, id: &str) -> bool {
    let answer = who.get(id).await;
    assert!(answer.status == 200 || (answer.status, answer.code()) == (404, code::NO_SUCH_FILE));
    answer.status == 200
}

#[tokio::test]
async fn h28_a_file_is_for_the_two_of_a_conversation_until_it_is_recalled() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let files = [
        Uploader::new(&world, "ann").await,
        Uploader::new(&world, "bob").await,
        Uploader::new(&world, "eve").await,
    ];
    let [of_ann, of_bob, of_eve] = &files;
    let id = of_ann.upload("file", &noise(1, 1000)).await;
    assert!(may(of_ann, &id).await && !may(of_bob, &id).await, "not sent yet");
    ann.get(file_message("C2Cbob", "a-1", &id)).await;
    assert!(may(of_bob, &id).await && !may(of_eve, &id).await);
    bob.get(json!({"block": {"users": ["ann"]}})).await;
    assert!(may(of_bob, &id).await, "what came before is there");
    bob.get(json!({"unblock": {"users": ["ann"]}})).await;
    bob.get(json!({"delete": {"conversation": "C2Cann"}})).await;
    assert!(may(of_bob, &id).await, "off the list, not cleared");
    bob.get(json!({"delete": {"conversation": "C2Cann", "clear": true}}))
        .await;
    assert!(!may(of_bob, &id).await, "cleared");
    ann.get(file_message("C2Cbob", "a-2", &id)).await;
    assert!(may(of_bob, &id).await);
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 2}}))
        .await;
    assert!(!may(of_bob, &id).await);
    assert!(may(of_ann, &id).await, "their own");
    for wrong in [
        "0",
        "..%2f..%2ftidings.db",
        &id.to_uppercase(),
        &format!("{id}/x"),
        &new_id(),
    ] {
        let answer = of_bob.get(wrong).await;
        assert_eq!(
            (answer.status, answer.code()),
            (404, code::NO_SUCH_FILE),
            "{wrong}"
        );
        let head = of_bob
            .ask(
                "HEAD",
                &crate::uploader::path(wrong),
                &[("Range", "bytes=0-")],
                b"",
            )
            .await;
        assert_eq!((head.status, head.header("etag")), (404, None));
    }
}

#[tokio::test]
async fn h28_in_a_group_a_file_is_for_those_who_can_read_the_message_now() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    for name in ["bob", "cat", "dan"] {
        world.device(name).await;
    }
    let of_ann = Uploader::new(&world, "ann").await;
    let of_bob = Uploader::new(&world, "bob").await;
    let of_cat = Uploader::new(&world, "cat").await;
    let group = |verb: &str, asked: serde_json::Value| json!({"group": {verb: asked}});
    for (kind, name, newcomer_sees) in [
        ("Private", "p", false),
        ("Public", "q", true),
        ("ChatRoom", "r", true),
    ] {
        let create = json!({"type": kind, "name": name, "group": name, "members": ["bob", "dan"]});
        ann.get(group("create", create)).await;
        let id = of_ann.upload("image", name.as_bytes()).await;
        ann.get(file_message(&format!("GROUP{name}"), "f-1", &id)).await;
        assert!(!may(&of_cat, &id).await, "{kind}: a stranger");
        if kind != "ChatRoom" {
            assert!(may(&of_bob, &id).await, "{kind}: a member");
        }
        let mut cat = world.device("cat").await;
        match kind {
            "ChatRoom" => {
                cat.get(group("join", json!({"group": name}))).await;
            }
            _ => {
                ann.get(group("add", json!({"group": name, "users": ["cat"]})))
                    .await;
            }
        }
        assert_eq!(may(&of_cat, &id).await, newcomer_sees, "{kind}: a newcomer");
        let later = of_ann.upload("image", format!("later {name}").as_bytes()).await;
        ann.get(file_message(&format!("GROUP{name}"), "f-2", &later))
            .await;
        assert!(may(&of_cat, &later).await);
        ann.get(group("remove", json!({"group": name, "users": ["cat"]})))
            .await;
        assert!(!may(&of_cat, &later).await, "{kind}: a former member");
        ann.get(group("add", json!({"group": name, "users": ["cat"]})))
            .await;
        assert_eq!(may(&of_cat, &later).await, newcomer_sees, "{kind}: back again");
        assert!(may(&of_ann, &id).await);
    }
    let id = of_ann.upload("image", b"last").await;
    ann.get(file_message("GROUPq", "f-3", &id)).await;
    assert!(may(&of_bob, &id).await);
    ann.get(group("dismiss", json!({"group": "q"}))).await;
    assert!(!may(&of_bob, &id).await, "the group is no more");
}

#[tokio::test]
async fn a_file_is_sent_by_who_has_it_and_forwarded_by_who_can_read_it() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let mut eve = world.device("eve").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let of_eve = Uploader::new(&world, "eve").await;
    let no_such_file = i64::from(code::NO_SUCH_FILE);
    let coming = of_ann.begin("file", b"coming").await;
    assert_eq!(
        ann.refused(file_message("C2Cbob", "x", &coming)).await,
        no_such_file,
        "not finished"
    );
    assert_eq!(
        ann.refused(file_message("C2Cbob", "x", &new_id())).await,
        no_such_file
    );
    let id = of_ann.upload("file", b"bytes").await;
    assert_eq!(
        eve.refused(file_message("C2Cbob", "x", &id)).await,
        no_such_file,
        "of somebody else"
    );
    assert_eq!(eve.heads(0).await["heads"], json!([]), "nothing was begun");
    assert_eq!(bob.refused(file_message("C2Ceve", "x", &id)).await, no_such_file);
    let sent = ann.get(file_message("C2Cbob", "a-1", &id)).await;
    bob.get(file_message("C2Ceve", "b-1", &id)).await;
    assert!(may(&of_eve, &id).await);
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 1}}))
        .await;
    assert!(may(&of_eve, &id).await, "another message holds it");
    assert_eq!(
        ann.get(file_message("C2Cbob", "a-1", &id)).await["time"],
        sent["time"],
        "sent again"
    );
    bob.get(json!({"recall": {"conversation": "C2Ceve", "seq": 1}}))
        .await;
    assert!(!may(&of_eve, &id).await);
    assert_eq!(eve.refused(file_message("C2Cbob", "x", &id)).await, no_such_file);
    let mut online = file_message("C2Cbob", "o-1", &id);
    online["send"]["online_only"] = json!(true);
    assert_eq!(ann.refused(online).await, i64::from(code::BAD_MESSAGE_TYPE));
}

#[tokio::test]
async fn a_message_sent_again_after_its_file_has_gone_gets_its_first_answer() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let id = of_ann.upload("file", b"bytes").await;
    ann.get(file_message("C2Cbob", "a-1", &id)).await;
    bob.get(file_message("C2Cbob", "note", &id)).await;
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 1}}))
        .await;
    let again = bob.get(file_message("C2Cbob", "note", &id)).await;
    assert_eq!(again["seq"], 1, "what is stored is stored");
}

#[tokio::test]
async fn h20_a_message_that_says_another_size_of_its_files_is_refused() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let wrong = i64::from(code::BAD_PAYLOAD);
    let id = of_ann.upload("file", b"bytes").await;
    ann.get(file_message("C2Cbob", "a-1", &id)).await;
    for size in [0, 1, 4, 6, u64::MAX] {
        // Also by who can only read it.
        assert_eq!(
            ann.refused(sized_message("C2Cbob", "a-2", &id, size)).await,
            wrong
        );
        assert_eq!(
            bob.refused(sized_message("C2Cann", "b-1", &id, size)).await,
            wrong
        );
    }
    bob.get(sized_message("C2Cann", "b-1", &id, 5)).await;

    let (large, small) = (
        of_ann.upload("image", b"a large one").await,
        of_ann.upload("preview", b"small").await,
    );
    let image = |client_id: &str, sizes: [u64; 3]| {
        let info = |form: usize, id: &str| json!({"sizeType": form + 1, "size": sizes[form], "width": 2, "height": 3, "instanceID": id});
        json!({"send": {"conversation": "C2Cbob", "client_id": client_id, "random": 7, "client_seq": 1,
               "type": "TIMImageElem", "payload": {"uuid": large, "imageFormat": 3,
               "imageInfoArray": [info(0, &large), info(1, &large), info(2, &small)]}}})
    };
    for sizes in [[1, 11, 5], [11, 1, 5], [11, 11, 1]] {
        assert_eq!(ann.refused(image("i-1", sizes)).await, wrong, "{sizes:?}");
    }
    ann.get(image("i-1", [11, 11, 5])).await;

    let video = |video_size: u64, thumb_size: u64| {
        json!({"send": {"conversation": "C2Cbob", "client_id": "v-1", "random": 7, "client_seq": 1,
               "type": "TIMVideoFileElem", "payload": {"videoUUID": large, "videoFormat": "mp4", "videoSecond": 1,
               "videoSize": video_size, "videoDownloadFlag": 2, "thumbUUID": small, "thumbFormat": "jpg",
               "thumbWidth": 4, "thumbHeight": 3, "thumbSize": thumb_size, "thumbDownloadFlag": 2}}})
    };
    for (video_size, thumb_size) in [(5, 5), (11, 11)] {
        assert_eq!(ann.refused(video(video_size, thumb_size)).await, wrong);
    }
    ann.get(video(11, 5)).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_for_its_place_is_refused_there() {
    let mut config = crate::client::open_config();
    config.media.sound_bytes = 10;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let id = of_ann.upload("file", b"more than ten bytes").await;
    let sound = |id: &str| {
        json!({"send": {"conversation": "C2Cbob", "client_id": "s-1", "random": 7, "client_seq": 1,
               "type": "TIMSoundElem", "payload": {"uuid": id, "second": 1, "size": 10, "downloadFlag": 2}}})
    };
    assert_eq!(ann.refused(sound(&id)).await, i64::from(code::SOUND_TOO_LARGE));
    let id = of_ann.upload("sound", b"ten bytes!").await;
    ann.get(sound(&id)).await;
}
