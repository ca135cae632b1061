//! The real binary, killed and ended.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use tidings_protocol::{Chance, SystemChance, SystemClock, UserId};
use tidings_server::{Config, Server};

use crate::client::{Client, http, post, text_message};
use crate::overwriting::{marked, marks};

const BINARY: &str = env!("CARGO_BIN_EXE_tidings-server");

pub(crate) struct Running {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Running {
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addr = line
            .trim_end()
            .strip_prefix("listening on http://")
            .unwrap()
            .parse()
            .unwrap();
        Self { child, addr }
    }

    fn signal(&self, name: &str) {
        assert!(
            Command::new("kill")
                .args([name, &self.child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two accounts and their tokens, made before a server runs.
pub(crate) async fn two_people(data: &Path) -> (String, String) {
    let clock = Arc::new(SystemClock::default());
    let server = Server::open_beside(data, Config::default(), clock, Arc::new(SystemChance))
        .await
        .unwrap();
    let mut tokens = Vec::new();
    for name in ["ann", "bob"] {
        let id = UserId::new(name).unwrap();
        server.add_user(id.clone(), "", "password").await.unwrap();
        tokens.push(server.device_token(&id, "test").await.unwrap());
    }
    server.shutdown().await;
    (tokens.remove(0), tokens.remove(0))
}

/// One person's outbox: what was typed, and the seq of what was acknowledged.
#[derive(Default)]
struct Outbox {
    name: &'static str,
    to: &'static str,
    typed: u32,
    acknowledged: BTreeMap<String, u64>,
}

impl Outbox {
    /// Sends again what is in doubt and then new messages, until the server is gone or `most` are acknowledged.
    async fn send_until_cut(&mut self, addr: SocketAddr, token: &str, most: u32) {
        let Some(mut client) = Client::try_connect(addr, token, 0).await else {
            return;
        };
        let mut asked = BTreeMap::new();
        let doubtful: Vec<u32> = (0..self.typed)
            .filter(|n| !self.acknowledged.contains_key(&self.client_id(*n)))
            .collect();
        let mut queue: std::collections::VecDeque<u32> = doubtful.into();
        loop {
            while asked.len() < 32 && (self.typed < most || !queue.is_empty()) {
                let n = queue.pop_front().unwrap_or_else(|| {
                    self.typed += 1;
                    self.typed - 1
                });
                let id = self.client_id(n);
                let frame = json!({"id": n, "do": text_message(self.to, &id, &id)}).to_string();
                use futures_util::SinkExt;
                if client
                    .socket
                    .send(tokio_tungstenite::tungstenite::Message::text(frame))
                    .await
                    .is_err()
                {
                    return;
                }
                asked.insert(n, id);
            }
            if asked.is_empty() {
                return;
            }
            let Ok(frame) = client.frame().await else { return };
            let Some(re) = frame["re"].as_u64() else { continue };
            let id = asked.remove(&(re as u32)).unwrap();
            // A server that is ending says so; then the message stays in the outbox.
            if let Some(seq) = frame["ok"]["seq"].as_u64() {
                let before = self.acknowledged.insert(id, seq);
                assert!(
                    before.is_none_or(|before| before == seq),
                    "the same message, another place"
                );
            }
        }
    }

    fn client_id(&self, n: u32) -> String {
        format!("{}-{n}", self.name)
    }
}

async fn whole_history(addr: SocketAddr, token: &str, peer: &str) -> Vec<Value> {
    let mut client = Client::connect(addr, token, 0).await;
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = client.history(peer, before, 100).await;
        let mut messages = page["messages"].as_array().unwrap().clone();
        before = messages.first().and_then(|first| first["seq"].as_u64());
        messages.append(&mut all);
        all = messages;
        if page["complete"] == true {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_killed_at_any_moment_nothing_acknowledged_is_lost_or_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let (ann_token, bob_token) = two_people(dir.path()).await;
    let mut ann = Outbox {
        name: "ann",
        to: "bob",
        ..Outbox::default()
    };
    let mut bob = Outbox {
        name: "bob",
        to: "ann",
        ..Outbox::default()
    };
    for _ in 0..10 {
        let running = Running::start(dir.path());
        let (addr, delay) = (running.addr, u64::from(SystemChance.next_u32() % 120));
        let cut = tokio::task::spawn_blocking(move || {
            std::thread::sleep(std::time::Duration::from_millis(20 + delay));
            running.signal("-KILL");
            drop(running);
        });
        let tokens = (ann_token.clone(), bob_token.clone());
        // A connection that the cut meets in its first steps is simply over.
        let one = tokio::spawn(async move {
            let done = tokio::spawn(async move {
                ann.send_until_cut(addr, &tokens.0, u32::MAX).await;
                ann
            });
            done.await
        });
        let other = tokio::spawn(async move {
            bob.send_until_cut(addr, &tokens.1, u32::MAX).await;
            bob
        });
        cut.await.unwrap();
        ann = one.await.unwrap().unwrap();
        bob = other.await.unwrap();
    }
    let running = Running::start(dir.path());
    let (typed_by_ann, typed_by_bob) = (ann.typed, bob.typed);
    ann.send_until_cut(running.addr, &ann_token, typed_by_ann).await;
    bob.send_until_cut(running.addr, &bob_token, typed_by_bob).await;
    assert_eq!(
        ann.acknowledged.len() + bob.acknowledged.len(),
        (typed_by_ann + typed_by_bob) as usize
    );
    let seen_by_ann = whole_history(running.addr, &ann_token, "bob").await;
    let seen_by_bob = whole_history(running.addr, &bob_token, "ann").await;
    assert_eq!(seen_by_ann, seen_by_bob, "the same order for both");
    assert_eq!(
        seen_by_ann.len(),
        (typed_by_ann + typed_by_bob) as usize,
        "each message once"
    );
    for (place, message) in seen_by_ann.iter().enumerate() {
        assert_eq!(message["seq"], place as u64 + 1);
        let id = message["client_id"].as_str().unwrap();
        let outbox = if message["from"] == "ann" { &ann } else { &bob };
        assert_eq!(outbox.acknowledged.get(id), Some(&(place as u64 + 1)));
    }
    let check = Command::new("kill")
        .args(["-TERM", &running.child.id().to_string()])
        .status()
        .unwrap();
    assert!(check.success());
}

#[tokio::test]
async fn r_k8_a_text_recalled_just_before_a_kill_is_gone_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (ann_token, _) = two_people(dir.path()).await;
    let running = Running::start(dir.path());
    let mut ann = Client::connect(running.addr, &ann_token, 0).await;
    ann.send("bob", "a-1", &marked(1, 5000)).await;
    ann.send("bob", "a-2", &marked(2, 50)).await;
    ann.get(json!({"recall": {"conversation": "C2Cbob", "seq": 1}}))
        .await;
    running.signal("-KILL");
    drop(running);
    let running = Running::start(dir.path());
    let mut found = marks(dir.path());
    for _ in 0..400 {
        if found == [2] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        found = marks(dir.path());
    }
    assert_eq!(found, [2]);
    let mut ann = Client::connect(running.addr, &ann_token, 0).await;
    assert_eq!(
        ann.history("bob", None, 15).await["messages"][0]["payload"],
        json!({})
    );
}

#[tokio::test]
async fn b13_sigterm_tells_the_clients_and_ends_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let (ann_token, _) = two_people(dir.path()).await;
    let mut running = Running::start(dir.path());
    let mut ann = Client::connect(running.addr, &ann_token, 0).await;
    ann.send("bob", "a-1", "x").await;
    running.signal("-TERM");
    let last = ann.frame().await.unwrap();
    let last = if last["push"].is_object() {
        ann.frame().await.unwrap()
    } else {
        last
    };
    assert_eq!(last["error"]["code"], tidings_protocol::code::UNAVAILABLE);
    assert_eq!(ann.frame().await, Err(1001));
    drop(ann);
    let status = tokio::task::spawn_blocking(move || running.child.wait().unwrap())
        .await
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(
        !dir.path().join("tidings.db-wal").exists(),
        "the log was brought into the database"
    );
}

#[tokio::test]
async fn user_add_and_invite_work_while_a_server_runs() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    let mut add = Command::new(BINARY)
        .args([
            "--data",
            dir.path().to_str().unwrap(),
            "user",
            "add",
            "ann",
            "--nick",
            "Ann",
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    add.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    assert!(add.wait().unwrap().success());
    let sign_in = json!({"user_id": "ann", "password": "correct horse"});
    assert_eq!(post(running.addr, "/v1/sign-in", sign_in).await.0, 200);
    let invite = Command::new(BINARY)
        .args(["invite", "--uses", "1", "--data", dir.path().to_str().unwrap()])
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let code = String::from_utf8(invite.stdout).unwrap();
    let register = json!({"user_id": "bob", "password": "long enough", "invitation": code.trim_end()});
    assert_eq!(post(running.addr, "/v1/register", register).await.0, 200);
    assert_eq!(http(running.addr, "GET", "/v1/space", "").await.0, 200);
}

#[tokio::test]
async fn h51_the_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("space");
    let running = Running::start(&data);
    let invite = Command::new(BINARY)
        .args(["invite", "--data"])
        .arg(&data)
        .output();
    assert!(invite.unwrap().status.success());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    drop(running);
}

#[test]
fn a_command_makes_no_space_where_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let typo = dir.path().join("typo");
    for command in [&["invite"][..], &["user", "add", "ann"]] {
        let done = Command::new(BINARY)
            .arg("--data")
            .arg(&typo)
            .args(command)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1));
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(words.contains("there is no space in"), "{words}");
        assert!(done.stdout.is_empty() && !typo.exists());
    }
}
