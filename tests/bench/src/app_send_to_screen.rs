//! `send-to-screen`: Enter pressed in one real app to the text painted in the other, on one machine.
//!
//! Both pages note the time by the machine's one clock (`Date.now()`, 1 ms): the sender's at the keydown of Enter, the receiver's
//! in a task after the frame that follows the text's coming into the page.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tidings_driver::{App, Desk, key};
use tidings_tests::{PASSWORD, ServerProcess};

use crate::app_start::program;
use crate::report::{Aim, Figures};

/// Messages that count, after some that warm up.
const MESSAGES: usize = 100;
const WARM_UP: usize = 10;

const NOTE_ENTER: &str = r"
    window.__pressed = [];
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') window.__pressed.push(Date.now());
    }, true);";

const NOTE_PAINTED: &str = r"
    window.__shown = {};
    const look = () => {
      const log = document.querySelector('[role=log]');
      const found = log?.innerText.match(/probe \d+ end/g) ?? [];
      for (const text of found.slice(-3)) {
        const number = text.split(' ')[1];
        if (window.__shown[number] !== undefined) continue;
        window.__shown[number] = null;
        requestAnimationFrame(() => setTimeout(() => (window.__shown[number] = Date.now())));
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });";

/// Measures. `TIDINGS_APP` and `TIDINGS_SERVER` name the binaries, built for release.
pub(crate) fn run() -> anyhow::Result<Value> {
    let app = program("TIDINGS_APP")?;
    let server = ServerProcess::starts();
    server.has("ann");
    server.has("bob");
    let desk = Desk::set_up()?;
    let (ann_folder, bob_folder) = (TempDir::new()?, TempDir::new()?);
    let ann = signed_in(&desk, &app, ann_folder.path(), &server, "ann")?;
    let bob = signed_in(&desk, &app, bob_folder.path(), &server, "bob")?;
    ann.button("New conversation").click()?;
    ann.text_box("User ID or name").type_text("bob")?;
    ann.list("Results").inside_named("listitem", "bob").click()?;
    ann.text_box("Message").type_text("Hello")?;
    ann.button("Send").click()?;
    bob.list("Conversations")
        .inside_named("listitem", "ann…")
        .click()?;
    bob.messages().shows("Hello")?;

    ann.run(NOTE_ENTER, &[])?;
    bob.run(NOTE_PAINTED, &[])?;
    for number in 0..WARM_UP + MESSAGES {
        let text = format!("probe {number} end");
        ann.text_box("Message").type_text(&text)?;
        ann.press(&[], key::ENTER)?;
        bob.messages().shows(&text)?;
    }
    let pressed = ann.run("return window.__pressed;", &[])?;
    let shown = bob.run("return window.__shown;", &[])?;
    let mut figures: Vec<f64> = (WARM_UP..WARM_UP + MESSAGES)
        .filter_map(|number| Some(shown.get(number.to_string())?.as_f64()? - pressed.get(number)?.as_f64()?))
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| {
        figures
            .get((figures.len() as f64 * share) as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    let mut table = Figures::default();
    table.add("messages", figures.len() as f64, "", Aim::None);
    table.add("Enter to painted, p50", at(0.5), "ms", Aim::Most(60.0));
    table.add("Enter to painted, p99", at(0.99), "ms", Aim::None);
    Ok(table.json())
}

fn signed_in(
    desk: &Desk,
    app: &Path,
    folder: &Path,
    server: &ServerProcess,
    user: &str,
) -> anyhow::Result<App> {
    let app = desk.start(app, &["--data-dir", &folder.to_string_lossy(), "--automation"])?;
    app.button("Sign in to a server").click()?;
    app.text_box("Server address")
        .type_text(&server.address().http_base())?;
    app.text_box("User ID").type_text(user)?;
    app.text_box("Password").type_text(PASSWORD)?;
    app.button("Continue").click()?;
    app.button("New conversation").is_there()?;
    Ok(app)
}
