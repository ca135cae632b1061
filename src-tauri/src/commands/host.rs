//! The space that this app hosts.

use serde::Deserialize;
use tidings_engine::view::ErrorView;
use tidings_protocol::{ErrorKind, code};

use super::Shared;
use crate::{
    host::{HostError, HostStatus},
    invitation::Invitation,
    refusal::{Answer, disk, refusal},
};

#[derive(Deserialize)]
pub(crate) struct SharedRequest {
    shared: bool,
}

#[tauri::command]
pub(crate) async fn host_status(shell: Shared<'_>) -> Answer<HostStatus> {
    Ok(shell.host.status().await)
}

#[tauri::command]
pub(crate) async fn set_host_shared(shell: Shared<'_>, request: SharedRequest) -> Answer<HostStatus> {
    shell.host.set_shared(request.shared).await.map_err(refuse)?;
    Ok(shell.host.status().await)
}

#[tauri::command]
pub(crate) async fn make_invitation(shell: Shared<'_>) -> Answer<Invitation> {
    shell.host.invite().await.map_err(refuse)
}

/// What went wrong with hosting, for the page. The server's own words may name paths, so they go to the log only.
pub(crate) fn refuse(error: HostError) -> ErrorView {
    match error {
        HostError::Disk(error) => disk(&error),
        HostError::NotHosting => refusal(code::BAD_PARAMETER, ErrorKind::NotFound, error.to_string()),
        HostError::Server(_) | HostError::NoUserId | HostError::Drawing => {
            tracing::error!(%error, "hosting failed");
            refusal(
                code::INTERNAL,
                ErrorKind::Internal,
                "the space on this computer cannot be run",
            )
        }
    }
}
