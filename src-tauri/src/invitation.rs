//! An invitation as it is passed on: a link and its picture.

use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use ts_rs::TS;

/// An invitation to the space that this app hosts.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Invitation {
    /// `tidings://join/…`
    pub(crate) link: String,
    /// The link as a QR code: rows of `0` and `1`, without the quiet zone around it.
    pub(crate) qr: Vec<String>,
    /// When it stops working, milliseconds since 1970.
    #[ts(type = "number")]
    pub(crate) expires_at: i64,
}

/// The QR code of `text`, row by row: `1` is dark. `None` for a text that fits no QR code.
pub(crate) fn qr_rows(text: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let rows = code.to_colors();
    let rows = rows
        .chunks(code.width())
        .map(|row| row.iter().map(|dot| dot.select('1', '0')).collect());
    Some(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_square_and_has_its_three_eyes() {
        let rows = qr_rows(&format!(
            "tidings://join/192.168.1.7:4433/code?tls={}",
            "ab".repeat(32)
        ))
        .unwrap();
        assert!(rows.iter().all(|row| row.len() == rows.len()));
        let top = &rows[0];
        assert!(top.starts_with("11111110") && top.ends_with("01111111"));
        assert!(rows[rows.len() - 1].starts_with("11111110"));
    }

    #[test]
    fn what_fits_no_qr_code_is_refused() {
        assert!(qr_rows(&"x".repeat(4000)).is_none());
    }
}
