//! What the desktop hands to the app: the clipboard, and requests that are not the page's.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::stage::{Outcome, Seat, Stage, server_with};

/// A picture of 3 x 2 pixels.
pub(crate) const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1M\x00\x00\x00\x10IDATx\xdac0H\x98\x00A\x0cp\x16\x00AT\x06\xc1\xf6\xae&[\x00\x00\x00\x00IEND\xaeB`\x82";

/// Calls a command of the shell as the page would.
const CALL: &str = r"
    const done = arguments[arguments.length - 1];
    window.__TAURI_INTERNALS__.invoke(arguments[0], { request: arguments[1] })
      .then((value) => done({ value }), (error) => done({ error }));";

impl Stage {
    /// Puts something on the clipboard, as another program would. It stays there until the desk is cleared.
    pub(crate) fn copies(&self, kind: &str, content: &[u8]) -> Outcome {
        let mut command = self.desk().command(Path::new("xclip"));
        command
            .args(["-selection", "clipboard", "-t", kind, "-i"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut clip = command.spawn()?;
        clip.stdin.take().unwrap().write_all(content)?;
        // It goes on in the background once it has the clipboard.
        clip.wait()?;
        Ok(())
    }
}

#[test]
fn what_was_copied_elsewhere_can_be_pasted_though_the_web_view_says_nothing_of_it() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    let paste = || ann.run_async(CALL, &[json!("paste_files"), Value::Null]);

    stage.copies("image/png", PNG)?;
    let pasted = paste()?;
    let picture = &pasted["value"]["attachments"][0];
    assert_eq!(
        (&picture["kind"], &picture["width"], &picture["height"]),
        (&json!("image"), &json!(3), &json!(2)),
        "{pasted}"
    );

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("two words & 100%.txt");
    std::fs::write(&file, "words")?;
    let address = format!(
        "file://{}/two%20words%20%26%20100%25.txt\r\nfile://{}\r\n",
        folder.path().display(),
        folder.path().display()
    );
    stage.copies("text/uri-list", address.as_bytes())?;
    let pasted = paste()?;
    let attachments = pasted["value"]["attachments"].as_array().unwrap();
    let names: Vec<&Value> = attachments.iter().map(|each| &each["name"]).collect();
    // The file, and the same one again as what is in the folder.
    assert_eq!(names, [&json!("two words & 100%.txt"); 2], "{pasted}");
    assert!(!pasted.to_string().contains(&*folder.path().to_string_lossy()));

    // A name of another time, which is no UTF-8.
    let old = folder.path().join(OsStr::from_bytes(b"caf\xe9.txt"));
    std::fs::write(&old, "words")?;
    let address = format!("file://{}/caf%E9.txt\r\n", folder.path().display());
    stage.copies("text/uri-list", address.as_bytes())?;
    let pasted = paste()?;
    assert_eq!(pasted["value"]["attachments"][0]["size"], 5, "{pasted}");

    stage.copies("text/plain", b"only words")?;
    assert_eq!(paste()?["value"]["attachments"], json!([]));
    Ok(())
}

#[test]
fn h15_no_address_of_a_picture_or_a_player_leads_to_anything_else() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let seat = Seat::new();
    let app = stage.opens(&seat)?;
    let script = r"
        const done = arguments[arguments.length - 1];
        const loads = (kind, loaded, url) => new Promise((resolve) => {
          const element = document.createElement(kind);
          element.addEventListener(loaded, () => resolve(true));
          element.addEventListener('error', () => resolve(false));
          element.src = url;
        });
        const pictures = ['file/../../etc/passwd', 'file/%2e%2e%2fetc%2fpasswd', 'draft//etc/passwd', '', 'file/0'];
        window.__TAURI_INTERNALS__.invoke('app_info').then(({ mediaBase, streamBase }) => Promise.all([
          ...pictures.map((path) => loads('img', 'load', mediaBase + path)),
          loads('video', 'loadedmetadata', `${streamBase}0`),
          loads('video', 'loadedmetadata', `${streamBase}draft/..%2f..%2fetc%2fpasswd`),
        ])).then(done, (error) => done(String(error)));";
    let tried = app.run_async(script, &[])?;
    assert_eq!(tried, json!([false, false, false, false, false, false, false]));
    Ok(())
}
