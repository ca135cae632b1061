//! Files between people, each in their own window, and the guide's samples of messages that carry them.

use serde_json::{Value, json};
use tidings_driver::{App, DriverError, key};

use crate::looks::in_all_looks;
use crate::stage::{Outcome, Seat, Stage, opens_conversation, picture, server_with, starts_conversation};

/// Makes a picture of these pixels as a PNG, in the page, and passes it to `then` as a `File`.
const WITH_PICTURE: &str = r"
    const done = arguments[arguments.length - 1];
    const [width, height, name] = arguments;
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, width, height);
    sky.addColorStop(0, '#23527a'); sky.addColorStop(0.6, '#e6b06c'); sky.addColorStop(1, '#7a3b23');
    pen.fillStyle = sky; pen.fillRect(0, 0, width, height);
    pen.fillStyle = '#fff4d0'; pen.beginPath(); pen.arc(width * 0.7, height * 0.45, height * 0.12, 0, 7); pen.fill();
    const { TIM, tim } = window;
    canvas.toBlob((blob) => then(new File([blob], name, { type: 'image/png' })), 'image/png');";

/// Sends a picture to `to` with the guide's words (R-I1) and answers what the SDK said.
fn sends_picture(app: &App, to: &str, pixels: (u32, u32), name: &str) -> Result<Value, DriverError> {
    let script = format!(
        r"{WITH_PICTURE}
        function then(file) {{
          const heard = [];
          const message = tim.createImageMessage({{
            to: '{to}', conversationType: TIM.TYPES.CONV_C2C, payload: {{ file }}, onProgress: (event) => heard.push(event),
          }});
          tim.sendMessage(message).then(
            ({{ data }}) => done({{ status: data.message.status, heard, payload: data.message.payload }}),
            (error) => done({{ code: error.code, message: error.message }}));
        }}"
    );
    app.run_async(&script, &[pixels.0.into(), pixels.1.into(), name.into()])
}

/// Waits until every picture of a message is painted, and answers how large they are.
fn painted(app: &App) -> Result<Value, DriverError> {
    let script = r"
        const done = arguments[arguments.length - 1];
        const look = (left) => {
          const all = [...document.querySelectorAll('[role=log] article img')];
          const there = all.filter((it) => it.complete && it.naturalWidth > 0);
          if ((all.length > 0 && there.length === all.length) || left === 0)
            done(there.map((it) => [it.naturalWidth, it.naturalHeight]));
          else setTimeout(() => look(left - 1), 100);
        };
        look(200);";
    app.run_async(script, &[])
}

#[test]
fn r_i1_r_i5_r_i7_a_picture_of_the_guides_sample_is_seen_by_the_other() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let sent = sends_picture(&ann, "bob", (1600, 1000), "harbour.png")?;
    assert_eq!(sent["status"], json!("success"), "{sent}");
    let heard: Vec<f64> = sent["heard"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert!(heard.is_sorted() && heard.last() == Some(&1.0), "{heard:?}");
    let sizes = sent["payload"]["imageInfoArray"].as_array().unwrap();
    let pixels: Vec<_> = sizes
        .iter()
        .map(|it| (it["width"].as_u64(), it["height"].as_u64()))
        .collect();
    assert_eq!(
        pixels,
        [
            (Some(1600), Some(1000)),
            (Some(1152), Some(720)),
            (Some(317), Some(198))
        ]
    );

    opens_conversation(&bob, "ann")?;
    bob.button("Picture harbour.png").is_there()?;
    assert_ne!(painted(&bob)?, json!([]));
    in_all_looks(&bob, "media-picture")?;
    bob.button("Picture harbour.png").click()?;
    bob.place("dialog", "Viewer").is_there()?;
    picture(&bob, "media-viewer-light-en")?;
    bob.press(&[], key::ESCAPE)?;
    bob.place("dialog", "Viewer").is_gone()?;
    opens_conversation(&ann, "bob")?;
    assert_ne!(painted(&ann)?, json!([]));
    picture(&ann, "media-own-picture")
}

#[test]
fn r_i2_a_picture_that_was_copied_elsewhere_is_pasted_looked_at_and_sent() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    starts_conversation(&ann, "bob")?;
    stage.copies("image/png", crate::ways_in::PNG)?;
    ann.text_box("Message").click()?;
    ann.press(&[key::CONTROL], "v")?;
    ann.place("dialog", "Send a picture").is_there()?;
    ann.text_box("Caption").type_text("From the clipboard")?;
    in_all_looks(&ann, "media-sheet")?;
    ann.place("dialog", "Send a picture")
        .inside_named("button", "Send")
        .click()?;
    ann.place("dialog", "Send a picture").is_gone()?;
    opens_conversation(&bob, "ann")?;
    bob.messages().shows("From the clipboard")?;
    assert_ne!(painted(&bob)?, json!([]));
    picture(&bob, "media-pasted")
}

#[test]
fn r_f1_files_that_were_copied_in_a_file_manager_are_pasted_and_no_path_is_written() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("two words.txt");
    std::fs::write(&file, "words")?;
    let address = format!("file://{}/two%20words.txt\r\n", folder.path().display());
    stage.copies("text/uri-list", address.as_bytes())?;
    ann.text_box("Message").click()?;
    ann.press(&[key::CONTROL], "v")?;
    ann.place("dialog", "Send a file").is_there()?;
    assert_eq!(ann.text_box("Message").typed()?, "");
    ann.place("dialog", "Send a file")
        .inside_named("button", "Send")
        .click()?;
    ann.messages().shows("two words")
}

#[test]
fn a_file_that_is_opened_with_the_app_goes_to_whom_one_chooses() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    ann.text_box("Message").type_text("Soon")?;
    ann.button("Send").click()?;
    ann.messages().shows("Soon")?;
    ann.quit()?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("two words.txt"), "words")?;
    let address = format!("file://{}/two%20words.txt", folder.path().display());
    let ann = stage.opens_with(&seat, &["--automation", "--", &address])?;
    ann.place("dialog", "Send the file to …").is_there()?;
    in_all_looks(&ann, "media-opened-with")?;
    ann.text_box("Send to").type_text("bob")?;
    ann.text_box("Send to").type_text(key::ENTER)?;
    ann.place("dialog", "Send a file")
        .inside_named("button", "Send")
        .click()?;
    ann.messages().shows("two words")
}

#[test]
fn r_f1_r_f2_r_f8_files_of_the_guides_sample_arrive_and_wrong_ones_are_refused() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let script = r"
        const [bytes, name, done] = arguments;
        const { TIM, tim } = window;
        const file = new File([new Uint8Array(bytes).map((_, at) => at % 251)], name, { type: 'application/octet-stream' });
        // R-F8: the guide's sample calls it without `tim.`.
        const message = window.createFileMessage({ to: 'bob', conversationType: TIM.TYPES.CONV_C2C, payload: { file } });
        tim.sendMessage(message).then(
          ({ data }) => done({ status: data.message.status, payload: data.message.payload }), (error) => done({ code: error.code }));";
    let sent = ann.run_async(script, &[3_000_000.into(), "log \u{202e}gpj.exe".into()])?;
    assert_eq!(sent["status"], json!("success"), "{sent}");
    assert_eq!(sent["payload"]["fileSize"], json!(3_000_000));
    let empty = ann.run_async(script, &[0.into(), "nothing.txt".into()])?;
    assert_eq!(empty, json!({ "code": 2108 }));
    let wrong = ann.run_async(
        r"
        const done = arguments[arguments.length - 1];
        const { TIM, tim } = window;
        const file = new File(['<svg/>'], 'a.svg', { type: 'image/svg+xml' });
        Promise.resolve().then(() => tim.sendMessage(tim.createImageMessage({ to: 'bob', conversationType: TIM.TYPES.CONV_C2C, payload: { file } })))
          .then(() => done('sent'), (error) => done(error.code));",
        &[],
    )?;
    assert_eq!(wrong, json!(2252));

    opens_conversation(&bob, "ann")?;
    // What it will be opened as is what is seen: nothing in the name turns it round.
    bob.button("Open File log gpj.exe…").is_there()?;
    picture(&bob, "media-file-card")
}

/// Two seconds of ten pictures of 96 x 64 pixels, H.264.
const FILM: &[u8] = include_bytes!("media/film.mp4");

#[test]
fn r_v2_r_v6_r_v7_a_video_of_the_guides_sample_has_its_own_numbers_and_plays() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let script = r"
        const [bytes, done] = arguments;
        const { TIM, tim } = window;
        const file = new File([new Uint8Array(bytes)], 'film.mp4', { type: 'video/mp4' });
        const message = tim.createVideoMessage({ to: 'bob', conversationType: TIM.TYPES.CONV_C2C, payload: { file } });
        tim.sendMessage(message).then(
          ({ data }) => done({ status: data.message.status, payload: data.message.payload }), (error) => done({ code: error.code }));";
    let sent = ann.run_async(script, &[FILM.to_vec().into()])?;
    assert_eq!(sent["status"], json!("success"), "{sent}");
    let payload = &sent["payload"];
    assert_eq!(
        (
            &payload["videoFormat"],
            &payload["videoSecond"],
            &payload["width"],
            &payload["height"]
        ),
        (&json!("mp4"), &json!(2), &json!(96), &json!(64)),
        "{payload}"
    );
    assert_eq!(
        (&payload["thumbWidth"], &payload["thumbHeight"]),
        (&json!(96), &json!(64)),
        "{payload}"
    );

    opens_conversation(&bob, "ann")?;
    bob.button("Play video film.mp4…").click()?;
    let script = r"
        const done = arguments[arguments.length - 1];
        const look = (left) => {
          const film = document.querySelector('video');
          if (film?.videoWidth > 0 && film.currentTime > 0) done({ width: film.videoWidth, duration: Math.round(film.duration) });
          else if (left === 0) done({ error: film?.error?.message ?? 'no film', at: film?.currentTime ?? -1 });
          else setTimeout(() => look(left - 1), 100);
        };
        look(200);";
    let played = bob.run_async(script, &[])?;
    assert_eq!(played, json!({ "width": 96, "duration": 2 }));
    picture(&bob, "media-video")
}
