"""The same requests to a store directly and through Brigade: what comes back must be the same."""
