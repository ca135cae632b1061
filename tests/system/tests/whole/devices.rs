//! One user, several devices.

use tidings_engine::view::Flow;
use tidings_tests::{Person, Space, c2c, text_of};

#[tokio::test]
async fn r_s2_what_one_sends_is_received_by_ones_other_devices_and_not_by_the_sending_one() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let laptop = Person::signs_in("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;

    ann.sends("bob", "from the desk").await;
    laptop.sees("bob", "from the desk").await;
    bob.sees("ann", "from the desk").await;
    laptop.sends("bob", "from the train").await;
    ann.sees("bob", "from the train").await;
    bob.sends("ann", "both at once?").await;
    ann.sees("bob", "both at once?").await;
    laptop.sees("bob", "both at once?").await;

    let received = |person: &Person| {
        person
            .received()
            .iter()
            .map(|it| (it.flow, text_of(it)))
            .collect::<Vec<_>>()
    };
    let (desk, train, both) = (
        "from the desk".into(),
        "from the train".into(),
        "both at once?".into(),
    );
    ann.until("received two", async || received(&ann).len() == 2)
        .await;
    laptop
        .until("received two", async || received(&laptop).len() == 2)
        .await;
    assert_eq!(received(&ann), [(Flow::Out, train), (Flow::In, both)]);
    assert_eq!(
        received(&laptop),
        [(Flow::Out, desk), (Flow::In, "both at once?".into())]
    );
    let order = ["from the desk", "from the train", "both at once?"];
    for person in [&ann, &laptop] {
        assert_eq!(person.texts("bob").await, order);
    }
    assert_eq!(bob.texts("ann").await, order);
}

#[tokio::test]
async fn b19_what_one_device_reads_is_read_on_the_others_also_when_they_were_away() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let phone = Person::signs_in("bob", &space.address()).await;
    ann.sends("bob", "one").await;
    bob.conversation_is("ann", "has 1 unread", |it| it.unread_count == 1)
        .await;
    phone
        .conversation_is("ann", "has 1 unread", |it| it.unread_count == 1)
        .await;
    bob.engine.mark_read(&c2c("ann")).await.unwrap();
    phone
        .conversation_is("ann", "has none unread", |it| it.unread_count == 0)
        .await;

    let away = phone.closes().await;
    ann.sends("bob", "two").await;
    bob.conversation_is("ann", "has 1 unread", |it| it.unread_count == 1)
        .await;
    bob.engine.mark_read(&c2c("ann")).await.unwrap();
    ann.conversation_is("bob", "has been read", |it| it.peer_read_seq == 2)
        .await;
    let phone = away.opens().await;
    phone.sees("ann", "two").await;
    phone
        .conversation_is("ann", "has none unread", |it| {
            it.unread_count == 0 && it.read_seq == 2
        })
        .await;
}

#[tokio::test]
async fn a_new_device_has_the_whole_history() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let texts: Vec<String> = (1..=130).map(|number| format!("number {number}")).collect();
    for text in &texts {
        ann.types("bob", text).await;
    }
    bob.sees("ann", "number 130").await;
    let tablet = Person::signs_in("bob", &space.address()).await;
    tablet.sees("ann", "number 130").await;
    assert_eq!(tablet.texts("ann").await, texts);
}

#[tokio::test]
async fn a_deleted_conversation_leaves_the_list_of_ones_other_devices() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let laptop = Person::signs_in("ann", &space.address()).await;
    space.has(&["bob"]).await;
    ann.sends("bob", "hi").await;
    laptop.sees("bob", "hi").await;
    ann.engine.delete_conversation(&c2c("bob"), false).await.unwrap();
    laptop
        .until("has no conversation", async || {
            laptop.engine.conversation_list(100).await.unwrap().is_empty()
        })
        .await;
}
