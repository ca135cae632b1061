//! What the app is beside its window: notifications, the tray, a clean end.

use serde_json::json;
use tidings_driver::{App, DesktopApp, DriverError, Notifications, Tray, key, terminate};
use tidings_engine::view::PushInfoView;
use tidings_tests::{Home, ServerProcess};

use crate::elsewhere::Elsewhere;
use crate::stage::{
    Outcome, Seat, Stage, opens_conversation, picture, says, server_with, starts_conversation,
};

const ABLE: &[&str] = &["body", "body-markup", "actions", "inline-reply"];

/// Ann's app, which shows her own notes, with a bell on the desk.
fn ann_at(
    stage: &Stage,
    seat: &Seat,
    server: &ServerProcess,
    abilities: &[&str],
) -> Result<(Notifications, App), DriverError> {
    let bell = Notifications::on(stage.desk(), abilities)?;
    let ann = stage.signed_in(seat, server, "ann")?;
    starts_conversation(&ann, "ann")?;
    says(&ann, "notes")?;
    // What was there before she came is no news; from now on everything is.
    std::thread::sleep(std::time::Duration::from_secs(2));
    Ok((bell, ann))
}

#[test]
fn r_s5_a_message_is_told_of_counts_up_and_a_click_leads_to_it() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let (bell, ann) = ann_at(&stage, &seat, &server, ABLE)?;
    let bob = Elsewhere::signs_in("bob", &server);
    bob.sends("ann", "<b>hello</b> & so on");
    let first = bell.shows("bob", "&lt;b&gt;hello&lt;/b&gt; &amp; so on")?;
    assert_eq!(
        first.actions,
        [
            "default",
            "Open",
            "mark-read",
            "Mark as read",
            "inline-reply",
            "Reply"
        ]
    );
    let push = PushInfoView {
        title: "Harbour".into(),
        description: "The boat is in".into(),
        extension: "berth 7".into(),
        ..PushInfoView::default()
    };
    bob.sends_with("ann", "x", push);
    let second = bell.shows("Harbour (2)", "The boat is in")?;
    assert!(second.is_replacement && second.id == first.id);
    let script = r"
        window.clicked = null;
        window.tim.on(window.TIM.EVENT.NOTIFICATION_CLICKED, ({ data }) => { window.clicked = data; });";
    ann.run(script, &[])?;
    bell.act(second.id, "default")?;
    ann.messages().shows("<b>hello</b> & so on")?;
    bell.are_gone()?;
    assert_eq!(
        ann.run("return window.clicked;", &[])?,
        json!({ "conversationID": "C2Cbob", "seq": 1, "extension": "berth 7" })
    );
    // Now it is looked at.
    bob.sends("ann", "are you there?");
    ann.messages().shows("are you there?")?;
    assert!(bell.on_screen().is_empty());
    picture(&ann, "notification-clicked")
}

#[test]
fn r_s6_what_disables_push_is_silent_and_what_is_recalled_or_read_is_withdrawn() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let (bell, ann) = ann_at(&stage, &seat, &server, &["body"])?;
    let bob = Elsewhere::signs_in("bob", &server);
    let silent = PushInfoView {
        disable_push: true,
        ..PushInfoView::default()
    };
    bob.sends_with("ann", "hush", silent);
    let told = bob.sends("ann", "<i>secret</i>");
    // Nothing announced: neither markup nor actions.
    assert!(bell.shows("bob", "<i>secret</i>")?.actions.is_empty());
    assert!(bell.calls().iter().all(|call| call.body != "hush"));
    bob.recalls("ann", told);
    bell.are_gone()?;
    bob.sends("ann", "not secret");
    bell.shows("bob", "not secret")?;
    opens_conversation(&ann, "bob")?;
    bell.are_gone()
}

#[test]
fn a_notification_marks_as_read_and_answers() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let (bell, ann) = ann_at(&stage, &seat, &server, ABLE)?;
    let bob = Elsewhere::signs_in("bob", &server);
    bob.sends("ann", "one");
    let shown = bell.shows("bob", "one")?;
    bell.act(shown.id, "mark-read")?;
    bell.are_gone()?;
    bob.sends("ann", "coffee?");
    let shown = bell.shows("bob", "coffee?")?;
    bell.reply(shown.id, "at ten")?;
    bell.are_gone()?;
    bob.sees("ann", "at ten");
    opens_conversation(&ann, "bob")?;
    ann.messages().shows("at ten")
}

#[test]
fn without_anybody_who_shows_notifications_nothing_is_wrong_and_later_they_come() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let (bell, ann) = ann_at(&stage, &seat, &server, ABLE)?;
    drop(bell);
    let bob = Elsewhere::signs_in("bob", &server);
    bob.sends("ann", "into the void");
    ann.list("Conversations")
        .inside_named("listitem", "bob…")
        .shows("into the void")?;
    let bell = Notifications::on(stage.desk(), &["body"])?;
    bob.sends("ann", "heard");
    bell.shows("bob (2)", "heard")?;
    Ok(())
}

#[test]
fn what_came_while_the_app_was_not_running_is_one_summary() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob", "carol"]);
    let seat = Seat::new();
    let (bell, ann) = ann_at(&stage, &seat, &server, ABLE)?;
    // The app comes back to what stands first, and that is not what she is told of.
    let script = r"
        const done = arguments[arguments.length - 1];
        window.tim.pinConversation({ conversationID: 'C2Cann', isPinned: true }).then(() => done('pinned'), (error) => done(error.code));";
    assert_eq!(ann.run_async(script, &[])?, serde_json::json!("pinned"));
    ann.quit()?;
    let (bob, carol) = (
        Elsewhere::signs_in("bob", &server),
        Elsewhere::signs_in("carol", &server),
    );
    for text in ["one", "two", "three"] {
        bob.sends("ann", text);
        carol.sends("ann", text);
    }
    let ann = stage.opens(&seat)?;
    bell.shows("6 new messages in 2 conversations", "bob, carol")
        .or_else(|_| bell.shows("6 new messages in 2 conversations", "carol, bob"))?;
    assert_eq!(bell.calls().len(), 1);
    opens_conversation(&ann, "bob")?;
    opens_conversation(&ann, "carol")?;
    bell.are_gone()
}

/// The app, started into the tray.
fn in_the_tray(stage: &Stage, home: &Home) -> Result<(Tray, DesktopApp), DriverError> {
    let tray = Tray::on(stage.desk())?;
    let app = DesktopApp::start(stage.desk(), stage.app(), home.folder(), &["--hidden"])?;
    tray.offers("Open Tidings")?;
    Ok((tray, app))
}

#[test]
fn a_window_that_was_let_go_comes_again_however_soon_it_is_wanted() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann"]);
    let home = Elsewhere::signs_in("ann", &server).leaves();
    let (tray, ann) = in_the_tray(&stage, &home)?;
    for _ in 0..3 {
        tray.click()?;
        ann.says(&["painted", "List"])?;
        stage.closes_window("Tidings")?;
        ann.says(&["web view was let go"])?;
    }
    tray.click()?;
    stage.shows_window("Tidings")
}

#[test]
fn an_app_that_rests_in_the_tray_is_one_process_and_its_window_comes_again() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann"]);
    let home = Elsewhere::signs_in("ann", &server).leaves();
    let (tray, ann) = in_the_tray(&stage, &home)?;
    for _ in 0..2 {
        tray.click()?;
        ann.says(&["painted", "List"])?;
        let with_a_window = ann.processes().ids;
        assert!(with_a_window.len() > 1, "{with_a_window:?}");
        stage.closes_window("Tidings")?;
        ann.says(&["web view left running was ended"])?;
        for process in with_a_window.into_iter().skip(1) {
            stage.ends(process)?;
        }
    }
    tray.click()?;
    ann.says(&["painted", "List"])?;
    stage.shows_window("Tidings")
}

#[test]
fn with_a_tray_closing_hides_and_without_one_it_quits() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let tray = Tray::on(stage.desk())?;
    let (bell, ann) = ann_at(&stage, &seat, &server, ABLE)?;
    let bob = Elsewhere::signs_in("bob", &server);
    tray.offers("Open Tidings")?;
    let calm = tray.pictures()?;
    bob.sends("ann", "look at the tray");
    tray.offers("bob (1)")?;
    assert_ne!(tray.pictures()?, calm, "the icon says what is unread");
    stage.closes_window("Tidings")?;
    bell.shows(
        "Tidings keeps running",
        "It is in the tray and tells you of new messages. Quit it from its menu there.",
    )?;
    assert!(!stage.has_window("Tidings")?);
    tray.choose("bob (1)")?;
    ann.messages().shows("look at the tray")?;
    assert!(stage.has_window("Tidings")?);
    tray.choose("Do not disturb")?;
    tray.choose("Settings")?;
    ann.place("switch", "Do not disturb").is_there()?;
    picture(&ann, "settings-notifications")?;
    ann.press(&[], key::ESCAPE)?;
    stage.closes_window("Tidings")?;
    tray.click()?;
    stage.shows_window("Tidings")?;
    let process = ann.process()?;
    tray.choose("Quit")?;
    stage.ends(process)?;
    drop(tray);

    let ann = stage.opens(&seat)?;
    ann.button("New conversation").is_there()?;
    let process = ann.process()?;
    stage.closes_window("Tidings")?;
    stage.ends(process)
}

#[test]
fn a_session_that_ends_keeps_what_was_typed() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    starts_conversation(&ann, "bob")?;
    ann.text_box("Message").type_text("half a thou")?;
    let process = ann.process()?;
    terminate(process)?;
    stage.ends(process)?;
    let ann = stage.opens(&seat)?;
    opens_conversation(&ann, "bob")?;
    assert_eq!(ann.text_box("Message").typed()?.trim_end(), "half a thou");
    Ok(())
}
