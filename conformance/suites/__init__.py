"""Public suites of tests for S3, each run against a store directly and through Brigade."""
