//! The last lines of the log, for the page of diagnostics: bounded, and without what could be a secret.

use std::{collections::VecDeque, io};

use parking_lot::Mutex;
use tracing_subscriber::fmt::MakeWriter;

use crate::limits::{LOG_LINE_BYTES, LOG_LINES};

/// A run of letters and digits of this length may be a token, a hash or an id.
const SECRET_LENGTH: usize = 20;

/// The last lines that were logged.
#[derive(Debug)]
pub struct LogTail {
    lines: Mutex<VecDeque<String>>,
}

/// The log's tail of this process.
pub static LOG_TAIL: LogTail = LogTail::new();

impl LogTail {
    const fn new() -> Self {
        Self {
            lines: Mutex::new(VecDeque::new()),
        }
    }

    /// Keeps these lines, the newest [`LOG_LINES`] of them, each cut to [`LOG_LINE_BYTES`].
    fn keep(&self, text: &str) {
        let mut lines = self.lines.lock();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if lines.len() == LOG_LINES {
                lines.pop_front();
            }
            lines.push_back(without_secrets(tidings_protocol::cut_text(line, LOG_LINE_BYTES)));
        }
    }

    /// The lines, oldest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }
}

/// Writes to stderr, and keeps what was written.
#[derive(Debug)]
pub struct Tee(&'static LogTail);

impl io::Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.keep(&String::from_utf8_lossy(bytes));
        // Where nobody reads stderr, the tail is still worth having.
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for &'static LogTail {
    type Writer = Tee;

    fn make_writer(&'a self) -> Tee {
        Tee(self)
    }
}

/// Nothing that is logged holds a token or a message; should it once, this keeps it from being copied: long runs of letters and
/// digits, and what stands in an invitation link, are left out.
fn without_secrets(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut run = String::new();
    let mut is_link = false;
    for letter in line.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') {
            run.push(letter);
            continue;
        }
        let is_long = run.len() >= SECRET_LENGTH && run.bytes().any(|byte| byte.is_ascii_digit());
        out.push_str(if is_long || (is_link && !run.is_empty()) {
            "…"
        } else {
            &run
        });
        is_link = match (letter, run.as_str()) {
            (':', "tidings") => true,
            (' ' | '"' | '\n', _) => false,
            _ => is_link,
        };
        run.clear();
        if letter != '\n' {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_tail_keeps_the_newest_lines_and_cuts_long_ones() {
        let tail = LogTail::new();
        for number in 0..LOG_LINES + 5 {
            tail.keep(&format!("line {number}\n"));
        }
        tail.keep(&"long ".repeat(LOG_LINE_BYTES));
        let lines = tail.lines();
        assert_eq!(lines.len(), LOG_LINES);
        assert_eq!(lines[0], "line 6");
        assert!(lines[LOG_LINES - 1].len() <= LOG_LINE_BYTES);
    }

    #[test]
    fn what_could_be_a_secret_is_left_out() {
        assert_eq!(
            without_secrets("token=Zm9vYmFyYmF6cXV4MTIzNDU2 given"),
            "token=… given"
        );
        assert_eq!(
            without_secrets("opened tidings://join/host:4433/Q7fK2mZp9 at start"),
            "opened tidings://…/…:…/… at start"
        );
        let plain = "INFO tidings_shell::window: painted what=List after_ms=512";
        assert_eq!(without_secrets(plain), plain);
    }

    #[test]
    fn what_is_logged_is_kept() {
        static TAIL: LogTail = LogTail::new();
        let mut writer = (&TAIL).make_writer();
        writer.write_all(b"INFO it began\n").unwrap();
        assert_eq!(TAIL.lines(), ["INFO it began"]);
    }
}
