//! The owner of a space that this app hosts.

use tidings_protocol::Registered;

use super::fake_server::id;
use super::*;
use crate::HOST_DOWN;
use crate::view::ConnectionState;

fn at(port: u16) -> ServerAddress {
    ServerAddress { port, ..address() }
}

fn owner() -> Registered {
    Registered {
        user_id: id("ann"),
        token: "token-ann".into(),
        space: "Ann's".into(),
    }
}

async fn is_connected(ann: &Person) {
    ann.until(async |ann| ann.engine.connection() == ConnectionState::Connected)
        .await;
}

#[tokio::test]
async fn a_hosts_token_goes_nowhere_before_it_is_said_where_the_space_runs_now() {
    let server = FakeServer::default();
    server.add("ann");
    let ann = Person::open(&server).await;
    ann.engine.adopt_token(&at(7), owner(), true).await.unwrap();
    is_connected(&ann).await;
    assert_eq!(server.dialled(), [7]);

    let mut ann = ann.restart().await;
    ann.engine.host_is_down();
    let code = ann.hear(|event| match event {
        EngineEvent::Connection { error, .. } => error.as_ref().map(|error| error.code),
        _ => None,
    });
    assert_eq!(code.await, HOST_DOWN);
    assert_eq!(ann.engine.connection(), ConnectionState::Disconnected);
    assert!(ann.engine.account().is_some());
    assert!(server.dialled().is_empty(), "somebody else may listen there now");

    ann.engine.set_server(&at(8)).await.unwrap();
    is_connected(&ann).await;
    assert_eq!(server.dialled(), [8]);
}

#[tokio::test]
async fn a_host_whose_space_has_its_old_port_again_connects_there() {
    let server = FakeServer::default();
    server.add("ann");
    let ann = Person::open(&server).await;
    ann.engine.adopt_token(&at(7), owner(), true).await.unwrap();
    let ann = ann.restart().await;
    server.dialled();
    ann.engine.set_server(&at(7)).await.unwrap();
    is_connected(&ann).await;
    assert_eq!(server.dialled(), [7]);
}

#[tokio::test]
async fn the_owner_of_a_hosted_space_signs_out_and_in_again() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::open(&server).await;
    ann.engine.adopt_token(&at(7), owner(), true).await.unwrap();
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    ann.engine.sign_out().await.unwrap();
    assert!(ann.engine.account().is_none());
    ann.engine.adopt_token(&at(7), owner(), true).await.unwrap();
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
}
