//! What people see: welcome, list and chat in both themes and both languages. `docs/pictures` comes from here.

use tidings_driver::{App, DriverError};
use tidings_tests::Person;

use crate::stage::{Outcome, Seat, Stage, opens_conversation, picture, server_with};

const LOOKS: [(&str, &str); 4] = [
    ("light", "en"),
    ("dark", "en"),
    ("light", "zh-CN"),
    ("dark", "zh-CN"),
];

/// What others have written before Ann comes: a name as people have it, and text as people write it.
const WRITTEN: [(&str, &str, &[&str]); 4] = [
    (
        "chen",
        "陈晓军",
        &["明天下午三点开会，别忘了带上合同 📄", "好的，到时候见！"],
    ),
    (
        "mette",
        "Mette-Marit Østergaard-Christoffersen of the Allotment Garden Association",
        &[
            "The minutes of the last three meetings are ready. Could you look through them before Thursday, please?",
        ],
    ),
    ("nadia", "نادية", &["صباح الخير! هل وصلت الكتب؟"]),
    (
        "bob",
        "Bob",
        &[
            "Morning! Did the boat survive the storm?",
            "https://example.org/harbour/webcam shows only fog",
            "🎉🎉",
        ],
    ),
];

/// Chooses theme and language as the settings do, and checks that the page took them.
fn looks(app: &App, theme: &str, language: &str) -> Outcome {
    let script = r"
        const [theme, language, done] = arguments;
        const { tidings } = window.tim;
        tidings.settings().then((settings) => tidings.setSettings({ settings: { ...settings, theme, language } }))
          .then(() => {
            // The words of a language come as a file of their own; what is drawn after them has a moment.
            const taken = (tries) => {
              if (document.documentElement.lang === language) setTimeout(done, 400);
              else if (tries === 0) done('the language did not come');
              else setTimeout(taken, 50, tries - 1);
            };
            taken(200);
          }, (error) => done(String(error)));";
    let refused = app.run_async(script, &[theme.into(), language.into()])?;
    assert_eq!(refused, serde_json::Value::Null);
    let script = r"
        const surface = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
        const spills = [...document.querySelectorAll('*')].filter((it) =>
          it.scrollWidth > it.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(it).overflowX));
        return [document.documentElement.lang, surface[0] + surface[1] + surface[2] < 384 ? 'dark' : 'light', spills.length];";
    let seen = app.run(script, &[])?;
    assert_eq!(seen, serde_json::json!([language, theme, 0]));
    Ok(())
}

pub(crate) fn in_all_looks(app: &App, name: &str) -> Result<(), DriverError> {
    for (theme, language) in LOOKS {
        looks(app, theme, language)?;
        picture(app, &format!("{name}-{theme}-{language}"))?;
    }
    looks(app, "light", "en")
}

#[test]
fn welcome_list_and_chat_are_whole_in_both_themes_and_both_languages() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob", "chen", "mette", "nadia"]);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut here = Vec::new();
        for (user, nick, texts) in WRITTEN {
            let person = Person::signs_in(user, &server.address()).await;
            person
                .engine
                .update_my_profile(Some(nick.to_owned()), None)
                .await
                .unwrap();
            for text in texts {
                person.sends("ann", text).await;
            }
            here.push(person);
        }
        let ann = Person::signs_in("ann", &server.address()).await;
        ann.sees("bob", "🎉🎉").await;
        ann.sends("bob", "It did, with wet feet. The cover is gone, though.")
            .await;
        ann.sends("bob", "Coffee at the harbour at ten?").await;
    });

    let newcomers = Seat::new();
    let newcomer = stage.opens(&newcomers)?;
    newcomer.button("Start a space on this computer").is_there()?;
    in_all_looks(&newcomer, "welcome")?;
    newcomer.quit()?;

    let anns = Seat::new();
    let ann = stage.signed_in(&anns, &server, "ann")?;
    ann.list("Conversations")
        .inside_named("listitem", "Bob…")
        .is_there()?;
    in_all_looks(&ann, "list")?;
    opens_conversation(&ann, "Bob")?;
    ann.messages().shows("Coffee at the harbour at ten?")?;
    in_all_looks(&ann, "chat")
}
