//! Jobs and answers, as they cross the pipe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    error::MediaError,
    limits::Limits,
    picture::{self, Picture, Stripped, Variant},
    probe::{self, Format, Kind, Probed},
};

/// What is to be done.
#[derive(Serialize, Deserialize)]
pub(super) enum Job {
    Probe { path: PathBuf },
    Prepare { path: PathBuf, probed: ToldProbed },
    Thumbnail { path: PathBuf, probed: ToldProbed },
    Preview { path: PathBuf },
    Strip { path: PathBuf, probed: ToldProbed },
    Rgba { path: PathBuf, probed: ToldProbed },
}

/// What a process says of a job and of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) answer: Answer,
    /// It has worked long enough, and ends.
    pub(super) last: bool,
    /// What of [`super::confined`] this system does not do.
    pub(super) open: Option<String>,
}

/// What came of it. Encoded pictures follow the head, in this order: thumbnail, large; likewise the picture as it is sent, and
/// pixels.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Probed(ToldProbed),
    Picture(ToldPicture),
    Variant(ToldVariant),
    Stripped(ToldStripped),
    Rgba { width: u32, height: u32 },
    Nothing,
    Failed(Failure),
}

#[derive(Serialize, Deserialize)]
pub(super) enum Failure {
    /// As the system numbers it, where it does.
    Io(Option<i32>),
    NotAFile,
    Broken,
    Unsupported,
    TooLarge,
    TooHard,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ToldProbed {
    kind: Kind,
    format: Format,
    size: u64,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    orientation: u8,
    too_large: bool,
    animated: bool,
    has_metadata: bool,
    has_location: bool,
    codecs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ToldVariant {
    length: usize,
    width: u32,
    height: u32,
    format: Format,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ToldPicture {
    width: u32,
    height: u32,
    thumb: ToldVariant,
    large: Option<ToldVariant>,
    thumbhash: Vec<u8>,
    colour: [u8; 3],
}

#[derive(Serialize, Deserialize)]
pub(super) struct ToldStripped {
    size: u64,
    reencoded: bool,
    format: Format,
    width: u32,
    height: u32,
}

/// Does a job, in this process.
pub(super) fn answer(job: Job, limits: &Limits) -> (Answer, Vec<u8>) {
    match done(job, limits) {
        Ok(answered) => answered,
        Err(error) => (Answer::Failed(error.into()), Vec::new()),
    }
}

fn done(job: Job, limits: &Limits) -> Result<(Answer, Vec<u8>), MediaError> {
    let no_bytes = |answer| (answer, Vec::new());
    Ok(match job {
        Job::Probe { path } => no_bytes(Answer::Probed((&probe::probe(&path, limits)?).into())),
        Job::Prepare { path, probed } => told(picture::prepare(&path, &probed.into(), limits)?),
        Job::Thumbnail { path, probed } => told(picture::thumbnail(&path, &probed.into(), limits)?),
        Job::Preview { path } => match picture::first_preview(&path, limits)? {
            Some(variant) => (Answer::Variant((&variant).into()), variant.bytes),
            None => no_bytes(Answer::Nothing),
        },
        Job::Strip { path, probed } => {
            let (stripped, bytes) = picture::stripped(&path, &probed.into(), limits)?;
            (Answer::Stripped(stripped.into()), bytes)
        }
        Job::Rgba { path, probed } => {
            let (width, height, bytes) = picture::rgba(&path, &probed.into(), limits)?;
            (Answer::Rgba { width, height }, bytes)
        }
    })
}

fn told(picture: Picture) -> (Answer, Vec<u8>) {
    let answer = Answer::Picture(ToldPicture {
        width: picture.width,
        height: picture.height,
        thumb: (&picture.thumb).into(),
        large: picture.large.as_ref().map(Into::into),
        thumbhash: picture.thumbhash,
        colour: picture.colour,
    });
    let mut bytes = picture.thumb.bytes;
    bytes.extend(picture.large.map(|large| large.bytes).unwrap_or_default());
    (answer, bytes)
}

impl Answer {
    /// The answer, or what went wrong.
    pub(super) fn result(self) -> Result<Self, MediaError> {
        match self {
            Self::Failed(failure) => Err(failure.into()),
            answer => Ok(answer),
        }
    }
}

impl ToldVariant {
    /// None where the bytes are not as many as were told.
    pub(super) fn variant(self, bytes: Vec<u8>) -> Option<Variant> {
        (bytes.len() == self.length).then_some(Variant {
            bytes,
            width: self.width,
            height: self.height,
            format: self.format,
        })
    }
}

impl ToldPicture {
    /// None where the bytes are not as many as were told.
    pub(super) fn picture(self, mut bytes: Vec<u8>) -> Option<Picture> {
        if self.thumb.length > bytes.len() {
            return None;
        }
        let behind = bytes.split_off(self.thumb.length);
        let large = match self.large {
            Some(told) => Some(told.variant(behind)?),
            None if behind.is_empty() => None,
            None => return None,
        };
        Some(Picture {
            width: self.width,
            height: self.height,
            large,
            thumb: self.thumb.variant(bytes)?,
            thumbhash: self.thumbhash,
            colour: self.colour,
        })
    }
}

impl From<&Variant> for ToldVariant {
    fn from(variant: &Variant) -> Self {
        Self {
            length: variant.bytes.len(),
            width: variant.width,
            height: variant.height,
            format: variant.format,
        }
    }
}

impl From<&Probed> for ToldProbed {
    fn from(probed: &Probed) -> Self {
        Self {
            kind: probed.kind,
            format: probed.format,
            size: probed.size,
            width: probed.width,
            height: probed.height,
            duration_ms: probed.duration_ms,
            orientation: probed.orientation,
            too_large: probed.too_large,
            animated: probed.animated,
            has_metadata: probed.has_metadata,
            has_location: probed.has_location,
            codecs: probed.codecs.clone(),
        }
    }
}

impl From<ToldProbed> for Probed {
    fn from(told: ToldProbed) -> Self {
        Self {
            kind: told.kind,
            format: told.format,
            mime: probe::mime(told.kind, told.format),
            extension: told.format.extension(),
            size: told.size,
            width: told.width,
            height: told.height,
            duration_ms: told.duration_ms,
            orientation: told.orientation,
            too_large: told.too_large,
            animated: told.animated,
            has_metadata: told.has_metadata,
            has_location: told.has_location,
            codecs: told.codecs,
        }
    }
}

impl From<Stripped> for ToldStripped {
    fn from(stripped: Stripped) -> Self {
        let Stripped {
            size,
            reencoded,
            format,
            width,
            height,
        } = stripped;
        Self {
            size,
            reencoded,
            format,
            width,
            height,
        }
    }
}

impl From<ToldStripped> for Stripped {
    fn from(told: ToldStripped) -> Self {
        let ToldStripped {
            size,
            reencoded,
            format,
            width,
            height,
        } = told;
        Self {
            size,
            reencoded,
            format,
            width,
            height,
        }
    }
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Io(error) => Self::Io(error.raw_os_error()),
            MediaError::NotAFile => Self::NotAFile,
            MediaError::Broken(_) => Self::Broken,
            MediaError::Unsupported => Self::Unsupported,
            MediaError::TooLarge => Self::TooLarge,
            MediaError::TooHard => Self::TooHard,
        }
    }
}

impl From<Failure> for MediaError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io(Some(number)) => Self::Io(std::io::Error::from_raw_os_error(number)),
            Failure::Io(None) => Self::Io(std::io::ErrorKind::Other.into()),
            Failure::NotAFile => Self::NotAFile,
            Failure::Broken => Self::Broken("it makes no sense"),
            Failure::Unsupported => Self::Unsupported,
            Failure::TooLarge => Self::TooLarge,
            Failure::TooHard => Self::TooHard,
        }
    }
}
