"""The client matrix: real clients × cases, each against a store directly and through Brigade."""
