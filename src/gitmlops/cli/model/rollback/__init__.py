"""gitmlops model rollback: what is looked at before, and what comes after."""
