//! How many tests passed, failed and were skipped.

use std::fmt;

use serde_json::Value;

/// Counts of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// One check, which passed or failed.
    pub(crate) fn of_check(passed: bool) -> Self {
        Self {
            passed: passed.into(),
            failed: (!passed).into(),
            skipped: 0,
        }
    }

    pub(crate) fn at_least_one_failed(mut self) -> Self {
        self.failed = self.failed.max(1);
        self
    }

    /// From a line of Rust's test harness: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; ...`
    pub(crate) fn from_harness(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut found = Self::default();
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            match what {
                "passed" => found.passed = number,
                "failed" => found.failed = number,
                "ignored" => found.skipped = number,
                _ => {}
            }
        }
        Some(found)
    }

    /// From the JSON report of Vitest.
    pub(crate) fn from_vitest(report: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(report).ok()?;
        let number = |key: &str| report.get(key).and_then(Value::as_u64);
        Some(Self {
            passed: number("numPassedTests")?,
            failed: number("numFailedTests")?,
            skipped: number("numPendingTests")? + number("numTodoTests").unwrap_or(0),
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_said() {
        let line = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.1s";
        let mut counts = Counts::from_harness(line).unwrap();
        assert_eq!(
            counts,
            Counts {
                passed: 3,
                failed: 2,
                skipped: 1
            }
        );
        counts.add(&Counts::of_check(true));
        assert_eq!(counts.to_string(), "4 passed, 2 failed, 1 skipped");
        assert_eq!(Counts::default().to_string(), "0 passed, 0 failed");
        assert_eq!(Counts::from_harness("test result"), None);
        assert_eq!(Counts::from_harness("test a::b ... ok"), None);
        let vitest = r#"{"numPassedTests":7,"numFailedTests":1,"numPendingTests":2,"numTodoTests":1}"#;
        assert_eq!(
            Counts::from_vitest(vitest),
            Some(Counts {
                passed: 7,
                failed: 1,
                skipped: 3
            })
        );
    }
}
