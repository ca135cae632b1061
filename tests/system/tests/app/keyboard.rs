//! Everything with the keyboard alone.

use tidings_driver::{App, DriverError, key};

use crate::stage::{Outcome, Seat, Stage, server_with};

/// Presses Tab until the focus is on `wanted`; a place that Tab never reaches is out of reach for people without a mouse.
fn tab_to(app: &App, wanted: &str) -> Outcome {
    let mut passed = Vec::new();
    for _ in 0..60 {
        let focused = app.focused()?;
        if focused == wanted {
            return Ok(());
        }
        passed.push(focused);
        app.press(&[], key::TAB)?;
    }
    Err(DriverError::NotReady(format!(
        "{wanted} is not reached by Tab; passed: {passed:#?}"
    )))
}

#[test]
fn a_person_without_a_mouse_signs_in_and_talks() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let app = stage.opens(&seat)?;
    app.button("Sign in to a server").is_there()?;
    tab_to(&app, r#"button "Sign in to a server""#)?;
    app.press(&[], key::ENTER)?;
    app.text_box("Server address").is_there()?;
    for (field, text) in [
        ("Server address", server.address().http_base()),
        ("User ID", "ann".to_owned()),
        ("Password", tidings_tests::PASSWORD.to_owned()),
    ] {
        tab_to(&app, &format!("textbox {field:?}"))?;
        app.press(&[], &text)?;
    }
    app.press(&[], key::ENTER)?;
    app.button("New conversation").is_there()?;

    // Ctrl+K finds people with whom there is no conversation yet as well.
    app.press(&[key::CONTROL], "k")?;
    app.text_box("Go to").is_there()?;
    app.press(&[], "bob")?;
    app.list("Results").inside("listitem").shows("bob")?;
    app.press(&[], key::ENTER)?;
    app.text_box("Message").is_there()?;
    tab_to(&app, r#"textbox "Message""#)?;
    app.press(&[], "first line")?;
    app.press(&[key::SHIFT], key::ENTER)?;
    app.press(&[], "second line")?;
    app.press(&[], key::ENTER)?;
    app.messages().shows("first line\nsecond line")?;
    assert_eq!(app.text_box("Message").typed()?.trim(), "");
    Ok(())
}
