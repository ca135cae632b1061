//! An export out of the app, and a new profile that begins with it.

use std::path::PathBuf;

use crate::stage::{
    Outcome, Seat, Stage, opens_conversation, picture, says, server_with, starts_conversation,
};
use tidings_tests::PASSWORD;

#[test]
fn what_was_exported_in_the_settings_is_opened_at_the_welcome_and_gone_on_with() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (old, new) = (Seat::new(), Seat::new());
    let folder = tempfile::tempdir()?;
    stage.desk().answers_dialogs(folder.path())?;

    let ann = stage.signed_in(&old, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    says(&ann, "The ferry leaves at nine")?;
    ann.button("Settings").click()?;
    ann.place("tab", "Storage").click()?;
    // The driver clicks on nothing that is below the edge of what scrolls.
    let export = ann.button("Export…");
    export.run("arguments[0].scrollIntoView({ block: 'center' })", &[])?;
    export.click()?;
    let show = ann.button("Show in folder");
    show.is_there()?;
    picture(&ann, "export-done")?;
    let below = r"
        const { bottom } = arguments[0].getBoundingClientRect();
        return bottom - arguments[0].closest('dialog').getBoundingClientRect().bottom;";
    let below = show.run(below, &[])?.as_f64().unwrap();
    assert!(below <= 0.0, "what came of it is in sight: {below}");
    ann.quit()?;
    let exports: Vec<PathBuf> = std::fs::read_dir(folder.path())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    let [export] = exports.as_slice() else {
        panic!("one folder, and nothing else: {exports:?}");
    };
    assert!(export.join("messages.jsonl").is_file(), "{export:?}");

    stage.desk().answers_dialogs(export)?;
    let ann = stage.opens(&new)?;
    ann.button("Open an export").click()?;
    ann.status("Connection").shows("Opened from an export")?;
    opens_conversation(&ann, "bob")?;
    ann.messages().shows("The ferry leaves at nine")?;
    picture(&ann, "import-done")?;

    ann.button("Sign in").click()?;
    assert_eq!(ann.text_box("User ID").typed()?, "ann");
    // It may be somebody else's by now.
    let address = ann.text_box("Server address");
    assert_eq!(address.typed()?, "");
    picture(&ann, "import-sign-in")?;
    address.type_text(&server.address().http_base())?;
    ann.text_box("Password").type_text(PASSWORD)?;
    ann.button("Continue").click()?;
    ann.button("Sign in").is_gone()?;
    opens_conversation(&ann, "bob")?;
    says(&ann, "and comes back at five")
}
