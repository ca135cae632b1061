//! Runs: which messages of a log are held without holes.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// The messages `first..=last` of a conversation are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

fn run(row: &Row<'_>) -> Result<Run> {
    Ok(Run {
        first: row.get(0)?,
        last: row.get(1)?,
    })
}

/// The last run that begins at `seq` or before.
pub(crate) fn at_or_before(db: &Connection, conversation: i64, seq: u64) -> Result<Option<Run>> {
    db.prepare_cached(
        "SELECT first, last FROM runs WHERE conversation = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1",
    )?
    .query_row(params![conversation, seq], run)
    .optional()
}

/// The run that holds `seq`.
pub(crate) fn covering(db: &Connection, conversation: i64, seq: u64) -> Result<Option<Run>> {
    Ok(at_or_before(db, conversation, seq)?.filter(|run| run.last >= seq))
}

/// The run with the newest messages.
pub(crate) fn newest(db: &Connection, conversation: i64) -> Result<Option<Run>> {
    at_or_before(db, conversation, crate::limits::SEQ_MOST)
}

/// The run with the oldest messages.
pub(crate) fn oldest(db: &Connection, conversation: i64) -> Result<Option<Run>> {
    db.prepare_cached("SELECT first, last FROM runs WHERE conversation = ?1 ORDER BY first LIMIT 1")?
        .query_row([conversation], run)
        .optional()
}

/// `first..=last` are held from now on: joins all runs that touch them.
pub(crate) fn add(db: &Connection, conversation: i64, added: Run) -> Result<()> {
    let before = at_or_before(db, conversation, added.first)?.filter(|run| run.last + 1 >= added.first);
    if before.is_some_and(|run| run.last >= added.last) {
        return Ok(());
    }
    let after: Option<u64> = db
        .prepare_cached(
            "SELECT last FROM runs WHERE conversation = ?1 AND first > ?2 AND first <= ?3
             ORDER BY first DESC LIMIT 1",
        )?
        .query_row(params![conversation, added.first, added.last + 1], |row| {
            row.get(0)
        })
        .optional()?;
    let last = after.map_or(added.last, |last| last.max(added.last));
    if after.is_some() {
        db.prepare_cached("DELETE FROM runs WHERE conversation = ?1 AND first > ?2 AND first <= ?3")?
            .execute(params![conversation, added.first, added.last + 1])?;
    }
    let first = before.map_or(added.first, |run| run.first);
    db.prepare_cached(
        "INSERT INTO runs (conversation, first, last) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation, first) DO UPDATE SET last = excluded.last",
    )?
    .execute(params![conversation, first, last])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn all(db: &Connection) -> Vec<(u64, u64)> {
        let mut statement = db
            .prepare("SELECT first, last FROM runs WHERE conversation = 1 ORDER BY 1")
            .unwrap();
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_>>()
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn runs_are_what_was_added_and_never_touch(
            added in prop::collection::vec((1_u64..60, 0_u64..12), 0..40)
        ) {
            let db = Connection::open_in_memory().unwrap();
            db.execute_batch(include_str!("schema.sql")).unwrap();
            let mut truth = BTreeSet::new();
            for (first, more) in added {
                add(&db, 1, Run { first, last: first + more }).unwrap();
                truth.extend(first..=first + more);
                let runs = all(&db);
                let held: BTreeSet<u64> = runs.iter().flat_map(|(first, last)| *first..=*last).collect();
                prop_assert_eq!(&held, &truth);
                prop_assert!(runs.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{:?}", runs);
                for seq in 1..75 {
                    prop_assert_eq!(covering(&db, 1, seq).unwrap().is_some(), truth.contains(&seq));
                }
            }
        }
    }
}
