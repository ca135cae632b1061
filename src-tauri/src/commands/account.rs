//! The account of this profile.

use serde::{Deserialize, Serialize};
use tidings_engine::view::{AccountView, ConnectionState};
use tidings_protocol::{
    ErrorKind, InvitationLink, Registration, RegistrationPolicy, ServerAddress, SignIn, SignInProof, UserId,
    code,
};
use ts_rs::TS;

use super::{Shared, host::refuse};
use crate::{
    opening,
    refusal::{Answer, bad_address, bad_link, bad_parameter, engine, refusal},
    settings::Language,
    shell::{Shell, device_name},
};

/// What an invitation link leads to.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct LinkPreview {
    /// Where its server is: `chat.example.org:443`.
    pub(crate) host: String,
    /// The space's name.
    pub(crate) space: String,
    /// Who may join.
    #[ts(type = "'open' | 'invite' | 'closed'")]
    pub(crate) registration: RegistrationPolicy,
}

#[derive(Deserialize)]
pub(crate) struct StartSpace {
    nick: String,
}

#[derive(Deserialize)]
pub(crate) struct Link {
    link: String,
}

#[derive(Deserialize)]
pub(crate) struct Join {
    link: String,
    #[serde(rename = "userID")]
    user_id: String,
    nick: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInRequest {
    server: String,
    #[serde(rename = "userID")]
    user_id: String,
    password: Option<String>,
    user_sig: Option<String>,
}

#[tauri::command]
pub(crate) async fn account(shell: Shared<'_>) -> Answer<Option<AccountView>> {
    Ok(shell.engine_again().await?.account())
}

#[tauri::command]
pub(crate) async fn connection(shell: Shared<'_>) -> Answer<ConnectionState> {
    Ok(shell.engine_again().await?.connection())
}

#[tauri::command]
pub(crate) async fn start_space(shell: Shared<'_>, request: StartSpace) -> Answer<AccountView> {
    found_space(&shell, &request.nick).await
}

/// Starts a space in this app and signs its owner in.
pub(crate) async fn found_space(shell: &Shell, nick: &str) -> Answer<AccountView> {
    let nick = nick.trim();
    if nick.is_empty() {
        return Err(bad_parameter("a name is needed"));
    }
    let engine_handle = shell.engine().await?;
    if engine_handle.account().is_some() {
        return Err(refusal(
            code::BAD_PARAMETER,
            ErrorKind::Conflict,
            "somebody is signed in on this profile",
        ));
    }
    let chinese = match shell.settings().language {
        Language::SimplifiedChinese => true,
        Language::English => false,
        Language::System => super::app::locale().starts_with("zh"),
    };
    let space = if chinese {
        format!("{nick}的空间")
    } else {
        format!("{nick}’s space")
    };
    let (server, registered) = shell.host.found(nick, &space).await.map_err(refuse)?;
    engine_handle
        .adopt_token(&server, registered, true)
        .await
        .map_err(engine)
        .inspect(|_| shell.forget_link())
}

#[tauri::command]
pub(crate) async fn inspect_link(shell: Shared<'_>, request: Link) -> Answer<LinkPreview> {
    let link: InvitationLink = request.link.parse().map_err(bad_link)?;
    let space = shell
        .engine()
        .await?
        .space_info(&link.server)
        .await
        .map_err(engine)?;
    let host = format!("{}:{}", link.server.host, link.server.port);
    Ok(LinkPreview {
        host,
        space: space.name,
        registration: space.registration,
    })
}

#[tauri::command]
pub(crate) async fn join_with_link(shell: Shared<'_>, request: Join) -> Answer<AccountView> {
    join(
        &shell,
        &request.link,
        &request.user_id,
        &request.nick,
        request.password,
    )
    .await
}

/// Makes an account with an invitation and signs it in.
pub(crate) async fn join(
    shell: &Shell,
    link: &str,
    user_id: &str,
    nick: &str,
    password: String,
) -> Answer<AccountView> {
    let link: InvitationLink = link.parse().map_err(bad_link)?;
    let registration = Registration {
        user_id: user(user_id)?,
        nick: nick.trim().to_owned(),
        password,
        invitation: Some(link.code),
        device_name: device_name(),
    };
    shell
        .engine()
        .await?
        .register(&link.server, registration, false)
        .await
        .map_err(engine)
        .inspect(|_| shell.forget_link())
}

#[tauri::command]
pub(crate) async fn sign_in(shell: Shared<'_>, request: SignInRequest) -> Answer<AccountView> {
    let server = ServerAddress::from_typed(&request.server).map_err(bad_address)?;
    let proof = match (request.password, request.user_sig) {
        (Some(password), None) => SignInProof::Password(password),
        (None, Some(user_sig)) => SignInProof::UserSig(user_sig),
        _ => return Err(bad_parameter("one of password and userSig is needed")),
    };
    let sign_in = SignIn {
        user_id: user(&request.user_id)?,
        proof,
        device_name: device_name(),
    };
    shell
        .engine()
        .await?
        .sign_in(&server, sign_in)
        .await
        .map_err(engine)
        .inspect(|_| shell.forget_link())
}

#[tauri::command]
pub(crate) async fn sign_out(shell: Shared<'_>) -> Answer<()> {
    // A hosted space runs on: its other people are not cut off because its owner signs out, and starting a space here
    // again signs the owner in to it.
    let signed_out = shell.engine().await?.sign_out().await;
    // What other programs were given of it goes too (R-L7).
    opening::forget_given(&shell.dir);
    signed_out.map_err(engine)
}

fn user(text: &str) -> Answer<UserId> {
    UserId::new(text).map_err(|error| refusal(code::BAD_USER_ID, ErrorKind::BadRequest, error.to_string()))
}
