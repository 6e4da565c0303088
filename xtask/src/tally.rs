//! Counting tests: the summary lines of `cargo test` and of pytest, added up into one.

use std::time::Duration;

/// How many tests ran, over all the runs read so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Reads one line of output; a line that is no summary changes nothing.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        let summary = if let Some(rest) = line.strip_prefix("test result: ") {
            rest.split_once(". ").map(|(_, counts)| counts.split(';').collect::<Vec<_>>())
        } else {
            let line = line.trim_matches(['=', ' ']);
            let counts = line.rsplit_once(" in ").filter(|(_, took)| took.ends_with(['s', ')']));
            counts
                .filter(|_| line.starts_with(|it: char| it.is_ascii_digit()))
                .map(|(it, _)| it.split(',').collect())
        };
        for count in summary.unwrap_or_default() {
            self.add(count);
        }
    }

    /// A step that broke counts as one failure, so that the closing line can never say that none failed.
    pub(crate) fn count_broken_step(&mut self) {
        self.failed = self.failed.max(1);
    }

    /// The last line of a run, in the form of `cargo test`.
    pub(crate) fn closing_line(&self, took: Duration) -> String {
        let Self { passed, failed, ignored } = self;
        let verdict = if *failed == 0 { "ok" } else { "FAILED" };
        format!(
            "\ntest result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; \
             0 measured; 0 filtered out; finished in {:.2}s\n",
            took.as_secs_f64()
        )
    }

    fn add(&mut self, count: &str) {
        let mut words = count.split_whitespace();
        let (Some(number), Some(what)) = (words.next(), words.next()) else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match what {
            "passed" => self.passed += number,
            "failed" | "error" | "errors" => self.failed += number,
            // What a store itself cannot do is an expected failure: the case ran, and is not a pass.
            "ignored" | "skipped" | "xfailed" => self.ignored += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], passed: u64, failed: u64, ignored: u64) {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed, failed, ignored });
    }

    #[test]
    fn summaries_of_both_kinds_of_run_are_added_up() {
        check(&[], 0, 0, 0);
        check(
            &[
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s",
            ],
            12,
            0,
            1,
        );
        check(&["===== 3 failed, 120 passed, 2 skipped, 4 xfailed in 33.21s ====="], 120, 3, 6);
        check(
            &["== 2 passed, 5 deselected in 0.10s ==", "test result: FAILED. 1 passed; 2 failed;"],
            3,
            2,
            0,
        );
        check(&["1 failed, 882 passed in 144.83s (0:02:24)"], 882, 1, 0);
        check(&["0 passed, 0 failed, 1 skipped in 0.01s (NOT RUN: rgw)"], 0, 0, 1);
        check(&["==== 1 passed, 1 error in 61.02s (0:01:01) ===="], 1, 1, 0);
        check(
            &[
                "test a_test_that_names_1 passed in ... ok",
                "====== FAILURES ======",
                "3 passed in the first round",
            ],
            0,
            0,
            0,
        );
    }

    #[test]
    fn a_broken_step_is_never_closed_as_ok() {
        let mut tally = Tally::default();
        tally.count_broken_step();
        assert!(tally.closing_line(Duration::ZERO).contains("FAILED. 0 passed; 1 failed"));
    }
}
