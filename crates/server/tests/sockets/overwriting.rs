//! What was recalled is in no file any more.

use std::path::Path;

use serde_json::json;

use crate::client::{World, open_config};

/// The marks, of which each stands for one text, that are in the data folder's files.
pub(crate) fn marks(dir: &Path) -> Vec<u32> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let Ok(bytes) = std::fs::read(file.unwrap().path()) else {
            continue;
        };
        let mut rest = &bytes[..];
        while let Some(place) = rest.windows(5).position(|five| five == b"mark<") {
            rest = &rest[place + 5..];
            let number: String = rest.iter().take(6).map(|byte| char::from(*byte)).collect();
            if rest.get(6) == Some(&b'>') {
                found.extend(number.parse::<u32>());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A text of some length that bears its mark all over.
pub(crate) fn marked(number: u32, length: usize) -> String {
    format!("mark<{number:06}>").repeat(length.div_ceil(12))
}

#[tokio::test]
async fn r_k8_a_recalled_text_is_gone_from_the_files_of_a_running_server() {
    let mut config = open_config();
    config.limits.lookups.burst = 1000;
    let world = World::with(config).await;
    let mut ann = world.device("ann").await;
    let people: Vec<String> = (0..12).map(|n| format!("p{n}")).collect();
    for name in &people {
        world.token(name).await;
    }
    // Logs that grow by turns, so that their pages are split, moved and reused.
    let mut sent: Vec<(String, u64)> = Vec::new();
    let mut gone = Vec::new();
    let mut owed = Vec::new();
    for number in 0..1200_u32 {
        let to = &people[(number as usize * 7 + number as usize / 13) % people.len()];
        let length = 20 + (number as usize * 7919) % if number.is_multiple_of(40) { 12_000 } else { 700 };
        let seq = sent.iter().filter(|(other, _)| other == to).count() as u64 + 1;
        owed.push(
            ann.ask(crate::client::text_message(
                to,
                &format!("a-{number}"),
                &marked(number, length.min(12_000)),
            ))
            .await,
        );
        sent.push((to.clone(), seq));
        if owed.len() >= 30 {
            for id in owed.drain(..) {
                let answer = ann.answer(id).await;
                assert!(answer["ok"].is_object(), "{answer}");
            }
            ann.forget_pushes();
        }
        if number.is_multiple_of(3) {
            let old = number.saturating_sub(60 + number % 4);
            if !gone.contains(&old) {
                let (of, seq) = &sent[old as usize];
                owed.push(
                    ann.ask(json!({"recall": {"conversation": format!("C2C{of}"), "seq": seq}}))
                        .await,
                );
                gone.push(old);
            }
        }
    }
    for id in owed {
        assert!(ann.answer(id).await["ok"].is_object());
    }
    let mut left: Vec<u32> = Vec::new();
    for _ in 0..200 {
        left = marks(world.dir.path());
        left.retain(|number| gone.contains(number));
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(left, Vec::<u32>::new(), "of {}", gone.len());
    assert_eq!(
        marks(world.dir.path()).len(),
        1200 - gone.len(),
        "the others are there"
    );
}
