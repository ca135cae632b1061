//! What comes back of files, and how they lie on the disk.

use tidings_protocol::code;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{World, open_config};
use crate::uploader::{Uploader, blobs, hash, noise, path};

#[tokio::test]
async fn ranges_tags_and_heads_are_those_of_http() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(8, 200_000);
    let id = ann.upload("video", &bytes).await;
    let tag = format!("\"{}\"", hash(&bytes));
    let range = |range: &'static str| {
        let (ann, id) = (ann.clone(), id.clone());
        async move { ann.ask("GET", &path(&id), &[("Range", range)], b"").await }
    };
    let part = range("bytes=100-99999").await;
    assert_eq!(
        (part.status, part.header("content-range")),
        (206, Some("bytes 100-99999/200000"))
    );
    assert!(part.body == bytes[100..100_000]);
    assert!(range("bytes=-70000").await.body == bytes[130_000..]);
    let beyond = range("bytes=200000-").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some("bytes */200000"))
    );
    assert_eq!(range("bytes=0-1,5-6").await.status, 200);
    let old = [("Range", "bytes=0-1"), ("If-Range", "\"old\"")];
    assert_eq!(ann.ask("GET", &path(&id), &old, b"").await.body.len(), 200_000);
    let same = ann.ask("GET", &path(&id), &[("If-None-Match", &tag)], b"").await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = ann.ask("HEAD", &path(&id), &[], b"").await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("200000"))
    );
    assert_eq!((head.body.len(), head.header("etag")), (0, Some(tag.as_str())));
}

#[tokio::test]
async fn h29_whatever_it_is_a_browser_gets_bytes_to_keep_and_nothing_to_run() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let id = ann.upload("image", b"<svg onload=alert(1)>").await;
    let got = ann.get(&id).await;
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    assert_eq!(got.header("content-disposition"), Some("attachment"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        got.header("content-security-policy"),
        Some("sandbox; default-src 'none'")
    );
    assert_eq!(got.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(got.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_and_nobody_is_told() {
    let world = World::new().await;
    let (ann, bob) = (
        Uploader::new(&world, "ann").await,
        Uploader::new(&world, "bob").await,
    );
    let bytes = noise(9, 100_000);
    let of_ann = ann.upload("file", &bytes).await;
    let of_bob = bob.begin("file", &bytes).await;
    assert_eq!(
        bob.status(&of_bob).await.offset(),
        Some(0),
        "every byte is to be shown"
    );
    assert_eq!(bob.get(&of_bob).await.status, 404);
    assert_eq!(bob.patch(&of_bob, 0, &bytes).await.status, 204);
    assert_eq!(bob.get(&of_ann).await.status, 404);
    assert!(bob.get(&of_bob).await.body == bytes);
    assert_eq!(blobs(&world), 1);
    assert_eq!(
        std::fs::read_dir(world.dir.path().join("files/parts"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn b21_downloads_that_nobody_reads_are_counted_and_hold_up_nobody_else() {
    let mut config = open_config();
    config.media.transfers_per_user = 2;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(12, 30_000_000);
    let id = ann.upload("video", &bytes).await;
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(ann.addr).await.unwrap();
        let head = format!("{}\r\n", ann.head("GET", &path(&id), &[]));
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut first = [0; 1000];
        stream.read_exact(&mut first).await.unwrap();
        slow.push(stream);
    }
    let refused = ann.get(&id).await;
    assert_eq!((refused.status, refused.code()), (429, code::TOO_FREQUENT));
    let bob = Uploader::new(&world, "bob").await;
    bob.upload("file", b"still moving").await;
    slow.clear();
    loop {
        let got = ann.get(&id).await;
        if got.status == 200 {
            assert!(got.body == bytes);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn h51_the_bytes_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    ann.upload("file", b"mine").await;
    let id = ann.begin("file", b"coming").await;
    ann.patch(&id, 0, b"com").await;
    let mut folders = vec![world.dir.path().join("files")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2);
}
