//! The verbs of files: choosing them, sending them (with [`Engine::send_message`]), fetching, keeping and saving them.

use std::path::{Path, PathBuf};

use super::Engine;
use crate::view::{
    AttachmentKind, DraftAttachmentView, LocalFile, MediaSection, MediaSettings, MediaStorageView,
    MessagePage, TransferView,
};
use crate::{EngineError, attaching, browsing, downloading, keeping, saving, uploading};

impl Engine {
    // Ways in

    /// Takes the file at `path` as a draft attachment and comes back after a first look at it; copying and its pictures
    /// follow (`attachmentChanged`). `wanted`: what it was chosen as; `None`: whatever it is. What is wrong with the file
    /// itself (empty, too large, another type than the one wanted, a folder, gone) is the view's `error`, so that one bad file among many
    /// stands where it was put.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the profile's disk.
    pub async fn attach_path(
        &self,
        path: &Path,
        wanted: Option<AttachmentKind>,
    ) -> Result<DraftAttachmentView, EngineError> {
        attaching::path(&self.core, path, wanted).await
    }

    /// Begins a draft attachment whose bytes come from the page (a `File` or `Blob` of the DOM). What the page says
    /// that it is counts for nothing: the content decides. Answers its id for [`Engine::attach_chunk`] and [`Engine::attach_finish`].
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], TIM's codes for a size over its limit or an empty file, or the profile's disk.
    pub async fn attach_begin(
        &self,
        name: &str,
        _mime: &str,
        size: u64,
        wanted: Option<AttachmentKind>,
    ) -> Result<String, EngineError> {
        attaching::begin(&self.core, name, size, wanted).await
    }

    /// The next bytes, at most [`crate::limits::ATTACH_CHUNK_BYTES`] at once. `offset` is how many came before.
    ///
    /// # Errors
    /// [`EngineError::BadParameter`] for an id that is not being filled, bytes out of order or more than announced.
    pub async fn attach_chunk(&self, id: &str, offset: u64, bytes: &[u8]) -> Result<(), EngineError> {
        attaching::chunk(&self.core, id, offset, bytes).await
    }

    /// All bytes are there.
    ///
    /// # Errors
    /// [`EngineError::BadParameter`] when they are fewer than announced.
    pub async fn attach_finish(&self, id: &str) -> Result<DraftAttachmentView, EngineError> {
        attaching::finish(&self.core, id).await
    }

    /// An image of the clipboard: `bytes` are red, green, blue and alpha of each pixel, row by row.
    ///
    /// # Errors
    /// [`EngineError::BadParameter`] when the number of bytes is another, or it is too large.
    pub async fn attach_rgba(
        &self,
        width: u32,
        height: u32,
        bytes: Vec<u8>,
    ) -> Result<DraftAttachmentView, EngineError> {
        attaching::rgba(&self.core, width, height, bytes).await
    }

    /// A voice message that was recorded. `waveform`: at most [`tidings_protocol::limits::WAVEFORM_BARS`] numbers from 0 to 31.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadParameter`], TIM's 2108 and 2301, or the profile's disk.
    pub async fn attach_sound(
        &self,
        sound: Vec<u8>,
        duration_ms: u64,
        waveform: Vec<u8>,
    ) -> Result<DraftAttachmentView, EngineError> {
        attaching::sound(&self.core, sound, duration_ms, waveform).await
    }

    /// A frame of a video that the page has drawn (R-V7), as JPEG or PNG. Empty: it cannot draw one, and nobody need wait for it.
    ///
    /// # Errors
    /// [`EngineError::NoSuchAttachment`]; [`EngineError::BadParameter`] when it is no picture.
    pub async fn set_attachment_poster(
        &self,
        id: &str,
        picture: Vec<u8>,
    ) -> Result<DraftAttachmentView, EngineError> {
        attaching::poster(&self.core, id, picture).await
    }

    /// A draft attachment as it stands.
    ///
    /// # Errors
    /// [`EngineError::NoSuchAttachment`].
    pub async fn attachment(&self, id: &str) -> Result<DraftAttachmentView, EngineError> {
        attaching::view(&self.core, id).await
    }

    /// Throws a draft attachment away. One that is not there is thrown away already.
    ///
    /// # Errors
    /// The profile's disk.
    pub async fn discard_attachment(&self, id: &str) -> Result<(), EngineError> {
        attaching::discard(&self.core, id).await
    }

    /// What there is to show of a draft attachment: its preview, or with `full` the file itself. `None`: not there (yet).
    ///
    /// # Errors
    /// [`EngineError::NoSuchAttachment`].
    pub async fn attachment_file(&self, id: &str, full: bool) -> Result<Option<LocalFile>, EngineError> {
        attaching::shown(&self.core, id, full).await
    }

    // On the way

    /// Stops the upload of a message's files for a while; it stays stopped over a restart.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn pause_transfer(&self, conversation: &str, client_id: &str) -> Result<(), EngineError> {
        uploading::pause(&self.core, conversation, client_id, true).await
    }

    /// Goes on with it.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn resume_transfer(&self, conversation: &str, client_id: &str) -> Result<(), EngineError> {
        uploading::pause(&self.core, conversation, client_id, false).await
    }

    /// What is on its way at this moment, waits for it or was stopped: for a listener that comes late or lost events.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn transfers(&self) -> Result<Vec<TransferView>, EngineError> {
        self.core.signed_in()?;
        Ok(self.core.media.transfers.all())
    }

    // Files of messages

    /// The file, when all of it is on this computer; it counts as used now.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn local_file(&self, file: &str) -> Result<Option<LocalFile>, EngineError> {
        keeping::local_file(&self.core, file).await
    }

    /// The file, fetched where it is not here: goes on where an earlier try stopped, and what arrives is checked against
    /// its hash. Several who ask share one transfer; who stops waiting does not stop it. `transferProgress` tells how far it is.
    ///
    /// # Errors
    /// The server's refusal (there is none, or it is not for this user), the network's, or the profile's disk.
    pub async fn fetch_file(&self, file: &str) -> Result<LocalFile, EngineError> {
        downloading::fetch(&self.core, file).await
    }

    /// Stops fetching; what has come is kept for the next time.
    pub fn cancel_fetch(&self, file: &str) {
        downloading::cancel(&self.core, file);
    }

    /// Bytes `from..from + count` of a file, or fewer at its end: for a player that jumps about in what is not all here yet.
    /// At most [`crate::limits::READ_RANGE_BYTES`] at once. Answers the bytes and the size of the whole.
    ///
    /// # Errors
    /// As [`Engine::fetch_file`].
    pub async fn read_range(
        &self,
        file: &str,
        from: u64,
        count: u64,
    ) -> Result<(bytes::Bytes, u64), EngineError> {
        downloading::read_range(&self.core, file, from, count).await
    }

    /// Copies a file, fetched where it is not here, into the folder `folder` under `name` made safe. Nothing is overwritten:
    /// where the name is taken, the copy is `name (2)`. Answers where it is.
    ///
    /// # Errors
    /// As [`Engine::fetch_file`]; [`EngineError::Disk`] when the folder cannot be written to.
    pub async fn save_file(&self, file: &str, folder: &Path, name: &str) -> Result<PathBuf, EngineError> {
        saving::save(&self.core, file, folder, name).await
    }

    /// The picture in a file, fetched where it is not here: its sides in pixels, and red, green, blue and alpha of each, upright.
    ///
    /// # Errors
    /// As [`Engine::fetch_file`]; [`EngineError::File`] where it is no picture, or too large a one.
    pub async fn picture_pixels(&self, file: &str) -> Result<(u32, u32, Vec<u8>), EngineError> {
        saving::pixels(&self.core, file).await
    }

    /// How much is kept on this computer.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn media_storage(&self) -> Result<MediaStorageView, EngineError> {
        keeping::storage(&self.core).await
    }

    /// Removes what can be had again. What waits to be sent stays. Answers what is left.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the disk's.
    pub async fn clear_media_storage(&self) -> Result<MediaStorageView, EngineError> {
        keeping::clear(&self.core).await
    }

    /// From now on; the shell keeps the settings and says them after opening. What is above the new limit goes at once.
    pub fn set_media_settings(&self, settings: MediaSettings) {
        keeping::set(&self.core, settings);
    }

    /// A page of a conversation's media, files or links, newest first. `count` is at most [`crate::limits::PAGE_MESSAGES`]; a page may be
    /// shorter, also empty, though there is more: `nextBefore` counts.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadConversation`], or the cache's.
    pub async fn conversation_media(
        &self,
        conversation: &str,
        section: MediaSection,
        before: Option<u64>,
        count: u32,
    ) -> Result<MessagePage, EngineError> {
        browsing::media(&self.core, conversation, section, before, count).await
    }
}
