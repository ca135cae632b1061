//! What the page can reach of files, and what it cannot.

use serde_json::json;

use crate::stage::{Outcome, Seat, Stage};

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
