//! What becomes of files that nobody has any more.

use std::time::Duration;

use serde_json::json;

use crate::client::{World, open_config};
use crate::uploader::{Uploader, blobs, file_message, noise};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn b14_an_upload_that_rests_expires_and_one_that_goes_on_does_not() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(1, 1000);
    let (rests, goes_on) = (ann.begin("file", &bytes).await, ann.begin("file", &bytes).await);
    for id in [&rests, &goes_on] {
        ann.patch(id, 0, &bytes[..100]).await;
    }
    world.clock.forward(20 * HOUR);
    ann.patch(&goes_on, 100, &bytes[100..200]).await;
    world.clock.forward(5 * HOUR);
    assert_eq!(ann.status(&rests).await.status, 404, "also before it is swept");
    world.server.purge().await.unwrap();
    assert_eq!(ann.status(&rests).await.status, 404);
    assert!(!world.dir.path().join("files/parts").join(&rests).exists());
    assert_eq!(ann.status(&goes_on).await.offset(), Some(200));
    assert_eq!(ann.patch(&goes_on, 200, &bytes[200..]).await.status, 204);
    assert!(ann.get(&goes_on).await.body == bytes);
}

#[tokio::test]
async fn a_file_stays_while_a_message_has_it_and_its_bytes_while_a_file_has_them() {
    let mut config = open_config();
    config.roaming_days = 0;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let bytes = noise(2, 1000);
    let (sent, forgotten) = (
        of_ann.upload("file", &bytes).await,
        of_ann.upload("file", &bytes).await,
    );
    let other = of_ann.upload("file", b"other").await;
    ann.get(file_message("C2Cbob", "a-1", &sent)).await;
    assert_eq!(blobs(&world), 2);
    world.server.purge().await.unwrap();
    assert_eq!(of_ann.get(&forgotten).await.status, 200, "still fresh");
    world.clock.forward(25 * HOUR);
    world.server.purge().await.unwrap();
    assert_eq!(of_ann.get(&forgotten).await.status, 404);
    assert_eq!(of_ann.get(&other).await.status, 404);
    assert!(of_ann.get(&sent).await.body == bytes, "the same bytes");
    assert_eq!(blobs(&world), 1);
    world.clock.forward(1000 * HOUR);
    world.server.purge().await.unwrap();
    assert!(of_ann.get(&sent).await.body == bytes);
}

#[tokio::test]
async fn what_is_recalled_cleared_by_all_dismissed_or_not_kept_any_more_leaves_the_disk() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    let mut bob = world.device("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    ann.get(json!({"group": {"create": {"type": "Public", "name": "g", "group": "g", "members": ["bob"]}}}))
        .await;
    let mut ids = Vec::new();
    for (n, to) in ["C2Cbob", "C2Cbob", "GROUPg", "C2Cann"].into_iter().enumerate() {
        let id = of_ann.upload("file", &noise(n as u8, 1000)).await;
        ann.get(file_message(to, &format!("m-{n}"), &id)).await;
        ids.push(id);
    }
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 4);
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 2}}))
        .await;
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 3, "recalled");
    ann.get(json!({"delete": {"conversation": "C2Cbob", "clear": true}}))
        .await;
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 3, "bob has it");
    bob.get(json!({"delete": {"conversation": "C2Cann", "clear": true}}))
        .await;
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 2, "cleared by both");
    ann.get(json!({"group": {"dismiss": {"group": "g"}}})).await;
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 1, "dismissed");
    world.clock.forward(8 * 24 * HOUR);
    world.server.purge().await.unwrap();
    assert_eq!(blobs(&world), 0, "not kept any more");
    for id in ids {
        assert_eq!(of_ann.get(&id).await.status, 404);
    }
}

#[tokio::test]
async fn the_bytes_of_a_recalled_message_leave_the_disk_within_moments() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("bob").await;
    let of_ann = Uploader::new(&world, "ann").await;
    let id = of_ann.upload("image", b"a regrettable picture").await;
    ann.get(file_message("C2Cbob", "a-1", &id)).await;
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 1}}))
        .await;
    while blobs(&world) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(of_ann.get(&id).await.status, 404);
}

#[tokio::test]
async fn a_restart_keeps_uploads_and_collects_what_is_over() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(3, 500_000);
    let id = ann.begin("file", &bytes).await;
    ann.patch(&id, 0, &bytes[..300_000]).await;
    let parts = world.dir.path().join("files/parts");
    let orphan = parts.join(crate::uploader::new_id());
    std::fs::write(&orphan, b"nobody's").unwrap();
    let world = world.restart().await;
    let ann = Uploader::new(&world, "ann").await;
    while orphan.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ann.status(&id).await.offset(), Some(300_000));
    assert_eq!(ann.patch(&id, 300_000, &bytes[300_000..]).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}
