//! What lasts: without a server, and over restarts of the app.

use tidings_driver::key;

use crate::stage::{
    Outcome, Seat, Stage, opens_conversation, picture, says, server_with, starts_conversation,
};

#[test]
fn what_is_typed_without_a_server_waits_and_goes_out() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let mut server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    starts_conversation(&ann, "bob")?;
    says(&ann, "before")?;
    opens_conversation(&bob, "ann")?;
    bob.messages().shows("before")?;

    server.is_killed();
    ann.status("Connection").show("that there is none", |texts| {
        texts.iter().any(|text| !text.trim().is_empty())
    })?;
    says(&ann, "typed without a server")?;
    says(&ann, "and one more")?;
    picture(&ann, "offline")?;
    assert!(
        !bob.messages()
            .texts()?
            .iter()
            .any(|text| text.contains("without a server"))
    );
    server.starts_again();
    bob.messages().shows("typed without a server")?;
    bob.messages().shows("and one more")?;
    ann.status("Connection")
        .show("nothing", |texts| texts.iter().all(|text| text.trim().is_empty()))?;
    Ok(())
}

#[test]
fn history_and_draft_are_there_after_a_crash() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    says(&ann, "this stays")?;
    ann.text_box("Message").type_text("half a sent")?;
    // The draft is on disk once the list says so: it is shown there when another conversation is open.
    starts_conversation(&ann, "ann")?;
    ann.list("Conversations")
        .inside("listitem")
        .shows("half a sent")?;
    ann.kill()?;

    let ann = stage.opens(&seat)?;
    opens_conversation(&ann, "bob")?;
    ann.messages().shows("this stays")?;
    assert_eq!(ann.text_box("Message").typed()?.trim_end(), "half a sent");
    picture(&ann, "after-a-crash")
}

#[test]
fn history_is_there_without_a_server() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let mut server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    says(&ann, "read me offline")?;
    ann.quit()?;
    server.is_killed();
    let ann = stage.opens(&seat)?;
    opens_conversation(&ann, "bob")?;
    ann.messages().shows("read me offline")
}

#[test]
fn b14_a_file_that_was_just_sent_arrives_though_the_app_is_killed_at_once() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let mut server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    starts_conversation(&ann, "bob")?;
    let folder = tempfile::tempdir()?;
    // So large that it may still be being copied.
    std::fs::File::create(folder.path().join("film.bin"))?.set_len(100 * 1024 * 1024)?;
    let address = format!("file://{}/film.bin\r\n", folder.path().display());
    stage.copies("text/uri-list", address.as_bytes())?;
    // Nothing of it is anywhere else when the app is killed.
    server.is_stopped();
    ann.text_box("Message").click()?;
    ann.press(&[key::CONTROL], "v")?;
    ann.place("dialog", "Send a file")
        .inside_named("button", "Send")
        .click()?;
    ann.messages().shows("film")?;
    // The page shows it before the engine has it; that the engine has it on disk is what the list says.
    ann.list("Conversations")
        .inside_named("listitem", "bob…")
        .is_there()?;
    picture(&ann, "media-preparing")?;
    ann.kill()?;

    let ann = stage.opens(&anns)?;
    opens_conversation(&ann, "bob")?;
    ann.messages().shows("film")?;
    server.starts_again();
    opens_conversation(&bob, "ann")?;
    bob.messages().shows("film")?;
    // The server takes no message that says another size than its file has.
    bob.messages().shows("100 MB")
}
