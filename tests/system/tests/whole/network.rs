//! Broken networks. The invariant is always the same: nothing lost, nothing twice, the same order for both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidings_tests::{BrokenNetwork, Fate, Home, Mode, MovableClock, PASSWORD, Person, Space, plain};

/// Ann behind a network that can break, and Bob with a good one.
async fn ann_behind_a_network() -> (Space, BrokenNetwork, Person, Person) {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let ann = Person::registers("ann", &plain(network.address())).await;
    let bob = Person::registers("bob", &space.address()).await;
    (space, network, ann, bob)
}

fn numbered(name: &str, count: u32) -> Vec<String> {
    (1..=count).map(|number| format!("{name} {number}")).collect()
}

/// Both have the same log, with exactly these texts of each, in the order in which each typed them.
async fn both_have(ann: &Person, bob: &Person, of_ann: &[String], of_bob: &[String]) {
    let all = of_ann.len() + of_bob.len();
    let length = u64::try_from(all).unwrap();
    ann.conversation_is("bob", "is whole", |it| it.seq == length && it.unsent_count == 0)
        .await;
    bob.conversation_is("ann", "is whole", |it| it.seq == length && it.unsent_count == 0)
        .await;
    let mut logs = Vec::new();
    for (person, other) in [(ann, "bob"), (bob, "ann")] {
        let log = person.whole(other).await;
        let seqs: Vec<u64> = log.iter().filter_map(|message| message.seq).collect();
        assert_eq!(
            seqs,
            (1..=length).collect::<Vec<_>>(),
            "{} has a log without holes",
            person.user()
        );
        logs.push(person.texts(other).await);
    }
    assert_eq!(logs[0], logs[1], "the same order for both");
    let of = |texts: &[String]| {
        logs[0]
            .iter()
            .filter(|text| texts.contains(text))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(of_ann), of_ann);
    assert_eq!(of(of_bob), of_bob);
    // And nothing was told twice.
    let mut told = bob.received_texts();
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "bob was told of something twice");
}

#[tokio::test]
async fn a_network_that_is_gone_comes_back() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    network.becomes(Mode::Refused);
    ann.is_offline().await;
    let (of_ann, of_bob) = (numbered("ann", 5), numbered("bob", 5));
    for (mine, theirs) in of_ann.iter().zip(&of_bob) {
        ann.types("bob", mine).await;
        bob.sends("ann", theirs).await;
    }
    network.becomes(Mode::Whole);
    both_have(&ann, &bob, &of_ann, &of_bob).await;
}

#[tokio::test]
async fn b8_a_half_open_connection_is_noticed_and_made_anew() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    network.becomes(Mode::HalfOpen);
    let (of_ann, of_bob) = (numbered("ann", 5), numbered("bob", 5));
    for (mine, theirs) in of_ann.iter().zip(&of_bob) {
        ann.types("bob", mine).await;
        bob.sends("ann", theirs).await;
    }
    ann.is_offline().await;
    network.becomes(Mode::Whole);
    both_have(&ann, &bob, &of_ann, &of_bob).await;
}

#[tokio::test]
async fn b11_a_flapping_network_loses_nothing_and_is_not_stormed() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    let before = network.counted().connections;
    let (of_ann, of_bob) = (numbered("ann", 40), numbered("bob", 40));
    let typing = async {
        for (mine, theirs) in of_ann.iter().zip(&of_bob) {
            ann.types("bob", mine).await;
            bob.types("ann", theirs).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let flapping = network.flaps(8, Duration::from_millis(700), Duration::from_millis(300));
    tokio::join!(typing, flapping);
    both_have(&ann, &bob, &of_ann, &of_bob).await;
    let tries = network.counted().connections - before;
    assert!(tries <= 40, "{tries} connections for 8 interruptions");
}

#[tokio::test]
async fn b10_a_slow_network_changes_nothing_but_the_time() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    network.becomes(Mode::Slow(Duration::from_millis(150)));
    let (of_ann, of_bob) = (numbered("ann", 5), numbered("bob", 5));
    for (mine, theirs) in of_ann.iter().zip(&of_bob) {
        ann.types("bob", mine).await;
        bob.types("ann", theirs).await;
    }
    both_have(&ann, &bob, &of_ann, &of_bob).await;
}

#[tokio::test]
async fn connections_cut_in_the_middle_of_a_frame_lose_nothing() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    let (mut of_ann, mut of_bob) = (Vec::new(), Vec::new());
    // Each connection lives for a few hundred bytes more than the one before: the cuts fall everywhere, inside the
    // handshake, the welcome, pushes and acknowledgements.
    for round in 1..=6_u32 {
        network.becomes(Mode::CutAfter(u64::from(round) * 137));
        for number in 1..=5 {
            of_ann.push(format!("ann {round} {number}"));
            of_bob.push(format!("bob {round} {number}"));
            ann.types("bob", of_ann.last().unwrap()).await;
            bob.types("ann", of_bob.last().unwrap()).await;
        }
        network.becomes(Mode::Reset);
        ann.is_offline().await;
    }
    network.becomes(Mode::Whole);
    both_have(&ann, &bob, &of_ann, &of_bob).await;
}

#[tokio::test]
async fn b15_frames_that_come_twice_count_once() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    network.mangles(|_| Fate::Twice);
    let (of_ann, of_bob) = (numbered("ann", 20), numbered("bob", 20));
    for (mine, theirs) in of_ann.iter().zip(&of_bob) {
        ann.types("bob", mine).await;
        bob.types("ann", theirs).await;
    }
    both_have(&ann, &bob, &of_ann, &of_bob).await;
    assert_eq!(ann.conversation("bob").await.unread_count, 20);
    assert_eq!(ann.received_texts(), of_bob);
}

#[tokio::test]
async fn b16_pushes_that_come_in_another_order_are_shown_in_the_right_one() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    let count = AtomicU64::new(0);
    network.mangles(move |text| {
        let is_push = text.starts_with(r#"{"push""#);
        if is_push && count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            Fate::Late
        } else {
            Fate::Arrives
        }
    });
    let (of_ann, of_bob) = (numbered("ann", 20), numbered("bob", 20));
    for (mine, theirs) in of_ann.iter().zip(&of_bob) {
        ann.types("bob", mine).await;
        bob.types("ann", theirs).await;
    }
    // What is held back waits for a next frame; a last word makes sure that there is one.
    bob.sends("ann", "the last word").await;
    bob.sends("ann", "and another").await;
    let mut of_bob = of_bob;
    of_bob.extend(["the last word".into(), "and another".into()]);
    both_have(&ann, &bob, &of_ann, &of_bob).await;
}

#[tokio::test]
async fn b16_lost_pushes_are_healed_by_the_next_one() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    let count = AtomicU64::new(0);
    network.mangles(move |text| {
        let is_push = text.starts_with(r#"{"push""#);
        if is_push && !count.fetch_add(1, Ordering::Relaxed).is_multiple_of(4) {
            Fate::Never
        } else {
            Fate::Arrives
        }
    });
    let of_bob = numbered("bob", 30);
    for text in &of_bob {
        bob.sends("ann", text).await;
    }
    network.mangles(|_| Fate::Arrives);
    bob.sends("ann", "the last word").await;
    let of_bob: Vec<String> = of_bob.into_iter().chain(["the last word".into()]).collect();
    both_have(&ann, &bob, &[], &of_bob).await;
}

#[tokio::test]
async fn b16_a_lost_last_push_is_healed_by_the_heartbeat() {
    let (_space, network, ann, bob) = ann_behind_a_network().await;
    network.mangles(|text| {
        if text.starts_with(r#"{"push""#) {
            Fate::Never
        } else {
            Fate::Arrives
        }
    });
    bob.sends("ann", "did you get this?").await;
    ann.sees("bob", "did you get this?").await;
    ann.conversation_is("bob", "has 1 unread", |it| it.unread_count == 1)
        .await;
}

#[tokio::test]
async fn b20_after_a_sleep_the_connection_is_made_anew() {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let clock = Arc::new(MovableClock::default());
    let ann = Home::with_clock("ann", Arc::clone(&clock) as _).opens().await;
    ann.tries_to_register(&plain(network.address()), None)
        .await
        .unwrap();
    ann.is_connected().await;
    let before = network.counted().connections;
    network.becomes(Mode::HalfOpen);
    clock.has_slept(10 * 60 * 1000);
    ann.is_offline().await;
    network.becomes(Mode::Whole);
    ann.is_connected().await;
    assert!(network.counted().connections > before);
}

#[tokio::test]
async fn b17_a_clock_that_is_wrong_by_ten_years_changes_no_order() {
    let space = Space::opens().await;
    let ten_years = 10 * 365 * 24 * 60 * 60 * 1000_i64;
    let (future, past) = (
        Arc::new(MovableClock::default()),
        Arc::new(MovableClock::default()),
    );
    future.is_set(ten_years);
    past.is_set(-ten_years);
    let ann = Home::with_clock("ann", Arc::clone(&future) as _).opens().await;
    let bob = Home::with_clock("bob", Arc::clone(&past) as _).opens().await;
    space.has(&["ann", "bob"]).await;
    for person in [&ann, &bob] {
        person.tries_to_sign_in(&space.address(), PASSWORD).await.unwrap();
        person.is_connected().await;
    }
    let (of_ann, of_bob) = (numbered("ann", 6), numbered("bob", 6));
    for (number, (mine, theirs)) in of_ann.iter().zip(&of_bob).enumerate() {
        if number == 3 {
            // And it jumps back while the app runs.
            future.is_set(-2 * ten_years);
        }
        ann.sends("bob", mine).await;
        bob.sees("ann", mine).await;
        bob.sends("ann", theirs).await;
        ann.sees("bob", theirs).await;
    }
    both_have(&ann, &bob, &of_ann, &of_bob).await;
    let in_turn: Vec<String> = of_ann
        .iter()
        .zip(&of_bob)
        .flat_map(|(a, b)| [a.clone(), b.clone()])
        .collect();
    assert_eq!(ann.texts("bob").await, in_turn);
}
