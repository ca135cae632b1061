//! The `Range` header, of which players need one part.

use std::ops;

use hyper::header::{self, HeaderMap};

/// What a request wants of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    /// All of it. Also where the header makes no sense or asks for several parts: to leave it aside is allowed.
    Whole,
    /// One part, which is not empty.
    Part(ops::Range<u64>),
    /// A part that begins behind the end.
    Beyond,
}

impl Range {
    /// Reads the header for a file of `size` bytes.
    pub(super) fn asked(headers: &HeaderMap, size: u64) -> Self {
        let text = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
        text.and_then(|text| Self::read(text, size))
            .unwrap_or(Self::Whole)
    }

    fn read(text: &str, size: u64) -> Option<Self> {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
        };
        let part = match (first, last) {
            ("", last) => size.saturating_sub(number(last)?)..size,
            (first, "") => number(first)?..size,
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return None;
                }
                first..last.saturating_add(1).min(size)
            }
        };
        Some(if part.start < part.end {
            Self::Part(part)
        } else {
            Self::Beyond
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_given_and_what_makes_no_sense_is_left_aside() {
        let read = |text: &str| Range::read(text, 100).unwrap_or(Range::Whole);
        assert_eq!(read("bytes=0-9"), Range::Part(0..10));
        assert_eq!(read("bytes=90-"), Range::Part(90..100));
        assert_eq!(read("bytes=-10"), Range::Part(90..100));
        assert_eq!(read("bytes=-1000"), Range::Part(0..100));
        assert_eq!(read("bytes=90-18446744073709551615"), Range::Part(90..100));
        assert_eq!(read("bytes=0-99999999999999999999999"), Range::Part(0..100));
        for beyond in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=99999999999999999999999-",
            "bytes=-0",
        ] {
            assert_eq!(read(beyond), Range::Beyond, "{beyond}");
        }
        for senseless in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=9-1",
            "bytes=a-b",
            "bytes=+1-2",
            "lines=0-1",
            "bytes=0-1,5-6",
        ] {
            assert_eq!(read(senseless), Range::Whole, "{senseless}");
        }
        assert_eq!(Range::read("bytes=0-", 0), Some(Range::Beyond));
    }
}
