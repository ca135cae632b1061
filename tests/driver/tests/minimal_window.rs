//! The driver itself, tried on the smallest window there is. Needs `TIDINGS_MINIMAL_WINDOW` (the binary of
//! `tests/minimal-window`); skipped with a word where it is not given.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::Path;

use serde_json::json;
use tidings_driver::{Desk, DriverError, ProcessTree, key};

#[test]
fn a_window_is_driven_by_roles_and_names() -> Result<(), DriverError> {
    let Some(binary) = std::env::var_os("TIDINGS_MINIMAL_WINDOW") else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: TIDINGS_MINIMAL_WINDOW does not name the window"
        );
        return Ok(());
    };
    let desk = Desk::set_up()?;
    let app = desk.start(Path::new(&binary), &[])?;
    app.text_box("Message").type_text("Hello")?;
    app.button("Send").click()?;
    app.messages().shows("Hello")?;
    assert_eq!(
        app.list("Conversations").inside("listitem").names()?,
        ["Ann, 2 unread", "Bob"]
    );
    app.list("Conversations")
        .inside_named("listitem", "Ann, 2…")
        .is_there()?;
    app.button("Nowhere").is_gone()?;

    app.text_box("Message").clear()?;
    app.text_box("Message").click()?;
    assert_eq!(app.focused()?, r#"textbox "Message""#);
    app.press(&[], "by key")?;
    assert_eq!(app.text_box("Message").typed()?, "by key");
    app.press(&[], key::TAB)?;
    assert_eq!(app.focused()?, r#"button "Send""#);
    app.press(&[], key::ENTER)?;
    app.messages()
        .show("two messages", |texts| texts == ["Hello", "by key"])?;

    assert_eq!(app.run("return arguments[0] + 1;", &[json!(41)])?, json!(42));
    let picture = tempfile::tempdir()?.path().join("window.png");
    app.screenshot(&picture)?;
    let usage = ProcessTree::of(app.process()?).usage();
    assert!(usage.proportional > 0);
    assert!(app.output().contains("painted page "));
    app.quit()
}
