//! What a screen reader hears of the real app, past the web view: not what the page says of itself, but what arrives on the
//! accessibility bus.

use tidings_driver::{DriverError, Heard, ScreenReader, key};

use crate::elsewhere::Elsewhere;
use crate::stage::{Outcome, Seat, Stage, opens_conversation, says, server_with, starts_conversation};

/// Everything that can be pressed or typed into, and every picture that says something, has a name: nothing is "button" alone.
fn everything_is_named(window: &Heard) {
    const NAMED: &[&str] = &[
        "push button",
        "toggle button",
        "entry",
        "password text",
        "check box",
        "radio button",
        "link",
        "page tab",
        "menu item",
        "combo box",
        "list box",
        "image",
    ];
    for each in window.all() {
        let is_to_be_named = NAMED.contains(&each.role.as_str());
        assert!(
            !is_to_be_named || !each.name.trim().is_empty() || !each.is_showing,
            "a {} without a name in:\n{}",
            each.role,
            window.outline()
        );
    }
}

fn heard_at(listener: &ScreenReader, role: &str, name: &str) -> Result<Heard, DriverError> {
    listener.hears(&format!("{role} {name}"), |window| {
        !window.of(role, name).is_empty()
    })
}

#[test]
fn the_welcome_and_its_forms_are_heard() -> Outcome {
    let Some(stage) = Stage::set_up_to_be_heard()? else {
        return Ok(());
    };
    let listener = ScreenReader::on(stage.desk())?;
    let app = stage.opens(&Seat::new())?;
    let window = heard_at(&listener, "push button", "Start a space on this computer")?;
    everything_is_named(&window);
    let lists = window.of("list", "");
    assert_eq!(lists.len(), 1, "{}", window.outline());
    assert_eq!(lists[0].of("list item", "").len(), 3, "{}", window.outline());
    assert!(!window.of("heading", "Welcome to Tidings").is_empty());

    app.button("Sign in to a server").click()?;
    let window = heard_at(&listener, "password text", "Password")?;
    everything_is_named(&window);
    for name in ["Server address", "User ID"] {
        assert_eq!(window.of("entry", name).len(), 1, "{}", window.outline());
    }
    Ok(())
}

#[test]
fn conversations_messages_and_the_composer_are_heard() -> Outcome {
    let Some(stage) = Stage::set_up_to_be_heard()? else {
        return Ok(());
    };
    let listener = ScreenReader::on(stage.desk())?;
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "ann")?;
    says(&ann, "notes")?;
    let bob = Elsewhere::signs_in("bob", &server);
    for text in ["hello ann", "are you there?"] {
        bob.sends("ann", text);
    }
    let window = heard_at(&listener, "push button", "bob, 2 unread")?;
    everything_is_named(&window);
    assert_eq!(
        window.of("list", "Conversations").len(),
        1,
        "{}",
        window.outline()
    );

    opens_conversation(&ann, "bob")?;
    let window = listener.hears("both messages", |window| {
        window
            .of("log", "Messages")
            .iter()
            .any(|log| log.words().contains("are you there?"))
    })?;
    everything_is_named(&window);
    let log = window.of("log", "Messages");
    let articles = log[0].of("article", "bob,");
    assert_eq!(articles.len(), 2, "{}", window.outline());
    assert!(articles[0].words().contains("hello ann"));
    assert!(articles[1].words().contains("are you there?"));
    let composer = window.of("entry", "Message");
    assert!(
        composer.iter().any(|each| each.is_focused),
        "the composer has the keyboard:\n{}",
        window.outline()
    );

    // What comes while one looks is said once, by a region that screen readers follow.
    bob.sends("ann", "the boat is in");
    let window = listener.hears("what came is said", |window| {
        let said = window.all().into_iter().filter(|each| {
            each.attributes.get("live").is_some_and(|live| live == "polite")
                && each.words().contains("the boat is in")
        });
        said.count() == 1
    })?;
    assert!(!window.of("log", "Messages").is_empty());
    Ok(())
}

#[test]
fn settings_and_menus_are_heard() -> Outcome {
    let Some(stage) = Stage::set_up_to_be_heard()? else {
        return Ok(());
    };
    let listener = ScreenReader::on(stage.desk())?;
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    says(&ann, "hello")?;
    ann.button("Attach").click()?;
    let window = heard_at(&listener, "menu item", "")?;
    everything_is_named(&window);
    ann.press(&[], key::ESCAPE)?;

    ann.button("Settings").click()?;
    let window = heard_at(&listener, "page tab", "Appearance")?;
    everything_is_named(&window);
    assert!(
        !window.of("dialog", "Settings").is_empty(),
        "{}",
        window.outline()
    );
    let tabs: Vec<String> = window
        .of("page tab", "")
        .iter()
        .map(|tab| tab.name.clone())
        .collect();
    assert!(tabs.len() >= 5, "{tabs:?}");
    for tab in tabs {
        ann.place("tab", &tab).click()?;
        let window = heard_at(&listener, "page tab", &tab)?;
        everything_is_named(&window);
    }
    Ok(())
}
