//! A group, from its making to a recall, each in their own window.

use serde_json::json;

use crate::stage::{Outcome, Seat, Stage, opens_conversation, picture, says, server_with};

#[test]
fn r_m4_r_m5_who_asks_to_join_is_let_in_from_the_notice_and_talks() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let ann = stage.signed_in(&anns, &server, "ann")?;
    ann.button("New conversation").click()?;
    ann.button("New group").click()?;
    ann.text_box("Name of the group").type_text("Harbour watch")?;
    ann.place("radio", "Open to requests…").click()?;
    ann.button("Continue").click()?;
    ann.button("Create group").click()?;
    ann.text_box("Message").is_there()?;
    says(&ann, "Who is on watch tonight?")?;
    let script = r"
        const done = arguments[arguments.length - 1];
        window.tim.getGroupList().then(({ data }) => done(data.groupList[0].groupID), (error) => done(String(error.code)));";
    let group = ann.run_async(script, &[])?;

    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let script = r"
        const [groupID, done] = arguments;
        window.tim.joinGroup({ groupID, applyMessage: 'May I?' })
          .then(({ data }) => done(data.status), (error) => done(String(error.code)));";
    assert_eq!(bob.run_async(script, &[group])?, json!("WaitAdminApproval"));

    ann.list("Conversations")
        .inside_named("listitem", "Group notices…")
        .click()?;
    ann.button("Accept bob").is_there()?;
    picture(&ann, "notice")?;
    ann.button("Accept bob").click()?;
    opens_conversation(&bob, "Harbour watch")?;
    says(&bob, "I am, until two.")?;
    opens_conversation(&ann, "Harbour watch")?;
    ann.messages().shows("I am, until two.")?;
    picture(&ann, "group")?;

    let script = r"
        const done = arguments[arguments.length - 1];
        window.tim.getMessageList({ conversationID: window.tim.tidings.conversations().find((it) => it.type === 'GROUP').conversationID })
          .then(({ data }) => window.tim.revokeMessage(data.messageList.filter((it) => it.flow === 'out').at(-1)))
          .then(({ data }) => done(data.message.isRevoked), (error) => done(String(error.code)));";
    assert_eq!(bob.run_async(script, &[])?, json!(true));
    ann.messages().shows("recalled a message")?;
    ann.messages().show("no recalled text", |texts| {
        texts.iter().all(|text| !text.contains("until two"))
    })?;
    picture(&ann, "recalled")
}
