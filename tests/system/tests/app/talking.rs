//! Two people talk, each in their own window.

use serde_json::Value;
use tidings_driver::{App, DriverError};

use crate::stage::{
    Outcome, Seat, Stage, opens_conversation, picture, says, server_with, starts_conversation,
};

/// The invitation link, taken from the settings as the host of a space would.
fn invitation(ann: &App) -> Result<String, DriverError> {
    ann.button("Settings").click()?;
    ann.place("tab", "Your space").click()?;
    ann.place("switch", "Share on the local network").click()?;
    ann.button("Make an invitation link").click()?;
    ann.button("Copy link").is_there()?;
    picture(ann, "invitation")?;
    let script = r"
        const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
        return [document.body.innerText, ...fields].join('\n').match(/tidings:\/\/join\/\S+/)?.[0] ?? '';";
    let link = ann.run(script, &[])?;
    Ok(link.as_str().unwrap_or_default().to_owned())
}

#[test]
fn ann_starts_a_space_and_bob_joins_it_with_her_link() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.opens(&anns)?;
    picture(&ann, "welcome")?;
    ann.button("Start a space on this computer").click()?;
    ann.text_box("Your name").type_text("Ann")?;
    ann.button("Continue").click()?;
    ann.button("New conversation").is_there()?;
    let link = invitation(&ann)?;
    assert!(link.starts_with("tidings://join/"), "{link:?}");
    ann.press(&[], tidings_driver::key::ESCAPE)?;

    let bob = stage.opens(&bobs)?;
    bob.button("Join with a link").click()?;
    bob.text_box("Invitation link").type_text(&link)?;
    bob.button("Continue").click()?;
    bob.text_box("Your name").type_text("Bob")?;
    bob.text_box("User ID").type_text("bob")?;
    bob.text_box("Password").type_text("correct horse battery")?;
    bob.button("Continue").click()?;
    bob.button("New conversation").is_there()?;

    starts_conversation(&bob, "Ann")?;
    says(&bob, "Hello Ann")?;
    ann.list("Conversations")
        .inside_named("listitem", "Bob, 1 unread")
        .is_there()?;
    picture(&ann, "list")?;
    opens_conversation(&ann, "Bob")?;
    ann.messages().shows("Hello Ann")?;
    says(&ann, "Hello Bob")?;
    bob.messages().shows("Hello Bob")?;
    // Being looked at is being read.
    ann.list("Conversations")
        .inside_named("listitem", "Bob")
        .is_there()?;
    picture(&ann, "chat")?;
    Ok(())
}

#[test]
fn r_s2_a_second_device_of_the_same_user_has_everything() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (desk, laptop) = (Seat::new(), Seat::new());
    let first = stage.signed_in(&desk, &server, "ann")?;
    starts_conversation(&first, "bob")?;
    says(&first, "from the desk")?;
    let second = stage.signed_in(&laptop, &server, "ann")?;
    opens_conversation(&second, "bob")?;
    second.messages().shows("from the desk")?;
    says(&second, "from the laptop")?;
    first.messages().shows("from the laptop")?;
    let order = |texts: &[String]| {
        let at = |words: &str| texts.iter().position(|text| text.contains(words));
        at("from the desk") < at("from the laptop")
    };
    first.messages().show("both in order", order)?;
    second.messages().show("both in order", order)?;
    Ok(())
}

#[test]
fn r_s9_a_failed_message_goes_out_by_retry() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann"]);
    let seat = Seat::new();
    let ann = stage.signed_in(&seat, &server, "ann")?;
    // To somebody whom the server does not know: the UI offers no such person, the SDK does not ask.
    let script = r"
        const done = arguments[arguments.length - 1];
        const message = window.tim.createTextMessage({
          to: 'carol', conversationType: window.TIM.TYPES.CONV_C2C, payload: { text: 'are you there?' },
        });
        window.tim.sendMessage(message).then(() => done({ code: 0 }), (error) => done({ code: error.code, status: message.status }));";
    let outcome = ann.run_async(script, &[])?;
    assert_eq!(outcome, serde_json::json!({ "code": 20003, "status": "fail" }));
    opens_conversation(&ann, "carol")?;
    ann.messages().shows("are you there?")?;
    ann.button("Retry").is_there()?;
    picture(&ann, "failed")?;
    server.has("carol");
    ann.button("Retry").click()?;
    ann.button("Retry").is_gone()?;
    let count = ann
        .messages()
        .show("one message", |texts| texts.len() == 1)?
        .len();
    assert_eq!(count, 1);
    Ok(())
}

#[test]
fn history_loads_above_and_the_text_stays_where_it_is() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let script = r"
        const done = arguments[arguments.length - 1];
        const sends = [...Array(120).keys()].map((number) => window.tim.sendMessage(window.tim.createTextMessage({
          to: 'ann', conversationType: window.TIM.TYPES.CONV_C2C, payload: { text: `message number ${number + 1}.` },
        })));
        Promise.all(sends).then(() => done('sent'), (error) => done(String(error.code)));";
    assert_eq!(bob.run_async(script, &[])?, Value::from("sent"));
    bob.quit()?;

    let ann = stage.signed_in(&anns, &server, "ann")?;
    opens_conversation(&ann, "bob")?;
    // With so much unread, the chat opens where reading stopped: at the first message.
    ann.messages().shows("message number 1.")?;
    ann.button("Jump to latest").click()?;
    ann.messages().shows("message number 120.")?;
    // Up and up, until the first message is there; each step goes to the oldest message that is drawn.
    let log = ann.place("log", "Messages");
    let up = r"
        const log = arguments[0];
        const scroller = [log, ...log.querySelectorAll('*')].find((it) => it.scrollHeight > it.clientHeight + 1 &&
          ['auto', 'scroll'].includes(getComputedStyle(it).overflowY)) ?? log.closest('*');
        scroller.scrollTop = Math.max(0, scroller.scrollTop - 300);
        return scroller.scrollTop;";
    for _ in 0..400 {
        if ann
            .messages()
            .texts()?
            .iter()
            .any(|text| text.contains("message number 1."))
        {
            break;
        }
        log.run(up, &[])?;
    }
    ann.messages().shows("message number 1.")?;
    picture(&ann, "history")?;
    ann.button("Jump to latest").click()?;
    ann.messages().shows("message number 120.")
}
