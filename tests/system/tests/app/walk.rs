//! Three people in three windows go through the life of a group.

use tidings_driver::{App, key};
use tidings_protocol::code;
use tidings_tests::ServerProcess;

use crate::stage::{Outcome, Seat, Stage, opens_conversation, picture, says};

/// So long may a message be recalled, seconds: short, so that somebody can come too late.
const RECALL_SECONDS: u64 = 20;

/// Opens the menu of the message with this text, as the menu key does.
fn opens_menu(app: &App, text: &str) -> Outcome {
    app.messages().shows(text)?;
    let script = r"
        const of = [...arguments[0].querySelectorAll('article')].filter((it) => it.innerText.includes(arguments[1])).at(-1);
        of.focus();
        of.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));";
    app.place("log", "Messages").run(script, &[text.into()]).map(drop)
}

/// Finds the group by its id and asks to be let in.
fn asks_to_join(app: &App) -> Outcome {
    app.button("New conversation").click()?;
    app.button("Join a group").click()?;
    app.text_box("Group ID").type_text("harbour")?;
    app.button("Find").click()?;
    app.text_box("A word to the administrators")
        .type_text("I keep the light.")?;
    app.button("Ask to join").click()?;
    app.status("…").shows("You asked to join Harbour watch")?;
    app.press(&[], key::ESCAPE)
}

fn in_both_themes(app: &App, name: &str) -> Outcome {
    for theme in ["dark", "light"] {
        let script = r"
            const [theme, done] = arguments;
            const { tidings } = window.tim;
            tidings.settings().then((settings) => tidings.setSettings({ settings: { ...settings, theme } }))
              .then(() => setTimeout(done, 300), (error) => done(String(error)));";
        let refused = app.run_async(script, &[theme.into()])?;
        assert_eq!(refused, serde_json::Value::Null);
        picture(app, &format!("walk-{name}-{theme}"))?;
    }
    Ok(())
}

#[test]
fn r_m4_r_m5_r_k4_three_people_go_through_the_life_of_a_group() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = ServerProcess::starts_with(&format!("recall_seconds = {RECALL_SECONDS}"));
    for user in ["ann", "bob", "cleo"] {
        server.has(user);
    }
    let seats = [Seat::new(), Seat::new(), Seat::new()];
    let [ann, bob, cleo] = [
        stage.signed_in(&seats[0], &server, "ann")?,
        stage.signed_in(&seats[1], &server, "bob")?,
        stage.signed_in(&seats[2], &server, "cleo")?,
    ];

    ann.button("New conversation").click()?;
    ann.button("New group").click()?;
    ann.text_box("Name of the group").type_text("Harbour watch")?;
    ann.place("radio", "Open to requests…").click()?;
    ann.text_box("Group ID").type_text("harbour")?;
    in_both_themes(&ann, "new-group")?;
    ann.button("Continue").click()?;
    ann.button("Create group").click()?;
    ann.text_box("Message").is_there()?;

    asks_to_join(&bob)?;
    asks_to_join(&cleo)?;
    ann.list("Conversations")
        .inside_named("listitem", "Group notices…")
        .click()?;
    ann.button("Accept bob").click()?;
    ann.button("Accept cleo").click()?;
    ann.button("Accept cleo").is_gone()?;
    in_both_themes(&ann, "notices")?;

    opens_conversation(&ann, "Harbour watch")?;
    ann.place("log", "Messages").shows("You added cleo")?;
    cleo.list("Conversations")
        .inside_named("listitem", "Harbour watch…")
        .is_there()?;
    ann.button("Details").click()?;
    ann.list("Members")
        .inside_named("button", "bob, Member")
        .click()?;
    ann.place("menuitem", "Make administrator").click()?;
    ann.list("Members")
        .inside_named("button", "bob, Administrator")
        .is_there()?;
    in_both_themes(&ann, "members")?;
    ann.place("log", "Messages").shows("made bob an administrator")?;

    opens_conversation(&bob, "Harbour watch")?;
    bob.text_box("Message").type_text("@cl")?;
    bob.place("option", "cleo…").is_there()?;
    in_both_themes(&bob, "mention")?;
    bob.press(&[], key::ENTER)?;
    bob.press(&[], "can you take the night watch?")?;
    bob.button("Send").click()?;
    bob.messages().shows("can you take the night watch?")?;
    cleo.list("Conversations")
        .inside("listitem")
        .shows("You were mentioned")?;
    picture(&cleo, "walk-mentioned-light")?;

    opens_conversation(&cleo, "Harbour watch")?;
    opens_menu(&cleo, "night watch?")?;
    in_both_themes(&cleo, "menu")?;
    cleo.place("menuitemcheckbox", "React with 👍").click()?;
    bob.button("👍 1 person").is_there()?;
    says(&cleo, "Only until two, then I sleep.")?;
    bob.messages().shows("Only until two")?;

    opens_menu(&cleo, "Only until two")?;
    cleo.place("menuitem", "Recall").click()?;
    cleo.button("Edit again?").is_there()?;
    bob.messages().shows("cleo recalled a message")?;
    bob.messages().show("nothing of the text", |texts| {
        texts.iter().all(|text| !text.contains("until two"))
    })?;
    in_both_themes(&cleo, "recalled")?;

    says(&cleo, "Too late for this one.")?;
    // The server's window, and a second more.
    std::thread::sleep(std::time::Duration::from_secs(RECALL_SECONDS + 1));
    opens_menu(&cleo, "Too late for this one.")?;
    cleo.place("menuitem", "Delete for me").is_there()?;
    cleo.place("menuitem", "Recall").is_gone()?;
    picture(&cleo, "walk-too-late-light")?;
    let script = "const done = arguments[arguments.length - 1];
        window.tim.getMessageList({ conversationID: 'GROUPharbour' })
          .then(({ data }) => data.messageList.findLast((each) => each.payload.text?.startsWith('Too late')))
          .then((message) => window.tim.revokeMessage(message))
          .then(() => done(0), (error) => done(error.code));";
    assert_eq!(cleo.run_async(script, &[])?, code::GROUP_RECALL_TOO_LATE);
    cleo.press(&[], key::ESCAPE)?;
    cleo.messages().shows("Too late for this one.")?;

    bob.button("Details").click()?;
    bob.list("Members")
        .inside_named("button", "cleo, Member")
        .click()?;
    bob.place("menuitem", "Remove from the group").click()?;
    bob.button("Remove from the group").click()?;
    bob.list("Members").inside_named("button", "cleo…").is_gone()?;
    in_both_themes(&bob, "removed")?;
    cleo.list("Conversations")
        .inside_named("listitem", "Group notices…")
        .click()?;
    cleo.messages().is_gone()?;
    cleo.list("Group notices")
        .inside("listitem")
        .shows("bob removed you from Harbour watch")?;
    in_both_themes(&cleo, "told")
}
