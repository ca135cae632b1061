//! What the host does with the binary beside a running server.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::json;
use tidings_protocol::{SystemChance, SystemClock, UserId};
use tidings_server::{Config, Server};

use crate::client::{Client, World, post, text_message};

const BINARY: &str = env!("CARGO_BIN_EXE_tidings-server");

/// Runs the binary on `data`, with `input` as its standard input.
async fn ask(data: &Path, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("--data").arg(data).args(words);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let input = input.to_owned();
    let running = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    running.await.unwrap()
}

async fn done(data: &Path, words: &[&str], input: &str) -> String {
    let output = ask(data, words, input).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

async fn signs_in(world: &World, user: &str, password: &str) -> bool {
    let asked = json!({"user_id": user, "password": password});
    post(world.addr(), "/v1/sign-in", asked).await.0 == 200
}

#[tokio::test]
async fn another_password_ends_the_sessions_of_the_old_one() {
    let world = World::new().await;
    let data = world.dir.path();
    done(
        data,
        &["user", "add", "ann", "--nick", "Ann"],
        "the old password\n",
    )
    .await;
    assert!(signs_in(&world, "ann", "the old password").await);
    let token = world.token("ann").await;
    let mut client = Client::connect(world.addr(), &token, 0).await;
    done(data, &["user", "passwd", "ann"], "the new password\n").await;
    assert_eq!(client.push("kicked_out").await["reason"], "revoked");
    assert!(!signs_in(&world, "ann", "the old password").await);
    assert!(signs_in(&world, "ann", "the new password").await);
}

#[tokio::test]
async fn who_is_removed_is_signed_out_and_found_no_more_and_what_they_wrote_stays() {
    let world = World::new().await;
    let data = world.dir.path();
    let mut ann = world.device("ann").await;
    let mut ben = world.device("ben").await;
    ben.send("ann", "b-1", "hello").await;
    done(data, &["user", "remove", "ben"], "").await;
    assert_eq!(ben.push("kicked_out").await["reason"], "revoked");
    let found = ann.get(json!({"find": {"query": "ben"}})).await;
    assert_eq!(found["people"].as_array().map(Vec::len), Some(0), "{found}");
    let history = ann.history("ben", None, 10).await;
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1), "{history}");
    let roster = done(data, &["user", "list"], "").await;
    assert!(
        roster.starts_with("ann\t") && roster.contains("\nben\t"),
        "{roster}"
    );
    assert!(roster.trim_end().ends_with("\tremoved"), "{roster}");
    let refused = ask(data, &["user", "add", "ben"], "a good password").await;
    assert!(!refused.status.success(), "nobody else gets the id");
    let refused = ask(data, &["user", "remove", "nobody"], "").await;
    assert!(!refused.status.success());
}

#[tokio::test]
async fn a_backup_during_traffic_has_all_that_was_acknowledged_before() {
    let world = World::new().await;
    let mut ann = world.device("ann").await;
    world.token("ben").await;
    for number in 0..50 {
        ann.send("ben", &format!("a-{number}"), "before").await;
    }
    // And some on their way while it is made.
    let mut asked = Vec::new();
    for number in 50..80 {
        asked.push(
            ann.ask(text_message("ben", &format!("a-{number}"), "meanwhile"))
                .await,
        );
    }
    let to = world.dir.path().with_extension("backup");
    let restored = world.dir.path().with_extension("restored");
    let (to_name, restored_name) = (to.to_str().unwrap(), restored.to_str().unwrap());
    done(world.dir.path(), &["backup", "--to", to_name], "").await;
    for id in asked {
        assert!(ann.answer(id).await["ok"].is_object());
    }
    done(&restored, &["restore", "--from", to_name], "").await;
    let again = ask(&restored, &["restore", "--from", to_name], "").await;
    assert!(!again.status.success(), "a space is never overwritten");
    let roster = done(&restored, &["user", "list"], "").await;
    assert!(
        roster.starts_with("ann\t") && roster.contains("\nben\t"),
        "{roster}"
    );

    let server = Server::open(
        &restored,
        Config::default(),
        Arc::new(SystemClock::default()),
        Arc::new(SystemChance),
    );
    let server = server.await.unwrap();
    let listening = server.listen("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let token = server
        .device_token(&UserId::new("ben").unwrap(), "test")
        .await
        .unwrap();
    let mut ben = Client::connect(listening.addr(), &token, 0).await;
    let newest = ben.history("ann", None, 1).await;
    let seq = newest["messages"][0]["seq"].as_u64().unwrap();
    assert!((50..=80).contains(&seq), "{newest}");
    drop(ben);
    listening.stop().await;
    server.shutdown().await;
    for folder in [to_name, restored_name] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
