//! Hostile text, shown as what it is: text.

use serde_json::{Value, json};

use crate::stage::{Outcome, Seat, Stage, opens_conversation, picture, server_with};

const TEXTS: [&str; 6] = [
    "<img src=x onerror=\"window.hacked = 1\"> is text",
    "<script>window.hacked = 2</script> is text too",
    "<svg onload='window.hacked = 3'><a href='javascript:window.hacked = 4'>x</a></svg> as well",
    "javascript:window.hacked=5 data:text/html,<b>x</b> vbscript:x file:///etc/passwd tauri://localhost ipc://x are no links",
    "{{constructor.constructor('window.hacked = 6')()}} {@html x} ${window.hacked = 7} neither",
    "\u{202e}backwards\u{202c} and Z\u{301}\u{301}\u{301}\u{301}\u{301} and 👩‍👩‍👧‍👦",
];

#[test]
fn h1_h2_hostile_text_is_shown_literally_and_makes_no_element() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let server = server_with(&["ann", "bob"]);
    let (anns, bobs) = (Seat::new(), Seat::new());
    let bob = stage.signed_in(&bobs, &server, "bob")?;
    let script = r"
        const done = arguments[arguments.length - 1];
        const sends = arguments[0].map((text) => window.tim.sendMessage(window.tim.createTextMessage({
          to: 'ann', conversationType: window.TIM.TYPES.CONV_C2C, payload: { text },
        })));
        Promise.all(sends)
          .then(() => window.tim.updateMyProfile({ nick: '<b onclick=x>Bob</b>' }))
          .then(() => done('sent'), (error) => done(`${error.code} ${error.message}`));";
    assert_eq!(bob.run_async(script, &[json!(TEXTS)])?, Value::from("sent"));

    let ann = stage.signed_in(&anns, &server, "ann")?;
    opens_conversation(&ann, "<b onclick=x>Bob</b>")?;
    for text in TEXTS {
        // The marks that make an override visible may stand beside it; the words are the same.
        let words: String = text.chars().filter(char::is_ascii).collect();
        ann.messages().show(&words, |shown| {
            shown.iter().any(|shown| {
                let plain: String = shown.chars().filter(char::is_ascii).collect();
                words.split_whitespace().all(|word| plain.contains(word))
            })
        })?;
    }
    picture(&ann, "hostile")?;
    let made = ann.run(
        r"
        const log = document.querySelector('[role=log]');
        const links = [...log.querySelectorAll('a')].map((link) => link.getAttribute('href'));
        return {
          elements: log.querySelectorAll('img[src=x], script, svg[onload], b[onclick], [onerror], iframe').length,
          links: links.filter((href) => href && !/^(https?|mailto):/.test(href)),
          hacked: window.hacked ?? null,
        };",
        &[],
    )?;
    assert_eq!(made, json!({ "elements": 0, "links": [], "hacked": null }));
    Ok(())
}
