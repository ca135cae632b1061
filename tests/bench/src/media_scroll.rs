//! `media-scroll`: a conversation of 5,000 pictures in the real app, scrolled from its end to its start: how long each frame
//! takes, whether anything moves under the reader, and what memory is back afterwards.
//!
//! Before each frame the page looks where a row in sight has gone since it last set the place itself: whatever that differs by is
//! movement that the reader did not ask for.

use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_driver::{App, Desk, ProcessTree};
use tidings_engine::view::{AttachmentUse, MessageStatus, OutgoingMessage};
use tidings_tests::{PASSWORD, Person, ServerProcess};

use crate::app_start::program;
use crate::report::{Aim, Figures, quantile, say};

/// Pictures in the conversation, no two alike.
const PICTURES: u32 = 5_000;
/// Of these sides, so that each has a thumbnail of its own.
const SIDES: (u32, u32) = (480, 320);
/// Sent together.
const TOGETHER: u32 = 20;
/// So far in each frame, pixels: a fast turn of the wheel that does not stop.
const STEP: u32 = 120;
/// When memory is looked at.
const SETTLED: Duration = Duration::from_secs(12);
/// How long a whole scroll may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// The conversation's first message.
const BEGINNING: &str = "where it all began";

/// Scrolls a step in each frame until the first message is in sight.
const SCROLL: &str = r"
    const [step, beginning] = arguments;
    const log = document.querySelector('[role=log]');
    const found = { frames: [], moved: [], blank: 0, rows: 0, most: 0, isDone: false };
    window.__scroll = found;
    const rows = () => [...log.querySelectorAll('article')];
    const inSight = () => {
      const top = log.getBoundingClientRect().top;
      return rows().find((row) => row.getBoundingClientRect().top >= top);
    };
    let held = null;
    let last = null;
    const frame = (now) => {
      if (last !== null) found.frames.push(now - last);
      last = now;
      if (held !== null && held.row.isConnected) {
        const by = held.row.getBoundingClientRect().top - held.top;
        if (Math.abs(by) > 1) found.moved.push(Math.round(by));
      }
      if (log.scrollTop === 0 && log.innerText.includes(beginning)) {
        found.isDone = true;
        return;
      }
      log.scrollTop -= step;
      const row = inSight();
      held = row === undefined ? null : { row, top: row.getBoundingClientRect().top };
      found.rows += 1;
      found.most = Math.max(found.most, log.childElementCount, rows().length);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);";

/// Measures. `TIDINGS_APP` and `TIDINGS_SERVER` name the binaries, built for release.
pub(crate) fn run() -> anyhow::Result<Value> {
    let server = ServerProcess::starts();
    server.has("ann");
    server.has("bob");
    say(&format!("  sending {PICTURES} pictures ..."));
    tokio::runtime::Runtime::new()?.block_on(send_pictures(&server))?;
    let desk = Desk::set_up()?;
    let profile = TempDir::new()?;
    let folder = profile.path().to_string_lossy();
    let app = desk.start(&program("TIDINGS_APP")?, &["--data-dir", &folder, "--automation"])?;
    app.button("Sign in to a server").click()?;
    app.text_box("Server address")
        .type_text(&server.address().http_base())?;
    app.text_box("User ID").type_text("ann")?;
    app.text_box("Password").type_text(PASSWORD)?;
    app.button("Continue").click()?;
    app.list("Conversations")
        .inside_named("listitem", "bob…")
        .click()?;
    app.messages().is_there()?;
    // Reading begins at the first message that is not read, and that is the conversation's first.
    app.button("Jump to latest").click()?;
    app.button("Jump to latest").is_gone()?;
    thread::sleep(SETTLED);
    let before = memory(&app)?;

    app.run(SCROLL, &[json!(STEP), json!(BEGINNING)])?;
    let found = scrolled(&app)?;
    let at_start = memory(&app)?;
    app.button("Jump to latest").click()?;
    thread::sleep(SETTLED);
    let after = memory(&app)?;

    let numbers = |name: &str| -> Vec<f64> {
        let values = found.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let (frames, moved) = (numbers("frames"), numbers("moved"));
    let long = frames.iter().filter(|each| **each > 50.0).count();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut figures = Figures::default();
    figures.add("frames", frames.len() as f64, "", Aim::None);
    figures.add("a frame, p50", quantile(&frames, 0.5), "ms", Aim::None);
    figures.add("a frame, p99", quantile(&frames, 0.99), "ms", Aim::None);
    figures.add("the longest frame", quantile(&frames, 1.0), "ms", Aim::Most(50.0));
    figures.add("frames above 50 ms", long as f64, "", Aim::Most(0.0));
    figures.add(
        "movements under the reader",
        moved.len() as f64,
        "",
        Aim::Most(0.0),
    );
    figures.add(
        "rows in the page, at most",
        found.get("most").and_then(Value::as_f64).unwrap_or(f64::NAN),
        "",
        Aim::None,
    );
    figures.add("memory before, proportional", megabytes(before), "MB", Aim::None);
    figures.add("memory at the start of it", megabytes(at_start), "MB", Aim::None);
    figures.add(
        "memory back at the end, above before",
        megabytes(after) - megabytes(before),
        "MB",
        Aim::Most(60.0),
    );
    Ok(figures.json())
}

/// Waits until the first message is in sight.
fn scrolled(app: &App) -> anyhow::Result<Value> {
    for _ in 0..PATIENCE.as_secs() {
        thread::sleep(Duration::from_secs(1));
        if app.run("return window.__scroll.isDone;", &[])? == json!(true) {
            return Ok(app.run("return window.__scroll;", &[])?);
        }
    }
    let at = app.run(
        "const log = document.querySelector('[role=log]'); return [log.scrollTop, window.__scroll.frames.length];",
        &[],
    )?;
    anyhow::bail!("the first message did not come into sight; the log is at {at}")
}

/// Bytes of the app and its children, proportional.
fn memory(app: &App) -> anyhow::Result<u64> {
    Ok(ProcessTree::of(app.process()?).usage().proportional)
}

async fn send_pictures(server: &ServerProcess) -> anyhow::Result<()> {
    let bob = Person::signs_in("bob", &server.address()).await;
    bob.sends("ann", BEGINNING).await;
    for first in (0..PICTURES).step_by(TOGETHER as usize) {
        let mut sent = Vec::new();
        for number in first..(first + TOGETHER).min(PICTURES) {
            let draft = bob
                .engine
                .attach_rgba(SIDES.0, SIDES.1, pixels(number))
                .await
                .context("the picture was not taken")?;
            let message = OutgoingMessage {
                attachment: Some(AttachmentUse {
                    id: draft.id,
                    ..AttachmentUse::default()
                }),
                ..bob.writes("ann", "")
            };
            sent.push(bob.engine.send_message(message).await?);
        }
        for message in sent {
            let done = bob
                .message_is("ann", &message.client_id, |message| {
                    message.status != MessageStatus::UnSend
                })
                .await;
            anyhow::ensure!(
                done.status == MessageStatus::Success,
                "a picture was not sent: {}",
                done.code
            );
        }
    }
    Ok(())
}

/// A slope of two colours that only this number has.
fn pixels(number: u32) -> Vec<u8> {
    let (width, height) = SIDES;
    let [low, high, ..] = number.to_le_bytes();
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            [
                (x * 255 / width) as u8 ^ low,
                (y * 255 / height) as u8,
                low.wrapping_add(high),
                255,
            ]
        })
        .collect()
}
