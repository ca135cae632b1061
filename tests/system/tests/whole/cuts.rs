//! kill -9, again and again, under load.

use std::collections::{BTreeSet, HashSet};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidings_protocol::{Chance, SystemChance};
use tidings_tests::{Home, PASSWORD, Person, ServerProcess, text_of};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const CUTS: u32 = 50;

/// Somewhere in the next `most` milliseconds.
fn soon(most: u64) -> Duration {
    Duration::from_millis(u64::from(SystemChance.next_u32()) % most)
}

/// Types numbered texts until told to stop; at most this many wait, so that the load is one that people could make.
async fn keeps_typing(person: &Person, other: &str, stop: &AtomicBool) -> Vec<String> {
    let mut typed = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let text = format!("{} {}", person.user(), typed.len());
        person.types(other, &text).await;
        typed.push(text);
        while person.conversation(other).await.unsent_count > 100 && !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    typed
}

/// The log is whole for both, in one order, with each text once and each person's in the order of their typing.
async fn nothing_is_lost_or_doubled(people: [&Person; 2], typed: [&[String]; 2]) {
    let length = u64::try_from(typed[0].len() + typed[1].len()).unwrap();
    let others = [people[1].user(), people[0].user()];
    for (person, other) in people.iter().zip(others) {
        let what = format!("holds {length} messages and waits for none");
        person
            .conversation_is(other, &what, |it| it.seq == length && it.unsent_count == 0)
            .await;
        assert_eq!(person.conversation(other).await.failed_count, 0);
    }
    let log = people[0].whole(others[0]).await;
    let seqs: Vec<u64> = log.iter().filter_map(|message| message.seq).collect();
    assert_eq!(seqs, (1..=length).collect::<Vec<_>>());
    let texts: Vec<String> = log.iter().map(text_of).collect();
    assert_eq!(people[1].texts(others[1]).await, texts, "the same order for both");
    for (person, mine) in people.iter().zip(typed) {
        let own: Vec<&String> = log
            .iter()
            .zip(&texts)
            .filter(|(it, _)| it.from == person.user())
            .map(|(_, text)| text)
            .collect();
        assert!(
            own.iter().copied().eq(mine),
            "{}'s messages are there once and in order",
            person.user()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_fifty_kills_of_the_server_under_load_lose_and_double_nothing() {
    let mut server = ServerProcess::starts();
    server.has("ann");
    server.has("bob");
    let ann = Person::signs_in("ann", &server.address()).await;
    let bob = Person::signs_in("bob", &server.address()).await;
    let (mut address, mut other) = (server.address(), server.address());
    other.host = "localhost".into();
    let stop = AtomicBool::new(false);
    let killing = async {
        let mut cuts = 0;
        while cuts < CUTS {
            // A cut counts when somebody is there to feel it, and the back-off is not what is looked at here.
            tokio::join!(ann.is_connected(), bob.is_connected());
            tokio::time::sleep(soon(300)).await;
            server.is_killed();
            server.starts_again();
            std::mem::swap(&mut address, &mut other);
            tokio::join!(ann.redials(&address), bob.redials(&address));
            cuts += 1;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (of_ann, of_bob, ()) = tokio::join!(
        keeps_typing(&ann, "bob", &stop),
        keeps_typing(&bob, "ann", &stop),
        killing
    );
    nothing_is_lost_or_doubled([&ann, &bob], [&of_ann, &of_bob]).await;
}

/// An engine in a process of its own that types without end and says what is in its outbox.
struct Typist {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Typist {
    fn starts(home: &Home, to: &str, run: u32) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_typist"))
            .arg(home.folder())
            .args([to, &format!("run {run}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Lets it type for a while, kills it, and says what it has typed.
    async fn killed_after(mut self, wait: Duration) -> Vec<String> {
        let mut typed = vec![self.lines.next_line().await.unwrap().expect("it types something")];
        tokio::time::sleep(wait).await;
        self.child.kill().await.unwrap();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            typed.push(line);
        }
        typed
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b2_fifty_kills_of_the_app_send_each_typed_message_once() {
    let server = ServerProcess::starts();
    server.has("ann");
    server.has("bob");
    let bob = Person::signs_in("bob", &server.address()).await;
    let ann = Home::of("ann").opens().await;
    ann.tries_to_sign_in(&server.address(), PASSWORD).await.unwrap();
    let home = ann.closes().await;

    let mut typed = Vec::new();
    for run in 0..CUTS {
        typed.extend(Typist::starts(&home, "bob", run).killed_after(soon(300)).await);
    }
    let ann = home.opens().await;
    ann.conversation_is("bob", "waits for nothing", |it| {
        it.unsent_count == 0 && it.seq > 0
    })
    .await;
    let length = ann.conversation("bob").await.seq;
    bob.conversation_is("ann", "is whole", |it| it.seq == length)
        .await;

    let log = bob.texts("ann").await;
    assert_eq!(ann.texts("bob").await, log, "the same order for both");
    let distinct: HashSet<&String> = log.iter().collect();
    assert_eq!(distinct.len(), log.len(), "nothing is there twice");
    let missing: Vec<&String> = typed.iter().filter(|text| !distinct.contains(text)).collect();
    assert!(missing.is_empty(), "typed and lost: {missing:?}");
    // At each cut one message may have got into the outbox and not have been told any more.
    assert!(
        log.len() <= typed.len() + CUTS as usize,
        "{} typed, {} there",
        typed.len(),
        log.len()
    );
    let numbers: Vec<(u32, u32)> = log
        .iter()
        .map(|text| {
            let words: Vec<&str> = text.split(' ').collect();
            (words[1].parse().unwrap(), words[2].parse().unwrap())
        })
        .collect();
    assert!(numbers.is_sorted(), "in the order of their typing");
    let runs: BTreeSet<u32> = numbers.iter().map(|(run, _)| *run).collect();
    assert_eq!(runs.len(), CUTS as usize);
}
