//! An upload and everything that can come between, in any order (B14).

use std::collections::VecDeque;

use proptest::prelude::*;
use tidings_protocol::limits::UPLOAD_PART_BYTES;

use super::fake_server::Fate;
use super::files::{bytes, file_of};
use super::*;
use crate::view::TransferDirection;

/// Bytes of the file: two parts and some.
const SIZE: u64 = 2 * UPLOAD_PART_BYTES + 1_000_000;

fn fate() -> impl Strategy<Value = Fate> {
    let within = 0..=UPLOAD_PART_BYTES;
    prop_oneof![
        4 => (within.clone(), within.clone()).prop_map(|(after, kept)| Fate::Cut { after, kept }),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Checksum),
        1 => Just(Fate::Held),
        1 => Just(Fate::Busy),
        1 => within.prop_map(|after| Fate::Hangs { after }),
    ]
}

/// The progress that was told, as bytes.
fn told(events: &mut EventReceiver) -> Vec<u64> {
    let mut told = Vec::new();
    while let Some(event) = events.try_next() {
        if let EngineEvent::TransferProgress(transfer) = event
            && transfer.direction == TransferDirection::Up
        {
            assert_eq!(transfer.total, SIZE);
            told.push(transfer.done);
        }
    }
    told
}

async fn arrives(fates: VecDeque<Fate>) {
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    let content = bytes(usize::try_from(SIZE).unwrap());
    let interruptions = fates.len() as u64;
    server.faults(|faults| faults.parts = fates);
    let sent = ann.send_file("C2Cbob", &content).await;
    let mut progress = Vec::new();
    // Not a duration that anything is expected to take: whatever hangs ends here.
    let mut looks = 0;
    while ann.engine.conversation_list(9).await.unwrap()[0].unsent_count > 0 {
        looks += 1;
        assert!(looks < 12_000, "it does not arrive");
        if server.begins_to_hang() {
            progress.extend(told(&mut ann.events));
            ann = ann.restart().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    progress.extend(told(&mut ann.events));

    assert!(server.file(&file_of(&sent)).unwrap() == content);
    let again = server.sent_up() - SIZE;
    assert!(again <= interruptions * UPLOAD_PART_BYTES, "{again} bytes again");
    assert!(progress.iter().all(|done| *done <= SIZE), "{progress:?}");
    assert_eq!(progress.last(), Some(&SIZE));
    let falls: Vec<u64> = progress
        .iter()
        .zip(progress.iter().skip(1))
        .filter_map(|(before, after)| before.checked_sub(*after).filter(|fall| *fall > 0))
        .collect();
    assert!(falls.len() as u64 <= interruptions, "{progress:?}");
    assert!(
        falls.iter().all(|fall| *fall <= UPLOAD_PART_BYTES),
        "{progress:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 8, ..ProptestConfig::with_cases(10) })]

    #[test]
    fn b14_whatever_comes_between_at_most_one_part_is_sent_again(
        fates in proptest::collection::vec(fate(), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(arrives(fates.into()));
    }
}

#[tokio::test]
async fn b14_a_part_with_another_checksum_is_sent_again_and_nothing_else() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let content = bytes(usize::try_from(SIZE).unwrap());
    // More often than a file is begun anew, and then a request that has died has the upload.
    server.faults(|faults| {
        faults.parts = [Fate::Checksum, Fate::Checksum, Fate::Checksum, Fate::Held].into();
    });
    let sent = ann.send_file("C2Cbob", &content).await;
    ann.nothing_waits().await;
    assert!(server.file(&file_of(&sent)).unwrap() == content);
    assert_eq!(server.sent_up() - SIZE, 3 * UPLOAD_PART_BYTES);
}
