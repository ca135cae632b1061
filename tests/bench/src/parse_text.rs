//! `parse-text`: what the SDK's `parseText` takes for a text of 20,000 brackets and for 12 KB as people write it (R-M3).

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::report::{Aim, Figures};

/// Measures in Node.js, with the script of the UI; `cargo xtask bench` puts the right one on the path.
pub(crate) fn run() -> anyhow::Result<Value> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui");
    let output = Command::new("node")
        .arg("bench/parse-text.mjs")
        .current_dir(ui)
        .output()
        .context("Node.js cannot be started")?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let measured: Value = serde_json::from_slice(&output.stdout)?;
    let mut figures = Figures::default();
    for (text, name, aim) in [
        ("brackets", "20,000 brackets", Aim::Most(2.0)),
        ("mixed", "12 KB of text and emoji", Aim::Most(0.3)),
    ] {
        let of = |key: &str| {
            measured
                .pointer(&format!("/figures/{text}/{key}"))
                .and_then(Value::as_f64)
                .with_context(|| format!("the script says no {key} of {text}"))
        };
        figures.add(&format!("{name}, p50"), of("median")?, "ms", aim);
        figures.add(&format!("{name}, p95"), of("p95")?, "ms", Aim::None);
    }
    Ok(figures.json())
}
