//! `notify`: from a message's commit in an engine to the call at the program that shows notifications; and how many
//! notifications a thousand messages in a second make.
//!
//! The app's own commit cannot be seen from outside. A second device of the same user, an engine in this process, commits
//! the same push at the same time, and says so: that is where the clock starts.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tidings_driver::{Desk, DesktopApp, Notifications};
use tidings_engine::view::EngineEvent;
use tidings_tests::{Home, Person, ServerProcess};

use crate::app_start::program;
use crate::report::{Aim, Figures, median, quantile};

/// Messages that are timed, each alone.
const MESSAGES: usize = 60;
/// From one of them to the next: a notification that is on the screen is changed twice a second at most.
const APART: Duration = Duration::from_millis(1_200);
/// The burst.
const BURST: usize = 1_000;
/// After the burst, so long for whatever is still to come.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// Measures. `TIDINGS_APP` and `TIDINGS_SERVER` name the binaries, built for release.
pub(crate) fn run() -> anyhow::Result<Value> {
    let desk = Desk::set_up()?;
    let bell = Notifications::on(&desk, &["body", "actions"])?;
    let server = ServerProcess::starts();
    for user in ["ann", "bob"] {
        server.has(user);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let home = runtime.block_on(Home::signed_in("ann", &server.address()));
    let app = DesktopApp::start(&desk, &program("TIDINGS_APP")?, home.folder(), &["--hidden"])?;
    let (mut delays, burst_seconds) = runtime.block_on(async {
        let bob = Person::signs_in("bob", &server.address()).await;
        let watch = Person::signs_in("ann", &server.address()).await;
        let mut events = watch.engine.listen();
        // What was there before is summed up first.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let mut delays = Vec::new();
        for number in 0..MESSAGES {
            let text = format!("message {number}");
            bob.types("ann", &text).await;
            let committed = loop {
                let event = events.next().await.context("the engine ended")?;
                if let EngineEvent::MessagesReceived { messages } = event
                    && messages
                        .iter()
                        .any(|each| each.payload.get("text").and_then(Value::as_str) == Some(text.as_str()))
                {
                    break bell.now();
                }
            };
            tokio::time::sleep(APART).await;
            let calls = bell.calls();
            let call = calls.iter().find(|call| call.body == text);
            let call = call.with_context(|| format!("{text} was not told of"))?;
            delays.push(
                call.at
                    .as_secs_f64()
                    .mul_add(1000.0, -committed.as_secs_f64() * 1000.0),
            );
        }
        let before = bell.calls().len();
        let begun = bell.now();
        for number in 0..BURST {
            bob.types("ann", &format!("burst {number}")).await;
        }
        watch.sees("bob", &format!("burst {}", BURST - 1)).await;
        let seconds = (bell.now() - begun).as_secs_f64();
        tokio::time::sleep(AFTERWARDS).await;
        let made = bell.calls().len() - before;
        anyhow::Ok((delays, (seconds, made)))
    })?;
    drop(app);
    // The two devices are told at the same time, not at the same instant: what came before the clock started took no time.
    for delay in &mut delays {
        *delay = delay.max(0.0);
    }
    let (seconds, made) = burst_seconds;
    let mut figures = Figures::default();
    figures.add(
        "commit to the daemon's call, p50",
        median(&delays),
        "ms",
        Aim::Most(15.0),
    );
    figures.add("... p99", quantile(&delays, 0.99), "ms", Aim::Most(50.0));
    figures.add("1,000 messages came in", seconds, "s", Aim::None);
    figures.add("... and made notifications", made as f64, "", Aim::None);
    figures.add("... a second", made as f64 / seconds.max(1.0), "", Aim::Most(5.0));
    Ok(figures.json())
}
