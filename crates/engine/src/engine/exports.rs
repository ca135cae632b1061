//! The verbs of exports: one's data out of a profile, and into a new one.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use crate::exporting::SystemDisk;
use crate::view::{ExportDirection, Exported, ImportReport};
use crate::{EngineError, exporting, importing};

impl Engine {
    /// Writes everything of this user into a new folder in `folder`, in the form that `docs/export.md` describes. `fetch`: history and
    /// files that are not on this computer are fetched where they can be. `exportProgress` tells how far it is. `None`: it was stopped.
    /// Whatever goes wrong, nothing is left that looks like an export.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`]; [`crate::EXPORT_FULL`], [`crate::EXPORT_FOLDER`], [`crate::EXPORT_RUNNING`]; or the cache's.
    pub async fn export(&self, folder: &Path, fetch: bool) -> Result<Option<Exported>, EngineError> {
        exporting::export(&self.core, folder, fetch, Arc::new(SystemDisk)).await
    }

    /// Stops the export that runs; it answers when it has tidied up.
    pub fn cancel_export(&self) {
        self.core.moving.stop(ExportDirection::Export);
    }

    /// Takes the export in `folder` into this profile, which nobody uses yet. After it everything can be read, and
    /// [`Engine::sign_in`] as the same user of the same space goes on from there. `None`: it was stopped. Whatever goes wrong, the
    /// profile is as empty as it was.
    ///
    /// # Errors
    /// [`crate::NOT_AN_EXPORT`], [`crate::EXPORT_NEWER`], [`crate::PROFILE_TAKEN`], [`crate::EXPORT_RUNNING`]; or this computer's disk.
    pub async fn import(&self, folder: &Path) -> Result<Option<ImportReport>, EngineError> {
        importing::import(self, folder).await
    }

    /// Stops the import that runs; it answers when it has tidied up.
    pub fn cancel_import(&self) {
        self.core.moving.stop(ExportDirection::Import);
    }
}
