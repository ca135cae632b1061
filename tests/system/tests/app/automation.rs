//! What `--automation` gives, and only it.

use serde_json::json;

use crate::stage::{Outcome, Seat, Stage};

const TYPES: &str = "return [typeof window.TIM, typeof window.tim];";

#[test]
fn window_tim_is_there_with_automation_and_not_without() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let seat = Seat::new();
    let driven = stage.opens(&seat)?;
    driven.button("Join with a link").is_there()?;
    let with = driven.run(TYPES, &[])?;
    assert!(with[0] != "undefined" && with[1] == "object", "{with}");
    driven.quit()?;
    let plain = stage.opens_with(&Seat::new(), &[])?;
    plain.button("Join with a link").is_there()?;
    assert_eq!(plain.run(TYPES, &[])?, json!(["undefined", "undefined"]));
    Ok(())
}

#[test]
fn r_l3_before_signing_in_the_sdk_answers_with_2999() -> Outcome {
    let Some(stage) = Stage::set_up()? else {
        return Ok(());
    };
    let app = stage.opens(&Seat::new())?;
    app.button("Join with a link").is_there()?;
    let script = r"
        const done = arguments[arguments.length - 1];
        const heard = (event) => done([made === undefined, event.data.code]);
        let made;
        window.tim.on(window.TIM.EVENT.ERROR, heard);
        made = window.tim.createTextMessage({ to: 'bob', conversationType: 'C2C', payload: { text: 'x' } });
        setTimeout(() => done('no event'), 5000);";
    let outcome = app.run_async(script, &[])?;
    assert_eq!(outcome[1], json!(2999), "{outcome}");
    Ok(())
}
