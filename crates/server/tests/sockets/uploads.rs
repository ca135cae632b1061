//! Uploads by tus 1.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidings_protocol::{FileId, code};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{World, open_config};
use crate::uploader::{Uploader, exchange, file_message, hash, metadata, new_id, noise, path, read_answer};

#[tokio::test]
async fn a_file_goes_up_in_parts_and_comes_down_as_it_was() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(1, 1_000_000);
    let id = ann.begin("file", &bytes).await;
    assert_eq!(
        ann.get(&id).await.code(),
        code::NO_SUCH_FILE,
        "it is not there yet"
    );
    let part = ann.patch(&id, 0, &bytes[..300_000]).await;
    assert_eq!((part.status, part.offset()), (204, Some(300_000)));
    assert!(part.header("upload-expires").unwrap().ends_with(" GMT"));
    let status = ann.status(&id).await;
    assert_eq!((status.status, status.offset()), (200, Some(300_000)));
    assert_eq!(status.header("upload-length"), Some("1000000"));
    assert_eq!(status.header("cache-control"), Some("no-store"));
    assert_eq!(ann.patch(&id, 300_000, &bytes[300_000..]).await.status, 204);
    let status = ann.status(&id).await;
    assert_eq!(
        (status.offset(), status.header("upload-expires")),
        (Some(1_000_000), None)
    );
    let got = ann.get(&id).await;
    assert_eq!(got.status, 200);
    assert!(got.body == bytes);
    let tag = format!("\"{}\"", hash(&bytes));
    assert_eq!(got.header("etag"), Some(tag.as_str()));
    let again = ann.patch(&id, 1_000_000, b"").await;
    assert_eq!(
        again.status, 204,
        "the answer to the last part may have been lost"
    );
}

#[tokio::test]
async fn a_small_file_is_one_request_and_the_same_again_changes_nothing() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let (id, bytes) = (new_id(), b"hello".as_slice());
    let metadata = metadata(&id, "image", &hash(bytes));
    let lines = [
        ("Upload-Length", "5"),
        ("Upload-Metadata", metadata.as_str()),
        ("Content-Type", "application/offset+octet-stream"),
    ];
    for _ in 0..2 {
        let made = ann.tus("POST", "/v1/files", &lines, bytes).await;
        assert_eq!((made.status, made.offset()), (201, Some(5)), "{made:?}");
        assert_eq!(made.header("location"), Some(path(&id).as_str()));
    }
    assert_eq!(ann.get(&id).await.body, bytes);
    let other = ann.create(&id, "image", 6, &hash(b"other!")).await;
    assert_eq!(other.status, 409);
    let bob = Uploader::new(&world, "bob").await;
    assert_eq!(bob.create(&id, "image", 5, &hash(bytes)).await.status, 409);
    assert_eq!(bob.status(&id).await.status, 404);
    assert_eq!(bob.get(&id).await.status, 404);
}

#[tokio::test]
async fn an_upload_without_an_id_gets_one() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let metadata = format!(
        "kind {},blake3 {}",
        STANDARD.encode("sound"),
        STANDARD.encode(hash(b"x"))
    );
    let lines = [("Upload-Length", "1"), ("Upload-Metadata", metadata.as_str())];
    let made = ann.tus("POST", "/v1/files", &lines, b"").await;
    let id: FileId = made.header("location").unwrap()["/v1/files/".len()..]
        .parse()
        .unwrap();
    assert_eq!(ann.patch(id.as_str(), 0, b"x").await.status, 204);
}

#[tokio::test]
async fn what_the_server_speaks_is_asked_without_a_token() {
    let world = World::new().await;
    let nobody = Uploader {
        addr: world.addr(),
        token: "none".to_owned(),
    };
    let options = nobody.ask("OPTIONS", "/v1/files", &[], b"").await;
    assert_eq!(options.status, 204);
    assert_eq!(options.header("tus-version"), Some("1.0.0"));
    assert!(
        options
            .header("tus-extension")
            .unwrap()
            .contains("creation-with-upload")
    );
    assert_eq!(options.header("tus-max-size"), Some("104857600"));
    assert_eq!(
        options.header("tus-checksum-algorithm"),
        Some("sha1,sha256,blake3")
    );
    let refused = nobody.create(&new_id(), "file", 1, &hash(b"x")).await;
    assert_eq!((refused.status, refused.code()), (401, code::TOKEN_INVALID));
    assert_eq!(nobody.get(&new_id()).await.status, 401);
    let ann = Uploader::new(&world, "ann").await;
    let other = ann
        .ask("POST", "/v1/files", &[("Tus-Resumable", "0.2.2")], b"")
        .await;
    assert_eq!((other.status, other.header("tus-version")), (412, Some("1.0.0")));
}

#[tokio::test]
async fn limits_are_those_of_the_space_and_refused_with_tims_codes() {
    let mut config = open_config();
    config.media.image_bytes = 10;
    config.media.video_bytes = 20;
    config.media.file_bytes = 30;
    config.media.sound_bytes = 40;
    let world = World::with(config).await;
    let device = world.device("ann").await;
    assert_eq!(device.welcome["media"]["video_bytes"], 20);
    let ann = Uploader::new(&world, "ann").await;
    let hash = hash(b"x");
    for (kind, most, code) in [
        ("image", 10, code::IMAGE_TOO_LARGE),
        ("video", 20, code::VIDEO_TOO_LARGE),
        ("file", 30, code::FILE_TOO_LARGE),
        ("sound", 40, code::SOUND_TOO_LARGE),
    ] {
        assert_eq!(
            ann.create(&new_id(), kind, most, &hash).await.status,
            201,
            "{kind}"
        );
        let refused = ann.create(&new_id(), kind, most + 1, &hash).await;
        assert_eq!((refused.status, refused.code()), (413, code));
    }
    let empty = ann.create(&new_id(), "file", 0, &hash).await;
    assert_eq!((empty.status, empty.code()), (400, code::FILE_EMPTY));
    let options = ann.ask("OPTIONS", "/v1/files", &[], b"").await;
    assert_eq!(options.header("tus-max-size"), Some("40"));
}

#[tokio::test]
async fn h27_what_does_not_fit_the_upload_changes_nothing() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(2, 600_000);
    let id = ann.begin("file", &bytes).await;
    assert_eq!(ann.patch(&id, 0, &bytes[..400_000]).await.status, 204);
    for (at, part, status) in [
        (0, &bytes[..10], 409),
        (399_999, &bytes[..10], 409),
        (400_001, &bytes[..10], 409),
        (u64::MAX / 4096, &bytes[..10], 413),
        (400_000, &bytes[..200_001], 413),
    ] {
        let refused = ann.patch(&id, at, part).await;
        assert_eq!(refused.status, status, "{at}");
        assert_eq!(ann.status(&id).await.offset(), Some(400_000));
    }
    // Without a length it shows only on the way.
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "400000")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n");
    let mut body = Vec::new();
    for piece in bytes[..300_000].chunks(1000) {
        body.extend_from_slice(b"3e8\r\n");
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(exchange(world.addr(), &head, &body).await.status, 413);
    assert_eq!(ann.status(&id).await.offset(), Some(400_000));
    let wrong_type = ann
        .tus(
            "PATCH",
            &path(&id),
            &[("Upload-Offset", "400000"), ("Content-Type", "text/plain")],
            b"x",
        )
        .await;
    assert_eq!(wrong_type.status, 415);
    for offset in ["-1", "x", ""] {
        let lines = [
            ("Upload-Offset", offset),
            ("Content-Type", "application/offset+octet-stream"),
        ];
        assert_eq!(
            ann.tus("PATCH", &path(&id), &lines, b"x").await.status,
            400,
            "{offset}"
        );
    }
    assert_eq!(ann.patch(&id, 400_000, &bytes[400_000..]).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn h27_a_whole_with_another_hash_is_gone_and_takes_no_share() {
    let mut config = open_config();
    config.media.quota_bytes = 10_000;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let (right, wrong) = (noise(3, 5000), noise(4, 5000));
    let id = ann.begin("file", &right).await;
    let refused = ann.patch(&id, 0, &wrong).await;
    assert_eq!((refused.status, refused.code()), (460, code::FILE_DIFFERS));
    assert_eq!(ann.status(&id).await.status, 404);
    assert_eq!(ann.get(&id).await.status, 404);
    ann.upload("file", &right).await;
    let refused = ann.create(&new_id(), "file", 5001, &hash(b"x")).await;
    assert_eq!((refused.status, refused.code()), (507, code::QUOTA));
    assert_eq!(ann.create(&new_id(), "file", 1, &hash(b"x")).await.status, 201);
    let refused = ann.create(&new_id(), "file", 1, &hash(b"x")).await;
    assert_eq!(refused.status, 507, "many small files fill it as well");
    let bob = Uploader::new(&world, "bob").await;
    bob.upload("file", &right).await;
}

#[tokio::test]
async fn a_part_with_another_checksum_is_left_out() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(5, 500_000);
    let id = ann.begin("file", &bytes).await;
    let (first, second) = bytes.split_at(300_000);
    let sum = |part: &[u8]| format!("blake3 {}", STANDARD.encode(blake3::hash(part).as_bytes()));
    let right = ann
        .patch_with(&id, 0, &[("Upload-Checksum", &sum(first))], first)
        .await;
    assert_eq!(right.offset(), Some(300_000));
    let wrong = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", &sum(first))], second)
        .await;
    assert_eq!(wrong.status, 460);
    assert_eq!(ann.status(&id).await.offset(), Some(300_000));
    let unknown = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", "md5 AAAA")], second)
        .await;
    assert_eq!(unknown.status, 400);
    let right = ann
        .patch_with(&id, 300_000, &[("Upload-Checksum", &sum(second))], second)
        .await;
    assert_eq!(right.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn h27_a_second_request_for_an_upload_waits_for_its_turn_and_who_asks_takes_over() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(6, 600_000);
    let id = ann.begin("file", &bytes).await;
    // A connection that dies without a word: it has announced everything and brings half of it.
    let mut first = TcpStream::connect(ann.addr).await.unwrap();
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nContent-Length: 600000\r\n\r\n");
    first.write_all(head.as_bytes()).await.unwrap();
    first.write_all(&bytes[..300_000]).await.unwrap();
    let part = world.dir.path().join("files/parts").join(&id);
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < 262_144 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(ann.patch(&id, 0, b"x").await.status, 423);
    let at = ann.status(&id).await.offset().unwrap();
    assert!((262_144..=300_000).contains(&at), "{at}");
    let rest = ann.patch(&id, at, &bytes[at as usize..]).await;
    assert_eq!(rest.status, 204, "{rest:?}");
    assert!(ann.get(&id).await.body == bytes);
    assert_eq!(read_answer(first).await.status, 423);
}

#[tokio::test]
async fn an_upload_that_is_ended_is_gone() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(7, 1000);
    let id = ann.begin("file", &bytes).await;
    ann.patch(&id, 0, &bytes[..500]).await;
    let bob = Uploader::new(&world, "bob").await;
    assert_eq!(bob.tus("DELETE", &path(&id), &[], b"").await.status, 404);
    assert_eq!(ann.tus("DELETE", &path(&id), &[], b"").await.status, 204);
    assert_eq!(ann.status(&id).await.status, 404);
    assert!(!world.dir.path().join("files/parts").join(&id).exists());
    let used = ann.upload("file", &bytes).await;
    world
        .device("ann")
        .await
        .get(file_message("C2Cbob", "a-1", &used))
        .await;
    assert_eq!(
        ann.tus("DELETE", &path(&used), &[], b"").await.status,
        409,
        "a message has it"
    );
}

#[tokio::test]
async fn an_upload_that_two_requests_end_is_gone_and_nobody_hears_that_a_message_has_it() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    for seed in 0..20 {
        let id = ann.begin("file", &noise(seed, 100)).await;
        let at = path(&id);
        let (one, other) = tokio::join!(ann.tus("DELETE", &at, &[], b""), ann.tus("DELETE", &at, &[], b""));
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [204, 404], "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn uploads_of_one_user_that_are_not_finished_have_a_limit_that_passes() {
    let mut config = open_config();
    config.media.unfinished_uploads = 2;
    let world = World::with(config).await;
    let ann = Uploader::new(&world, "ann").await;
    let first = ann.begin("file", b"a").await;
    ann.begin("file", b"b").await;
    let refused = ann.create(&new_id(), "file", 1, &hash(b"c")).await;
    assert_eq!((refused.status, refused.code()), (429, code::LIMIT_REACHED));
    ann.patch(&first, 0, b"a").await;
    ann.begin("file", b"c").await;
}

#[tokio::test]
async fn h27_ten_thousand_pieces_of_one_byte_are_one_part() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(11, 10_000);
    let id = ann.begin("file", &bytes).await;
    let mut head = ann.head(
        "PATCH",
        &path(&id),
        &[("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0")],
    );
    head.push_str("Content-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n");
    let mut body = Vec::new();
    for byte in &bytes {
        body.extend_from_slice(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']);
    }
    body.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(exchange(world.addr(), &head, &body).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
}

#[tokio::test]
async fn many_requests_use_one_connection() {
    let world = World::new().await;
    let ann = Uploader::new(&world, "ann").await;
    let bytes = noise(10, 3000);
    let id = ann.begin("file", &bytes).await;
    let mut stream = TcpStream::connect(ann.addr).await.unwrap();
    for (place, part) in bytes.chunks(1000).enumerate() {
        let head = format!(
            "PATCH {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
             Upload-Offset: {}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 1000\r\n\r\n",
            path(&id),
            ann.token,
            place * 1000
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(part).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 204"));
    }
    assert!(ann.get(&id).await.body == bytes);
    let World {
        listening, server, ..
    } = world;
    listening.stop().await;
    server.shutdown().await;
    let mut rest = Vec::new();
    assert_eq!(
        stream.read_to_end(&mut rest).await.unwrap_or(0),
        0,
        "told by its end"
    );
}
