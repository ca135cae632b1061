//! Exports and imports.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ExportDirection {
    /// Out of the profile.
    Export,
    /// Into it.
    Import,
}

/// How far an export or import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ExportProgressView {
    /// Which of the two.
    pub direction: ExportDirection,
    /// Messages that are done.
    #[ts(type = "number")]
    pub messages: u64,
    /// Of about so many; 0: not known yet.
    #[ts(type = "number")]
    pub messages_of: u64,
    /// Files that are done.
    #[ts(type = "number")]
    pub files: u64,
    /// Bytes of files that are done.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// An export that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its folder.
    pub folder: PathBuf,
    /// Messages in it.
    pub messages: u64,
    /// Files in it.
    pub files: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Messages that could not be had.
    pub missing_messages: u64,
    /// Files that could not be had.
    pub missing_files: u64,
}

/// An import that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportReport {
    /// Messages that are here now.
    #[ts(type = "number")]
    pub messages: u64,
    /// Files that are here now.
    #[ts(type = "number")]
    pub files: u64,
    /// Bytes of the files.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Lines that could not be read or make no sense.
    #[ts(type = "number")]
    pub broken_lines: u64,
    /// Files that are not what the export says, or that no message names.
    #[ts(type = "number")]
    pub broken_files: u64,
}
