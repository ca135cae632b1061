//! The headers of tus 1.0 (<https://tus.io/protocols/resumable-upload>): what they say, and nothing of what is done.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use tidings_protocol::{FileId, FileKind};

use crate::limits;
use crate::media::Hash;
use crate::service::files::Checksum;

/// The one version.
pub(super) const VERSION: &str = "1.0.0";
/// What of the protocol is here beside its core.
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,termination,checksum,expiration";
/// The algorithms of [`checksum`].
pub(super) const ALGORITHMS: &str = "sha1,sha256,blake3";
/// The type of a request that carries bytes of an upload.
pub(super) const OFFSET_STREAM: &str = "application/offset+octet-stream";

/// `Upload-Metadata`, as this server wants it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) id: Option<FileId>,
    pub(crate) kind: FileKind,
    pub(crate) hash: Hash,
}

/// Reads `Upload-Metadata`: `id`, `kind` and `blake3`, each with its value in base64; others are skipped.
///
/// # Errors
/// What is wrong, in words for developers.
pub(crate) fn metadata(header: &str) -> Result<Metadata, &'static str> {
    if header.len() > limits::UPLOAD_METADATA_BYTES {
        return Err("Upload-Metadata is too long");
    }
    let (mut id, mut kind, mut hash) = (None, None, None);
    for pair in header.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let slot = match key {
            "id" => &mut id,
            "kind" => &mut kind,
            "blake3" => &mut hash,
            _ => continue,
        };
        let value = STANDARD
            .decode(value.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or("a value of Upload-Metadata is no base64 of a text")?;
        if slot.replace(value).is_some() {
            return Err("Upload-Metadata says something twice");
        }
    }
    let id = id
        .map(|id| id.parse())
        .transpose()
        .map_err(|_| "id is 32 small hexadecimal digits")?;
    let kind = match kind.as_deref() {
        Some("image") => FileKind::Image,
        Some("video") => FileKind::Video,
        Some("file") => FileKind::File,
        Some("sound") => FileKind::Sound,
        Some("preview") => FileKind::Preview,
        _ => return Err("kind is image, video, file, sound or preview"),
    };
    let hash = hash
        .filter(|hex| hex.len() == 64)
        .and_then(|hex| blake3::Hash::from_hex(hex).ok())
        .ok_or("blake3 is 64 hexadecimal digits")?;
    Ok(Metadata {
        id,
        kind,
        hash: *hash.as_bytes(),
    })
}

/// A number as tus has it: digits alone.
pub(crate) fn number(header: &str) -> Option<u64> {
    let is_number =
        !header.is_empty() && header.len() <= 16 && header.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| header.parse().ok()).flatten()
}

/// Reads `Upload-Checksum`: an algorithm and the checksum in base64.
///
/// # Errors
/// What is wrong, in words for developers.
pub(crate) fn checksum(header: &str) -> Result<Box<dyn Checksum>, &'static str> {
    let (algorithm, value) = header
        .trim()
        .split_once(' ')
        .ok_or("Upload-Checksum has two words")?;
    let wanted = STANDARD
        .decode(value.trim())
        .map_err(|_| "Upload-Checksum is no base64")?;
    match algorithm {
        "sha1" => Ok(Box::new(Summing(Sum(Sha1::new()), wanted))),
        "sha256" => Ok(Box::new(Summing(Sum(Sha256::new()), wanted))),
        "blake3" => Ok(Box::new(Summing(blake3::Hasher::new(), wanted))),
        _ => Err("this algorithm is not known here"),
    }
}

struct Summing<S>(S, Vec<u8>);

impl<D: Digest + Clone + Send> Checksum for Summing<Sum<D>> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.0.update(bytes);
    }

    fn is_right(&mut self) -> bool {
        self.0.0.clone().finalize().ct_eq(&self.1).into()
    }
}

impl Checksum for Summing<blake3::Hasher> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn is_right(&mut self) -> bool {
        self.0.finalize().as_bytes().ct_eq(self.1.as_slice()).into()
    }
}

/// A digest of the `digest` family.
struct Sum<D>(D);

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn header(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
            .collect();
        pairs.join(",")
    }

    #[test]
    fn metadata_names_kind_and_hash_and_perhaps_an_id() {
        let hash = blake3::hash(b"x");
        let hex = hash.to_hex();
        let whole = metadata(&header(&[("id", ID), ("kind", "sound"), ("blake3", &hex)])).unwrap();
        assert_eq!(whole.id.unwrap().as_str(), ID);
        assert_eq!((whole.kind, whole.hash), (FileKind::Sound, *hash.as_bytes()));
        let named = format!(
            "{}, filename YQ==,empty",
            header(&[("kind", "file"), ("blake3", &hex)])
        );
        assert_eq!(metadata(&named).unwrap().id, None);
        for wrong in [
            String::new(),
            header(&[("kind", "file")]),
            header(&[("kind", "exe"), ("blake3", &hex)]),
            header(&[("kind", "file"), ("blake3", &hex[1..])]),
            header(&[("kind", "file"), ("kind", "file"), ("blake3", &hex)]),
            header(&[("id", "../../x"), ("kind", "file"), ("blake3", &hex)]),
            format!("kind file,blake3 {hex}"),
            "x ".repeat(2000),
        ] {
            assert!(metadata(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_digits_alone() {
        assert_eq!(number("104857600"), Some(104_857_600));
        for wrong in ["", "-1", "+1", " 1", "1e3", "0x1", "99999999999999999999"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_algorithm_knows_its_own_checksum() {
        for (algorithm, sum) in [
            ("sha1", STANDARD.encode(Sha1::digest(b"tus"))),
            ("sha256", STANDARD.encode(Sha256::digest(b"tus"))),
            ("blake3", STANDARD.encode(blake3::hash(b"tus").as_bytes())),
        ] {
            let mut right = checksum(&format!("{algorithm} {sum}")).unwrap();
            right.update(b"tu");
            right.update(b"s");
            assert!(right.is_right(), "{algorithm}");
            right.update(b"s");
            assert!(!right.is_right(), "{algorithm}");
        }
        assert!(checksum("md5 AAAA").is_err() && checksum("sha1").is_err());
    }
}
